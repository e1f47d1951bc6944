# The candidates from which each start is chosen, and starts that are the same.

#' The best of the candidates of every start, at most `most` of them each: a list
#' of list(type, run)
#'
#' @param try_each run_each() of the problem; it notes the best run.
#' @noRd
choose_starts <- function(problem, control, report, try_each, most) {
  short <- control
  # A later stage refines what is chosen here.
  short$tolerance <- max(control$tolerance, 1e-7)
  short$max_passes <- min(control$max_passes, 20)
  size <- 4e8 / (short$max_passes * pass_cost(problem) * control$starts)
  size <- min(most, max(1, floor(size)))
  types <- rep_len(
    c("regions", "segments", "lines", "k-means", "random"),
    size * control$starts
  )
  runs <- try_each(random_starts(problem, types), short, report)
  owner <- rep(seq_len(control$starts), each = size)
  best <- split(seq_along(runs), owner)
  if (size > 1) {
    # The best quarter goes on.
    better <- unlist(lapply(best, function(own) {
      own[rank_runs(runs[own], problem)[seq_len(ceiling(size / 4))]]
    }))
    left <- control$max_passes - vapply(runs[better], `[[`, 0, "spent")
    on <- better[left >= 1]
    after <- try_each(
      lapply(runs[on], `[[`, "parameters"), short, report, left[left >= 1]
    )
    runs[on] <- Map(join_runs, runs[on], after, TRUE)
    best <- lapply(split(better, owner[better]), function(own) {
      own[[rank_runs(runs[own], problem)[[1L]]]]
    })
  }
  lapply(unname(best), function(i) list(type = types[[i]], run = runs[[i]]))
}

#' The runs of starts
#' @noRd
runs_of <- function(starts) {
  lapply(starts, `[[`, "run")
}

#' Which runs ended in the optimum of one before them
#'
#' Two runs are at one optimum if their objectives agree, and with them what they
#' say of every row, whatever the order of their experts. The limits are what
#' runs of this tolerance leave open: half the mean square of the differences is
#' about the difference of the objectives, and a hundredth of what two samples of
#' this size differ by.
#' @param runs Where they ended.
#' @param order Their numbers, best first.
#' @return Some of these.
#' @noRd
repeated_runs <- function(problem, runs, order, control) {
  order <- Filter(function(i) runs[[i]]$reason == "converged", order)
  if (length(order) < 2L) {
    return(integer())
  }
  weights <- problem$data$weights
  if (!length(weights)) {
    weights <- rep(1, problem$rows)
  }
  density <- lapply(runs[order], function(run) {
    posterior_of(problem, run$parameters, control)$log_density
  })
  is_same <- function(i, j) {
    gap <- start_objective(runs[[order[[i]]]]) -
      start_objective(runs[[order[[j]]]])
    square <- sum(weights * (density[[i]] - density[[j]])^2)
    isTRUE(abs(gap) < 1e-5 * sum(weights) && square < 2e-5 * sum(weights))
  }
  first <- 1L
  for (i in seq_along(order)[-1L]) {
    if (!any(vapply(first, is_same, NA, i = i))) {
      first <- c(first, i)
    }
  }
  order[-first]
}
