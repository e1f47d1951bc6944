# Information of the core: threads, and models that have their own.

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
