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
  values <- read_rows(x, sort(i))
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

# Moments ----------------------------------------------------------------------

#' Moments of columns, in memory or in a spill
#' @noRd
column_moments <- function(values, weights) {
  if (!is_spilled(values)) {
    return(core_moments(values, weights))
  }
  parts <- over_pieces(values, piece_moments, list(
    columns = values$columns, weight = weight_column(weights)
  ))
  Reduce(merge_moments, parts)
}

#' @param path,arguments As in over_pieces().
#' @noRd
piece_moments <- function(path, arguments) {
  core_spill_moments(path, arguments$columns, arguments$weight)
}

#' Moments of rows together, about their common mean
#'
#' @param a,b Moments: list(mean, deviation, total).
#' @noRd
merge_moments <- function(a, b) {
  if (!(a$total > 0 && b$total > 0)) {
    return(if (a$total > 0) a else b)
  }
  total <- a$total + b$total
  apart <- b$mean - a$mean
  list(
    mean = a$mean + apart * (b$total / total),
    deviation = sqrt((a$total * a$deviation^2 + b$total * b$deviation^2) / total +
      apart^2 * (a$total / total) * (b$total / total)),
    total = total
  )
}

#' Case weights in a spill: a column, with its sum and the number of positive
#' ones
#'
#' @param column Its number.
#' @noRd
spilled_weights <- function(spill, column) {
  weights <- spilled_columns(spill, column)
  sums <- over_pieces(weights, piece_total, list(column = column))
  sums <- Reduce(`+`, sums)
  weights$total <- sums[[1L]]
  weights$positive <- sums[[2L]]
  weights
}

#' @noRd
piece_total <- function(path, arguments) {
  core_spill_total(path, arguments$column)
}

#' The Gram matrix of columns in their working basis, wherever they are
#'
#' @param columns list(values, centre, scale).
#' @param threads Number of threads.
#' @noRd
column_gram <- function(columns, weights, threads) {
  if (!is_spilled(columns$values)) {
    return(core_gram(columns, weights, threads))
  }
  Reduce(`+`, over_pieces(columns$values, piece_gram, list(
    data = light_data(one_part(columns, weights)), threads = threads
  )))
}

#' @noRd
piece_gram <- function(path, arguments) {
  core_spill_gram(located(arguments$data, path), arguments$threads)
}

#' Rows in a spill of which only one design counts
#' @noRd
one_part <- function(columns, weights) {
  nothing <- columns$values
  nothing$columns <- numeric()
  list(
    gate = columns, expert = NULL,
    response = list(values = nothing, centre = numeric(), scale = numeric()),
    weights = weights, offset = NULL
  )
}

#' Data as the core takes them, without what a worker need not have
#' @noRd
light_data <- function(data) {
  rapply_spilled(data, function(x) {
    x$team <- x$labels <- NULL
    x
  })
}

#' Data as the core takes them, in the file of a piece
#'
#' @param path The file.
#' @noRd
located <- function(data, path) {
  rapply_spilled(data, function(x) {
    x$path <- path
    x
  })
}

#' Apply `change` to all columns of data that lie in a spill
#' @noRd
rapply_spilled <- function(data, change) {
  for (part in c("gate", "expert", "response")) {
    if (!is.null(data[[part]])) {
      data[[part]]$values <- change(data[[part]]$values)
    }
  }
  for (part in c("weights", "offset")) {
    if (is_spilled(data[[part]])) {
      data[[part]] <- change(data[[part]])
    }
  }
  data
}

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
