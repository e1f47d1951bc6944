# Refits to drawn rows: what bootstraps are made of.
#
# Everything stays but the weights or the response: the working basis, the
# ridge and the priors, so that coefficients are comparable and the ridge counts
# as known. Each draw has a seed of its own, so that the result does not
# depend on who computes which.

#' A function that gives a problem with drawn rows
#'
#' @param type "weighted": the rows' weights are drawn from gamma distributions
#'   with the case weights as shape, which is exponential for single rows;
#'   "cases": they are the counts of a sample with replacement; "parametric":
#'   the responses are drawn from the fit.
#' @noRd
row_sampler <- function(type, fit, problem) {
  if (type == "parametric") {
    draw <- row_drawer(fit, problem$design)
    return(function() with_response(problem, draw()))
  }
  weights <- case_weights(problem)
  function() {
    drawn <- if (type == "weighted") {
      stats::rgamma(problem$rows, shape = weights)
    } else {
      as.double(stats::rmultinom(1L, max(1, round(sum(weights))), weights))
    }
    problem$data$weights <- drawn * problem$weight / sum(drawn)
    problem
  }
}

#' A problem with another response, as the user has it
#' @noRd
with_response <- function(problem, response) {
  design <- problem$design
  design$y <- replay_response(response, design$blueprint)
  problem$data$response$values <- core_response(design)
  problem
}

#' A run whose parameters mean something, or why they do not
#'
#' @param before The flags of the fit: what was at its floor there is no failure.
#' @noRd
run_failure <- function(run, before) {
  if (is.null(run)) {
    "error"
  } else if (run$reason == "interrupted") {
    rlang::interrupt()
  } else if (run$reason != "converged") {
    run$reason
  } else if (any(run$starved & !before$starved)) {
    "starved"
  } else if (any(run$floored & !before$floored)) {
    "floored"
  } else {
    ""
  }
}

#' A run from given parameters, NULL where the core or a check refuses the rows
#' @noRd
try_run_core <- function(problem, parameters, control) {
  tryCatch(
    run_core(problem, parameters, control),
    sgmoe_error = function(error) NULL
  )
}
