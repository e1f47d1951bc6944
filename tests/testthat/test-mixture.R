# The search for quantiles of mixtures, on those that are hard to search.

hard_mixtures <- function(n = 400) {
  set.seed(1)
  lapply(1:6, function(k) {
    gate <- exp(matrix(stats::rnorm(n * k, sd = 15), n))
    list(
      own = gaussian_distribution, gate = gate / rowSums(gate),
      mean = matrix(stats::rnorm(n * k) * 10^stats::runif(n * k, -3, 6), n),
      scale = 10^stats::runif(k, -5, 4)
    )
  })
}

test_that("quantiles are found to the last digits that numbers have", {
  for (mixture in hard_mixtures()) {
    for (tail in c(1e-300, 1e-12, 0.01, 0.3, 0.5)) {
      for (lower in c(TRUE, FALSE)) {
        y <- tail_quantile(mixture, tail, lower)
        expect_true(all(is.finite(y)))
        found <- mixture_tail(mixture, y, lower)
        # Either the probability is met, or no number next to y meets it better.
        step <- 4 * .Machine$double.eps * abs(y)
        ends <- cbind(
          mixture_tail(mixture, y - step, lower),
          mixture_tail(mixture, y + step, lower)
        )
        between <- pmin(ends[, 1], ends[, 2]) <= tail &
          pmax(ends[, 1], ends[, 2]) >= tail
        expect_true(all(abs(found / tail - 1) < 1e-8 | between))
      }
    }
  }
})

test_that("counts of any size have the smallest y", {
  set.seed(2)
  for (k in 1:4) {
    gate <- exp(matrix(stats::rnorm(200 * k, sd = 3), 200))
    mixture <- list(
      own = poisson_distribution, gate = gate / rowSums(gate),
      mean = matrix(10^stats::runif(200 * k, -8, 9), 200), scale = NULL
    )
    for (tail in c(1e-12, 0.02, 0.5)) {
      y <- tail_quantile(mixture, tail)
      expect_true(all(mixture_tail(mixture, y) >= tail * (1 - 1e-12)))
      expect_true(all(mixture_tail(mixture, y - 1) < tail))
      y <- tail_quantile(mixture, tail, lower = FALSE)
      expect_true(all(
        mixture_tail(mixture, y, FALSE) <= tail * (1 + 1e-12) + 2e-16
      ))
      expect_true(all(y == 0 | mixture_tail(mixture, y - 1, FALSE) > tail))
    }
  }
})

test_that("rows without means have no quantile, and do not hold up others", {
  mixture <- list(
    own = gaussian_distribution,
    gate = cbind(c(0.5, NA, 0.5, 1), c(0.5, NA, 0.5, 0)),
    mean = cbind(c(0, 0, Inf, 1), c(1, 1, 1, 1)), scale = c(1, 2)
  )
  expect_identical(
    is.na(tail_quantile(mixture, 0.3)), c(FALSE, TRUE, TRUE, FALSE)
  )
  expect_length(tail_quantile(some_rows(mixture, integer()), 0.3), 0)
})

test_that("the mean distance of two counts is its sum, for all sizes", {
  set.seed(3)
  for (size in c(0.01, 1, 30, 400)) {
    a <- size * stats::runif(20, 0.5, 2)
    b <- size * stats::runif(20, 0.5, 2)
    found <- poisson_distribution$apart(a, NULL, b, NULL)
    for (i in 1:20) {
      j <- 0:stats::qpois(1e-15, max(a[i], b[i]), lower.tail = FALSE)
      p <- outer(stats::dpois(j, a[i]), stats::dpois(j, b[i]))
      expect_equal(found[[i]], sum(p * abs(outer(j, j, `-`))), tolerance = 1e-10)
    }
  }
  # Far apart it is the difference, for large means that of normal variables.
  expect_equal(poisson_distribution$apart(1e9, NULL, 10, NULL), 1e9 - 10)
  expect_equal(
    poisson_distribution$apart(1e8, NULL, 1e8 + 1e4, NULL),
    normal_distance(1e4, sqrt(2e8 + 1e4)),
    tolerance = 1e-6
  )
})
