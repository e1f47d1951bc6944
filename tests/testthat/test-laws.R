# Laws that every fit obeys, whatever the data.

# Ascent -----------------------------------------------------------------------

test_that("the trace never falls, over a hundred random data sets", {
  settings <- list(
    default = list(),
    anderson = list(acceleration = "anderson"),
    plain = list(acceleration = "none", curvature = "bound"),
    plain_fisher = list(acceleration = "none", curvature = "fisher"),
    anderson_bound = list(acceleration = "anderson", curvature = "bound"),
    quasi_bound = list(curvature = "bound"),
    em = list(method = "em"),
    em_bound = list(method = "em", curvature = "bound"),
    em_fast = list(method = "em", acceleration = "quasi-newton")
  )
  starved <- floored <- ridge <- 0
  for (seed in seq_len(100)) {
    case <- random_case(seed)
    for (name in names(settings)) {
      # Few passes: a fall comes early or when little is left to gain.
      fit <- do.call(
        fit_case, c(list(case, max_passes = 100), settings[[name]])
      )
      least <- min(diff(fit$trace), 0) / fit$nobs
      expect_gte(least, -1e-10, label = paste(name, "of data set", seed))
      # The trace ends at the objective of what is returned.
      expect_equal(
        fit$trace[[length(fit$trace)]], fit$objective,
        tolerance = 1e-12
      )
      starved <- starved + any(fit$starved)
      floored <- floored + any(fit$floored)
    }
  }
  # What can go wrong did occur.
  expect_gt(starved, 20)
  expect_gt(floored, 20)
})

test_that("the objective reported is that of the parameters returned", {
  for (seed in 1:25) {
    case <- random_case(seed)
    fit <- fit_case(case, max_passes = 30)
    arguments <- case$arguments
    problem <- quietly(make_problem(
      arguments$formula, case$data, arguments$k, arguments$gate,
      arguments$covariance, arguments$shared, case$weighted,
      sgmoe_control(ridge = arguments$ridge)
    ))
    objective <- reference_objective(
      problem$data, problem$model, fit$parameters
    )
    expect_equal(
      fit$objective, objective + scale_constant(problem$spec, problem$weight),
      tolerance = 1e-10
    )
    expect_equal(
      c(logLik(fit)),
      objective + reference_penalty(fit$parameters, problem$model) +
        scale_constant(problem$spec, problem$weight),
      tolerance = 1e-10
    )
  }
})

# The optimum ------------------------------------------------------------------

test_that("the score vanishes where a fit has converged", {
  skip_if_not_installed("numDeriv")
  set.seed(21)
  data <- simulate_moe(500, k = 3, p = 2, gate_scale = 2)
  data$y2 <- data$y * data$x1 + rnorm(500)
  data$v <- rnorm(500)
  data$w <- rexp(500)
  cases <- list(
    list(formula = y ~ x1 + x2),
    list(formula = y ~ x1 + x2, gate = ~v, shared = TRUE, weights = quote(w)),
    list(formula = cbind(y, y2) ~ x1),
    list(formula = cbind(y, y2) ~ x1, covariance = "diagonal", ridge = 2),
    list(formula = cbind(y, y2) ~ x1, covariance = "spherical", shared = TRUE)
  )
  for (case in cases) {
    set.seed(1)
    fit <- eval(as.call(c(
      quote(sgmoe), case, list(data = quote(data), k = 3, starts = 2)
    )))
    expect_true(fit$converged)
    expect_false(any(fit$floored))
    arguments <- utils::modifyList(
      list(gate = NULL, covariance = "full", shared = FALSE, ridge = 0), case
    )
    problem <- make_problem(
      arguments$formula, data, 3, arguments$gate, arguments$covariance,
      arguments$shared, !is.null(arguments$weights),
      sgmoe_control(ridge = arguments$ridge)
    )
    score <- numDeriv::grad(
      function(at) {
        reference_objective(
          problem$data, problem$model, reference_unpack(at, problem$model)
        )
      },
      reference_pack(fit$parameters, problem$model),
      method.args = list(d = 0.01)
    )
    expect_lt(max(abs(score)) / fit$nobs, 1e-4)
  }
})

