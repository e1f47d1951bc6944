# Stored objects: fits.

#' @noRd
check_stored_fit <- function(fit) {
  spec <- fit$spec
  check_stored_spec(spec)
  view <- c("k", "family", "covariance", "shared", "responses", "basis")
  for (name in view) {
    ensure(identical(fit[[name]], spec[[name]]), paste(name, "has changed"))
  }
  check_stored_parameters(fit$parameters, spec)
  check_stored_coefficients(fit$coefficients, fit$parameters, spec)
  check_stored_likelihood(fit)
  check_stored_ending(fit)
  check_stored_shares(fit)
  check_stored_starts(fit$starts)
  check_stored_ridge(fit)
  check_stored_calibration(fit$calibration, spec)
  check_stored_blueprint(fit$blueprint, spec)
  check_stored_control(fit$control, sgmoe_control)
  ensure(is.null(fit$call) || is.call(fit$call), "call")
  check_stored_curvature(fit$curvature, fit)
  check_stored_model(fit)
}

#' @noRd
check_stored_curvature <- function(curvature, fit) {
  if (is.null(curvature)) {
    return()
  }
  size <- sum(free_sizes(fit$spec))
  parts <- names(new_curvature(NULL, NULL, NULL))
  fits <- function(part) {
    is_matrix_of(part, size, size) && isSymmetric(unname(part))
  }
  ensure(
    is.list(curvature) && identical(names(curvature), parts) &&
      # (Nobody sums it over a stream.)
      (is.null(curvature$information) && fit$method == "incremental" ||
        fits(curvature$information)) &&
      fits(curvature$penalty_hessian) && fits(curvature$outer) &&
      all(diag(curvature$outer) >= 0),
    "what its standard errors are made of"
  )
}

#' @param coefficients What coef() gives.
#' @noRd
check_stored_coefficients <- function(coefficients, parameters, spec) {
  ensure(
    are_doubles(coefficients) && identical(
      names(coefficients), unlist(spec_labels(spec), use.names = FALSE)
    ) && !any(is.nan(coefficients) | is.infinite(coefficients)) &&
      (!anyNA(coefficients) || any(unlist(spec$aliased))),
    "its coefficients"
  )
  # What users see is what predictions are made of.
  again <- user_coefficients(parameters, spec)
  off <- abs(again - coefficients)
  ensure(
    identical(is.na(unname(again)), is.na(unname(coefficients))) && all(
      off <= 1e-6 * abs(again) + 1e-10 * max(abs(again), na.rm = TRUE),
      na.rm = TRUE
    ), "its coefficients are not those of its parameters"
  )
}

#' The likelihood, and the numbers of parameters and rows that belong to it
#' @noRd
check_stored_likelihood <- function(fit) {
  ensure(
    are_numbers(c(fit$log_likelihood, fit$objective), 2L), "its log-likelihood"
  )
  parameters <- count_parameters(fit$spec)
  # Effective parameters are no more than there are, except for rounding.
  ensure(
    if (fit$spec$ridge == 0) {
      identical(fit$df, parameters)
    } else {
      are_numbers(fit$df, 1L, 0, 1.000001 * parameters)
    }, "df"
  )
  ensure(are_numbers(fit$nobs, 1L, 0) && fit$nobs > 0, "nobs")
  ensure(is_whole(fit$rows, 1), "rows")
  ensure(is_whole(fit$dropped), "dropped")
}

#' How the run ended
#' @noRd
check_stored_ending <- function(fit) {
  ensure(is_whole(fit$passes), "passes")
  ensure(are_flags(fit$converged) && are_words(fit$reason, 1L), "how it ended")
  ensure(are_words(fit$method, 1L) &&
    fit$method %in% c("mm", "em", "incremental"), "method")
  ensure(are_doubles(fit$trace) && !anyNA(fit$trace), "trace")
  ensure(is.numeric(fit$gain) && length(fit$gain) == 1L &&
    !is.infinite(fit$gain), "gain")
}

#' How the rows are divided among the experts, and which experts are special
#' @noRd
check_stored_shares <- function(fit) {
  k <- fit$spec$k
  # A stream does not keep the rows whose posteriors it would need.
  ensure(are_numbers(fit$entropy) ||
    fit$method == "incremental" && identical(fit$entropy, NA_real_), "entropy")
  ensure(are_numbers(fit$gate_share, k, 0, 1 + 1e-6), "gate_share")
  ensure(are_numbers(fit$posterior_weight, k, 0), "posterior_weight")
  ensure(
    are_flags(fit$starved, k) && are_flags(fit$floored, k), "starved or floored"
  )
  # Streams and levels of trees do not look at rows.
  ensure(is.null(fit$point_mass) || are_flags(fit$point_mass, k), "point_mass")
  ensure(is.null(fit$diverging) ||
    are_words(fit$diverging) && are_words(names(fit$diverging)), "diverging")
}

