# The core against its slow twins in R/reference.R, and the twins against the
# laws that the mathematics promises.

# Problems of every covariance structure, shared or not, with one and several
# responses, with weights, ridge and a separate gate in turn.
problems <- function(k = 3) {
  set.seed(11)
  cases <- expand.grid(
    q = c(1, 3), covariance = c("full", "diagonal", "spherical"),
    shared = c(FALSE, TRUE), stringsAsFactors = FALSE
  )
  lapply(seq_len(nrow(cases)), function(i) {
    case <- cases[i, ]
    make_problem(
      response_formula(
        case$q, if (i %% 4 == 0) "0 + x1 + f" else "x1 + x2 + f"
      ),
      random_data(300, case$q), k,
      gate = list(NULL, ~ v + x1, ~ 0 + v)[[i %% 3 + 1]],
      covariance = case$covariance, shared = case$shared,
      weighted = i %% 2 == 0,
      control = sgmoe_control(ridge = c(0, 0.7)[[(i %/% 2) %% 2 + 1]])
    )
  })
}

pass <- function(problem, parameters, curvature, threads = 1) {
  core_pass(
    problem$data, problem$model, reference_pack(parameters, problem$model),
    curvature, threads
  )
}

test_that("packing is what it says and loses nothing", {
  for (problem in problems()) {
    parameters <- random_parameters(problem)
    packed <- core_pack(problem$model, parameters)
    expect_equal(packed, reference_pack(parameters, problem$model))
    expect_equal(
      core_unpack(problem$model, packed), parameters,
      tolerance = 1e-12
    )
    expect_equal(
      reference_unpack(packed, problem$model), parameters,
      tolerance = 1e-12
    )
  }
})

test_that("a pass is the reference pass, under either curvature", {
  for (problem in problems()) {
    for (spread in c(0.3, 2)) {
      parameters <- random_parameters(problem, spread)
      for (curvature in c("bound", "fisher")) {
        core <- pass(problem, parameters, curvature)
        slow <- reference_pass(
          problem$data, problem$model, parameters, curvature
        )
        expect_equal(core$objective, slow$objective, tolerance = 1e-12)
        expect_equal(
          core$log_likelihood,
          slow$objective + reference_penalty(parameters, problem$model),
          tolerance = 1e-12
        )
        expect_equal(
          core$image, reference_pack(slow$parameters, problem$model),
          tolerance = 1e-8
        )
      }
    }
  }
})

test_that("one expert and six experts are no special case", {
  for (k in c(1, 2, 6)) {
    set.seed(k)
    problem <- make_problem(
      y2 ~ x1 * f, random_data(400, 2), k,
      gate = ~ v + x2
    )
    parameters <- random_parameters(problem)
    for (curvature in c("bound", "fisher")) {
      slow <- reference_pass(
        problem$data, problem$model, parameters, curvature
      )
      core <- pass(problem, parameters, curvature)
      expect_equal(core$objective, slow$objective, tolerance = 1e-12)
      expect_equal(
        core$image, reference_pack(slow$parameters, problem$model),
        tolerance = 1e-8
      )
    }
  }
})

test_that("a fit's first steps are the reference's, from a posterior too", {
  for (problem in problems()[c(1, 4, 6, 9, 12)]) {
    posterior <- random_posterior(problem$rows, problem$k)
    rows <- reference_rows(problem$data)
    # The start: one M-step at the origin, where all gate probabilities agree.
    q <- problem$model$responses
    origin <- list(
      gate = matrix(0, ncol(rows$x), problem$k),
      expert = matrix(0, ncol(rows$z), q * problem$k),
      covariance = do.call(cbind, rep(list(diag(q)), problem$k))
    )
    step <- reference_expectation(rows, origin, problem$model)
    step$posterior <- posterior
    parameters <- reference_maximise(
      rows, step, problem$model, origin, "bound"
    )$parameters
    objective <- numeric(4)
    for (i in 1:4) {
      slow <- reference_pass(problem$data, problem$model, parameters)
      objective[[i]] <- slow$objective
      before <- parameters
      parameters <- slow$parameters
    }
    settings <- list(
      max_passes = 4, tolerance = 0, method = "mm", curvature = "bound",
      acceleration = "none", memory = 1, threads = 1
    )
    run <- core_fit(
      problem$data, problem$model, list(posterior = posterior), settings, NULL
    )
    expect_equal(run$trace, objective, tolerance = 1e-10)
    expect_equal(run$parameters, before, tolerance = 1e-7)
    expect_identical(run$reason, "pass_limit")
  }
})

test_that("each entry of the trace is the objective of a shorter run", {
  for (problem in problems()[c(2, 3, 7, 10)]) {
    posterior <- random_posterior(problem$rows, problem$k)
    for (acceleration in c("none", "anderson", "quasi-newton")) {
      run <- function(passes) {
        core_fit(
          problem$data, problem$model, list(posterior = posterior),
          list(
            max_passes = passes, tolerance = 0, method = "mm",
            curvature = "fisher", acceleration = acceleration, memory = 10,
            threads = 1
          ), NULL
        )
      }
      trace <- run(30)$trace
      expect_length(trace, 30)
      for (passes in c(1, 2, 5, 11, 18, 30)) {
        parameters <- run(passes)$parameters
        expect_equal(
          trace[[passes]],
          reference_objective(problem$data, problem$model, parameters),
          tolerance = 1e-11
        )
      }
    }
  }
})

