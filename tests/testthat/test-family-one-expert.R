# One expert is a model that other software fits, for any family
# (helper-families.R).

test_families("one expert is what an independent estimator finds", function(case) {
  singles <- case$singles()
  for (label in names(singles)) {
    single <- singles[[label]]
    expected <- single$expected
    fit <- quietly(call_sgmoe(single$data, single$arguments, list(
      k = 1, family = case$name
    )))
    expect_identical(fit$reason, "converged", label = label)
    found <- coef(fit, "expert")
    expect_identical(names(found), names(expected$coefficients), label = label)
    expect_identical(
      unname(is.na(found)), unname(is.na(expected$coefficients)),
      label = label
    )
    # Relative to a coefficient's own size, or to `unit` if that is larger.
    difference <- abs(found - expected$coefficients) /
      pmax(abs(expected$coefficients), expected$unit)
    expect_lt(
      max(difference, na.rm = TRUE), case$single_precision[["coefficients"]],
      label = label
    )
    expect_equal(
      unname(fitted(fit)), unname(expected$fitted),
      tolerance = case$single_precision[["fitted"]], label = label
    )
    likelihood <- expected$log_likelihood
    expect_lt(
      abs(c(logLik(fit)) - likelihood),
      case$single_precision[["likelihood"]] * max(1, abs(likelihood)),
      label = label
    )
    expect_equal(attr(logLik(fit), "df"), expected$df)
    expect_equal(AIC(fit), -2 * c(logLik(fit)) + 2 * expected$df)
    expect_equal(nobs(fit), expected$n)
    expect_equal(BIC(fit), -2 * c(logLik(fit)) + log(expected$n) * expected$df)
    expect_equal(
      unname(coef(fit, "scale")), unname(expected$scale),
      tolerance = case$single_precision[["fitted"]], label = label
    )
    expect_length(coef(fit, "gate"), 0)
  }
})
