# Stored objects: what a model is, its parameters and its settings.

#' @noRd
check_stored_spec <- function(spec) {
  ensure(is.list(spec), "it has no field spec")
  ensure(are_words(spec$family, 1L) && spec$family %in% names(families), "family")
  ensure(is_whole(spec$k, 1, 1e6), "the number of experts")
  ensure(
    are_words(spec$responses) && length(spec$responses) > 0L &&
      !anyDuplicated(spec$responses), "the names of responses"
  )
  ensure(
    is.null(spec$covariance) && "covariance" %in% names(spec) || has_part(spec, "sigma") &&
      are_words(spec$covariance, 1L) &&
      spec$covariance %in% covariance_structures, "covariance"
  )
  ensure(are_flags(spec$shared) && are_flags(spec$same), "shared or same")
  ensure(
    are_numbers(spec$ridge, 1L, 0) &&
      are_numbers(spec$variance_floor, 1L, 1e-14, 1), "ridge or variance_floor"
  )
  for (part in c("gate", "expert")) {
    columns <- spec$columns[[part]]
    ensure(are_words(columns) && length(columns) > 0L, "the names of columns")
    ensure(are_flags(spec$aliased[[part]], length(columns)), "aliased columns")
    check_stored_basis(spec$basis[[part]], n_columns(spec, part))
  }
  check_stored_basis(spec$basis$response, length(spec$responses))
  check_stored_prior(spec$prior, spec)
}

#' What problem_prior() gives, or NULL: each part becomes one of the core's model
#' @noRd
check_stored_prior <- function(prior, spec) {
  if (is.null(prior)) {
    return()
  }
  ensure(
    is.list(prior) && are_numbers(prior$ridge, 2L, 0) &&
      identical(names(prior$ridge), ridge_groups) &&
      max(prior$ridge) == spec$ridge, "prior"
  )
  own <- prior[names(prior) != "ridge"]
  if (spec$basis$gate$intercept) {
    ensure(are_numbers(own$gate_prior, 1L, 0), "prior")
    own <- own[names(own) != "gate_prior"]
  }
  ensure(
    if (has_part(spec, "stored_prior")) {
      family_of(spec)$stored_prior(own, spec)
    } else {
      length(own) == 0L
    }, "prior"
  )
}

#' @noRd
check_stored_basis <- function(part, size) {
  ensure(
    are_numbers(part$centre, size) && are_numbers(part$scale, size) &&
      all(part$scale > 0) && are_flags(part$intercept), "the working basis"
  )
}

#' @noRd
check_stored_parameters <- function(parameters, spec) {
  q <- length(spec$responses)
  ensure(
    is_matrix_of(parameters$gate, n_columns(spec, "gate"), spec$k),
    "the gate's parameters"
  )
  ensure(
    is_matrix_of(parameters$expert, n_columns(spec, "expert"), q * spec$k),
    "the experts' parameters"
  )
  ensure(
    family_of(spec)$stored_scales(parameters, spec),
    "the experts' other parameters"
  )
}

#' Settings are those that their own function accepts
#' @noRd
check_stored_control <- function(control, make) {
  ensure(is.list(control), "its settings")
  given <- unclass(control)
  # Those of the pilot are given beside a stream's own.
  given <- c(given[names(given) != "pilot"], given$pilot)
  again <- tryCatch(
    do.call(make, given),
    error = function(error) NULL
  )
  ensure(identical(again, control), "its settings")
}
