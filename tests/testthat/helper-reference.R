# Slow twins, in plain R, of every update of the core: the oracle of its tests,
# and the place to read what the core computes. Where the core works with
# increments, packed sums and blocks of rows, these use the textbook formulas on
# whole matrices.
#
# `data` and `model` are what new_problem() gives to the core, `parameters` are
# list(gate = p x K, expert = r x qK, covariance = q x qK). What is special to
# the experts of a family is in its helper-family-<family>-reference.R.

#' The rows of a problem in its working basis
#' @noRd
reference_rows <- function(data) {
  part <- if (is.null(data$expert)) "gate" else "expert"
  rows <- nrow(data$gate$values)
  list(
    x = unname(working_columns(data$gate)),
    z = unname(working_columns(data[[part]])),
    y = unname(working_columns(data$response)),
    offset = unname(data$offset),
    weights = if (length(data$weights)) data$weights else rep(1, rows)
  )
}

#' The part of a matrix of all experts, side by side, that belongs to expert k
#' @noRd
reference_own <- function(all, k, responses) {
  all[, (k - 1L) * responses + seq_len(responses), drop = FALSE]
}

#' @noRd
reference_log_sum_exp <- function(logits) {
  largest <- logits[, 1L]
  for (k in seq_len(ncol(logits))[-1L]) largest <- pmax(largest, logits[, k])
  largest + log(rowSums(exp(logits - largest)))
}

#' @noRd
reference_softmax <- function(logits) {
  exp(logits - reference_log_sum_exp(logits))
}

#' The slow twin of a model's experts: `reference` of its family's entry
#'
#' log_density(rows, parameters, model)           n x K
#' penalty(parameters, model)                     twice that of the experts
#' experts(rows, step, model, parameters, curvature)    list(parameters, starved)
#' surrogate(rows, step, model, parameters, anchor)     rise of the minoriser
#' pack(parameters, model), unpack(packed, model)       without the gate
#' random(model, spread)                          parameters without the gate
#' origin(model)                                  the same, where a fit begins
#' start(rows, posterior, model, origin)          optional: parameters of a
#'                               fit's start, where that is not one M-step
#' centre(parameters, model)                      the form that is unique
#' free(parameters, model), from_free(free, model)    as core_information()
#' prior(parameters, model)                       beside the ridge
#' @noRd
reference_twin <- function(model) {
  twin <- family_cases[[model$family]]$reference
  if (is.null(twin)) family_case(model$family)$reference else twin
}

#' Log-densities, a row for each row of the data, a column for each expert
#' @noRd
reference_log_density <- function(rows, parameters, model) {
  density <- reference_twin(model)$log_density(rows, parameters, model)
  matrix(density, ncol = model$experts)
}

#' E-step: gate probabilities, posteriors and the mixture's log-densities
#' @noRd
reference_expectation <- function(rows, parameters, model) {
  probability <- reference_softmax(rows$x %*% parameters$gate)
  joint <- log(probability) + reference_log_density(rows, parameters, model)
  list(
    probability = probability, posterior = reference_softmax(joint),
    log_density = reference_log_sum_exp(joint)
  )
}

#' lambda/2 (sum_k w_k'D w_k + that of the experts)
#' @noRd
reference_penalty <- function(parameters, model) {
  gate <- sum(model$gate_penalty * parameters$gate^2)
  0.5 * (gate + reference_twin(model)$penalty(parameters, model))
}

#' Ridge and, where the model has them, the priors on intercepts and variances
#' @noRd
reference_prior <- function(parameters, model) {
  gate <- if (is.null(model$gate_prior)) {
    0
  } else {
    -model$gate_prior * mean(log(reference_softmax(
      parameters$gate[1L, , drop = FALSE]
    )))
  }
  experts <- if (is.null(model$expert_prior)) {
    0
  } else {
    reference_twin(model)$prior(parameters, model)
  }
  reference_penalty(parameters, model) + gate + experts
}

#' @noRd
reference_objective <- function(data, model, parameters) {
  rows <- reference_rows(data)
  step <- reference_expectation(rows, parameters, model)
  sum(rows$weights * step$log_density) - reference_prior(parameters, model)
}

#' Minimum-norm solution of a symmetric system scaled to a unit diagonal:
#' directions without information stay zero
#' @noRd
reference_solve <- function(matrix, right) {
  scale <- sqrt(diag(matrix))
  scale <- ifelse(scale > 0, 1 / scale, 0)
  decomposition <- eigen(scale * matrix * rep(scale, each = nrow(matrix)), TRUE)
  known <- decomposition$values > 1e-13
  vectors <- decomposition$vectors[, known, drop = FALSE]
  solution <- crossprod(vectors, scale * right) / decomposition$values[known]
  list(solution = scale * (vectors %*% solution), rank = sum(known))
}

