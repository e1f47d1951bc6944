# Numbers far out, or missing: kinds that the fuzzer found (tests/fuzz).

set.seed(1)
rows <- simulate_moe(120, k = 2, p = 2)
rows$n <- rpois(120, exp(rows$x1 / 2))
fit <- quiet(sgmoe(y ~ x1 + x2, rows, k = 2, starts = 1, ridge = 0.1))

test_that("the distance of counts far out is found, and found at once", {
  # Two standard deviations of the difference apart, and none.
  for (mean in c(1e9, 0.9e12, 1.1e12, 1e20, 1e304)) {
    spread <- sqrt(2 * mean)
    expect_equal(count_distance(mean, mean), spread * 2 * dnorm(0), tolerance = 1e-7)
  }
  expect_equal(
    count_distance(c(1.1e12 + 3e6, 7), c(1.1e12, 7)),
    c(count_distance(1.1e12 + 3e6, 1.1e12), count_distance(7, 7))
  )
  below <- 0.999e12 + 2e6 * 0:1
  spread <- sqrt(sum(below))
  away <- diff(below) / spread
  expect_equal(
    count_distance(below[[2L]], below[[1L]]),
    spread * (2 * dnorm(away) + away * (2 * pnorm(away) - 1)),
    tolerance = 1e-9
  )
  counts <- quiet(sgmoe(n ~ x1, rows, k = 2, family = "poisson", ridge = 0.1, starts = 1))
  far <- transform(rows[1:3, ], x1 = 500)
  expect_true(all(is.finite(score(counts, far)$value)))
})

test_that("rows with an infinite covariate have no part in effects", {
  infinite <- rows
  infinite$x1[c(3, 7)] <- c(Inf, -Inf)
  with_warning <- function(expression) {
    expect_warning(value <- expression, class = "sgmoe_warning_non_finite")
    value
  }
  expect_identical(
    with_warning(average_effects(fit, data = infinite)),
    average_effects(fit, data = rows[-c(3, 7), ])
  )
  set.seed(2)
  found <- quiet(permutation_importance(fit, data = infinite, nsim = 2))
  set.seed(2)
  expect_identical(
    found, permutation_importance(fit, data = rows[-c(3, 7), ], nsim = 2)
  )
  infinite$x1 <- Inf
  expect_error(
    quiet(average_effects(fit, data = infinite)),
    class = "sgmoe_error_no_rows"
  )
  # A response that has no density is no sign of a covariate's importance.
  infinite <- transform(rows, y = 1e200)
  expect_error(
    permutation_importance(fit, data = infinite, nsim = 2),
    class = "sgmoe_error_extreme_values"
  )
})

test_that("standard errors of derivatives that overflow are NA, not NaN", {
  covariance <- list(
    matrix = matrix(c(1, -2, -2, 5), 2), scale = c(1, 1),
    unknown = c(FALSE, FALSE), lost = matrix(0, 2, 0)
  )
  found <- delta_errors(rbind(c(1, 1), c(1e200, 1e200)), covariance)
  expect_identical(found, c(sqrt(2), NA))
  expect_false(any(is.nan(found)))
  # Nor are the effects themselves.
  set.seed(1)
  data <- data.frame(x = rnorm(40), y = rpois(40, 2))
  fit <- sgmoe(y ~ scale(x), data, k = 2, family = "poisson", ridge = 1, starts = 1)
  data$x[[3L]] <- 1e200
  effect <- suppressWarnings(average_effects(fit, "x", data = data))$estimate
  expect_true(is.na(effect) && !is.nan(effect))
})

test_that("a row without a response has no score: NA, not NaN", {
  missing <- rows[1:3, ]
  missing$y[[2L]] <- NaN
  found <- score(fit, missing, per_row = TRUE)
  expect_true(all(is.na(found[2L, ])))
  expect_false(any(is.nan(unlist(found))))
})

test_that("rows far from those of a stream or a fit make no tree of NaN", {
  set.seed(1)
  data <- simulate_moe(200, k = 2, p = 1)
  stream <- sgmoe_stream(y ~ x1, data, k = 3, ridge = 1, starts = 1)
  far <- data
  far$x1[[7L]] <- -1e300
  expect_error(
    select_experts(stream, far), "Row 7 of `data`",
    class = "sgmoe_error_extreme_values"
  )
  fit <- sgmoe(y ~ x1, data, k = 3, ridge = 1, starts = 1, model = FALSE)
  expect_error(
    expert_dendrogram(fit, data = far), "Row 7 of `data`",
    class = "sgmoe_error_extreme_values"
  )
})

