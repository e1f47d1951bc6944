# Laws that every fit of classes obeys, whatever the data.

# The optimum ------------------------------------------------------------------

test_that("the score vanishes where a fit has converged", {
  set.seed(22)
  data <- class_data(800, 3, 2, 2)
  cases <- list(
    list(formula = y ~ x1 + x2),
    list(formula = y ~ x1 + x2, ridge = 1, gate = ~v, weights = quote(w)),
    list(formula = m ~ x1 + x2 + offset(o), ridge = 2, family = "multinomial"),
    list(formula = y ~ x1 + f, ridge = 0.3)
  )
  for (case in cases) {
    set.seed(1)
    fit <- eval(as.call(c(
      quote(sgmoe), case,
      list(data = quote(data), k = 2, starts = 1, tolerance = 1e-11)
    )))
    expect_true(fit$converged)
    problem <- make_problem(
      case$formula, data, 2, case$gate,
      weighted = !is.null(case$weights), family = "multinomial",
      control = sgmoe_control(ridge = fit$control$ridge)
    )
    score <- numeric_gradient(function(at) {
      reference_objective(
        problem$data, problem$model, reference_unpack(at, problem$model)
      )
    }, reference_pack(fit$parameters, problem$model))
    expect_lt(max(abs(score)) / fit$nobs, 1e-4)
  }
})

test_that("all algorithms reach the same optimum from a good start", {
  good <- good_classes()
  best <- NULL
  for (method in c("mm", "em")) {
    for (acceleration in c("quasi-newton", "anderson", "none")) {
      for (curvature in c("fisher", "bound")) {
        fit <- sgmoe(
          y ~ x1 + x2, good$data,
          k = 2, start = good$start, max_passes = 20000, method = method,
          acceleration = acceleration, curvature = curvature, ridge = 0.5
        )
        expect_identical(fit$reason, "converged")
        if (is.null(best)) {
          best <- fit$objective
        }
        expect_lt(
          abs(fit$objective - best) / 800, 1e-6,
          label = paste(method, acceleration, curvature)
        )
      }
    }
  }
})

test_that("a default fit is at least as likely as the truth", {
  for (seed in 1:4) {
    set.seed(seed)
    k <- 2 + seed %% 2
    data <- simulate_moe(
      1500, k,
      p = 2, family = "multinomial", classes = 3, gate_scale = 2, mean_scale = 2
    )
    fit <- quietly(sgmoe(y ~ x1 + x2, data, k = k))
    gain <- c(logLik(fit)) - attr(data, "truth")$log_likelihood
    expect_gte(gain, 0)
    # Twice the gain is about chi-square with df degrees of freedom.
    expect_lt(2 * gain, qchisq(1 - 1e-6, fit$df) + 10)
  }
})

test_that("a fit recovers the parameters", {
  good <- good_classes(20000)
  truth <- attr(good$data, "truth")
  fit <- sgmoe(y ~ x1 + x2, good$data, k = 2, start = good$start)
  expect_true(fit$converged)
  if (mean(predict(fit, type = "gate")[truth$expert == 1, 1]) < 0.5) {
    fit <- relabel(fit, 2:1)
  }
  # Standard errors are about 0.05 to 0.15.
  gate <- truth$gate[, 2] - truth$gate[, 1]
  expect_lt(max(abs(coef(fit, "gate") - gate)), 0.6)
  expert <- truth$mean - truth$mean[, c(1, 1, 1, 4, 4, 4)]
  expect_lt(
    max(abs(coef(fit, "expert") - as.vector(expert[, c(2, 3, 5, 6)]))), 0.5
  )
})

# Invariance -------------------------------------------------------------------

# From one posterior to the end, as precise as can be.
precise_classes <- function(data, start, formula = y ~ x1 + x2, ...,
                            weighted = FALSE) {
  fit <- eval(as.call(c(
    quote(sgmoe), formula, quote(data), 2,
    start = quote(start),
    if (weighted) c(weights = quote(w)), list(...), tolerance = 1e-13,
    max_passes = 5000, family = "multinomial"
  )))
  expect_identical(fit$reason, "converged")
  fit
}

