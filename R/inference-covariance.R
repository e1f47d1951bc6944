# The covariance of the coefficients.
#
# In the free coordinates, where everything is smooth and nothing redundant:
#   H0  the observed information of the log-likelihood (core_information()),
#   P   the second derivatives of ridge and priors,
#   B   the sum of the outer products of the rows' scores.
# R/inference-curvature.R finds these.
# The covariance is the inverse of H0 + P ("bayes"), H0 ("observed") or B + P
# ("opg"), or (H0 + P)^-1 B (H0 + P)^-1 ("sandwich"); J V J' is that of the
# user's coefficients, J = user_jacobian().
#
# Entries of coefficients that the rows do not determine are NA: of a separated
# block, of an expert whose variance is at its floor or that has hardly any
# rows, and those that reach into a direction in which the matrix that is
# inverted is not positive.

covariance_types <- c("bayes", "observed", "opg", "sandwich")

#' The covariance of all coefficients of a fit
#'
#' @param type One of `covariance_types`.
#' @param cluster A group for each row used, or NULL.
#' @param problem Of the fit, where it is at hand.
#' @return list(matrix: with NA for what is not known, problems: names of
#'   coefficients by what is wrong with them, condition: of the matrix that was
#'   inverted, scaled to a unit diagonal, free: the same in the free coordinates,
#'   see new_free_covariance()).
#' @noRd
coefficient_covariance <- function(fit, type, cluster = NULL,
                                   call = rlang::caller_env(), problem = NULL) {
  spec <- fit$spec
  found <- fit_curvature(
    fit, type %in% c("opg", "sandwich"), cluster, call, problem
  )
  outer <- found$outer
  if (type == "sandwich" && is.null(found$information)) {
    abort("no_model", c(
      "{.code type = \"sandwich\"} needs second derivatives, which a stream does
       not sum.",
      "i" = "Other types have the outer products of its rows' scores for these."
    ), call)
  }
  information <- found$information %||% outer
  curvature <- switch(type,
    observed = information,
    opg = outer + found$penalty_hessian,
    information + found$penalty_hessian
  )
  jacobian <- user_jacobian(spec, fit$parameters)
  free <- !held_coordinates(fit)
  inverse <- inverse_curvature(curvature[free, free, drop = FALSE])
  covariance <- inverse$matrix
  if (type == "sandwich") {
    covariance <- covariance %*% outer[free, free] %*% covariance
  }
  own <- jacobian[, free, drop = FALSE]
  names <- names(fit$coefficients)
  kept <- !is.na(fit$coefficients)
  matrix <- matrix(
    NA_real_, length(names), length(names),
    dimnames = list(names, names)
  )
  matrix[kept, kept] <- symmetric(own %*% covariance %*% t(own))
  # Rounding leaves variances of next to nothing below zero.
  diag(matrix) <- pmax(diag(matrix), 0)
  problems <- undetermined(fit)
  # Both have gate, experts and scales at the same places, and a block is
  # undetermined as a whole.
  whole <- new_free_covariance(
    covariance, free, names[kept] %in% unlist(problems), inverse
  )
  problems$indefinite <- setdiff(
    names[kept][reaches(own, inverse)], unlist(problems)
  )
  matrix[unlist(problems), ] <- NA
  matrix[, unlist(problems)] <- NA
  list(
    matrix = matrix, problems = Filter(length, problems),
    condition = inverse$condition, free = whole
  )
}

#' A covariance in the free coordinates, for predictions
#'
#' @param covariance Of those that are `free`.
#' @param free Which coordinates are; the others are held.
#' @param unknown Which coordinates are not determined.
#' @param inverse What inverse_curvature() gives of the free ones.
#' @return list(matrix, unknown, scale, lost), the last two as of
#'   inverse_curvature(), for all coordinates.
#' @noRd
new_free_covariance <- function(covariance, free, unknown, inverse) {
  size <- length(free)
  matrix <- matrix(0, size, size)
  matrix[free, free] <- covariance
  scale <- rep(1, size)
  scale[free] <- inverse$scale
  lost <- matrix(0, size, ncol(inverse$lost))
  lost[free, ] <- inverse$lost
  list(matrix = symmetric(matrix), unknown = unknown, scale = scale, lost = lost)
}

#' Free coordinates that are not free: scales at their floor
#' @noRd
held_coordinates <- function(fit) {
  spec <- fit$spec
  scales <- length(coefficient_parts(spec)$scale)
  held <- logical(sum(!is.na(fit$coefficients)))
  at <- length(held) - scales + seq_len(scales)
  held[at] <- if (spec$shared) {
    any(fit$floored)
  } else {
    rep(fit$floored, each = scales / spec$k)
  }
  held
}

