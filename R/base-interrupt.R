# Interrupts: what was reached is not lost.
#
# The core notices an interrupt and returns what it has. One that reaches R
# itself is caught here.

#' Evaluate; an interrupt gives what was there before, with a warning
#' @noRd
or_as_before <- function(before, expression, call = rlang::caller_env()) {
  tryCatch(expression, interrupt = function(condition) {
    warn("interrupted", c(
      "Interrupted: no row of this chunk is learnt.",
      "i" = "The stream returned is as it was; give it the chunk again to go
             on."
    ), call)
    before
  })
}

#' Evaluate to the end; an interrupt that comes meanwhile is told, not followed
#' @noRd
to_the_end <- function(expression, call = rlang::caller_env()) {
  suspendInterrupts(expression)
  tryCatch(Sys.sleep(0), interrupt = function(condition) {
    warn("interrupted", "The interrupt came when the fit was complete; it is returned.", call)
  })
  expression
}

#' Nothing was reached that could be returned
#' @noRd
refuse_interrupted <- function(call = rlang::caller_env()) {
  abort("interrupted", "Interrupted before anything was fitted.", call)
}

#' Evaluate; an interrupt is an error of ours, wherever it reaches R
#' @noRd
or_refused <- function(expression, call = rlang::caller_env()) {
  tryCatch(expression, interrupt = function(condition) refuse_interrupted(call))
}

#' Tell whoever waits for an interrupt that the core has noticed one
#' @noRd
signal_interrupt <- function() {
  signalCondition(structure(
    class = c("interrupt", "condition"), list(message = "", call = NULL)
  ))
}

#' @param run Of the core.
#' @noRd
follow_interrupt <- function(run) {
  if (run$reason == "interrupted") {
    signal_interrupt()
  }
}
