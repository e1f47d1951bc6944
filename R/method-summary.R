# Printing and summarising a fit.

#' Summary of a mixture of experts, with standard errors
#'
#' `summary()` adds to the coefficients their standard errors and tests, and how
#' the fit was found: how many starts agree on the best likelihood, how fast the
#' algorithm converged, and what it left to gain.
#'
#' @param object,x A fit from [sgmoe()], or its summary.
#' @param digits Significant digits to print.
#' @param signif.stars,signif.legend Print stars for small p values, and what
#'   they mean? As in [printCoefmat()].
#' @param ... Not used.
#' @return `summary()` gives a list of class `summary.sgmoe` with
#'   `call`, `k`, `responses`, `covariance`, `shared`, `method`; `experts`, a
#'   data frame with a row for each expert (`gate_share`, its average gate
#'   probability; `weight`, its total posterior weight; standard deviations);
#'   `family`; `coefficients`, a matrix with a row for each coefficient of
#'   experts and gate and the columns `Estimate`, `Std. Error`, `z value` and
#'   `Pr(>|z|)`, which `coef()` of the summary gives; `scales`, the same of the
#'   standard deviations or covariances, without tests; `problems`, names of
#'   coefficients without a standard error, by reason (see [vcov.sgmoe()]);
#'   `gate`, `expert` and `covariances`, the coefficients as matrices;
#'   `logLik`, `AIC`, `BIC`, `ICL` (BIC plus twice the entropy of the
#'   posteriors), `df`, `nobs`; `starts`, and `hits`, the number of starts
#'   within 1e-4 per observation of the best (`NA` where that has a ridge of its own,
#'   found in the search for the ridge); `reason`, `passes`, `gain`, and
#'   `rate`, the local linear rate of the unaccelerated algorithm: the factor by
#'   which one step reduces the distance to the optimum, the largest eigenvalue
#'   of the missing information. It is estimated from some steps near the
#'   optimum (of more than 5000 rows, near that of 5000 of them, to which the
#'   model is fitted first), and needs a fit with `model = TRUE`. `gap` extrapolates `gain` by
#'   it: the log-likelihood per observation that is left. Fits of classes have
#'   `scores`, how well the classes of the training data are predicted:
#'   accuracy, log-loss, Brier score and expected calibration error, see
#'   [calibration()].
#' `print()` returns its argument invisibly.
#' @section Tests:
#' Standard errors are those of [vcov.sgmoe()] with `type = "bayes"`, from the
#' observed information, with a ridge the curvature of the penalty added. `z`
#' is the coefficient divided by its standard error, and the p value that of a
#' standard normal variable. (With one Gaussian expert [lm()] has the t
#' distribution instead, and a larger variance.) The gate's coefficients
#' compare an expert with the first: that an expert could be left out cannot be
#' read off them, see [bootstrap_lrt()]. A fit that keeps no data has `NA`.
#' @family inference
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' summary(fit)
#' @export
summary.sgmoe <- function(object, ...) {
  check_stored(object)
  refuse_dots(list(...), "summary")
  logLik <- logLik.sgmoe(object)
  problem <- if (!is.null(object$model)) fitted_problem(object)
  rate <- local_rate(object, problem)
  found <- if (!is.null(problem)) {
    coefficient_covariance(object, "bayes", problem = problem)
  }
  table <- coefficient_table(object, found$matrix)
  parts <- coefficient_parts(object$spec)
  shown <- object[c(
    "call", "k", "family", "responses", "covariance", "shared", "method", "spec"
  )]
  structure(c(shown, list(
    ridge = describe_ridge(object),
    experts = experts_table(object, weight = object$posterior_weight),
    coefficients = table[c(parts$expert, parts$gate), , drop = FALSE],
    scales = table[parts$scale, 1:2, drop = FALSE],
    problems = found$problems, aliased = names(which(is.na(object$coefficients))),
    gate = gate_matrix(object), expert = expert_matrix(object),
    covariances = coef.sgmoe(object, "scale"),
    logLik = logLik, AIC = stats::AIC(logLik), BIC = stats::BIC(logLik),
    ICL = integrated_likelihood(object),
    df = object$df, nobs = object$nobs, dropped = object$dropped,
    starts = object$starts, hits = count_hits(object),
    reason = object$reason, passes = object$passes, gain = object$gain,
    rate = rate, gap = object$gain / (1 - rate),
    scores = if (has_part(object, "classify") && !is.null(problem)) {
      training_scores(object, problem$design)
    },
    starved = object$starved, floored = object$floored,
    point_mass = object$point_mass,
    calibration = object$calibration
  )), class = "summary.sgmoe")
}

