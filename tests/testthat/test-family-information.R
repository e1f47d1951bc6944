# The observed information of every family against numerical derivatives: the
# score against the slow twin's log-likelihood, the information against the score.

test_families("score and information are the derivatives of the log-likelihood", slow = TRUE, function(case) {
  for (problem in case$information()) {
    model <- problem$model
    free <- free_coordinates(random_parameters(problem, 0.5), model)
    at <- core_at(problem, free)
    rows <- reference_rows(problem$data)
    log_likelihood <- function(free) {
      step <- reference_expectation(rows, free_parameters(free, model), model)
      sum(rows$weights * step$log_density)
    }
    expect_equal(at$log_likelihood, log_likelihood(free), tolerance = 1e-12)
    slope <- numDeriv::grad(log_likelihood, free)
    expect_lt(max(abs(at$score - slope)), 1e-6 * max(abs(slope)))
    curvature <- -numDeriv::jacobian(
      function(free) core_at(problem, free)$score, free
    )
    expect_same_matrix(at$information, curvature)
    expect_identical(at$information, t(at$information))
  }
})

test_families("the derivatives of the penalty are exact, with covariances too", slow = TRUE, function(case) {
  for (problem in case$information()) {
    model <- problem$model
    if (all(model$expert_penalty == 0)) {
      next
    }
    free <- free_coordinates(random_parameters(problem, 0.5), model)
    at <- core_at(problem, free)
    penalty <- function(free) {
      reference_penalty(free_parameters(free, model), model)
    }
    expect_equal(sum(at$penalty), penalty(free), tolerance = 1e-12)
    slope <- numDeriv::grad(penalty, free)
    expect_lt(max(abs(at$penalty_gradient - slope)), 1e-6 * max(abs(slope)))
    curvature <- numDeriv::jacobian(
      function(free) core_at(problem, free)$penalty_gradient, free
    )
    expect_same_matrix(at$penalty_hessian, curvature)
    # What the update of the ridge works with: no covariances.
    scales <- length(spec_labels(problem$spec)$scale)
    linear <- seq_len(length(free) - scales)
    expect_equal(
      at$penalty_curvature[linear, linear], at$penalty_hessian[linear, linear],
      tolerance = 1e-12
    )
    expect_true(all(at$penalty_curvature[-linear, ] == 0))
  }
})

test_families("a background is in the information", function(case) {
  for (problem in utils::head(case$information(), 3)) {
    problem$data$background <- stats::rnorm(problem$rows)
    free <- free_coordinates(random_parameters(problem, 0.5), problem$model)
    at <- core_at(problem, free)
    slope <- numDeriv::grad(
      function(free) core_at(problem, free)$log_likelihood, free
    )
    expect_lt(max(abs(at$score - slope)), 1e-6 * max(abs(slope)))
    expect_same_matrix(at$information, -numDeriv::jacobian(
      function(free) core_at(problem, free)$score, free
    ))
  }
})
