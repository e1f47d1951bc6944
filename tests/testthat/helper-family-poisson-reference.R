# Slow twins, in plain R, of Poisson experts: b_1, ..., b_K (r x K). See
# helper-reference.R.

#' Predictors, n x K
#' @noRd
reference_predictor <- function(rows, parameters) {
  eta <- rows$z %*% parameters$expert
  if (is.null(rows$offset)) eta else eta + rows$offset[, 1L]
}

#' Where the core goes on along the tangent: a mean of e^50
#' @noRd
reference_count_mean <- function(eta) exp(pmin(eta, 50))

#' @noRd
reference_count_density <- function(rows, parameters, model) {
  eta <- reference_predictor(rows, parameters)
  y <- rows$y[, 1L]
  y * eta - reference_count_mean(eta) * (1 + pmax(eta - 50, 0)) - lfactorial(y)
}

#' Newton's step, shortened to log(1 + r) / r of it where it changes a predictor
#' by up to r, and if the bound is not asked for only where r > 1
#' @noRd
reference_count_experts <- function(rows, step, model, parameters, curvature) {
  weights <- rows$weights * step$posterior
  mean <- reference_count_mean(reference_predictor(rows, parameters))
  used <- apply(weights, 1L, max) > 0
  extent <- apply(abs(rows$z[used, , drop = FALSE]), 2L, max)
  rows_worth <- min(1, sum(rows$weights) / sum(rows$weights > 0))
  penalty <- model$expert_penalty
  starved <- logical(model$experts)
  gain <- 0
  for (k in seq_len(model$experts)) {
    gram <- crossprod(rows$z, weights[, k] * mean[, k] * rows$z)
    gram <- gram + diag(penalty, length(penalty))
    gradient <- crossprod(rows$z, weights[, k] * (rows$y[, 1L] - mean[, k])) -
      penalty * parameters$expert[, k]
    solved <- reference_solve(gram, gradient)
    needed <- if (any(penalty > 0)) 1 else solved$rank
    starved[[k]] <- sum(weights[, k]) < needed * rows_worth
    if (starved[[k]]) {
      next
    }
    gain <- gain + sum(gradient * solved$solution) / 2
    reach <- sum(abs(solved$solution) * extent)
    whole <- curvature != "bound" && reach <= 1 || reach == 0
    parameters$expert[, k] <- parameters$expert[, k] +
      (if (whole) 1 else log1p(reach) / reach) * solved$solution
  }
  list(
    parameters = list(expert = parameters$expert), starved = starved,
    gain = gain
  )
}

#' What is expected of the log-density itself: no quadratic is below it
#' everywhere
#' @noRd
reference_count_surrogate <- function(rows, step, model, parameters, anchor) {
  expected <- function(at) {
    density <- reference_log_density(rows, at, model)
    density[step$posterior == 0] <- 0
    sum(rows$weights * step$posterior * density)
  }
  expected(parameters) - expected(anchor)
}

#' The regression of working responses, and steps from there for as long as they
#' promise more than a hundredth a row, six in all
#' @noRd
reference_count_start <- function(rows, posterior, model, origin) {
  y <- rows$y[, 1L]
  mean <- y + 0.1
  working <- log(mean) + (y - mean) / mean
  if (!is.null(rows$offset)) {
    working <- working - rows$offset[, 1L]
  }
  parameters <- origin
  weights <- rows$weights * posterior
  penalty <- diag(model$expert_penalty, length(model$expert_penalty))
  for (k in seq_len(model$experts)) {
    u <- weights[, k] * mean
    parameters$expert[, k] <- reference_solve(
      crossprod(rows$z, u * rows$z) + penalty, crossprod(rows$z, u * working)
    )$solution
  }
  gate_step <- function(parameters) {
    if (model$experts == 1) {
      return(parameters$gate)
    }
    reference_logit_step(
      rows$x, rows$weights, posterior,
      reference_softmax(rows$x %*% parameters$gate), parameters$gate,
      model$gate_penalty, "bound"
    )
  }
  parameters$gate <- gate_step(parameters)
  for (i in 2:6) {
    step <- list(posterior = posterior)
    experts <- reference_count_experts(rows, step, model, parameters, "bound")
    gate <- gate_step(parameters)
    change <- gate - parameters$gate
    gradient <- crossprod(rows$x, rows$weights * (posterior -
      reference_softmax(rows$x %*% parameters$gate))) -
      model$gate_penalty * parameters$gate
    parameters <- c(list(gate = gate), experts$parameters)
    gain <- experts$gain + sum(gradient * change) / 2
    if (gain < 0.01 * sum(rows$weights)) {
      break
    }
  }
  parameters
}

#' The weak prior on intercepts: a row with a mean count and exposure
#' @noRd
reference_count_prior <- function(parameters, model) {
  intercept <- parameters$expert[1L, ]
  sum(model$expert_prior * (
    model$prior_target[[2L]] * exp(intercept) -
      model$prior_target[[1L]] * intercept
  ))
}

reference_poisson <- list(
  log_density = reference_count_density,
  penalty = function(parameters, model) {
    sum(model$expert_penalty * parameters$expert^2)
  },
  experts = reference_count_experts,
  surrogate = reference_count_surrogate,
  pack = function(parameters, model) c(parameters$expert),
  unpack = reference_class_unpack,
  random = function(model, spread) {
    size <- length(model$expert_penalty) * model$experts
    list(expert = matrix(
      stats::rnorm(size, sd = 0.3 * spread), length(model$expert_penalty)
    ))
  },
  origin = function(model) {
    list(expert = matrix(0, length(model$expert_penalty), model$experts))
  },
  start = reference_count_start,
  centre = function(parameters, model) parameters,
  free = function(parameters, model) c(parameters$expert),
  from_free = reference_class_unpack,
  prior = reference_count_prior
)
