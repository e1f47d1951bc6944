# Assembling the fit object, and telling how the fit went.

#' @noRd
new_sgmoe <- function(design, problem, runs, control, call, model) {
  run <- runs$best
  if (!is.null(runs$problem)) {
    problem <- runs$problem
  }
  # A ridge keeps slopes finite whatever the information is.
  informative <- !has_ridge(control)
  description <- in_core(core_describe(
    problem$data, problem$model, run$parameters, informative, control$threads
  ))
  constant <- scale_constant(problem)
  fit <- list(
    k = problem$k, family = problem$family, covariance = problem$covariance,
    shared = problem$shared, method = problem$method,
    coefficients = NULL,
    log_likelihood = run$log_likelihood + constant,
    objective = run$objective + constant,
    df = if (informative) {
      count_parameters(problem)
    } else {
      effective_parameters(problem, run$parameters, control)
    },
    nobs = problem$weight,
    converged = run$reason == "converged", reason = run$reason,
    passes = run$passes, trace = run$trace + constant,
    gain = run$gain / problem$weight,
    starts = runs$table,
    ridge = if (is_auto(control)) {
      runs$evidence$ridge
    } else {
      control$ridge
    },
    prior = problem$prior, evidence = runs$evidence,
    gate_share = description$gate / problem$weight,
    posterior_weight = description$posterior,
    entropy = description$entropy,
    starved = run$starved, floored = run$floored,
    diverging = if (informative) {
      diverging_blocks(description, run$parameters, problem)
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
  if (fit$reason %in% c("converged", "pass_limit") && length(fit$diverging)) {
    fit$converged <- FALSE
    fit$reason <- "separated"
  }
  first <- move_parameters(
    fit$parameters, fit$basis, user_basis(fit$basis)
  )$expert[1L, 1L + (seq_len(fit$k) - 1L) * length(fit$responses)]
  permute_experts(fit, order(-round(fit$gate_share, 12), first))
}

#' The blocks of logits whose coefficients have no finite estimate, and the
#' covariate along which each grows most: c(gate = "x1", "expert2:b" = "x3"), or
#' NULL. Of an expert, the class that moves most is named.
#' @noRd
diverging_blocks <- function(description, parameters, problem) {
  row <- row_weight(problem)
  # Experts without rows of their own have no information for another reason
  # than separation.
  own <- which(description$posterior >= 2 * row)
  found <- NULL
  gate <- if (length(own) > 1L) {
    diverging_direction(
      description$gate_block, parameters$gate, own, problem$weight, row,
      problem$basis$gate$intercept
    )
  }
  if (!is.null(gate)) {
    found <- c(gate = problem$columns$gate[[gate$column]])
  }
  classes <- length(problem$responses)
  for (k in if (has_classes(problem)) own) {
    direction <- diverging_direction(
      description$expert_blocks[[k]],
      parameters$expert[, (k - 1L) * classes + seq_len(classes), drop = FALSE],
      seq_len(classes),
      description$posterior[[k]], row, problem$basis$expert$intercept
    )
    if (!is.null(direction)) {
      name <- paste0("expert", k, ":", problem$responses[[direction$class]])
      found <- c(found, stats::setNames(
        problem$columns$expert[[direction$column]], name
      ))
    }
  }
  found
}

#' The direction in which the likelihood of a logit block rises for ever, or
#' NULL
#'
#' Where a block tells its classes (of the gate, the experts) apart with
#' certainty, its information sum u (diag(p) - pp') (x) x x' vanishes. Its
#' eigenvectors, relative to the spread of the covariates, are directions of
#' unit variance. One with an eigenvalue below a hundredth of a row, along which
#' the coefficients are large and yet less than a third of their standard error,
#' is one in which the likelihood rises for ever. (A sharp gate with a finite
#' estimate has large coefficients and little information, but coefficients of
#' several standard errors. Where only one level of a factor separates, the
#' block diverges in that level's direction alone.)
#'
#' `own` are the classes to look at, `weight` the sum of u.
#' @noRd
diverging_direction <- function(block, coefficients, own, weight, row,
                                intercept) {
  p <- nrow(coefficients)
  classes <- ncol(coefficients)
  spread <- chol_or_null(block$gram / weight)
  if (is.null(spread) || length(block$information) == 0L) {
    return(NULL)
  }
  # The information has the last class as its reference; without that one, the
  # blocks of the classes that count, less one of them, are a part of it.
  reference <- if (classes %in% own) classes else own[[1L]]
  free <- setdiff(own, reference)
  keep <- as.vector(outer(seq_len(p), (free - 1L) * p, `+`))
  information <- block$information[keep, keep, drop = FALSE]
  unit <- kronecker(diag(length(free)), backsolve(spread, diag(p)))
  decomposition <- eigen(crossprod(unit, information %*% unit), TRUE)
  size <- as.vector(crossprod(
    decomposition$vectors,
    as.vector(spread %*% (coefficients[, free] - coefficients[, reference]))
  ))
  diverges <- decomposition$values < 0.01 * row & abs(size) > 5 &
    size^2 * decomposition$values < 0.1
  if (!any(diverges)) {
    return(NULL)
  }
  last <- which.max(abs(size) * diverges)
  direction <- matrix(unit %*% decomposition$vectors[, last], p)
  by_class <- matrix(0, p, classes)
  by_class[, free] <- direction
  by_class <- by_class - rowMeans(by_class)
  size_by <- colSums(abs(by_class))
  by_column <- rowSums(abs(direction))
  if (intercept && p > 1L) {
    by_column[[1L]] <- 0
  }
  # Of two classes that move alike, the one that is not the reference.
  list(
    column = which.max(by_column),
    class = max(which(size_by > (1 - 1e-6) * max(size_by)))
  )
}

#' @noRd
chol_or_null <- function(matrix) {
  tryCatch(chol(matrix), error = function(error) NULL)
}

#' @noRd
count_parameters <- function(problem) {
  p <- length(problem$basis$gate$scale)
  r <- length(problem$basis$expert$scale)
  free <- length(problem$responses) - has_classes(problem)
  (problem$k - 1) * p + problem$k * r * free + length(problem$labels$scale)
}

#' The fit with its experts in another order
#' @noRd
permute_experts <- function(fit, order) {
  fit$parameters <- permute_parameters(
    fit$parameters, order, length(fit$responses)
  )
  for (field in c("gate_share", "posterior_weight", "starved", "floored")) {
    fit[[field]] <- fit[[field]][order]
  }
  if (!is.null(fit$diverging)) {
    names(fit$diverging) <- relabel_experts(names(fit$diverging), order)
  }
  fit$coefficients <- flatten_parameters(
    move_parameters(fit$parameters, fit$basis, user_basis(fit$basis)), fit
  )
  fit
}

#' Parameters with experts of q columns each in another order
#' @noRd
permute_parameters <- function(parameters, order, q) {
  columns <- as.vector(outer(seq_len(q), (order - 1L) * q, `+`))
  list(
    gate = parameters$gate[, order, drop = FALSE],
    expert = parameters$expert[, columns, drop = FALSE],
    covariance = if (!is.null(parameters$covariance)) {
      parameters$covariance[, columns, drop = FALSE]
    }
  )
}

#' @noRd
warn_separated <- function(fit, call) {
  diverging <- fit$diverging
  gate <- diverging[names(diverging) == "gate"]
  experts <- diverging[names(diverging) != "gate"]
  classes <- paste0(
    "`", names(experts), "` along `", experts, "`",
    recycle0 = TRUE
  )
  warn("separated", c(
    "Separation: coefficients grow without limit.",
    "x" = if (length(gate)) {
      "The gate separates the experts along {.code {gate}}."
    },
    "x" = if (length(classes)) {
      "Experts separate classes: {some_of(classes)}."
    },
    "x" = if (fit$gain >= fit$control$tolerance) {
      "The fit had not converged within {.code max_passes =
       {fit$control$max_passes}}."
    },
    "i" = "A {.arg ridge} keeps them finite, for example {.code ridge = 0.1};
           how large predicts best, held-out data tell."
  ), call)
}

#' "expert2:b" after the experts were put in another order
#' @noRd
relabel_experts <- function(names, order) {
  for (i in which(startsWith(names, "expert"))) {
    old <- as.integer(sub("^expert([0-9]+):.*$", "\\1", names[[i]]))
    names[[i]] <- sub("[0-9]+", match(old, order), names[[i]])
  }
  names
}

#' Warn about what the user should act on
#' @noRd
report_outcome <- function(fit, call) {
  switch(fit$reason,
    pass_limit = warn("pass_limit", c(
      "The fit did not converge within {.code max_passes =
       {fit$control$max_passes}}.",
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
    separated = warn_separated(fit, call)
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
  if (fit$df >= fit$rows && !has_ridge(fit$control) &&
    !identical(fit$blueprint$response_kind, "counts")) {
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
