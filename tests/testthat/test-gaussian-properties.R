# Properties of Gaussian experts that no other family has.

slow_test("units do not matter for several responses either", {
  case <- family_case("gaussian")
  good <- case$good()
  good$data$y2 <- with(good$data, y * x1 + stats::filter(x2, c(1, 1, 1)))
  good$data$y2[c(1, 600)] <- 0
  for (covariance in c("full", "diagonal", "spherical")) {
    for (shared in c(FALSE, TRUE)) {
      fit <- precise(
        case, good,
        formula = cbind(y, y2) ~ x1 + x2, covariance = covariance, shared = shared
      )
      # Spherical experts share one unit.
      unit <- if (covariance == "spherical") c(100, 100) else c(100, 1e-3)
      moved <- good
      moved$data$y <- 7 + unit[[1]] * good$data$y
      moved$data$y2 <- -5 + unit[[2]] * good$data$y2
      other <- precise(
        case, moved,
        formula = cbind(y, y2) ~ x1 + x2, covariance = covariance, shared = shared
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

test_that("the variance floor clips eigenvalues and is the best that can be", {
  set.seed(6)
  problem <- make_problem(
    cbind(y1, y2, y3) ~ x1, random_data(100, 3), 2,
    control = sgmoe_control(variance_floor = 0.05)
  )
  # The second response is nearly the first: a small eigenvalue in every expert.
  problem$data$response$values[, 2] <- problem$data$response$values[, 1] +
    1e-3 * problem$data$response$values[, 2]
  problem$data$response$centre[] <- 0
  problem$data$response$scale[] <- 1
  parameters <- random_parameters(problem)
  core <- core_pass(
    problem$data, problem$model, reference_pack(parameters, problem$model),
    "bound", 1
  )
  slow <- reference_pass(problem$data, problem$model, parameters, "bound")
  expect_equal(
    core$image, reference_pack(slow$parameters, problem$model),
    tolerance = 1e-8
  )
  image <- core_unpack(problem$model, core$image)
  for (k in 1:2) {
    own <- reference_own(image$covariance, k, 3)
    expect_equal(min(eigen(own, TRUE)$values), 0.05, tolerance = 1e-8)
  }
  # No other covariance at or above the floor does better.
  surrogate <- function(at) {
    reference_surrogate(problem$data, problem$model, at, parameters)
  }
  best <- surrogate(image)
  for (i in 1:30) {
    other <- core_unpack(problem$model, core$image + c(
      numeric(length(core$image) - 12), stats::rnorm(12, sd = 10^-(i %% 4))
    ))
    expect_lte(surrogate(other), best + 1e-9 * abs(best))
  }
})
