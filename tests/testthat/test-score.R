# Scores, against integrals, sums, and other ways to the same numbers.

mixture_fits <- function() {
  set.seed(1)
  data <- simulate_moe(300, 2, p = 1, gate_scale = 2, mean_scale = 2)
  data$n <- stats::rpois(300, exp(1 + data$y / 3))
  data$many <- stats::rpois(300, exp(8 + data$y / 3)) # both steps of the sum
  data$w <- sample(0:3, 300, TRUE)
  data$z <- data$y / 2 + stats::rnorm(300)
  fit <- function(formula, k, family) {
    quietly(sgmoe(formula, data,
      k = k, family = family, ridge = 0.1, starts = 1, weights = w
    ))
  }
  list(data = data, fits = list(
    fit(y ~ x1, 2, "gaussian"), fit(y ~ x1, 3, "gaussian"),
    fit(y ~ x1, 1, "gaussian"), fit(n ~ x1, 2, "poisson"),
    fit(many ~ x1, 3, "poisson"), fit(n ~ x1, 1, "poisson")
  ), several = fit(cbind(y, z) ~ x1, 2, "gaussian"))
}

#' The CRPS of a row by its definition, from predict()'s distribution function
crps_by_hand <- function(fit, row, response) {
  y <- row[[response]]
  cdf <- function(t) {
    rows <- row[rep(1, length(t)), ]
    rows[[response]] <- t
    unname(predict(fit, rows, type = "cdf"))
  }
  ends <- predict(fit, row, type = "quantile", p = c(1e-14, 1 - 1e-14))
  if (is.null(families[[fit$family]]$distribution$whole) ||
    !families[[fit$family]]$distribution$whole) {
    below <- stats::integrate(function(t) cdf(t)^2, min(ends, y), y,
      rel.tol = 1e-10, subdivisions = 1000
    )$value
    above <- stats::integrate(function(t) (1 - cdf(t))^2, y, max(ends, y),
      rel.tol = 1e-10, subdivisions = 1000
    )$value
    below + above
  } else {
    t <- seq(0, max(ends, y))
    sum((cdf(t) - (t >= y))^2)
  }
}

slow_test("the CRPS is its integral, for counts its sum", {
  made <- mixture_fits()
  for (fit in made$fits) {
    response <- fit$responses
    rows <- made$data[1:12, ]
    # Far from everything, too
    rows[[response]][[12]] <- 30 * max(rows[[response]])
    found <- score(fit, rows, per_row = TRUE)$crps
    expected <- vapply(seq_len(12), function(i) {
      crps_by_hand(fit, rows[i, ], response)
    }, 0)
    expect_lt(max(abs(found / expected - 1)), 1e-6)
  }
})

test_that("of one Gaussian expert it is the formula for the normal distribution", {
  fit <- sgmoe(dist ~ speed, cars, k = 1, ridge = 0)
  z <- residuals(fit) / sigma(fit)[[1L]]
  expect_equal(
    score(fit, per_row = TRUE)$crps,
    unname(sigma(fit)[[1L]] *
      (z * (2 * pnorm(z) - 1) + 2 * dnorm(z) - 1 / sqrt(pi))),
    tolerance = 1e-12
  )
})

test_that("twice the pinball loss, averaged over levels, is the CRPS", {
  made <- mixture_fits()
  fit <- made$fits[[2L]]
  p <- (seq_len(2000) - 0.5) / 2000
  rows <- score(fit, made$data[1:20, ], p = p, per_row = TRUE)
  losses <- as.matrix(rows[startsWith(names(rows), "pinball")])
  expect_equal(unname(2 * rowMeans(losses)), rows$crps, tolerance = 1e-3)
})

test_that("scores are what they are called", {
  made <- mixture_fits()
  data <- made$data
  for (fit in made$fits) {
    found <- score(fit, data, p = c(0.1, 0.9), per_row = TRUE)
    y <- data[[fit$responses]]
    expect_identical(names(found), c(
      "log", "crps", "pinball_0.1", "pinball_0.9"
    ))
    expect_equal(
      found$log, -unname(predict(fit, data, type = "logdensity"))
    )
    for (p in c(0.1, 0.9)) {
      q <- predict(fit, data, type = "quantile", p = p)[, 1L]
      expect_equal(
        found[[paste0("pinball_", p)]],
        unname(ifelse(y < q, (1 - p) * (q - y), p * (y - q)))
      )
    }
    # Case weights stand for rows.
    repeated <- data[rep(1:300, data$w), ]
    expect_equal(
      score(fit)$value, score(fit, repeated)$value,
      tolerance = 1e-12
    )
    expect_equal(score(fit)$n, rep(sum(data$w), 5))
    expect_equal(
      score(fit, data, weights = data$w)$value, score(fit)$value
    )
    expect_equal(score(fit, data)$value[1:2], unname(colMeans(found[1:2])))
    expect_identical(score(fit, data, p = numeric())$score, c("log", "crps"))
  }
})

