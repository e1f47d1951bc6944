# Partitions of the rows among experts that a start begins from.

#' A starting posterior (n x K) of a given type
#'
#' - regions: Voronoi cells of K random rows in the space of covariates and
#'   response; segments: the same in the space of the covariates alone;
#' - lines: each row goes to the closest of K regressions, each fitted to a few
#'   rows around a random one;
#' - k-means on covariates and response;
#' - random: independent uniform posteriors.
#' @noRd
start_posterior <- function(problem, type) {
  k <- problem$spec$k
  n <- problem$rows
  if (type == "single") {
    return(list(posterior = matrix(1, 1L, k))) # one row for all
  }
  if (type == "random") {
    posterior <- matrix(stats::rexp(n * k), n)
    return(list(posterior = posterior / rowSums(posterior)))
  }
  part <- if (is.null(problem$data$expert)) "gate" else "expert"
  z <- working_columns(problem$data[[part]])
  y <- start_response(problem)
  x <- distinct_columns(z)
  points <- if (type == "segments" && ncol(x) > 0L) x else cbind(x, y)
  cell <- switch(type,
    regions = ,
    segments = nearest(points, random_rows(points, k)),
    lines = nearest_line(z, y, points, k),
    "k-means" = k_means(points, k)
  )
  # Not quite certain, so that no row is lost to an expert for good.
  posterior <- matrix(0.1 / k, n, k)
  posterior[cbind(seq_len(n), cell)] <- 0.9 + 0.1 / k
  list(posterior = posterior)
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
  utils::head(unique(some), k)
}

#' Index of the nearest centre of every point
#' @noRd
nearest <- function(points, centres) {
  distance <- rep(rowSums(centres^2), each = nrow(points)) -
    2 * tcrossprod(points, centres)
  max.col(-distance, ties.method = "first")
}

#' @noRd
k_means <- function(points, k) {
  centres <- random_rows(points, k)
  # Ten rounds: an unconverged partition is as good a start.
  suppressWarnings(
    stats::kmeans(points, centres, iter.max = 10, algorithm = "Lloyd")$cluster
  )
}

#' @param points Where rows lie, n rows.
#' @noRd
nearest_line <- function(z, y, points, k) {
  size <- min(nrow(z), ncol(z) + 2L)
  error <- vapply(seq_len(k), function(i) {
    centre <- points[sample.int(nrow(points), 1L), ]
    distance <- colSums((t(points) - centre)^2)
    near <- order(distance)[seq_len(min(nrow(z), 3L * size))]
    chosen <- near[sample.int(length(near), size)]
    slopes <- qr.coef(
      qr(z[chosen, , drop = FALSE], tol = 1e-4), y[chosen, , drop = FALSE]
    )
    slopes[is.na(slopes)] <- 0
    rowSums((y - z %*% slopes)^2)
  }, numeric(nrow(z)))
  max.col(-error, ties.method = "first")
}
