# Fits and coefficients as a start, for any family (helper-families.R).

# The objective before the first step: what the start is worth.
first_value <- function(fit) {
  fit$trace[[1L]]
}

test_families("coefficients and fits make the round trip", slow = TRUE, function(case) {
  for (seed in c(1:9, 11:19)) {
    random <- case$random_case(seed)
    # The centre of the variance prior is a mean of fitted variances, and moves on
    # with a start that has not converged.
    fit <- fit_case(random, max_passes = 40, variance_prior = 0)
    starts <- list(
      fit, coef(fit), rev(coef(fit)), unname(coef(fit)),
      relabel(fit, rev(seq_len(fit$k)))
    )
    for (start in starts) {
      random$start <- start
      again <- fit_case(random, max_passes = 1, variance_prior = 0)
      expect_identical(
        again$starts$type, if (is.list(start)) "fit" else "coefficients"
      )
      # The penalty is that of the sum-zero form, whatever was given.
      expect_equal(first_value(again), fit$objective, tolerance = 1e-8)
      expect_equal(c(logLik(again)), c(logLik(fit)), tolerance = 1e-8)
      # Canonical order may rename the experts of equal share.
      expect_equal(sort(coef(again)), sort(coef(fit)),
        tolerance = 1e-6, ignore_attr = TRUE
      )
    }
  }
})

test_families("a start moves exactly to data with another centre and scale", slow = TRUE, function(case) {
  set.seed(51)
  data <- case$rows(300)
  data$x1 <- 1e5 + 30 * data$x1
  part <- data$x2 > 0
  for (arguments in case$predicted) {
    arguments$k <- arguments$gate <- NULL
    weighted <- !is.null(arguments$weights)
    if (is.null(arguments$formula)) {
      arguments$formula <- y ~ 0 + x2
    }
    for (gate in list(~x1, ~1)) {
      fit <- function(...) {
        quietly(call_sgmoe(data, arguments, list(
          k = 2, gate = gate, family = case$name, ...
        )))
      }
      half <- fit(
        subset = quote(x2 > 0), max_passes = 30,
        start = random_posterior(sum(part), 2)
      )
      density <- predict(half, data, "logdensity")
      expected <- sum(if (weighted) data$w * density else density)
      for (start in list(half, coef(half), relabel(half, 2:1))) {
        expect_equal(
          first_value(fit(start = start, max_passes = 1)), expected,
          tolerance = 1e-8
        )
      }
    }
  }
})

test_families("a fit of another model is no start", function(case) {
  set.seed(51)
  data <- case$rows(100)
  fit <- quietly(sgmoe(
    y ~ x1 + x2, data,
    k = 2, start = random_posterior(100, 2), max_passes = 5,
    family = case$name
  ))
  class_condition(
    sgmoe(y ~ x1, data, k = 2, start = fit, family = case$name),
    "error", "start"
  )
  class_condition(
    sgmoe(y ~ x1 + x2, data, k = 3, start = fit, family = case$name),
    "error", "start"
  )
})
