# What predict() and augment() say of standard errors.

#' What is asked of standard errors, checked; NULL if nothing is
#'
#' @param asked From check_distribution().
#' @param level,se.fit,vcov As in predict().
#' @param name What the user knows `se.fit` as.
#' @return list(covariance, shown: are they asked for themselves? level: of
#'   confidence intervals, or NULL).
#' @noRd
check_errors <- function(fit, type, asked, level, se.fit, vcov,
                         call = rlang::caller_env(), name = "se.fit") {
  shown <- check_flag(se.fit, name, call, "argument")
  confidence <- isTRUE(asked$confidence)
  if (!shown && !confidence) {
    return(NULL)
  }
  if (!type %in% names(delta_types)) {
    abort("argument", c(
      "Standard errors and confidence intervals are for
       {.code type = {.or {.val {names(delta_types)}}}}.",
      "x" = "The type is {.val {type}}."
    ), call)
  }
  if (!is.null(fit$calibration) && delta_types[[type]] == "mean") {
    abort("unsupported", c(
      "Recalibrated probabilities have no standard errors.",
      "i" = "Ask the fit as it was before {.fn recalibrate}."
    ), call)
  }
  level <- if (confidence) check_level(level, "level", call)
  list(
    covariance = delta_covariance(fit, vcov, call), shown = shown, level = level
  )
}

#' Refuse a covariance where nothing is made of it
#'
#' @param given Was it given?
#' @param se.fit,interval As in predict().
#' @noRd
refuse_idle_vcov <- function(given, se.fit, interval,
                             call = rlang::caller_env()) {
  refuse_idle(
    c(vcov = given && isFALSE(se.fit) && !identical(interval, "confidence")),
    "It is for standard errors and confidence intervals.", call
  )
}

#' Standard errors and limits of predictions
#'
#' @param rows From evaluate_rows(), with gate and experts.
#' @param of As in prediction_owners().
#' @param values The predictions; errors and limits have their shape.
#' @param errors From check_errors().
#' @return list(error, limits: list(lwr, upr), or NULL).
#' @noRd
mean_errors <- function(fit, design, rows, of, values, errors,
                        call = rlang::caller_env()) {
  error <- values
  error[] <- prediction_errors(fit, design, rows, of, errors$covariance)
  warn_of_errors(
    error, !is.na(values), errors$covariance, fit, "predictions", call
  )
  list(error = error, limits = if (!is.null(errors$level)) {
    delta_limits(values, error, errors$level, interval_scale(fit, of))
  })
}

#' Predictions with what is asked of standard errors
#'
#' @param values The predictions.
#' @param predicted What is shown without standard errors, maybe prediction
#'   intervals.
#' @param errors From check_errors().
#' @return What predict() gives, or list(fit, se.fit).
#' @noRd
predict_errors <- function(fit, design, type, values, predicted, errors,
                           call = rlang::caller_env()) {
  rows <- evaluate_rows(fit, design, c("gate", "expert"))
  found <- mean_errors(
    fit, design, rows, delta_types[[type]], values, errors, call
  )
  if (!is.null(found$limits)) {
    size <- if (is.null(dim(values))) length(values) else dim(values)
    names <- if (is.null(dim(values))) list(names(values)) else dimnames(values)
    predicted <- array(
      c(values, found$limits$lwr, found$limits$upr), c(size, 3L),
      c(names, list(c("fit", "lwr", "upr")))
    )
  }
  if (errors$shown) list(fit = predicted, se.fit = found$error) else predicted
}
