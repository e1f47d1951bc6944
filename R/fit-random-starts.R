# Partitions of the rows among experts that a start begins from.

#' Where one expert starts, and where experts are not to differ: one row for all
#' @noRd
single_start <- function(k) {
  list(posterior = matrix(1, 1L, k))
}

#' A start of each of some types, as the core takes them
#'
#' - regions: Voronoi cells of K random rows in the space of covariates and
#'   response; segments: the same in the space of the covariates alone;
#' - lines: each row goes to the closest of K regressions, each fitted to a few
#'   rows around a random one;
#' - k-means on covariates and response;
#' - random: independent uniform posteriors.
#'
#' What is random is drawn here, the rest is done in the core.
#' @param points What start_points() finds of the problem.
#' @noRd
random_starts <- function(problem, types, points = start_points(problem)) {
  k <- problem$spec$k
  n <- problem$rows
  starts <- lapply(types, function(type) {
    if (type == "random") {
      posterior <- matrix(stats::rexp(n * k), n)
      list(posterior = posterior / rowSums(posterior))
    } else {
      draw_partition(type, points, k)
    }
  })
  drawn <- types != "random"
  cells <- in_core(core_cells(points, starts[drawn]))
  starts[drawn] <- lapply(cells, function(cell) list(cell = cell))
  starts
}

#' What is random in a partition, as core_cells() takes it
#'
#' @param type,points As in random_starts().
#' @noRd
draw_partition <- function(type, points, k) {
  around <- function(kind, where) {
    list(
      kind = kind, points = where, centres = random_rows(points[[where]], k)
    )
  }
  switch(type,
    regions = around("nearest", "all"),
    segments = around("nearest", "covariates"),
    "k-means" = around("k-means", "all"),
    lines = draw_lines(points, k)
  )
}

#' Around which rows lines are fitted, and to which of the rows next to these
#' @noRd
draw_lines <- function(points, k) {
  n <- nrow(points$z)
  size <- min(n, ncol(points$z) + 2L)
  near <- min(n, 3L * size)
  rows <- integer(k)
  ranks <- matrix(0L, size, k)
  for (i in seq_len(k)) {
    rows[[i]] <- sample.int(n, 1L)
    ranks[, i] <- sample.int(near, size)
  }
  list(kind = "lines", rows = rows, ranks = ranks)
}

#' Where rows lie, for the starting posteriors of a problem: `z`, the experts'
#' design, `y`, the response as coordinates, `all` coordinates, and those of the
#' covariates
#' @noRd
start_points <- function(problem) {
  part <- if (is.null(problem$data$expert)) "gate" else "expert"
  z <- working_columns(problem$data[[part]])
  y <- start_response(problem)
  x <- distinct_columns(z)
  all <- cbind(x, y)
  list(
    z = z, y = y, all = all,
    covariates = if (ncol(x) > 0L) x else all
  )
}

#' The response as coordinates, in which distances mean something
#' @noRd
start_response <- function(problem) {
  family_of(problem)$start_coordinates(
    working_columns(problem$data$response), problem$spec
  )
}

#' Columns that are not constant
#' @noRd
distinct_columns <- function(values) {
  constant <- apply(values, 2L, function(column) all(column == column[[1L]]))
  values[, !constant, drop = FALSE]
}

#' K distinct random rows, or fewer
#' @noRd
random_rows <- function(points, k) {
  some <- points[sample.int(nrow(points), min(nrow(points), 10 * k)), ,
    drop = FALSE
  ]
  # The first ones mostly are, which is quick to see.
  first <- some[seq_len(min(k, nrow(some))), , drop = FALSE]
  if (nrow(first) == k && !anyDuplicated(first)) {
    return(first)
  }
  utils::head(unique(some), k)
}