#' How many starts ended where the best one did
#'
#' Starts are compared among themselves: the fit went on from the best of them
#' with the ridge and the priors of the end. (Fits of earlier versions have no
#' objective in the table.)
#' @noRd
count_hits <- function(fit) {
  starts <- fit$starts
  value <- starts$objective
  best <- if (is.null(value)) {
    value <- starts$logLik
    fit$log_likelihood
  } else {
    value[starts$chosen]
  }
  if (!is.finite(best)) {
    return(NA_integer_) # the chosen one has another ridge
  }
  sum(abs(value - best) <= 1e-4 * fit$nobs, na.rm = TRUE)
}

#' A row for each expert: its share, other columns, and standard deviations
#' @noRd
experts_table <- function(fit, ..., share = "gate_share") {
  table <- data.frame(
    share = fit$gate_share, ..., row.names = expert_names(fit)
  )
  names(table)[[1L]] <- share
  if (has_part(fit, "sigma")) {
    deviations <- family_of(fit)$sigma(fit$parameters, fit$spec)
    colnames(deviations) <- paste0("sigma", predictor_brackets(fit$spec))
    table <- cbind(table, deviations)
  }
  table
}

#' ICL, the integrated classification likelihood: BIC plus twice the entropy of
#' the posteriors
#' @noRd
integrated_likelihood <- function(fit) {
  stats::BIC(logLik.sgmoe(fit)) + 2 * fit$entropy
}

#' Coefficients of the gate, a column for each expert but the first
#' @noRd
gate_matrix <- function(fit) {
  columns <- fit$spec$columns$gate
  matrix(
    coef.sgmoe(fit, "gate"), length(columns), fit$k - 1L,
    dimnames = list(columns, expert_names(fit)[-1L])
  )
}

#' Coefficients of the experts, a column for each of their linear predictors
#' @noRd
expert_matrix <- function(fit) {
  columns <- fit$spec$columns$expert
  names <- cross_names(expert_names(fit), predictor_brackets(fit$spec))
  matrix(
    coef.sgmoe(fit, "expert"), length(columns), length(names),
    dimnames = list(columns, names)
  )
}

#' @noRd
describe_reference <- function(x) {
  reference <- family_of(x)$reference(x$spec)
  if (!is.null(reference)) paste0(", ", reference)
}

#' How well the classes of the training data are predicted, in a sentence
#' @noRd
describe_scores <- function(x, digits) {
  if (is.null(x$scores)) {
    return(NULL)
  }
  values <- format(signif(x$scores, digits), digits = digits, trim = TRUE)
  paste0(
    "On the training data: accuracy ", values[["accuracy"]],
    ", log-loss ", values[["log_loss"]], ", Brier score ", values[["brier"]],
    ",\n  expected calibration error ", values[["calibration_error"]], "\n"
  )
}

#' One line that names the model
#' @noRd
describe_model <- function(x) {
  family <- family_of(x)
  paste0(
    "Mixture of ", x$k, " ", family$title, " expert", if (x$k > 1) "s",
    family$describe(x$spec)
  )
}

