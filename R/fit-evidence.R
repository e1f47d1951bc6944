# The ridge by evidence: empirical Bayes.
#
# The ridge is the precision of a normal prior on the coefficients. Its marginal
# likelihood, in Laplace's approximation, is maximised by the update of Fellner
# (1986) and Schall (1991), MacKay's (1992) evidence: with the penalty
# sum_g lambda_g theta'S_g theta / 2 over groups g of coefficients,
#   H = H0+ + sum_g lambda_g S_g + B,
#   gamma_g = rank(S_g) - lambda_g tr(H^-1 S_g),
#   lambda_g <- gamma_g / theta'S_g theta,
# H0+ the positive part of the information of the *unpenalised* mixture: in
# directions without curvature the prior alone decides. B is the curvature of
# the weak priors on variances and intercepts, where it is positive. (With the positive part
# of the sum lambda went to zero on two data sets of six.) Wood and Fasiolo
# (2017) show that such updates raise the marginal likelihood.
#
# The search comes from a strong ridge, where the objective has few maxima, and
# from a weak one, each fit starting from the one before; the greater evidence
# decides.

#' Fit with the ridge that the evidence chooses; what fit_starts() gives, with
#' the problem that was fitted in the end and what is said of its ridge
#'
#' Quick searches from a strong and from a weak ridge find one to search with;
#' large data do that on a subsample. A start that was given is not left:
#' the search begins with a weak ridge there, or with that of `given`, whose
#' `run` has the variances there, if they are known.
#' @noRd
fit_evidence <- function(problem, given, control, report = NULL,
                         call = rlang::caller_env()) {
  first <- if (is.null(given)) {
    evidence_settings$start
  } else if (is.null(given$ridge)) {
    evidence_settings$weak
  } else {
    given$ridge
  }
  prior <- problem_prior(problem, control, first, given$run, call)
  problem <- set_ridge(problem, prior, first)
  coarse <- NULL
  if (is.null(given)) {
    sample <- start_sample(problem)
    coarse <- search_ridges(
      sample$problem, prior, control, report, call
    )
    ridge <- coarse[[1L]]$problem$spec$prior$ridge
    problem <- set_ridge(
      problem, problem_prior(problem, control, ridge, coarse[[1L]]$run), ridge
    )
  }
  stopped <- !is.null(coarse) && coarse[[1L]]$run$reason == "interrupted"
  runs <- if (!stopped) {
    unless_interrupted(
      fit_starts(problem, given, control, report, call), !is.null(coarse)
    )
  }
  if (is.null(runs)) {
    runs <- list(table = coarse[[1L]]$table)
    runs$best <- evaluated_run(problem, coarse[[1L]]$run, control, sample$whole)
    return(with_evidence(runs, problem, coarse[[1L]]))
  }
  if (!is.null(coarse) && runs$best$reason != "interrupted") {
    # What was found on the way is one more start.
    runs <- add_start(
      runs, coarse[[1L]]$run, coarse[[1L]]$type, problem, control, report
    )
  }
  found <- settle_evidence(problem, runs$best, control, report)
  found$updates <- rbind(coarse[[1L]]$updates, found$updates)
  if (!is.null(coarse) && sample$whole && found$run$reason != "interrupted") {
    # A ridge draws the search to maxima of its own: the other may be better.
    found$evidence <- laplace_evidence(found$problem, found$run, control)
    best <- rank_evidence(c(list(found), coarse))[[1L]]
    if (best > 1L) {
      found <- coarse[[best - 1L]]
      row <- start_row(nrow(runs$table) + 1L, found$type, found$run, problem)
      row$objective <- NA_real_ # it has another ridge
      runs$table$chosen <- FALSE
      runs$table <- rbind(runs$table, row)
    }
  }
  runs$best <- found$run
  with_evidence(runs, found$problem, found)
}

#' Quick searches that begin with a strong and with a weak ridge; what
#' settle_evidence() gives of each, with its table of starts, `type` and `evidence`,
#' the greater first; one that was interrupted alone
#'
#' A strong ridge has few maxima, and its best is found easily; but coming down
#' from it a fit stays where gates and slopes were small. Few rows are fitted so
#' nevertheless: their evidence is not to be trusted.
#' @param prior What problem_prior() gives for all rows.
#' @noRd
search_ridges <- function(problem, prior, control, report, call) {
  found <- list()
  types <- c("annealed", if (has_rows_for_evidence(problem)) "weak")
  for (type in types) {
    ridge <- evidence_settings[[if (type == "weak") "weak" else "start"]]
    own <- set_ridge(problem, prior, ridge)
    runs <- unless_interrupted(fit_starts(
      own, NULL, few_starts(control), report, call,
      most = 8, arithmetic = evidence_settings$moves
    ), length(found) > 0L)
    if (is.null(runs)) {
      found[[1L]]$run$reason <- "interrupted"
      return(found[1L])
    }
    one <- settle_evidence(own, runs$best, control, report)
    one$table <- runs$table
    one$type <- type
    if (one$run$reason == "interrupted") {
      return(list(one))
    }
    one$evidence <- laplace_evidence(one$problem, one$run, control)
    found <- c(found, list(one))
  }
  found[rank_evidence(found)]
}

