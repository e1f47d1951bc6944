# Slow twins, in plain R, of the experts for classes; the gate, and the step of
# a logit block, are those of helper-reference.R. `expert` holds V_1, ..., V_K, each
# r x M, side by side.

#' The response as counts, n x M; classes as indicators
#' @noRd
reference_counts <- function(rows, model) {
  if (ncol(rows$y) > 1L) {
    return(rows$y)
  }
  diag(model$responses)[rows$y[, 1L] + 1, , drop = FALSE]
}

#' log p_km of expert k, n x M
#' @noRd
reference_class_log <- function(rows, parameters, model, k) {
  logits <- rows$z %*% reference_own(parameters$expert, k, model$responses)
  if (!is.null(rows$offset)) {
    logits <- logits + rows$offset
  }
  logits - reference_log_sum_exp(logits)
}

#' Log-probabilities of what was observed, a column for each expert; counts
#' without the multinomial coefficient
#' @noRd
reference_class_density <- function(rows, parameters, model) {
  counts <- reference_counts(rows, model)
  vapply(seq_len(model$experts), function(k) {
    rowSums(counts * reference_class_log(rows, parameters, model, k))
  }, numeric(nrow(counts)))
}

#' V_k+ = V_k + 2 T_k^-1 sum a tau_k z (y - N p_k)', T_k = sum a tau_k N z z',
#' for N = 1 count or more a row; with the ridge, or the Fisher curvature, as in
#' the gate
#' @noRd
reference_class_experts <- function(rows, step, model, parameters, curvature) {
  counts <- reference_counts(rows, model)
  total <- rowSums(counts)
  weights <- rows$weights * step$posterior
  rows_worth <- min(1, sum(rows$weights) / sum(rows$weights > 0))
  experts <- lapply(seq_len(model$experts), function(k) {
    own <- reference_own(parameters$expert, k, model$responses)
    u <- weights[, k] * total
    needed <- if (any(model$expert_penalty > 0)) {
      1
    } else {
      reference_solve(crossprod(rows$z, u * rows$z), own)$rank
    }
    starved <- sum(weights[, k]) < needed * rows_worth
    if (!starved) {
      own <- reference_logit_step(
        rows$z, u, counts / total,
        exp(reference_class_log(rows, parameters, model, k)), own,
        model$expert_penalty, curvature
      )
    }
    list(logit = own, starved = starved)
  })
  list(
    parameters = list(expert = do.call(cbind, lapply(experts, `[[`, "logit"))),
    starved = vapply(experts, `[[`, NA, "starved")
  )
}

#' The quadratic minorisers of all experts, from `anchor` to `parameters`
#' @noRd
reference_class_surrogate <- function(rows, step, model, parameters, anchor) {
  counts <- reference_counts(rows, model)
  total <- rowSums(counts)
  sum(vapply(seq_len(model$experts), function(k) {
    reference_logit_surrogate(
      rows$z, rows$weights * step$posterior[, k] * total, counts / total,
      exp(reference_class_log(rows, anchor, model, k)),
      reference_own(parameters$expert, k, model$responses) -
        reference_own(anchor$expert, k, model$responses)
    )
  }, 0))
}

#' @noRd
reference_class_unpack <- function(packed, model) {
  list(expert = matrix(packed, length(model$expert_penalty)))
}

#' Each expert's logits less their mean over classes
#' @noRd
reference_class_centre <- function(parameters, model) {
  experts <- seq_len(model$experts)
  parameters$expert <- do.call(cbind, lapply(experts, function(k) {
    own <- reference_own(parameters$expert, k, model$responses)
    own - rowMeans(own)
  }))
  parameters
}

#' Logits relative to the last class
#' @noRd
reference_class_free <- function(parameters, model) {
  unlist(lapply(seq_len(model$experts), function(k) {
    own <- reference_own(parameters$expert, k, model$responses)
    (own - own[, model$responses])[, -model$responses]
  }))
}

#' @noRd
reference_class_from_free <- function(free, model) {
  experts <- matrix(free, ncol = model$experts)
  list(expert = do.call(cbind, lapply(seq_len(model$experts), function(k) {
    logits <- cbind(
      matrix(experts[, k], length(model$expert_penalty)), 0
    )
    logits - rowMeans(logits)
  })))
}

#' The weak prior on intercepts
#' @noRd
reference_class_prior <- function(parameters, model) {
  -sum(vapply(seq_len(model$experts), function(k) {
    own <- reference_own(parameters$expert, k, model$responses)
    p <- reference_softmax(own[1L, , drop = FALSE])
    model$expert_prior * sum(model$prior_target[, 1L] * drop(log(p)))
  }, 0))
}

reference_multinomial <- list(
  log_density = reference_class_density,
  penalty = function(parameters, model) {
    sum(model$expert_penalty * parameters$expert^2)
  },
  experts = reference_class_experts,
  surrogate = reference_class_surrogate,
  pack = function(parameters, model) c(parameters$expert),
  unpack = reference_class_unpack,
  random = function(model, spread) {
    size <- length(model$expert_penalty) * model$responses * model$experts
    expert <- matrix(
      stats::rnorm(size, sd = spread), length(model$expert_penalty)
    )
    reference_class_centre(list(expert = expert), model)
  },
  origin = function(model) {
    list(expert = matrix(
      0, length(model$expert_penalty), model$responses * model$experts
    ))
  },
  centre = reference_class_centre,
  free = reference_class_free, from_free = reference_class_from_free,
  prior = reference_class_prior
)
