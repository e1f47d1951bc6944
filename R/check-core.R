# What the core throws, as conditions of the package.

#' Turn what the core throws into a classed condition
#'
#' The R side checks its input before it calls the core, so an error from there
#' is a defect of the package, not of the data.
#'
#' @param data Rows as the core takes them, for the size in a message.
#' @param refuse What raises the condition, from the core's words.
#' @noRd
in_core <- function(expression, call = rlang::caller_env(), data = NULL,
                    refuse = refuse_core) {
  check_simd(call)
  tryCatch(expression, `C++Error` = function(error) {
    if (inherits(error, "std::bad_alloc")) {
      refuse_memory(call = call, data = data)
    }
    if (inherits(error, "sgmoe::SpillError")) {
      refuse_spill(conditionMessage(error), call)
    }
    if (inherits(error, "sgmoe::CheckpointError")) {
      refuse_checkpoint(conditionMessage(error), call)
    }
    refuse(conditionMessage(error), call)
  })
}

#' @noRd
refuse_core <- function(text, call = rlang::caller_env()) {
  abort("core", c(
    "BUG: the core refused its input: {text}",
    "i" = "Please report this with the call that led here."
  ), call)
}

#' @param text The core's words.
#' @noRd
refuse_spill <- function(text, call = rlang::caller_env()) {
  abort("spill", c(
    "The file with the rows cannot be used: {text}.",
    "i" = "Fit again from the source."
  ), call)
}

#' @param text The core's words.
#' @noRd
refuse_checkpoint <- function(text, call = rlang::caller_env()) {
  abort("checkpoint", c(
    "The checkpoint cannot be used: {text}.",
    "i" = "To begin anew, remove the file, or name another."
  ), call)
}
