# The curvature of the objective around a fit, and what follows from it: the
# effective number of parameters, and the evidence in Laplace's approximation.

#' What the core knows of the objective around a point, to second order; NULL if
#' the user interrupted
#' @noRd
problem_information <- function(problem, parameters, control) {
  sum_over_data(problem, piece_information, list(
    parameters = parameters, threads = control$threads
  ), c("log_likelihood", "score", "information"))
}

#' The same, where it costs many seconds with the information of a part of the
#' rows in place of all
#'
#' Ridge and effective number of parameters ask only how much smaller the
#' penalty is than the information: with so many rows that is very little.
#' @noRd
quick_information <- function(problem, parameters, control) {
  count <- count_parameters(problem$spec)
  most <- max(50 * count, evidence_settings$arithmetic / count^2)
  if (problem$rows <= 2 * most) {
    return(problem_information(problem, parameters, control))
  }
  # A seed of its own: a fit from a given start leaves the random numbers alone.
  part <- with_seed(1, random_part(problem, floor(most)))$value
  found <- problem_information(part, parameters, control)
  if (!is.null(found)) {
    found$information <- found$information * (problem$weight / part$weight)
  }
  found
}

#' @param arguments list(model, parameters, threads).
#' @noRd
piece_information <- function(data, arguments) {
  core_information(
    data, arguments$model, arguments$parameters, arguments$threads
  )
}

#' The curvature of ridge, other priors and likelihood together
#' @noRd
total_curvature <- function(found, positive = positive_part(found$information)) {
  positive + found$penalty_curvature + positive_part(found$prior_hessian)
}

#' The positive part of the information, the curvature of the ridge, and the
#' inverse of their sum, that of the other priors included
#' @noRd
prior_curvature <- function(found) {
  positive <- positive_part(found$information)
  shrinkage <- found$penalty_curvature
  total <- total_curvature(found, positive)
  inverse <- definite_inverse(total)
  if (is.null(inverse)) {
    parts <- eigen(total, TRUE)
    values <- pmax(parts$values, 1e-8 * max(parts$values))
    inverse <- parts$vectors %*% (t(parts$vectors) / values)
  }
  list(positive = positive, shrinkage = shrinkage, inverse = inverse)
}

#' The effective number of parameters, tr(H^-1 H0+)
#'
#' @param found What problem_information() gives; it is not needed where all count.
#' @noRd
effective_parameters <- function(spec, found) {
  if (all_parameters_count(spec)) {
    return(count_parameters(spec))
  }
  if (is.null(found)) {
    return(NA_real_)
  }
  curvature <- prior_curvature(found)
  sum(curvature$inverse * curvature$positive)
}

#' Is the number of parameters that of all? It is without ridge, and where there are
#' so many that roots and eigenvalues of their information would take minutes.
#' @noRd
all_parameters_count <- function(spec) {
  spec$ridge == 0 || count_parameters(spec) > most_effective_parameters
}

most_effective_parameters <- 3000

#' The order of fits with their ridges, that of the greatest evidence first; of
#' those that are alike, or have none (few rows), that with the stronger ridge
#'
#' @param found A list of what settle_evidence() gives, each with its `evidence`,
#'   by laplace_evidence().
#' @noRd
rank_evidence <- function(found) {
  spurious <- vapply(found, function(one) is_spurious(one$run, one$problem), NA)
  ridge <- vapply(found, function(one) max(ridge_of(one$problem)), 0)
  order(spurious, -round(vapply(found, `[[`, 0, "evidence"), 2), -ridge)
}

#' The logarithm of the marginal likelihood in Laplace's approximation, with the
#' constants of one number of experts left out; -Inf where the curvature is not
#' positive
#'
#' Coefficients that the ridge acts on have its normal prior, the others
#' (intercepts and variances) one that is worth one row.
#' @noRd
laplace_evidence <- function(problem, run, control) {
  if (is.null(run$parameters) || !is.finite(run$objective)) {
    return(-Inf)
  }
  found <- problem_information(problem, run$parameters, control)
  if (is.null(found)) {
    signal_interrupt()
    return(-Inf)
  }
  shrunk <- diag(found$penalty_curvature) > 0
  total <- total_curvature(found)
  run$objective + prior_constant(problem) +
    log_determinant(found$penalty_curvature, shrunk) / 2 +
    (log_determinant(total, !shrunk) - sum(!shrunk) * log(problem$weight)) / 2 -
    log_determinant(total, TRUE) / 2
}

#' What the objective leaves out of the weak priors' densities and another fit
#' has otherwise
#' @noRd
prior_constant <- function(problem) {
  if (!has_part(problem, "prior_constant")) {
    return(0)
  }
  family_of(problem)$prior_constant(problem$spec$prior, problem$spec)
}

#' Are there rows enough for Laplace's approximation? Five for each coefficient
#' are the least (Kass and Raftery 1995); variances have a prior of their own.
#' @noRd
has_rows_for_evidence <- function(problem) {
  coefficients <- count_parameters(problem$spec) -
    length(spec_labels(problem$spec)$scale)
  problem$weight >= 5 * coefficients
}
