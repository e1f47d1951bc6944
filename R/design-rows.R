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
