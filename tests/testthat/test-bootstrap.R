# bootstrap() and bootstrap_lrt(): refits by hand on the same draws.

# What the i-th refit was made from
drawn_weights <- function(seed, i, weights, kind) {
  set.seed(draw_seeds(i, seed)[[i]])
  drawn <- if (kind == "weighted") {
    stats::rgamma(length(weights), weights)
  } else {
    stats::rmultinom(1, sum(weights), weights)[, 1]
  }
  drawn * sum(weights) / sum(drawn)
}

test_that("refits are those of other software on the same draws", {
  data <- transform(mtcars, a = rep(1:2, 16))
  fit <- sgmoe(mpg ~ wt + hp, data, k = 1, weights = a)
  for (kind in c("weighted", "cases")) {
    refits <- bootstrap(fit, kind, nsim = 3, seed = 11)
    for (i in 1:3) {
      data$w <- drawn_weights(11, i, data$a, kind)
      model <- lm(mpg ~ wt + hp, data, weights = w)
      expect_equal(
        unname(refits$t[i, 1:3]), unname(coef(model)),
        tolerance = 1e-7
      )
      expect_equal(
        refits$t[i, 4], sqrt(sum(data$w * resid(model)^2) / sum(data$w)),
        tolerance = 1e-7, ignore_attr = TRUE
      )
    }
  }
  refits <- bootstrap(fit, "parametric", nsim = 2, seed = 5)
  for (i in 1:2) {
    data$y <- simulate(fit, seed = draw_seeds(2, 5)[[i]])[[1]]
    expect_equal(
      unname(refits$t[i, 1:3]),
      unname(coef(lm(y ~ wt + hp, data, weights = a))),
      tolerance = 1e-7
    )
  }
})

test_families("a refit is that of sgmoe() from the fit", function(case) {
  good <- case$good(200)
  fit <- precise(case, good, ridge = 1)
  set.seed(99)
  before <- .Random.seed
  refits <- bootstrap(fit, nsim = 2, seed = 4)
  expect_identical(.Random.seed, before)
  expect_identical(colnames(refits$t), names(coef(fit)))
  expect_identical(refits$t0, coef(fit))
  problem <- fitted_problem(fit)
  for (i in 1:2) {
    problem$data$weights <- drawn_weights(4, i, rep(1, 200), "weighted")
    # The same objective, at what was found and nearby.
    objective <- function(coefficients) {
      run <- evaluate_parameters(
        problem, start_from_coefficients(coefficients, problem), fit$control
      )
      run$objective
    }
    slope <- numDeriv::grad(objective, refits$t[i, ])
    size <- sqrt(diag(-numDeriv::hessian(objective, refits$t[i, ])))
    expect_lt(max(abs(slope) / size), 1e-3)
  }
  again <- bootstrap(fit, nsim = 2, seed = 4)
  expect_identical(again, refits)
  expect_identical(dim(bootstrap(fit, "parametric", nsim = 1)$t), c(1L, length(coef(fit))))
})

test_that("random weights have the moments of as many rows", {
  data <- transform(cars, a = rep(c(1, 4), 25))
  fit <- sgmoe(dist ~ speed, data, k = 1, weights = a)
  problem <- fitted_problem(fit)
  for (kind in c("weighted", "cases")) {
    sampler <- row_sampler(kind, fit, problem)
    set.seed(1)
    drawn <- replicate(4000, sampler()$data$weights)
    expect_equal(colSums(drawn), rep(125, 4000))
    expect_equal(rowMeans(drawn), data$a, tolerance = 0.03)
    # Shares of rows: (1 - share) a, and 125 / 126 of it for Dirichlet ones.
    expect_equal(
      apply(drawn, 1, var), data$a * (1 - data$a / 125),
      tolerance = 0.05
    )
  }
})

test_that("experts of a refit get the names of those they agree with", {
  set.seed(2)
  posterior <- matrix(rexp(300)^4, 100)
  posterior <- posterior / rowSums(posterior)
  for (order in list(1:3, c(2, 3, 1), c(3, 2, 1))) {
    other <- posterior[, order]
    found <- matching_order(posterior, other, rep(1, 100))
    expect_identical(other[, found], posterior)
  }
  # Many experts, of which not all orders are tried.
  many <- matrix(rexp(4000)^8, 500)
  many <- many / rowSums(many)
  order <- sample(8)
  expect_identical(many[, order][, matching_order(many, many[, order], rep(1, 500))], many)
  expect_identical(nrow(unique(all_orders(4))), 24L)
})

