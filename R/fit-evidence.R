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
# (2017) show that such updates raise the marginal likelihood. Here all
# coefficients are one group: gate and experts have one lambda.
#
# Which maxima are updated from: R/fit-evidence-search.R.

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
    problem <- move_ridge(problem, control, next_ridge, run)
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
