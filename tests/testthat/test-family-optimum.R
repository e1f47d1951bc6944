# Where fits of any family end (helper-families.R).

test_families("the score vanishes where a fit has converged", slow = TRUE, function(case) {
  optima <- case$optima()
  for (arguments in optima$cases) {
    set.seed(1)
    fit <- call_sgmoe(
      optima$data, arguments, list(k = optima$k), optima$arguments
    )
    expect_true(fit$converged)
    expect_false(any(fit$floored))
    arguments$ridge <- fit$control$ridge
    problem <- problem_of(
      optima$data, arguments, optima$k,
      family = case$name
    )
    # With the weak priors that go with a ridge.
    model <- spec_model(fit$spec)
    score <- numeric_gradient(function(at) {
      reference_objective(problem$data, model, reference_unpack(at, model))
    }, reference_pack(fit$parameters, model))
    expect_lt(max(abs(score)) / fit$nobs, 1e-4)
  }
})

test_families("all algorithms reach the same optimum from a good start", slow = TRUE, function(case) {
  good <- case$good()
  best <- NULL
  for (method in c("mm", "em")) {
    for (acceleration in c("quasi-newton", "anderson", "none")) {
      for (curvature in c("fisher", "bound")) {
        fit <- call_sgmoe(good$data, list(
          y ~ x1 + x2,
          k = case$k, start = good$start, max_passes = 20000, method = method,
          acceleration = acceleration, curvature = curvature
        ), case$steady)
        expect_true(fit$converged)
        expect_identical(fit$reason, "converged")
        best <- if (is.null(best)) fit$objective else best
        expect_lt(
          abs(fit$objective - best) / fit$nobs, 1e-6,
          label = paste(method, acceleration, curvature)
        )
      }
    }
  }
})

test_families("a default fit is at least as likely as the truth", slow = TRUE, function(case) {
  for (seed in 1:4) {
    set.seed(seed)
    k <- 2 + seed %% 2
    data <- do.call(simulate_moe, c(
      list(1500, k, p = 2, family = case$name), case$default
    ))
    fit <- quietly(sgmoe(y ~ x1 + x2, data, k = k, family = case$name))
    gain <- c(logLik(fit)) - attr(data, "truth")$log_likelihood
    expect_gte(gain, 0)
    # Twice the gain is about chi-square with df degrees of freedom.
    expect_lt(2 * gain, qchisq(1 - 1e-6, fit$df) + 10)
  }
})

test_families("a fit recovers the truth", slow = TRUE, function(case) {
  true <- case$truth()
  set.seed(1)
  fit <- call_sgmoe(
    true$data, list(y ~ x1 + x2, k = case$k, family = case$name),
    true$arguments
  )
  expect_true(fit$converged)
  gain <- c(logLik(fit)) - attr(true$data, "truth")$log_likelihood
  expect_gte(gain, 0)
  # Twice the gain is chi-square with df degrees of freedom.
  expect_lt(2 * gain, qchisq(0.9999, fit$df))
  expect_lt(true$distance(fit), 1)
})
