# No step of a fit of classes ever goes down, separable classes included.

test_that("the trace never falls, over a hundred random data sets", {
  settings <- expand.grid(
    method = c("mm", "em"), curvature = c("fisher", "bound"),
    acceleration = c("quasi-newton", "anderson", "none"),
    stringsAsFactors = FALSE
  )
  starved <- separable <- 0
  for (seed in seq_len(100)) {
    case <- random_class_case(seed)
    arguments <- case$arguments
    problem <- quietly(make_problem(
      arguments$formula, case$data, arguments$k, arguments$gate,
      weighted = case$weighted, family = "multinomial",
      control = sgmoe_control(ridge = arguments$ridge)
    ))
    for (i in seq_len(nrow(settings))) {
      problem$method <- settings$method[[i]]
      # Few passes: a fall comes early or when little is left to gain.
      run <- run_core(problem, list(posterior = case$start), sgmoe_control(
        curvature = settings$curvature[[i]], max_passes = 60,
        acceleration = settings$acceleration[[i]], ridge = arguments$ridge
      ))
      least <- min(diff(run$trace), 0) / problem$weight
      expect_gte(
        least, -1e-10,
        label = paste(c(settings[i, ], "data set", seed), collapse = " ")
      )
      # The trace ends at the objective of what is returned.
      expect_identical(run$trace[[length(run$trace)]], run$objective)
      expect_true(all(is.finite(unlist(run$parameters))))
      expect_false(run$reason == "non_finite")
      starved <- starved + any(run$starved)
      separable <- separable +
        (run$log_likelihood > -0.05 * problem$weight)
    }
  }
  # What can go wrong did occur.
  expect_gt(starved, 15)
  expect_gt(separable, 30)
})

test_that("the objective reported is that of the parameters returned", {
  for (seed in 1:25) {
    case <- random_class_case(seed)
    fit <- quietly_classes(fit_case(case, max_passes = 30))
    arguments <- case$arguments
    problem <- quietly(make_problem(
      arguments$formula, case$data, arguments$k, arguments$gate,
      weighted = case$weighted, family = "multinomial",
      control = sgmoe_control(ridge = arguments$ridge)
    ))
    objective <- reference_objective(
      problem$data, problem$model, fit$parameters
    )
    expect_equal(fit$objective, objective, tolerance = 1e-10)
    expect_equal(
      c(logLik(fit)),
      objective + reference_penalty(fit$parameters, problem$model),
      tolerance = 1e-10
    )
  }
})
