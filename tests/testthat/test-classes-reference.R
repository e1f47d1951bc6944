# Multinomial experts: the core against its slow twins in plain R, and the twins
# against the laws that the mathematics promises.

# Labels and counts, offsets, weights, ridge, a separate gate, one to four
# experts, two to five classes, in turn.
class_problems <- function() {
  set.seed(21)
  lapply(1:16, function(i) {
    classes <- 2 + i %% 4
    left <- if (i %% 3 == 0) "m" else "y"
    right <- c(
      "x1 + x2", "x1 + f", "x1 + offset(o)", "0 + x1 + x2", "poly(x2, 2)"
    )[[i %% 5 + 1]]
    make_problem(
      stats::as.formula(paste(left, "~", right)), class_data(300, classes),
      k = 1 + (i %/% 4) %% 4,
      gate = list(NULL, ~ v + x1, ~ 0 + v)[[i %% 3 + 1]],
      weighted = i %% 2 == 0,
      control = sgmoe_control(ridge = c(0, 0.7)[[(i %/% 2) %% 2 + 1]]),
      family = "multinomial"
    )
  })
}

class_pass <- function(problem, parameters, curvature, threads = 1) {
  core_pass(
    problem$data, problem$model, reference_pack(parameters, problem$model),
    curvature, threads
  )
}

test_that("the problems are of every kind", {
  problems <- class_problems()
  count <- function(has) sum(vapply(problems, has, NA))
  expect_identical(count(function(one) ncol(one$data$response$values) > 1), 5L)
  expect_identical(count(function(one) !is.null(one$data$offset)), 3L)
  expect_identical(count(function(one) length(one$data$weights) > 0), 8L)
  expect_identical(count(function(one) any(one$model$expert_penalty > 0)), 8L)
  expect_setequal(vapply(problems, function(one) one$model$experts, 0), 1:4)
  expect_setequal(
    vapply(problems, function(one) one$model$responses, 0L), 2:5
  )
})

test_that("packing is what it says and loses nothing", {
  for (problem in class_problems()) {
    parameters <- random_parameters(problem)
    packed <- core_pack(problem$model, parameters)
    expect_identical(packed, reference_pack(parameters, problem$model))
    expect_equal(core_unpack(problem$model, packed), parameters)
    expect_equal(reference_unpack(packed, problem$model), parameters)
  }
})

test_that("a pass is the reference pass, under either curvature", {
  for (problem in class_problems()) {
    for (spread in c(0.3, 2)) {
      parameters <- random_parameters(problem, spread)
      for (curvature in c("bound", "fisher")) {
        core <- class_pass(problem, parameters, curvature)
        slow <- reference_pass(
          problem$data, problem$model, parameters, curvature
        )
        expect_false(any(slow$starved))
        expect_equal(core$objective, slow$objective, tolerance = 1e-12)
        expect_equal(
          core$log_likelihood,
          slow$objective + reference_penalty(parameters, problem$model),
          tolerance = 1e-12
        )
        expect_equal(
          core$image, reference_pack(slow$parameters, problem$model),
          tolerance = 1e-7
        )
        # Not trivially so: the pass went somewhere.
        expect_gt(
          max(abs(core$image - reference_pack(parameters, problem$model))), 1e-3
        )
      }
    }
  }
})

test_that("logits stay in their sum-zero form", {
  for (problem in class_problems()) {
    parameters <- random_parameters(problem)
    for (curvature in c("bound", "fisher")) {
      image <- core_unpack(
        problem$model, class_pass(problem, parameters, curvature)$image
      )
      expect_lt(max(abs(rowSums(image$gate))), 1e-9)
      for (k in seq_len(problem$k)) {
        own <- reference_own(image$expert, k, problem$model$responses)
        expect_lt(max(abs(rowSums(own))), 1e-9)
      }
    }
  }
})

test_that("the gradient is that of the objective", {
  for (problem in class_problems()) {
    parameters <- random_parameters(problem, 0.7)
    packed <- reference_pack(parameters, problem$model)
    numeric <- numeric_gradient(function(at) {
      reference_objective(
        problem$data, problem$model, reference_unpack(at, problem$model)
      )
    }, packed)
    core <- class_pass(problem, parameters, "bound")$gradient
    expect_lt(max(abs(core - numeric)) / max(abs(numeric)), 1e-8)
  }
})