test_that("a stream whose covariates have not varied yet answers", {
  set.seed(1)
  data <- data.frame(x1 = rep(1, 60), x2 = rep(2, 60), y = rpois(60, 3))
  stream <- sgmoe_stream(y ~ x1 + x2, data, k = 1, family = "poisson", ridge = 0.1)
  means <- predict(stream, data[1:2, ])
  expect_equal(unname(means), rep(mean(data$y), 2L), tolerance = 0.05)
})

test_that("a response of NaN has no density: NA, as without one", {
  fit <- sgmoe(mpg ~ wt, mtcars, k = 2, ridge = 1, starts = 1)
  new <- mtcars[1:3, ]
  new$mpg[2:3] <- c(NaN, NA)
  for (type in c("density", "cdf")) {
    value <- predict(fit, new, type = type)
    expect_identical(is.na(value) & !is.nan(value), c(FALSE, TRUE, TRUE),
      ignore_attr = TRUE
    )
  }
})

test_that("a response so far out that its square overflows has density zero", {
  fit <- sgmoe(mpg ~ wt, mtcars, k = 2, ridge = 1, starts = 1)
  new <- mtcars[1:2, ]
  new$mpg[[2L]] <- 1e271
  expect_identical(is.infinite(predict(fit, new, type = "logdensity")), c(FALSE, TRUE),
    ignore_attr = TRUE
  )
  expect_identical(is.na(predict(fit, new, type = "posterior")[, 1L]), c(FALSE, TRUE),
    ignore_attr = TRUE
  )
  scores <- score(fit, new)
  expect_identical(scores$value[[1L]], Inf)
  expect_identical(scores$n[[1L]], 2)
})

test_that("variances of next to nothing are not below zero", {
  # Four experts of which three are the same: their gates have no variance.
  data <- data.frame(x = rep(c(-1, 1, 2), 20L), y = factor(rep(c("a", "b"), 30L)))
  fit <- suppressMessages(suppressWarnings(
    sgmoe(y ~ x - 1, data, k = 4, starts = 1, max_passes = 50, tolerance = 0)
  ))
  for (type in c("bayes", "observed", "opg", "sandwich")) {
    own <- suppressWarnings(diag(vcov(fit, type = type)))
    expect_true(all(own >= 0, na.rm = TRUE), label = type)
  }
})

test_that("covariances and scores know units of any size", {
  data <- transform(cars, speed = speed * 1e100, dist = dist * 1e-20)
  fit <- sgmoe(dist ~ speed, data, k = 1)
  plain <- sgmoe(dist ~ speed, cars, k = 1)
  expect_equal(
    average_effects(fit, vcov = vcov(fit))$std.error * 1e120,
    average_effects(plain, vcov = vcov(plain))$std.error,
    tolerance = 1e-6
  )
  expect_equal(
    estfun.sgmoe(fit)[, 2L] * 1e-120, estfun.sgmoe(plain)[, 2L],
    tolerance = 1e-6
  )
})

test_that("predictions beyond all numbers are NA, and are told of", {
  split <- quiet(sgmoe(y ~ x1, rows, k = 2, gate = ~x2, starts = 1, ridge = 1e-3))
  far <- data.frame(x1 = 0, x2 = c(0, 1e306, -1.7e308), y = 0)
  for (type in c("response", "gate", "quantile", "variance")) {
    expect_warning(
      found <- predict(split, far, type = type),
      class = "sgmoe_warning_non_finite"
    )
    found <- rowSums(as.matrix(found))
    expect_identical(unname(is.na(found)), c(FALSE, FALSE, TRUE))
    expect_false(any(is.nan(found)))
  }
  # Scores are never better than they can be.
  far <- data.frame(x1 = c(1e308, -1e308), x2 = 0, y = 0)
  found <- quiet(score(split, far, per_row = TRUE))$crps
  expect_true(all(is.na(found) | found >= 0))
})
