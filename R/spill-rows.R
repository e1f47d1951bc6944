# Single rows of a spill, and work on all of them a leaf at a time.

leaf_rows <- 65536

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
    y = read_spilled_rows(design$y, rows),
    weights = if (!is.null(design$weights)) {
      as.vector(read_spilled_rows(design$weights, rows))
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
