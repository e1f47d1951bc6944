# How well predicted class probabilities agree with what happens.

#' @rdname calibration
#' @export
calibration.sgmoe <- function(object, newdata = NULL, class = NULL, bins = 10,
                              weights = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "calibration", call)
  refuse_idle(
    c(weights = is.null(newdata) && !is.null(weights)),
    "They are for {.arg newdata}: the data of the fit have their own.", call
  )
  require_part(object, "classify", "{.fn calibration}", call)
  bins <- check_number(bins, "bins", 1, whole = TRUE, what = "argument")
  class <- check_target(class, object$responses, call)
  if (is.null(newdata)) {
    return(calibration_of(object, class, bins, call))
  }
  if (is_chunk_source(newdata)) {
    return(source_reliability(object, newdata, weights, class, bins, call))
  }
  design <- replay_design(
    object$blueprint, newdata,
    response = TRUE, call = call
  )
  if (!is.null(weights)) {
    weights <- check_new_weights(weights, newdata, design, call)
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
  require_newdata(newdata, "newdata", "calibration(stream, newdata)")
  calibration(stream_fit(object), newdata, ...)
}

#' @rdname calibration
#' @export
calibration.default <- function(object, truth, class = NULL, bins = 10,
                                weights = NULL, ...) {
  call <- rlang::current_env()
  refuse_dots(list(...), "calibration", call)
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
  check_choice(
    if (is.atomic(class)) as.character(class) else class, "class", classes, call,
    "argument"
  )
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
  check_stored(x)
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
