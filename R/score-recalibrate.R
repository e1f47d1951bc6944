# Calibration after the fact: class probabilities are mapped so that they agree
# with rows that the fit has not seen.

#' Recalibrate class probabilities
#'
#' A model that is too certain, or not certain enough, can be put right on rows
#' that it was not fitted to. `recalibrate()` learns from them how predicted
#' probabilities are to be changed, and gives a fit that predicts so.
#'
#' @details
#' - `"temperature"` raises the probabilities of a row to the power \eqn{1/T} and
#'   divides them by their sum. \eqn{T}, one number between 1/20 and 20, is that
#'   with the least log-loss on the rows given: above one it makes predictions less
#'   certain. The order of the classes in each row stays, and so does
#'   `predict(type = "class")`. A few dozen rows are enough.
#' - `"isotonic"` replaces the probability of each class by an increasing function
#'   of it, the isotonic regression of the class's indicator on its probability
#'   (pool adjacent violators), linear between its steps, and divides by the sum.
#'   It can follow any monotone distortion and needs some hundred rows. It gives no
#'   class less than half an observation among those rows and one more, and is mixed with
#'   the probabilities that there were, in the proportion with the least log-loss.
#'
#' With either, the log-loss on the rows given is never worse than before. On
#' other rows it may be. Judge by a third set of rows, not by these.
#'
#' The gate, the experts, posteriors, `type = "logdensity"`, `"density"` and the
#' log-likelihood stay those of the fit; `predict()` with `"prob"`, `"class"` and
#' `"response"`, [fitted()], [residuals()], [augment()], [calibration()] and the
#' scores of [summary()] are recalibrated.
#'
#' @param object A fit from [sgmoe()] with classes as its response, or one that
#'   [select_experts()] or [tune_experts()] gave. A calibration that it has
#'   already is replaced.
#' @param newdata A data frame with covariates and response, of rows that the fit
#'   has not seen. Rows with missing values are left out.
#' @param method `"temperature"` (the default) or `"isotonic"`.
#' @param weights Case weights (numbers of observations) for `newdata`, one for
#'   each row. `NULL`, the default: all the same.
#' @param ... Anything else is an error.
#' @return The fit, of the same class, with a field `calibration`, a list of
#'   `method`; `temperature`, or `maps`, for each class the points `at` and
#'   `value` of its function, and `share`, that of the isotonic part;
#'   `log_loss`, the mean log-loss on the rows given before and after; and `nobs`,
#'   their number (sum of the weights). [print()] and [summary()] show it. A new
#'   fit by [update()] has none.
#' @section Warnings: `sgmoe_warning_calibration` where the rows say too little:
#'   fewer than 20 observations, or a temperature at one of its limits.
#' @section Errors: `sgmoe_error_unsupported` for fits without classes and for
#'   what is not a fit, `sgmoe_error_no_rows` if no row is complete, and those of
#'   [predict.sgmoe()] for `newdata`.
#' @references
#' Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017) On calibration of
#' modern neural networks. *Proceedings of the 34th International Conference on
#' Machine Learning*, 70, 1321–1330.
#'
#' Zadrozny, B. and Elkan, C. (2002) Transforming classifier scores into accurate
#' multiclass probability estimates. *Proceedings of the Eighth ACM SIGKDD
#' International Conference*, 694–699.
#' @seealso [calibration()] shows how well probabilities are calibrated,
#'   [class_scores()] how good they are.
#' @family scores of classes
#' @examples
#' # Maximum likelihood with three experts is far too certain
#' data(Pima.tr, Pima.te, package = "MASS")
#' set.seed(1)
#' part <- sample(200, 130)
#' fit <- sgmoe(type ~ ., Pima.tr[part, ], k = 3, ridge = 0.01, starts = 1)
#' better <- recalibrate(fit, Pima.tr[-part, ])
#' better$calibration$temperature
#' scores <- function(fit) {
#'   class_scores(predict(fit, Pima.te, type = "prob"), Pima.te$type)
#' }
#' rbind(fit = scores(fit), recalibrated = scores(better))
#' @export
recalibrate <- function(object, newdata, ...) {
  UseMethod("recalibrate")
}

#' @rdname recalibrate
#' @export
recalibrate.default <- function(object, newdata, ...) {
  abort("unsupported", c(
    "{.fn recalibrate} is for fits with classes.",
    "x" = "It got a value of type {kind_of(object)}.",
    "i" = if (inherits(object, "sgmoe_stream")) {
      "{.code as_sgmoe(stream)} makes a fit of a stream."
    }
  ))
}

