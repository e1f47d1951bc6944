# The distribution that a fit predicts, for families whose experts have one:
# against sums over experts by coef(), uniroot() and integrals.

#' Fits of every kind with the distributions of their responses by hand: for
#' each, list(fit, data, y: n x q, tail(y, j, lower), density(y, j), mean,
#' variance: n x q)
mixtures_by_hand <- function(case, n = 60) {
  set.seed(58)
  data <- case$rows(250)
  lapply(case$predicted, function(arguments) {
    fit <- do.call(
      predicted, c(list(case, data = data), arguments),
      quote = TRUE
    )
    rows <- data[seq_len(n), ]
    hand <- predictions_by_hand(case, fit, rows, arguments)
    mixture <- case$distribution(fit)
    q <- length(fit$responses)
    over <- function(f) {
      Reduce(`+`, lapply(seq_len(fit$k), function(i) hand$gate[, i] * f(i)))
    }
    mean <- vapply(seq_len(q), function(j) {
      over(function(i) hand$expert[, j, i])
    }, numeric(n))
    list(
      fit = fit, data = rows, whole = mixture$whole, mean = mean,
      y = case$observed(fit, rows),
      tail = function(y, j, lower = TRUE) {
        over(function(i) mixture$cdf(y, hand$expert[, j, i], i, j, lower))
      },
      density = function(y, j) {
        over(function(i) mixture$density(y, hand$expert[, j, i], i, j))
      },
      variance = vapply(seq_len(q), function(j) {
        over(function(i) {
          mixture$variance(hand$expert[, j, i], i, j) + hand$expert[, j, i]^2
        }) - mean[, j]^2
      }, numeric(n))
    )
  })
}

with_one <- function(check) {
  function(case) {
    if (is.null(case$distribution)) {
      expect_null(families[[case$name]]$distribution)
    } else {
      check(case)
    }
  }
}

test_families("the distribution is that of the experts, by the gate", with_one(function(case) {
  for (hand in mixtures_by_hand(case)) {
    q <- ncol(hand$y)
    found <- lapply(
      stats::setNames(nm = c("cdf", "density", "variance")),
      function(type) predict(hand$fit, hand$data, type = type)
    )
    for (j in seq_len(q)) {
      column <- function(values) unname(as.matrix(values)[, j])
      y <- hand$y[, j]
      expect_equal(column(found$cdf), hand$tail(y, j), tolerance = 1e-9)
      expect_equal(column(found$density), hand$density(y, j), tolerance = 1e-9)
      expect_equal(column(found$variance), hand$variance[, j], tolerance = 1e-8)
    }
    expect_identical(dim(found$cdf), if (q > 1) c(60L, q))
    if (q == 1) {
      expect_equal(
        found$density, exp(predict(hand$fit, hand$data, type = "logdensity"))
      )
      expect_named(found$variance, rownames(hand$data))
    } else {
      expect_identical(
        dimnames(found$variance), list(rownames(hand$data), hand$fit$responses)
      )
    }
  }
}))

test_families("quantiles invert the distribution function in both tails", with_one(function(case) {
  p <- c(1e-12, 1e-5, 0.05, 0.3, 0.5, 0.7, 0.95, 1 - 1e-5, 1 - 1e-12)
  for (hand in mixtures_by_hand(case)) {
    q <- ncol(hand$y)
    found <- predict(hand$fit, hand$data, type = "quantile", p = p)
    expect_identical(dim(found), c(60L, if (q > 1) q, 9L))
    found <- array(found, c(60, q, 9))
    for (j in seq_len(q)) {
      for (i in seq_along(p)) {
        y <- found[, j, i]
        lower <- p[[i]] <= 0.5
        target <- if (lower) p[[i]] else 1 - p[[i]]
        if (!hand$whole) {
          expect_lt(max(abs(hand$tail(y, j, lower) / target - 1)), 1e-8)
          next
        }
        # The smallest y with P(Y <= y) >= p, or P(Y > y) <= 1 - p
        expect_true(all(y == round(y) & y >= 0))
        if (lower) {
          expect_true(all(hand$tail(y, j) >= target * (1 - 1e-10)))
          expect_true(all(hand$tail(y - 1, j) < target * (1 + 1e-10)))
        } else {
          error <- 1e-10 + 2e-16 / target
          expect_true(all(hand$tail(y, j, FALSE) <= target * (1 + error)))
          expect_true(all(hand$tail(y - 1, j, FALSE) > target * (1 - error)))
        }
      }
      # Quantiles rise with p.
      expect_true(all(diff(t(found[, j, ])) >= 0))
    }
    ends <- array(
      predict(hand$fit, hand$data, type = "quantile", p = 0:1), c(60, q, 2)
    )
    expect_true(all(ends[, , 1] == if (hand$whole) 0 else -Inf))
    expect_true(all(ends[, , 2] == Inf))
  }
}))

test_families("the quantile of a whole number's probability is the number", with_one(function(case) {
  hand <- mixtures_by_hand(case)[[1L]]
  if (hand$whole) {
    rows <- hand$data
    probability <- unname(predict(hand$fit, rows, type = "cdf"))
    for (i in seq_len(12)) {
      if (probability[[i]] < 1 - 1e-12) {
        expect_identical(predict(
          hand$fit, rows[i, ],
          type = "quantile", p = probability[[i]]
        )[[1L]], hand$y[i, 1L])
      }
    }
  } else {
    # The same numbers by another search
    found <- predict(hand$fit, hand$data, type = "quantile", p = c(0.1, 0.8))
    for (i in 1:5) {
      for (j in 1:2) {
        root <- stats::uniroot(function(y) {
          hand$tail(rep(y, 60), 1L)[[i]] - c(0.1, 0.8)[[j]]
        }, c(-1, 1) * 1e3, tol = 1e-13)$root
        expect_equal(found[[i, j]], root, tolerance = 1e-8)
      }
    }
  }
}))

test_families("prediction intervals are the mean between two quantiles", with_one(function(case) {
  for (hand in mixtures_by_hand(case)) {
    q <- ncol(hand$y)
    found <- predict(hand$fit, hand$data, interval = "prediction", level = 0.8)
    beside <- predict(hand$fit, hand$data, type = "quantile", p = c(0.1, 0.9))
    columns <- c("fit", "lwr", "upr")
    if (q == 1) {
      expect_identical(dimnames(found), list(rownames(hand$data), columns))
      expect_identical(found[, "fit"], predict(hand$fit, hand$data))
      expect_equal(found[, -1], beside, ignore_attr = TRUE)
    } else {
      expect_identical(
        dimnames(found), list(rownames(hand$data), hand$fit$responses, columns)
      )
      expect_equal(found[, , "fit"], predict(hand$fit, hand$data))
      expect_equal(found[, , -1], beside, ignore_attr = TRUE)
    }
  }
}))
