# Terms that a stream cannot compute, since it sees only some rows at a time.

#' Refuse terms that depend on other rows than their own
#'
#' `x - mean(x)` or `rank(x)` would mean something else in every chunk. They are
#' found by computing each variable of the frame, as a chunk would be, from
#' parts of the pilot: its value in a row must not change. (What `scale()`,
#' `poly()` and splines took from the pilot is fixed in the blueprint.)
#'
#' @param design Of the pilot, from build_design().
#' @param data The pilot's rows, those with missing values included.
#' @noRd
refuse_row_dependent <- function(design, data, call = rlang::caller_env()) {
  blueprint <- design$blueprint
  evaluate <- function(part) {
    suppressWarnings(replay_frame(
      blueprint, data[design$used[part], , drop = FALSE], blueprint$frame_terms,
      learn = has_expressions(blueprint), where = "chunk"
    ))
  }
  refuse_changing(
    design$frame, evaluate, length(design$used), "a stream never has all rows",
    compute_beforehand("pilot"), call
  )
}

#' Can offset and weights be computed from new rows?
#' @noRd
has_expressions <- function(blueprint) {
  given <- Filter(Negate(is.null), blueprint[c("offset", "weights")])
  all(vapply(given, function(argument) !is.null(argument$expression), NA))
}