test_that("the gradient is that of the objective", {
  skip_if_not_installed("numDeriv")
  for (problem in problems(2)) {
    parameters <- random_parameters(problem, 0.7)
    packed <- reference_pack(parameters, problem$model)
    numeric <- numDeriv::grad(function(at) {
      reference_objective(
        problem$data, problem$model, reference_unpack(at, problem$model)
      )
    }, packed, method.args = list(d = 0.01)) # its default step is all rounding
    core <- pass(problem, parameters, "bound")$gradient
    expect_lt(max(abs(core - numeric)) / max(abs(numeric)), 1e-8)
  }
})

test_that("the surrogate touches, stays below, and is what a pass maximises", {
  for (problem in problems()) {
    anchor <- random_parameters(problem)
    surrogate <- function(at) {
      reference_surrogate(problem$data, problem$model, at, anchor)
    }
    objective <- function(at) {
      reference_objective(problem$data, problem$model, at)
    }
    here <- objective(anchor)
    slack <- 1e-9 * (1 + abs(here))
    expect_equal(surrogate(anchor), here, tolerance = 1e-12)
    core <- pass(problem, anchor, "bound")
    best <- reference_unpack(core$image, problem$model)
    # The gain that the core promises is the rise of the surrogate.
    expect_equal(surrogate(best), here + core$gain, tolerance = 1e-9)
    expect_gt(core$gain, 0)
    packed <- reference_pack(anchor, problem$model)
    for (size in c(1e-3, 0.03, 0.3, 1, 3)) {
      away <- core_unpack(
        problem$model, packed + stats::rnorm(length(packed), sd = size)
      )
      expect_lte(surrogate(away), objective(away) + slack)
      expect_lte(surrogate(away), surrogate(best) + slack)
      near <- core_unpack(
        problem$model, core$image + stats::rnorm(length(packed), sd = size)
      )
      expect_lte(surrogate(near), surrogate(best) + slack)
    }
  }
})

test_that("a starved expert keeps its parameters, the others do not care", {
  for (shared in c(FALSE, TRUE)) {
    set.seed(3)
    problem <- make_problem(
      cbind(y1, y2) ~ x1 + f, random_data(80, 2), 3,
      shared = shared
    )
    parameters <- random_parameters(problem)
    # Four columns, and an expert with next to no weight.
    parameters$gate[1, ] <- c(20, -40, 20)
    slow <- reference_pass(problem$data, problem$model, parameters, "bound")
    expect_identical(slow$starved, c(FALSE, TRUE, FALSE))
    run <- core_fit(
      problem$data, problem$model, parameters,
      list(
        max_passes = 2, tolerance = 0, method = "mm", curvature = "bound",
        acceleration = "none", memory = 1, threads = 1
      ), NULL
    )
    expect_identical(run$starved[[2]], TRUE)
    expect_identical(
      run$parameters$expert[, 3:4], parameters$expert[, 3:4]
    )
    expect_equal(
      core_pack(problem$model, run$parameters),
      reference_pack(slow$parameters, problem$model),
      tolerance = 1e-8
    )
  }
})

test_that("directions without information keep their value", {
  set.seed(5)
  # The fifth column repeats the second: no ridge, so the Gram is singular.
  problem <- make_problem(y1 ~ x1 + x2 + x3, random_data(60, 1, 4), 2)
  repeated <- function(part) {
    part$values <- cbind(part$values, part$values[, 2])
    part$centre <- c(part$centre, part$centre[[2]])
    part$scale <- c(part$scale, part$scale[[2]])
    part
  }
  problem$data$gate <- repeated(problem$data$gate)
  problem$model$gate_penalty <- problem$model$expert_penalty <- numeric(5)
  parameters <- random_parameters(problem)
  core <- reference_unpack(
    pass(problem, parameters, "bound")$image, problem$model
  )
  null <- c(0, 1, 0, 0, -1)
  # The difference of twins cannot be known: it stays where it was.
  expect_equal(
    drop(null %*% core$expert), drop(null %*% parameters$expert),
    tolerance = 1e-8
  )
  expect_equal(
    drop(null %*% core$gate), drop(null %*% parameters$gate),
    tolerance = 1e-8
  )
  slow <- reference_expert(
    reference_rows(problem$data),
    reference_expectation(
      reference_rows(problem$data), parameters, problem$model
    )$posterior[, 1],
    parameters$expert[, 1, drop = FALSE], numeric(5)
  )
  expect_equal(core$expert[, 1], drop(slow$mean), tolerance = 1e-8)
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
  core <- pass(problem, parameters, "bound")
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

test_that("softmax, logits and densities far out do not overflow", {
  set.seed(7)
  problem <- make_problem(y1 ~ x1, random_data(100), 3)
  parameters <- random_parameters(problem)
  parameters$gate <- 1e4 * parameters$gate
  core <- pass(problem, parameters, "fisher")
  expect_true(all(is.finite(unlist(core))))
  # The core holds log-probabilities above -700 from the largest; so far out
  # in the tail of the gate the log-likelihoods differ by that, and no more.
  rows <- reference_rows(problem$data)
  joint <- rows$x %*% parameters$gate +
    reference_log_density(rows, parameters, problem$model)
  expect_equal(
    core$log_likelihood,
    sum(reference_log_sum_exp(joint) -
      reference_log_sum_exp(rows$x %*% parameters$gate)),
    tolerance = 1e-12
  )
})