#' The inverse of a symmetric matrix on the directions in which it is positive
#'
#' @return list(matrix, scale, lost): `lost` has the other directions as
#'   columns, unit vectors where the matrix has a unit diagonal; condition: the
#'   largest eigenvalue there over the smallest that is positive.
#' @noRd
inverse_curvature <- function(curvature) {
  diagonal <- diag(curvature)
  # What nothing depends on has no scale of its own.
  none <- diagonal <= 1e-12 * max(diagonal, 0)
  scale <- ifelse(none, 1, 1 / sqrt(pmax(diagonal, 0)))
  if (!all(none)) {
    scale[none] <- 1 / sqrt(max(diagonal))
  }
  parts <- eigen(curvature * tcrossprod(scale), TRUE)
  positive <- parts$values > 1e-13 * max(parts$values, 0)
  vectors <- scale * parts$vectors
  kept <- vectors[, positive, drop = FALSE]
  list(
    matrix = kept %*% (t(kept) / parts$values[positive]),
    scale = scale, lost = parts$vectors[, !positive, drop = FALSE],
    condition = max(parts$values) / min(parts$values[positive], Inf)
  )
}

#' Which coefficients change along the directions without information
#'
#' @param jacobian Of the coefficients, in the coordinates of the inverse.
#' @param inverse What inverse_curvature() gives.
#' @noRd
reaches <- function(jacobian, inverse) {
  scaled <- jacobian * rep(inverse$scale, each = nrow(jacobian))
  lost <- rowSums((scaled %*% inverse$lost)^2)
  lost > 1e-6 * rowSums(scaled^2)
}

#' Coefficients that a fit says are not determined, by reason
#' @noRd
undetermined <- function(fit) {
  spec <- fit$spec
  parts <- lapply(coefficient_parts(spec), function(at) names(fit$coefficients)[at])
  of_experts <- function(experts) {
    c(
      matrix(parts$expert, ncol = spec$k)[, experts],
      if (!spec$shared) {
        matrix(parts$scale, ncol = spec$k)[, experts]
      } else if (length(experts)) {
        parts$scale
      }
    )
  }
  blocks <- names(fit$diverging)
  experts <- diverging_experts(fit)
  list(
    separated = c(
      if ("gate" %in% blocks) parts$gate, of_experts(unique(experts[!is.na(experts)]))
    ),
    floored = of_experts(which(fit$floored)),
    starved = of_experts(which(fit$starved & !fit$floored))
  )
}

# Why standard errors are not known, for messages.
covariance_problems <- c(
  separated = "Separation, no finite estimate:",
  floored = "The variance is held at its floor, which decides them:",
  starved = "Of an expert with hardly any rows:",
  indefinite = "The information is zero or negative in a direction that changes
    them:"
)

#' Bullets that name coefficients without standard errors, and say what to do
#'
#' @param found What coefficient_covariance() gives.
#' @param type Of the covariance.
#' @noRd
say_problems <- function(found, type, fit) {
  bullets <- vapply(names(found$problems), function(name) {
    names <- as.character(some_of(found$problems[[name]]))
    cli::format_inline("{covariance_problems[[name]]} {.val {some_of(names)}}.")
  }, "")
  c(
    # (Braces in them are those of names.)
    stats::setNames(escape_braces(bullets), rep("x", length(bullets))),
    "i" = if (fit$reason == "pass_limit") {
      "The fit has not converged: go on with {.code start = fit}."
    } else if (has_no_ridge(fit)) {
      "A fit with a ridge bounds such coefficients, see {.code ?sgmoe_control}."
    } else if (type == "observed") {
      "{.code type = \"bayes\"} inverts the information with the curvature of
       the ridge, which is positive at a maximum."
    }
  )
}

#' Warn of entries that are NA, and of a matrix that is close to singular
#'
#' @param found What coefficient_covariance() gives.
#' @param type Of the covariance.
#' @noRd
warn_of_covariance <- function(found, type, fit, call = rlang::caller_env()) {
  if (length(found$problems)) {
    warn("standard_errors", c(
      "Some coefficients have no standard error: their entries are NA.",
      say_problems(found, type, fit)
    ), call)
  }
  if (is.finite(found$condition) && found$condition > 1e8) {
    size <- format(signif(found$condition, 2))
    warn("ill_conditioned", c(
      "Some coefficients can hardly be told apart: standard errors have few
       correct digits.",
      "x" = "The information, scaled to correlations, has condition number
             {size}.",
      "i" = "Look for covariates that almost determine each other, or for experts
             that are almost the same."
    ), call)
  }
  found$matrix
}

#' @noRd
has_no_ridge <- function(fit) {
  fit$spec$ridge == 0
}
