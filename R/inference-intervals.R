# Tables and intervals of coefficients.

#' A table of coefficients with their standard errors and tests
#'
#' @param covariance Of all coefficients, or NULL.
#' @return A matrix with the columns of coef(summary(glm())); tests are left out
#'   of scales.
#' @noRd
coefficient_table <- function(fit, covariance) {
  estimate <- fit$coefficients
  error <- if (is.null(covariance)) {
    rep(NA_real_, length(estimate))
  } else {
    sqrt(diag(covariance))
  }
  z <- estimate / error
  z[coefficient_parts(fit$spec)$scale] <- NA
  cbind(
    Estimate = estimate, `Std. Error` = unname(error), `z value` = z,
    `Pr(>|z|)` = 2 * stats::pnorm(-abs(z))
  )
}

#' Intervals from standard errors; of positive coefficients on the log scale
#'
#' @param table What coefficient_table() gives.
#' @param level The probability with which an interval holds.
#' @noRd
wald_intervals <- function(fit, table, level) {
  spec <- fit$spec
  estimate <- table[, 1L]
  reach <- table[, 2L] * stats::qnorm((1 + level) / 2)
  result <- cbind(estimate - reach, estimate + reach)
  logged <- positive_coefficients(spec)
  result[logged, ] <- estimate[logged] *
    exp(cbind(-reach, reach)[logged, , drop = FALSE] / estimate[logged])
  dimnames(result) <- list(rownames(table), limit_names(level))
  result
}

#' The positions of coefficients that are positive
#' @noRd
positive_coefficients <- function(spec) {
  scales <- coefficient_parts(spec)$scale
  scales[rep_len(family_of(spec)$positive(spec), length(scales))]
}

#' The probabilities below the limits of intervals
#'
#' @param level That of the intervals.
#' @noRd
interval_ends <- function(level) {
  c((1 - level) / 2, (1 + level) / 2)
}

#' "2.5 %", "97.5 %"
#' @noRd
limit_names <- function(level) {
  paste(format(100 * interval_ends(level), trim = TRUE, digits = 3), "%")
}

#' Percentiles of the refits' coefficients
#'
#' @param drawn A bootstrap.
#' @param level That of the intervals.
#' @noRd
percentiles <- function(drawn, level) {
  ends <- interval_ends(level)
  limits <- apply(drawn$t, 2L, function(column) {
    if (all(is.na(column))) {
      return(rep(NA_real_, 2L)) # of an aliased column
    }
    # Type 6: (n + 1) p, as is usual for a bootstrap.
    stats::quantile(column, ends, na.rm = TRUE, names = FALSE, type = 6L)
  })
  limits <- t(limits)
  dimnames(limits) <- list(names(drawn$t0), limit_names(level))
  limits
}

# What is asked for --------------------------------------------------------------

#' The positions of the coefficients that are asked for
#'
#' @param parm Names or positions; NULL for all.
#' @noRd
check_parm <- function(parm, fit, call = rlang::caller_env()) {
  names <- names(fit$coefficients)
  if (is.null(parm)) {
    return(seq_along(names))
  }
  at <- if (is.character(parm)) {
    match(parm, names)
  } else if (is.numeric(parm)) {
    match(parm, seq_along(names))
  } else {
    NA
  }
  if (anyNA(at)) {
    unknown <- if (is.atomic(parm)) as.character(parm)[is.na(at)] else kind_of(parm)
    abort("argument", c(
      "{.arg parm} must name coefficients, or give their positions in
       {.fn coef}.",
      "x" = "There {cli::qty(length(unknown))}{?is/are} no
             {.val {some_of(unknown)}}.",
      "i" = if (is.character(parm)) did_you_mean(unknown[[1L]], names),
      "i" = if (is.logical(parm)) "{.fn which} makes positions of TRUE and FALSE."
    ), call)
  }
  at
}