#' @noRd
check_stored_starts <- function(starts) {
  numbers <- c("start", "logLik", "objective", "passes")
  ensure(
    is.data.frame(starts) && nrow(starts) > 0L &&
      all(lengths(unclass(starts)) == nrow(starts)) &&
      all(c("type", "reason", "logLik", "passes") %in% names(starts)) &&
      all(vapply(
        starts[intersect(numbers, names(starts))], is.numeric, NA
      )) && are_words(starts$type) && are_words(starts$reason) &&
      (is.null(starts$chosen) || are_flags(starts$chosen, nrow(starts))),
    "the table of starts"
  )
}

#' What print() says of the ridge, and how it was found
#' @noRd
check_stored_ridge <- function(fit) {
  found <- fit$evidence
  ensure(
    is.null(found) || is.list(found) && are_flags(found$settled) &&
      are_numbers(found$ridge, 2L, 0) &&
      (is.null(found$updates) || is.numeric(found$updates)) && # none yet
      (is.null(found$log_evidence) || is.numeric(found$log_evidence) &&
        length(found$log_evidence) == 1L && !is.infinite(found$log_evidence)),
    "how its ridge was found"
  )
  # Fits of earlier formats do not have it.
  ensure(
    is.null(fit$ridge) && is.null(found) || are_numbers(fit$ridge, length(fit$ridge), 0) &&
      length(fit$ridge) == if (is.null(found)) 1L else 2L, "ridge"
  )
  # Nor do streams that were stored before they had a prior, and fits of them.
  earlier <- is.null(fit$ridge) || fit$method == "incremental" && is.null(found)
  ensure(
    !is.null(fit$spec$prior) || fit$spec$ridge == 0 || fit$k == 1 || earlier, "prior"
  )
  own <- fit$tuning
  ensure(
    is.null(own) || is.list(own) && is.data.frame(own$table) &&
      is.data.frame(own$best) && are_words(own$score, 1L), "tuning"
  )
}

#' @param own What recalibrate() added to the fit, or NULL.
#' @noRd
check_stored_calibration <- function(own, spec) {
  if (is.null(own)) {
    return()
  }
  ensure(is.list(own) && are_words(own$method, 1L), "calibration")
  ensure(switch(own$method,
    temperature = are_numbers(own$temperature, 1L, 1e-6),
    isotonic = is.list(own$maps) && are_numbers(own$share, 1L, 0, 1) &&
      identical(names(own$maps), spec$responses) &&
      all(vapply(own$maps, function(map) {
        size <- length(map$at)
        size > 1L && are_numbers(map$at, size) &&
          are_numbers(map$value, size, 0, 1) && !is.unsorted(map$value)
      }, NA))
  ), "calibration")
  ensure(are_numbers(own$log_loss, 2L) && are_numbers(own$nobs), "calibration")
}

#' @noRd
check_stored_model <- function(fit) {
  ensure(
    is.null(fit$na.action) || is.integer(fit$na.action) &&
      inherits(fit$na.action, c("omit", "exclude")), "na.action"
  )
  if (is.null(fit$model)) {
    return()
  }
  ensure(
    is.data.frame(fit$model) && nrow(fit$model) == fit$rows &&
      all(vapply(fit$model, NROW, 0) == fit$rows), "model"
  )
  kinds <- attr(fit$blueprint$frame_terms, "dataClasses")
  ensure(all(names(kinds) %in% names(fit$model)), "model")
  now <- vapply(fit$model[names(kinds)], stats::.MFclass, "")
  # Strings were made factors.
  now[kinds == "character" & now == "factor"] <- "character"
  ensure(all(now == kinds), "model")
  own <- fit$variables
  ensure(
    is.null(own) || is.list(own) && (length(own) == 0L || !is.null(names(own))) &&
      all(vapply(own, NROW, 0) == fit$rows), "variables"
  )
  weights <- stats::model.weights(fit$model)
  ensure(
    is.null(weights) || are_numbers(weights, fit$rows, 0), "weights in its model"
  )
  ensure(isTRUE(all.equal(
    fit$nobs, total_weight(weights, fit$rows)
  )), "nobs")
}
