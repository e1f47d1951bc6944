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
# The search starts at a strong ridge, where the objective has few maxima, and
# comes down, each fit starting from the one before.

#' Fit with the ridge that the evidence chooses; what fit_starts() gives, with
#' the problem that was fitted in the end and what is said of its ridge
#'
#' Large data choose the ridge on a subsample first. A start that was given is
#' not left: the search begins with a weak ridge there, or with that of `given`,
#' whose `run` has the variances there, if they are known.
#' @param separate One ridge each for gate and experts?
#' @noRd
fit_evidence <- function(problem, given, control, report = NULL,
                         call = rlang::caller_env(), separate = FALSE) {
  first <- if (is.null(given)) {
    evidence_settings$start
  } else if (is.null(given$ridge)) {
    evidence_settings$given
  } else {
    given$ridge
  }
  prior <- problem_prior(problem, control, first, given$run, call)
  problem <- set_ridge(problem, prior, first)
  coarse <- NULL
  if (is.null(given)) {
    sample <- start_sample(problem)
    runs <- fit_starts(
      sample$problem, NULL, few_starts(control), report, call,
      most = 8
    )
    coarse <- settle_evidence(
      sample$problem, runs$best, control, report, separate
    )
    ridge <- coarse$problem$spec$prior$ridge
    problem <- set_ridge(
      problem, problem_prior(problem, control, ridge, coarse$run), ridge
    )
    if (coarse$run$reason == "interrupted") {
      runs$best <- evaluated_run(problem, coarse$run, control, sample$whole)
      return(with_evidence(runs, problem, coarse))
    }
  }
  runs <- fit_starts(problem, given, control, report, call)
  if (!is.null(coarse) && runs$best$reason != "interrupted") {
    # The run that came down from the strong ridge is one more start.
    runs <- add_start(
      runs, coarse$run, "annealed", problem, control, report
    )
  }
  found <- settle_evidence(problem, runs$best, control, report, separate)
  runs$best <- found$run
  found$updates <- rbind(coarse$updates, found$updates)
  with_evidence(runs, found$problem, found)
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
#' @param separate One ridge each for gate and experts?
#' @return list(run, problem, updates, settled): the last fit, its problem, the
#'   ridges on the way (a row each), and whether they came to rest above their
#'   lower limit.
#' @noRd
settle_evidence <- function(problem, run, control, report, separate) {
  updates <- NULL
  settled <- FALSE
  before <- NULL
  for (i in seq_len(evidence_settings$updates)) {
    if (is.null(run$parameters) || run$reason == "interrupted") {
      break
    }
    ridge <- problem$spec$prior$ridge
    found <- problem_information(problem, run$parameters, control)
    if (is.null(found)) {
      run$reason <- "interrupted"
      break
    }
    step <- log(evidence_update(found, ridge, separate) / ridge)
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

#' What the core knows of the objective around a point, to second order; NULL if
#' the user interrupted
#' @noRd
problem_information <- function(problem, parameters, control) {
  parts <- over_data(problem, piece_information, list(
    parameters = parameters, threads = control$threads
  ))
  if (!all(lengths(parts))) {
    return(NULL)
  }
  found <- parts[[1L]]
  for (name in c("log_likelihood", "score", "information")) {
    found[[name]] <- Reduce(`+`, lapply(parts, `[[`, name))
  }
  found
}

#' @param arguments list(model, parameters, threads).
#' @noRd
piece_information <- function(data, arguments) {
  core_information(
    data, arguments$model, arguments$parameters, arguments$threads
  )
}

#' One update of the ridges of gate and experts
#'
#' @param found What problem_information() gives.
#' @param ridge Those of gate and experts.
#' @param separate One each?
#' @noRd
evidence_update <- function(found, ridge, separate) {
  curvature <- prior_curvature(found)
  penalised <- diag(curvature$shrinkage) > 0
  shrunk <- rowSums(curvature$inverse * curvature$shrinkage)
  gate <- seq_along(penalised) <= found$gate_size
  groups <- if (separate) list(1L, 2L) else list(1:2)
  for (group in groups) {
    own <- penalised & ((1L %in% group & gate) | (2L %in% group & !gate))
    quadratic <- 2 * sum(found$ridge[group] / ridge[group])
    # Half a coefficient at least: the update has no other bound below.
    gamma <- max(sum(own) - sum(shrunk[own]), 0.5 * any(own))
    step <- log(gamma / quadratic / ridge[[group[[1L]]]])
    if (any(own) && !is.nan(step)) {
      ridge[group] <- ridge[group] * exp(clamp(
        step, c(-1, 1) * evidence_settings$step
      ))
    }
  }
  clamp(ridge, evidence_settings$range)
}

#' @noRd
clamp <- function(values, range) {
  values[] <- pmin(pmax(values, range[[1L]]), range[[2L]])
  values
}

#' The inverse of a matrix that is positive definite, NULL of another
#' @noRd
definite_inverse <- function(matrix) {
  root <- tryCatch(chol(matrix), error = function(error) NULL)
  # A root that is nearly singular says nothing.
  if (!is.null(root) && min(diag(root)) > 1e-7 * max(diag(root))) {
    chol2inv(root)
  }
}

#' @noRd
is_definite <- function(matrix) {
  !is.null(tryCatch(chol(matrix), error = function(error) NULL))
}

#' A symmetric matrix without its negative eigenvalues, found where it is not
#' zero
#' @noRd
positive_part <- function(matrix) {
  some <- which(rowSums(matrix != 0) > 0)
  own <- matrix[some, some, drop = FALSE]
  if (length(some) && !is_definite(own)) {
    parts <- eigen(own, TRUE)
    matrix[some, some] <- parts$vectors %*%
      (t(parts$vectors) * pmax(parts$values, 0))
  }
  matrix
}

#' The positive part of the information, the curvature of the ridge, and the
#' inverse of their sum, that of the other priors included
#' @noRd
prior_curvature <- function(found) {
  positive <- positive_part(found$information)
  shrinkage <- found$penalty_curvature
  total <- positive + shrinkage + positive_part(found$prior_hessian)
  inverse <- definite_inverse(total)
  if (is.null(inverse)) {
    parts <- eigen(total, TRUE)
    values <- pmax(parts$values, 1e-8 * max(parts$values))
    inverse <- parts$vectors %*% (t(parts$vectors) / values)
  }
  list(positive = positive, shrinkage = shrinkage, inverse = inverse)
}

#' The effective number of parameters, tr(H^-1 H0+): all of them without ridge
#' @noRd
effective_parameters <- function(problem, parameters, control) {
  if (problem$spec$ridge == 0) {
    return(count_parameters(problem$spec))
  }
  found <- problem_information(problem, parameters, control)
  if (is.null(found)) {
    return(NA_real_)
  }
  curvature <- prior_curvature(found)
  sum(curvature$inverse * curvature$positive)
}
