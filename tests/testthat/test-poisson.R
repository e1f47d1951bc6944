# What is particular to Poisson experts. (What all families must hold is tested
# elsewhere, and the sums of the core in tests/cpp/poisson_test.cpp.)

# Counts from two regimes, `y` and, with exposures `e`, `m`; weights `w` (some
# zero) and a factor.
count_data <- function(n = 400, seed = 1) {
  set.seed(seed)
  data <- simulate_moe(
    n, 2,
    family = "poisson", gate = cbind(c(0, 2, 0), c(0, -2, 0)),
    mean = cbind(c(0.5, 0.6, -0.3), c(2, -0.4, 0.5))
  )
  data$e <- exp(stats::rnorm(n, 0, 0.5))
  truth <- attr(data, "truth")
  mean <- exp(cbind(1, data$x1, data$x2) %*% truth$mean)
  data$m <- stats::rpois(n, data$e * mean[cbind(seq_len(n), truth$expert)])
  data$w <- sample(0:3, n, TRUE)
  data$f <- factor(sample(c("a", "b", "c"), n, TRUE))
  data
}

# A posterior near the truth, so that fits end in the same optimum.
count_start <- function(data) {
  posterior <- matrix(0.1, nrow(data), 2)
  posterior[cbind(seq_len(nrow(data)), attr(data, "truth")$expert)] <- 0.9
  posterior
}

test_that("one expert is glm()", {
  data <- count_data()
  cases <- list(
    alist(formula = y ~ x1 + x2),
    alist(formula = y ~ x1 + f, weights = w),
    alist(formula = m ~ poly(x1, 2) + offset(log(e)), weights = w),
    alist(formula = m ~ 0 + x1 + x2, offset = log(e), subset = x2 > -1),
    alist(formula = I(y * 1000L) ~ x1 * x2)
  )
  for (case in cases) {
    ours <- eval(as.call(c(
      list(quote(sgmoe), k = 1, family = quote(poisson), data = quote(data)),
      case
    )))
    theirs <- eval(as.call(c(
      list(quote(glm), family = quote(poisson), data = quote(data)), case,
      list(control = list(epsilon = 1e-14))
    )))
    expect_equal(
      unname(coef(ours)), unname(coef(theirs)),
      tolerance = 1e-6
    )
    expect_named(coef(ours), paste0("expert1:", names(coef(theirs))))
    expect_equal(c(logLik(ours)), c(logLik(theirs)), tolerance = 1e-8)
    expect_equal(attr(logLik(ours), "df"), attr(logLik(theirs), "df"))
    expect_equal(fitted(ours), fitted(theirs), tolerance = 1e-6)
    expect_equal(
      residuals(ours, "pearson")[theirs$prior.weights > 0],
      (residuals(theirs, "pearson") / sqrt(theirs$prior.weights))[
        theirs$prior.weights > 0
      ],
      tolerance = 1e-6
    )
  }
})

test_that("a likelihood by hand is that of a fit, with exposures in new data", {
  data <- count_data()
  fit <- sgmoe(
    m ~ x1 + x2 + offset(log(e)), data,
    k = 2, family = "poisson", gate = ~x1, weights = w,
    start = count_start(data)
  )
  new <- transform(data[1:50, ], e = e * 2)
  by_hand <- function(data) {
    at <- coef(fit)
    z <- cbind(1, data$x1, data$x2)
    mean <- vapply(1:2, function(k) {
      exp(drop(z %*% at[paste0(
        "expert", k, ":", c("(Intercept)", "x1", "x2")
      )]) + log(data$e))
    }, numeric(nrow(data)))
    second <- stats::plogis(at[["gate2:(Intercept)"]] +
      at[["gate2:x1"]] * data$x1)
    gate <- cbind(1 - second, second)
    list(
      mean = mean, gate = gate,
      density = rowSums(gate * stats::dpois(data$m, mean))
    )
  }
  expect_equal(
    c(logLik(fit)), sum(data$w * log(by_hand(data)$density)),
    tolerance = 1e-10
  )
  hand <- by_hand(new)
  same <- function(type, expected) {
    expect_equal(
      unname(predict(fit, new, type = type)), unname(expected),
      tolerance = 1e-9
    )
  }
  same("expert", hand$mean)
  same("gate", hand$gate)
  same("response", rowSums(hand$gate * hand$mean))
  same("logdensity", log(hand$density))
  same("posterior", hand$gate * stats::dpois(new$m, hand$mean) / hand$density)
  expect_equal(
    unname(predict(fit, new)), 2 * unname(predict(fit, data[1:50, ]))
  )
})

