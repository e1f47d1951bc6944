# Split-and-merge moves: a way out of a local maximum.
#
# A move gives the rows of one expert to the others, splits the rows of another
# expert in two, and runs from there (Ueda, Nakano, Ghahramani and Hinton, 2000,
# SMEM). Experts for classes need it: their likelihood has many local maxima,
# and which one a start ends in does not show after a few passes (correlation of
# the log-likelihoods after 20 passes and at the end: 0.0; after 80: 0.9 to 1).
# On simulated data with three experts (n = 1e4) on which one start in four
# ended at the truth's maximum, and on some one in twelve, 24 moves from the
# best of three starts ended there in 22 of 24 cases. Gaussian experts and counts
# need it on small data alone, where maxima are many: three of ten searches missed
# that of california_housing (500 rows, three experts) by 17 nats, now one in ten by
# two (DESIGN.md, Starts). With two experts a move is a start like others.

#' The run, or a better one that moves from it lead to
#'
#' A move that does not come near in its first passes is given up.
#' @param share Of the multiplications that all may take, sixty passes each.
#' @noRd
improve_by_moves <- function(problem, run, control, report, try_run,
                             share = 1) {
  arithmetic <- share * family_of(problem)$defaults$moves
  affordable <- floor(arithmetic / (60 * pass_cost(problem)))
  if (problem$spec$k < 3 || affordable < 1) {
    return(run)
  }
  short <- control
  short$tolerance <- max(control$tolerance, 1e-7)
  short$max_passes <- min(control$max_passes, 50)
  spent <- run$spent
  points <- move_points(problem)
  posterior <- posterior_of(problem, run$parameters, control)$posterior
  for (i in seq_len(min(4 * control$starts, affordable))) {
    start <- split_and_merge(points[[1L + i %% 2L]], posterior)
    if (is.null(start)) {
      break
    }
    other <- try_run(problem, start, short, report)
    spent <- spent + other$spent
    near <- start_objective(run) - 1e-3 * problem$weight
    if (start_objective(other) > near) {
      longer <- replace(short, "max_passes", control$max_passes)
      longer <- remaining(longer, other)
      if (longer$max_passes >= 1 && other$reason == "pass_limit") {
        after <- try_run(problem, other$parameters, longer, report)
        spent <- spent + after$spent
        other <- join_runs(other, after, TRUE)
      }
    }
    if (rank_runs(list(run, other), problem)[[1L]] == 2L) {
      run <- other
      posterior <- posterior_of(problem, run$parameters, control)$posterior
    }
  }
  run$spent <- spent
  run
}

#' Where rows lie for the splits: in covariates and response, and in covariates
#' alone (if the gate has any)
#' @noRd
move_points <- function(problem) {
  covariates <- distinct_columns(working_columns(problem$data$gate))
  both <- cbind(covariates, start_response(problem))
  list(both, if (ncol(covariates) > 0L) covariates else both)
}

#' A posterior in which one random expert has gone to the others and the rows of
#' another are split by the nearer of two of its rows
#'
#' `points` say what near means. NULL where there is no such start.
#' @noRd
split_and_merge <- function(points, posterior) {
  if (anyNA(posterior)) {
    return(NULL) # a failed run, or numbers too extreme
  }
  k <- ncol(posterior)
  halved <- sample.int(k, 1L, prob = colMeans(posterior) + 1e-6)
  merged <- sample(setdiff(seq_len(k), halved), 1L)
  centres <- unique(points[sample.int(
    nrow(points), min(20L, nrow(points)),
    prob = posterior[, halved] + 1e-12
  ), , drop = FALSE])
  if (nrow(centres) < 2L) {
    return(NULL)
  }
  posterior[, merged] <- 0
  posterior <- posterior + 1e-6
  posterior[, merged] <- 0
  posterior <- posterior / rowSums(posterior)
  # Not quite certain, so that no row is lost to an expert for good.
  first <- nearest(points, centres[1:2, , drop = FALSE]) == 1L
  share <- ifelse(first, 0.95, 0.05)
  posterior[, merged] <- posterior[, halved] * (1 - share)
  posterior[, halved] <- posterior[, halved] * share
  list(posterior = posterior)
}

#' Index of the nearest centre of every point
#' @noRd
nearest <- function(points, centres) {
  distance <- rep(rowSums(centres^2), each = nrow(points)) -
    2 * tcrossprod(points, centres)
  max.col(-distance, ties.method = "first")
}
