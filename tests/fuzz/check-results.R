# Checks of what methods give, each a character vector of complaints.

# Predictions or effects with their standard errors.
check_errors <- function(value) {
  if (!is.list(value)) {
    return(NULL)
  }
  c(
    complain(any(value$se.fit < 0, na.rm = TRUE), "a negative standard error"),
    complain(any(is.nan(value$se.fit)), "a standard error is NaN")
  )
}

# The last dimension has a lower and an upper limit, perhaps after the fit.
check_limits <- function(value) {
  if (is.list(value) && !is.data.frame(value)) value <- value$fit
  if (!is.numeric(value) || length(dim(value)) < 2L) {
    return(NULL)
  }
  sides <- dim(value)[[length(dim(value))]]
  flat <- matrix(value, ncol = sides)
  limits <- flat[, sides - 1:0, drop = FALSE]
  # Ties in the last digit.
  slack <- 1e-9 * (1 + pmax(abs(limits[, 1L]), abs(limits[, 2L])))
  slack[!is.finite(slack)] <- 0
  c(
    complain(any(limits[, 1L] > limits[, 2L] + slack, na.rm = TRUE), "limits cross"),
    complain(any(is.nan(limits)), "a limit is NaN")
  )
}

check_covariance <- function(value, fit, complete) {
  coefficients <- stats::coef(fit)
  if (!complete) coefficients <- coefficients[!is.na(coefficients)]
  c(
    complain(
      !identical(rownames(value), names(coefficients)), "vcov of other coefficients"
    ),
    complain(!isSymmetric(value, tol = 1e-8), "vcov is not symmetric"),
    complain(any(is.nan(value) | is.infinite(value)), "vcov is not finite"),
    complain(any(diag(value) < 0, na.rm = TRUE), "a negative variance")
  )
}

check_p_values <- function(p) {
  complain(any(p < 0 | p > 1, na.rm = TRUE) || any(is.nan(p)), "p values")
}

check_scores <- function(value) {
  if (!is.data.frame(value)) {
    return(NULL) # of a source, row by row
  }
  numbers <- value[vapply(value, is.numeric, NA)]
  if (!"value" %in% names(value)) {
    return(complain(any(is.nan(unlist(numbers))), "a score is NaN"))
  }
  c(
    complain(any(is.nan(value$value)), "a score is NaN"),
    complain(any(value$n <= 0), "scores of no rows")
  )
}

check_recalibrated <- function(fit, data) {
  loss <- fit$calibration$log_loss
  shares <- tryCatch(
    quiet(stats::predict(fit, data, type = "prob")),
    sgmoe_error = function(error) NULL
  )
  c(
    complain(loss[[2L]] > loss[[1L]] + 1e-9, "recalibrate() makes it worse"),
    if (!is.null(shares)) check_sums(shares, "recalibrated")
  )
}

# simulate(): as many draws as asked for, a row for each row.
check_draws <- function(value, count, rows, fit) {
  expected <- if (is.data.frame(rows)) nrow(rows) else fit$rows
  c(
    complain(length(value) != count, "simulate() gives another number"),
    if (!is.null(expected)) {
      complain(NROW(value[[1L]]) != expected, "simulate() gives other rows")
    }
  )
}

check_effects <- function(value) {
  if (!all(c("estimate", "conf.low", "conf.high") %in% names(value))) {
    return(complain(!is.data.frame(value), "effects"))
  }
  slack <- 1e-9 * (1 + abs(value$estimate))
  c(
    complain(any(is.nan(value$estimate)), "an effect is NaN"),
    complain(any(
      value$conf.low > value$estimate + slack | value$conf.high < value$estimate - slack,
      na.rm = TRUE
    ), "an effect outside its limits")
  )
}

# The distribution function at quantiles, the density's sum, and the mean: three
# ways to the same numbers.
check_quantiles <- function(fit, data) {
  p <- sort(stats::runif(3L, 0.001, 0.999))
  value <- quiet(stats::predict(fit, data, type = "quantile", p = p))
  response <- stats::formula(fit)[[2L]]
  if (!is.name(response) || !is.matrix(value)) {
    return(NULL)
  }
  known <- which(rowSums(is.na(value)) == 0L)
  if (!length(known)) {
    return(NULL)
  }
  complaints <- complain(
    any(value[known, -1L] < value[known, -3L]), "quantiles cross"
  )
  offset <- fit$blueprint$offset$expression
  discrete <- identical(fit$family, "poisson")
  if (!discrete && (max(abs(value[known, ])) > 1e6 * min(stats::sigma(fit)) ||
    !is.null(offset))) {
    return(complaints)
  }
  for (j in seq_along(p)) {
    at <- data
    at[[as.character(response)]] <- value[, j]
    found <- quiet(stats::predict(fit, at, type = "cdf"))[known]
    complaints <- c(complaints, if (discrete) {
      complain(any(found < p[[j]] - 1e-9), "cdf of a quantile is less")
    } else {
      complain(any(abs(found - p[[j]]) > 1e-6), sprintf(
        "cdf of a quantile is wrong by %g", max(abs(found - p[[j]]))
      ))
    })
  }
  complaints
}

check_stream <- function(stream) {
  if (!is.null(stream$waiting)) {
    return(NULL)
  }
  complain(!all(is.finite(unlist(stream$state))), "the state is not finite")
}
