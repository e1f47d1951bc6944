# Settings that come by name, for a batch fit or for a stream and its pilot.

#' Refuse unknown settings among those that come by name, of a batch fit, or of
#' a stream and its pilot
#'
#' @param own The function that was called, whose arguments are known.
#' @param where Its name.
#' @param dots What was given in `...`, a list.
#' @noRd
check_dots <- function(dots, own, where, stream, call = rlang::caller_env()) {
  if (!stream && "epochs" %in% names(dots)) {
    abort("argument", c(
      "{.arg epochs} is for {.code method = \"incremental\"}.",
      "i" = "Other methods stop by {.arg tolerance} and {.arg max_passes}."
    ), call)
  }
  known <- c(
    argument_names(own),
    if (stream) stream_settings() else argument_names(sgmoe_control)
  )
  refuse_unknown(dots, unique(known), where, call)
}

#' The settings that a control holds, a list
#'
#' @param known Names of the settings that there are.
#' @param where The function that makes such a control.
#' @noRd
check_settings <- function(control, known, where, call = rlang::caller_env()) {
  check_simd(call)
  if (!is.list(control)) {
    abort("control", c(
      "{.arg control} must come from {.fn {where}}.",
      "x" = "It is of type {kind_of(control)}."
    ), call)
  }
  refuse_unknown(control, known, where, call)
  refuse_twice(names(control), call)
  unclass(control)
}

#' @param names Of settings.
#' @noRd
refuse_twice <- function(names, call = rlang::caller_env()) {
  twice <- unique(names[duplicated(names)])
  if (length(twice) > 0L) {
    abort("control", c(
      "A setting in {.arg control} must be given once.",
      "x" = "{cli::qty(twice)}{.arg {twice}} {?is/are} there twice."
    ), call)
  }
}

#' The control of a call: settings in `dots` change those in `control`
#' @noRd
resolve_control <- function(control, dots, call = rlang::caller_env()) {
  settings <- check_settings(
    control, argument_names(sgmoe_control), "sgmoe_control", call
  )
  settings[names(dots)] <- dots
  # By its name, for the call that its errors show.
  do.call("sgmoe_control", settings)
}

#' Settings by name: those of the stream, and those of the pilot's fit
#'
#' `curvature`, `ridge` and `threads` are for both, but a stream of maximum likelihood
#' has a pilot with a little ridge: where gate or classes of the short pilot happen to
#' be separable it would start the stream at coefficients of hundreds, from which
#' the stream takes long to come back.
#' @noRd
split_settings <- function(control, dots, call = rlang::caller_env()) {
  control <- check_settings(
    control, c(stream_settings(), "pilot"), "stream_control", call
  )
  given <- c(control[names(control) != "pilot"], control$pilot)
  refuse_twice(names(given), call)
  given[names(dots)] <- dots
  stream <- do.call("stream_control", given)
  pilot <- stream$pilot
  pilot$curvature <- stream$curvature
  pilot$ridge <- pilot_ridge(stream$ridge)
  pilot$threads <- stream$threads
  list(stream = stream, pilot = do.call("sgmoe_control", pilot))
}

#' @param ridge That of the stream.
#' @noRd
pilot_ridge <- function(ridge) {
  if (identical(ridge, 0)) 0.1 else ridge
}

#' The settings of a stream of k experts: one has no ridge to find
#' @noRd
settle_stream_ridge <- function(settings, k) {
  settings$stream <- settle_ridge(settings$stream, k)
  settings$pilot$ridge <- pilot_ridge(settings$stream$ridge)
  settings
}

#' The settings of a batch fit that an incremental one keeps
#' @noRd
batch_control <- function(settings) {
  control <- settings$pilot
  control$ridge <- settings$stream$ridge
  control
}
