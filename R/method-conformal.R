# Conformal intervals: how far out calibration rows are in the model's own
# distribution says how much of it an interval must hold.

#' Scores for conformal prediction intervals, by folds
#'
#' For conformal prediction intervals without a data set apart: each fold of the
#' rows is scored by a fit of the others. Computed once, the result is given to
#' `predict(interval = "prediction", method = "conformal", calibration = )` as
#' often as wanted.
#'
#' @details
#' The refits keep the ridge of the fit and start from its parameters, so they
#' take a few passes each. A row's score is the smaller of
#' \eqn{P(Y \le y \mid x)}{P(Y <= y | x)} and
#' \eqn{P(Y \ge y \mid x)}{P(Y >= y | x)} under the fit that did not see it.
#' Intervals are those of the whole fit with the tail that the scores of all
#' rows ask for. They hold their level approximately, but not with the guarantee of
#' a data set apart: scores are of fits with fewer rows, which makes them a
#' little wide; where a fit changes much with the fold, they may be too narrow.
#' Rows of weight 0 are left out, others count once whatever their weight.
#'
#' @param object A fit from [sgmoe()] with `model = TRUE`.
#' @param folds Number of folds, a whole number of at least 2: every `folds`-th
#'   row in the order of the data is in one. Or a vector with a value for each
#'   row of the data or each row used, rows with equal values being one fold, such as the
#'   groups that the data came in. Default 10.
#' @param x The result.
#' @param ... Not used.
#' @return An object of class `sgmoe_conformal`: list(`scores`, a matrix with a
#'   row for each row used and a column for each response; `folds`, the fold of
#'   each row). It fits the intervals of this very fit only.
#' @section Errors: `sgmoe_error_unsupported` for classes,
#'   `sgmoe_error_no_model`, `sgmoe_error_argument`.
#' @seealso [predict.sgmoe()], section Distribution.
#' @family predictions
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' held <- conformal_scores(fit)
#' predict(fit, data.frame(speed = c(5, 15, 25)),
#'   interval = "prediction", method = "conformal", calibration = held
#' )
#' @export
conformal_scores <- function(object, folds = 10) {
  call <- rlang::current_env()
  if (!inherits(object, "sgmoe")) {
    abort("argument", c(
      "{.fn conformal_scores} needs a fit.",
      "x" = "It got a value of type {kind_of(object)}.",
      "i" = if (inherits(object, "sgmoe_stream")) {
        "A stream keeps no rows: give rows that it has not learnt to
         {.fn predict} as {.arg calibration}."
      }
    ), call)
  }
  check_stored(object)
  require_part(object, "distribution", "{.fn conformal_scores}", call)
  design <- fitted_design(object, call)
  counts <- if (is.null(design$weights)) TRUE else design$weights > 0
  fold <- check_folds(folds, object, nrow(design$x), call)
  scores <- matrix(
    NA_real_, length(fold), length(object$responses),
    dimnames = list(as.character(design$row_names), object$responses)
  )
  for (own in unique(fold[counts])) {
    rows <- which(fold == own & counts)
    kept <- design_problem(object$spec, subset_design(design, which(fold != own)))
    refit <- with_parameters(object, run_core(
      kept, object$parameters, object$control
    )$parameters)
    scores[rows, ] <- tail_scores(refit, subset_design(design, rows))
  }
  structure(
    list(
      scores = scores[counts, , drop = FALSE], folds = fold[counts],
      parameters = object$parameters
    ),
    class = "sgmoe_conformal"
  )
}

#' The fold of each row used
#'
#' @param folds As in conformal_scores().
#' @noRd
check_folds <- function(folds, fit, rows, call = rlang::caller_env()) {
  if (length(folds) == 1L) {
    folds <- check_number(
      folds, "folds", 2, TRUE, call, "argument",
      most = rows
    )
    return(rep_len(seq_len(folds), rows))
  }
  omitted <- as.integer(fit$na.action)
  total <- rows + length(omitted)
  folds <- used_labels(
    folds, "folds", setdiff(seq_len(total), omitted), total, call
  )
  if (length(unique(folds)) < 2L) {
    abort("argument", c(
      "{.arg folds} must be a number, or have at least two different values.",
      "x" = "All are {.val {unique(as.character(folds))}}."
    ), call)
  }
  folds
}

