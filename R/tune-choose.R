# The choice from a table of scores.

#' The row of the table that is chosen
#'
#' With `one_se`, the simplest model whose score is within a standard error of
#' the best: the fewest experts, and of those the strongest ridge (Breiman et
#' al., 1984). Candidates that failed in some fold count only if all did.
#'
#' @param larger Is more better?
#' @param one_se Is the simplest within a standard error to be taken?
#' @noRd
choose_candidate <- function(table, larger, one_se,
                             call = rlang::caller_env()) {
  able <- !is.na(table$score) & table$failed == min(table$failed)
  if (!any(able)) {
    able <- !is.na(table$score)
  }
  if (!any(able)) {
    abort("no_score", c(
      "No number of experts and no ridge could be fitted and scored in the
       folds.",
      "i" = "There may be too few rows for {.arg k}, or a group or level that
             only one fold has: try fewer folds."
    ), call)
  }
  loss <- ifelse(able, if (larger) -table$score else table$score, Inf)
  # Simple ones first, so that they win ties.
  simple <- order(table$k, -table$value)
  best <- simple[[which.min(loss[simple])]]
  if (one_se && is.finite(table$se[[best]])) {
    fine <- loss <= loss[[best]] + table$se[[best]]
    best <- simple[[which(fine[simple])[[1L]]]]
  }
  best
}

#' What tuning has found: list(table, best, score, folds, repeats, one_se)
#'
#' @param asked,folds As for cross_validate().
#' @param one_se As for choose_candidate().
#' @noRd
tune <- function(design, wanted, asked, folds, control, method, one_se,
                 call = rlang::caller_env()) {
  table <- cross_validate(design, wanted, asked, folds, control, method, call)
  best <- choose_candidate(table, asked$score$larger, one_se, call)
  list(
    table = table, best = table[best, , drop = FALSE],
    score = asked$score_name, folds = max(folds$fold),
    repeats = ncol(folds$fold), one_se = one_se,
    ridge = asked$ridge[[
      match(table$ridge[[best]], vapply(asked$ridge, as.character, ""))
    ]]
  )
}

#' The ridge of one number of experts by five folds, for `ridge = "cv"`
#' @noRd
tune_ridge <- function(design, wanted, control, method,
                       call = rlang::caller_env()) {
  folds <- settle_folds(min(5, nrow(design$y)), 1, NULL, design, call)
  asked <- list(
    k = wanted$k, ridge = default_ridges, score = tuning_scores$log,
    score_name = "log"
  )
  tune(design, wanted, asked, folds, control, method, FALSE, call)
}
