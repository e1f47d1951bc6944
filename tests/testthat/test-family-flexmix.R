# flexmix fits the same model, by EM (helper-families.R).

test_families("flexmix has the same log-likelihood, and no better an optimum", function(case) {
  skip_if_not_installed("flexmix")
  good <- case$good(800)
  data <- good$data
  fit <- sgmoe(
    y ~ x1 + x2, data,
    k = case$k, start = good$start, family = case$name, ridge = 0
  )
  other <- flexmix::flexmix(
    y ~ x1 + x2,
    data = data, k = case$k, cluster = predict(fit, type = "posterior"),
    model = case$flexmix(),
    concomitant = flexmix::FLXPmultinom(~ x1 + x2),
    control = list(iter.max = 2000, tolerance = 1e-10, minprior = 0)
  )
  gain <- c(logLik(fit)) - c(flexmix::logLik(other))
  expect_gte(gain, -1e-6 * 800)
  expect_lt(gain, 1e-4 * 800)
})