#' The ridge of a fit and where it came from, in words, or NULL
#' @noRd
describe_ridge <- function(fit) {
  tuned <- is_tuned(fit)
  if (is.null(fit$evidence)) {
    ridge <- fit$spec$ridge
    return(if (ridge > 0 || tuned) {
      paste0("ridge ", format(ridge), if (tuned) " (by cross-validation)")
    })
  }
  ridge <- format(signif(fit$ridge, 3L), trim = TRUE)
  paste0(
    "ridge ", if (length(unique(ridge)) == 1L) {
      ridge[[1L]]
    } else {
      paste0(ridge[[1L]], " for the gate, ", ridge[[2L]], " for the experts")
    },
    " (by evidence", if (tuned) ", as cross-validation chose",
    if (!fit$evidence$settled) ", not settled", ")"
  )
}

#' Was the ridge of a fit chosen by cross-validation?
#' @noRd
is_tuned <- function(fit) {
  inherits(fit, "sgmoe_tuning") || !is.null(fit$tuning)
}

#' How the fit ended, in a sentence
#' @noRd
describe_end <- function(x) {
  passes <- paste(x$passes, if (x$passes == 1) "pass" else "passes")
  switch(x$reason,
    converged = paste0("Converged after ", passes, "."),
    pass_limit = paste0(
      "Not converged: stopped at the limit of ", passes, "."
    ),
    interrupted = paste0("Interrupted after ", passes, "."),
    non_finite = paste0(
      "Stopped after ", passes, ": the likelihood is not finite."
    ),
    separated = paste0(
      "Separation (", passes, "): some coefficients have no finite estimate."
    ),
    epochs = paste0("Learnt incrementally in ", passes, "."),
    streamed = "Learnt from a stream; the log-likelihood is prequential."
  )
}

#' @rdname summary.sgmoe
#' @export
print.sgmoe <- function(x, digits = max(3L, getOption("digits") - 3L), ...) {
  check_stored(x)
  cat(describe_model(x), "\n\nCall:\n", sep = "")
  print(x$call)
  print_coefficients(x, digits)
  cat(
    "\nLog-likelihood ", format(x$log_likelihood, digits = digits + 2L),
    " on ", format(x$df, digits = digits), " parameters, ", format(x$nobs),
    " observations.\n",
    if (!is.null(x$evidence) || is_tuned(x)) {
      paste0("R", substring(describe_ridge(x), 2L), ".\n")
    },
    describe_end(x), "\n", describe_calibration(x),
    sep = ""
  )
  invisible(x)
}

#' @param digits Significant digits.
#' @param scale Are scales to be shown?
#' @noRd
print_coefficients <- function(fit, digits, scale = TRUE) {
  if (fit$k > 1) {
    cat("\nGate, relative to expert 1:\n")
    print(gate_matrix(fit), digits = digits)
  }
  cat("\nExperts", describe_reference(fit), ":\n", sep = "")
  experts <- expert_matrix(fit)
  if (scale && has_part(fit, "sigma")) {
    deviations <- family_of(fit)$sigma(fit$parameters, fit$spec)
    experts <- rbind(experts, sigma = as.vector(t(deviations)))
  }
  print(experts, digits = digits)
}

#' @noRd
describe_flagged <- function(what, flags) {
  paste0(
    switch(what,
      starved = "Too little weight",
      floored = "Variance at its floor",
      point_mass = "Point mass, on one value of the response"
    ),
    ": expert ", paste(which(flags), collapse = ", "), ".\n"
  )
}

#' @rdname summary.sgmoe
#' @importFrom stats coef
#' @export
coef.summary.sgmoe <- function(object, ...) {
  refuse_dots(list(...), "coef")
  object$coefficients
}

