# Columns of rows that lie in a spill, in place of a matrix in memory.
#
# What is asked of a matrix before a fit (its size, names, moments, Gram matrix,
# some of its columns or rows) these answer, too. A spill is in pieces: one file,
# or one of each partition (R/partitions-team.R). Each answer is put together from those
# of the pieces, and that of a single one is left as it is.

#' Columns of a spill
#'
#' @param spill list(path, rows): the file and its number of rows; of partitions
#'   list(team, rows).
#' @param labels Their names, or NULL.
#' @noRd
spilled_columns <- function(spill, columns, labels = NULL) {
  structure(list(
    path = spill$path, team = spill$team, columns = as.double(columns),
    labels = labels, rows = spill$rows
  ), class = "spilled")
}

#' @param x Columns, or a matrix.
#' @noRd
is_spilled <- function(x) {
  inherits(x, "spilled")
}

#' @export
dim.spilled <- function(x) {
  c(x$rows, length(x$columns))
}

#' @export
dimnames.spilled <- function(x) {
  list(NULL, x$labels)
}

#' @export
`[.spilled` <- function(x, i, j, drop = TRUE) {
  if (!missing(j)) {
    at <- seq_along(x$columns)
    names(at) <- x$labels
    at <- unname(at[j])
    x$columns <- x$columns[at]
    x$labels <- x$labels[at]
  }
  if (missing(i)) {
    return(x)
  }
  values <- read_spilled_rows(x, sort(i))
  if (is.unsorted(i)) {
    values <- values[match(i, sort(i)), , drop = FALSE]
  }
  if (drop) drop(values) else values
}

#' The answers of the pieces of a spill to `work(path, arguments)`, in a list
#'
#' @param work A function of the package, since workers get it by name.
#' @param arguments What it needs beside the path.
#' @noRd
over_pieces <- function(x, work, arguments = list()) {
  if (is.null(x$team)) {
    list(in_core(work(x$path, arguments)))
  } else {
    x$team$ask(work, arguments)
  }
}

#' Number of the column with the weights, zero where there are none
#' @noRd
weight_column <- function(weights) {
  if (is_spilled(weights)) weights$columns else 0
}

#' Some rows of columns, as a matrix
#'
#' @param rows Increasing numbers.
#' @noRd
read_spilled_rows <- function(x, rows) {
  parts <- over_pieces(x, piece_rows, list(
    rows = as.double(rows), columns = x$columns, before = x$team$before
  ))
  values <- do.call(rbind, parts)
  colnames(values) <- x$labels
  values
}

#' @param path,arguments As in over_pieces(); `piece` is the number of the piece,
#'   `before` the number of rows before it.
#' @noRd
piece_rows <- function(path, arguments) {
  rows <- arguments$rows
  if (!is.null(arguments$before)) {
    rows <- rows - arguments$before[[arguments$piece]]
    rows <- rows[rows > 0 & rows <= core_spill_info(path, "")$rows]
  }
  core_spill_rows(path, rows, arguments$columns)
}
