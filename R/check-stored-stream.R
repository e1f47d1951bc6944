# Stored objects: streams.

#' A stream; what the core reads of its state, the core checks
#' @noRd
check_stored_stream <- function(stream) {
  if (!is.null(stream$waiting)) {
    return(check_stored_waiting(stream))
  }
  spec <- stream$spec
  check_stored_spec(spec)
  for (name in c("k", "family", "responses")) {
    ensure(identical(stream[[name]], spec[[name]]), paste(name, "has changed"))
  }
  check_stored_blueprint(stream$blueprint, spec)
  for (part in c("gate", "expert")) {
    ensure(are_flags(
      stream$undetermined[[part]], length(stream$undetermined[[part]])
    ) && length(stream$undetermined[[part]]) %in%
      c(n_columns(spec, part), length(spec$columns[[part]])), "undetermined")
  }
  check_stored_control(stream$control, stream_control)
  # (One with a ridge that was given may be from before they had a prior.)
  ensure(
    !is.null(spec$prior) || spec$k == 1 || !is_auto(stream$control), "prior"
  )
  ensure(
    identical(stream$core_control, core_stream_control(stream$control)),
    "core_control has changed"
  )
  pilot <- stream$pilot
  ensure(
    is_whole(pilot$rows, 1) && are_numbers(pilot$weight, 1L, 0) &&
      pilot$weight > 0 && are_numbers(pilot$ridge, 1L, 0) &&
      are_numbers(pilot$log_likelihood), "what it knows of its pilot"
  )
  check_stored_starts(pilot$starts)
  ensure(is_whole(stream$dropped), "dropped")
  action <- stream$na.action
  ensure(
    is.null(action) || is.function(action) || are_words(action, 1L), "na.action"
  )
  ensure(is.null(stream$call) || is.call(stream$call), "call")
  # (One from before this was noted has none.)
  ensure(is.null(stream$simd) || are_words(stream$simd), "simd")
  check_stored_template(stream$template, spec)
}

#' A stream that still collects the rows of its pilot
#' @noRd
check_stored_waiting <- function(stream) {
  family <- stream$request$model$family
  ensure(
    is_whole(stream$k, 1) && identical(stream$k, stream$request$model$k) &&
      (is.null(family) || !is.atomic(family) || are_words(family, 1L)) &&
      is.data.frame(stream$waiting) && is.list(stream$request$quoted) &&
      length(stream$needed) == 1L &&
      (is.na(stream$needed) || is_whole(stream$needed)),
    "what it collects for its pilot"
  )
  request <- stream$request
  ensure(
    inherits(request$formula, "formula") && is.environment(request$env) &&
      (is.null(request$gate) || inherits(request$gate, "formula")),
    "the formulas for its pilot"
  )
  check_stored_control(request$settings$stream, stream_control)
  check_stored_control(request$settings$pilot, sgmoe_control)
}

#' @noRd
check_stored_template <- function(template, spec) {
  columns <- list(gate = spec$basis$gate)
  if (!spec$same) columns$expert <- spec$basis$expert
  # The core looks for each of them, if only to find it NULL.
  ensure(
    all(c("gate", "expert", "response", "weights", "offset") %in% names(template)) &&
      is.null(template$expert) == spec$same, "template"
  )
  for (part in names(columns)) {
    own <- template[[part]]
    ensure(
      is_matrix_of(own$values, 0L, length(columns[[part]]$scale)) &&
        identical(own$centre, columns[[part]]$centre) &&
        identical(own$scale, columns[[part]]$scale), "template"
    )
  }
  own <- template$response
  used <- seq_along(own$scale)
  ensure(
    length(used) > 0L && is_matrix_of(own$values, 0L, length(used)) &&
      identical(own$centre, spec$basis$response$centre[used]) &&
      identical(own$scale, spec$basis$response$scale[used]), "template"
  )
  ensure(are_doubles(template$weights) && length(template$weights) == 0L, "template")
  ensure(is.null(template$offset) || are_doubles(template$offset) &&
    is.matrix(template$offset) && nrow(template$offset) == 0L, "template")
}