#' @rdname summary.sgmoe
#' @export
print.summary.sgmoe <- function(x, digits = max(
                                  3L, getOption("digits") - 3L
                                ), signif.stars = getOption(
                                  "show.signif.stars"
                                ), signif.legend = signif.stars, ...) {
  cat(describe_model(x), "\n\nCall:\n", sep = "")
  print(x$call)
  print_tests(x, digits, signif.stars, signif.legend)
  cat("\nExperts, by average gate probability:\n")
  print(x$experts, digits = digits)
  if (length(x$responses) > 1L && identical(x$covariance, "full")) {
    cat("\nCovariances:\n")
    print(x$scales, digits = digits)
  }
  cat(
    "\nLog-likelihood ", format(c(x$logLik), digits = digits + 2L), " on ",
    format(x$df, digits = digits), " parameters, ", format(x$nobs),
    " observations",
    if (x$dropped > 0) paste0(" (", x$dropped, " rows dropped for NA)"), "\n",
    "AIC ", format(x$AIC, digits = digits + 2L),
    ", BIC ", format(x$BIC, digits = digits + 2L),
    ", ICL ", format(x$ICL, digits = digits + 2L),
    if (!is.null(x$ridge)) paste0("; ", x$ridge), "\n",
    describe_scores(x, digits), "\nHow it was found:\n",
    describe_end(x), "\n", describe_search(x, digits),
    describe_calibration(x),
    sep = ""
  )
  for (what in c("starved", "floored", "point_mass")) {
    if (any(x[[what]])) {
      cat(describe_flagged(what, x[[what]]))
    }
  }
  invisible(x)
}

#' Tables of coefficients with standard errors and tests, of experts and gate
#'
#' @param digits Significant digits.
#' @param stars,legend Print stars, and what they mean?
#' @noRd
print_tests <- function(x, digits, stars, legend) {
  gate <- rownames(x$coefficients) %in% spec_labels(x$spec)$gate
  known <- !all(is.na(x$coefficients[, 2L]))
  show <- function(rows, legend) {
    table <- x$coefficients[rows, , drop = FALSE]
    if (known) {
      stats::printCoefmat(
        table,
        digits = digits, signif.stars = stars, signif.legend = legend,
        na.print = "NA"
      )
    } else {
      print(table[, 1L, drop = FALSE], digits = digits)
    }
  }
  cat("\nExperts", describe_reference(x), ":\n", sep = "")
  show(!gate, legend && x$k == 1)
  if (x$k > 1) {
    cat("\nGate, log-odds relative to expert 1:\n")
    show(gate, legend)
  }
  writeLines(as.character(describe_errors(x, known)))
}

#' Where standard errors are from, and why some are not known
#'
#' @param known Are there any?
#' @noRd
describe_errors <- function(x, known) {
  if (!known && !length(x$problems)) {
    return("No standard errors: they need the data, which the fit does not keep.")
  }
  unknown <- vapply(names(x$problems), function(name) {
    names <- x$problems[[name]]
    more <- length(names) - 3L
    paste0(
      gsub("\\s+", " ", covariance_problems[[name]]), "\n  ",
      paste(utils::head(names, 3L), collapse = ", "),
      if (more > 0) paste(" and", more, "more")
    )
  }, "")
  c(
    if (length(x$aliased)) {
      paste0(
        length(x$aliased), " not defined because of aliased columns."
      )
    },
    if (length(unknown)) c("No standard error (NA).", unname(unknown)),
    if (x$spec$ridge > 0) {
      "Standard errors include the curvature of the ridge, see ?vcov.sgmoe."
    }
  )
}

#' Starts and rate of convergence, in a sentence each
#' @noRd
describe_search <- function(x, digits) {
  starts <- nrow(x$starts)
  known <- any(!is.na(x$starts$logLik)) # not after incremental passes
  paste0(
    if (starts > 1L && known) {
      paste0(
        "Best of ", starts, " starts, ",
        if (is.na(x$hits)) {
          "by the evidence of its ridge."
        } else {
          paste0("reached by ", x$hits, ".")
        },
        if (x$hits %in% 1L) " More starts may find a better one.", "\n"
      )
    },
    if (!is.na(x$rate)) {
      paste0(
        "Convergence rate of unaccelerated steps near the optimum: ",
        format(1 - signif(1 - x$rate, 3L), digits = 8L),
        ";\n  about ",
        format(max(x$gap, 0), digits = 2L),
        " log-likelihood per observation is left to gain.\n"
      )
    }
  )
}
