# The observed information against numerical derivatives: the score against the
# slow twin's log-likelihood, the information against the score.

# Gaussian experts of every structure, with weights, ridge and a separate gate
# in turn, and experts for labels and counts, with offsets.
information_problems <- function() {
  set.seed(12)
  cases <- expand.grid(
    q = c(1, 3), covariance = c("full", "diagonal", "spherical"),
    shared = c(FALSE, TRUE), stringsAsFactors = FALSE
  )
  ridge <- function(i) sgmoe_control(ridge = c(0, 0.7)[[i %/% 2 %% 2 + 1]])
  gates <- list(NULL, ~ v + x1, ~ 0 + v)
  numbers <- lapply(seq_len(nrow(cases)), function(i) {
    case <- cases[i, ]
    make_problem(
      response_formula(case$q, if (i %% 4 == 0) "0 + x1" else "x1 + x2"),
      random_data(300, case$q), 2 + i %% 2,
      gate = gates[[i %% 3 + 1]],
      covariance = case$covariance, shared = case$shared,
      weighted = i %% 2 == 0, control = ridge(i)
    )
  })
  formulas <- list(y ~ x1 + x2, m ~ x1, y ~ x1 + offset(o), m ~ x2 + offset(o))
  classes <- lapply(1:6, function(i) {
    make_problem(
      formulas[[(i - 1) %% 4 + 1]], class_data(300, 2 + i %% 3), 1 + i %% 3,
      gate = gates[[i %% 3 + 1]], weighted = i %% 2 == 0, control = ridge(i),
      family = "multinomial"
    )
  })
  c(numbers, classes)
}

test_that("score and information are the derivatives of the log-likelihood", {
  for (problem in information_problems()) {
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

test_that("the derivatives of the penalty are exact, with covariances too", {
  for (problem in information_problems()) {
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

test_that("a background is in the information", {
  for (problem in information_problems()[c(1, 8, 13, 14)]) {
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

test_that("threads do not change a bit of the information", {
  set.seed(3)
  problem <- make_problem(
    cbind(y1, y2) ~ x1 + f, random_data(5000, 2), 3,
    gate = ~ v + x2, weighted = TRUE
  )
  free <- free_coordinates(random_parameters(problem), problem$model)
  expect_identical(core_at(problem, free, 1), core_at(problem, free, 3))
})

test_that("one expert's information is that of lm and glm", {
  problem <- make_problem(dist ~ speed, cars, 1)
  run <- fit_starts(problem, NULL, sgmoe_control())$best
  found <- core_information(problem$data, problem$model, run$parameters, 1)
  lm <- stats::lm(
    scale(dist) ~ scale(speed), cars
  )
  # Both scales with divisor n, whatever scale() does: ratios of variances.
  variance <- solve(found$information)[1:2, 1:2]
  n <- nrow(cars)
  expect_equal(
    diag(variance), unname(diag(stats::vcov(lm))) *
      stats::df.residual(lm) / n * c(n / (n - 1), 1),
    tolerance = 1e-6
  )
  problem <- make_problem(am ~ wt, transform(mtcars, am = factor(am)), 1)
  run <- fit_starts(problem, NULL, sgmoe_control())$best
  found <- core_information(problem$data, problem$model, run$parameters, 1)
  glm <- stats::glm(am ~ wt, stats::binomial(), mtcars,
    control = list(epsilon = 1e-14)
  )
  expect_equal(
    sqrt(solve(found$information)[2, 2]) / problem$spec$basis$expert$scale[[2]],
    unname(sqrt(diag(stats::vcov(glm)))[[2]]),
    tolerance = 1e-6
  )
})
