# Tests of nested formulas.

test_that("one expert: the tests of glm()", {
  data <- transform(mtcars, w = rep(1:2, 16), a = am > 0)
  small <- sgmoe(carb ~ wt, data, k = 1, family = "poisson", weights = w)
  large <- sgmoe(carb ~ wt + hp, data, k = 1, family = "poisson", weights = w)
  theirs <- anova(
    glm(carb ~ wt, poisson, data, weights = w),
    glm(carb ~ wt + hp, poisson, data, weights = w),
    test = "Chisq"
  )
  table <- anova(large, small)
  expect_s3_class(table, "anova")
  expect_identical(table$npar, c(2, 3))
  expect_equal(table$Chisq[[2]], theirs$Deviance[[2]], tolerance = 1e-7)
  expect_equal(
    table$`Pr(>Chisq)`[[2]], theirs$`Pr(>Chi)`[[2]],
    tolerance = 1e-6
  )
  expect_identical(lmtest::lrtest(small, large), table)
  expect_output(print(table), "Model 2: carb ~ wt \\+ hp, k = 1")
})

slow_test("the statistic is that of maximum likelihood, whatever the ridge", {
  set.seed(3)
  data <- simulate_moe(300, 2, p = 1, gate_scale = 2)
  data$noise <- rnorm(300)
  fitted <- function(formula, ridge, ...) {
    set.seed(1)
    sgmoe(formula, data, k = 2, ridge = ridge, starts = 2, ...)
  }
  formulas <- list(y ~ x1, y ~ x1 + noise)
  exact <- lapply(formulas, fitted, ridge = 0, gate = ~x1)
  ridged <- lapply(formulas, fitted, ridge = "auto", gate = ~x1)
  expected <- 2 * (c(logLik(exact[[2]])) - c(logLik(exact[[1]])))
  for (fits in list(exact, ridged)) {
    table <- anova(fits[[1]], fits[[2]])
    expect_equal(table$Chisq[[2]], expected, tolerance = 1e-4)
    expect_identical(table$Df, c(NA, 2))
    expect_equal(
      table$`Pr(>Chisq)`[[2]],
      pchisq(expected, 2, lower.tail = FALSE),
      tolerance = 1e-3
    )
  }
  # A smaller gate, and three at once.
  three <- anova(
    fitted(y ~ x1, 0.5, gate = ~1), ridged[[1]], ridged[[2]]
  )
  expect_equal(three$Chisq[[3]], expected, tolerance = 1e-4)
  expect_true(all(three$Chisq[-1] >= 0))
})

test_that("no statistic is negative, and none is made where there is no maximum", {
  # A larger fit that is stuck in a worse maximum.
  data <- MASS::mcycle
  data$noise <- sin(seq_len(nrow(data)))
  set.seed(1)
  small <- quietly(sgmoe(accel ~ times, data, k = 2, starts = 3, ridge = 0.1))
  large <- quietly(sgmoe(
    accel ~ times + noise, data,
    k = 2, ridge = 0.1, max_passes = 2,
    start = factor(rep(1:2, length.out = nrow(data)))
  ))
  expect_lt(c(logLik(large)), c(logLik(small)))
  expect_gte(suppressWarnings(anova(small, large))$Chisq[[2]], 0)
  petals <- quietly(sgmoe(Species ~ Petal.Width, iris, k = 1, ridge = 0.1))
  more <- quietly(sgmoe(
    Species ~ Petal.Width + Petal.Length, iris,
    k = 1, ridge = 0.1
  ))
  text <- class_condition(anova(petals, more), "warning", "no_maximum")
  expect_match(text, "no maximum")
  table <- suppressWarnings(anova(petals, more))
  expect_identical(table$`Pr(>Chisq)`, c(NA_real_, NA_real_))
})

test_that("what is not nested is refused", {
  one <- sgmoe(dist ~ speed, cars, k = 1)
  two <- quietly(sgmoe(dist ~ speed, cars, k = 2, starts = 1))
  text <- class_condition(anova(one, two), "error", "comparison")
  expect_match(text, "bootstrap_lrt")
  class_condition(lmtest::lrtest(one, two), "error", "comparison")
  for (bad in list(
    sgmoe(dist ~ I(speed^2), cars, k = 1), one,
    sgmoe(dist ~ 1, cars[1:40, ], k = 1), sgmoe(sqrt(dist) ~ 1, cars, k = 1),
    sgmoe(dist ~ 1, cars, k = 1, weights = rep(2, 50))
  )) {
    class_condition(anova(one, bad), "error", "comparison")
  }
  class_condition(anova(one), "error", "argument")
  class_condition(anova(one, lm(dist ~ 1, cars)), "error", "argument")
  class_condition(anova(one, update(one, model = FALSE)), "error", "no_model")
})

test_that("icl() is BIC plus twice the entropy of the posteriors", {
  set.seed(1)
  fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
  posterior <- predict(fit, type = "posterior")
  expect_equal(
    icl(fit), BIC(fit) - 2 * sum(posterior * log(posterior)),
    tolerance = 1e-8
  )
  expect_equal(icl(fit), glance(fit)$ICL)
  class_condition(icl(cars), "error", "unsupported")
})