#' @rdname recalibrate
#' @export
recalibrate.sgmoe <- function(object, newdata,
                              method = c("temperature", "isotonic"),
                              weights = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "recalibrate", call)
  require_part(object, "classify", "{.fn recalibrate}", call)
  method <- check_choice(
    method, "method", c("temperature", "isotonic"), call, "argument"
  )
  if (missing(newdata) || is.null(newdata)) {
    abort("argument", c(
      "{.arg newdata}, rows that the fit has not seen, must be given.",
      "i" = "On its own rows a fit looks better calibrated than it is."
    ), call)
  }
  object["calibration"] <- list(NULL)
  given <- rows_to_calibrate(object, newdata, weights, call)
  found <- switch(method,
    temperature = find_temperature(given),
    isotonic = find_isotonic(given, object$responses)
  )
  found$log_loss <- c(
    before = class_loss(given$probability, given),
    after = class_loss(map_classes(given$probability, found), given)
  )
  found$nobs <- sum(given$weights)
  warn_of_calibration(found, call)
  object$calibration <- found
  object
}

#' Probabilities, shares of classes and weights of complete rows
#' @noRd
rows_to_calibrate <- function(fit, newdata, weights,
                              call = rlang::caller_env()) {
  design <- replay_design(
    fit$blueprint, newdata,
    response = TRUE, call = call
  )
  if (!is.null(weights)) {
    weights <- check_new_weights(weights, newdata, design, call)
  }
  probability <- unname(predict_design(fit, design, "prob"))
  shares <- unname(observed_response(design$y, fit))
  weights <- response_weights(design$y, weights, fit)
  known <- !is.na(rowSums(probability) + rowSums(shares)) & weights > 0
  if (!any(known)) {
    abort("no_rows", c(
      "No row of {.arg newdata} has all covariates, a response and a positive
       weight.",
      "i" = "Calibration learns from rows with a response."
    ), call)
  }
  list(
    probability = probability[known, , drop = FALSE],
    shares = shares[known, , drop = FALSE], weights = weights[known]
  )
}

#' The mean log-loss
#' @noRd
class_loss <- function(probability, given) {
  loss <- given$shares * log(pmax(probability, 1e-300))
  -sum(given$weights * rowSums(loss)) / sum(given$weights)
}

#' Warn where the rows say too little
#'
#' @param found The calibration.
#' @noRd
warn_of_calibration <- function(found, call = rlang::caller_env()) {
  limit <- found$method == "temperature" &&
    any(abs(log(found$temperature / temperature_limits)) < 1e-3)
  if (!limit && found$nobs >= fewest_to_calibrate) {
    return(invisible())
  }
  warn("calibration", c(
    "The calibration rests on too little.",
    "x" = if (limit) {
      "The temperature is at its limit, {signif(found$temperature, 3)}: no row says
       that it is far enough."
    },
    "x" = if (found$nobs < fewest_to_calibrate) {
      "It was learnt from {found$nobs} observation{?s}."
    },
    "i" = "Give some dozens of rows for a temperature, some hundreds for
           {.code method = \"isotonic\"}, with all classes."
  ), call)
}

temperature_limits <- c(1 / 20, 20)
fewest_to_calibrate <- 20

#' @noRd
find_temperature <- function(given) {
  loss <- function(log_temperature) {
    class_loss(temper(given$probability, exp(log_temperature)), given)
  }
  # In 1 / T the loss has a single valley.
  best <- stats::optimise(loss, log(temperature_limits), tol = 1e-8)
  list(
    method = "temperature",
    temperature = if (best$objective < loss(0)) exp(best$minimum) else 1
  )
}

#' @noRd
find_isotonic <- function(given, classes) {
  least <- 0.5 / (sum(given$weights) + 1)
  maps <- lapply(seq_along(classes), function(i) {
    map <- isotonic_points(
      given$probability[, i], given$shares[, i], given$weights
    )
    map$value <- pmin(pmax(map$value, least), 1 - least)
    map
  })
  names(maps) <- classes
  found <- list(method = "isotonic", maps = maps, share = 1)
  loss <- function(share) {
    found$share <- share
    class_loss(map_isotonic(given$probability, found), given)
  }
  # The loss is convex in the share.
  share <- c(0, stats::optimise(loss, c(0, 1), tol = 1e-6)$minimum, 1)
  found$share <- share[[which.min(vapply(share, loss, 0))]]
  found
}

#' Weighted isotonic regression: the points between which it is linear
#'
#' Blocks that decrease are pooled until none does.
#' @noRd
isotonic_points <- function(x, y, weights) {
  at <- sort(unique(x))
  sums <- rowsum(cbind(weights, weights * y), match(x, at))
  block <- seq_along(at)
  pooled <- sums
  repeat {
    mean <- pooled[, 2L] / pooled[, 1L]
    joined <- cumsum(c(TRUE, diff(mean) > 0))
    if (joined[[length(joined)]] == length(mean)) {
      break
    }
    pooled <- rowsum(pooled, joined)
    block <- joined[block]
  }
  ends <- !duplicated(block) | !duplicated(block, fromLast = TRUE)
  points <- list(at = at[ends], value = unname(mean[block[ends]]))
  if (length(points$at) == 1L) {
    points <- lapply(points, rep, 2L) # approx() wants two
    points$at <- points$at + c(0, 1e-9)
  }
  points
}
