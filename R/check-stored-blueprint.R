# Stored objects: the blueprint by which new rows are replayed.

#' @noRd
check_stored_blueprint <- function(blueprint, spec) {
  ensure(inherits(blueprint, "sgmoe_blueprint"), "its blueprint")
  for (name in c("terms", "frame_terms", "expert_terms", "gate_terms")) {
    ensure(inherits(blueprint[[name]], c("terms", "formula"), TRUE) > 0, name)
  }
  ensure(
    identical(blueprint$family, spec$family) &&
      identical(blueprint$response_names, spec$responses) &&
      identical(blueprint$same, spec$same) &&
      identical(blueprint$expert_intercept, spec$basis$expert$intercept) &&
      identical(blueprint$gate_intercept, spec$basis$gate$intercept),
    "its blueprint is of another model"
  )
  ensure(
    is.list(blueprint$xlevels) && all(vapply(blueprint$xlevels, function(own) {
      are_words(own) && length(own) > 0L && !anyDuplicated(own)
    }, NA)), "the levels of factors"
  )
  check_stored_response(blueprint)
  check_stored_contrasts(blueprint)
  check_stored_terms(blueprint)
  ensure(
    is.list(blueprint$columns) && all(vapply(blueprint$columns, function(own) {
      are_words(own$kind, 1L) && (is.null(own$levels) || are_words(own$levels)) &&
        (is.null(own$names) || are_words(own$names))
    }, NA)), "the columns of its data"
  )
  for (name in c("offset", "weights")) {
    own <- blueprint[[name]]
    ensure(is.null(own) || is.list(own) &&
      identical(names(own), c("expression", "environment")) &&
      (is.null(own$expression) ||
        is.language(own$expression) && is.environment(own$environment)), name)
  }
  ensure(
    is.null(blueprint$left_out) || are_words(blueprint$left_out), "left_out"
  )
  ensure(length(lost_columns(blueprint)) == 0L, "the columns of its data")
}

#' @noRd
check_stored_response <- function(blueprint) {
  levels <- blueprint$response_levels
  order <- blueprint$response_order
  ensure(
    are_words(blueprint$response_kind, 1L) &&
      (is.null(levels) && !has_part(blueprint, "classify") ||
        are_words(levels) && !anyDuplicated(levels) &&
          all(blueprint$response_names %in% levels)) && are_flags(order, 1L),
    "its response"
  )
}

#' @noRd
check_stored_contrasts <- function(blueprint) {
  ensure(is.list(blueprint$contrasts), "contrasts")
  for (part in c("expert", "gate")) {
    all <- blueprint$contrasts[[part]]
    ensure(is.null(all) || is.list(all), "contrasts")
    for (name in names(all)) {
      own <- all[[name]]
      levels <- blueprint$xlevels[[name]]
      if (is.function(own)) {
        own <- tryCatch(own(levels), error = function(error) NULL)
      }
      ensure(
        are_words(own, 1L) || is.numeric(own) && is.matrix(own) &&
          (is.null(levels) || nrow(own) == length(levels)) && all(is.finite(own)),
        "contrasts"
      )
    }
  }
}

#' The variables of each term, in one order: the gate may call `w:x` what is `x:w`
#' in the formula
#' @noRd
term_variables <- function(terms) {
  factors <- attr(terms, "factors")
  lapply(seq_len(NCOL(factors) * (length(factors) > 0L)), function(j) {
    sort(rownames(factors)[factors[, j] > 0])
  })
}

#' Terms of gate and experts are of the columns of one frame
#' @noRd
check_stored_terms <- function(blueprint) {
  kinds <- attr(blueprint$frame_terms, "dataClasses")
  # Those of new data are those of the frame without the response.
  ensure(identical(
    variable_calls(blueprint$terms), variable_calls(blueprint$frame_terms)[-1L]
  ), "terms")
  for (name in c("expert_terms", "gate_terms")) {
    own <- attr(blueprint[[name]], "dataClasses")
    ensure(is.null(own) || identical(kinds[names(own)], own), name)
  }
  ensure(
    !blueprint$same || identical(
      term_variables(blueprint$expert_terms), term_variables(blueprint$gate_terms)
    ), "expert_terms"
  )
}