# A mixture whose likelihood has a good maximum, and a posterior close to it.
good_start <- function(n = 600, seed = 31, p = 2, k = 3) {
  set.seed(seed)
  data <- simulate_moe(n, k = k, p = p, gate_scale = 2)
  expert <- attr(data, "truth")$expert
  posterior <- matrix(0.1 / k, n, k)
  posterior[cbind(seq_len(n), expert)] <- 0.9 + 0.1 / k
  list(data = data, start = posterior)
}

test_that("all algorithms reach the same optimum from a good start", {
  good <- good_start()
  reach <- function(...) {
    fit <- sgmoe(
      y ~ x1 + x2, good$data,
      k = 3, start = good$start, max_passes = 20000,
      ...
    )
    expect_true(fit$converged)
    expect_identical(fit$reason, "converged")
    c(logLik(fit))
  }
  best <- reach()
  for (method in c("mm", "em")) {
    for (acceleration in c("quasi-newton", "anderson", "none")) {
      for (curvature in c("fisher", "bound")) {
        found <- reach(
          method = method, acceleration = acceleration, curvature = curvature
        )
        expect_lt(
          abs(found - best) / 600, 1e-6,
          label = paste(method, acceleration, curvature)
        )
      }
    }
  }
})

test_that("a fit recovers the truth", {
  set.seed(32)
  data <- simulate_moe(
    20000,
    k = 3, gate = cbind(c(0.5, 0, 0), c(0, 2, -1), c(0, -1, 2)),
    mean = cbind(c(3, 1, 0), c(0, -1, 1), c(-3, 0, 2)),
    sigma = c(0.3, 0.5, 0.8)
  )
  truth <- attr(data, "truth")
  set.seed(1)
  fit <- sgmoe(y ~ x1 + x2, data, k = 3, starts = 3)
  gain <- c(logLik(fit)) - truth$log_likelihood
  expect_gte(gain, 0)
  # Twice the gain is chi-square with df degrees of freedom.
  expect_lt(2 * gain, qchisq(0.9999, fit$df))
  # Experts by their sigma, which are far apart. A standard error is about
  # sigma/80 of an expert's coefficient, and about 0.05 of a gate's.
  fit <- relabel(fit, order(sigma(fit)))
  expect_lt(max(abs(coef(fit, "scale") - truth$sigma)), 0.05)
  expect_lt(max(abs(coef(fit, "expert") - c(truth$mean))), 0.06)
  expect_lt(
    max(abs(coef(fit, "gate") - c(truth$gate[, -1] - truth$gate[, 1]))), 0.25
  )
})

test_that("the simulator's truth is the truth", {
  set.seed(2)
  data <- simulate_moe(50, k = 3, p = 2, sigma = c(0.2, 0.5, 1))
  truth <- attr(data, "truth")
  x <- cbind(1, data$x1, data$x2)
  pi <- exp(x %*% truth$gate) / rowSums(exp(x %*% truth$gate))
  density <- sapply(1:3, function(k) {
    dnorm(data$y, x %*% truth$mean[, k], truth$sigma[[k]])
  })
  expect_equal(truth$log_likelihood, sum(log(rowSums(pi * density))))
  expect_true(all(abs(
    data$y - rowSums(x * t(truth$mean)[truth$expert, ])
  ) < 6 * truth$sigma[truth$expert]))
})

# Invariance -------------------------------------------------------------------

test_that("two threads give the same fit, bit for bit", {
  set.seed(41)
  data <- simulate_moe(5000, k = 3, p = 3, gate_scale = 2)
  data$y2 <- data$x1 * data$y + rnorm(5000)
  data$w <- rexp(5000)
  fit <- function(threads, formula, ...) {
    set.seed(1)
    fit <- sgmoe(
      formula, data,
      k = 3, weights = w, starts = 2, threads = threads, ...
    )
    fit$control$threads <- fit$call <- NULL
    fit
  }
  for (arguments in list(
    list(y ~ x1 + x2 + x3), list(y ~ x1 * x2, curvature = "bound"),
    list(cbind(y, y2) ~ x1, gate = ~x2, ridge = 1),
    list(y ~ x1 + x2, method = "em", max_passes = 60)
  )) {
    one <- quietly(do.call(fit, c(1, arguments)))
    for (threads in 2:3) {
      expect_identical(
        serialize_fit(quietly(do.call(fit, c(threads, arguments)))),
        serialize_fit(one)
      )
    }
  }
})