test_that("two threads give the same fit, bit for bit", {
  set.seed(41)
  data <- class_data(5000, 3, 3, 2)
  fit <- function(threads, formula, ...) {
    set.seed(1)
    fit <- sgmoe(
      formula, data,
      k = 2, family = "multinomial", weights = w, starts = 1,
      threads = threads, max_passes = 100, ...
    )
    fit$control$threads <- fit$call <- NULL
    fit
  }
  for (arguments in list(
    list(y ~ x1 + x2), list(y ~ x1 * x2, curvature = "bound"),
    list(m ~ x1 + offset(o), gate = ~v, ridge = 1),
    list(y ~ x1 + x2, method = "em")
  )) {
    one <- quietly(do.call(fit, c(1, arguments)))
    for (threads in 2:3) {
      two <- quietly(do.call(fit, c(threads, arguments)))
      expect_identical(serialize_fit(two), serialize_fit(one))
    }
  }
})

test_that("the order of rows does not matter", {
  good <- good_classes()
  fit <- precise_classes(good$data, good$start)
  for (seed in 1:2) {
    set.seed(seed)
    order <- sample.int(800)
    other <- precise_classes(good$data[order, ], good$start[order, ])
    expect_lt(abs(logLik(other) - logLik(fit)) / 800, 1e-8)
    expect_equal(coef(other), coef(fit), tolerance = 1e-5)
    expect_equal(
      predict(other, good$data), predict(fit, good$data),
      tolerance = 1e-6
    )
  }
})

test_that("units and origins of covariates do not matter", {
  good <- good_classes()
  for (ridge in c(0, 1)) {
    fit <- precise_classes(good$data, good$start, ridge = ridge)
    # u = a + b x: slopes divide by b, the intercept takes up the rest.
    check <- function(a, b) {
      data <- good$data
      data$x1 <- a[[1]] + b[[1]] * data$x1
      data$x2 <- a[[2]] + b[[2]] * data$x2
      other <- precise_classes(data, good$start, ridge = ridge)
      expect_lt(abs(logLik(other) - logLik(fit)) / 800, 1e-8)
      expect_lt(abs(other$objective - fit$objective) / 800, 1e-8)
      expect_equal(
        predict(other, data), predict(fit, good$data),
        tolerance = 1e-6
      )
      back <- rbind(c(1, a), cbind(0, diag(b)))
      found <- back %*% matrix(coef(other), 3)
      expect_lt(max(abs(c(found) - coef(fit)) / (1 + abs(coef(fit)))), 1e-5)
    }
    check(c(0, 0), c(1e6, 1e-5))
    check(c(3, -200), c(1, 1))
    check(c(50, -7), c(-20, 0.1))
  }
})

test_that("the order of classes does not matter", {
  good <- good_classes()
  fit <- precise_classes(good$data, good$start)
  for (levels in list(c("c", "a", "b"), c("b", "a", "c"))) {
    data <- good$data
    data$y <- factor(data$y, levels)
    other <- precise_classes(data, good$start)
    expect_lt(abs(logLik(other) - logLik(fit)) / 800, 1e-8)
    expect_identical(colnames(predict(other)), levels)
    expect_equal(
      predict(other)[, c("a", "b", "c")], predict(fit),
      tolerance = 1e-6
    )
    expect_identical(
      as.character(predict(other, type = "class")),
      as.character(predict(fit, type = "class"))
    )
    # The reference class is another; differences of log-odds are the same.
    slope <- function(fit, class) {
      name <- paste0("expert1[", class, "]:x2")
      if (name %in% names(coef(fit))) coef(fit)[[name]] else 0
    }
    expect_equal(
      slope(other, "a") - slope(other, "c"), slope(fit, "a") - slope(fit, "c"),
      tolerance = 1e-5
    )
  }
})

