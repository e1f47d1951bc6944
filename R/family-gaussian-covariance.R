# The covariances of Gaussian experts: `parameters$covariance`, q x qK, one of
# `full`, `diagonal` and `spherical`, maybe shared.

#' The part of a q x qK matrix that belongs to the i-th expert
#' @noRd
own_covariance <- function(covariance, i) {
  q <- nrow(covariance)
  covariance[, (i - 1L) * q + seq_len(q), drop = FALSE]
}

#' The variances of the responses, q x K
#' @noRd
variances <- function(parameters, spec) {
  q <- length(spec$responses)
  k <- as.integer(spec$k)
  matrix(
    parameters$covariance[cbind(rep(seq_len(q), k), seq_len(q * k))], q
  )
}

#' @noRd
gaussian_sigma <- function(parameters, spec) {
  deviations <- sqrt(variances(parameters, spec)) * spec$basis$response$scale
  t(deviations)
}

#' Is a covariance one number for the user: a standard deviation?
#' @noRd
is_single_scale <- function(spec) {
  length(spec$responses) == 1L || spec$covariance == "spherical"
}

#' The lower triangle of a q x q matrix, column by column
#' @noRd
lower_entries <- function(q) {
  which(lower.tri(diag(q), diag = TRUE), arr.ind = TRUE)
}

#' @noRd
gaussian_scales <- function(spec) {
  responses <- spec$responses
  if (is_single_scale(spec)) {
    return("(sigma)")
  }
  if (spec$covariance == "diagonal") {
    return(paste0("(sigma)[", responses, "]"))
  }
  at <- lower_entries(length(responses))
  paste0("(sigma)[", responses[at[, 2L]], ",", responses[at[, 1L]], "]")
}

#' Entries of the covariances that are coefficients: standard deviations where
#' they are diagonal, entries of the matrix where it is full
#' @noRd
covariance_entries <- function(covariance, spec) {
  own <- lapply(seq_len(if (spec$shared) 1L else spec$k), function(i) {
    sigma <- own_covariance(covariance, i)
    if (is_single_scale(spec)) {
      sqrt(sigma[1L, 1L])
    } else if (spec$covariance == "diagonal") {
      sqrt(diag(sigma))
    } else {
      sigma[lower_entries(nrow(sigma))]
    }
  })
  unlist(own)
}

#' And back
#' @noRd
covariance_of_entries <- function(entries, spec) {
  q <- length(spec$responses)
  entries <- matrix(entries, ncol = if (spec$shared) 1L else spec$k)
  covariance <- lapply(seq_len(spec$k), function(i) {
    own <- entries[, if (spec$shared) 1L else i]
    if (is_single_scale(spec) || spec$covariance != "full") {
      return(diag(rep_len(own, q)^2, q))
    }
    from_lower(own, q)
  })
  do.call(cbind, covariance)
}

#' Standard deviations must be positive, covariance matrices positive definite
#' @noRd
check_covariances <- function(scale, spec, call = rlang::caller_env()) {
  names <- names(scale)
  if (is_single_scale(spec) || spec$covariance != "full") {
    bad <- names[!scale > 0]
    if (length(bad)) {
      abort("start", c(
        "Standard deviations in {.arg start} must be positive.",
        "x" = "{.val {some_of(bad)}} {cli::qty(length(bad))}{?is/are} not."
      ), call)
    }
    return(invisible())
  }
  covariance <- covariance_of_entries(scale, spec)
  labels <- matrix(names, ncol = if (spec$shared) 1L else spec$k)
  for (i in seq_len(ncol(labels))) {
    own <- own_covariance(covariance, i)
    if (min(eigen(own, TRUE, only.values = TRUE)$values) <= 0) {
      abort("start", c(
        "The covariance matrices in {.arg start} must be positive definite.",
        "x" = "That of {.val {some_of(labels[, i])}} is not."
      ), call)
    }
  }
}

#' Are a stored model's covariances of the right shape, their variances positive,
#' no correlation beyond one? (Rounding may leave one a little beyond.)
#' @noRd
are_covariances <- function(parameters, spec) {
  q <- length(spec$responses)
  covariance <- parameters$covariance
  if (!is_matrix_of(covariance, q, q * spec$k)) {
    return(FALSE)
  }
  deviations <- suppressWarnings(sqrt(variances(parameters, spec)))
  if (!isTRUE(all(deviations > 0))) {
    return(FALSE)
  }
  all(vapply(seq_len(spec$k), function(i) {
    own <- own_covariance(covariance, i) /
      outer(deviations[, i], deviations[, i])
    all(abs(own) < 1 + 1e-6) && all(abs(own - t(own)) < 1e-6)
  }, NA))
}

