# Gaussian experts: linear regressions of one or several numeric responses,
# N(A_k'z, Sigma_k). `parameters` have, beside gate and expert, `covariance`
# (q x qK).

#' @noRd
gaussian_experts <- function() {
  list(
    name = "gaussian", title = "Gaussian",
    help = c(
      family = "linear regressions, for numbers; the default for them",
      model = "linear regressions, \\eqn{f_k = N(A_k'x, \\Sigma_k)}",
      offset = "a vector, or a matrix with a column for each response, to be
        added to the experts' means",
      ridge = "\\eqn{\\frac\\lambda2 \\sum_k \\mathrm{tr}(\\Sigma_k^{-1}
        A_k'A_k)}{lambda/2 sum_k tr(Sigma_k^(-1) A_k'A_k)}",
      distance = "\\eqn{\\|\\Delta b\\|^2 + \\sqrt{\\|\\Delta A\\|^2 +
        \\|\\Delta\\Sigma\\|^2}}{|Delta b|^2 + sqrt(|Delta A|^2 +
        |Delta Sigma|^2)} with intercepts \\eqn{b}, slopes \\eqn{A} and
        covariances \\eqn{\\Sigma}",
      residuals = "several responses are taken one at a time; deviance residuals
        are those of [lm()]",
      simulator = "`sigma`, their standard deviations, one or `k` numbers
        (0.5 by default)"
    ),
    glm = c(gaussian = "identity"),
    instead = c(
      link = "Transform the response instead, for instance
              {.code log(y) ~ x}.",
      classify = "It is for classes.",
      predict = "They are for classes. See {.code type = \"response\"} and
                 {.code type = \"quantile\"}.",
      tune = "It is for classes: see {.val log}, {.val rmse} and {.val crps}."
    ),
    chosen_for = function(response) FALSE,
    check_response = check_numbers,
    read_response = read_gaussian,
    replay_response = function(response, blueprint, call) {
      y <- response_matrix(response, blueprint$response_call)
      colnames(y) <- blueprint$response_names
      y
    },
    read_numbers = function(y, blueprint, call) {
      as_number_rows(y, length(blueprint$response_names), call)
    },
    basis = gaussian_basis,
    offset = "subtract",
    predictors = function(spec) {
      if (length(spec$responses) > 1L) spec$responses
    },
    scales = gaussian_scales,
    positive = function(spec) {
      # Of a full covariance, the variances.
      if (is_single_scale(spec) || spec$covariance != "full") {
        return(TRUE)
      }
      at <- lower_entries(length(spec$responses))
      at[, 1L] == at[, 2L]
    },
    n_par = function(columns, spec) {
      spec$k * columns * length(spec$responses) +
        length(gaussian_scales(spec)) * if (spec$shared) 1 else spec$k
    },
    to_user = function(parameters, spec) {
      list(
        expert = parameters$expert,
        scale = covariance_entries(parameters$covariance, spec)
      )
    },
    from_user = function(expert, scale, spec) {
      list(expert = expert, covariance = covariance_of_entries(scale, spec))
    },
    check_start = check_covariances,
    move_scales = function(parameters, stretch) {
      parameters$covariance <- parameters$covariance *
        as.vector(outer(stretch, rep(stretch, ncol(parameters$gate))))
      parameters
    },
    stored_scales = are_covariances,
    jacobian = gaussian_jacobian,
    mean_slopes = function(means, spec, response) {
      slopes <- matrix(0, nrow(means), ncol(means))
      slopes[, response] <- spec$basis$response$scale[[response]]
      slopes
    },
    start_coordinates = function(y, spec) y,
    defaults = list(
      ridge = 0.01, finalists = 6, screen_rows = 2000, moves = Inf
    ),
    residuals = list(
      response = response_residuals,
      pearson = function(at) {
        deviation <- rowwise_deviations(at)
        pearson_residuals(at, deviation^2)
      },
      quantile = function(at) quantile_residuals(at, gaussian_distribution),
      deviance = gaussian_deviances
    ),
    distribution = gaussian_distribution,
    draw = draw_gaussian,
    describe = describe_gaussian,
    simulator = simulate_gaussian,
    sigma = gaussian_sigma,
    inform = inform_discrete,
    point_mass = experts_on_one_value,
    prior = variance_prior,
    prior_constant = variance_prior_constant,
    background_width = function(parameters, spec) {
      apply(sqrt(variances(parameters, spec)), 1L, max)
    }
  )
}

# Response ---------------------------------------------------------------------

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

#' @noRd
variance_prior_constant <- function(prior, spec) {
  if (is.null(prior$prior_covariance)) {
    return(0)
  }
  covariances <- if (spec$shared) 1 else spec$k
  covariances * prior$expert_prior / 2 *
    as.numeric(determinant(prior$prior_covariance)$modulus)
}

#' @noRd
check_numbers <- function(response, name, call = rlang::caller_env()) {
  numeric <- is.numeric(response) && !is_integer64(response) &&
    length(dim(response)) <= 2L
  if (!numeric) {
    abort("response_type", c(
      "Gaussian experts need a numeric response.",
      "x" = "{.code {name}} is of type {kind_of(response)}.",
      "i" = if (is.list(response)) {
        "For several responses, write {.code cbind(y1, y2) ~ ...}."
      } else if (is_labels(response) && length(dim(response)) < 2L) {
        "Leave {.arg family} out to fit multinomial experts, or convert the
         response to numbers first."
      } else {
        "Convert it first: {.code as.numeric({name})}; for labels that are
         numbers, {.code as.numeric(as.character({name}))}."
      }
    ), call)
  }
  invisible(response)
}