# From one posterior to the end, as precise as can be.
precise <- function(data, start, formula = y ~ x1 + x2, ...,
                    weighted = FALSE) {
  fit <- eval(as.call(c(
    quote(sgmoe), formula, quote(data), 3,
    start = quote(start),
    if (weighted) c(weights = quote(w)), list(...), tolerance = 1e-13,
    max_passes = 5000
  )))
  expect_identical(fit$reason, "converged")
  fit
}

test_that("the order of rows does not matter", {
  good <- good_start()
  fit <- precise(good$data, good$start)
  for (seed in 1:3) {
    set.seed(seed)
    order <- sample.int(600)
    other <- precise(good$data[order, ], good$start[order, ])
    expect_lt(abs(logLik(other) - logLik(fit)) / 600, 1e-8)
    expect_equal(coef(other), coef(fit), tolerance = 1e-6)
    expect_equal(
      predict(other, good$data, "posterior"),
      predict(fit, good$data, "posterior"),
      tolerance = 1e-6
    )
  }
})

test_that("units and origins of covariates and response do not matter", {
  good <- good_start()
  fit <- precise(good$data, good$start)
  # u = a + b x: slopes divide by b, the intercept takes up the rest.
  check <- function(a, b, response_shift, response_scale) {
    data <- good$data
    data$x1 <- a[[1]] + b[[1]] * data$x1
    data$x2 <- a[[2]] + b[[2]] * data$x2
    data$y <- response_shift + response_scale * data$y
    other <- precise(data, good$start)
    expect_lt(
      abs(c(logLik(other)) + 600 * log(abs(response_scale)) - c(logLik(fit))) /
        600, 1e-8
    )
    back <- rbind(c(1, a), cbind(0, diag(b)))
    gate <- back %*% matrix(coef(other, "gate"), 3)
    mean <- back %*% matrix(coef(other, "expert"), 3)
    mean[1, ] <- mean[1, ] - response_shift
    found <- c(gate, mean / response_scale, coef(other, "scale") /
      abs(response_scale))
    expect_equal(unname(found), unname(coef(fit)), tolerance = 1e-6)
    expect_lt(max(abs(found - coef(fit)) / (1 + abs(coef(fit)))), 1e-6)
  }
  check(c(0, 0), c(1e6, 1e-5), 0, 1)
  check(c(3, -200), c(1, 1), 0, 1)
  check(c(0, 0), c(1, 1), 1000, 1)
  check(c(0, 0), c(1, 1), 0, -1e-4)
  check(c(50, -7), c(-20, 0.1), -30, 1e5)
})

test_that("units do not matter for several responses either", {
  good <- good_start()
  good$data$y2 <- with(good$data, y * x1 + stats::filter(x2, c(1, 1, 1)))
  good$data$y2[c(1, 600)] <- 0
  for (covariance in c("full", "diagonal", "spherical")) {
    for (shared in c(FALSE, TRUE)) {
      fit <- precise(
        good$data, good$start, cbind(y, y2) ~ x1 + x2,
        covariance = covariance, shared = shared
      )
      # Spherical experts share one unit.
      unit <- if (covariance == "spherical") c(100, 100) else c(100, 1e-3)
      data <- good$data
      data$y <- 7 + unit[[1]] * data$y
      data$y2 <- -5 + unit[[2]] * data$y2
      other <- precise(
        data, good$start, cbind(y, y2) ~ x1 + x2,
        covariance = covariance, shared = shared
      )
      expect_lt(
        abs(c(logLik(other)) + 600 * sum(log(unit)) - c(logLik(fit))) / 600,
        1e-8
      )
      expect_equal(coef(other, "gate"), coef(fit, "gate"), tolerance = 1e-6)
      expected <- array(coef(fit, "expert"), c(3, 2, 3))
      expected <- expected * rep(unit, each = 3)
      expected[1, , ] <- expected[1, , ] + c(7, -5)
      expect_equal(
        unname(coef(other, "expert")), as.vector(expected),
        tolerance = 1e-6
      )
      expect_equal(
        sigma(other), sigma(fit) * rep(unit, each = 3),
        tolerance = 1e-6
      )
    }
  }
})

