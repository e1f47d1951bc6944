# What the objective has beside the log-likelihood: the ridge, which may differ
# between gate and experts, and two weak priors, each worth about one row.
#
# The likelihood of a mixture has no maximum: an expert may sit on a few rows
# that it fits exactly, or have a class that never occurs, and a gate may close.
# A ridge bounds slopes; it acts neither on variances nor on intercepts.
# - Variances: C_k + a S in place of C_k and n_k + a in place of n_k, a rows
#   with a typical residual covariance S of the experts. It is that of the last
#   fit while the ridge is sought, of a single regression at first. A mean over
#   experts is not large where regimes are far apart, as the residual variance of
#   a single regression is.
# - Intercepts: a row at the mean of the covariates, in the gate with all
#   experts as probable, in each expert for classes (a k-th of a row) with the
#   shares of the classes among all rows.

# Rows that the prior on the intercepts is worth.
intercept_rows <- 1

#' The prior of a problem: list(ridge = c(gate =, expert =), ...), the rest
#' elements of the core's model
#'
#' @param problem What new_problem() gives.
#' @param control Has the weight of the variance prior.
#' @param ridge A number, or one each for gate and experts.
#' @param run The last run of the core; NULL for a single regression.
#' @noRd
problem_prior <- function(problem, control, ridge, run = NULL,
                          call = rlang::caller_env()) {
  row <- row_weight(problem)
  prior <- list(ridge = stats::setNames(rep_len(ridge, 2L), ridge_groups))
  if (problem$spec$basis$gate$intercept) {
    prior$gate_prior <- intercept_rows * row
  }
  if (has_part(problem, "prior")) {
    weights <- row * c(
      variance = control$variance_prior, intercept = intercept_rows, row = 1
    )
    prior <- c(prior, family_of(problem)$prior(problem, weights, function() {
      if (is.null(run)) single_run(problem, control, call) else run
    }))
  }
  prior
}

#' The problem with another ridge
#'
#' @param prior What problem_prior() gives.
#' @param ridge A number, or one each for gate and experts.
#' @noRd
set_ridge <- function(problem, prior, ridge) {
  prior$ridge[] <- ridge
  problem$spec$prior <- prior
  problem$spec$ridge <- max(ridge)
  problem
}

#' The ridges of gate and experts
#' @noRd
ridge_of <- function(problem) {
  problem$spec$prior$ridge
}

#' The problem with another ridge and the priors that go with it
#'
#' @param run The last run, or `NULL`, see problem_prior().
#' @noRd
move_ridge <- function(problem, control, ridge, run,
                       call = rlang::caller_env()) {
  set_ridge(problem, problem_prior(problem, control, ridge, run, call), ridge)
}

#' One regression for all rows
#'
#' Its ridge of one changes nothing where rows are many, and leaves a residual
#' where there are more columns than rows.
#' @noRd
single_run <- function(problem, control, call) {
  problem <- with_experts(problem, 1)
  problem$spec$ridge <- 1
  problem$spec["prior"] <- list(NULL)
  problem$method <- "mm"
  control$max_passes <- 20
  run <- run_core(problem, single_start(problem$spec$k), control)
  if (run$reason == "interrupted") {
    refuse_interrupted(call)
  }
  run
}
