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
#' @param object A fit from [sgmoe()] (or a stream, with `newdata`) with classes as its response, or the class
#'   probabilities of another model: a matrix with a row for each observation
#'   and the classes as column names (for two classes, a vector with the
#'   probability of the second).
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
#'   rows without prediction or response. A fit without classes, an unknown
#'   class and bad `bins` raise `sgmoe_error_argument`.
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
  call <- match.call()
  if (!has_classes(object)) {
    abort("argument", c(
      "{.fn calibration} is for classes; this fit has Gaussian experts.",
      "i" = "See {.code residuals(type = \"quantile\")}."
    ), call)
  }
  bins <- check_number(bins, "bins", 1, whole = TRUE, what = "argument")
  class <- check_target(class, object$responses, call)
  if (is.null(newdata)) {
    return(calibration_of(object, class, bins))
  }
  design <- replay_design(
    object$blueprint, newdata,
    response = TRUE, call = call
  )
  if (!is.null(weights)) {
    check_row_values(weights, "weights", nrow(newdata), call)
    weights <- check_weights(weights, design$frame, call)
    if (!any(weights > 0)) {
      abort("weights", "All {.arg weights} are zero.", call)
    }
  }
  reliability(object, design, weights, class, bins)
}

#' @rdname calibration
#' @export
calibration.sgmoe_stream <- function(object, newdata = NULL, ...) {
  require_pilot(object, quote(calibration()))
  if (is.null(newdata)) {
    require_newdata(
      "newdata", "calibration(stream, newdata)", quote(calibration())
    )
  }
  calibration.sgmoe(as_sgmoe(object), newdata, ...)
}

#' @rdname calibration
#' @export
calibration.default <- function(object, truth, class = NULL, bins = 10,
                                weights = NULL, ...) {
  call <- match.call()
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
    given$probability, given$shares, given$weights, class, bins
  )
}

#' Calibration on the data of the fit
#' @noRd
calibration_of <- function(fit, class = NULL, bins = 10) {
  design <- fitted_design(fit)
  reliability(fit, design, stats::model.weights(fit$model), class, bins)
}

#' @noRd
check_target <- function(class, classes, call) {
  if (is.null(class)) {
    return(NULL)
  }
  check_choice(as.character(class), "class", classes, call, "argument")
}

#' The reliability table of a design
#' @noRd
reliability <- function(fit, design, weights, class, bins) {
  compare_classes(
    predict_design(fit, design, "prob"), response_shares(design$y, fit),
    response_weights(design$y, weights, fit), class, bins
  )
}

#' The reliability table of probabilities and what was observed, n x M
#' @noRd
compare_classes <- function(probability, shares, weights, class, bins) {
  classes <- colnames(shares)
  known <- !is.na(rowSums(probability)) & !is.na(rowSums(shares)) &
    weights > 0
  if (!any(known)) {
    abort("no_rows", c(
      "There is no row with a prediction, a response and a positive weight."
    ), quote(calibration()))
  }
  target <- if (is.null(class)) {
    max.col(replace(probability, is.na(probability), 0), "first")
  } else {
    match(class, classes)
  }
  cell <- cbind(seq_along(known), target)[known, , drop = FALSE]
  table <- reliability_table(
    probability[cell], shares[cell], weights[known], bins
  )
  structure(
    table,
    calibration_error = calibration_error(table), classes = classes,
    target = class, dropped = sum(!known & weights > 0),
    class = c("sgmoe_calibration", "data.frame")
  )
}

#' Mean prediction and observed frequency in bins of equal width
#' @noRd
reliability_table <- function(predicted, observed, weights, bins) {
  bin <- pmin(floor(predicted * bins), bins - 1)
  sums <- rowsum(cbind(weights, weights * predicted, weights * observed), bin)
  sums <- sums[sums[, 1L] > 0, , drop = FALSE]
  lower <- as.numeric(rownames(sums)) / bins
  n <- unname(sums[, 1L])
  frequency <- unname(sums[, 3L]) / n
  # Two successes and two failures are added (Agresti and Coull, 1998): the
  # interval is not empty where all went one way.
  centre <- (n * frequency + 2) / (n + 4)
  reach <- 2 * sqrt(centre * (1 - centre) / (n + 4))
  data.frame(
    lower = lower, upper = lower + 1 / bins, n = n,
    predicted = unname(sums[, 2L]) / n, observed = frequency,
    low = pmax(centre - reach, 0), high = pmin(centre + reach, 1)
  )
}

#' @noRd
calibration_error <- function(table) {
  sum(table$n * abs(table$predicted - table$observed)) / sum(table$n)
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

#' @rdname calibration
#' @export
plot.sgmoe_calibration <- function(x, ...) {
  settings <- graphical_settings(list(...), match.call())
  changed <- list(mgp = c(2, 0.5, 0), tcl = -0.25, las = 1)
  changed[names(settings$par)] <- settings$par
  old <- graphics::par(c("mar", names(changed)))
  on.exit(graphics::par(old))
  graphics::par(changed)
  draw_calibration(x, settings$labels)
  invisible(x)
}

#' A reliability diagram: frequencies with their intervals against predictions,
#' and below, where the predictions lie
#' @noRd
draw_calibration <- function(table, labels = list()) {
  target <- attr(table, "target")
  label <- function(given, otherwise) if (is.null(given)) otherwise else given
  xlab <- label(labels$xlab, if (is.null(target)) {
    c("Confidence: probability of the most probable class", "Confidence")
  } else {
    paste("Predicted probability of", target)
  })
  ylab <- label(labels$ylab, if (is.null(target)) {
    "Accuracy"
  } else {
    "Observed frequency"
  })
  limits <- label(labels$xlim, c(0, 1))
  open_panel(
    limits, label(labels$ylim, c(0, 1)), xlab, ylab,
    top = 1.8 + 1.6 * !is.null(labels$main)
  )
  share <- table$n / sum(table$n)
  graphics::rect(
    table$lower, 0, table$upper, 0.25 * share / max(share),
    col = "grey90", border = "white"
  )
  graphics::segments(0, 0, 1, 1, col = "grey60")
  colour <- expert_colours(1L)
  graphics::segments(
    table$predicted, table$low, table$predicted, table$high,
    col = colour
  )
  graphics::lines(
    table$predicted, table$observed,
    col = mix_colours(colour, "white", 0.5)
  )
  # Points in a size for what they rest on.
  graphics::points(
    table$predicted, table$observed,
    pch = 21, bg = colour, col = "white",
    cex = 0.7 + 1.3 * sqrt(share / max(share))
  )
  draw_caption(paste0(
    "expected calibration error ",
    format(attr(table, "calibration_error"), digits = 2),
    "; grey: share of observations"
  ), 0.4)
  if (!is.null(labels$main)) {
    graphics::title(labels$main)
  }
}
