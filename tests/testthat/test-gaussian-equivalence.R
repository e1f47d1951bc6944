# Special cases that other software computes.

# k = 1 ------------------------------------------------------------------------

one_expert <- function(formula, data, ..., weighted = FALSE) {
  eval(as.call(c(
    quote(sgmoe), formula, quote(data), 1,
    if (weighted) c(weights = quote(w)), list(...)
  )))
}

make_regression <- function(n = 80, seed = 1) {
  set.seed(seed)
  data <- data.frame(
    x = rnorm(n), z = runif(n, 1, 3), f = factor(sample(letters[1:3], n, TRUE)),
    w = rexp(n), o = rnorm(n),
    day = as.numeric(as.Date("2024-01-01")) * 86400 + runif(n, 0, 1e5)
  )
  data$y <- with(data, 1 + 2 * x - z + (f == "b") + rnorm(n))
  data$y2 <- with(data, 3 - x + rnorm(n) + 0.5 * y)
  data$y3 <- with(data, 1e6 + 1e4 * rnorm(n) * z)
  data
}

# Relative to a coefficient's own size or standard error, whichever is larger:
# lm() itself is that precise, and no more.
expect_coefficients <- function(found, expected, error) {
  expect_identical(is.na(found), is.na(expected))
  difference <- abs(found - expected) / pmax(abs(expected), error)
  expect_lt(max(difference, na.rm = TRUE), 1e-8)
}

test_that("one expert is lm() on badly scaled data", {
  set.seed(2)
  n <- 200
  data <- data.frame(
    second = 1.7e9 + sort(runif(n, 0, 1e6)), tiny = 1e-9 * rnorm(n),
    huge = 1e12 * rnorm(n), year = 1950 + sample(70, n, TRUE)
  )
  data$y <- 1e-3 * (data$second - 1.7e9) / 1e6 + rnorm(n, sd = 1e-4)
  for (formula in list(
    y ~ second, y ~ tiny + huge, y ~ second + tiny + huge,
    y ~ year + I(year^2)
  )) {
    fit <- one_expert(formula, data)
    expected <- lm(formula, data)
    expect_coefficients(
      unname(coef(fit, "expert")), unname(coef(expected)),
      sqrt(diag(vcov(expected)))
    )
    expect_equal(
      unname(fitted(fit)), unname(fitted(expected)),
      tolerance = 1e-8
    )
    expect_equal(c(logLik(fit)), c(logLik(expected)), tolerance = 1e-8)
  }
})

test_that("aliased columns are NA where lm() has NA", {
  data <- make_regression()
  data$sum <- data$x + 2 * data$z
  data$one <- 5
  data$b <- as.numeric(data$f == "b")
  for (formula in list(
    y ~ x + z + sum, y ~ one + x, y ~ f + b, y ~ 0 + f + one + x,
    y ~ sum + x + z + b + f, cbind(y, y2) ~ x + sum + z
  )) {
    expect_message(
      fit <- one_expert(formula, data),
      class = "sgmoe_message_aliased"
    )
    expected <- lm(formula, data)
    expect_equal(
      unname(coef(fit, "expert")), unname(c(coef(expected))),
      tolerance = 1e-8
    )
    expect_true(anyNA(coef(fit)))
    expect_equal(
      unname(fitted(fit)), unname(fitted(expected)),
      tolerance = 1e-8
    )
    if (!inherits(expected, "mlm")) {
      expect_equal(logLik(fit), logLik(expected),
        ignore_attr = "nall",
        tolerance = 1e-8
      )
    }
  }
})

test_that("one expert with a ridge is ridge regression on standard columns", {
  data <- make_regression()
  x <- model.matrix(y ~ x + z + f, data)[, -1]
  deviation <- function(column) sqrt(mean((column - mean(column))^2))
  scaled <- scale(x, scale = apply(x, 2, deviation))
  for (ridge in c(0.5, 50)) {
    slopes <- solve(
      crossprod(scaled) + diag(ridge, 4), crossprod(scaled, data$y)
    ) / attr(scaled, "scaled:scale")
    fit <- one_expert(y ~ x + z + f, data, ridge = ridge)
    expect_equal(
      unname(coef(fit, "expert"))[-1], drop(unname(slopes)),
      tolerance = 1e-8
    )
  }
})

# Likelihood -------------------------------------------------------------------

test_that("flexmix has the same log-likelihood, and no better an optimum", {
  skip_if_not_installed("flexmix")
  set.seed(10)
  data <- simulate_moe(800, k = 2, p = 2, gate_scale = 2)
  start <- 0.8 * diag(2)[attr(data, "truth")$expert, ] + 0.1
  other <- flexmix::flexmix(
    y ~ x1 + x2,
    data = data, k = 2, cluster = start,
    concomitant = flexmix::FLXPmultinom(~ x1 + x2),
    control = list(iter.max = 1000, tolerance = 1e-10, minprior = 0)
  )
  values <- flexmix::parameters(other)
  gate <- flexmix::parameters(other, which = "concomitant")
  coefficients <- unname(c(gate[, 2], values[1:3, ], values[4, ]))
  size <- nrow(data)
  # flexmix's sigma has the divisor of an unbiased estimate: it is taken as is.
  point <- quietly(sgmoe(
    y ~ x1 + x2, data,
    k = 2, start = coefficients, max_passes = 1, ridge = 0
  ))
  density <- function(k) {
    dnorm(data$y, cbind(1, data$x1, data$x2) %*% values[1:3, k], values[4, k])
  }
  pi <- plogis(drop(cbind(1, data$x1, data$x2) %*% gate[, 2]))
  expect_equal(
    c(logLik(point)), sum(log((1 - pi) * density(1) + pi * density(2))),
    tolerance = 1e-8
  )
  expect_equal(
    c(logLik(point)), c(flexmix::logLik(other)),
    tolerance = 1e-8
  )
  fit <- sgmoe(y ~ x1 + x2, data, k = 2, start = start, ridge = 0)
  expect_gte(c(logLik(fit)), c(flexmix::logLik(other)) - 1e-6 * size)
})
