# Assembling the fit object, and telling how the fit went.

#' @noRd
new_sgmoe <- function(design, problem, runs, control, call, model) {
  run <- runs$best
  description <- in_core(core_describe(
    problem$data, problem$model, run$parameters, control$threads
  ))
  constant <- scale_constant(problem)
  fit <- list(
    k = problem$k, family = "gaussian", covariance = problem$covariance,
    shared = problem$shared, method = problem$method,
    coefficients = NULL,
    log_likelihood = run$log_likelihood + constant,
    objective = run$objective + constant,
    df = count_parameters(problem), nobs = problem$weight,
    converged = run$reason == "converged", reason = run$reason,
    passes = run$passes, trace = run$trace + constant,
    gain = run$gain / problem$weight,
    starts = runs$table,
    gate_share = description$gate / problem$weight,
    posterior_weight = description$posterior,
    entropy = description$entropy,
    starved = run$starved, floored = run$floored,
    separated = separated_experts(description, problem),
    parameters = run$parameters, basis = problem$basis,
    aliased = problem$aliased, labels = problem$labels,
    responses = problem$responses, rows = problem$rows,
    blueprint = design$blueprint,
    na.action = if (model) design$na_action,
    dropped = length(design$na_action),
    model = if (model) design$frame,
    call = call, control = control,
    version = as.character(utils::packageVersion("sgmoe"))
  )
  fit <- structure(fit, class = "sgmoe")
  if (fit$converged && any(fit$separated)) {
    fit$converged <- FALSE
    fit$reason <- "separated"
  }
  first <- move_parameters(
    fit$parameters, fit$basis, user_basis(fit$basis)
  )$mean[1L, 1L + (seq_len(fit$k) - 1L) * length(fit$responses)]
  permute_experts(fit, order(-round(fit$gate_share, 12), first))
}

#' Experts that the gate tells from all others with certainty in every row
#'
#' The information about expert k's gate is at most the sum of a pi (1 - pi).
#' If it is less than a hundredth of a row although the expert has rows of its
#' own, the maximum likelihood gate lies at infinity.
#' @noRd
separated_experts <- function(description, problem) {
  row <- min(1, problem$weight / problem$rows)
  others <- problem$weight - description$posterior
  problem$k > 1 & description$ambiguity < 0.01 * row &
    description$posterior >= row & others >= row
}

#' @noRd
count_parameters <- function(problem) {
  p <- length(problem$basis$gate$scale)
  r <- length(problem$basis$expert$scale)
  q <- length(problem$responses)
  (problem$k - 1) * p + problem$k * r * q + length(problem$labels$scale)
}

#' The fit with its experts in another order
#' @noRd
permute_experts <- function(fit, order) {
  q <- length(fit$responses)
  columns <- as.vector(outer(seq_len(q), (order - 1L) * q, `+`))
  fit$parameters <- list(
    gate = fit$parameters$gate[, order, drop = FALSE],
    mean = fit$parameters$mean[, columns, drop = FALSE],
    covariance = fit$parameters$covariance[, columns, drop = FALSE]
  )
  for (field in c(
    "gate_share", "posterior_weight", "starved", "floored", "separated"
  )) {
    fit[[field]] <- fit[[field]][order]
  }
  fit$coefficients <- flatten_parameters(
    move_parameters(fit$parameters, fit$basis, user_basis(fit$basis)), fit
  )
  fit
}

#' Warn about what the user should act on
#' @noRd
report_outcome <- function(fit, call) {
  switch(fit$reason,
    pass_limit = warn("pass_limit", c(
      "The fit did not converge in {fit$passes} passes.",
      "i" = "Go on from here with {.code start = fit}, or raise
             {.arg max_passes}."
    ), call),
    interrupted = warn("interrupted", c(
      "The fit was interrupted; what it had reached is returned.",
      "i" = "Go on from here with {.code start = fit}."
    ), call),
    non_finite = warn("non_finite", c(
      "The likelihood became infinite or undefined; the last parameters before
       are returned.",
      "i" = "Look for extreme values in the data, or give a {.arg ridge}."
    ), call),
    separated = warn("separated", c(
      "The gate separates expert{?s} {as.character(which(fit$separated))} from
       the others completely: its coefficients grow without limit.",
      "i" = "A small {.arg ridge} keeps them finite, for example
             {.code ridge = 0.1}."
    ), call)
  )
  if (any(fit$floored)) {
    floored <- as.character(which(fit$floored))
    warn("floored", c(
      "The variance of expert{?s} {floored} fell to its floor: {?it/they}
       {?fits/fit} a few rows exactly.",
      "i" = "The likelihood then says little. Use fewer experts,
             {.code shared = TRUE} or a larger {.arg variance_floor}."
    ), call)
  }
  if (any(fit$starved)) {
    starved <- as.character(which(fit$starved))
    warn("starved", c(
      "Expert{?s} {starved} {?has/have} too little weight to be estimated and
       {?was/were} kept as {?it was/they were}.",
      "i" = "Use fewer experts or a {.arg ridge}."
    ), call)
  }
  invisible(fit)
}
