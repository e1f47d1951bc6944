# Single rows of a spill, and work on all of them a leaf at a time.

leaf_rows <- 65536

#' Some rows of columns, as a matrix
#'
#' @param rows Increasing numbers.
#' @noRd
read_rows <- function(x, rows) {
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

#' Some rows of a problem's data, or all of them, read from the spill
#'
#' @param rows Increasing numbers, or NULL for all.
#' @noRd
read_spilled <- function(data, rows = NULL) {
  if (is.null(rows)) {
    rows <- seq_len(data$gate$values$rows)
  }
  parts <- list(
    data$gate$values, data$expert$values, data$response$values,
    if (is_spilled(data$weights)) data$weights, data$offset
  )
  sizes <- vapply(parts, function(part) length(part$columns), 0L)
  all <- data$gate$values
  all$columns <- unlist(lapply(parts, function(part) part$columns))
  all$labels <- NULL
  values <- read_rows(all, rows)
  last <- cumsum(sizes)
  take <- function(at) {
    if (!is.null(parts[[at]])) {
      own <- values[, last[[at]] - sizes[[at]] + seq_len(sizes[[at]]), drop = FALSE]
      colnames(own) <- parts[[at]]$labels
      own
    }
  }
  data$gate$values <- take(1L)
  if (!is.null(data$expert)) {
    data$expert$values <- take(2L)
  }
  data$response$values <- take(3L)
  data$weights <- if (is.null(parts[[4L]])) numeric() else as.vector(take(4L))
  data["offset"] <- list(take(5L))
  data
}

#' A problem with its rows in memory
#' @noRd
read_problem <- function(problem) {
  if (is_spilled(problem$data$gate$values)) {
    problem$data <- read_spilled(problem$data)
    problem$log <- NULL
  }
  problem
}

#' Apply `work` to the data of a problem, a leaf at a time; a list of results
#'
#' Leaves are the same wherever the rows are, so that sums of results are, too.
#'
#' @param work A function of the package, of data as the core takes them and what
#'   is in `...`.
#' @noRd
map_leaves <- function(problem, work, ...) {
  data <- problem$data
  if (!is_spilled(data$gate$values)) {
    leaves <- leaf_numbers(problem$rows)
    if (length(leaves) == 1L) {
      return(list(work(data, ...)))
    }
    return(lapply(leaves, function(rows) work(subset_data(data, rows), ...)))
  }
  parts <- over_pieces(data$gate$values, piece_leaves, list(
    data = light_data(data), work = work, more = list(...)
  ))
  unlist(parts, recursive = FALSE)
}

#' @noRd
piece_leaves <- function(path, arguments) {
  data <- located(arguments$data, path)
  lapply(leaf_numbers(core_spill_info(path, "")$rows), function(rows) {
    do.call(arguments$work, c(list(read_spilled(data, rows)), arguments$more))
  })
}

#' The numbers of the rows of each leaf, a list
#' @noRd
leaf_numbers <- function(rows) {
  lapply(seq_len(max(1, ceiling(rows / leaf_rows))), function(leaf) {
    seq((leaf - 1) * leaf_rows + 1, min(leaf * leaf_rows, rows))
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
    y = read_rows(design$y, rows),
    weights = if (!is.null(design$weights)) {
      as.vector(read_rows(design$weights, rows))
    }
  )
}

#' Number of distinct rows of a design in a spill, counted up to k
#' @noRd
distinct_spilled <- function(design, k) {
  parts <- over_pieces(design$z, piece_distinct, list(
    columns = unique(c(design$z$columns, design$x$columns, design$y$columns)),
    weight = weight_column(design$weights), k = k
  ))
  nrow(unique(do.call(rbind, parts)))
}

#' @noRd
piece_distinct <- function(path, arguments) {
  found <- NULL
  for (leaf in seq_len(core_spill_info(path, "")$leaves)) {
    own <- core_spill_leaf(path, leaf, arguments$columns)
    if (arguments$weight > 0) {
      counts <- core_spill_leaf(path, leaf, arguments$weight)[, 1L] > 0
      own <- own[counts, , drop = FALSE]
    }
    for (most in c(1000L, nrow(own))) {
      some <- own[seq_len(min(most, nrow(own))), , drop = FALSE]
      found <- utils::head(unique(rbind(found, some)), arguments$k)
      if (nrow(found) >= arguments$k) {
        return(found)
      }
    }
  }
  found
}

#' Numbers of the rows with a positive weight, or NULL where all have one
#' @noRd
positive_rows <- function(weights) {
  if (!is_spilled(weights)) {
    return(if (length(weights)) which(weights > 0))
  }
  if (weights$positive < weights$rows) {
    unlist(over_pieces(weights, piece_positive, list(
      column = weights$columns, before = weights$team$before
    )))
  }
}

#' @noRd
piece_positive <- function(path, arguments) {
  before <- if (is.null(arguments$before)) {
    0
  } else {
    arguments$before[[arguments$piece]]
  }
  unlist(lapply(seq_len(core_spill_info(path, "")$leaves), function(leaf) {
    own <- core_spill_leaf(path, leaf, arguments$column)[, 1L]
    before + (leaf - 1) * leaf_rows + which(own > 0)
  }))
}