test_that("a weight of two is a row twice, of zero a row that is not there", {
  good <- good_classes(600)
  data <- good$data
  data$w <- rep(c(2, 1, 0), 200)
  times <- rep(seq_len(600), data$w)
  weighted <- precise_classes(data, good$start, weighted = TRUE)
  repeated <- precise_classes(data[times, ], good$start[times, ])
  expect_equal(nobs(weighted), nobs(repeated))
  expect_lt(abs(logLik(weighted) - logLik(repeated)) / 600, 1e-8)
  expect_equal(BIC(weighted), BIC(repeated), tolerance = 1e-9)
  expect_equal(coef(weighted), coef(repeated), tolerance = 1e-5)
  expect_equal(
    summary(weighted)$scores, summary(repeated)$scores,
    tolerance = 1e-6
  )

  kept <- data$w > 0
  dropped <- precise_classes(data[kept, ], good$start[kept, ], weighted = TRUE)
  expect_lt(abs(logLik(weighted) - logLik(dropped)) / 600, 1e-8)
  expect_equal(coef(weighted), coef(dropped), tolerance = 1e-5)
  # Garbage in a row without weight is no matter.
  data$x1[!kept] <- -1e3
  data$y[!kept] <- "a"
  spoilt <- precise_classes(data, good$start, weighted = TRUE)
  expect_lt(abs(logLik(weighted) - logLik(spoilt)) / 600, 1e-8)
  expect_equal(coef(weighted), coef(spoilt), tolerance = 1e-5)
})

test_that("the scale of all weights leaves the coefficients", {
  good <- good_classes()
  set.seed(3)
  good$data$w <- runif(800, 0.5, 2)
  fit <- precise_classes(good$data, good$start, weighted = TRUE)
  for (factor in c(1e-9, 37, 1e6)) {
    scaled <- transform(good$data, w = w * factor)
    other <- precise_classes(scaled, good$start, weighted = TRUE)
    expect_equal(coef(other), coef(fit), tolerance = 1e-5)
    expect_equal(c(logLik(other)) / factor, c(logLik(fit)), tolerance = 1e-8)
    expect_gte(min(diff(other$trace)) / other$nobs, -1e-10)
  }
})

test_that("indicators are labels, and a row of counts comes from one expert", {
  good <- good_classes()
  labels <- precise_classes(good$data, good$start)
  good$data$m <- diag(3)[good$data$y, ]
  colnames(good$data$m) <- c("a", "b", "c")
  counts <- precise_classes(good$data, good$start, m ~ x1 + x2)
  expect_lt(abs(logLik(counts) - logLik(labels)) / 800, 1e-10)
  expect_equal(coef(counts), coef(labels), tolerance = 1e-6)
  expect_equal(predict(counts), predict(labels), tolerance = 1e-7)
  # Twice the same label is not two independent rows where k > 1 ...
  good$data$m <- 2 * good$data$m
  double <- precise_classes(good$data, good$start, m ~ x1 + x2, ridge = 1)
  twice <- precise_classes(
    good$data[rep(1:800, 2), ], good$start[rep(1:800, 2), ],
    ridge = 1
  )
  expect_equal(nobs(double), 800)
  expect_equal(nobs(twice), 1600)
  expect_gt(abs(logLik(double) - logLik(twice)), 1)
  # ... but its density is known.
  hand <- probabilities_by_hand(
    double, model.matrix(~ x1 + x2, good$data),
    model.matrix(~ x1 + x2, good$data)
  )
  own <- vapply(1:2, function(k) {
    hand$expert[cbind(1:800, as.integer(good$data$y), k)]^2
  }, numeric(800))
  expect_equal(
    c(logLik(double)), sum(log(rowSums(hand$gate * own))),
    tolerance = 1e-9
  )
})

