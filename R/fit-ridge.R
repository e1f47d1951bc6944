# What the setting `ridge` of a call means: a number, "auto", or "cv", which
# becomes one of these before the fit (R/tune-choose.R).

# The search for the ridge (R/fit-evidence.R).
evidence_settings <- list(
  start = 3, # the first ridge
  weak = 0.1, # of the other search, and from a given start, which a strong
  # one would leave
  updates = 10, # at most
  step = 1.5, # most that log lambda changes by in an update
  settled = 0.1, # least that it must change by to go on
  range = c(1e-4, 1e4), # of lambda
  # Maxima of a search that get ridges of their own, and how far behind the best
  # one, in nats at its ridge.
  maxima = 3,
  behind = 10,
  # Multiplications that starts may take which are no best of several candidates:
  # those end in the maximum of the greatest objective, which is not always that of
  # the greatest evidence (Boston with all columns: 3 of 12 seeds found it, now 9).
  plain = 1.5e8,
  # Multiplications for an information that an update may cost: some seconds.
  arithmetic = 2e10,
  # What candidates, moves and ends of a quick search may take, as a share of those
  # of a fit: with thousands of rows ridges differ little from one optimum to the
  # next, and the fit makes its own search.
  share = 1 / 16,
  # The same of each of two searches at different ridges.
  twice = 0.35
)

#' Is the ridge to be found by the fit itself?
#' @noRd
is_auto <- function(control) {
  identical(control$ridge, "auto")
}

#' Is the ridge to be chosen by cross-validation?
#' @noRd
is_cross_validated <- function(control) {
  identical(control$ridge, "cv")
}

#' Does a fit have a ridge, fixed or found?
#' @noRd
has_ridge <- function(control) {
  is_auto(control) || control$ridge > 0
}

#' The ridge that a fit begins with
#' @noRd
first_ridge <- function(control) {
  if (is_auto(control)) evidence_settings$start else control$ridge
}

#' The control of a fit with k experts: one expert has a likelihood with a
#' maximum, and is the regression that others fit
#' @noRd
settle_ridge <- function(control, k) {
  if (k == 1 && is_auto(control)) {
    control$ridge <- 0
  }
  control
}
