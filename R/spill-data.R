# The rows of a problem as the core takes them: some of them, all of them in
# memory, or a leaf at a time.

#' The weight of a problem's rows: their number, if they have none of their own
#' @noRd
total_weight <- function(weights, rows) {
  if (is_spilled(weights)) {
    weights$total
  } else if (length(weights)) {
    sum(weights)
  } else {
    rows
  }
}

#' Some rows of a problem
#' @noRd
subset_problem <- function(problem, rows) {
  problem$data <- subset_data(problem$data, rows)
  problem$log <- NULL # passes over a part are quick
  problem$rows <- length(rows)
  problem$weight <- total_weight(problem$data$weights, problem$rows)
  problem
}

#' Some rows of what the core takes as data
#' @noRd
subset_data <- function(data, rows) {
  if (is_spilled(data$gate$values)) {
    return(read_spilled(data, rows))
  }
  for (part in c("gate", "expert", "response")) {
    if (!is.null(data[[part]])) {
      data[[part]]$values <- data[[part]]$values[rows, , drop = FALSE]
    }
  }
  if (!is.null(data$offset)) {
    data$offset <- data$offset[rows, , drop = FALSE]
  }
  for (part in c("weights", "background")) {
    if (length(data[[part]])) {
      data[[part]] <- data[[part]][rows]
    }
  }
  data
}

#' Some rows of a problem's data, or all of them, read from the spill
#'
#' @param rows Increasing numbers, or NULL for all.
#' @noRd
read_spilled <- function(data, rows = NULL) {
  rows <- rows %||% seq_len(data$gate$values$rows)
  parts <- list(
    data$gate$values, data$expert$values, data$response$values,
    if (is_spilled(data$weights)) data$weights, data$offset
  )
  sizes <- vapply(parts, function(part) length(part$columns), 0L)
  all <- data$gate$values
  all$columns <- unlist(lapply(parts, function(part) part$columns))
  all$labels <- NULL
  values <- read_spilled_rows(all, rows)
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
