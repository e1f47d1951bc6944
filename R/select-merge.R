# Walking down from K experts to one: which two atoms of the mixing measure are
# merged, and how the merged model is refined before the next merge.
#
# A level is list(k, parameters, log_likelihood, entropy, gate_share, floored,
# starved, expert_weight): a model of k experts in the working basis, and what
# the data say of it. A merge is list(first, second, height): positions of the
# atoms, first < second; the merged one takes the place of the first.

#' The levels from `parameters` to one expert, and the merges between them
#'
#' @param problem What the core computes on; its `data` may be `NULL` if the
#'   path is neither refined nor asked for likelihoods.
#' @param rule list(dissimilarity, refine, standardise, atom_weight).
#' @return list(levels, merges), from the most experts to one.
#' @noRd
merge_path <- function(problem, parameters, rule, control, report = NULL) {
  if (rule$dissimilarity == "voronoi" && !rule$refine) {
    return(published_path(walk_problem(problem), parameters, rule, control))
  }
  # What is given is judged as it was fitted, what follows has a little ridge.
  level <- evaluate_level(problem, parameters, control)
  problem <- walk_problem(problem)
  screen <- screening_problem(problem)
  levels <- list(level)
  merges <- list()
  for (k in rev(seq_len(problem$spec$k - 1L))) {
    merge <- if (rule$dissimilarity == "likelihood") {
      cheapest_merge(screen, level, rule, control, report)
    } else {
      now <- with_experts(problem, level$k)
      merge_nearest(now, level$parameters, rule, control)[[1L]]
    }
    level <- refine_level(
      with_experts(problem, k), merge$parameters, rule, control, report
    )
    if (rule$dissimilarity == "likelihood") {
      before <- levels[[length(levels)]]
      merge$height <- (before$log_likelihood - level$log_likelihood) /
        problem$weight
    }
    merges <- c(merges, list(merge[c("first", "second", "height")]))
    levels <- c(levels, list(level))
  }
  list(levels = levels, merges = merges)
}

#' A problem to walk on: with a little ridge
#'
#' Overfitted experts for classes separate them, and overfitted gates the
#' experts, which sends coefficients to where no merge leads back from. Of walks
#' on classes 15 to 40 % ended in a good model of the true number of experts
#' without a ridge, nearly all with 0.1. For Gaussian experts a tenth of that is
#' enough (experiment 5: 147 of 150 walks without).
#' @noRd
walk_problem <- function(problem) {
  least <- family_of(problem)$defaults$ridge
  problem$spec$ridge <- max(problem$spec$ridge, least)
  problem$spec["prior"] <- list(NULL) # of a fit with other experts
  problem
}

#' The path as published: merges only
#' @noRd
published_path <- function(problem, parameters, rule, control) {
  steps <- merge_nearest(problem, parameters, rule, control)
  merged <- lapply(steps, `[[`, "parameters")
  levels <- lapply(c(list(parameters), merged), function(own) {
    if (is.null(problem$data)) {
      return(list(
        k = ncol(own$gate), parameters = own,
        log_likelihood = NA_real_, entropy = NA_real_
      ))
    }
    evaluate_level(with_experts(problem, ncol(own$gate)), own, control)
  })
  list(
    levels = levels,
    merges = lapply(steps, `[`, c("first", "second", "height"))
  )
}

#' Merges of the nearest atoms down to one, all in the core
#' @noRd
merge_nearest <- function(problem, parameters, rule, control) {
  from <- problem$spec$basis
  to <- if (rule$standardise) from else user_basis(from)
  steps <- in_core(core_merge_path(
    spec_model(problem$spec),
    move_parameters(parameters, from, to, problem$spec),
    atom_weights(problem, parameters, rule, control), from$expert$intercept
  ))
  lapply(steps, function(step) {
    step$parameters <- move_parameters(
      step$parameters, to, from, problem$spec
    )
    step
  })
}

