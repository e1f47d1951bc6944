# Printing and summarising a stream.

#' Print and summarise a stream
#'
#' @param object,x A stream from [sgmoe_stream()], or its summary.
#' @param digits Significant digits to print.
#' @param ... Not used.
#' @return `summary()` gives a list of class `summary.sgmoe_stream`: `fit`, the
#'   stream as a fit ([as_sgmoe()]); `rows`, a data frame with the numbers of
#'   rows in the `pilot`, `learnt`, `waiting` for their minibatch, `dropped` for
#'   missing values and `extreme` (see `cap` in [stream_control()]); `step_size`, that of the
#'   last minibatch, and `window`, the rows over which it forgets; `score`, the prequential
#'   log-likelihood for each unit of weight, overall and over the last tenth of the rows;
#'   `record`, the data frame that [plot()][plot.sgmoe_stream()] draws; `reported`, what the
#'   default average reports at present, in words; `control`. `print()` returns its
#'   argument invisibly.
#' @family streams
#' @examples
#' set.seed(1)
#' data <- simulate_moe(1500, k = 2, p = 2)
#' stream <- sgmoe_stream(y ~ ., data[1:500, ], k = 2, starts = 2)
#' stream <- update(stream, data[501:1500, ])
#' summary(stream)
#' @export
summary.sgmoe_stream <- function(object, ...) {
  refuse_dots(list(...), "summary")
  fit <- as_sgmoe(object)
  record <- stream_record(object)
  state <- object$state
  step_size <- step_size_at(object, state$minibatches)
  structure(list(
    fit = fit,
    rows = data.frame(
      pilot = object$pilot$rows, learnt = state$rows,
      waiting = nrow(state$pending), dropped = object$dropped,
      extreme = state$extreme
    ),
    step_size = step_size, window = object$control$minibatch / step_size,
    score = c(
      all = weighted_score(record),
      recent = weighted_score(record[record$rows > 0.9 * state$rows, ])
    ),
    record = record, control = object$control,
    reported = if (state$trusted > 0) {
      "the mean iterate with a Newton step"
    } else if (state$ahead > 0) {
      "the last iterate, which predicts better than averages"
    } else {
      "the mean iterate; a Newton step predicts worse as yet"
    }
  ), class = "summary.sgmoe_stream")
}

#' @noRd
weighted_score <- function(record) {
  sum(record$log_likelihood * record$weight) / sum(record$weight)
}

#' The record of a stream on the response's scale: prequential log-likelihood
#' for each unit of weight, step sizes, experts' shares
#' @noRd
stream_record <- function(stream, call = rlang::caller_env()) {
  check_state(stream, call)
  bins <- stream$state$record
  shares <- bins[, 5L + seq_len(stream$k), drop = FALSE]
  colnames(shares) <- expert_names(stream)
  data.frame(
    rows = bins[, 1L], weight = bins[, 2L],
    log_likelihood = bins[, 3L] / bins[, 2L] -
      sum(log(stream$spec$basis$response$scale)),
    step_size = bins[, 4L], extreme = bins[, 5L], shares
  )
}

#' As the core has it (driver/step_size.hpp)
#' @noRd
step_size_at <- function(stream, minibatch) {
  if (!is.null(stream$control$constant)) {
    return(stream$control$constant)
  }
  min(1, (minibatch + stream$state$delay)^-stream$control$exponent)
}

#' @rdname summary.sgmoe_stream
#' @export
print.sgmoe_stream <- function(x, digits = max(3L, getOption("digits") - 3L),
                               ...) {
  if (!is.null(x$waiting)) {
    check_stored(x)
    cat("Stream for a mixture of ", x$k, " experts\n\nCall:\n", sep = "")
    print(x$call)
    cat("\nStill collecting its pilot. ", describe_waiting(x), "\n", sep = "")
    return(invisible(x))
  }
  about <- summary.sgmoe_stream(x)
  cat("Stream: ", describe_model(about$fit), "\n\nCall:\n", sep = "")
  print(x$call)
  print_coefficients(about$fit, digits)
  cat("\n", describe_learnt(about), sep = "")
  invisible(x)
}

#' @noRd
describe_learnt <- function(x) {
  rows <- vapply(x$rows, format_large, "")
  paste0(
    "Learnt ", rows[["learnt"]], " rows after a pilot of ", rows[["pilot"]],
    if (x$rows$waiting > 0) {
      paste0("; ", rows[["waiting"]], " wait for their minibatch")
    },
    if (x$rows$dropped > 0) {
      paste0("; ", rows[["dropped"]], " dropped for NA")
    },
    ".\n",
    if (x$fit$spec$ridge > 0) {
      paste0(
        "Ridge ", format(signif(x$fit$spec$ridge, 3L)),
        if (is_auto(x$control)) ", chosen on the pilot", ".\n"
      )
    },
    if (x$rows$extreme > 0) {
      paste0(
        rows[["extreme"]], if (x$rows$extreme == 1) " row was" else " rows were",
        " too extreme to be learnt, see `cap` in ?stream_control.\n"
      )
    },
    if (x$rows$learnt > 0) {
      paste0(
        "Log-likelihood per row before it was learnt: ",
        format(x$score[["all"]], digits = 5L), "; over the last tenth ",
        format(x$score[["recent"]], digits = 5L), ".\n"
      )
    }
  )
}

#' @rdname summary.sgmoe_stream
#' @export
print.summary.sgmoe_stream <- function(x, digits = max(
                                         3L, getOption("digits") - 3L
                                       ), ...) {
  check_stored(x)
  fit <- x$fit
  cat("Stream: ", describe_model(fit), "\n\nCall:\n", sep = "")
  print(fit$call)
  cat("\nExperts, by their share of recent rows:\n")
  print(experts_table(fit, share = "share"), digits = digits)
  print_coefficients(fit, digits, scale = FALSE)
  cat("\n", describe_learnt(x), sep = "")
  cat(
    "Step size ", format(signif(x$step_size, 3L)), " per minibatch of ",
    x$control$minibatch, ": a window of about ",
    format_large(round(x$window)), " rows.\n",
    if (x$control$average == "newton" && x$rows$learnt > 0) {
      paste0("Reported: ", x$reported, ".\n")
    }, describe_flags(fit),
    sep = ""
  )
  invisible(x)
}
