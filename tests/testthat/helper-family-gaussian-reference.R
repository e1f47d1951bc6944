# Slow twins, in plain R, of Gaussian experts: A_1, ..., A_K (r x q) and
# Sigma_1, ..., Sigma_K (q x q), each side by side. See helper-reference.R.

#' @noRd
reference_gaussian_density <- function(rows, parameters, model) {
  q <- model$responses
  vapply(seq_len(model$experts), function(k) {
    residual <- rows$y - rows$z %*% reference_own(parameters$expert, k, q)
    covariance <- reference_own(parameters$covariance, k, q)
    distance <- rowSums((residual %*% solve(covariance)) * residual)
    -0.5 * (q * log(2 * pi) + log(det(covariance)) + distance)
  }, numeric(nrow(rows$y)))
}

#' sum_k tr(Sigma_k^-1 A_k'D A_k)
#' @noRd
reference_gaussian_penalty <- function(parameters, model) {
  q <- model$responses
  sum(vapply(seq_len(model$experts), function(k) {
    mean <- reference_own(parameters$expert, k, q)
    covariance <- reference_own(parameters$covariance, k, q)
    sum(diag(solve(covariance, crossprod(mean, model$expert_penalty * mean))))
  }, 0))
}

#' What an expert is expected to gain: its own log-density
#' @noRd
reference_gaussian_surrogate <- function(rows, step, model, parameters,
                                         anchor) {
  expected <- function(at) {
    density <- reference_log_density(rows, at, model)
    # A zero posterior times an infinite log-density is zero.
    density[step$posterior == 0] <- 0
    sum(rows$weights * step$posterior * density)
  }
  expected(parameters) - expected(anchor)
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

#' @noRd
reference_gaussian_experts <- function(rows, step, model, parameters,
                                       curvature) {
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

#' Means, then each covariance (one if shared) as its Cholesky factor with the
#' logarithm of its diagonal
#' @noRd
reference_gaussian_pack <- function(parameters, model) {
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
  c(parameters$expert, unlist(factors))
}

#' @noRd
reference_gaussian_unpack <- function(packed, model) {
  k <- model$experts
  q <- model$responses
  r <- length(model$expert_penalty)
  means <- seq_len(r * q * k)
  own <- matrix(packed[-means], ncol = if (model$shared) 1L else k)
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
    expert = matrix(packed[means], r), covariance = do.call(cbind, covariance)
  )
}

#' Random parameters of the experts, in the structure of the model
#' @noRd
reference_gaussian_random <- function(model, spread) {
  k <- model$experts
  q <- model$responses
  r <- length(model$expert_penalty)
  covariance <- lapply(seq_len(k), function(i) {
    root <- matrix(stats::rnorm(q * (q + 2), sd = 0.5), q)
    reference_covariance(tcrossprod(root) + diag(0.1, q), model)
  })
  if (model$shared) {
    covariance <- rep(covariance[1L], k)
  }
  list(
    expert = matrix(stats::rnorm(r * q * k, sd = 0.5 * spread), r),
    covariance = do.call(cbind, covariance)
  )
}

#' The weak prior on variances
#' @noRd
reference_gaussian_prior <- function(parameters, model) {
  experts <- if (isTRUE(model$shared)) 1L else seq_len(model$experts)
  sum(vapply(experts, function(k) {
    sigma <- reference_own(parameters$covariance, k, model$responses)
    model$expert_prior / 2 *
      (log(det(sigma)) + sum(diag(solve(sigma, model$prior_covariance))))
  }, 0))
}

reference_gaussian <- list(
  log_density = reference_gaussian_density,
  penalty = reference_gaussian_penalty,
  experts = reference_gaussian_experts,
  surrogate = reference_gaussian_surrogate,
  pack = reference_gaussian_pack, unpack = reference_gaussian_unpack,
  random = reference_gaussian_random,
  origin = function(model) {
    q <- model$responses
    list(
      expert = matrix(0, length(model$expert_penalty), q * model$experts),
      covariance = do.call(cbind, rep(list(diag(q)), model$experts))
    )
  },
  centre = function(parameters, model) parameters,
  free = reference_gaussian_pack, from_free = reference_gaussian_unpack,
  prior = reference_gaussian_prior
)
