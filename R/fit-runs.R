# Runs of the core: comparing them, joining their stages, and their cost.

#' The control with the passes that a run has left
#' @noRd
remaining <- function(control, run) {
  if (!is.null(run)) {
    control$max_passes <- control$max_passes - run$spent
  }
  control
}

# Runs whose objectives differ by less, in nats per row, are in one maximum.
same_maximum <- 1e-4

#' The order of runs, best first
#'
#' A mixture's likelihood has spikes without meaning, where an expert fits a few
#' rows exactly, and an expert that starves is frozen far from any optimum. Such
#' a run counts only if there is no other.
#' @noRd
rank_runs <- function(runs, problem) {
  spurious <- vapply(runs, is_spurious, NA, problem = problem)
  order(spurious, -vapply(runs, start_objective, 0))
}

#' @noRd
is_spurious <- function(run, problem) {
  any(run$starved) || any(spurious_experts(
    run$floored, run$expert_weight, problem$spec
  ))
}

#' Experts whose variance collapsed onto a few rows: by default fewer than three
#' for each of its coefficients. (Many rows on a line are no accident.)
#'
#' @param floored For each expert: is its variance at the floor?
#' @param weight Rows that each accounts for.
#' @noRd
spurious_experts <- function(floored, weight, spec, rows = 3) {
  floored & weight < rows * (n_columns(spec, "expert") + 1)
}

#' The objective of a run, -Inf if it failed
#' @noRd
start_objective <- function(run) {
  if (is.finite(run$objective)) run$objective else -Inf
}

#' Two stages of one start; their traces belong together if they saw the same
#' rows
#'
#' @param same_rows Did both stages see the same rows?
#' @noRd
join_runs <- function(before, after, same_rows) {
  after$spent <- after$spent + before$spent
  if (same_rows) {
    after$trace <- c(before$trace, after$trace)
    after$passes <- after$passes + before$passes
  }
  after
}

#' Multiplications in a pass, roughly
#' @noRd
pass_cost <- function(problem) {
  r <- n_columns(problem$spec, "expert")
  problem$rows * problem$spec$k *
    (r * (r + 1) / 2 + 4 * r + 10 + family_of(problem)$cost(problem$spec))
}
