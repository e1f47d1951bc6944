# The core against its slow twins in helper-reference.R, and the twins against
# what the mathematics promises, for every family (helper-families.R).

pass <- function(problem, parameters, curvature, threads = 1) {
  core_pass(
    problem$data, problem$model, reference_pack(parameters, problem$model),
    curvature, threads
  )
}

# A run of the plain algorithm, or another.
short_run <- function(problem, start, passes, curvature = "bound",
                      acceleration = "none") {
  core_fit(problem$data, problem$model, start, list(
    max_passes = passes, tolerance = 0, method = "mm", curvature = curvature,
    acceleration = acceleration, history = 10, threads = 1
  ), NULL)
}

every <- function(problems, step, from = 1) {
  problems[seq(from, length(problems), step)]
}

test_families("the entry has cases of every kind", slow = TRUE, function(case) {
  expect_gte(length(case$singles()), 8)
  expect_gte(length(case$predicted), 6)
  expect_gte(length(case$merges), 4)
  problems <- case$problems()
  count <- function(has) sum(vapply(problems, has, NA))
  expect_gte(length(problems), 12)
  expect_gte(count(function(one) length(one$data$weights) > 0), 4)
  expect_gte(count(function(one) any(one$model$expert_penalty > 0)), 4)
  expect_gte(count(function(one) !is.null(one$data$expert)), 4)
  experts <- vapply(problems, function(one) one$model$experts, 0)
  expect_true(all(1:3 %in% experts))
  expect_gt(max(experts), 3)
})

