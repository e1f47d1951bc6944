# Some rows of a design.

#' A design with some of its rows, for a problem
#'
#' Columns that the formula computed from all rows, such as those of a spline,
#' stay as they are.
#' @noRd
subset_design <- function(design, rows) {
  for (part in c("x", "z", "y", "offset")) {
    if (!is.null(design[[part]])) {
      design[[part]] <- design[[part]][rows, , drop = FALSE]
    }
  }
  design$weights <- design$weights[rows]
  design$row_names <- design$row_names[rows]
  # Kept rows of the data are for fits that come back to the user.
  design[c("frame", "variables")] <- NULL
  design
}

#' Labels that were given for the rows of the data, or for those used, of the rows
#' used
#'
#' @param labels One for each row.
#' @param used Numbers of the rows used.
#' @param total How many rows the data have.
#' @noRd
used_labels <- function(labels, name, used, total, call = rlang::caller_env()) {
  fits <- is.atomic(labels) && is.null(dim(labels)) &&
    length(labels) %in% c(total, length(used))
  if (fits && length(labels) > length(used)) {
    labels <- labels[used]
  }
  if (!fits || anyNA(labels)) {
    abort("argument", c(
      "{.arg {name}} must have one value for each row of the data or for each row
       used, none of them missing.",
      "x" = if (fits) {
        "{sum(is.na(labels))} of those used {?is/are} missing."
      } else {
        "It is {describe_value(labels)}; the data have {total} row{?s},
         {length(used)} of them used."
      }
    ), call)
  }
  labels
}
