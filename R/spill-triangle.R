# The QR decomposition of columns in a spill.

#' The triangle R of the QR decomposition of columns in their working basis,
#' rows multiplied by the roots of their weights; leaf by leaf, since a Gram
#' matrix has only half of the digits
#'
#' @param columns list(values, centre, scale).
#' @noRd
spilled_triangle <- function(columns, weights) {
  parts <- over_pieces(columns$values, piece_triangle, list(
    columns = columns$values$columns, weight = weight_column(weights),
    centre = columns$centre, scale = columns$scale
  ))
  add_triangle(parts)
}

#' The triangle of all rows of some matrices
#' @noRd
add_triangle <- function(parts) {
  # A tolerance of zero leaves the columns in their order.
  qr.R(qr(do.call(rbind, parts), tol = 0))
}

#' @noRd
piece_triangle <- function(path, arguments) {
  triangle <- NULL
  for (leaf in seq_len(core_spill_info(path, "")$leaves)) {
    own <- working_columns(list(
      values = core_spill_leaf(path, leaf, arguments$columns),
      centre = arguments$centre, scale = arguments$scale
    ))
    if (arguments$weight > 0) {
      own <- own * sqrt(drop(core_spill_leaf(path, leaf, arguments$weight)))
    }
    triangle <- add_triangle(list(triangle, own))
  }
  triangle
}
