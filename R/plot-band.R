# Bands of intervals behind the lines of a picture.

#' The band that plot() is asked for, or NULL: a function of fit, design, rows (of
#' evaluate_rows()) and response that gives list(lower, upper), and of confidence
#' intervals those of the gate, n x K, too
#'
#' @param interval,level As in plot.sgmoe().
#' @noRd
check_band <- function(fit, interval, level, call = rlang::caller_env()) {
  asked <- check_distribution(
    fit, "response", NULL, interval, level, "plug-in", NULL, call
  )
  errors <- check_errors(fit, "response", asked, level, FALSE, "bayes", call)
  if (!is.null(errors)) {
    return(function(fit, design, rows, response) {
      confidence_band(fit, design, rows, response, errors)
    })
  }
  if (asked$type == "interval") {
    function(fit, design, rows, response) {
      mixture <- mixture_distribution(
        family_of(fit)$distribution, rows, fit$parameters, fit$spec, response
      )
      tail <- asked$tails[[response]]
      list(
        lower = tail_quantile(mixture, tail, TRUE),
        upper = tail_quantile(mixture, tail, FALSE)
      )
    }
  }
}

#' Confidence intervals of the mean of a response and of the gate; NA, which is
#' not drawn, where they are not known
#'
#' @param response The number of the response.
#' @param errors From check_errors().
#' @noRd
confidence_band <- function(fit, design, rows, response, errors) {
  limits <- function(values, of) {
    values <- as.matrix(values)
    error <- prediction_errors(fit, design, rows, of, errors$covariance)
    delta_limits(values, error, errors$level, interval_scale(fit, of))
  }
  mean <- limits(mixture_mean(rows$means, rows$gate), "mean")
  gate <- limits(rows$gate, "gate")
  list(
    lower = mean$lwr[, response], upper = mean$upr[, response],
    gate_lower = gate$lwr, gate_upper = gate$upr
  )
}

#' A band over the covariate, in pieces where bounds are not known
#'
#' @param lower,upper Its bounds, or NULL for none.
#' @noRd
draw_band <- function(effect, lower, upper, col) {
  if (is.null(lower)) {
    return(invisible())
  }
  # What is infinite goes as far as the panel.
  usr <- graphics::par("usr")
  lower <- pmax(lower, usr[[3L]])
  upper <- pmin(upper, usr[[4L]])
  if (effect$discrete) {
    graphics::rect(
      effect$x - 0.38, lower, effect$x + 0.38, upper,
      col = col, border = NA
    )
    return(invisible())
  }
  known <- !is.na(lower) & !is.na(upper)
  pieces <- split(seq_along(known)[known], cumsum(!known)[known])
  for (piece in pieces) {
    graphics::polygon(
      effect$x[c(piece, rev(piece))], c(lower[piece], rev(upper[piece])),
      col = col, border = NA
    )
  }
}

#' The bands of the gate, pale; over a discrete covariate there are none, since
#' its probabilities are stacked
#' @noRd
draw_gate_bands <- function(effect, colours) {
  if (effect$discrete || is.null(effect$grid$gate_lower)) {
    return(invisible())
  }
  pale <- grDevices::adjustcolor(colours, 0.2)
  for (i in seq_along(colours)) {
    draw_band(
      effect, effect$grid$gate_lower[, i], effect$grid$gate_upper[, i], pale[[i]]
    )
  }
}
