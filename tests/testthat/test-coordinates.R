# Names of coefficients, whatever the covariates are called.

odd_data <- function() {
  set.seed(8)
  x <- stats::rnorm(200)
  data <- data.frame(
    y = ifelse(x > 0, 2 * x, -x) + stats::rnorm(200, sd = 0.3), x = x,
    sigma = stats::rnorm(200), gate2 = stats::rnorm(200),
    `(Intercept)` = stats::rnorm(200), `a:b` = stats::rnorm(200),
    `two words` = stats::rnorm(200), `(sigma)` = stats::rnorm(200),
    check.names = FALSE
  )
  data$g <- cut(x + data$sigma + stats::rnorm(200), 3, c("a", "sigma", "x:b"))
  data
}

slow_test("covariates may have the names of coefficients", {
  data <- odd_data()
  plain <- stats::setNames(data, c(
    "y", "x", "v1", "v2", "v3", "v4", "v5", "v6", "g"
  ))
  odd_right <- y ~ x + sigma + gate2 + `(Intercept)` + `a:b` + `two words` +
    `(sigma)` + x:sigma
  plain_right <- y ~ x + v1 + v2 + v3 + v4 + v5 + v6 + x:v1
  responses <- list(quote(y), quote(cbind(y, v = x + gate2)), quote(g))
  plain_responses <- list(quote(y), quote(cbind(y, v = x + v2)), quote(g))
  for (i in seq_along(responses)) {
    odd_right[[2L]] <- responses[[i]]
    plain_right[[2L]] <- plain_responses[[i]]
    set.seed(1)
    fit <- quietly(sgmoe(odd_right, data, k = 2, starts = 1, ridge = 0.1))
    set.seed(1)
    same <- quietly(sgmoe(plain_right, plain, k = 2, starts = 1, ridge = 0.1))
    for (part in c("all", "gate", "expert", "scale")) {
      expect_identical(unname(coef(fit, part)), unname(coef(same, part)))
    }
    if (i < 3L) {
      expect_identical(unname(sigma(fit)), unname(sigma(same)))
    }
    expect_identical(tidy(fit)$term, names(coef(fit)))
    expect_identical(tidy(fit)[-(1:1)][1:2], tidy(same)[-(1:1)][1:2])
    expect_identical(tidy(fit)$estimate, tidy(same)$estimate)
    odd <- summary(fit)
    expect_equal(unname(odd$experts), unname(summary(same)$experts))
    expect_identical(unname(odd$expert), unname(summary(same)$expert))
    expect_identical(unname(odd$gate), unname(summary(same)$gate))
    # Coefficients are a start, in any order where their names tell them apart.
    again <- quietly(sgmoe(
      odd_right, data,
      k = 2, start = coef(fit), ridge = 0.1
    ))
    # The centre of the variance prior is known to 1e-4.
    expect_equal(again$objective, fit$objective, tolerance = 1e-5)
    expect_equal(coef(again), coef(fit), tolerance = 1e-4)
    expect_identical(
      unname(coef(expert_dendrogram(fit), k = 2)), unname(coef(fit))
    )
  }
})

test_that("names say what a coefficient is", {
  data <- odd_data()
  fit <- quietly(sgmoe(y ~ x * sigma, data, k = 2, gate = ~gate2, starts = 1))
  columns <- c("(Intercept)", "x", "sigma", "x:sigma")
  expect_named(coef(fit), c(
    "gate2:(Intercept)", "gate2:gate2", paste0("expert1:", columns),
    paste0("expert2:", columns), "expert1:(sigma)", "expert2:(sigma)"
  ))
  classes <- quietly(sgmoe(g ~ x, data, k = 1, ridge = 1))
  expect_named(coef(classes), c(
    "expert1[sigma]:(Intercept)", "expert1[sigma]:x",
    "expert1[x:b]:(Intercept)", "expert1[x:b]:x"
  ))
  expect_identical(
    tidy(classes)$response, c("sigma", "sigma", "x:b", "x:b")
  )
  expect_identical(tidy(fit)$expert, c(2L, 2L, rep(1:2, each = 4), 1:2))
})
