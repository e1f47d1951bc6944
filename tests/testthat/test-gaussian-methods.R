# Methods of fits of Gaussian experts.

test_that("coefficients have the documented names and parts", {
  d <- methods_data()
  fit <- quick_fit(y ~ x + f, d, k = 2, gate = ~v)
  gate <- c("gate2:(Intercept)", "gate2:v")
  columns <- c("(Intercept)", "x", "fb", "fc")
  expert <- c(paste0("expert1:", columns), paste0("expert2:", columns))
  scale <- c("expert1:(sigma)", "expert2:(sigma)")
  expect_named(coef(fit), c(gate, expert, scale))
  expect_identical(coef(fit, part = "gate"), coef(fit)[gate])
  expect_identical(coef(fit, part = "expert"), coef(fit)[expert])
  expect_identical(coef(fit, part = "scale"), coef(fit)[scale])
  expect_identical(coef(fit, part = "all"), coef(fit))
  expect_error(coef(fit, part = "gates"), class = "sgmoe_error_argument")
  expect_named(
    coef(quick_fit(y ~ x, d, k = 2, shared = TRUE), "scale"),
    "(sigma)"
  )
  single <- sgmoe(y ~ x, d, k = 1)
  expect_length(coef(single, "gate"), 0)
  expect_named(coef(single), c(
    "expert1:(Intercept)", "expert1:x",
    "expert1:(sigma)"
  ))
})

slow_test("names with several responses follow the covariance", {
  d <- methods_data()
  scales <- list(
    full = c("(sigma)[y,y]", "(sigma)[y,y2]", "(sigma)[y2,y2]"),
    diagonal = c("(sigma)[y]", "(sigma)[y2]"), spherical = "(sigma)"
  )
  means <- c("[y]:(Intercept)", "[y]:x", "[y2]:(Intercept)", "[y2]:x")
  for (covariance in names(scales)) {
    for (shared in c(FALSE, TRUE)) {
      fit <- quick_fit(cbind(y, y2) ~ x, d,
        k = 2, gate = ~1, shared = shared,
        covariance = covariance, ridge = 0
      )
      expect_named(
        coef(fit, "expert"),
        c(paste0("expert1", means), paste0("expert2", means))
      )
      owners <- if (shared) "" else c("expert1:", "expert2:")
      names <- outer(scales[[covariance]], owners, function(a, b) paste0(b, a))
      expect_named(coef(fit, "scale"), as.vector(names))
      expect_equal(attr(logLik(fit), "df"), length(coef(fit)))
      # sigma() shows standard deviations for every structure.
      sigmas <- sigma(fit)
      expect_identical(
        dimnames(sigmas),
        list(c("expert1", "expert2"), c("y", "y2"))
      )
      first <- coef(fit, "scale")[[1L]]
      expect_equal(
        sigmas[["expert1", "y"]],
        if (covariance == "full") sqrt(first) else first
      )
    }
  }
})

test_that("residuals are what their names say", {
  d <- methods_data()
  fit <- quick_fit(y ~ x, d, k = 2, gate = ~v)
  gate <- predict(fit, type = "gate")
  means <- predict(fit, type = "expert")
  sigma <- rep(sigma(fit), each = nrow(d))
  centre <- rowSums(gate * means)
  variance <- rowSums(gate * (means^2 + sigma^2)) - centre^2
  expect_equal(residuals(fit), d$y - centre, ignore_attr = TRUE)
  expect_equal(fitted(fit) + residuals(fit), d$y, ignore_attr = TRUE)
  expect_equal(residuals(fit, type = "pearson"),
    (d$y - centre) / sqrt(variance),
    ignore_attr = TRUE
  )
  probability <- rowSums(gate * pnorm(d$y, means, sigma))
  expect_equal(pnorm(residuals(fit, type = "quantile")), probability,
    ignore_attr = TRUE
  )
  expect_error(residuals(fit, "deviance"), "saturated model",
    class = "sgmoe_error_unsupported"
  )
  expect_equal(residuals(sgmoe(y ~ x, d, k = 1)), residuals(lm(y ~ x, d)),
    tolerance = 1e-8
  )
  # Several responses: one at a time, as columns.
  both <- quick_fit(cbind(y, y2) ~ x, d, k = 2, covariance = "diagonal")
  for (type in c("response", "pearson", "quantile")) {
    value <- residuals(both, type = type)
    expect_identical(dim(value), c(80L, 2L))
    expect_identical(colnames(value), c("y", "y2"))
  }
  expect_equal(residuals(both), as.matrix(d[c("y", "y2")]) - fitted(both),
    ignore_attr = TRUE
  )
})

test_that("quantile residuals of the true model are standard normal", {
  set.seed(43)
  d <- simulate_moe(2000, k = 2, p = 1, gate_scale = 2, sigma = c(0.3, 1))
  fit <- quick_fit(y ~ x1, d, k = 2)
  quantile <- residuals(fit, type = "quantile")
  # A fit makes residuals closer to normal, never further, so the test of a
  # simple hypothesis is conservative.
  expect_gt(ks.test(quantile, "pnorm")$p.value, 0.01)
  # An outlier stays finite: the tails keep their digits.
  d$y[1] <- 30
  far <- predict(fit, d[1, ], type = "expert")
  expect_true(all(abs(d$y[1] - far) > 9 * max(sigma(fit))))
  refit <- fit
  refit$model$y[1] <- 30
  expect_no_warning(far <- residuals(refit, type = "quantile")[[1]])
  # Where 1 - p would round to zero.
  expect_gt(far, 8.3)
  expect_true(is.finite(far))
})

test_that("criteria compare with those of lm()", {
  d <- methods_data()
  models <- list(sgmoe(y ~ x, d, k = 1), lm(y ~ x, d))
  expect_equal(AIC(models[[1]]), AIC(models[[2]]))
  expect_equal(BIC(models[[1]]), BIC(models[[2]]))
  expect_equal(AIC(models[[1]], models[[2]])$df, c(3, 3))
  # A ridge takes a little of the slopes, never an intercept or a variance.
  df <- quick_fit(y ~ x, d, k = 2, weights = w, ridge = 0.2)$df
  expect_true(df < 8 && df > 7.5)
})

test_that("update() changes the response", {
  d <- methods_data()
  set.seed(4)
  fit <- sgmoe(y ~ x, d, k = 2, starts = 1)
  set.seed(4)
  expect_equal(
    coef(update(fit, log(y + 9) ~ .)), coef(quick_fit(log(y + 9) ~ x, d, k = 2))
  )
})
