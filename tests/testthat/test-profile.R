# Profile intervals.

test_that("one expert: where the likelihood ratio says", {
  data <- transform(mtcars, w = rep(1:2, 16))
  fit <- sgmoe(mpg ~ wt + hp, data, k = 1, weights = w)
  limits <- confint(fit, method = "profile", level = 0.9)
  expect_identical(dimnames(limits), dimnames(confint(fit, level = 0.9)))
  # Of a normal regression n log(RSS(b) / RSS) = chi-square has a closed form.
  model <- lm(mpg ~ wt + hp, data, weights = w)
  n <- sum(data$w)
  rss <- sum(data$w * resid(model)^2)
  reach <- sqrt((exp(qchisq(0.9, 1) / n) - 1) * rss *
    diag(summary(model)$cov.unscaled))
  expect_equal(
    unname(limits[1:3, ]), unname(cbind(coef(model) - reach, coef(model) + reach)),
    tolerance = 1e-4
  )
  # Of its variance n (s / v - 1 - log(s / v)) = chi-square.
  s <- rss / n
  fall <- function(v) n * (s / v - 1 - log(s / v)) - qchisq(0.9, 1)
  expect_equal(unname(limits[4, ]), sqrt(c(
    uniroot(fall, c(s / 10, s), tol = 1e-10)$root,
    uniroot(fall, c(s, s * 10), tol = 1e-10)$root
  )), tolerance = 1e-4)
  # Poisson: the deviance of glm() with the coefficient as an offset.
  counts <- sgmoe(carb ~ wt + hp, data, k = 1, family = "poisson")
  limits <- confint(counts, "expert1:hp", method = "profile")
  base <- glm(carb ~ wt + hp, poisson, data)
  for (value in limits) {
    held <- glm(carb ~ wt + offset(value * hp), poisson, data)
    expect_equal(deviance(held) - deviance(base), qchisq(0.95, 1), tolerance = 1e-3)
  }
})

test_families("at a limit the objective has fallen by half the quantile", slow = TRUE, function(case) {
  fit <- precise(case, case$good(250), ridge = 0.5)
  problem <- fitted_problem(fit)
  objective <- function(coefficients) {
    evaluate_parameters(
      problem, start_from_coefficients(coefficients, problem), fit$control
    )$objective
  }
  top <- objective(coef(fit))
  parts <- coefficient_parts(fit$spec)
  error <- sqrt(diag(vcov(fit)))
  for (i in c(parts$gate[[1]], parts$expert[[2]], parts$scale[1])) {
    if (is.na(i)) next
    limits <- confint(fit, i, method = "profile")
    expect_lt(limits[[1]], coef(fit)[[i]])
    expect_gt(limits[[2]], coef(fit)[[i]])
    for (limit in limits) {
      # All other coefficients, by a search that knows no derivatives of ours.
      others <- function(x) {
        coefficients <- coef(fit)
        coefficients[[i]] <- limit
        coefficients[-i] <- coefficients[-i] + x * error[-i]
        if (any(coefficients[parts$scale] <= 0)) -Inf else objective(coefficients)
      }
      found <- optim(
        0 * error[-i], others,
        method = "BFGS",
        control = list(fnscale = -1, reltol = 1e-12, maxit = 500)
      )
      expect_equal(2 * (top - found$value), qchisq(0.95, 1), tolerance = 2e-3)
    }
  }
})

test_that("a full covariance has profiles, too", {
  fit <- sgmoe(cbind(mpg, qsec) ~ wt, mtcars, k = 1)
  name <- "expert1:(sigma)[mpg,mpg]"
  limits <- confint(fit, name, method = "profile")
  # The variance of one response alone, whatever the other.
  s <- coef(fit)[[name]]
  fall <- function(v) 32 * (s / v - 1 - log(s / v)) - qchisq(0.95, 1)
  expect_equal(unname(limits[1, ]), c(
    uniroot(fall, c(s / 10, s), tol = 1e-10)$root,
    uniroot(fall, c(s, s * 10), tol = 1e-10)$root
  ), tolerance = 1e-4)
})

test_that("profiles are wider where the likelihood is skewed, and infinite if flat", {
  # A class in one of a few rows: finite below, hardly any limit above.
  data <- data.frame(y = rep(c("a", "b"), c(30, 3)), x = c(rep(0, 28), 1, 1, 0, 1, 1))
  fit <- sgmoe(y ~ x, data, k = 1, tolerance = 1e-13)
  limits <- confint(fit, "expert1[b]:x", method = "profile")
  base <- glm(y == "b" ~ x, binomial, data)
  for (value in limits) {
    held <- glm(y == "b" ~ offset(value * x), binomial, data)
    expect_equal(deviance(held) - deviance(base), qchisq(0.95, 1), tolerance = 1e-3)
  }
  wald <- confint(fit, "expert1[b]:x")
  expect_gt(
    abs(mean(limits) - coef(fit)[["expert1[b]:x"]]),
    abs(mean(wald) - coef(fit)[["expert1[b]:x"]]) + 1e-3
  )
})

test_that("a higher maximum on the way is told", {
  set.seed(1)
  worse <- quietly(sgmoe(
    accel ~ times, MASS::mcycle,
    k = 3, ridge = 0.1, start = factor(rep(1:3, length.out = 133))
  ))
  found <- quietly(sgmoe(accel ~ times, MASS::mcycle, k = 3, ridge = 0.1))
  expect_lt(worse$objective, found$objective)
  limits <- suppressWarnings(confint(worse, method = "profile"))
  wald <- suppressWarnings(confint(worse))
  known <- is.finite(limits) & is.finite(wald)
  inside <- limits[, 1] < coef(worse) & coef(worse) < limits[, 2]
  expect_true(all(inside, na.rm = TRUE))
  expect_match(class_condition(
    warn_of_profile(limits * NA, 0.3, rep(FALSE, nrow(limits))),
    "warning", "profile"
  ), "rose by 0.3")
})