#' A search, or NULL if the user interrupted it before it had found anything, but
#' an earlier one had
#' @noRd
unless_interrupted <- function(search, earlier) {
  if (!earlier) {
    return(search)
  }
  tryCatch(search, sgmoe_error_interrupted = function(error) NULL)
}

#' Runs with what their fit says of its ridge
#'
#' @param found What settle_evidence() gives.
#' @noRd
with_evidence <- function(runs, problem, found) {
  runs$problem <- problem
  runs$evidence <- list(
    ridge = problem$spec$prior$ridge, updates = found$updates,
    settled = found$settled
  )
  runs
}

#' Updates of the ridge and warm refits, until the ridge has settled
#'
#' @param run The fit at the ridge of the problem.
#' @return list(run, problem, updates, settled): the last fit, its problem, the
#'   ridges on the way (a row each), and whether they came to rest above their
#'   lower limit.
#' @noRd
settle_evidence <- function(problem, run, control, report) {
  updates <- NULL
  settled <- FALSE
  before <- NULL
  for (i in seq_len(evidence_settings$updates)) {
    if (is.null(run$parameters) || run$reason == "interrupted") {
      break
    }
    ridge <- problem$spec$prior$ridge
    found <- quick_information(problem, run$parameters, control)
    if (is.null(found)) {
      run$reason <- "interrupted"
      break
    }
    step <- log(evidence_update(found, ridge) / ridge)
    settled <- max(abs(step)) < evidence_settings$settled
    next_ridge <- clamp(
      ridge * exp(extrapolate(step, before)), evidence_settings$range
    )
    before <- step
    updates <- rbind(updates, next_ridge)
    problem <- set_ridge(
      problem, problem_prior(problem, control, next_ridge, run), next_ridge
    )
    after <- run_core(problem, run$parameters, control, report)
    after$spent <- after$spent + run$spent
    run <- after
    if (settled) {
      break
    }
  }
  if (!is.null(updates)) {
    rownames(updates) <- NULL
  }
  # The largest leaves slopes that are as good as zero: it need not be larger.
  least <- min(problem$spec$prior$ridge) <= evidence_settings$range[[1L]]
  list(
    run = run, problem = problem, updates = updates,
    settled = settled && !least
  )
}

#' Steps of a fixed-point iteration shrink by about the same factor each: where
#' they do, all that are to come at once (Aitken's method)
#'
#' @param step The step, in the logarithms of the ridges.
#' @param before The one before, or NULL.
#' @noRd
extrapolate <- function(step, before) {
  if (is.null(before)) {
    return(step)
  }
  factor <- step / before
  steady <- is.finite(factor) & factor > 0 & factor < 0.8 &
    abs(before) < evidence_settings$step
  step[steady] <- step[steady] / (1 - factor[steady])
  clamp(step, c(-1, 1) * evidence_settings$step)
}

#' One update of the ridge, which is the same for gate and experts
#'
#' @param found What problem_information() gives.
#' @param ridge Those of gate and experts.
#' @noRd
evidence_update <- function(found, ridge) {
  curvature <- prior_curvature(found)
  penalised <- diag(curvature$shrinkage) > 0
  shrunk <- rowSums(curvature$inverse * curvature$shrinkage)
  quadratic <- 2 * sum(found$ridge / ridge)
  # Half a coefficient at least: the update has no other bound below.
  gamma <- max(
    sum(penalised) - sum(shrunk[penalised]), 0.5 * any(penalised)
  )
  step <- log(gamma / quadratic / ridge[[1L]])
  if (any(penalised) && !is.nan(step)) {
    ridge <- ridge * exp(clamp(step, c(-1, 1) * evidence_settings$step))
  }
  clamp(ridge, evidence_settings$range)
}

#' @noRd
clamp <- function(values, range) {
  values[] <- pmin(pmax(values, range[[1L]]), range[[2L]])
  values
}
