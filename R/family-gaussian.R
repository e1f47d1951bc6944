# Gaussian experts: linear regressions of one or several numeric responses,
# N(A_k'z, Sigma_k). `parameters` have, beside gate and expert, `covariance`
# (q x qK).

# What those who ask for what numbers do not have may do.
gaussian_instead <- c(
  link = "Transform the response instead, for instance
          {.code log(y) ~ x}.",
  classify = "It is for classes.",
  predict = "They are for classes. See {.code type = \"response\"} and
             {.code type = \"quantile\"}.",
  tune = "It is for classes: see {.val log}, {.val rmse} and {.val crps}."
)

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
    instead = gaussian_instead,
    chosen_for = function(response) FALSE,
    check_response = check_numbers,
    read_response = read_gaussian,
    replay_response = function(response, blueprint, call) {
      replay_numbers(response, blueprint)
    },
    read_numbers = function(y, blueprint, call) {
      as_number_rows(y, length(blueprint$response_names), call)
    },
    any_number = TRUE,
    basis = gaussian_basis,
    offset = "subtract",
    predictors = function(spec) {
      if (length(spec$responses) > 1L) spec$responses
    },
    scales = gaussian_scales,
    positive = positive_scales,
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
    move_scales = stretch_covariances,
    stored_scales = are_covariances,
    jacobian = gaussian_jacobian,
    mean_slopes = gaussian_slopes,
    start_coordinates = function(y, spec) y,
    defaults = list(
      ridge = 0.01, finalists = 6, screen_rows = 2000, moves = 3e8
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
    stored_prior = is_variance_prior,
    prior_constant = variance_prior_constant,
    background_width = function(parameters, spec) {
      apply(sqrt(variances(parameters, spec)), 1L, max)
    }
  )
}

#' Which scales of an expert are positive: of a full covariance, the variances
#' @noRd
positive_scales <- function(spec) {
  if (is_single_scale(spec) || spec$covariance != "full") {
    return(TRUE)
  }
  at <- lower_entries(length(spec$responses))
  at[, 1L] == at[, 2L]
}

#' @noRd
stretch_covariances <- function(parameters, stretch) {
  parameters$covariance <- parameters$covariance *
    as.vector(outer(stretch, rep(stretch, ncol(parameters$gate))))
  parameters
}

#' Derivatives of the mean of a response in the predictors of all
#'
#' @param means n x q.
#' @param response The number of the response.
#' @noRd
gaussian_slopes <- function(means, spec, response) {
  slopes <- matrix(0, nrow(means), ncol(means))
  slopes[, response] <- spec$basis$response$scale[[response]]
  slopes
}

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
