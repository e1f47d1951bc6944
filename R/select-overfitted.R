# The fit that a walk begins with.

# Passes over all rows of the overfitted fit, after those over a sample.
overfitted_passes <- 30

#' A fit with too many experts: a good one, not the best
#'
#' With more experts than necessary hardly any start is bad, and the walk down
#' repairs the rest: a few candidates are enough, and a rough end.
#' @noRd
fit_overfitted <- function(problem, control, report,
                           call = rlang::caller_env()) {
  if (problem$spec$k == 1) {
    return(fit_starts(problem, NULL, control, report, call)$best)
  }
  quick <- control
  quick$starts <- 1
  quick$max_passes <- min(control$max_passes, refine_passes)
  sample <- screening_problem(problem)
  try_run <- function(...) stop_if_interrupted(run_core(...))
  try_each <- function(...) {
    lapply(run_each(sample, ...), stop_if_interrupted)
  }
  run <- choose_starts(sample, quick, report, try_each, search_budget(most = 8))[[1L]]$run
  # Eight moves, where the family makes any.
  quick$starts <- 2
  run <- improve_by_moves(sample, run, quick, report, try_run)
  if (sample$rows == problem$rows) {
    return(run)
  }
  short_run(problem, run$parameters, overfitted_passes, control, report)
}
