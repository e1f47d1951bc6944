# Slow twins, in plain R, of every update of the core: the oracle of its tests,
# and the place to read what the core computes. Where the core works with
# increments, packed sums and blocks of rows, these use the textbook formulas on
# whole matrices.
#
# `data` and `model` are what new_problem() gives to the core, `parameters` are
# list(gate = p x K, expert = r x qK, covariance = q x qK). What is special to
# experts for classes (q = M, no covariance) is in reference_multinomial.R.

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
  largest <- apply(logits, 1L, max)
  largest + log(rowSums(exp(logits - largest)))
}

#' @noRd
reference_softmax <- function(logits) {
  exp(logits - reference_log_sum_exp(logits))
}

#' Log-densities, a row for each row of the data, a column for each expert
#' @noRd
reference_log_density <- function(rows, parameters, model) {
  if (model$family == "multinomial") {
    return(reference_class_density(rows, parameters, model))
  }
  q <- model$responses
  vapply(seq_len(model$experts), function(k) {
    residual <- rows$y - rows$z %*% reference_own(parameters$expert, k, q)
    covariance <- reference_own(parameters$covariance, k, q)
    distance <- rowSums((residual %*% solve(covariance)) * residual)
    -0.5 * (q * log(2 * pi) + log(det(covariance)) + distance)
  }, numeric(nrow(rows$y)))
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

#' lambda/2 sum_k (w_k'D w_k + tr(Sigma_k^-1 A_k'D A_k)); tr(V_k'D V_k) in place
#' of the second for classes
#' @noRd
reference_penalty <- function(parameters, model) {
  gate <- sum(model$gate_penalty * parameters$gate^2)
  if (model$family == "multinomial") {
    return(0.5 * (gate + sum(model$expert_penalty * parameters$expert^2)))
  }
  q <- model$responses
  expert <- vapply(seq_len(model$experts), function(k) {
    mean <- reference_own(parameters$expert, k, q)
    covariance <- reference_own(parameters$covariance, k, q)
    sum(diag(solve(covariance, crossprod(mean, model$expert_penalty * mean))))
  }, 0)
  0.5 * (gate + sum(expert))
}

#' @noRd
reference_objective <- function(data, model, parameters) {
  rows <- reference_rows(data)
  step <- reference_expectation(rows, parameters, model)
  sum(rows$weights * step$log_density) - reference_penalty(parameters, model)
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

#' A Gaussian expert's weighted least squares and its penalised cross-product:
#' A+ = (T + lambda D)^-1 U; with a singular T, A+ changes as little as it can
#' @noRd
reference_expert <- function(rows, weight, mean, penalty) {
  curvature <- crossprod(rows$z, weight * rows$z) +
    diag(penalty, length(penalty))
  right <- crossprod(rows$z, weight * rows$y)
  solved <- reference_solve(curvature, right - curvature %*% mean)
  rows_worth <- min(1, sum(rows$weights) / sum(rows$weights > 0))
  needed <- if (any(penalty > 0)) 1 else solved$rank
  starved <- sum(weight) < needed * rows_worth
  if (!starved) {
    mean <- mean + solved$solution
  }
  residual <- rows$y - rows$z %*% mean
  list(
    mean = mean, starved = starved,
    cross = crossprod(residual, weight * residual) +
      crossprod(mean, penalty * mean)
  )
}

#' A covariance in its structure and not below the variance floor
#' @noRd
reference_covariance <- function(covariance, model) {
  q <- nrow(covariance)
  if (model$covariance == "spherical") {
    covariance <- diag(mean(diag(covariance)), q)
  } else if (model$covariance == "diagonal") {
    covariance <- diag(diag(covariance), q)
  }
  decomposition <- eigen(covariance, TRUE)
  decomposition$vectors %*% (
    pmax(decomposition$values, model$variance_floor) *
      t(decomposition$vectors)
  )
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
  experts <- if (model$family == "multinomial") {
    reference_class_experts(rows, step, model, parameters, curvature)
  } else {
    reference_gaussian_experts(rows, step, model, parameters)
  }
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

#' @noRd
reference_gaussian_experts <- function(rows, step, model, parameters) {
  q <- model$responses
  weights <- rows$weights * step$posterior
  experts <- lapply(seq_len(model$experts), function(k) {
    reference_expert(
      rows, weights[, k], reference_own(parameters$expert, k, q),
      model$expert_penalty
    )
  })
  pooled <- Reduce(`+`, lapply(experts, `[[`, "cross")) / sum(weights)
  covariance <- lapply(seq_along(experts), function(k) {
    if (model$shared) {
      reference_covariance(pooled, model)
    } else if (experts[[k]]$starved) {
      reference_own(parameters$covariance, k, q)
    } else {
      reference_covariance(experts[[k]]$cross / sum(weights[, k]), model)
    }
  })
  list(
    parameters = list(
      expert = do.call(cbind, lapply(experts, `[[`, "mean")),
      covariance = do.call(cbind, covariance)
    ),
    starved = vapply(experts, `[[`, NA, "starved")
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
  experts <- if (model$family == "multinomial") {
    reference_class_surrogate(rows, step, model, parameters, anchor)
  } else {
    expected <- function(at) {
      density <- reference_log_density(rows, at, model)
      # A zero posterior times an infinite log-density is zero.
      density[step$posterior == 0] <- 0
      sum(rows$weights * step$posterior * density)
    }
    expected(parameters) - expected(anchor)
  }
  sum(rows$weights * step$log_density) + gate + experts -
    reference_penalty(parameters, model)
}

#' What Boehning's quadratic gives a logit block for a change of coefficients
#' @noRd
reference_logit_surrogate <- function(x, u, t, p, change) {
  logits <- x %*% (change - rowMeans(change))
  sum(u * (t - p) * logits) - sum(u * logits^2) / 4
}

#' The packed form: gate, means or logits, then each covariance (one if shared)
#' as its Cholesky factor with the logarithm of its diagonal
#' @noRd
reference_pack <- function(parameters, model) {
  if (model$family == "multinomial") {
    return(c(parameters$gate, parameters$expert))
  }
  q <- model$responses
  factors <- lapply(
    seq_len(if (model$shared) 1L else model$experts),
    function(k) {
      factor <- t(chol(reference_own(parameters$covariance, k, q)))
      diag(factor) <- log(diag(factor))
      switch(model$covariance,
        full = factor[lower.tri(factor, diag = TRUE)],
        diagonal = diag(factor),
        spherical = factor[[1L, 1L]]
      )
    }
  )
  c(parameters$gate, parameters$expert, unlist(factors))
}

#' @noRd
reference_unpack <- function(packed, model) {
  k <- model$experts
  q <- model$responses
  p <- length(model$gate_penalty)
  r <- length(model$expert_penalty)
  logits <- list(
    gate = matrix(packed[seq_len(p * k)], p),
    expert = matrix(packed[p * k + seq_len(r * q * k)], r)
  )
  if (model$family == "multinomial") {
    return(logits)
  }
  own <- matrix(
    packed[-seq_len(p * k + r * q * k)],
    ncol = if (model$shared) 1L else k
  )
  covariance <- lapply(seq_len(k), function(i) {
    values <- own[, if (model$shared) 1L else i]
    factor <- matrix(0, q, q)
    if (model$covariance == "full") {
      factor[lower.tri(factor, diag = TRUE)] <- values
    } else {
      diag(factor) <- values
    }
    diag(factor) <- exp(diag(factor))
    tcrossprod(factor)
  })
  c(logits, list(covariance = do.call(cbind, covariance)))
}
