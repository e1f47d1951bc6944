# Averaging predictions over rows, and their derivatives.

#' The fit, the raw covariates of the rows, their design, their weights and the
#' covariance in the free coordinates, or NULL
#'
#' @param object,vcov As in averaged_effects().
#' @noRd
effect_rows <- function(object, data, vcov, call = rlang::caller_env()) {
  if (inherits(object, "sgmoe_stream")) {
    require_pilot(object, call)
    require_newdata(data, "data", NULL, call)
    object <- as_sgmoe(object)
  }
  if (!inherits(object, "sgmoe")) {
    abort("argument", c(
      "Effects are of a fit or a stream.",
      "x" = "{.arg object} is of type {kind_of(object)}."
    ), call)
  }
  check_stored(object, call)
  if (is.null(data)) {
    frame <- require_model(object, call)
    weights <- stats::model.weights(frame)
    raw <- find_raw(object, call)
  } else {
    design <- replay_design(
      object$blueprint, data, stats::na.omit,
      where = "data", call = call
    )
    kept <- setdiff(seq_len(nrow(data)), design$na_action)[!infinite_rows(design)]
    if (!length(kept)) {
      abort("no_rows", c(
        "{.arg data} has no row whose covariates are all known."
      ), call)
    }
    raw <- take_rows(data[raw_names(object)], kept)
    weights <- NULL
  }
  # Unless it is asked for, a fit that has none of it goes without.
  wanted <- if (is.null(vcov)) has_curvature(object) else !isFALSE(vcov)
  list(
    fit = object, raw = raw,
    unchanged = unchanged_design(object, raw, wanted),
    weights = weights %||% rep(1, nrow(raw)),
    covariance = if (wanted) delta_covariance(object, vcov, call)
  )
}

# What effects may be on.
effects_of <- c("mean", "gate", "expert")

#' @param covariates As in average_effects().
#' @param one Must it be one?
#' @noRd
check_covariates <- function(covariates, fit, call = rlang::caller_env(),
                             one = FALSE) {
  known <- drawable_covariates(fit)
  if (is.null(covariates) && length(known) && !one) {
    return(known)
  }
  if (!length(known)) {
    abort("covariate", c(
      "The model has no covariate to vary.",
      "x" = "Matrices and {.code data$column} cannot be varied."
    ), call)
  }
  if (!is.character(covariates) || !length(covariates) ||
    !all(covariates %in% known) || one && length(covariates) != 1L) {
    abort("covariate", c(
      if (one) {
        "{.arg covariate} must be the name of one covariate."
      } else {
        "{.arg covariates} must be names of covariates."
      },
      "x" = if (is.character(covariates) && length(setdiff(covariates, known))) {
        "{.val {some_of(setdiff(covariates, known))}} is none."
      } else if (is.null(covariates)) {
        "None is given."
      } else {
        "It is {describe_value(covariates)}."
      },
      "i" = "The fit has {.val {some_of(known)}}.",
      "i" = if (are_words(covariates, 1L) && covariates %in% effects_of) {
        "What the effects are on is said by {.code of = \"{covariates}\"}."
      }
    ), call)
  }
  covariates
}

#' Whose effects there are: data.frame(expert, response)
#' @noRd
effect_owners <- function(fit, of) {
  owners <- prediction_owners(fit$spec, of)
  owners$response <- fit$responses[owners$response]
  owners
}

#' The mean prediction with other values of a covariate
#'
#' @param at From effect_rows().
#' @param values For each row, the covariate's.
#' @return A row for each of the owners; in the first column the mean, in the
#'   others, where a covariance is asked for, its derivatives in the free
#'   coordinates. Effects are linear functions of both.
#' @noRd
average_prediction <- function(at, of, covariate, values) {
  fit <- at$fit
  design <- changed_design(fit, at$raw, at$unchanged, covariate, values)
  rows <- evaluate_rows(
    fit, design, c(if (of != "expert") "gate", if (of != "gate") "expert")
  )
  shares <- at$weights / sum(at$weights)
  mean <- cbind(colSums(predicted_columns(rows, of) * shares))
  if (is.null(at$covariance)) {
    return(mean)
  }
  slopes <- each_prediction(fit$spec, rows, of, function(channels) {
    summed_gradient(fit$spec, design$working, channels, shares)
  })
  cbind(mean, do.call(rbind, slopes))
}

#' @param at,of As in average_prediction().
#' @noRd
contrast_effects <- function(at, of, name) {
  column <- at$raw[[name]]
  values <- contrast_values(at$fit, name, column)
  means <- lapply(seq_along(values), function(i) {
    average_prediction(at, of, name, values[rep(i, length(column))])
  })
  others <- seq_along(values)[-1L]
  labels <- as.character(values)
  stats::setNames(
    lapply(others, function(i) means[[i]] - means[[1L]]),
    paste(labels[others], "-", labels[rep(1L, length(others))], recycle0 = TRUE)
  )
}

#' The derivative, row by row a difference quotient, averaged
#'
#' @param at,of As in average_prediction().
#' @noRd
slope_effect <- function(at, of, name) {
  column <- at$raw[[name]]
  ends <- difference_ends(as.numeric(column))
  high <- numbers_like(ends$high, column)
  low <- numbers_like(ends$low, column)
  total <- sum(at$weights)
  at$weights <- at$weights / (ends$high - ends$low)
  change <- withCallingHandlers(
    average_prediction(at, of, name, high) - average_prediction(at, of, name, low),
    # Of bs(): but no more than a step.
    warning = function(warning) {
      if (grepl("boundary knots", conditionMessage(warning), fixed = TRUE)) {
        tryInvokeRestart("muffleWarning")
      }
    }
  )
  list(slope = change * (sum(at$weights) / total))
}

#' Values a little above and below each, which do not leave a covariate's sign
#'
#' The formula may take the logarithm or the root of a covariate that has one sign,
#' and of a small value no step in units of the spread can be subtracted.
#' @noRd
difference_ends <- function(x) {
  spread <- stats::sd(x)
  if (!is.finite(spread) || spread == 0) {
    spread <- 1
  }
  step <- 1e-4 * spread
  positive <- all(x >= 0)
  if (positive || all(x <= 0)) {
    # Not so small that the difference is one of rounding errors.
    least <- 1e-8 * spread
    least <- ifelse(x == 0, least, pmin(least, 1e-3 * abs(x)))
    step <- pmin(step, pmax(1e-4 * abs(x), least))
    high <- if (positive) x + step else pmin(x + step, x / 2)
    low <- if (positive) pmax(x - step, x / 2) else x - step
  } else {
    high <- x + step
    low <- x - step
  }
  list(high = high, low = low)
}

#' Estimates with standard errors and limits
#'
#' @param at From effect_rows().
#' @param found Estimates in the first column, their derivatives in the others;
#'   none of no covariates.
#' @param level That of the intervals.
#' @param scale On which they are symmetric, of interval_scales.
#' @noRd
estimated_columns <- function(at, found, level, scale,
                              call = rlang::caller_env()) {
  estimate <- if (is.null(found)) numeric() else found[, 1L]
  estimate[is.nan(estimate)] <- NA # differences of means that overflow
  error <- rep(NA_real_, length(estimate))
  if (!is.null(at$covariance) && length(estimate)) {
    error <- delta_errors(found[, -1L, drop = FALSE], at$covariance)
    warn_of_errors(
      error, !is.na(estimate), at$covariance, at$fit, "effects", call
    )
  }
  limits <- delta_limits(estimate, error, level, scale)
  data.frame(
    estimate = estimate, std.error = error, conf.low = limits$lwr,
    conf.high = limits$upr
  )
}
