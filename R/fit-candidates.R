# The candidates from which each start is chosen, and starts that are the same.

#' The best of the candidates of every start, and plain starts: a list of
#' list(type, run)
#'
#' @param try_each run_each() of the problem; it notes the best run.
#' @param budget As in fit_starts().
#' @noRd
choose_starts <- function(problem, control, report, try_each, budget) {
  short <- control
  # A later stage refines what is chosen here.
  short$tolerance <- max(control$tolerance, 1e-7)
  short$max_passes <- min(control$max_passes, 20)
  affordable <- budget$share * 4e8 / (short$max_passes * pass_cost(problem))
  size <- min(budget$most, max(1, floor(affordable / control$starts)))
  types <- rep_len(
    c("regions", "segments", "lines", "k-means", "random"),
    size * control$starts + budget$plain
  )
  runs <- try_each(random_starts(problem, types), short, report)
  owner <- c(
    rep(seq_len(control$starts), each = size),
    control$starts + seq_len(budget$plain)
  )
  best <- split(seq_along(runs), owner)
  if (size > 1) {
    # The best quarter goes on.
    better <- unlist(lapply(best, function(own) {
      own[rank_runs(runs[own], problem)[seq_len(ceiling(length(own) / 4))]]
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

#' Which runs on a subsample may lead to the best fit of all rows
#'
#' Of two runs in one optimum the first goes on. Two are in one optimum if their
#' objectives agree, and with them what they say of every row, whatever the order
#' of their experts. The limits are what runs of this tolerance leave open: half
#' the mean square of the differences is about the difference of the objectives,
#' and a hundredth of what two samples of this size differ by. A run that is worse
#' than the best one by more than four standard errors of this difference, that
#' is, of the sum of what rows differ by (Vuong 1989), stays behind.
#' @param runs Where they ended.
#' @param order Their numbers, best first.
#' @return list(go_on, same: in an optimum of one before), some of these numbers.
#' @noRd
promising_runs <- function(problem, runs, order, control) {
  if (length(order) < 2L) {
    return(list(go_on = order, same = integer()))
  }
  weights <- problem$data$weights
  if (!length(weights)) {
    weights <- rep(1, problem$rows)
  }
  density <- lapply(runs[order], function(run) {
    posterior_of(problem, run$parameters, control)$log_density
  })
  total <- sum(weights)
  objective <- vapply(runs[order], start_objective, 0)
  is_same <- function(i, j) {
    isTRUE(abs(objective[[i]] - objective[[j]]) < 1e-5 * total &&
      sum(weights * (density[[i]] - density[[j]])^2) < 2e-5 * total)
  }
  is_behind <- function(i) {
    gap <- objective[[1L]] - objective[[i]]
    rows <- density[[1L]] - density[[i]]
    isTRUE(gap > 4 * sqrt(sum(weights * (rows - gap / total)^2)))
  }
  converged <- vapply(runs[order], `[[`, "", "reason") == "converged"
  first <- 1L
  same <- integer()
  for (i in seq_along(order)[-1L]) {
    if (any(vapply(first[converged[first] & converged[[i]]], is_same, NA, i = i))) {
      same <- c(same, i)
    } else if (!is_behind(i)) {
      first <- c(first, i)
    }
  }
  list(go_on = order[first], same = order[same])
}
