# Standard errors of predictions, by the delta method: g' V g with g the
# derivatives in the free coordinates (R/inference-gradient.R) and V their
# covariance. In these coordinates covariates are standardised, so that no digits
# are lost where they are far from zero.

# What has standard errors, and what it is of.
delta_types <- c(
  response = "mean", prob = "mean", gate = "gate", expert = "expert"
)

#' Standard errors of what has these derivatives; NA where they reach into what
#' the rows do not determine
#'
#' @param gradient A row for each prediction, a column for each coordinate.
#' @param covariance From delta_covariance().
#' @noRd
delta_errors <- function(gradient, covariance) {
  variance <- rowSums((gradient %*% covariance$matrix) * gradient)
  share <- function(some, all) {
    rowSums(some^2) > 1e-6 * rowSums(all^2)
  }
  scaled <- gradient * rep(covariance$scale, each = nrow(gradient))
  lost <- share(gradient[, covariance$unknown, drop = FALSE], gradient) |
    share(scaled %*% covariance$lost, scaled)
  # Derivatives far out overflow.
  variance[lost %in% TRUE | is.nan(variance)] <- NA
  sqrt(pmax(variance, 0))
}

#' Standard errors of predictions for rows, n x their columns
#'
#' @param of As in prediction_owners().
#' @param covariance From delta_covariance().
#' @noRd
prediction_errors <- function(fit, design, rows, of, covariance) {
  spec <- fit$spec
  n <- nrow(design$x)
  columns <- gradient_columns(spec, design)
  # Derivatives of a million numbers at a time.
  size <- max(1L, 1e6 %/% nrow(covariance$matrix))
  blocks <- split(seq_len(n), (seq_len(n) - 1L) %/% size)
  errors <- lapply(blocks, function(block) {
    own <- lapply(columns, function(part) part[block, , drop = FALSE])
    at <- some_predictions(rows, block)
    found <- each_prediction(spec, at, of, function(channels) {
      delta_errors(row_gradients(spec, own, channels), covariance)
    })
    matrix(unlist(found), length(block))
  })
  if (n == 0L) {
    matrix(0, 0L, nrow(prediction_owners(spec, of)))
  } else {
    do.call(rbind, unname(errors))
  }
}

#' Some rows of what evaluate_rows() gives
#' @noRd
some_predictions <- function(rows, block) {
  list(
    gate = rows$gate[block, , drop = FALSE],
    means = rows$means[block, , , drop = FALSE]
  )
}

#' Warn of predictions that have no standard error
#'
#' @param errors A vector or matrix of them.
#' @param known Which predictions there are, of the same shape.
#' @param covariance From delta_covariance().
#' @param what What they are of, in words.
#' @noRd
warn_of_errors <- function(errors, known, covariance, fit, what,
                           call = rlang::caller_env()) {
  lost <- sum(is.na(errors) & known)
  if (lost > 0L) {
    warn("standard_errors", c(
      "{lost} of {length(errors)} {what} have no standard error: they depend on
       coefficients that have none.",
      say_problems(covariance, covariance$type, fit)
    ), call)
  }
}

# Intervals --------------------------------------------------------------------

# Where intervals are symmetric: list(to, from, slope of `to`).
interval_scales <- list(
  identity = list(
    to = identity, from = identity, slope = function(x) 1
  ),
  log = list(to = log, from = exp, slope = function(x) 1 / x),
  logit = list(
    to = function(x) stats::qlogis(pmin(x, 1)), # a rounding error beyond
    from = stats::plogis, slope = function(x) 1 / (x * (1 - x))
  )
)

#' The scale on which intervals of predictions are symmetric: the link of the
#' experts, of the gate's probabilities the logit
#' @noRd
interval_scale <- function(fit, of) {
  interval_scales[[if (of == "gate") "logit" else family_of(fit)$glm[[1L]]]]
}

#' Lower and upper limits, list(lwr, upr)
#'
#' @param estimate,error Of the same shape.
#' @param level The probability with which an interval holds.
#' @param scale Of interval_scales.
#' @noRd
delta_limits <- function(estimate, error, level, scale) {
  step <- stats::qnorm((1 + level) / 2) * error * scale$slope(estimate)
  middle <- scale$to(estimate)
  # At the end of the range nothing changes.
  fixed <- is.finite(estimate) & !is.finite(middle) & !is.na(error)
  limit <- function(value) {
    value[fixed] <- estimate[fixed]
    value
  }
  list(
    lwr = limit(scale$from(middle - step)), upr = limit(scale$from(middle + step))
  )
}

#' Derivatives of all predictions of rows, those of all rows for the first owner,
#' then for the next
#'
#' @param rows From evaluate_rows(), with gate and experts.
#' @param of As in prediction_owners().
#' @noRd
stacked_gradient <- function(spec, design, rows, of) {
  columns <- gradient_columns(spec, design)
  do.call(rbind, each_prediction(spec, rows, of, function(channels) {
    row_gradients(spec, columns, channels)
  }))
}
