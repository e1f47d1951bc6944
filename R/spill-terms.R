# What the formula, weights and subset of a source may be: what a row is must not
# depend on other rows.

#' Refuse weights, offsets or a subset that no column of the chunk enters: as
#' many values as a chunk has rows would be taken again for every chunk
#' @noRd
require_columns <- function(expression, name, chunk,
                            call = rlang::caller_env()) {
  alone <- !is.language(expression) && length(expression) <= 1L
  if (alone || any(all.vars(expression) %in% names(chunk))) {
    return(invisible())
  }
  abort(name, c(
    "{.arg {name}} must be an expression in columns of the source: it is evaluated
     in every chunk.",
    "x" = if (is.language(expression)) {
      "No column is in {.code {deparse1(expression)}}."
    },
    "i" = "Add the values to the rows as a column."
  ), call)
}

#' Refuse terms whose meaning depends on all rows
#'
#' `poly(x, 2)` computes its columns from all values of x, which nobody has at
#' once. They are found by computing each variable from parts of some rows.
#'
#' @param rows Some rows of the source.
#' @noRd
refuse_data_terms <- function(blueprint, rows, call = rlang::caller_env()) {
  terms <- blueprint$frame_terms
  attr(terms, "predvars") <- attr(terms, "variables")
  blueprint$frame_terms <- terms
  compute <- function(part) {
    suppressWarnings(replay_frame(
      blueprint, rows[part, , drop = FALSE], terms,
      learn = TRUE, where = "chunk"
    ))
  }
  refuse_changing(
    compute(seq_len(nrow(rows))), compute, nrow(rows),
    "a source never has all rows at once",
    "Of a spline, give {.arg knots} and {.arg Boundary.knots}; write powers as
     {.code I(x^2)}, and scale by fixed numbers. Or compute it beforehand, as a
     column.", call
  )
}

#' Refuse a `subset` whose meaning depends on other rows
#'
#' Of rows that a condition on each row has kept it keeps all, whichever of them
#' are looked at; `x > mean(x)` does not.
#'
#' @param rows Some rows that were kept, from several chunks.
#' @noRd
refuse_data_subset <- function(request, rows, call = rlang::caller_env()) {
  subset <- request$quoted$subset
  if (is.null(subset)) {
    return(invisible())
  }
  keeps_all <- function(rows) {
    kept <- tryCatch(
      read_frame(
        request$formula, request$gate, rows, list(subset = subset),
        request$model$family, request$env, call
      )$subset,
      error = function(error) FALSE
    )
    all(kept)
  }
  parts <- c(list(seq_len(nrow(rows))), row_parts(nrow(rows)))
  for (part in parts) {
    if (!isTRUE(keeps_all(rows[part, , drop = FALSE]))) {
      abort("row_dependent", c(
        "{.arg subset} depends on other rows than its own (or on chance), and a
         source never has all rows at once.",
        "x" = "It is {.code {deparse1(subset$expression)}}.",
        "i" = "Compare with fixed numbers, or compute it beforehand, as a column."
      ), call)
    }
  }
}