test_that("a weight of two is a row twice, of zero a row that is not there", {
  good <- good_start()
  data <- good$data
  data$w <- rep(c(2, 1, 0), 200)
  times <- rep(seq_len(600), data$w)
  weighted <- precise(data, good$start, weighted = TRUE)
  repeated <- precise(data[times, ], good$start[times, ])
  expect_equal(nobs(weighted), nobs(repeated))
  expect_lt(abs(logLik(weighted) - logLik(repeated)) / 600, 1e-8)
  expect_equal(BIC(weighted), BIC(repeated), tolerance = 1e-9)
  expect_equal(coef(weighted), coef(repeated), tolerance = 1e-6)

  kept <- data$w > 0
  dropped <- precise(data[kept, ], good$start[kept, ], weighted = TRUE)
  expect_equal(nobs(weighted), nobs(dropped))
  expect_lt(abs(logLik(weighted) - logLik(dropped)) / 600, 1e-8)
  expect_equal(coef(weighted), coef(dropped), tolerance = 1e-6)
  # Garbage in a row without weight is no matter.
  data$y[!kept] <- 1e3
  data$x1[!kept] <- -1e3
  spoilt <- precise(data, good$start, weighted = TRUE)
  expect_lt(abs(logLik(weighted) - logLik(spoilt)) / 600, 1e-8)
  expect_equal(coef(weighted), coef(spoilt), tolerance = 1e-6)
})

test_that("the scale of all weights leaves the coefficients", {
  good <- good_start()
  data <- good$data
  set.seed(3)
  data$w <- runif(600, 0.5, 2)
  fit <- precise(data, good$start, weighted = TRUE)
  for (factor in c(1e-9, 1 / 600, 37, 1e6)) {
    scaled <- transform(data, w = w * factor)
    other <- precise(scaled, good$start, weighted = TRUE)
    expect_equal(coef(other), coef(fit), tolerance = 1e-6)
    expect_equal(c(logLik(other)) / factor, c(logLik(fit)), tolerance = 1e-8)
    fall <- min(diff(other$trace)) / other$nobs
    expect_gte(fall, -1e-10)
  }
})

test_that("the order of experts is by their share, whatever the start", {
  good <- good_start()
  fit <- precise(good$data, good$start)
  expect_false(is.unsorted(rev(fit$gate_share)))
  expect_equal(fit$gate_share, unname(colMeans(predict(fit, type = "gate"))))
  other <- precise(good$data, good$start[, c(3, 1, 2)])
  expect_equal(coef(other), coef(fit), tolerance = 1e-6)
})

test_that("a ridge does not see units, and shrinks", {
  good <- good_start()
  size <- numeric()
  for (ridge in c(0, 1, 100)) {
    fit <- precise(good$data, good$start, ridge = ridge)
    scaled <- transform(good$data, x1 = 1000 * x1 + 5, x2 = x2 / 50)
    other <- precise(scaled, good$start, ridge = ridge)
    expect_lt(abs(fit$objective - other$objective) / 600, 1e-8)
    size <- c(size, sum(fit$parameters$gate[-1, ]^2))
  }
  expect_true(all(diff(size) < 0))
})

# Size -------------------------------------------------------------------------

test_that("without the model frame a fit is small, at a million rows", {
  fit_among <- function(n, garbage) {
    big <- numeric(garbage)
    again <- function() big
    set.seed(1)
    x1 <- rnorm(n)
    data <- data.frame(x1, y = abs(x1) + rnorm(n))
    rm(x1)
    quietly(sgmoe(
      y ~ x1, data,
      k = 2, model = FALSE, starts = 1, max_passes = 3
    ))
  }
  small <- serialized_size(fit_among(200, 0))
  large <- serialized_size(fit_among(1e6, 1e6))
  expect_lt(large, 1e5)
  expect_lt(abs(large - small), 500)

  set.seed(1)
  data <- data.frame(x1 = rnorm(3e4))
  data$y <- abs(data$x1) + rnorm(3e4)
  data$w <- runif(3e4)
  start <- random_posterior(3e4, 2)
  called <- quietly(do.call(sgmoe, list(
    y ~ x1, data, 2,
    model = FALSE, start = start, weights = data$w,
    max_passes = 3
  )))
  expect_lt(serialized_size(called), 1e5)
  named <- quietly(do.call("sgmoe", list(
    formula = y ~ x1, data = data, k = 2, model = FALSE, start = start,
    max_passes = 3
  )))
  expect_lt(serialized_size(named), 1e5)
  # With the frame, it is the frame that takes the room.
  whole <- quietly(sgmoe(y ~ x1, data, k = 2, start = start, max_passes = 3))
  expect_lt(
    serialized_size(whole), serialized_size(as.list(whole$model)) + 1e5
  )
})