test_that("responses that are no counts are refused, each in its own words", {
  data <- count_data(60)
  data$bad <- data$y
  refuse <- function(formula, what, text, ...) {
    message <- class_condition(
      sgmoe(formula, data, k = 1, family = "poisson", ...), "error", what
    )
    expect_match(message, text)
  }
  refuse(I(-1L - y) ~ x1, "counts", "whole numbers")
  refuse(I(y / 2 + 0.25) ~ x1, "counts", "exposure")
  refuse(I(y + 1e16) ~ x1, "counts", "2\\^53")
  refuse(f ~ x1, "response_type", "multinomial")
  refuse(I(y > 1) ~ x1, "response_type", "multinomial")
  refuse(cbind(y, y) ~ x1, "response_type", "2 columns")
  refuse(I(0 * y) ~ x1, "constant_response", "zero in all 60 rows")
  data$w <- ifelse(data$y > 0, 0, 1)
  refuse(y ~ x1, "constant_response", "positive weight", weights = w)
  expect_identical(check_family(poisson()), "poisson")
  class_condition(check_family(poisson("identity")), "error", "argument")
  # Also where rows come later.
  fit <- sgmoe(y ~ x1, data, k = 1, family = "poisson")
  new <- transform(data, y = y + 0.5)
  class_condition(predict(fit, new, type = "posterior"), "error", "counts")
  stream <- sgmoe_stream(y ~ x1, data, k = 1, family = "poisson", ridge = 0.1)
  class_condition(update(stream, new), "error", "counts")
  class_condition(
    update_matrix(stream, model.matrix(stream, data), new$y), "error", "counts"
  )
})

test_that("what experts for counts lack is refused", {
  data <- count_data(60)
  fit <- sgmoe(y ~ x1, data, k = 1, family = "poisson")
  for (call in list(
    quote(sigma(fit)), quote(calibration(fit)),
    quote(predict(fit, type = "class")),
    quote(sgmoe(y ~ x1, data, k = 1, family = "poisson", shared = TRUE)),
    quote(sgmoe(y ~ x1, data, k = 1, family = "poisson", covariance = "full"))
  )) {
    expect_match(
      class_condition(eval(call), "error", "unsupported"),
      "not for Poisson experts"
    )
  }
})

test_that("extreme counts and predictors stay finite", {
  data <- count_data(100)
  far <- transform(data, y = ifelse(x1 > 0, 4e15, 0))
  fit <- quietly(sgmoe(y ~ x2, far, k = 2, family = "poisson", starts = 1))
  expect_true(is.finite(logLik(fit)) && all(is.finite(coef(fit))))
  fit <- sgmoe(y ~ x1, data, k = 2, family = "poisson", starts = 1)
  mean <- predict(fit, data.frame(x1 = c(-1e6, 1e6)), type = "expert")
  expect_true(all(is.finite(mean) & mean >= 0))
  start <- coef(fit)
  start[["expert1:(Intercept)"]] <- 1000
  again <- quietly(sgmoe(
    y ~ x1, data,
    k = 2, family = "poisson", start = start, max_passes = 100
  ))
  expect_gte(min(diff(again$trace)), -1e-10 * abs(again$trace[[1L]]))
  expect_true(all(is.finite(coef(again))))
})

test_that("with ridge = 'auto' an expert of zeros has a finite intercept", {
  data <- count_data(400)
  data$y[data$x1 > 0] <- 0L
  fit <- quietly(sgmoe(
    y ~ x1, data,
    k = 2, family = "poisson", ridge = "auto", starts = 3
  ))
  expect_true(all(abs(coef(fit)) < 50))
  # Half a row with the mean count at the centre of the covariates: rows without
  # any count, 400 at most, can lower the rate there to a part of its share.
  centre <- predict(fit, data.frame(x1 = mean(data$x1)), type = "expert")
  expect_gt(min(centre), 0.2 * 0.5 / 400 * mean(data$y))
  fixed <- sgmoe(y ~ x1, data, k = 2, family = "poisson", ridge = 1, starts = 3)
  expect_true(all(is.finite(coef(fixed))))
})

test_that("quantile residuals of the truth are standard normal, and fixed", {
  data <- count_data(5000)
  fit <- sgmoe(
    y ~ x1 + x2, data,
    k = 2, family = "poisson", start = count_start(data)
  )
  residual <- residuals(fit, "quantile")
  expect_gt(stats::ks.test(residual, stats::pnorm)$p.value, 0.01)
  set.seed(9)
  expect_identical(residuals(fit, "quantile"), residual)
  expect_equal(
    unname(residuals(fit)), data$y - unname(fitted(fit))
  )
  expect_lt(abs(stats::var(residuals(fit, "pearson")) - 1), 0.1)
})

test_that("simulated counts have no scale", {
  class_condition(
    simulate_moe(5, 2, family = "poisson", sigma = 1), "error", "argument"
  )
})

slow_test("a stream ends within a fraction of the statistical error", {
  # The bench asks ten seeds for a median of one p/2n (bench/poisson.R).
  excess <- vapply(1:3, function(seed) {
    data <- count_data(6000, seed)
    batch <- sgmoe(
      m ~ x1 + x2 + offset(log(e)), data,
      k = 2, family = "poisson", start = count_start(data)
    )
    stream <- sgmoe_stream(
      m ~ x1 + x2 + offset(log(e)), data[1:1000, ],
      k = 2, family = "poisson", starts = 2
    )
    stream <- update(stream, data[-(1:1000), ])
    reached <- sum(predict(as_sgmoe(stream), data, type = "logdensity"))
    (c(logLik(batch)) - reached) / (batch$df / 2)
  }, 0)
  expect_lt(stats::median(excess), 1)
  expect_true(all(excess > -1e-6))
})
