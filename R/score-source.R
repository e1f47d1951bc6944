# Scores and calibration over sources: sums of chunks are added.

#' The scores of the rows of a source, as score() gives them
#'
#' @param p,draws,seed As in score(); the seed of a chunk is that and its number.
#' @noRd
score_source <- function(fit, source, weights, p, draws, seed,
                         call = rlang::caller_env()) {
  sums <- sum_chunks(fit, source, function(total, chunk, design, number) {
    weights <- chunk_weights(weights, chunk, design, call)
    parts <- score_design(fit, design, weights, p, draws, seed + number - 1)
    add_scores(total, score_sums(parts))
  }, weights, call)
  settle_scores(sums, call)
}

#' @param total,more Sums of scores, from score_sums(); `total` may be NULL.
#' @noRd
add_scores <- function(total, more) {
  if (is.null(total)) {
    return(more)
  }
  for (sum in c("value", "square", "n")) {
    total[[sum]] <- total[[sum]] + more[[sum]]
  }
  total
}

#' The reliability table of the rows of a source
#'
#' @param class The class looked at, or `NULL` for the most probable one.
#' @noRd
source_reliability <- function(fit, source, weights, class, bins,
                               call = rlang::caller_env()) {
  sums <- sum_chunks(fit, source, function(total, chunk, design, number) {
    weights <- chunk_weights(weights, chunk, design, call)
    more <- sum_bins(
      predict_design(fit, design, "prob"), observed_response(design$y, fit),
      response_weights(design$y, weights, fit), class, bins
    )
    if (is.null(total)) {
      return(more)
    }
    list(
      bins = total$bins + more$bins, dropped = total$dropped + more$dropped,
      known = total$known || more$known
    )
  }, weights, call)
  settle_bins(sums, fit$responses, class, bins, call)
}
