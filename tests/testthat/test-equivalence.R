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

test_that("one expert is lm()", {
  data <- make_regression()
  formulas <- list(
    y ~ x + z, y ~ 1, y ~ 0 + f, y ~ 0 + x, y ~ x * f + log(z),
    y ~ poly(z, 3), y ~ splines::ns(z, 4) + f, y3 ~ x * z,
    y ~ poly(z, 4, raw = TRUE), y ~ day, y ~ day + I(day / 7) * x,
    y3 ~ day + f, y ~ x + offset(o)
  )
  for (formula in formulas) {
    fit <- quietly(one_expert(formula, data))
    expected <- lm(formula, data)
    label <- deparse(formula)
    found <- coef(fit, "expert")
    names(found) <- sub("^expert1:", "", names(found))
    expect_identical(names(found), names(coef(expected)), label = label)
    error <- sqrt(diag(vcov(expected, complete = TRUE)))
    expect_coefficients(found, coef(expected), error)
    expect_equal(
      unname(fitted(fit)), unname(fitted(expected)),
      tolerance = 1e-8
    )
    expect_equal(
      c(logLik(fit)), c(logLik(expected)),
      tolerance = 1e-8, label = label
    )
    expect_equal(attr(logLik(fit), "df"), attr(logLik(expected), "df"))
    expect_equal(AIC(fit), AIC(expected), tolerance = 1e-8)
    expect_equal(BIC(fit), BIC(expected), tolerance = 1e-8)
    expect_equal(
      unname(sigma(fit)), sqrt(mean(residuals(expected)^2)),
      tolerance = 1e-8
    )
    expect_identical(fit$reason, "converged")
  }
})

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

test_that("one expert with several responses is lm() with several", {
  data <- make_regression()
  for (weighted in c(FALSE, TRUE)) {
    formula <- cbind(y, y2, y3) ~ x + f
    fit <- one_expert(formula, data, weighted = weighted)
    data$a <- if (weighted) data$w else 1
    expected <- lm(formula, data, weights = a)
    expect_equal(
      unname(coef(fit, "expert")), unname(c(coef(expected))),
      tolerance = 1e-8
    )
    expect_equal(
      unname(fitted(fit)), unname(fitted(expected)),
      tolerance = 1e-8
    )
    residual <- residuals(expected)
    n <- sum(data$a)
    covariance <- crossprod(residual, data$a * residual) / n
    expect_equal(
      unname(coef(fit, "scale")),
      covariance[lower.tri(covariance, diag = TRUE)],
      tolerance = 1e-8
    )
    expect_equal(
      c(logLik(fit)),
      -n / 2 * (3 * log(2 * pi) + log(det(covariance)) + 3),
      tolerance = 1e-8
    )
    diagonal <- one_expert(
      cbind(y, y2, y3) ~ x + f, data,
      covariance = "diagonal"
    )
    own <- vapply(c("y", "y2", "y3"), function(name) {
      c(logLik(lm(reformulate(c("x", "f"), name), data)))
    }, 0)
    expect_equal(c(logLik(diagonal)), sum(own), tolerance = 1e-8)
  }
})

test_that("weighted, one expert has lm()'s coefficients and fitted values", {
  data <- make_regression()
  data$w[c(3, 17)] <- 0
  for (formula in list(y ~ x + f, y ~ poly(z, 4, raw = TRUE), y3 ~ 0 + x)) {
    fit <- one_expert(formula, data, weighted = TRUE)
    expected <- lm(formula, data, weights = w)
    expect_coefficients(
      unname(coef(fit, "expert")), unname(coef(expected)),
      sqrt(diag(vcov(expected)))
    )
    expect_equal(
      unname(fitted(fit)), unname(fitted(expected)),
      tolerance = 1e-8
    )
    # Case weights: their sum is the number of observations.
    expect_equal(nobs(fit), sum(data$w))
    expect_equal(
      c(logLik(fit)),
      sum(data$w * dnorm(
        model.response(model.frame(expected)), fitted(expected),
        sqrt(sum(data$w * residuals(expected)^2) / sum(data$w)),
        log = TRUE
      )),
      tolerance = 1e-8
    )
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

test_that("the log-likelihood is a one-liner's at the same parameters", {
  set.seed(8)
  data <- simulate_moe(300, k = 3, p = 2)
  data$v <- rnorm(300)
  fit <- quietly(sgmoe(
    y ~ x1 + x2, data,
    k = 3, gate = ~v, starts = 1, max_passes = 15
  ))
  x <- model.matrix(~v, data)
  z <- model.matrix(~ x1 + x2, data)
  gate <- cbind(0, matrix(coef(fit, "gate"), 2))
  mean <- matrix(coef(fit, "expert"), 3)
  density <- sapply(1:3, function(k) {
    dnorm(data$y, z %*% mean[, k], coef(fit, "scale")[[k]])
  })
  pi <- exp(x %*% gate) / rowSums(exp(x %*% gate))
  expect_equal(c(logLik(fit)), sum(log(rowSums(pi * density))),
    tolerance = 1e-8
  )
  expect_equal(
    unname(predict(fit, type = "gate")), unname(pi),
    tolerance = 1e-8
  )
  expect_equal(
    unname(predict(fit, type = "posterior")),
    unname(pi * density / rowSums(pi * density)),
    tolerance = 1e-8
  )
})

test_that("so it is for several responses with full covariances", {
  set.seed(9)
  data <- random_data(200, 2)
  fit <- quietly(sgmoe(
    cbind(y1, y2) ~ x1, data,
    k = 2, starts = 1, max_passes = 15
  ))
  z <- model.matrix(~x1, data)
  y <- as.matrix(data[c("y1", "y2")])
  pi <- plogis(drop(z %*% coef(fit, "gate")))
  density <- sapply(1:2, function(k) {
    mean <- matrix(coef(fit)[grepl(
      paste0("^expert", k, "\\[y[12]\\]:"), names(coef(fit))
    )], 2)
    entry <- function(name) coef(fit)[[paste0("expert", k, ":(sigma)[", name, "]")]]
    covariance <- matrix(
      c(entry("y1,y1"), entry("y1,y2"), entry("y1,y2"), entry("y2,y2")), 2
    )
    residual <- y - z %*% mean
    exp(-mahalanobis(residual, 0, covariance) / 2) /
      (2 * base::pi * sqrt(det(covariance)))
  })
  expect_equal(
    c(logLik(fit)), sum(log((1 - pi) * density[, 1] + pi * density[, 2])),
    tolerance = 1e-8
  )
})

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
    k = 2, start = coefficients, max_passes = 1
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
  fit <- sgmoe(y ~ x1 + x2, data, k = 2, start = start)
  expect_gte(c(logLik(fit)), c(flexmix::logLik(other)) - 1e-6 * size)
})
