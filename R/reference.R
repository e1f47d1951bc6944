# Slow twins, in plain R, of every update of the core: the oracle of its tests,
# and the place to read what the core computes. Where the core works with
# increments, packed sums and blocks of rows, these use the textbook formulas on
# whole matrices.
#
# `data` and `model` are what new_problem() gives to the core, `parameters` are
# list(gate = p x K, mean = r x qK, covariance = q x qK).

#' The rows of a problem in its working basis
#' @noRd
reference_rows <- function(data) {
  part <- if (is.null(data$expert)) "gate" else "expert"
  rows <- nrow(data$gate$values)
  list(
    x = unname(working_columns(data$gate)),
    z = unname(working_columns(data[[part]])),
    y = unname(working_columns(data$response)),
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
  q <- model$responses
  vapply(seq_len(model$experts), function(k) {
    residual <- rows$y - rows$z %*% reference_own(parameters$mean, k, q)
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

#' lambda/2 sum_k (w_k'D w_k + tr(Sigma_k^-1 A_k'D A_k))
#' @noRd
reference_penalty <- function(parameters, model) {
  q <- model$responses
  expert <- vapply(seq_len(model$experts), function(k) {
    mean <- reference_own(parameters$mean, k, q)
    covariance <- reference_own(parameters$covariance, k, q)
    sum(diag(solve(covariance, crossprod(mean, model$expert_penalty * mean))))
  }, 0)
  0.5 * (sum(model$gate_penalty * parameters$gate^2) + sum(expert))
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

#' Boehning's bound: (S/2 + lambda D) W+ = R/2, R = S W + 2 G
#' @noRd
reference_gate_bound <- function(rows, step, gate, penalty) {
  gram <- crossprod(rows$x, rows$weights * rows$x)
  score <- crossprod(
    rows$x, rows$weights * (step$posterior - step$probability)
  )
  solve(gram / 2 + diag(penalty, length(penalty)), gram %*% gate / 2 + score)
}

#' Fisher: all K p equations at once. The curvature, the sum of
#' a (diag(pi) - pi pi') (x) x x', and what regularises it know nothing of a
#' common shift of the gate, so 11' (x) I is added, which leaves the sum-zero
#' solution as it is.
#' @noRd
reference_gate_fisher <- function(rows, step, gate, penalty,
                                  bound_share = 1e-4) {
  k <- ncol(gate)
  p <- nrow(gate)
  curvature <- matrix(0, k * p, k * p)
  for (i in seq_len(nrow(rows$x))) {
    pi <- step$probability[i, ]
    curvature <- curvature + rows$weights[[i]] * kronecker(
      diag(pi, k) - tcrossprod(pi), tcrossprod(rows$x[i, ])
    )
  }
  gram <- crossprod(rows$x, rows$weights * rows$x)
  regular <- bound_share * gram / 2 + diag(penalty, p)
  curvature <- curvature + kronecker(diag(k) - 1 / k, regular) +
    kronecker(matrix(1, k, k), diag(p))
  gradient <- crossprod(
    rows$x, rows$weights * (step$posterior - step$probability)
  ) - penalty * gate
  gate + matrix(solve(curvature, as.vector(gradient)), p)
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
  q <- model$responses
  update_gate <- if (curvature == "fisher") {
    reference_gate_fisher
  } else {
    reference_gate_bound
  }
  weights <- rows$weights * step$posterior
  experts <- lapply(seq_len(model$experts), function(k) {
    reference_expert(
      rows, weights[, k], reference_own(parameters$mean, k, q),
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
    objective = sum(rows$weights * step$log_density) -
      reference_penalty(parameters, model),
    parameters = list(
      gate = if (model$experts == 1) {
        parameters$gate
      } else {
        update_gate(rows, step, parameters$gate, model$gate_penalty)
      },
      mean = do.call(cbind, lapply(experts, `[[`, "mean")),
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
  expected <- function(at) {
    density <- reference_log_density(rows, at, model)
    # A zero posterior times an infinite log-density is zero.
    density[step$posterior == 0] <- 0
    sum(rows$weights * step$posterior * density)
  }
  change <- parameters$gate - anchor$gate
  change <- change - rowMeans(change)
  logits <- rows$x %*% change
  gate <- sum(rows$weights * (step$posterior - step$probability) * logits) -
    sum(rows$weights * logits^2) / 4
  sum(rows$weights * step$log_density) + gate + expected(parameters) -
    expected(anchor) - reference_penalty(parameters, model)
}

#' The packed form: gate, means, then each covariance (one if shared) as its
#' Cholesky factor with the logarithm of its diagonal
#' @noRd
reference_pack <- function(parameters, model) {
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
  c(parameters$gate, parameters$mean, unlist(factors))
}

#' @noRd
reference_unpack <- function(packed, model) {
  k <- model$experts
  q <- model$responses
  p <- length(model$gate_penalty)
  r <- length(model$expert_penalty)
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
  list(
    gate = matrix(packed[seq_len(p * k)], p),
    mean = matrix(packed[p * k + seq_len(r * q * k)], r),
    covariance = do.call(cbind, covariance)
  )
}
