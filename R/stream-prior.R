# The prior of a stream: that of its pilot, which later rows meet with the weight
# that it had there.

# Under a heavier ridge a stream would have to report its tail average
# (inst/include/sgmoe/driver/incremental.hpp). What asks for one in a pilot are slopes that
# are next to nothing there; of later rows ten hold them as well.
most_stream_ridge <- 10

#' Is the ridge given, and not zero?
#' @noRd
has_fixed_ridge <- function(control) {
  !is_auto(control) && control$ridge > 0
}

#' The fit of a pilot: what fit_starts() gives, with the problem that was fitted
#'
#' @param settings What split_settings() gives, settled for the number of experts.
#' @noRd
pilot_runs <- function(problem, given, settings, report = NULL,
                       call = rlang::caller_env()) {
  control <- settings$pilot
  if (is_auto(control)) {
    return(fit_evidence(problem, given, control, report, call))
  }
  problem$spec$ridge <- control$ridge
  if (has_fixed_ridge(settings$stream)) {
    return(fit_fixed(problem, given, control, report, call))
  }
  c(fit_starts(problem, given, control, report, call), list(problem = problem))
}

#' What a stream's model has of the prior of its pilot's: a spec
#'
#' @param spec That of the pilot's fit.
#' @param control The stream's.
#' @noRd
keep_prior <- function(spec, control) {
  if (is_auto(control)) {
    spec$ridge <- min(spec$ridge, most_stream_ridge)
    spec$prior$ridge[] <- pmin(spec$prior$ridge, most_stream_ridge)
  } else if (control$ridge == 0) {
    spec$ridge <- 0
    spec["prior"] <- list(NULL)
  }
  spec
}
