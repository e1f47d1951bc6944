test_that("moves from a bad optimum lead to a better one, and never down", {
  set.seed(4)
  d <- simulate_moe(
    1500, 3,
    classes = 3, gate_scale = 2, mean_scale = 3
  )
  problem <- make_problem(y ~ ., d, 3)
  control <- sgmoe_control(starts = 5)
  posterior <- random_posterior(1500, 3)
  stuck <- run_core(problem, list(posterior = posterior), control)
  moved <- improve_by_moves(problem, stuck, control, NULL, run_or_fail)
  expect_gt(moved$objective, stuck$objective + 1)
  # What the moves took is accounted for; the trace is that of one run.
  expect_gt(moved$spent, stuck$spent)
  expect_length(moved$trace, moved$passes)
  expect_true(all(diff(moved$trace) > -1e-10 * 1500))
})

test_that("a move splits one expert and gives another away", {
  set.seed(5)
  d <- simulate_moe(200, 3, classes = 3, gate_scale = 3, mean_scale = 3)
  problem <- make_problem(y ~ ., d, 3)
  run <- run_core(
    problem, list(posterior = random_posterior(200, 3)), sgmoe_control()
  )
  before <- core_predict(
    problem$data, problem$model, run$parameters, "posterior", 1
  )[, 1:3]
  for (with_response in c(TRUE, FALSE)) {
    after <- split_and_merge(problem, run, with_response)$posterior
    expect_equal(rowSums(after), rep(1, 200))
    expect_true(all(after >= 0))
    # One column did not lose: it took over a share of the expert given away.
    kept <- vapply(1:3, function(k) all(after[, k] >= before[, k] - 1e-5), NA)
    expect_identical(sum(kept), 1L)
  }
})

test_that("moves work with a gate of one column, or of none", {
  set.seed(6)
  d <- simulate_moe(150, 3, p = 1, classes = 3)
  for (gate in list(NULL, ~1)) {
    fit <- quietly(sgmoe(y ~ x1, d, k = 3, gate = gate, starts = 1))
    expect_s3_class(fit, "sgmoe")
  }
})

test_that("the default fit reaches the likelihood of the truth", {
  for (seed in 1:3) {
    set.seed(seed)
    d <- simulate_moe(
      2000, 3,
      classes = 3, gate_scale = 2, mean_scale = 2
    )
    fit <- quietly(sgmoe(y ~ ., d, k = 3))
    expect_gte(c(logLik(fit)), attr(d, "truth")$log_likelihood)
  }
})
