# Sums over columns in a spill: weights, moments, Gram matrices.

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