test_families("packing is what it says and loses nothing", function(case) {
  for (problem in case$problems()) {
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

test_families("a pass is the reference pass, under either curvature", function(case) {
  for (problem in case$problems()) {
    for (spread in c(0.3, 2)) {
      parameters <- random_parameters(problem, spread)
      packed <- reference_pack(parameters, problem$model)
      for (curvature in c("bound", "fisher")) {
        core <- pass(problem, parameters, curvature)
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
          tolerance = case$pass_precision
        )
        # Not trivially so: the pass went somewhere.
        expect_gt(max(abs(core$image - packed)), 1e-3)
      }
    }
  }
})

test_families("logits stay in their sum-zero form", function(case) {
  for (problem in case$problems()) {
    parameters <- random_parameters(problem)
    for (curvature in c("bound", "fisher")) {
      image <- core_unpack(
        problem$model, pass(problem, parameters, curvature)$image
      )
      expect_equal(
        image, reference_centre(image, problem$model),
        tolerance = 1e-9
      )
      expect_lt(max(abs(rowSums(image$gate))), 1e-9)
    }
  }
})

test_families("a fit's first steps are the reference's, from a posterior too", function(case) {
  for (problem in every(case$problems(), 3)) {
    posterior <- random_posterior(problem$rows, problem$k)
    parameters <- reference_start(problem, posterior)
    objective <- numeric(4)
    for (i in 1:4) {
      slow <- reference_pass(problem$data, problem$model, parameters)
      objective[[i]] <- slow$objective
      before <- parameters
      parameters <- slow$parameters
    }
    run <- short_run(problem, list(posterior = posterior), 4)
    expect_equal(run$trace, objective, tolerance = 1e-10)
    expect_equal(run$parameters, before, tolerance = 1e-7)
    expect_identical(run$reason, "pass_limit")
  }
})

test_families("each entry of the trace is the objective of a shorter run", function(case) {
  for (problem in every(case$problems(), 4, from = 2)) {
    posterior <- random_posterior(problem$rows, problem$k)
    for (acceleration in c("none", "anderson", "quasi-newton")) {
      run <- function(passes) {
        short_run(
          problem, list(posterior = posterior), passes, "fisher", acceleration
        )
      }
      longest <- run(30)
      trace <- longest$trace
      # A run may come to its maximum, to the last digit, before.
      expect_true(length(trace) == 30 || longest$reason == "converged")
      for (passes in intersect(c(1, 2, 5, 11, 18, 30), seq_along(trace))) {
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

test_families("the gradient is that of the objective", slow = TRUE, function(case) {
  for (problem in case$problems()) {
    parameters <- random_parameters(problem, 0.7)
    packed <- reference_pack(parameters, problem$model)
    numeric <- numeric_gradient(function(at) {
      reference_objective(
        problem$data, problem$model, reference_unpack(at, problem$model)
      )
    }, packed)
    core <- pass(problem, parameters, "bound")$gradient
    expect_lt(max(abs(core - numeric)) / max(abs(numeric)), 1e-8)
  }
})

test_families("the surrogate touches, stays below, and is what a pass maximises", function(case) {
  for (problem in case$problems()) {
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
    expect_gt(core$gain, 0)
    if (case$maximises) {
      # The gain that the core promises is the rise of the surrogate.
      expect_equal(surrogate(best), here + core$gain, tolerance = 1e-9)
    } else {
      expect_gt(surrogate(best), here)
    }
    packed <- reference_pack(anchor, problem$model)
    # The bound holds on sum-zero coefficients.
    near <- function(at, size) {
      moved <- at + stats::rnorm(length(at), sd = size)
      reference_centre(reference_unpack(moved, problem$model), problem$model)
    }
    for (size in c(1e-3, 0.03, 0.3, 1, 3)) {
      away <- near(packed, size)
      expect_lte(surrogate(away), objective(away) + slack)
      if (case$maximises) {
        expect_lte(surrogate(away), surrogate(best) + slack)
        expect_lte(surrogate(near(core$image, size)), surrogate(best) + slack)
      }
    }
  }
})

test_families("a starved expert keeps its parameters, the others do not care", function(case) {
  set.seed(3)
  for (problem in case$starved()) {
    parameters <- random_parameters(problem)
    # An expert with next to no weight.
    parameters$gate[1, ] <- c(20, -40, 20)
    slow <- reference_pass(problem$data, problem$model, parameters, "bound")
    expect_identical(slow$starved, c(FALSE, TRUE, FALSE))
    run <- short_run(problem, parameters, 2)
    expect_identical(unlist(run$starved), c(FALSE, TRUE, FALSE))
    q <- problem$model$responses
    expect_identical(
      reference_own(run$parameters$expert, 2, q),
      reference_own(parameters$expert, 2, q)
    )
    expect_equal(
      core_pack(problem$model, run$parameters),
      reference_pack(slow$parameters, problem$model),
      tolerance = 1e-8
    )
  }
})

test_families("directions without information keep their value", function(case) {
  set.seed(5)
  # A further column repeats the second: no ridge, so the Gram is singular.
  problem <- case$repeated()
  part <- problem$data$gate
  part$values <- cbind(part$values, part$values[, 2])
  part$centre <- c(part$centre, part$centre[[2]])
  part$scale <- c(part$scale, part$scale[[2]])
  problem$data$gate <- part
  columns <- ncol(part$values)
  problem$model$gate_penalty <- problem$model$expert_penalty <- numeric(columns)
  parameters <- random_parameters(problem)
  # The difference of twins cannot be known: it stays where it was.
  null <- replace(numeric(columns), c(2, columns), c(1, -1))
  slow <- reference_pass(problem$data, problem$model, parameters, "bound")
  expect_equal(
    pass(problem, parameters, "bound")$image,
    reference_pack(slow$parameters, problem$model),
    tolerance = 1e-7
  )
  for (curvature in c("bound", "fisher")) {
    packed <- pass(problem, parameters, curvature)$image
    image <- reference_unpack(packed, problem$model)
    for (part in c("gate", "expert")) {
      expect_equal(
        drop(null %*% image[[part]]), drop(null %*% parameters[[part]]),
        tolerance = 1e-7
      )
    }
  }
})

test_families("parameters far out do not overflow", function(case) {
  set.seed(7)
  problem <- case$far()
  rows <- reference_rows(problem$data)
  for (part in c("gate", "expert")) {
    parameters <- random_parameters(problem)
    parameters[[part]] <- case$far_factor[[part]] * parameters[[part]]
    for (curvature in c("bound", "fisher")) {
      core <- pass(problem, parameters, curvature)
      expect_true(all(is.finite(unlist(core))))
      # The gate's logarithms by themselves: its smallest probabilities are zero.
      gate <- rows$x %*% parameters$gate
      joint <- gate - reference_log_sum_exp(gate) +
        reference_log_density(rows, parameters, problem$model)
      expect_lt(min(joint), -1e3)
      expect_equal(
        core$log_likelihood, sum(reference_log_sum_exp(joint)),
        tolerance = 1e-12
      )
    }
  }
})