#' The two atoms whose merge loses least log-likelihood
#'
#' Every pair is merged and refined for a few passes, the best of them for
#' more. This looks at a sample of large data.
#' @noRd
cheapest_merge <- function(problem, level, rule, control, report) {
  before <- with_experts(problem, level$k)
  after <- with_experts(problem, level$k - 1L)
  pairs <- utils::combn(level$k, 2L)
  # An expert whose likelihood means nothing would be kept to the end.
  odd <- spurious_in_level(level, before)
  if (any(odd) && !all(odd)) {
    pairs <- pairs[, odd[pairs[1L, ]] | odd[pairs[2L, ]], drop = FALSE]
  }
  candidates <- lapply(seq_len(ncol(pairs)), function(i) {
    merged <- better_merge(before, after, level, pairs[, i], control)
    run <- short_run(
      after, merged, if (rule$refine) glance_passes else 1, control, report
    )
    list(
      first = pairs[[1L, i]], second = pairs[[2L, i]], run = run,
      merged = merged
    )
  })
  best_first <- function(candidates) {
    order <- rank_runs(lapply(candidates, `[[`, "run"), after)
    candidates[order]
  }
  candidates <- best_first(candidates)
  if (rule$refine && length(candidates) > 1L) {
    most <- family_of(problem)$defaults$finalists
    finalists <- candidates[seq_len(min(most, length(candidates)))]
    candidates <- best_first(lapply(finalists, function(candidate) {
      candidate$run <- short_run(
        after, candidate$run$parameters, refine_passes, control, report
      )
      candidate
    }))
  }
  best <- candidates[[1L]]
  list(
    first = best$first, second = best$second,
    parameters = if (rule$refine) best$run$parameters else best$merged
  )
}

#' Two atoms merged, by what rows say of their weights or by the gate's
#' intercepts, whichever has the larger likelihood
#'
#' Where gates are confident, the mean of two gates by the rows' weights can be
#' far from both, and so can be that by the intercepts, which tell of the centre
#' of the covariates only.
#'
#' @param pair The numbers of the two experts.
#' @noRd
better_merge <- function(before, after, level, pair, control) {
  by_rows <- level$expert_weight + 1e-12 * sum(level$expert_weight)
  merged <- lapply(list(by_rows, numeric()), function(weights) {
    in_core(core_merge(
      spec_model(before$spec), level$parameters, weights,
      pair[[1L]], pair[[2L]],
      before$spec$basis$expert$intercept
    ))
  })
  objective <- vapply(merged, function(parameters) {
    start_objective(evaluate_parameters(after, parameters, control))
  }, 0)
  merged[[which.max(objective)]]
}

# Passes of every candidate, of the best of them and of a level. (How many go on
# is a default of the family: after a few passes it does not always show which
# merge is best. Of ten walks on the bench's classes_3, n = 2e4, four missed the
# best model of three experts with three finalists, none with eight.)
glance_passes <- 5
refine_passes <- 100
refine_tolerance <- 1e-8

#' @param passes The most passes.
#' @noRd
short_run <- function(problem, parameters, passes, control, report = NULL) {
  control$max_passes <- min(passes, control$max_passes)
  control$tolerance <- max(control$tolerance, refine_tolerance)
  stop_if_interrupted(run_core(problem, parameters, control, report))
}

#' Half a walk is no path
#' @noRd
stop_if_interrupted <- function(run) {
  if (run$reason == "interrupted") {
    abort("interrupted", c(
      "Interrupted before the path was complete.",
      "i" = "A smaller {.arg k_max} or fewer rows make it faster."
    ), call = NULL) # what was interrupted is what the user called
  }
  run
}

#' @noRd
refine_level <- function(problem, parameters, rule, control, report) {
  run <- short_run(
    problem, parameters, if (rule$refine) refine_passes else 1, control, report
  )
  describe_level(problem, run, control)
}

#' @noRd
evaluate_level <- function(problem, parameters, control) {
  run <- evaluate_parameters(problem, parameters, control)
  run$parameters <- parameters
  describe_level(problem, run, control)
}

#' @noRd
describe_level <- function(problem, run, control) {
  description <- describe_rows(problem, run$parameters, control)
  c(
    list(
      k = problem$spec$k, entropy = description$entropy,
      gate_share = description$gate / problem$weight,
      point_mass = point_masses(problem, run$parameters, control)
    ),
    run[c(
      "parameters", "log_likelihood", "starved", "floored", "expert_weight"
    )]
  )
}

#' Weights of the atoms, for the core; none where they come from the intercepts
#' @noRd
atom_weights <- function(problem, parameters, rule, control) {
  if (rule$atom_weight == "intercept") {
    return(numeric())
  }
  describe_rows(problem, parameters, control)$gate
}

#' Rows to try merges on: a few thousand, more where rows say less
#' @noRd
screening_problem <- function(problem) {
  size <- max(
    family_of(problem)$defaults$screen_rows,
    20 * count_parameters(problem$spec)
  )
  if (problem$rows <= 1.25 * size) {
    return(read_problem(problem))
  }
  # Evenly spaced, so that no random number is drawn.
  subset_problem(problem, even_rows(problem$rows, size))
}
