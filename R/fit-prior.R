# What the objective has beside the log-likelihood: the ridge, which may differ
# between gate and experts, and two weak priors, each worth about one row.
#
# The likelihood of a mixture has no maximum: an expert may sit on a few rows
# that it fits exactly, or have a class that never occurs, and a gate may close.
# A ridge bounds slopes; it acts neither on variances nor on intercepts.
# - Variances: C_k + a S in place of C_k and n_k + a in place of n_k, a rows
#   with the residual covariance S of a single regression over k^2.
# - Intercepts: a row at the mean of the covariates, in the gate with all
#   experts as probable, in each expert for classes (a k-th of a row) with the
#   shares of the classes among all rows.

# Rows that the prior on the intercepts is worth.
intercept_rows <- 1

#' Is the ridge to be found by the fit itself?
#' @noRd
is_auto <- function(control) {
  identical(control$ridge, "auto")
}

#' Does a fit have a ridge, fixed or found?
#' @noRd
has_ridge <- function(control) {
  is_auto(control) || control$ridge > 0
}

#' The ridge that a fit begins with
#' @noRd
first_ridge <- function(control) {
  if (is_auto(control)) evidence_settings$start else control$ridge
}

#' The control of walks down a tree, which have a fixed ridge: that of the fit
#' they start from, if it found one
#' @noRd
fixed_ridge <- function(control, ridge = 0) {
  if (is_auto(control)) {
    control$ridge <- max(ridge)
  }
  control
}

#' The control of a fit with k experts: one expert has a likelihood with a
#' maximum, and is the regression that others fit
#' @noRd
settle_ridge <- function(control, k) {
  if (k == 1 && is_auto(control)) {
    control$ridge <- 0
  }
  control
}

#' The prior of a problem: list(ridge = c(gate =, expert =), ...), the rest
#' elements of the core's model
#'
#' @param problem What new_problem() gives.
#' @param control Has the weight of the variance prior.
#' @param ridge A number, or one each for gate and experts.
#' @noRd
problem_prior <- function(problem, control, ridge) {
  row <- row_weight(problem)
  prior <- list(ridge = stats::setNames(rep_len(ridge, 2L), ridge_groups))
  if (problem$spec$basis$gate$intercept) {
    prior$gate_prior <- intercept_rows * row
  }
  if (has_part(problem, "prior")) {
    prior <- c(prior, family_of(problem)$prior(problem, control, row))
  }
  prior
}

ridge_groups <- c("gate", "expert")

#' A model of the core with a prior in place of the ridge it has
#' @noRd
with_prior <- function(model, basis, prior) {
  if (is.null(prior)) {
    return(model)
  }
  for (group in ridge_groups) {
    model[[paste0(group, "_penalty")]] <-
      column_penalty(basis[[group]], prior$ridge[[group]])
  }
  utils::modifyList(model, prior[names(prior) != "ridge"])
}

#' The problem with another ridge
#' @noRd
set_ridge <- function(problem, prior, ridge) {
  prior$ridge[] <- ridge
  problem$spec$prior <- prior
  problem$spec$ridge <- max(ridge)
  problem
}

#' Residual covariance of one regression for all rows, in the working basis
#'
#' Its ridge of one changes nothing where rows are many, and leaves a residual
#' where there are more columns than rows.
#' @noRd
single_covariance <- function(problem, control) {
  problem <- with_experts(problem, 1)
  problem$spec$ridge <- 1
  problem$spec["prior"] <- list(NULL)
  problem$method <- "mm"
  control$max_passes <- 20
  run_core(problem, start_posterior(problem, "single"), control)$
    parameters$covariance
}
