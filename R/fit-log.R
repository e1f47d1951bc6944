# Is the log of a fit's passes (R/fit-checkpoint.R) still written?

#' The log that the next passes go to, or NULL
#' @noRd
open_log <- function(problem) {
  log <- problem$log
  if (!isTRUE(log$closed)) log
}

#' After an interrupt nothing more is logged: what then is evaluated is not what
#' the fit, begun again, does next
#' @noRd
close_log <- function(problem) {
  log <- problem$log
  if (!is.null(log)) {
    log$closed <- TRUE
  }
}