#' One step of a logit block: a design x, weights u, targets t and
#' probabilities p, an n x K matrix each. The gate has u = a, t = tau; expert k
#' of classes has u = a tau_k and t the class observed.
#' @noRd
reference_logit_step <- function(x, u, t, p, coefficients, penalty,
                                 curvature) {
  gradient <- crossprod(x, u * (t - p)) - penalty * coefficients
  step <- switch(curvature,
    bound = reference_bound,
    fisher = reference_fisher
  )
  coefficients + step(x, u, p, gradient, penalty)
}

#' Boehning's bound: W+ = W + (S/2 + lambda D)^-1 (G - lambda D W), without a
#' ridge W + 2 S^-1 G
#' @noRd
reference_bound <- function(x, u, p, gradient, penalty) {
  gram <- crossprod(x, u * x)
  reference_solve(gram / 2 + diag(penalty, length(penalty)), gradient)$solution
}

#' Fisher: all K p equations at once. The curvature, the sum of
#' u (diag(p) - pp') (x) x x', and what regularises it know nothing of a
#' common shift of the logits, so 11' (x) I is added, which leaves the sum-zero
#' solution as it is.
#' @noRd
reference_fisher <- function(x, u, p, gradient, penalty, bound_share = 1e-4) {
  k <- ncol(p)
  columns <- ncol(x)
  curvature <- matrix(0, k * columns, k * columns)
  for (i in seq_len(nrow(x))) {
    curvature <- curvature + u[[i]] * kronecker(
      diag(p[i, ], k) - tcrossprod(p[i, ]), tcrossprod(x[i, ])
    )
  }
  regular <- bound_share * crossprod(x, u * x) / 2 + diag(penalty, columns)
  curvature <- curvature + kronecker(diag(k) - 1 / k, regular) +
    kronecker(matrix(1, k, k), diag(columns))
  matrix(solve(curvature, as.vector(gradient)), columns)
}

#' One full MM pass: objective at the parameters, and the next parameters
#' @noRd
reference_pass <- function(data, model, parameters, curvature = "bound") {
  rows <- reference_rows(data)
  step <- reference_expectation(rows, parameters, model)
  reference_maximise(rows, step, model, parameters, curvature)
}

#' M-step with given posteriors and gate probabilities
#' @noRd
reference_maximise <- function(rows, step, model, parameters, curvature) {
  experts <- reference_twin(model)$experts(
    rows, step, model, parameters, curvature
  )
  list(
    objective = sum(rows$weights * step$log_density) -
      reference_penalty(parameters, model),
    parameters = c(
      list(gate = if (model$experts == 1) {
        parameters$gate
      } else {
        reference_logit_step(
          rows$x, rows$weights, step$posterior, step$probability,
          parameters$gate, model$gate_penalty, curvature
        )
      }),
      experts$parameters
    ),
    starved = experts$starved
  )
}

#' The surrogate of the bound, anchored at `anchor`: equals the objective there
#' and is nowhere above it
#' @noRd
reference_surrogate <- function(data, model, parameters, anchor) {
  rows <- reference_rows(data)
  step <- reference_expectation(rows, anchor, model)
  gate <- reference_logit_surrogate(
    rows$x, rows$weights, step$posterior, step$probability,
    parameters$gate - anchor$gate
  )
  experts <- reference_twin(model)$surrogate(
    rows, step, model, parameters, anchor
  )
  sum(rows$weights * step$log_density) + gate + experts -
    reference_penalty(parameters, model)
}

#' What Boehning's quadratic gives a logit block for a change of coefficients
#' @noRd
reference_logit_surrogate <- function(x, u, t, p, change) {
  logits <- x %*% (change - rowMeans(change))
  sum(u * (t - p) * logits) - sum(u * logits^2) / 4
}

#' The packed form: gate, then what belongs to the experts
#' @noRd
reference_pack <- function(parameters, model) {
  c(parameters$gate, reference_twin(model)$pack(parameters, model))
}

#' @noRd
reference_unpack <- function(packed, model) {
  p <- length(model$gate_penalty)
  gates <- seq_len(p * model$experts)
  c(
    list(gate = matrix(packed[gates], p)),
    reference_twin(model)$unpack(packed[-gates], model)
  )
}

#' Parameters whose logits sum to zero in each row
#' @noRd
reference_centre <- function(parameters, model) {
  parameters$gate <- parameters$gate - rowMeans(parameters$gate)
  reference_twin(model)$centre(parameters, model)
}

#' Parameters from a posterior: one M-step at the origin, where all gate
#' probabilities agree, unless the family has its own start
#' @noRd
reference_start <- function(problem, posterior) {
  model <- problem$model
  twin <- reference_twin(model)
  rows <- reference_rows(problem$data)
  origin <- c(
    list(gate = matrix(0, length(model$gate_penalty), model$experts)),
    twin$origin(model)
  )
  if (!is.null(twin$start)) {
    return(twin$start(rows, posterior, model, origin))
  }
  step <- reference_expectation(rows, origin, model)
  step$posterior <- posterior
  reference_maximise(rows, step, model, origin, "bound")$parameters
}
