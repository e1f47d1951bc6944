# Conformal prediction intervals, and what predict() and augment() say of them.

# Rows whose spread grows with x, by which a model with one expert is wrong.
funnel <- function(n, seed) {
  set.seed(seed)
  data <- data.frame(x = stats::runif(n))
  data$y <- data$x + stats::rt(n, 3) * (0.2 + data$x)
  data$n <- stats::rnbinom(n, 2, mu = exp(1 + data$x))
  data
}

interval_of <- function(fit, rows, given, level = 0.9) {
  predict(fit, rows,
    interval = "prediction", level = level, method = "conformal",
    calibration = given
  )
}

test_that("an interval holds what its definition says, row by row", {
  data <- funnel(300, 1)
  for (response in c("y", "n")) {
    fit <- quietly(sgmoe(
      stats::reformulate("x", response), data[1:200, ],
      k = 2, starts = 1, ridge = 0.1,
      family = if (response == "n") "poisson"
    ))
    given <- data[201:259, ]
    rows <- data[260:300, ]
    found <- interval_of(fit, rows, given)
    # The score by its definition
    scores <- function(data) {
      below <- predict(fit, data, type = "cdf")
      own <- if (response == "n") predict(fit, data, type = "density") else 0
      unname(pmin(below, 1 - below + own))
    }
    rank <- floor(60 * 0.1)
    least <- sort(scores(given))[[rank]]
    y <- rows[[response]]
    expect_identical(
      scores(rows) >= least,
      unname(y >= found[, "lwr"] & y <= found[, "upr"])
    )
    # Bounds themselves are inside, what is beyond is not.
    for (side in c("lwr", "upr")) {
      at <- rows
      at[[response]] <- found[, side]
      expect_true(all(scores(at) >= least * (1 - 1e-6)))
      at[[response]] <- found[, side] +
        (if (side == "lwr") -1 else 1) * (if (response == "n") 1 else 1e-4)
      inside <- at[[response]] >= 0 | response == "y"
      expect_true(all(scores(at[inside, ]) < least))
    }
  }
})

slow_test("it covers as often as it says, whatever the model", {
  for (response in c("y", "n")) {
    hits <- vapply(1:60, function(seed) {
      data <- funnel(400, seed)
      fit <- quietly(sgmoe(
        stats::reformulate("x", response), data[1:60, ],
        k = 1, ridge = 0, family = if (response == "n") "poisson"
      ))
      rows <- data[160:400, ]
      found <- interval_of(fit, rows, data[61:159, ])
      plain <- predict(fit, rows, interval = "prediction", level = 0.9)
      y <- rows[[response]]
      c(
        mean(y >= found[, "lwr"] & y <= found[, "upr"]),
        mean(y >= plain[, "lwr"] & y <= plain[, "upr"])
      )
    }, numeric(2))
    # 99 rows: 0.9 is exact for numbers; counts have ties and may cover more.
    error <- stats::sd(hits[1, ]) / sqrt(60)
    expect_gt(mean(hits[1, ]), 0.9 - 3 * error)
    if (response == "y") {
      expect_lt(mean(hits[1, ]), 0.9 + 3 * error)
    } else {
      # A plug-in interval of the wrong model does not.
      expect_lt(mean(hits[2, ]), 0.85)
    }
  }
})

test_that("with too few rows the bounds are infinite, which is said once", {
  data <- funnel(100, 2)
  fit <- sgmoe(y ~ x, data[1:60, ], k = 1, ridge = 0)
  text <- character()
  found <- withCallingHandlers(
    interval_of(fit, data[61:100, ], data[1:8, ]),
    sgmoe_warning_infinite_interval = function(warning) {
      text <<- c(text, conditionMessage(warning))
      invokeRestart("muffleWarning")
    }
  )
  expect_length(text, 1)
  expect_match(text, "at least 9 rows")
  expect_true(all(found[, "lwr"] == -Inf & found[, "upr"] == Inf))
  expect_true(all(is.finite(interval_of(fit, data[61:100, ], data[1:9, ]))))
  # Rows that cannot be scored do not count.
  data$y[9] <- NA
  suppressWarnings(
    expect_warning(
      interval_of(fit, data[61:100, ], data[1:9, ]), "it has 8"
    )
  )
})

test_that("several responses are calibrated one by one", {
  set.seed(3)
  data <- data.frame(x = stats::rnorm(200))
  data$y <- data$x + stats::rnorm(200)
  data$z <- stats::rt(200, 2)
  both <- sgmoe(cbind(y, z) ~ x, data[1:100, ],
    k = 1, ridge = 0, covariance = "diagonal"
  )
  one <- sgmoe(z ~ x, data[1:100, ], k = 1, ridge = 0)
  expect_equal(
    interval_of(both, data[151:160, ], data[101:150, ])[, "z", ],
    interval_of(one, data[151:160, ], data[101:150, ]),
    tolerance = 1e-6
  )
})

