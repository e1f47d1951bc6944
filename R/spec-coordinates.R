# Parameters as the user sees them: one flat named vector, on the user's scale,
# the gate relative to the first expert, classes relative to the first class.

#' @noRd
coefficient_labels <- function(family, k, gate_columns, expert_columns,
                               responses, covariance, shared) {
  q <- length(responses)
  prefix <- paste0("expert", seq_len(k), ":")
  gate <- cross_names(sprintf("gate%d:", seq_len(k)[-1L]), gate_columns)
  if (family == "multinomial") {
    columns <- cross_names(paste0(responses[-1L], ":"), expert_columns)
    return(list(
      gate = gate, expert = cross_names(prefix, columns), scale = character()
    ))
  }
  responses_in <- if (q > 1L) paste0(responses, ":") else ""
  scale <- if (q == 1L || covariance == "spherical") {
    "sigma"
  } else if (covariance == "diagonal") {
    paste0("sigma:", responses)
  } else {
    lower <- which(lower.tri(diag(q), diag = TRUE), arr.ind = TRUE)
    paste0("sigma:", responses[lower[, 2L]], ":", responses[lower[, 1L]])
  }
  list(
    gate = gate,
    expert = cross_names(cross_names(prefix, responses_in), expert_columns),
    scale = cross_names(if (shared) "shared:" else prefix, scale)
  )
}

#' All "first second", the second running fastest
#' @noRd
cross_names <- function(first, second) {
  if (length(first) == 0L) {
    return(character())
  }
  paste0(rep(first, each = length(second)), second)
}

#' Entries of the covariances that are coefficients: standard deviations where
#' they are diagonal, entries of the matrix where it is full
#' @noRd
covariance_entries <- function(covariance, k, q, structure, shared) {
  own <- lapply(seq_len(if (shared) 1L else k), function(i) {
    sigma <- covariance[, (i - 1L) * q + seq_len(q), drop = FALSE]
    if (q == 1L || structure == "spherical") {
      sqrt(sigma[1L, 1L])
    } else if (structure == "diagonal") {
      sqrt(diag(sigma))
    } else {
      sigma[lower.tri(sigma, diag = TRUE)]
    }
  })
  unlist(own)
}

#' Parameters on the user's scale as a flat vector; NA for aliased columns
#' @noRd
flatten_parameters <- function(parameters, fit) {
  k <- fit$k
  q <- length(fit$responses)
  labels <- fit$labels
  gate <- matrix(NA_real_, length(fit$aliased$gate), k)
  gate[!fit$aliased$gate, ] <- parameters$gate - parameters$gate[, 1L]
  own <- parameters$expert
  if (has_classes(fit)) {
    reference <- rep((seq_len(k) - 1L) * q + 1L, each = q)
    own <- (own - own[, reference])[, -unique(reference), drop = FALSE]
  }
  expert <- matrix(NA_real_, length(fit$aliased$expert), ncol(own))
  expert[!fit$aliased$expert, ] <- own
  values <- c(gate[, -1L], expert, if (!has_classes(fit)) {
    covariance_entries(parameters$covariance, k, q, fit$covariance, fit$shared)
  })
  stats::setNames(values, unlist(labels, use.names = FALSE))
}

#' The inverse of flatten_parameters(), logits in their sum-zero form
#' @noRd
unflatten_parameters <- function(coefficients, fit) {
  k <- fit$k
  q <- length(fit$responses)
  labels <- fit$labels
  gate <- cbind(0, matrix(
    coefficients[labels$gate], length(fit$aliased$gate), k - 1L
  ))
  gate <- gate[!fit$aliased$gate, , drop = FALSE]
  expert <- matrix(coefficients[labels$expert], length(fit$aliased$expert))
  expert <- expert[!fit$aliased$expert, , drop = FALSE]
  if (has_classes(fit)) {
    own <- array(expert, c(nrow(expert), q - 1L, k))
    own <- vapply(seq_len(k), function(i) {
      logits <- cbind(0, matrix(own[, , i], nrow(expert)))
      logits - rowMeans(logits)
    }, matrix(0, nrow(expert), q))
    return(list(
      gate = gate - rowMeans(gate), expert = matrix(own, nrow(expert))
    ))
  }
  entries <- matrix(coefficients[labels$scale], ncol = if (fit$shared) 1L else k)
  covariance <- lapply(seq_len(k), function(i) {
    own <- entries[, if (fit$shared) 1L else i]
    if (q == 1L || fit$covariance != "full") {
      return(diag(rep_len(own, q)^2, q))
    }
    sigma <- matrix(0, q, q)
    sigma[lower.tri(sigma, diag = TRUE)] <- own
    sigma[upper.tri(sigma)] <- t(sigma)[upper.tri(sigma)]
    sigma
  })
  list(
    gate = gate - rowMeans(gate),
    expert = expert,
    covariance = do.call(cbind, covariance)
  )
}
