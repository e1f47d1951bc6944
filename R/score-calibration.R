# How well predicted class probabilities agree with what happens.

#' Calibration of class probabilities
#'
#' A model is calibrated if of all observations that are given a probability of
#' 0.7, seven in ten turn out so. `calibration()` sorts observations into bins
#' by predicted probability and compares, in each, the mean prediction with the
#' observed frequency; `plot()` draws the reliability diagram.
#'
#' @details
#' The expected calibration error is the mean over bins of the absolute
#' difference between mean prediction and observed frequency, weighted by the
#' observations in the bin (Guo et al., 2017). On the data that a model was
#' fitted to it is too small; give new data as `newdata`.
#'
#' @param object A fit from [sgmoe()] (or a stream, with `newdata`) with classes
#'   as its response, or the class probabilities of another model: a matrix with
#'   a row for each observation and the classes as column names (for two classes,
#'   a vector with the probability of the second).
#' @param truth The observed classes, if `object` is a matrix of probabilities.
#' @param newdata A data frame with covariates and response. Without it, the
#'   data of the fit are used, which needs `model = TRUE`.
#' @param class Name of the class of which to look at the predicted probability.
#'   `NULL`, the default, looks at the most probable class of each observation:
#'   its probability (the confidence) against how often it is right (accuracy).
#' @param bins Number of bins of equal width between 0 and 1, a positive whole
#'   number. Default 10.
#' @param weights Case weights (numbers of observations) for `newdata` or
#'   `truth`, one for each row; the data of the fit have their own. Default
#'   `NULL`: all the same.
#' @param x The result of `calibration()`.
#' @param digits Significant digits to print.
#' @param ... For `plot()`, `main`, `xlab`, `ylab` and settings of
#'   [graphics::par()]; otherwise not used.
#' @return `calibration()` gives a data frame of class `sgmoe_calibration` with
#'   a row for each bin that is not empty: `lower` and `upper`, its limits; `n`,
#'   its observations (sum of the weights); `predicted`, the mean predicted
#'   probability; `observed`, the frequency with which it came true; `low` and
#'   `high`, an interval of about 95 % for it (Agresti and Coull, 1998). Its
#'   attributes are `calibration_error`, the classes in `classes`, the one
#'   looked at in `target` (`NULL` for the most probable), and `dropped`, the
#'   rows without prediction or response. A fit without classes raises
#'   `sgmoe_error_unsupported`, an unknown class or bad `bins`
#'   `sgmoe_error_argument`.
#' @references Agresti, A. and Coull, B. A. (1998) Approximate is better than
#'   "exact" for interval estimation of binomial proportions. *The American
#'   Statistician*, 52, 119–126.
#'
#'   Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017) On
#'   calibration of modern neural networks. *Proceedings of the 34th
#'   International Conference on Machine Learning*, 70, 1321–1330.
#' @examples
#' set.seed(1)
#' train <- sample(nrow(iris), 100)
#' fit <- sgmoe(Species ~ Sepal.Length + Sepal.Width, iris[train, ],
#'   k = 2,
#'   ridge = 0.1, starts = 2
#' )
#' calibration(fit, iris[-train, ], bins = 5)
#' plot(calibration(fit, iris[-train, ], class = "virginica", bins = 5))
#' @export
calibration <- function(object, ...) {
  UseMethod("calibration")
}

#' @rdname calibration
#' @export
calibration.sgmoe <- function(object, newdata = NULL, class = NULL, bins = 10,
                              weights = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  require_part(object, "classify", "{.fn calibration}", call)
  bins <- check_number(bins, "bins", 1, whole = TRUE, what = "argument")
  class <- check_target(class, object$responses, call)
  if (is.null(newdata)) {
    return(calibration_of(object, class, bins, call))
  }
  design <- replay_design(
    object$blueprint, newdata,
    response = TRUE, call = call
  )
  if (!is.null(weights)) {
    check_row_values(weights, "weights", nrow(newdata), call)
    weights <- check_weights(weights, design$frame, call, FALSE)
    if (!any(weights > 0)) {
      abort("weights", "All {.arg weights} are zero.", call)
    }
  }
  reliability(object, design, weights, class, bins, call)
}

#' @rdname calibration
#' @export
calibration.sgmoe_stream <- function(object, newdata = NULL, ...) {
  require_pilot(object)
  if (is.null(newdata)) {
    require_newdata("newdata", "calibration(stream, newdata)")
  }
  calibration(stream_fit(object), newdata, ...)
}

#' @rdname calibration
#' @export
calibration.default <- function(object, truth, class = NULL, bins = 10,
                                weights = NULL, ...) {
  call <- rlang::current_env()
  if (missing(truth)) {
    abort("argument", c(
      "{.arg truth}, the observed classes, must be given with the probabilities
       of another model."
    ), call)
  }
  given <- check_probabilities(object, truth, weights, call)
  bins <- check_number(bins, "bins", 1, whole = TRUE, what = "argument")
  class <- check_target(class, colnames(given$shares), call)
  compare_classes(
    given$probability, given$shares, given$weights, class, bins, call
  )
}

#' Calibration on the data of the fit
#'
#' @param class The class to look at, or NULL for the most probable.
#' @noRd
calibration_of <- function(fit, class = NULL, bins = 10,
                           call = rlang::caller_env()) {
  design <- fitted_design(fit, call)
  reliability(fit, design, design$weights, class, bins, call)
}

#' @noRd
check_target <- function(class, classes, call = rlang::caller_env()) {
  if (is.null(class)) {
    return(NULL)
  }
  check_choice(as.character(class), "class", classes, call, "argument")
}

#' The reliability table of a design
#'
#' @param class The class looked at, or `NULL` for the most probable one.
#' @noRd
reliability <- function(fit, design, weights, class, bins,
                        call = rlang::caller_env()) {
  compare_classes(
    predict_design(fit, design, "prob"), observed_response(design$y, fit),
    response_weights(design$y, weights, fit), class, bins, call
  )
}

#' @export
`[.sgmoe_calibration` <- function(x, ...) {
  # A part of the table is no calibration of the whole.
  class(x) <- "data.frame"
  x[...]
}

#' @rdname calibration
#' @export
print.sgmoe_calibration <- function(x, digits = 3, ...) {
  target <- attr(x, "target")
  cat(
    "Calibration of ", if (is.null(target)) {
      "the most probable class"
    } else {
      paste0("class ", target)
    }, ", expected calibration error ",
    format(attr(x, "calibration_error"), digits = digits), "\n\n",
    sep = ""
  )
  print.data.frame(x, digits = digits, row.names = FALSE)
  dropped <- attr(x, "dropped")
  if (dropped > 0) {
    cat(
      "\n", dropped, " row", if (dropped > 1) "s",
      " without prediction or response left out.\n",
      sep = ""
    )
  }
  invisible(x)
}