#' @rdname conformal_scores
#' @export
print.sgmoe_conformal <- function(x, ...) {
  check_stored(x)
  folds <- length(unique(x$folds))
  cat(
    "How far out ", nrow(x$scores), " rows are, by ", folds, " refits without ",
    "them.\n\nSmaller tail probability of the rows farthest out:\n",
    sep = ""
  )
  shares <- c(0.01, 0.05, 0.1, 0.2)
  print(vapply(as.data.frame(x$scores, optional = TRUE), function(score) {
    stats::setNames(
      stats::quantile(score, shares, type = 1), paste0(100 * shares, "%")
    )
  }, numeric(4)), digits = 3)
  cat("\n(Half the share, if the model's distribution is right.)\n")
  invisible(x)
}

#' The smaller of P(Y <= y) and P(Y >= y) in each row, n x q, in the digits of
#' its tail
#' @noRd
tail_scores <- function(fit, design) {
  mixtures <- response_distributions(fit, design)
  scores <- lapply(seq_along(mixtures), function(i) {
    y <- design$y[, i]
    mixture <- mixtures[[i]]
    pmin(
      mixture_tail(mixture, y, TRUE),
      mixture_tail(mixture, y - mixture$own$whole, FALSE)
    )
  })
  matrix(unlist(scores), ncol = length(mixtures))
}

#' The scores that conformal intervals go by
#'
#' @param calibration Data with the response, or from conformal_scores().
#' @noRd
calibration_scores <- function(fit, calibration, call = rlang::caller_env()) {
  if (is.null(calibration)) {
    abort("argument", c(
      "{.code method = \"conformal\"} needs {.arg calibration}: rows with the
       response that the fit has not seen.",
      "i" = "If there are none, {.code calibration = conformal_scores(fit)}."
    ), call)
  }
  if (!inherits(calibration, "sgmoe_conformal")) {
    return(tail_scores(fit, replay_design(
      fit$blueprint, calibration, stats::na.omit,
      response = TRUE, where = "calibration", call = call
    )))
  }
  check_stored(calibration, call)
  if (!identical(calibration$parameters, fit$parameters)) {
    abort("calibration", c(
      "The scores in {.arg calibration} are those of another fit.",
      "i" = "Give {.code conformal_scores()} of this one."
    ), call)
  }
  calibration$scores
}

#' The probability beyond each bound that covers as many calibration rows as the
#' level asks for
#'
#' Of exchangeable rows a new one is among the `rank` lowest of n + 1 with
#' probability rank / (n + 1), whatever the model (Vovk et al., 2005).
#'
#' @param calibration As in calibration_scores().
#' @param level As in predict().
#' @noRd
conformal_tails <- function(fit, calibration, level,
                            call = rlang::caller_env()) {
  scores <- calibration_scores(fit, calibration, call)
  rows <- nrow(scores)
  rank <- floor((rows + 1) * (1 - level) * (1 + 1e-12))
  # The row of that rank is inside its interval; a tail has at most a half.
  tails <- apply(scores, 2L, function(score) {
    if (rank == 0) 0 else min(sort(score)[[min(rank, rows)]] * (1 - 1e-9), 0.5)
  })
  if (any(tails == 0) && level < 1) {
    warn("infinite_interval", c(
      "Bounds of intervals are infinite.",
      "x" = if (rank == 0) {
        "A level of {level} needs at least {ceiling(1 / (1 - level) - 1e-9) - 1}
         rows in {.arg calibration}; it has {rows} without missing values."
      } else {
        "Too many rows of {.arg calibration} have a response that the model
         holds impossible, more than the level leaves out."
      },
      "i" = if (rank == 0) "Give more rows, or a lower {.arg level}."
    ), call)
  }
  tails
}
