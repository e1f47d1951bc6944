# Columns of rows that lie in a spill, in place of a matrix in memory.

#' Columns of a spill
#'
#' What is asked of a matrix before a fit (its size, names, some of its columns
#' or rows) these answer, too; rows that are asked for are read.
#'
#' @param spill What end_spill() gives.
#' @param labels Their names, or NULL.
#' @noRd
spilled_columns <- function(spill, columns, labels = NULL) {
  structure(list(
    path = spill$path, columns = as.double(columns), labels = labels,
    rows = spill$rows
  ), class = "spilled")
}

#' Case weights in a spill: a column, with its sum and the number of positive
#' ones
#'
#' @param column Its number.
#' @noRd
spilled_weights <- function(spill, column) {
  weights <- spilled_columns(spill, column)
  sums <- in_spill(core_spill_total(spill$path, column))
  weights$total <- sums[[1L]]
  weights$positive <- sums[[2L]]
  weights
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
  values <- in_spill(core_spill_rows(x$path, sort(i), x$columns))
  if (is.unsorted(i)) {
    values <- values[match(i, sort(i)), , drop = FALSE]
  }
  colnames(values) <- x$labels
  if (drop) drop(values) else values
}

#' Evaluate what reads or writes a spill; what fails is `sgmoe_error_spill`
#' @noRd
in_spill <- function(expression, call = rlang::caller_env()) {
  in_core(expression, call)
}

#' Moments of columns, in memory or in a spill
#' @noRd
column_moments <- function(values, weights) {
  if (is_spilled(values)) {
    in_spill(core_spill_moments(
      values$path, values$columns, if (is_spilled(weights)) weights$columns else 0
    ))
  } else {
    core_moments(values, weights)
  }
}

#' The Gram matrix of columns in their working basis, wherever they are
#'
#' @param columns list(values, centre, scale).
#' @param threads Number of threads.
#' @noRd
column_gram <- function(columns, weights, threads) {
  if (is_spilled(columns$values)) {
    in_spill(core_spill_gram(one_part(columns, weights), threads))
  } else {
    core_gram(columns, weights, threads)
  }
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

#' The triangle R of the QR decomposition of columns in their working basis,
#' rows multiplied by the roots of their weights; leaf by leaf, since a Gram
#' matrix has only half of the digits
#'
#' @param columns list(values, centre, scale).
#' @noRd
spilled_triangle <- function(columns, weights) {
  values <- columns$values
  triangle <- NULL
  for (leaf in leaves_of(values)) {
    own <- working_columns(list(
      values = read_leaf(values, leaf), centre = columns$centre,
      scale = columns$scale
    ))
    if (is_spilled(weights)) {
      own <- own * sqrt(drop(read_leaf(weights, leaf)))
    }
    # A tolerance of zero leaves the columns in their order.
    triangle <- qr.R(qr(rbind(triangle, own), tol = 0))
  }
  triangle
}

leaf_rows <- 65536

#' Numbers of the leaves of columns in a spill
#' @noRd
leaves_of <- function(x) {
  seq_len(ceiling(x$rows / leaf_rows))
}

#' A leaf of columns in a spill, as a matrix
#'
#' @param leaf Its number.
#' @noRd
read_leaf <- function(x, leaf) {
  values <- in_spill(core_spill_leaf(x$path, leaf, x$columns))
  colnames(values) <- x$labels
  values
}

#' Some rows of a problem's data, or all of them, read from the spill
#'
#' @param rows Increasing numbers, or NULL for all.
#' @noRd
read_spilled <- function(data, rows = NULL) {
  if (is.null(rows)) {
    rows <- as.double(seq_len(data$gate$values$rows))
  }
  parts <- list(
    data$gate$values, data$expert$values, data$response$values,
    if (is_spilled(data$weights)) data$weights, data$offset
  )
  sizes <- vapply(parts, function(part) length(part$columns), 0L)
  all <- data$gate$values
  all$columns <- unlist(lapply(parts, function(part) part$columns))
  all$labels <- NULL
  values <- all[rows, , drop = FALSE]
  last <- cumsum(sizes)
  take <- function(at) {
    if (is.null(parts[[at]])) {
      return(NULL)
    }
    own <- values[, last[[at]] - sizes[[at]] + seq_len(sizes[[at]]), drop = FALSE]
    colnames(own) <- parts[[at]]$labels
    own
  }
  data$gate$values <- take(1L)
  if (!is.null(data$expert)) {
    data$expert$values <- take(2L)
  }
  data$response$values <- take(3L)
  data$weights <- if (is.null(parts[[4L]])) numeric() else drop(take(4L))
  data["offset"] <- list(take(5L))
  data
}

#' A problem with its rows in memory
#' @noRd
read_problem <- function(problem) {
  if (is_spilled(problem$data$gate$values)) {
    problem$data <- read_spilled(problem$data)
  }
  problem
}

#' Apply `work` to the data of a problem, a leaf at a time; a list of results
#'
#' Leaves are the same wherever the rows are, so that sums of results are, too.
#'
#' @param work A function of data as the core takes them.
#' @noRd
map_leaves <- function(problem, work) {
  rows <- problem$rows
  data <- problem$data
  if (rows <= leaf_rows && !is_spilled(data$gate$values)) {
    return(list(work(data)))
  }
  lapply(seq_len(ceiling(rows / leaf_rows)), function(leaf) {
    own <- seq((leaf - 1) * leaf_rows + 1, min(leaf * leaf_rows, rows))
    work(subset_data(data, own))
  })
}

# Rows in a spill that describe it to the user.
shown_rows <- 20000

#' At most so many rows of n, evenly spaced
#' @noRd
even_rows <- function(n, most = shown_rows) {
  if (n <= most) seq_len(n) else unique(round(seq(1, n, length.out = most)))
}

#' Response and weights of a design, of evenly spaced rows if it is in a spill
#' @noRd
shown_response <- function(design) {
  if (!is_spilled(design$y)) {
    return(design[c("y", "weights")])
  }
  rows <- even_rows(design$y$rows)
  list(
    y = design$y[rows, , drop = FALSE],
    weights = if (!is.null(design$weights)) design$weights[rows, 1L]
  )
}

#' Number of distinct rows of a design in a spill, counted up to k
#' @noRd
distinct_spilled <- function(design, k) {
  all <- design$z
  all$columns <- unique(c(
    design$z$columns, design$x$columns, design$y$columns
  ))
  found <- NULL
  for (leaf in leaves_of(all)) {
    own <- read_leaf(replace(all, "labels", list(NULL)), leaf)
    if (!is.null(design$weights)) {
      own <- own[read_leaf(design$weights, leaf)[, 1L] > 0, , drop = FALSE]
    }
    for (most in c(1000L, nrow(own))) {
      some <- own[seq_len(min(most, nrow(own))), , drop = FALSE]
      found <- utils::head(unique(rbind(found, some)), k)
      if (nrow(found) >= k) {
        return(k)
      }
    }
  }
  nrow(found)
}

#' Numbers of the rows with a positive weight, or NULL where all have one
#' @noRd
positive_rows <- function(weights) {
  if (!is_spilled(weights)) {
    return(if (length(weights)) which(weights > 0))
  }
  if (weights$positive < weights$rows) {
    unlist(lapply(leaves_of(weights), function(leaf) {
      (leaf - 1) * leaf_rows + which(read_leaf(weights, leaf)[, 1L] > 0)
    }))
  }
}