test_that("experts are in the order of their share; relabel() only renames", {
  good <- good_classes()
  fit <- precise_classes(good$data, good$start)
  expect_false(is.unsorted(rev(fit$gate_share)))
  expect_equal(fit$gate_share, unname(colMeans(predict(fit, type = "gate"))))
  other <- precise_classes(good$data, good$start[, 2:1])
  expect_equal(coef(other), coef(fit), tolerance = 1e-5)

  turned <- relabel(fit, 2:1)
  for (type in c("response", "prob", "class", "logdensity")) {
    expect_equal(
      predict(turned, type = type), predict(fit, type = type),
      tolerance = 1e-12
    )
  }
  expect_equal(
    unname(predict(turned, type = "posterior")),
    unname(predict(fit, type = "posterior")[, 2:1]),
    tolerance = 1e-12
  )
  expect_equal(
    unname(predict(turned, type = "expert")),
    unname(predict(fit, type = "expert")[, , 2:1]),
    tolerance = 1e-12
  )
  expect_equal(coef(turned, "gate"), -coef(fit, "gate"), tolerance = 1e-12)
  expect_equal(
    unname(coef(turned, "expert")), unname(coef(fit, "expert")[c(7:12, 1:6)])
  )
})

test_that("coefficients and fits as start reproduce the fit", {
  good <- good_classes()
  set.seed(2)
  good$data$f <- factor(sample(c("p", "q", "r"), 800, TRUE))
  fit <- precise_classes(
    good$data, good$start, y ~ x1 + x2 + f,
    gate = ~ x1 + f, ridge = 0.5
  )
  for (start in list(coef(fit), unname(coef(fit)), rev(coef(fit)), fit)) {
    again <- quietly(sgmoe(
      y ~ x1 + x2 + f, good$data,
      k = 2, gate = ~ x1 + f, start = start, max_passes = 1, ridge = 0.5
    ))
    expect_equal(c(logLik(again)), c(logLik(fit)), tolerance = 1e-12)
    expect_equal(coef(again), coef(fit), tolerance = 1e-8)
    # The penalty is that of the sum-zero form, whatever was given.
    expect_equal(again$trace[[1L]], fit$objective, tolerance = 1e-12)
  }
  # On other data, the fit is evaluated there.
  half <- good$data[1:400, ]
  moved <- quietly_classes(sgmoe(
    y ~ x1 + x2 + f, half,
    k = 2, gate = ~ x1 + f, start = fit, max_passes = 1
  ))
  expect_equal(
    moved$trace[[1L]], sum(predict(fit, half, type = "logdensity")),
    tolerance = 1e-10
  )
  expect_s3_class(
    tryCatch(
      sgmoe(y ~ x1, good$data, k = 2, start = fit),
      error = identity
    ),
    "sgmoe_error_start"
  )
  # A fit of other classes is none of this model.
  good$data$z <- factor(good$data$y, labels = c("a", "b", "d"))
  expect_match(
    class_condition(sgmoe(
      z ~ x1 + x2 + f, good$data,
      k = 2, gate = ~ x1 + f, start = fit
    ), "error", "start"),
    "expert1\\[d\\]:"
  )
})

test_that("the same seed gives the same fit", {
  data <- crossed_classes()
  fit <- function(seed) {
    set.seed(seed)
    quietly(sgmoe(y ~ x1 + x2, data, k = 2, starts = 2, ridge = 0.1))
  }
  expect_identical(serialize_fit(fit(1)), serialize_fit(fit(1)))
})

test_that("without the model frame a fit is small", {
  fit_among <- function(n) {
    set.seed(1)
    data <- simulate_moe(n, 2, family = "multinomial", classes = 3)
    quietly(sgmoe(
      y ~ x1, data,
      k = 2, model = FALSE, start = random_posterior(n, 2), max_passes = 3
    ))
  }
  small <- serialized_size(fit_among(500))
  large <- serialized_size(fit_among(50000))
  expect_lt(large, 1e5)
  expect_lt(abs(large - small), 500)
})