test_that("rows without a prediction or a response do not count", {
  made <- mixture_fits()
  rows <- made$data[1:9, ]
  rows$x1[[2]] <- NA
  rows$y[[5]] <- NA
  fit <- made$fits[[1L]]
  found <- score(fit, rows, per_row = TRUE)
  expect_identical(which(is.na(found$crps)), c(2L, 5L))
  expect_identical(which(is.na(found$log)), c(2L, 5L))
  expect_equal(score(fit, rows)$value, score(fit, rows[-c(2, 5), ])$value)
  expect_equal(score(fit, rows)$n, rep(7, 5))
  expect_match(
    class_condition(score(fit, rows[2, ]), "error", "no_rows"), "No row"
  )
})

test_that("the energy score is right, with its error, and leaves the seed", {
  made <- mixture_fits()
  fit <- made$several
  rows <- made$data[1:3, ]
  set.seed(7)
  before <- .Random.seed
  found <- score(fit, rows, draws = 4000, seed = 3)
  expect_identical(.Random.seed, before)
  expect_identical(found, score(fit, rows, draws = 4000, seed = 3))
  expect_false(identical(
    found$value[[2]], score(fit, rows, draws = 4000, seed = 4)$value[[2]]
  ))
  expect_identical(found$score[1:2], c("log", "energy"))
  # By draws of our own, from coef() alone.
  gate <- predict(fit, rows, type = "gate")
  mean <- predict(fit, rows, type = "expert")
  roots <- lapply(1:2, function(i) {
    own <- coef(fit, "scale")[3 * (i - 1) + 1:3]
    chol(matrix(own[c(1, 2, 2, 3)], 2))
  })
  draw <- function(row, m) {
    expert <- sample(2, m, TRUE, gate[row, ])
    noise <- matrix(rnorm(2 * m), m)
    y <- noise %*% roots[[1]]
    y[expert == 2, ] <- (noise %*% roots[[2]])[expert == 2, ]
    y + t(mean[row, , expert])
  }
  m <- 2e5
  each <- vapply(1:3, function(row) {
    a <- draw(row, m)
    b <- draw(row, m)
    y <- rep(unlist(rows[row, c("y", "z")]), each = m)
    values <- sqrt(rowSums((a - y)^2)) - sqrt(rowSums((a - b)^2)) / 2
    c(mean(values), stats::sd(values) / sqrt(m))
  }, numeric(2))
  error <- sqrt(found$error[[2]]^2 + sum(each[2, ]^2) / 9)
  expect_lt(abs(found$value[[2]] - mean(each[1, ])), 4 * error)
  # Its error is that of another seed's.
  others <- vapply(1:40, function(seed) {
    score(fit, rows, draws = 50, seed = seed)$value[[2]]
  }, 0)
  said <- score(fit, rows, draws = 50)$error[[2]]
  expect_gt(stats::sd(others) / said, 0.6)
  expect_lt(stats::sd(others) / said, 1.6)
})

test_that("of classes they are those of class_scores()", {
  set.seed(1)
  data <- class_data(200)
  fit <- quietly(sgmoe(y ~ x1, data, k = 2, starts = 1, ridge = 1, weights = w))
  found <- score(fit)
  expected <- class_scores(predict(fit, type = "prob"), data$y, data$w)
  expect_equal(found$value, unname(expected[c("log_loss", "brier")]))
  rows <- score(fit, per_row = TRUE)
  expect_equal(rows$log_loss, -unname(predict(fit, type = "logdensity")))
  counts <- quietly(sgmoe(m ~ x1, data,
    k = 2, starts = 1, ridge = 1, family = "multinomial"
  ))
  expect_equal(
    score(counts)$value, unname(summary(counts)$scores[c("log_loss", "brier")])
  )
})

test_that("selections are scored as fits, streams with new data", {
  set.seed(1)
  data <- simulate_moe(600, 2, p = 1)
  selection <- select_quietly(y ~ x1, data, k_max = 2, ridge = 0.1)
  expect_identical(score(selection), score(as_sgmoe(selection)))
  stream <- quietly(sgmoe_stream(y ~ x1, data[1:300, ], k = 2, starts = 1, ridge = 1))
  stream <- quietly(update(stream, data[301:600, ]))
  expect_identical(score(stream, data), score(as_sgmoe(stream), data))
  class_condition(score(stream), "error", "no_data")
  class_condition(score(cars), "error", "unsupported")
  expect_identical(
    predict(stream, data, interval = "prediction"),
    predict(as_sgmoe(stream), data, interval = "prediction")
  )
  expect_identical(
    predict(stream, data[1:9, ],
      interval = "prediction", method = "conformal", calibration = data[9:99, ]
    ),
    predict(as_sgmoe(stream), data[1:9, ],
      interval = "prediction", method = "conformal", calibration = data[9:99, ]
    )
  )
  expect_identical(
    simulate(stream, 2, seed = 3, newdata = data),
    simulate(as_sgmoe(stream), 2, seed = 3, newdata = data)
  )
  class_condition(simulate(stream), "error", "no_data")
})
