# Slow twins, in plain R, of the experts for classes; the gate, and the step of
# a logit block, are those of reference.R. `expert` holds V_1, ..., V_K, each
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
