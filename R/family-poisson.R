# Poisson experts: log-linear regressions of one column of counts.

poisson_help <- c(
  family = "log-linear regressions, for counts",
  model = "log-linear regressions,
    \\eqn{f_k(y \\mid x) = \\mu_k^y e^{-\\mu_k} / y!}{f_k(y | x) =
    mu_k^y exp(-mu_k) / y!} with \\eqn{\\log \\mu_k = b_k'x}{log mu_k = b_k'x}",
  response = "One column of whole numbers from zero, such as counts of events.
    Exposures, whose logarithms are the `offset`, make rates of them",
  offset = "a vector to be added to the linear predictors: the logarithm of
    each row's exposure",
  ridge = "\\eqn{\\frac\\lambda2 \\sum_k \\|b_k\\|^2}{lambda/2 sum_k |b_k|^2}",
  distance = "\\eqn{\\|\\Delta b\\|^2}{|Delta b|^2}, intercepts included",
  residuals = "quantiles lie within the jump that the distribution function
    makes at a count, at places that a fixed sequence gives row after row in
    place of random numbers; deviance residuals are those of [glm()]"
)

#' @noRd
poisson_experts <- function() {
  list(
    name = "poisson", title = "Poisson", help = poisson_help,
    glm = c(poisson = "log"),
    instead = c(
      sigma = "The variance of a count is its mean.",
      covariance = "The variance of a count is its mean; leave {.arg covariance}
                    and {.arg shared} out.",
      classify = "It is for classes.",
      predict = "They are for classes. See {.code type = \"response\"} and
                 {.code type = \"quantile\"}.",
      tune = "It is for classes: see {.val log}, {.val rmse} and {.val crps}."
    ),
    chosen_for = function(response) FALSE,
    suits = function(y) {
      if (ncol(y) == 1L && all(y >= 0 & y == round(y)) &&
        length(unique(y[, 1L])) > 2L) {
        "For counts use {.code family = \"poisson\"}."
      }
    },
    check_response = check_count_response,
    read_response = read_count_response,
    replay_response = function(response, blueprint, call) {
      refuse_no_counts(response, deparse1(blueprint$response_call), call)
      replay_numbers(response, blueprint)
    },
    read_numbers = function(y, blueprint, call) {
      y <- as_number_rows(y, 1L, call)
      refuse_no_counts(y, "y", call)
      y
    },
    basis = function(y, weights, names, covariance, intercept) {
      # Counts have no units.
      list(centre = 0, scale = 1, intercept = intercept)
    },
    offset = "predictor",
    predictors = function(spec) NULL,
    n_par = function(columns, spec) spec$k * columns,
    to_user = function(parameters, spec) {
      list(expert = parameters$expert, scale = NULL)
    },
    from_user = function(expert, scale, spec) list(expert = expert),
    jacobian = function(parameters, spec) {
      kronecker(diag(spec$k), basis_change(spec$basis$expert))
    },
    mean_slopes = function(means, spec, response) means,
    # In units of their standard deviation, which on this scale is a half
    # whatever the mean; but no nearer together than covariates are.
    start_coordinates = function(y, spec) {
      root <- sqrt(y)
      root / max(0.5, stats::sd(root), na.rm = TRUE)
    },
    cost = function(spec) 20, # the exponential
    defaults = list(
      ridge = 0.1, finalists = 6, screen_rows = 2000, moves = 3e8
    ),
    residuals = list(
      response = response_residuals,
      pearson = function(at) pearson_residuals(at, at$means),
      quantile = function(at) quantile_residuals(at, poisson_distribution),
      deviance = count_deviances
    ),
    distribution = poisson_distribution,
    empty = list( # without exposure
      mean = 0, log_density = function(y) ifelse(y == 0, 0, -Inf)
    ),
    draw = draw_counts,
    describe = function(spec) "",
    simulator = simulate_counts,
    prior = count_prior,
    # A count and an exposure.
    stored_prior = function(prior, spec) is_intercept_prior(prior, spec, 2L)
  )
}

# Beyond it a double does not hold all whole numbers.
largest_count <- 2^53

#' Refuse a response that is no column of numbers, or no counts
#' @noRd
check_count_response <- function(response, name, call = rlang::caller_env()) {
  numeric <- is.numeric(response) && !is_integer64(response)
  if (!numeric || NCOL(response) != 1L || length(dim(response)) > 2L) {
    abort("response_type", c(
      "Poisson experts need one column of counts.",
      "x" = if (numeric) {
        "{.code {name}} has {NCOL(response)} columns."
      } else {
        "{.code {name}} is of type {kind_of(response)}."
      },
      "i" = if (is_labels(response)) {
        "Leave {.arg family} out to fit multinomial experts."
      } else if (numeric) {
        "Counts of classes are for {.code family = \"multinomial\"}; fit other
         counts one at a time."
      }
    ), call)
  }
  refuse_no_counts(response, name, call)
}

#' Refuse numbers that are no counts; missing and infinite ones are refused
#' elsewhere
#' @noRd
refuse_no_counts <- function(y, name, call = rlang::caller_env()) {
  bad <- which(is.finite(y) & (y < 0 | y != round(y) | y > largest_count))
  if (length(bad)) {
    first <- y[[bad[[1L]]]]
    abort("counts", c(
      "Poisson experts need counts: whole numbers from 0 to 2^53.",
      "x" = "{.code {name}} has {length(bad)} other value{?s}, the first is
             {format(first, digits = 8)} in row {bad[[1L]]}.",
      "i" = if (first > 0 && first <= largest_count) {
        "For a rate, give the count as response and the logarithm of its exposure
         as {.arg offset}."
      }
    ), call)
  }
  invisible(y)
}

#' @param keep_levels Has no meaning for numbers.
#' @noRd
read_count_response <- function(response, expression, weights, keep_levels,
                                call = rlang::caller_env()) {
  y <- response_matrix(response, expression)
  counting <- if (is.null(weights)) y else y[weights > 0]
  if (all(counting == 0)) {
    abort("constant_response", c(
      "Response {.code {colnames(y)}} is zero in all {length(counting)} rows
       {if (is.null(weights)) 'used' else 'with a positive weight'}.",
      "i" = "Then the logarithm of their mean is not finite: check the column, {.arg subset}
             and {.arg weights}."
    ), call)
  }
  list(values = y, names = colnames(y), kind = "numbers")
}

#' The prior on the experts' intercepts: a row of all, in each expert a k-th,
#' with the mean count and the mean exposure
#'
#' @param run Is not needed here.
#' @noRd
count_prior <- function(problem, weights, run) {
  spec <- problem$spec
  if (!spec$basis$expert$intercept) {
    return(NULL)
  }
  means <- Reduce(merge_moments, map_leaves(problem, count_means))
  list(
    expert_prior = weights[["intercept"]] / spec$k,
    prior_target = cbind(means$mean)
  )
}

#' Means of counts and exposures, as moments of which nobody asks the deviation
#' @noRd
count_means <- function(data) {
  mean_of <- function(values) {
    if (length(data$weights)) {
      stats::weighted.mean(values, data$weights)
    } else {
      mean(values)
    }
  }
  list(
    mean = c(
      mean_of(data$response$values[, 1L]),
      if (is.null(data$offset)) 1 else mean_of(exp(data$offset[, 1L]))
    ),
    deviation = c(0, 0),
    total = total_weight(data$weights, nrow(data$response$values))
  )
}

# The distribution of an expert.
poisson_distribution <- list(
  whole = TRUE,
  scale = function(parameters, spec) NULL,
  cdf = function(y, mean, scale, lower) {
    stats::ppois(y, mean, lower.tail = lower)
  },
  quantile = function(tail, mean, scale, lower) {
    stats::qpois(tail, mean, lower.tail = lower)
  },
  density = function(y, mean, scale) stats::dpois(y, mean),
  variance = function(mean, scale) mean,
  distance = function(y, mean, scale) {
    (y - mean) * (2 * stats::ppois(y, mean) - 1) +
      2 * mean * stats::dpois(y, mean)
  },
  apart = function(mean, scale, other, other_scale) {
    count_distance(pmax(mean, other), pmin(mean, other))
  }
)

#' E|X - Y| of independent counts with means `more` and `less`
#'
#' more - less + 2 E(Y - X)+, and E(Y - X)+ is the sum of P(X <= j) P(Y > j)
#' over j. The terms are a smooth function of j, as wide as Y is spread: steps
#' of half its standard deviation give the sum to rounding. Counts of many digits,
#' to which such a step may add nothing, are normal to a relative error of 1 / less.
#' @noRd
count_distance <- function(more, less) {
  result <- more - less
  large <- which(less > 1e12)
  if (length(large)) {
    spread <- sqrt(more[large]) * sqrt(1 + less[large] / more[large])
    away <- result[large] / spread
    result[large] <- spread * (2 * stats::dnorm(away) + away * (2 * stats::pnorm(away) - 1))
    result[-large] <- count_distance(more[-large], less[-large])
    return(result)
  }
  first <- stats::qpois(1e-18, more)
  last <- stats::qpois(1e-18, less, lower.tail = FALSE)
  step <- pmax(floor(sqrt(less) / 2), 1)
  open <- which(first <= last)
  at <- first
  while (length(open)) {
    j <- at[open]
    result[open] <- result[open] + 2 * step[open] * stats::ppois(j, more[open]) *
      stats::ppois(j, less[open], lower.tail = FALSE)
    at[open] <- j + step[open]
    open <- open[at[open] <= last[open]]
  }
  result
}

#' @noRd
draw_counts <- function(expert, at) {
  rows <- seq_along(expert)
  y <- matrix(stats::rpois(
    length(rows), at$means[cbind(rows, 1L, expert)]
  ))
  colnames(y) <- at$spec$responses
  y
}

#' Those of glm(), with the roots of case weights: their squares sum to the
#' deviance
#' @noRd
count_deviances <- function(at) {
  y <- at$observed
  loss <- ifelse(y > 0, y * log(y / at$centre), 0) - (y - at$centre)
  sign(y - at$centre) * sqrt(2 * at$weights * pmax(loss, 0))
}

#' @noRd
simulate_counts <- function(k) {
  list(columns = k, draw = function(predictor, expert) {
    n <- nrow(predictor)
    mean <- exp(predictor)
    y <- stats::rpois(n, mean[cbind(seq_len(n), expert)])
    density <- mean
    density[] <- stats::dpois(y, mean)
    list(y = y, density = density)
  })
}
