# Partitions of the rows among experts that a start begins from.

#' A starting posterior (n x K) of a given type
#'
#' - regions: Voronoi cells of K random rows in the space of covariates and
#'   response; segments: the same in the space of the covariates alone;
#' - lines: each row goes to the closest of K regressions, each fitted to a few
#'   rows around a random one;
#' - k-means on covariates and response;
#' - random: independent uniform posteriors.
#' @param points What start_points() finds of the problem.
#' @noRd
start_posterior <- function(problem, type, points = start_points(problem)) {
  k <- problem$spec$k
  n <- problem$rows
  if (type == "single") {
    return(list(posterior = matrix(1, 1L, k))) # one row for all
  }
  if (type == "random") {
    posterior <- matrix(stats::rexp(n * k), n)
    return(list(posterior = posterior / rowSums(posterior)))
  }
  cell <- switch(type,
    regions = nearest(points$all, random_rows(points$all, k)),
    segments = nearest(points$covariates, random_rows(points$covariates, k)),
    lines = nearest_line(points, k),
    "k-means" = k_means(points$all, k)
  )
  # Not quite certain, so that no row is lost to an expert for good.
  posterior <- matrix(0.1 / k, n, k)
  posterior[seq_len(n) + n * (cell - 1)] <- 0.9 + 0.1 / k
  list(posterior = posterior)
}

#' Where rows lie, for the starting posteriors of a problem: `z`, the experts'
#' design, `y`, the response as coordinates, `all` coordinates, also `across`, and
#' those of the covariates
#' @noRd
start_points <- function(problem) {
  part <- if (is.null(problem$data$expert)) "gate" else "expert"
  z <- working_columns(problem$data[[part]])
  y <- start_response(problem)
  x <- distinct_columns(z)
  all <- cbind(x, y)
  list(
    z = z, y = y, all = all, across = t(all),
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

#' Index of the regression with the least error, for every row: k of them, each
#' of a few rows around a random one
#' @noRd
nearest_line <- function(points, k) {
  z <- points$z
  y <- points$y
  n <- nrow(z)
  size <- min(n, ncol(z) + 2L)
  error <- vapply(seq_len(k), function(i) {
    centre <- points$all[sample.int(n, 1L), ]
    distance <- colSums((points$across - centre)^2)
    near <- order(distance)[seq_len(min(n, 3L * size))]
    chosen <- near[sample.int(length(near), size)]
    slopes <- qr.coef(
      qr(z[chosen, , drop = FALSE], tol = 1e-4), y[chosen, , drop = FALSE]
    )
    slopes[is.na(slopes)] <- 0
    rowSums((y - z %*% slopes)^2)
  }, numeric(n))
  max.col(-error, ties.method = "first")
}
