# The order of experts is a matter of labels alone.

make_fit <- function(...) {
  set.seed(51)
  data <- simulate_moe(150, k = 3, p = 2, gate_scale = 2)
  data$y2 <- data$x1 + rnorm(150)
  sgmoe(data = data, k = 3, starts = 2, ridge = 0.1, ...)
}

test_that("relabel() and its inverse give the fit back", {
  for (fit in list(make_fit(y ~ x1), make_fit(cbind(y, y2) ~ x1, gate = ~x2))) {
    expect_identical(relabel(fit, 1:3), fit)
    for (order in list(c(2, 1, 3), c(2, 3, 1), 3:1)) {
      back <- relabel(relabel(fit, order), order(order))
      expect_identical(back$parameters, fit$parameters)
      expect_equal(back, fit, tolerance = 1e-12)
    }
  }
})

test_that("relabel() moves everything that belongs to an expert", {
  fit <- make_fit(y ~ x1)
  order <- c(3, 1, 2)
  moved <- relabel(fit, order)
  expect_equal(sigma(moved), sigma(fit)[order], ignore_attr = TRUE)
  expect_identical(names(coef(moved)), names(coef(fit)))
  for (field in c("gate_share", "posterior_weight", "starved", "floored")) {
    expect_identical(moved[[field]], fit[[field]][order])
  }
  # The gate's reference is the new first expert.
  gate <- cbind(0, matrix(coef(fit, "gate"), 2))[, order]
  expect_equal(matrix(coef(moved, "gate"), 2), (gate - gate[, 1])[, -1])
  expect_identical(logLik(moved), logLik(fit))
  expect_equal(fitted(moved), fitted(fit))
  expect_equal(residuals(moved, "quantile"), residuals(fit, "quantile"))
})

test_that("experts come by average gate probability, largest first", {
  fit <- make_fit(y ~ x1, tolerance = 1e-13)
  expect_false(is.unsorted(-fit$gate_share))
  expect_equal(
    fit$gate_share, unname(colMeans(predict(fit, type = "gate")))
  )
  expect_equal(
    fit$posterior_weight, unname(colSums(predict(fit, type = "posterior")))
  )
  # Equal fits print equally, whatever order they started in.
  posterior <- predict(fit, type = "posterior")
  again <- sgmoe(y ~ x1, fit$model,
    k = 3, start = posterior[, 3:1],
    ridge = 0.1, tolerance = 1e-13
  )
  expect_equal(coef(again), coef(fit), tolerance = 1e-5)
})

test_that("what is no permutation is refused", {
  fit <- make_fit(y ~ x1)
  for (order in list(
    c(1, 1, 2), 1:2, 1:4, "a", NA, c(NA, 1, 2), c(1, 2, 3.5),
    numeric(), NULL, list(1, 2, 3)
  )) {
    expect_error(relabel(fit, order), "`order` must be a permutation.*1 to 3",
      class = "sgmoe_error_order"
    )
  }
})
