# The summary of a fit.

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
#'   whose objective is within 1e-4 per observation of that of the chosen one, in the
#'   search that it came from; `reason`, `passes`, `gain`, and
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
#' read off them, see [bootstrap_lrt()]. That of a stream has those of its sums, see [vcov()][vcov.sgmoe].
#' @family inference
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' summary(fit)
#' @export
#' @order 1
summary.sgmoe <- function(object, ...) {
  check_stored(object)
  refuse_dots(list(...), "summary")
  logLik <- logLik.sgmoe(object)
  problem <- if (!is.null(object$model)) fitted_problem(object)
  rate <- local_rate(object, problem)
  found <- if (has_curvature(object)) {
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

#' How many starts ended where the chosen one did
#'
#' Starts are compared among themselves: the fit went on from the chosen one
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
    return(NA_integer_)
  }
  sum(abs(value - best) <= same_maximum * fit$nobs, na.rm = TRUE)
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

#' @rdname summary.sgmoe
#' @importFrom stats coef
#' @export
#' @order 3
coef.summary.sgmoe <- function(object, ...) {
  check_stored(object)
  refuse_dots(list(...), "coef")
  object$coefficients
}
