# Is a result right? Each check answers a character vector of complaints.

complain <- function(wrong, text) if (isTRUE(wrong) || is.na(wrong)) text

# The log-likelihood of each row from coef() alone: no code of the package but
# the design matrices.
row_likelihood <- function(fit, frame) {
  x <- stats::model.matrix(fit, part = "gate")
  z <- stats::model.matrix(fit, part = "expert")
  gate <- part_matrix(fit, "gate", ncol(x), fit$k - 1L)
  prior <- log_softmax(cbind(0, x %*% gate))
  y <- stats::model.response(frame)
  own <- switch(fit$family,
    gaussian = gaussian_rows(fit, z, as.matrix(y), frame),
    poisson = count_rows(fit, z, as.matrix(y)),
    class_rows(fit, z, y, frame)
  )
  total <- prior + own
  largest <- apply(total, 1L, max)
  largest + log(rowSums(exp(total - largest)))
}

part_matrix <- function(fit, part, rows, columns) {
  values <- unname(stats::coef(fit, part = part))
  values[is.na(values)] <- 0
  matrix(values, rows, columns)
}

log_softmax <- function(logits) {
  largest <- apply(logits, 1L, max)
  logits - (largest + log(rowSums(exp(logits - largest))))
}

gaussian_rows <- function(fit, z, y, frame) {
  q <- ncol(y)
  offset <- stats::model.offset(frame)
  if (!is.null(offset)) y <- y - as.vector(offset)
  beta <- part_matrix(fit, "expert", ncol(z), q * fit$k)
  scale <- unname(stats::coef(fit, part = "scale"))
  scale <- matrix(scale, ncol = if (fit$shared) 1L else fit$k)
  vapply(seq_len(fit$k), function(i) {
    own <- scale[, if (fit$shared) 1L else i]
    sigma <- if (q == 1L || fit$covariance != "full") {
      diag(rep_len(own, q)^2, q)
    } else {
      full <- matrix(0, q, q)
      full[lower.tri(full, TRUE)] <- own
      full + t(full) - diag(diag(full))
    }
    # In units of the standard deviations, so that no square overflows.
    unit <- sqrt(diag(sigma))
    rest <- (y - z %*% beta[, (i - 1L) * q + seq_len(q), drop = FALSE]) /
      rep(unit, each = nrow(y))
    root <- chol(sigma / tcrossprod(unit))
    -q / 2 * log(2 * pi) - sum(log(diag(root))) - sum(log(unit)) -
      colSums(backsolve(root, t(rest), transpose = TRUE)^2) / 2
  }, numeric(nrow(y)))
}

class_rows <- function(fit, z, y, frame) {
  classes <- fit$responses
  counts <- if (is.matrix(y)) {
    y
  } else {
    outer(as.character(y), classes, `==`) + 0
  }
  beta <- part_matrix(
    fit, "expert", ncol(z), (length(classes) - 1L) * fit$k
  )
  vapply(seq_len(fit$k), function(i) {
    own <- beta[, (i - 1L) * (length(classes) - 1L) +
      seq_len(length(classes) - 1L), drop = FALSE]
    rowSums(counts * log_softmax(cbind(0, z %*% own)))
  }, numeric(nrow(counts)))
}

count_rows <- function(fit, z, y) {
  q <- ncol(y)
  beta <- part_matrix(fit, "expert", ncol(z), q * fit$k)
  vapply(seq_len(fit$k), function(i) {
    mean <- exp(z %*% beta[, (i - 1L) * q + seq_len(q), drop = FALSE])
    rowSums(matrix(stats::dpois(y, mean, log = TRUE), nrow(y)))
  }, numeric(nrow(y)))
}

# Can the rows be evaluated on the user's scale without loss of digits?
is_tame <- function(fit) {
  parts <- lapply(c("gate", "expert"), function(part) {
    abs(stats::model.matrix(fit, part = part))
  })
  size <- unlist(parts)
  size <- size[size > 0]
  y <- stats::model.response(stats::model.frame(fit))
  spread <- if (is.numeric(y)) {
    max(abs(y)) / min(apply(as.matrix(y), 2L, stats::sd))
  } else {
    1
  }
  max(size, 1) < 1e5 && min(size, 1) > 1e-5 && isTRUE(spread < 1e5) &&
    is.null(stats::model.offset(stats::model.frame(fit))) &&
    max(abs(stats::coef(fit)), na.rm = TRUE) < 1e5
}

check_fit <- function(fit) {
  coefficients <- stats::coef(fit)
  likelihood <- as.numeric(stats::logLik(fit))
  trace <- fit$trace
  complaints <- c(
    complain(any(is.nan(coefficients) | is.infinite(coefficients)), "coef"),
    complain(!is.finite(likelihood), "logLik"),
    complain(any(!is.finite(trace)), "trace is not finite"),
    complain(
      fit$method != "incremental" &&
        any(diff(trace) < -1e-9 * (1 + max(abs(trace)))), "trace falls"
    ),
    complain(stats::nobs(fit) <= 0, "nobs")
  )
  if (is.null(fit$model)) {
    return(complaints)
  }
  complaints <- c(
    complaints,
    check_shares(stats::predict(fit, type = "gate"), fit, "gate"),
    check_shares(stats::predict(fit, type = "posterior"), fit, "posterior")
  )
  if (is_tame(fit)) {
    frame <- stats::model.frame(fit)
    own <- row_likelihood(fit, frame)
    weights <- stats::model.weights(frame)
    total <- sum(if (is.null(weights)) own else weights * own)
    complaints <- c(complaints, complain(
      abs(total - likelihood) > 1e-5 * (1 + abs(likelihood)),
      sprintf("logLik %.10g, from coef() %.10g", likelihood, total)
    ))
  }
  complaints
}

check_shares <- function(shares, fit, what) {
  shares <- shares[!is.na(shares[, 1L]), , drop = FALSE]
  c(
    complain(ncol(shares) != fit$k, paste(what, "has other columns")),
    complain(any(shares < 0 | shares > 1 + 1e-12), paste(what, "outside 0, 1")),
    complain(any(abs(rowSums(shares) - 1) > 1e-9), paste(what, "sums"))
  )
}

# What predict() gave for rows of `newdata`: a value for each; NA only where the
# row has one, or an infinite number.
check_prediction <- function(value, newdata, type, fit) {
  rows <- if (is.null(dim(value))) length(value) else dim(value)[[1L]]
  c(
    complain(rows != nrow(newdata), "prediction has other rows"),
    complain(is.numeric(value) && any(is.nan(value)), "prediction is NaN"),
    if (type %in% c("gate", "posterior", "prob") && rows > 0 &&
      is.numeric(value)) {
      check_sums(value, type)
    },
    switch(type,
      cdf = complain(any(value < 0 | value > 1, na.rm = TRUE), "cdf outside 0, 1"),
      variance = ,
      density = complain(any(value < 0, na.rm = TRUE), paste("negative", type)),
      class = ,
      expert_gate = ,
      expert_posterior = complain(!is.factor(value), "no factor")
    )
  )
}

check_sums <- function(shares, what) {
  total <- rowSums(shares)
  complain(
    any(abs(total[!is.na(total)] - 1) > 1e-9), paste(what, "does not sum to 1")
  )
}
