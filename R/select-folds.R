# The number of experts by cross-validation of the whole selection.
#
# Every fold makes a walk of its own on its training rows, from the overfitted fit
# down to one expert, and scores each level on the rows held out: so the search is
# tested, and not only the models that it found.

#' The mean held-out log-density of a row, for one expert to k
#'
#' @param wanted list(k, covariance, shared), see settle_model().
#' @param k The number of experts that walks begin with.
#' @param ridge That of the walks.
#' @param walk Gives the path of a problem.
#' @return k numbers; NA where no fold could be fitted or one did not reach the
#'   level.
#' @noRd
cross_validate_walks <- function(design, wanted, k, ridge, control, walk,
                                 call = rlang::caller_env()) {
  fold <- settle_folds(min(5, nrow(design$y)), 1, NULL, design, call)$fold[, 1L]
  score <- tuning_scores$log
  values <- matrix(NA_real_, nrow(design$y), k)
  scored <- map_parallel(seq_len(max(fold)), function(i) {
    without_failures({
      train <- subset_design(design, which(fold != i))
      held <- subset_design(design, which(fold == i))
      check_distinct(train, k, call)
      problem <- new_problem(train, wanted, control, "mm", call)
      problem$spec$ridge <- ridge
      problem <- with_experts(walk_problem(problem), k)
      levels <- walk(problem)$levels
      vapply(rev(levels), function(level) {
        score$rows(list(
          spec = with_experts(problem$spec, level$k),
          parameters = level$parameters, control = control
        ), held)$value
      }, numeric(nrow(held$y)))
    })
  })
  for (i in which(!vapply(scored, is.null, NA))) {
    values[fold == i, ] <- scored[[i]]
  }
  known <- !is.na(rowSums(values))
  if (!any(known)) {
    abort("no_score", c(
      "No fold could be fitted with {k} expert{?s}.",
      "i" = "There may be too few rows: give a smaller {.arg k_max}."
    ), call)
  }
  weights <- if (is.null(design$weights)) rep(1, length(known)) else design$weights
  counts <- held_out_counts(design)
  colSums(counts[known] * values[known, , drop = FALSE]) / sum(weights[known])
}
