# Assembling the fit object, and telling how the fit went.

#' @noRd
new_sgmoe <- function(design, problem, runs, control, call, model) {
  run <- runs$best
  # A ridge keeps the gate finite whatever its information is.
  informative <- problem$k > 1 && control$ridge == 0 && small_gate(problem)
  description <- in_core(core_describe(
    problem$data, problem$model, run$parameters, informative, control$threads
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
    diverging = if (informative) {
      diverging_gate(description, run$parameters$gate, problem)
    },
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
  if (fit$converged && length(fit$diverging)) {
    fit$converged <- FALSE
    fit$reason <- "separated"
  }
  first <- move_parameters(
    fit$parameters, fit$basis, user_basis(fit$basis)
  )$mean[1L, 1L + (seq_len(fit$k) - 1L) * length(fit$responses)]
  permute_experts(fit, order(-round(fit$gate_share, 12), first))
}

#' The covariate along which the gate's coefficients have no finite estimate,
#' or NULL
#'
#' Where the gate tells experts apart with certainty, its information
#' sum a (diag(pi) - pi pi') (x) x x' vanishes. Its eigenvectors, relative to the
#' spread of the covariates, are directions of unit variance. One with an
#' eigenvalue below a hundredth of a row, along which the gate's coefficients are
#' large and yet less than a third of their standard error, is one in which the
#' likelihood rises for ever. (A sharp gate with a finite estimate has large
#' coefficients and little information, but coefficients of several standard
#' errors. A gate that only one level of a factor separates diverges in that
#' level's direction alone.) Experts without rows of their own have no
#' information for another reason and are left out.
#' @noRd
diverging_gate <- function(description, gate, problem) {
  row <- min(1, problem$weight / problem$rows)
  p <- nrow(description$gram)
  own <- which(description$posterior >= 2 * row)
  spread <- chol_or_null(description$gram / problem$weight)
  if (length(own) < 2L || is.null(spread)) {
    return(NULL)
  }
  # The information has the last expert as its reference; without that one, the
  # blocks of the experts that count, less one of them, are a part of it.
  reference <- if (problem$k %in% own) problem$k else own[[1L]]
  free <- setdiff(own, reference)
  keep <- as.vector(outer(seq_len(p), (free - 1L) * p, `+`))
  information <- description$information[keep, keep, drop = FALSE]
  unit <- kronecker(diag(length(free)), backsolve(spread, diag(p)))
  decomposition <- eigen(crossprod(unit, information %*% unit), TRUE)
  size <- as.vector(crossprod(
    decomposition$vectors,
    as.vector(spread %*% (gate[, free] - gate[, reference]))
  ))
  diverges <- decomposition$values < 0.01 * row & abs(size) > 5 &
    size^2 * decomposition$values < 0.1
  if (!any(diverges)) {
    return(NULL)
  }
  last <- which.max(abs(size) * diverges)
  direction <- unit %*% decomposition$vectors[, last]
  size <- rowSums(abs(matrix(direction, p)))
  names <- problem$columns$gate
  if (problem$basis$gate$intercept && p > 1L) {
    size[[1L]] <- 0
  }
  names[[which.max(size)]]
}

#' @noRd
chol_or_null <- function(matrix) {
  tryCatch(chol(matrix), error = function(error) NULL)
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
  for (field in c("gate_share", "posterior_weight", "starved", "floored")) {
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
      "The gate separates the experts: along {.code {fit$diverging}} its
       coefficients grow without limit.",
      "i" = "A small {.arg ridge} keeps them finite, for example
             {.code ridge = 0.1}."
    ), call)
  )
  few <- fit$floored & spurious_experts(
    fit$floored, fit$posterior_weight, fit$basis
  )
  if (any(few)) {
    floored <- as.character(which(few))
    warn("floored", c(
      "The variance of expert{?s} {floored} fell to its floor: {?it/they}
       {?fits/fit} a few rows exactly.",
      "i" = "The likelihood then says little. Use fewer experts,
             {.code shared = TRUE} or a larger {.arg variance_floor}."
    ), call)
  }
  if (any(fit$floored & !few)) {
    floored <- as.character(which(fit$floored & !few))
    warn("floored", c(
      "The variance of expert{?s} {floored} is held at its floor,
       {.arg variance_floor} times the variance of the response.",
      "i" = "An outlier makes the response's variance large; responses that
             depend on each other, or a covariate that determines the response,
             leave no variance at all.",
      "i" = "Look at the data, or lower {.arg variance_floor}."
    ), call)
  }
  if (fit$df >= fit$rows && fit$control$ridge == 0) {
    warn("overfitted", c(
      "The model has {fit$df} parameters for {fit$rows} row{?s}.",
      "i" = "Use fewer experts or covariates, or a {.arg ridge}."
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