test_that("arguments that go together are asked for together", {
  fit <- sgmoe(dist ~ speed, cars, k = 1, ridge = 0)
  refused <- function(...) {
    class_condition(predict(fit, cars, ...), "error", "argument")
  }
  refused(interval = "credible")
  refused(interval = "prediction", level = 2)
  refused(interval = "prediction", type = "gate")
  refused(interval = "prediction", calibration = cars)
  refused(interval = "prediction", method = "conformal")
  refused(method = "conformal")
  refused(calibration = cars)
  refused(p = 0.5)
  refused(type = "quantile", p = 2)
  refused(type = "quantile", p = "a")
  refused(type = "quantile", p = numeric())
  class_condition(interval_of(fit, cars, 1:3), "error", "calibration")
  class_condition(
    interval_of(fit, cars, data.frame(speed = 1)), "error", "missing_column"
  )
})

test_that("one expert's intervals are lm()'s without the estimates' error", {
  fit <- sgmoe(dist ~ speed, cars, k = 1, ridge = 0)
  model <- lm(dist ~ speed, cars)
  found <- predict(fit, cars, interval = "prediction", level = 0.8)
  expect_equal(
    unname(found[, "upr"] - found[, "lwr"]),
    rep(2 * qnorm(0.9) * sqrt(deviance(model) / 50), 50)
  )
  expect_identical(
    dimnames(found),
    dimnames(predict(model, cars, interval = "prediction"))
  )
})

test_that("augment() adds the bounds", {
  fit <- quietly(sgmoe(dist ~ speed, cars, k = 2, starts = 1, ridge = 0))
  bounds <- predict(fit, interval = "prediction", level = 0.8)
  wide <- augment(fit, interval = "prediction", conf.level = 0.8)
  expect_equal(wide$.lower, unname(bounds[, "lwr"]))
  expect_equal(wide$.upper, unname(bounds[, "upr"]))
  expect_identical(
    setdiff(names(wide), names(augment(fit))), c(".lower", ".upper")
  )
  both <- sgmoe(cbind(dist, speed^2) ~ speed, cars, k = 1, ridge = 0)
  expect_true(all(c(
    ".lower_dist", ".upper_speed^2"
  ) %in% names(augment(both, interval = "prediction"))))
  classes <- sgmoe(Species ~ Sepal.Width, iris, k = 1, ridge = 1)
  class_condition(
    augment(classes, interval = "prediction"), "error", "unsupported"
  )
  class_condition(augment(fit, interval = "credible"), "error", "argument")
})

test_that("scores by folds are those of fits without the fold", {
  data <- funnel(60, 4)
  data$w <- rep(c(1, 2, 0), 20)
  fold <- rep(c("a", "b", "c"), each = 20)
  for (response in c("y", "n")) {
    fit_of <- function(rows, ...) {
      quietly(sgmoe(
        stats::reformulate("x", response), data[rows, ],
        k = 1, family = if (response == "n") "poisson", weights = w,
        tolerance = 1e-13, ridge = 0.3, ...
      ))
    }
    fit <- fit_of(1:60)
    found <- conformal_scores(fit, fold)
    expect_identical(found$folds, fold[data$w > 0])
    for (own in unique(fold)) {
      # The penalty is of standardised columns: those of the whole fit.
      refit <- with_parameters(fit, run_core(
        design_problem(
          fit$spec, fitted_design(fit_of(fold != own))
        ), fit$parameters, fit$control
      )$parameters)
      rows <- data[fold == own & data$w > 0, ]
      below <- predict(refit, rows, type = "cdf")
      at <- if (response == "n") predict(refit, rows, type = "density") else 0
      expect_equal(
        found$scores[rownames(rows), 1L], pmin(below, 1 - below + at),
        tolerance = 1e-5
      )
    }
    # Intervals hold the rows of the higher scores, by the whole fit.
    bounds <- interval_of(fit, data, found)
    least <- sort(found$scores)[[floor(41 * 0.1)]]
    below <- predict(fit, data, type = "cdf")
    at <- if (response == "n") predict(fit, data, type = "density") else 0
    y <- data[[response]]
    expect_identical(
      unname(y >= bounds[, "lwr"] & y <= bounds[, "upr"]),
      unname(pmin(below, 1 - below + at) >= least)
    )
  }
  other <- fit_of(1:50)
  class_condition(interval_of(other, data, found), "error", "calibration")
  expect_output(print(found), "40 rows are, by 3 refits")
  class_condition(conformal_scores(fit, 1), "error", "argument")
  class_condition(conformal_scores(fit, 1:3), "error", "argument")
  class_condition(conformal_scores(cars), "error", "argument")
})

slow_test("intervals by folds hold their level, with fits of some parameters", {
  hits <- vapply(1:40, function(seed) {
    set.seed(seed)
    data <- data.frame(matrix(stats::rnorm(8 * 500), 500))
    data$y <- data$X1 + stats::rnorm(500)
    fit <- sgmoe(y ~ ., data[1:60, ], k = 1, ridge = 0)
    rows <- data[61:500, ]
    inside <- function(bounds) {
      mean(rows$y >= bounds[, "lwr"] & rows$y <= bounds[, "upr"])
    }
    c(
      inside(interval_of(fit, rows, conformal_scores(fit, 10))),
      inside(predict(fit, rows, interval = "prediction", level = 0.9))
    )
  }, numeric(2))
  expect_gt(mean(hits[1, ]), 0.88)
  expect_lt(mean(hits[1, ]), 0.94)
  expect_lt(mean(hits[2, ]), 0.88) # the plug-in ones do not
})
