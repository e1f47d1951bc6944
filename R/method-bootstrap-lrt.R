# A likelihood-ratio test by simulation.

#' Test the number of experts by simulation
#'
#' Twice the log-likelihood ratio of two fits, and how often it is as large or
#' larger on data that are drawn from the smaller fit (McLachlan, 1987): the
#' test that a chi-square distribution does not give where an expert more is in
#' question, see [anova.sgmoe()].
#'
#' Both models are fitted again to each set of drawn responses, with the ridge
#' and priors that their fits have, which count as known: the smaller from its
#' fit, the larger from its fit and from new starts, the best of which counts. A
#' likelihood of superfluous experts has many maxima, and with too few `starts`
#' the statistic of drawn data is too small, and so is the p value.
#'
#' @param fit1,fit2 Two fits from [sgmoe()] that keep their data, of the same
#'   rows: the smaller model, which is tested, and the larger one (in any order).
#' @param nsim Number of simulated data sets, a positive whole number; 99 by
#'   default. The smallest possible p value is 1 / (nsim + 1).
#' @param starts New starts of the larger model on each of them, 3 by default.
#' @param seed As in [bootstrap()]. Refits are made in parallel as there.
#' @return A list of class `htest` with `statistic`, `p.value`, `parameter`, the
#'   numbers of experts and of data sets that count, and `simulated`, their
#'   statistics, `NA` where a refit failed.
#' @section Errors: `sgmoe_error_comparison` for fits of other rows or the same
#'   number of parameters, `sgmoe_error_no_model` for one without data,
#'   `sgmoe_error_bootstrap` if all refits failed.
#' @references
#' McLachlan, G. J. (1987) On bootstrapping the likelihood ratio test statistic
#' for the number of components in a normal mixture. *Applied Statistics*, 36,
#' 318–324.
#' @seealso [select_experts()], [icl()]
#' @family numbers of experts
#' @examples
#' set.seed(1)
#' one <- sgmoe(dist ~ speed, cars, k = 1)
#' two <- sgmoe(dist ~ speed, cars, k = 2, gate = ~1, starts = 2)
#' bootstrap_lrt(one, two, nsim = 19, starts = 1)
#' @export
bootstrap_lrt <- function(fit1, fit2, nsim = 99, starts = 3, seed = NULL) {
  call <- rlang::current_env()
  nsim <- check_number(nsim, "nsim", 1, TRUE, call, "argument", most = 1000000L)
  starts <- check_number(starts, "starts", 0, TRUE, call, "argument")
  check_seed(seed, call)
  name <- paste(deparse1(substitute(fit1)), "and", deparse1(substitute(fit2)))
  fits <- list(fit1, if (!missing(fit2)) fit2)
  fits <- fits[c(TRUE, !missing(fit2))]
  check_are_fits(fits, "bootstrap_lrt", call)
  check_same_rows(fits, call)
  size <- vapply(fits, function(fit) count_parameters(fit$spec), 0)
  if (size[[1L]] == size[[2L]]) {
    abort("comparison", c(
      "One of the fits must have more parameters than the other.",
      "x" = "Both have {size[[1L]]}."
    ), call)
  }
  fits <- fits[order(size)]
  problems <- lapply(fits, inference_problem, call = call)
  draw <- row_drawer(fits[[1L]], problems[[1L]]$design)
  simulated <- unlist(map_parallel(seq_len(nsim), function(i) {
    lrt_refit(fits, problems, draw, starts)
  }, draw_seeds(nsim, seed)))
  observed <- 2 * (fits[[2L]]$log_likelihood - fits[[1L]]$log_likelihood)
  known <- simulated[!is.na(simulated)]
  if (!length(known)) {
    abort("bootstrap", c(
      "None of {nsim} simulated data set{?s} could be fitted.",
      "i" = "A larger {.arg max_passes} or a {.arg ridge} in the fits may help."
    ), call)
  }
  structure(list(
    statistic = c(LR = observed),
    parameter = c(
      k1 = fits[[1L]]$k, k2 = fits[[2L]]$k, simulated = length(known)
    ),
    p.value = (1 + sum(known >= observed)) / (1 + length(known)),
    method = "Likelihood-ratio test by simulation from the smaller fit",
    data.name = name, simulated = simulated
  ), class = "htest")
}

#' Twice the log-likelihood ratio of one simulated data set
#'
#' @param fits,problems Of the smaller model, and of the larger.
#' @param draw What row_drawer() gives, of the smaller.
#' @param starts New starts of the larger.
#' @noRd
lrt_refit <- function(fits, problems, draw, starts) {
  response <- draw()
  drawn <- lapply(problems, with_response, response)
  runs <- Map(function(problem, fit) {
    list(try_run_core(problem, fit$parameters, fit$control))
  }, drawn, fits)
  if (starts > 0) {
    control <- fits[[2L]]$control
    control$starts <- starts
    found <- tryCatch(
      fit_starts(drawn[[2L]], NULL, control, budget = search_budget(most = 8)),
      sgmoe_error = function(error) NULL
    )
    runs[[2L]] <- c(runs[[2L]], list(found$best))
  }
  best <- Map(best_likelihood, runs, drawn)
  2 * (best[[2L]] - best[[1L]])
}

#' The log-likelihood of the best of some runs, NA if all failed
#' @noRd
best_likelihood <- function(runs, problem) {
  runs <- Filter(function(run) {
    !is.null(run) && is.finite(run$objective) &&
      run$reason %in% c("converged", "pass_limit", "interrupted")
  }, runs)
  if (!length(runs)) {
    return(NA_real_)
  }
  run <- runs[[rank_runs(runs, problem)[[1L]]]]
  if (run$reason == "interrupted") {
    rlang::interrupt()
  }
  run$log_likelihood + scale_constant(problem$spec, problem$weight)
}
