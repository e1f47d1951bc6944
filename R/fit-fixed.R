# Fits with a ridge that is given: a number, not "auto".
#
# Two experts or more have the weak priors of R/fit-prior.R with any ridge: a
# ridge bounds slopes, but neither variances nor intercepts. One expert needs
# none: with bounded slopes its intercept is finite as long as every class
# occurs or one count is not zero, and its variance is that of all rows; so it
# stays what ridge regression gives elsewhere. Without a ridge the fit is maximum
# likelihood.

# The centre of the variance prior is a mean of the experts' own variances. It is
# a fixed point of "fit, then take the mean": a row of n with another centre
# changes variances by an n-th, so that one or two refits settle it. A quick
# search finds it, so that the fit that follows mostly needs none.
prior_settings <- list(
  refits = 10, # at most
  # Least relative change of the prior that asks for another: what moves the
  # variance of an expert on ten rows by 1e-5, as its tolerance does.
  settled = 1e-4
)

#' Does a model have weak priors beside its ridge?
#' @noRd
has_weak_priors <- function(spec) {
  spec$k > 1 && spec$ridge > 0
}

#' Do these depend on a fit?
#' @noRd
has_fitted_prior <- function(problem, control) {
  has_part(problem, "sigma") && control$variance_prior > 0
}

#' Fit with the ridge of the problem; what fit_starts() gives, with the problem
#' that was fitted in the end
#'
#' @param budget As in fit_starts().
#' @param before A run to start from, too: that with another ridge; or `NULL`.
#' @noRd
fit_fixed <- function(problem, given, control, report = NULL,
                      call = rlang::caller_env(), budget = search_budget(),
                      before = NULL) {
  weak <- has_weak_priors(problem$spec)
  centre <- if (is.null(before)) given$run else before
  if (weak && is.null(centre) && has_fitted_prior(problem, control)) {
    if (is.null(given)) {
      sample <- start_sample(problem)
      coarse <- fit_coarsely(sample$problem, control, report, call)
      centre <- coarse$best
      if (centre$reason == "interrupted") {
        problem <- with_weak_priors(problem, control, centre, call)
        coarse$best <- evaluated_run(problem, centre, control, sample$whole)
        coarse$problem <- problem
        return(coarse)
      }
    } else if (is.null(given$start$posterior)) {
      centre <- evaluate_parameters(problem, given$start, control)
    }
  }
  if (weak) {
    problem <- with_weak_priors(problem, control, centre, call)
  }
  runs <- fit_starts(problem, given, control, report, call, budget)
  if (!is.null(before) && runs$best$reason != "interrupted") {
    runs <- add_start(runs, before, "before", problem, control, report)
  }
  runs$problem <- problem
  if (weak) {
    found <- settle_priors(problem, runs$best, control, report)
    runs$best <- found$run
    runs$problem <- found$problem
  }
  runs
}

#' A quick search, for the centre of the prior
#' @noRd
fit_coarsely <- function(problem, control, report, call) {
  problem <- with_weak_priors(problem, control, NULL, call)
  runs <- fit_starts(
    problem, NULL, few_starts(control), report, call, search_budget(most = 8)
  )
  runs$best <- settle_priors(problem, runs$best, control, report)$run
  runs
}

#' @param run The last run, or `NULL`, see problem_prior().
#' @noRd
with_weak_priors <- function(problem, control, run,
                             call = rlang::caller_env()) {
  move_ridge(problem, control, problem$spec$ridge, run, call)
}

#' Refits until the prior is that of the fit: list(problem, run)
#' @noRd
settle_priors <- function(problem, run, control, report) {
  for (i in seq_len(prior_settings$refits)) {
    if (run$reason != "converged") {
      break
    }
    following <- with_weak_priors(problem, control, run)
    if (is_same_prior(following$spec$prior, problem$spec$prior)) {
      break
    }
    problem <- following
    after <- run_core(problem, run$parameters, control, report)
    after$spent <- after$spent + run$spent
    run <- after
  }
  list(problem = problem, run = run)
}

#' @param prior,before Those of two fits in turn.
#' @noRd
is_same_prior <- function(prior, before) {
  all(mapply(function(new, old) {
    max(abs(new - old)) <= prior_settings$settled * max(abs(old))
  }, prior, before))
}