test_that("the surrogate touches, stays below, and is what a pass maximises", {
  for (problem in class_problems()) {
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
    core <- class_pass(problem, anchor, "bound")
    best <- reference_unpack(core$image, problem$model)
    # The gain that the core promises is the rise of the surrogate.
    expect_equal(surrogate(best), here + core$gain, tolerance = 1e-9)
    expect_gt(core$gain, 0)
    packed <- reference_pack(anchor, problem$model)
    for (size in c(1e-3, 0.03, 0.3, 1, 3)) {
      noise <- function() stats::rnorm(length(packed), sd = size)
      away <- reference_unpack(packed + noise(), problem$model)
      # The bound holds on sum-zero coefficients.
      away$gate <- away$gate - rowMeans(away$gate)
      away$expert <- do.call(cbind, lapply(seq_len(problem$k), function(k) {
        own <- reference_own(away$expert, k, problem$model$responses)
        own - rowMeans(own)
      }))
      expect_lte(surrogate(away), objective(away) + slack)
      expect_lte(surrogate(away), surrogate(best) + slack)
    }
  }
})

test_that("a fit's first steps are the reference's, from a posterior too", {
  for (problem in class_problems()[c(3, 5, 8, 10, 14)]) {
    posterior <- random_posterior(problem$rows, problem$k)
    rows <- reference_rows(problem$data)
    origin <- list(
      gate = matrix(0, ncol(rows$x), problem$k),
      expert = matrix(0, ncol(rows$z), problem$model$responses * problem$k)
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

test_that("a starved expert keeps its parameters, the others do not care", {
  set.seed(3)
  problem <- make_problem(y ~ x1 + f, class_data(80), 3)
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
  expect_identical(unlist(run$starved), c(FALSE, TRUE, FALSE))
  expect_identical(run$parameters$expert[, 4:6], parameters$expert[, 4:6])
  expect_equal(
    core_pack(problem$model, run$parameters),
    reference_pack(slow$parameters, problem$model),
    tolerance = 1e-8
  )
})

test_that("directions without information keep their value", {
  set.seed(5)
  # The fourth column repeats the second: no ridge, so the Gram is singular.
  problem <- make_problem(y ~ x1 + x2, class_data(90), 2)
  part <- problem$data$gate
  part$values <- cbind(part$values, part$values[, 2])
  part$centre <- c(part$centre, part$centre[[2]])
  part$scale <- c(part$scale, part$scale[[2]])
  problem$data$gate <- part
  problem$model$gate_penalty <- problem$model$expert_penalty <- numeric(4)
  parameters <- random_parameters(problem)
  slow <- reference_pass(problem$data, problem$model, parameters)
  core <- class_pass(problem, parameters, "bound")$image
  expect_equal(
    core, reference_pack(slow$parameters, problem$model),
    tolerance = 1e-7
  )
  null <- c(0, 1, 0, -1)
  for (curvature in c("bound", "fisher")) {
    image <- reference_unpack(
      class_pass(problem, parameters, curvature)$image, problem$model
    )
    for (part in c("gate", "expert")) {
      expect_equal(
        drop(null %*% image[[part]]), drop(null %*% parameters[[part]]),
        tolerance = 1e-7
      )
    }
  }
})

test_that("each entry of the trace is the objective of a shorter run", {
  for (problem in class_problems()[c(5, 7, 10, 13)]) {
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
      for (passes in c(1, 2, 5, 11, 18)) {
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

test_that("logits far out do not overflow", {
  set.seed(7)
  problem <- make_problem(y ~ x1, class_data(100), 3)
  for (part in c("gate", "expert")) {
    parameters <- random_parameters(problem)
    parameters[[part]] <- 1e4 * parameters[[part]]
    for (curvature in c("bound", "fisher")) {
      core <- class_pass(problem, parameters, curvature)
      expect_true(all(is.finite(unlist(core))))
    }
  }
  # Of an expert, log-probabilities keep their digits however small they are.
  rows <- reference_rows(problem$data)
  joint <- log(reference_softmax(rows$x %*% parameters$gate)) +
    reference_log_density(rows, parameters, problem$model)
  expect_lt(min(joint), -1e4)
  expect_equal(
    core$log_likelihood, sum(reference_log_sum_exp(joint)),
    tolerance = 1e-12
  )
})
