# What a user reads: standard errors, intervals and tests. See test-messages.R.

test_that("standard errors, intervals and tests", {
  fit <- lines_fit()
  slim <- lines_fit(model = FALSE)
  one <- sgmoe(dist ~ speed, cars, k = 1)
  other <- sgmoe(dist ~ speed, cars[-1, ], k = 1)
  square <- sgmoe(dist ~ I(speed^2), cars, k = 1)
  petals <- quickly(sgmoe(Species ~ Petal.Width, iris, k = 1, ridge = 0))
  more <- quickly(sgmoe(
    Species ~ Petal.Width + Petal.Length, iris,
    k = 1, ridge = 0
  ))
  near <- transform(cars, close = speed + 1e-4 * rep(c(-1, 1), 25))
  stream <- tooth_stream()
  expect_said({
    said(confint(slim, method = "profile"))
    said(vcov(stream, "sandwich"))
    said(vcov(tooth_stream(constant = 0.1)))
    said(vcov(petals))
    said(vcov(sgmoe(dist ~ speed + close, near, k = 1)))
    said(vcov(fit, cluster = rep(1:5, 10)))
    said(vcov(fit, type = "hc3"))
    said(vcov(fit, "sandwich", cluster = ~town))
    said(vcov(fit, "sandwich", cluster = 1:3))
    said(vcov(fit, "sandwich", cluster = rep(1, 50)))
    said(vcov(fit, "sandwich", cluster = c(NA, 1:49)))
    said(confint(fit, level = 95))
    said(confint(fit, "expert1:sped"))
    said(confint(fit, 99))
    said(anova(fit))
    said(anova(fit, lm(dist ~ speed, cars)))
    said(anova(one, fit))
    said(anova(one, square))
    said(anova(one, one))
    said(anova(one, other))
    said(anova(petals, more))
    said(icl(stream))
    said(icl(cars))
    said(Anova.sgmoe(fit))
    said(standard_error.sgmoe(
      fit,
      vcov = "sandwich", vcov_args = list(cluster = ~town)
    ))
    said(relabel(fit, to = cars))
    said(relabel(fit, to = one))
    said(relabel(fit, 2:1, to = fit))
    said(update(fit, "speed"))
    said(update(fit, 1))
    said(set_coef.sgmoe(fit, c(nobody = 1)))
    said(set_coef.sgmoe(fit, c("expert1:(sigma)" = -1)))
    said(getSimulations.sgmoe(quickly(sgmoe(
      cbind(speed, dist) ~ 1, cars,
      k = 1
    ))))
    said(with_replaced(
      "held_maximum", function(...) NULL,
      confint(fit, 2, method = "profile")
    ))
    said(bootstrap(stream))
    said(bootstrap(fit, "jackknife"))
    said(bootstrap(fit, 100))
    said(bootstrap(replace(
      fit, "control", list(sgmoe_control(ridge = 0, max_passes = 2))
    ), nsim = 3))
    said(bootstrap_lrt(one))
    said(bootstrap_lrt(one, one))
    said(with_replaced(
      "core_fit", answering("core_fit", reason = "non_finite"),
      bootstrap_lrt(one, fit, nsim = 2, starts = 0)
    ))
  })
})
