# Infinite values in new data: such rows have no prediction, except for those whose
# offset says that nothing can happen in them.

#' The matrices of a design that predictions are made of, each once
#' @noRd
predictor_matrices <- function(design) {
  parts <- c("x", if (!design$blueprint$same) "z", if (!is.null(design$offset)) "offset")
  design[parts]
}

#' Which rows have a prediction: none of their values is missing or infinite
#' @noRd
known_rows <- function(design) {
  known <- !logical(nrow(design$x))
  for (values in predictor_matrices(design)) {
    known <- known & is.finite(rowSums(values))
  }
  known
}

#' Which rows of a design have an infinite covariate or offset, and so no
#' prediction?
#' @noRd
infinite_rows <- function(design) {
  infinite <- logical(nrow(design$x))
  for (values in predictor_matrices(design)) {
    if (!is.finite(sum(values))) {
      infinite <- infinite | rowSums(is.infinite(values)) > 0
    }
  }
  infinite & !is_empty_row(design)
}

#' Warn of rows of new data without a prediction because a covariate or an offset
#' is infinite
#' @noRd
warn_infinite <- function(design, where, call = rlang::caller_env()) {
  rows <- which(infinite_rows(design))
  if (length(rows)) {
    first <- as.character(design$row_names[[rows[[1L]]]])
    warn("non_finite", c(
      "{length(rows)} row{?s} {?has/have} an infinite covariate or offset in
       {.arg {where}}, and so no prediction.",
      "x" = "The first is row {first}."
    ), call)
  }
  invisible()
}

#' Warn of rows so far out that what a fit says of them is beyond all numbers
#'
#' @param over Which rows.
#' @noRd
warn_overflow <- function(design, over) {
  rows <- which(over)
  if (length(rows)) {
    first <- as.character(design$row_names[[rows[[1L]]]])
    warn("non_finite", c(
      "{length(rows)} row{?s} {?is/are} so far from those of the fit that {?its/their}
       predictions are beyond all numbers: {?it has/they have} none.",
      "x" = "The first is row {first}."
    ), NULL)
  }
}

#' Rows in which nothing can happen: the offset is minus infinity, and the
#' family knows what that means (its part `empty`)
#' @noRd
is_empty_row <- function(design) {
  if (is.null(design$offset) || !has_part(design$blueprint, "empty")) {
    return(logical(nrow(design$x)))
  }
  rowSums(design$offset != -Inf | is.na(design$offset)) == 0
}