#' d(expert, scale) / d(A_1, ..., A_K column by column; log-Cholesky entries)
#'
#' Slopes are moved to the user's columns and multiplied by the responses'
#' scales. With Sigma = LL' in the working basis and s the scales,
#' d(s_i Sigma_ij s_j) = s_i (dL L' + L dL')_ij s_j, dL_jj = L_jj d(log L_jj).
#' @noRd
gaussian_jacobian <- function(parameters, spec) {
  stretch <- spec$basis$response$scale
  k <- spec$k
  change <- basis_change(spec$basis$expert)
  responses <- diag(stretch, length(stretch))
  expert <- kronecker(diag(k), kronecker(responses, change))
  scale <- lapply(seq_len(if (spec$shared) 1L else k), function(i) {
    scale_jacobian(own_covariance(parameters$covariance, i), stretch, spec)
  })
  join_blocks(c(list(expert), scale))
}

#' @param sigma A covariance in the working basis, q x q.
#' @param stretch The scales of the responses.
#' @noRd
scale_jacobian <- function(sigma, stretch, spec) {
  if (is_single_scale(spec)) {
    return(matrix(stretch[[1L]] * sqrt(sigma[1L, 1L])))
  }
  q <- nrow(sigma)
  if (spec$covariance == "diagonal") {
    return(diag(stretch * sqrt(diag(sigma)), q))
  }
  factor <- t(chol(sigma))
  at <- lower_entries(q)
  units <- (stretch[at[, 1L]] * stretch[at[, 2L]])
  vapply(seq_len(nrow(at)), function(entry) {
    i <- at[entry, 1L]
    j <- at[entry, 2L]
    change <- matrix(0, q, q)
    change[i, j] <- if (i == j) factor[i, i] else 1
    product <- change %*% t(factor)
    units * (product + t(product))[at]
  }, numeric(nrow(at)))
}

#' The prior on the variances: some rows with a typical residual covariance of
#' the experts
#'
#' Its size is the geometric mean of theirs: regimes may differ many-fold, and an
#' arithmetic mean is that of the widest. As of one row it is below the typical
#' variance: if a s^2 / sigma^2 is chi-squared with a degrees of freedom, then
#' log(s^2) is the mean of log(sigma^2) plus digamma(a / 2) - log(a / 2) (Smyth
#' 2004). An expert on few rows has chosen rows that it fits, and hardly counts.
#' @noRd
variance_prior <- function(problem, weights, run) {
  if (weights[["variance"]] > 0) {
    run <- run()
    q <- length(problem$spec$responses)
    rows <- run$expert_weight / weights[["row"]]
    freedom <- pmax(rows - nrow(run$parameters$expert) - 1, 0.1)
    share <- freedom / (freedom + 5)
    share <- share / sum(share)
    own <- array(run$parameters$covariance, c(q, q, length(share)))
    sizes <- apply(own, 3L, function(one) determinant(one)$modulus)
    # Its shape is that of the mean, whatever the responses are combined to.
    mean <- matrix(matrix(own, q * q) %*% share, q)
    change <- (sum(share * sizes) - determinant(mean)$modulus) / q
    list(
      expert_prior = weights[["variance"]],
      prior_covariance = mean * exp(
        as.numeric(change) + digamma(0.5) - log(0.5)
      )
    )
  }
}

#' Is this what variance_prior() gives?
#' @noRd
is_variance_prior <- function(prior, spec) {
  if (length(prior) == 0L) {
    return(TRUE)
  }
  names <- c("expert_prior", "prior_covariance")
  one <- list(responses = spec$responses, k = 1, shared = FALSE)
  identical(names(prior), names) && are_numbers(prior$expert_prior, 1L, 0) &&
    are_covariances(list(covariance = prior$prior_covariance), one)
}

#' @noRd
variance_prior_constant <- function(prior, spec) {
  if (is.null(prior$prior_covariance)) {
    return(0)
  }
  covariances <- if (spec$shared) 1 else spec$k
  covariances * prior$expert_prior / 2 *
    as.numeric(determinant(prior$prior_covariance)$modulus)
}