#' @param keep_levels Has no meaning for numbers.
#' @noRd
read_gaussian <- function(response, expression, weights, keep_levels,
                          call = rlang::caller_env()) {
  y <- response_matrix(response, expression)
  check_spread(y, weights, call)
  list(values = y, names = colnames(y), kind = "numbers")
}

#' Refuse a response column without spread among the rows that count
#' @noRd
check_spread <- function(y, weights = NULL, call = rlang::caller_env()) {
  counts <- if (!is.null(weights) && any(weights == 0)) weights > 0
  for (j in seq_len(ncol(y))) {
    ends <- range(if (is.null(counts)) y[, j] else y[counts, j])
    if (ends[2L] - ends[1L] <= 100 * .Machine$double.eps * max(abs(ends))) {
      name <- colnames(y)[[j]]
      rows <- if (is.null(counts)) nrow(y) else sum(counts)
      abort("constant_response", c(
        "Response {.code {name}} is constant: it is {signif(ends[[1L]], 6)} in
         {if (rows == 1L) 'the only row' else paste('all', rows, 'rows')} with
         a positive weight.",
        "i" = "There is nothing to explain: check the column, {.arg subset} and
               {.arg weights}, or take it out of the response.",
        "i" = bar_hint(name)
      ), call)
    }
  }
  invisible(y)
}

#' Centre and scale of the response; one scale for all under a spherical
#' covariance, which would not stay spherical otherwise
#' @noRd
gaussian_basis <- function(y, weights, names, covariance, intercept) {
  moments <- column_moments(y, weights)
  scale <- moments$deviation
  if (covariance == "spherical") {
    scale[] <- sqrt(mean(scale^2))
  }
  centre <- if (intercept) moments$mean else numeric(ncol(y))
  list(centre = centre, scale = scale, intercept = intercept)
}

# Covariances ------------------------------------------------------------------

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
    sigma <- matrix(0, q, q)
    sigma[lower_entries(q)] <- own
    sigma[upper.tri(sigma)] <- t(sigma)[upper.tri(sigma)]
    sigma
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

# What is said and shown -------------------------------------------------------

#' Standard deviations as n x q x K
#' @noRd
rowwise_deviations <- function(at) {
  deviations <- t(gaussian_sigma(at$parameters, at$spec))
  array(rep(deviations, each = nrow(at$y)), dim(at$means))
}

# The distribution of one response of an expert.
gaussian_distribution <- list(
  whole = FALSE,
  scale = function(parameters, spec) gaussian_sigma(parameters, spec),
  cdf = function(y, mean, scale, lower) {
    stats::pnorm(y, mean, scale, lower.tail = lower)
  },
  quantile = function(tail, mean, scale, lower) {
    stats::qnorm(tail, mean, scale, lower.tail = lower)
  },
  density = function(y, mean, scale) stats::dnorm(y, mean, scale),
  variance = function(mean, scale) scale^2,
  distance = function(y, mean, scale) normal_distance(y - mean, scale),
  apart = function(mean, scale, other, other_scale) {
    normal_distance(mean - other, sqrt(scale^2 + other_scale^2))
  }
)

#' The mean of |N(mean, scale^2)| (Grimit et al., 2006, where it is called A)
#' @noRd
normal_distance <- function(mean, scale) {
  z <- mean / scale
  2 * scale * stats::dnorm(z) + mean * (2 * stats::pnorm(z) - 1)
}

#' Responses of all rows, each from the expert it is said to come from
#' @noRd
draw_gaussian <- function(expert, at) {
  q <- dim(at$means)[[2L]]
  scale <- at$spec$basis$response$scale
  y <- matrix(0, length(expert), q, dimnames = list(NULL, at$spec$responses))
  noise <- matrix(stats::rnorm(length(y)), ncol = q)
  for (i in seq_len(at$spec$k)) {
    rows <- which(expert == i)
    factor <- chol(own_covariance(at$parameters$covariance, i))
    y[rows, ] <- matrix(at$means[rows, , i], ncol = q) +
      noise[rows, , drop = FALSE] %*% (factor * rep(scale, each = q))
  }
  y
}

#' Those of lm(), with the roots of case weights: their squares sum to the
#' deviance
#' @noRd
gaussian_deviances <- function(at) {
  response_residuals(at) * sqrt(at$weights)
}

#' @noRd
describe_gaussian <- function(spec) {
  several <- length(spec$responses) > 1L
  structure <- if (several) paste0(spec$covariance, " ")
  paste0(
    if (several) paste0(", ", length(spec$responses), " responses"),
    if (several || spec$shared) {
      paste0(", ", if (spec$shared) "shared ", structure, "covariance")
    }
  )
}

#' @noRd
simulate_gaussian <- function(k, sigma = 0.5) {
  sigma <- rep_len(sigma, k)
  list(columns = k, draw = function(predictor, expert) {
    n <- nrow(predictor)
    y <- predictor[cbind(seq_len(n), expert)] +
      stats::rnorm(n, sd = sigma[expert])
    list(
      y = y, density = stats::dnorm(y, predictor, rep(sigma, each = n)),
      truth = list(sigma = sigma)
    )
  })
}
