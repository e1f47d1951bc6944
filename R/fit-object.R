# The fit object, however the fit came about.

#' A fit
#'
#' @param spec What the model is.
#' @param outcome list(parameters, log_likelihood, objective, reason, passes,
#'   trace, gain, starts, gate_share, posterior_weight, entropy, starved,
#'   floored, diverging), likelihoods on the scale of the response; maybe
#'   point_mass, df, evidence and curvature.
#' @param rows list(weight, rows, dropped, blueprint, na.action, model,
#'   variables): what is kept of the rows it was made from.
#' @param simd What it ran on.
#' @noRd
new_sgmoe <- function(spec, method, outcome, rows, control, call,
                      simd = simd_in_use()) {
  # What users look at comes first; of `spec`, that is a view.
  view <- spec[c("k", "family", "covariance", "shared")]
  fit <- c(view, list(
    method = method,
    coefficients = user_coefficients(outcome$parameters, spec),
    log_likelihood = outcome$log_likelihood, objective = outcome$objective,
    df = outcome$df %||% count_parameters(spec),
    nobs = rows$weight,
    converged = outcome$reason == "converged"
  ), outcome[c(
    "reason", "passes", "trace", "gain", "starts", "gate_share",
    "posterior_weight", "entropy", "starved", "floored", "point_mass"
  )], list(
    ridge = if (is.null(outcome$evidence)) spec$ridge else spec$prior$ridge,
    evidence = outcome$evidence, curvature = outcome$curvature,
    diverging = outcome$diverging,
    parameters = outcome$parameters, basis = spec$basis,
    responses = spec$responses, spec = spec, rows = rows$rows,
    blueprint = rows$blueprint, na.action = rows$na.action,
    dropped = rows$dropped, model = rows$model, variables = rows$variables,
    call = call, control = control,
    version = as.character(utils::packageVersion("sgmoe")),
    simd = simd
  ))
  structure(fit, class = "sgmoe")
}

#' The fit of a problem, from the best of its runs
#'
#' @param runs list(best: a run of the core, table: of all starts); with a ridge
#'   that was found, problem: with that ridge, and evidence: how.
#' @param fit_call What the fit keeps as its call.
#' @param model Keep the model frame?
#' @param errors Keep what standard errors are made of?
#' @noRd
batch_fit <- function(problem, runs, control, fit_call, model,
                      call = rlang::caller_env(), errors = !model) {
  if (!is.null(runs$problem)) {
    problem <- runs$problem
  }
  spec <- problem$spec
  run <- runs$best
  # A ridge keeps slopes finite whatever the information is.
  informative <- spec$ridge == 0
  # Who keeps no rows keeps what its standard errors are made of.
  keeps <- errors && keeps_curvature(spec)
  found <- if (keeps) {
    problem_information(problem, run$parameters, control)
  } else if (!all_parameters_count(spec)) {
    quick_information(problem, run$parameters, control)
  }
  description <- describe_rows(problem, run$parameters, control, informative)
  constant <- scale_constant(spec, problem$weight)
  outcome <- list(
    parameters = run$parameters,
    log_likelihood = run$log_likelihood + constant,
    objective = run$objective + constant,
    reason = run$reason, passes = run$passes, trace = run$trace + constant,
    gain = run$gain / problem$weight, starts = runs$table,
    gate_share = description$gate / problem$weight,
    posterior_weight = description$posterior, entropy = description$entropy,
    starved = run$starved, floored = run$floored,
    point_mass = point_masses(problem, run$parameters, control),
    df = effective_parameters(spec, found),
    curvature = if (keeps) {
      kept_curvature(problem, found, run$parameters, control)
    },
    evidence = runs$evidence,
    diverging = if (informative) {
      diverging_blocks(description, run$parameters, problem)
    }
  )
  if (outcome$reason %in% c("converged", "pass_limit") &&
    length(outcome$diverging)) {
    outcome$reason <- "separated"
  }
  fit <- new_sgmoe(
    spec, problem$method, outcome, kept_rows(problem, model), control, fit_call
  )
  check_finite_fit(permute_experts(fit, canonical_order(fit)), call)
}

#' What a fit keeps of its rows
#' @noRd
kept_rows <- function(problem, model) {
  design <- problem$design
  list(
    weight = problem$weight, rows = problem$rows, blueprint = design$blueprint,
    dropped = design$dropped %||% length(design$na_action),
    na.action = if (model) design$na_action,
    model = if (model) design$frame,
    variables = if (model) design$variables
  )
}

#' By average gate probability, ties by the first coefficient
#' @noRd
canonical_order <- function(fit) {
  q <- length(fit$spec$responses)
  basis <- fit$spec$basis
  first <- move_parameters(
    fit$parameters, basis, user_basis(basis), fit$spec
  )$expert[1L, 1L + (seq_len(fit$k) - 1L) * q]
  order(-round(fit$gate_share, 12), first)
}

#' The fit with its experts in another order
#' @noRd
permute_experts <- function(fit, order) {
  fit <- with_parameters(fit, permute_parameters(fit$parameters, order))
  if (!is.null(fit$curvature)) {
    fit$curvature <- permute_curvature(fit$curvature, fit$spec, order)
  }
  by_expert <- c(
    "gate_share", "posterior_weight", "starved", "floored", "point_mass"
  )
  for (field in by_expert) {
    fit[[field]] <- fit[[field]][order]
  }
  if (!is.null(fit$diverging)) {
    fit$diverging <- relabel_diverging(fit$diverging, fit$spec, order)
  }
  fit
}

#' The fit at other parameters, for what is computed from these
#' @noRd
with_parameters <- function(fit, parameters) {
  fit$parameters <- parameters
  fit$coefficients <- user_coefficients(parameters, fit$spec)
  fit
}