test_that("percentiles, covariance and failures are those of the refits", {
  set.seed(1)
  fit <- quietly(sgmoe(
    dist ~ speed + I(2 * speed), cars,
    k = 2, gate = ~1, starts = 2, ridge = 0
  ))
  refits <- bootstrap(fit, "cases", nsim = 60, seed = 1)
  failed <- is.na(refits$t[, 1])
  expect_identical(sum(failed), sum(refits$failures))
  expect_identical(is.na(refits$log_likelihood), failed)
  at <- !is.na(coef(fit))
  expect_equal(vcov(refits)[at, at], var(refits$t[!failed, at]))
  limits <- confint(refits, level = 0.9)
  expect_identical(colnames(limits), c("5 %", "95 %"))
  for (name in names(coef(fit))[at]) {
    expect_equal(
      unname(limits[name, ]),
      unname(quantile(refits$t[!failed, name], c(0.05, 0.95), type = 6))
    )
  }
  expect_true(all(is.na(limits[!at, ])))
  set.seed(8)
  expect_identical(
    confint(fit, 2:3, 0.9, "bootstrap", nsim = 5, seed = 2),
    confint(bootstrap(fit, nsim = 5, seed = 2), 2:3, 0.9)
  )
  short <- fit
  short$control$max_passes <- 2
  text <- class_condition(bootstrap(short, nsim = 3), "error", "bootstrap")
  expect_match(text, "pass_limit")
  expect_output(print(refits), "Bootstrap of rows, 60 refits")
})

slow_test("standard errors are those of vcov() where the likelihood is a parabola", {
  set.seed(5)
  data <- simulate_moe(
    1500, 2,
    p = 1, gate = cbind(c(0, 1), c(0, -1)),
    mean = cbind(c(3, 1), c(-3, -1))
  )
  fit <- sgmoe(y ~ x1, data, k = 2, starts = 2, ridge = 0)
  error <- sqrt(diag(vcov(fit)))
  for (kind in bootstrap_types) {
    refits <- bootstrap(fit, kind, nsim = 400, seed = 1)
    # Standard deviations of 400 have an error of 3.5 %.
    expect_equal(sqrt(diag(vcov(refits))), error, tolerance = 0.1)
  }
})

slow_test("workers give the same result", {
  set.seed(1)
  fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 1)
  alone <- bootstrap(fit, nsim = 6, seed = 3)
  plan <- future::plan("multisession", workers = 2)
  on.exit(future::plan(plan))
  expect_identical(bootstrap(fit, nsim = 6, seed = 3), alone)
})

test_that("a selection is bootstrapped, a stream is not", {
  set.seed(1)
  selection <- suppressWarnings(suppressMessages(
    select_experts(dist ~ speed, cars, k_max = 2, ridge = 0.1)
  ))
  expect_identical(
    bootstrap(selection, nsim = 2, seed = 1)$t,
    bootstrap(as_sgmoe(selection), nsim = 2, seed = 1)$t
  )
  stream <- quietly(sgmoe_stream(dist ~ speed, cars, k = 2, starts = 1))
  class_condition(bootstrap(stream), "error", "no_data")
  slim <- update(as_sgmoe(selection), model = FALSE)
  class_condition(bootstrap(slim), "error", "no_model")
  class_condition(bootstrap(cars), "error", "unsupported")
  class_condition(bootstrap(selection, R = 3), "error", "argument")
})

slow_test("the test by simulation: statistics are those of refits by hand", {
  set.seed(4)
  data <- simulate_moe(150, 2, p = 1, mean = cbind(c(2, 1), c(-2, -1)))
  one <- sgmoe(y ~ x1, data, k = 1)
  two <- sgmoe(y ~ x1, data, k = 2, starts = 2, ridge = 0.5)
  found <- bootstrap_lrt(two, one, nsim = 9, starts = 0, seed = 7)
  expect_s3_class(found, "htest")
  expect_equal(
    found$statistic[["LR"]], 2 * (c(logLik(two)) - c(logLik(one)))
  )
  expect_identical(found$p.value, 0.1) # two experts beyond doubt
  for (i in 1:2) {
    data$y <- simulate(one, seed = draw_seeds(9, 7)[[i]])[[1]]
    small <- lm(y ~ x1, data)
    large <- quietly(sgmoe(
      y ~ x1, data,
      k = 2, start = coef(two), ridge = 0.5
    ))
    # (The ridge is of standardised responses, of other units here.)
    expect_equal(
      found$simulated[[i]], 2 * (c(logLik(large)) - c(logLik(small))),
      tolerance = 0.1
    )
  }
  expect_output(print(found), "simulation from the smaller fit")
})

slow_test("one expert too many is not significant, though chi-square says so", {
  set.seed(12)
  data <- data.frame(x = rnorm(120))
  data$y <- data$x + rnorm(120)
  one <- sgmoe(y ~ x, data, k = 1)
  two <- quietly(sgmoe(y ~ x, data, k = 2, gate = ~1, starts = 3, ridge = 0.1))
  found <- bootstrap_lrt(one, two, nsim = 39, seed = 1)
  expect_gt(found$p.value, 0.05)
  expect_gt(mean(found$simulated), 3) # of chi-square with 4
  expect_true(all(found$simulated > -1e-6))
})

test_that("what cannot be compared by simulation is refused", {
  one <- sgmoe(dist ~ speed, cars, k = 1)
  class_condition(bootstrap_lrt(one, one), "error", "comparison")
  class_condition(
    bootstrap_lrt(one, sgmoe(dist ~ 1, cars[-1, ], k = 1)), "error", "comparison"
  )
  class_condition(bootstrap_lrt(one, cars), "error", "argument")
  class_condition(
    bootstrap_lrt(one, sgmoe(dist ~ 1, cars, k = 1, model = FALSE)), "error",
    "no_model"
  )
})
