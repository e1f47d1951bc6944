# Answers rather than errors: is a value of a kind?

#' Finite numbers, `size` of them, between two bounds
#' @noRd
are_numbers <- function(x, size = 1L, least = -Inf, most = Inf) {
  is.numeric(x) && !is.object(x) && length(x) == size && all(is.finite(x)) &&
    all(x >= least & x <= most)
}

#' Doubles that are nothing more: no dates, no differences of times
#' @noRd
are_doubles <- function(x) {
  is.double(x) && !is.object(x)
}

#' A whole number
#' @noRd
is_whole <- function(x, least = 0, most = Inf) {
  are_numbers(x, 1L, least, most) && x == round(x)
}

#' @noRd
are_flags <- function(x, size = 1L) {
  is.logical(x) && length(x) == size && !anyNA(x)
}

#' @noRd
are_words <- function(x, size = length(x)) {
  is.character(x) && length(x) == size && !anyNA(x)
}

#' @noRd
is_matrix_of <- function(x, rows, columns) {
  are_doubles(x) && identical(dim(x), as.integer(c(rows, columns))) &&
    all(is.finite(x))
}

#' @noRd
is_labels <- function(column) {
  is.factor(column) || is.character(column) || is.logical(column)
}
