# How much a fit needs each covariate.

#' Permutation importance of covariates
#'
#' How much worse the fit predicts the response when a covariate is shuffled over
#' the rows, so that it has nothing to do with the response any more (Breiman,
#' 2001), in gate and experts alike.
#'
#' @details
#' The measure is the mean log-density of the response (for classes, of the
#' probability of the class observed) before less after shuffling, in nats per row:
#' it takes in the mean, the spread and the gate, for every family. It is close to
#' zero for a covariate that the fit does not need. Covariates that say the same
#' share their importance out, and rows with shuffled values may be unlike any
#' that the fit has seen. On the data of the fit a model that follows noise needs
#' what it follows; give `data` that it has not seen to leave that out.
#'
#' @param object A fit from [sgmoe()], or a stream, with `data`.
#' @param covariates Names of covariates. `NULL`, the default, are all.
#' @param data A data frame with covariates and response. `NULL`, the default,
#'   takes the data of the fit with their case weights; rows of `data` count the
#'   same. Rows with an infinite covariate are left out.
#' @param nsim How often each covariate is shuffled, at least 1. Default 10.
#' @param seed `NULL`, the default, uses the random numbers as they come; a number
#'   is given to [set.seed()], and the state before is put back.
#' @return A data frame with a row for each covariate, the most important first:
#'   `covariate`, `importance`, and `std.error`, that of the mean over shufflings
#'   (`NA` of one). Its attribute `log_score` is the mean log-density before.
#' @section Errors: Those of [average_effects()], and `sgmoe_error_extreme_values`
#'   where the rows are so far from what the fit predicts that they have no log-density.
#' @references Breiman, L. (2001) Random forests. *Machine Learning*, 45, 5–32.
#' @seealso [average_effects()] for what a covariate does, [score()].
#' @examples
#' set.seed(1)
#' fit <- sgmoe(Volume ~ Girth + Height, trees, k = 2, ridge = 0.1, starts = 2)
#' permutation_importance(fit, seed = 1)
#' @export
permutation_importance <- function(object, covariates = NULL, data = NULL,
                                   nsim = 10, seed = NULL) {
  call <- rlang::current_env()
  nsim <- check_number(nsim, "nsim", 1, TRUE, call, "argument")
  check_seed(seed, call)
  at <- importance_rows(object, data, call)
  covariates <- check_covariates(covariates, at$fit, call)
  before <- shuffled_score(at, NULL)
  if (!is.finite(before)) {
    abort("extreme_values", c(
      "Rows are so far from what the fit predicts that they have no log-density.",
      "i" = "What a covariate contributes cannot be told: look for extreme values."
    ), call)
  }
  after <- with_seed(seed, vapply(covariates, function(name) {
    vapply(seq_len(nsim), function(i) shuffled_score(at, name), 0)
  }, numeric(nsim)))$value
  lost <- before - matrix(after, nsim)
  result <- data.frame(
    covariate = covariates, importance = colMeans(lost),
    std.error = apply(lost, 2L, stats::sd) / sqrt(nsim)
  )
  result <- result[order(-result$importance), ]
  row.names(result) <- NULL
  attr(result, "log_score") <- before
  result
}

#' The rows of effect_rows(), with the response and the offset in `design`
#'
#' @param object,data As in permutation_importance().
#' @noRd
importance_rows <- function(object, data, call = rlang::caller_env()) {
  at <- effect_rows(object, data, FALSE, call)
  if (is.null(data)) {
    at$design <- fitted_design(at$fit, call)
    return(at)
  }
  at$design <- replay_design(
    at$fit$blueprint, data, stats::na.omit, TRUE,
    where = "data", call = call
  )
  finite <- !infinite_rows(at$design)
  kept <- setdiff(seq_len(nrow(data)), at$design$na_action)[finite]
  at$design <- subset_design(at$design, which(finite))
  if (!length(kept)) {
    abort("no_rows", "{.arg data} has no row with a response.", call)
  }
  at$raw <- take_rows(data[raw_names(at$fit)], kept)
  at$unchanged <- unchanged_design(at$fit, at$raw)
  at$weights <- rep(1, length(kept))
  at
}

#' The mean log-density of the response with a covariate shuffled
#'
#' @param at From importance_rows().
#' @param name The covariate; `NULL` for none.
#' @noRd
shuffled_score <- function(at, name) {
  design <- at$unchanged
  if (!is.null(name)) {
    values <- at$raw[[name]][sample.int(nrow(at$raw))]
    design <- changed_design(at$fit, at$raw, design, name, values)
  }
  design[c("y", "offset")] <- at$design[c("y", "offset")]
  score <- evaluate_rows(at$fit, design, "posterior")$log_density
  sum(at$weights * score) / sum(at$weights)
}
