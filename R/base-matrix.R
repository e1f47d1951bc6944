# Matrices: roots, inverses and parts.

#' @noRd
chol_or_null <- function(matrix) {
  tryCatch(chol(matrix), error = function(error) NULL)
}

#' The inverse of a matrix that is positive definite, NULL of another
#' @noRd
definite_inverse <- function(matrix) {
  root <- chol_or_null(matrix)
  # A root that is nearly singular says nothing.
  if (!is.null(root) && min(diag(root)) > 1e-7 * max(diag(root))) {
    chol2inv(root)
  }
}

#' A symmetric matrix without its negative eigenvalues, found where it is not
#' zero
#' @noRd
positive_part <- function(matrix) {
  some <- which(rowSums(matrix != 0) > 0)
  own <- matrix[some, some, drop = FALSE]
  if (length(some) && is.null(chol_or_null(own))) {
    parts <- eigen(own, TRUE)
    # Few are negative, as a rule.
    negative <- parts$values < 0
    vectors <- parts$vectors[, negative, drop = FALSE]
    matrix[some, some] <- own -
      vectors %*% (t(vectors) * parts$values[negative])
  }
  matrix
}

#' The logarithm of the determinant of a part of a matrix, Inf if it is not
#' positive definite
#'
#' @param matrix A symmetric one.
#' @param some Which of its rows and columns?
#' @noRd
log_determinant <- function(matrix, some) {
  own <- matrix[some, some, drop = FALSE]
  if (!length(own)) {
    return(0)
  }
  root <- chol_or_null(own)
  if (is.null(root)) Inf else 2 * sum(log(diag(root)))
}

#' A matrix that is symmetric except for rounding, without it
#' @noRd
symmetric <- function(matrix) {
  (matrix + t(matrix)) / 2
}

#' A block-diagonal matrix
#' @noRd
join_blocks <- function(blocks) {
  rows <- vapply(blocks, nrow, 0L)
  columns <- vapply(blocks, ncol, 0L)
  result <- matrix(0, sum(rows), sum(columns))
  for (i in seq_along(blocks)) {
    result[
      sum(rows[seq_len(i - 1L)]) + seq_len(rows[[i]]),
      sum(columns[seq_len(i - 1L)]) + seq_len(columns[[i]])
    ] <- blocks[[i]]
  }
  result
}

#' A symmetric matrix from its lower triangle, column by column
#'
#' @param size Number of its rows.
#' @noRd
from_lower <- function(values, size) {
  matrix <- matrix(0, size, size)
  matrix[lower.tri(matrix, diag = TRUE)] <- values
  matrix[upper.tri(matrix)] <- t(matrix)[upper.tri(matrix)]
  matrix
}
