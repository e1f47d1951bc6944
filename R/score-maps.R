# Predicted means, recalibrated where a fit has a calibration (R/score-recalibrate.R).
#
# A calibration is list(method, temperature or maps and share, log_loss, nobs).

#' The mixture's mean; of classes their probabilities, recalibrated
#'
#' @param rows What evaluate_rows() says: gate and means.
#' @noRd
predicted_mean <- function(fit, rows) {
  mean <- mixture_mean(rows$means, rows$gate)
  if (is.null(fit$calibration)) mean else map_classes(mean, fit$calibration)
}

#' @noRd
map_classes <- function(probability, calibration) {
  switch(calibration$method,
    temperature = temper(probability, calibration$temperature),
    isotonic = map_isotonic(probability, calibration)
  )
}

#' Probabilities to the power of 1 / temperature, and summing to one
#' @noRd
temper <- function(probability, temperature) {
  if (temperature == 1) {
    return(probability)
  }
  row_softmax(log(pmax(probability, 1e-300)) / temperature)
}

#' Each class by its own increasing function, then divided by the sum; mixed
#' with what there was before
#' @noRd
map_isotonic <- function(probability, calibration) {
  mapped <- probability
  for (i in seq_along(calibration$maps)) {
    map <- calibration$maps[[i]]
    known <- !is.na(probability[, i])
    mapped[known, i] <- stats::approx(
      map$at, map$value, probability[known, i],
      rule = 2
    )$y
  }
  share <- calibration$share
  share * mapped / rowSums(mapped) + (1 - share) * probability
}

#' How probabilities were recalibrated, in a sentence, or NULL
#' @noRd
describe_calibration <- function(x) {
  own <- x$calibration
  if (is.null(own)) {
    return(NULL)
  }
  loss <- format(signif(own$log_loss, 3L), trim = TRUE)
  paste0(
    "Probabilities are recalibrated ", if (own$method == "temperature") {
      paste("by a temperature of", format(signif(own$temperature, 3L)))
    } else {
      "by isotonic regressions"
    },
    ", log-loss ", loss[[1L]], " to ", loss[[2L]], " on the ", format(own$nobs),
    " observations they were fitted to.\n"
  )
}
