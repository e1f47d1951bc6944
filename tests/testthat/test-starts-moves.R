test_that("moves from a bad optimum lead to a better one, and never down", {
  set.seed(4)
  d <- simulate_moe(
    1500, 3,
    family = "multinomial", classes = 3, gate_scale = 2, mean_scale = 3
  )
  problem <- make_problem(y ~ ., d, 3)
  control <- sgmoe_control(starts = 5)
  posterior <- random_posterior(1500, 3)
  stuck <- run_core(problem, list(posterior = posterior), control)
  moved <- improve_by_moves(problem, stuck, control, NULL, run_core)
  expect_gt(moved$objective, stuck$objective + 1)
  # What the moves took is accounted for; the trace is that of one run.
  expect_gt(moved$spent, stuck$spent)
  expect_length(moved$trace, moved$passes)
  expect_true(all(diff(moved$trace) > -1e-10 * 1500))
})

test_that("a move splits one expert and gives another away", {
  set.seed(5)
  d <- simulate_moe(200, 3,
    family = "multinomial", classes = 3, gate_scale = 3, mean_scale = 3
  )
  problem <- make_problem(y ~ ., d, 3)
  run <- run_core(
    problem, list(posterior = random_posterior(200, 3)), sgmoe_control()
  )
  before <- posterior_of(problem, run$parameters, sgmoe_control())$posterior
  for (points in move_points(problem)) {
    after <- split_and_merge(points, before)$posterior
    expect_equal(rowSums(after), rep(1, 200))
    expect_true(all(after >= 0))
    # One column did not lose: it took over a share of the expert given away.
    kept <- vapply(1:3, function(k) all(after[, k] >= before[, k] - 1e-5), NA)
    expect_identical(sum(kept), 1L)
  }
})

test_that("moves work with a gate of one column, or of none", {
  set.seed(6)
  d <- simulate_moe(150, 3, p = 1, family = "multinomial", classes = 3)
  for (gate in list(NULL, ~1)) {
    fit <- quietly(sgmoe(y ~ x1, d, k = 3, gate = gate, starts = 1))
    expect_s3_class(fit, "sgmoe")
  }
})

slow_test("candidates and moves are not held against the last stage", {
  for (seed in 1:2) {
    set.seed(seed)
    d <- simulate_moe(600, 3,
      family = "multinomial", classes = 3, gate_scale = 2, mean_scale = 2
    )
    fit <- quietly(sgmoe(y ~ ., d, k = 3, ridge = 0))
    expect_true(fit$reason %in% c("converged", "separated"))
    expect_lt(fit$gain, fit$control$tolerance)
    again <- quietly(sgmoe(y ~ ., d, k = 3, start = fit, ridge = 0))
    expect_lt(again$log_likelihood - fit$log_likelihood, 1e-4)
  }
})

slow_test("the subsample of large data has their offsets and weights", {
  set.seed(7)
  n <- 12000
  d <- data.frame(x = rnorm(n), o = rnorm(n))
  d$y <- factor(rbinom(n, 1, plogis(d$x + d$o)))
  fit <- quietly(sgmoe(y ~ x + offset(o), d, k = 2, starts = 2))
  expect_s3_class(fit, "sgmoe")
  # A row of weight zero is a row that is not there, whatever their number.
  d$w <- 0
  d$w[sample.int(n, 60)] <- 1
  set.seed(1)
  weighted <- quietly(sgmoe(
    y ~ x, d,
    k = 2, starts = 2, weights = w, ridge = 0.1
  ))
  set.seed(1)
  left_out <- quietly(sgmoe(
    y ~ x, d,
    k = 2, starts = 2, subset = w > 0, ridge = 0.1
  ))
  expect_equal(weighted$objective, left_out$objective, tolerance = 1e-6)
})

test_that("a defect of the core is not taken for a bad start", {
  set.seed(8)
  d <- simulate_moe(60, 2, family = "multinomial", classes = 2)
  problem <- make_problem(y ~ ., d, 2)
  problem$data$response$values[1] <- -1
  expect_s3_class(
    tryCatch(
      fit_starts(problem, NULL, sgmoe_control(starts = 1)),
      error = identity
    ),
    "sgmoe_error_core"
  )
})

test_that("a posterior that is not known has no moves", {
  posterior <- matrix(1 / 3, 9, 3)
  points <- matrix(stats::rnorm(18), 9)
  expect_false(is.null(split_and_merge(points, posterior)))
  posterior[2, 1] <- NaN
  expect_null(split_and_merge(points, posterior))
  # Of a fit whose numbers are too extreme, too (no error but this one).
  data <- data.frame(x = c(1, 2, 5, 7, 9, 12) * 1e300, y = c(-1, 1, 1, -1, 1, -1) * 1e300)
  tried <- tryCatch(
    quietly(sgmoe(y ~ x, data, k = 3, starts = 2, ridge = 0)),
    sgmoe_error = identity
  )
  expect_true(inherits(tried, c("sgmoe", "sgmoe_error")))
})
