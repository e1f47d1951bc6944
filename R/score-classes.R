# Scores of class probabilities: of a fit, or of any other model.

#' Scores of class probabilities
#'
#' How good predicted class probabilities are, of this package's or of other
#' models: what [summary.sgmoe()] shows for the training data.
#'
#' @param probability A matrix of probabilities, a row for each observation and
#'   a column for each class, with the classes as column names (as `predict(fit,
#'   type = "prob")` gives it). For two classes, a vector with the probability
#'   of the second.
#' @param truth The observed classes, a factor or what can be made one.
#' @param weights Case weights, one for each row. Default `NULL`: all the same.
#' @return A named vector: `accuracy`, the share of observations of which the
#'   most probable class is right; `log_loss`, the mean of minus the logarithm
#'   of the observed class's probability, in nats (infinite where a model gave
#'   none to what happened); `brier`, the mean over observations of the squared
#'   differences between probabilities and truth, summed over classes (from 0 to
#'   2); `calibration_error`, the expected calibration error with ten bins, see
#'   [calibration()]. Rows with NA raise `sgmoe_error_argument`, as do shapes
#'   that do not match and numbers that are no probabilities.
#' @family scores of classes
#' @examples
#' fit <- sgmoe(Species ~ Sepal.Length + Sepal.Width, iris,
#'   k = 1, ridge = 0.1
#' )
#' class_scores(predict(fit, type = "prob"), iris$Species)
#' @export
class_scores <- function(probability, truth, weights = NULL) {
  call <- rlang::current_env()
  if (inherits(probability, "sgmoe") || missing(truth)) {
    abort("argument", c(
      "{.fn class_scores} takes probabilities and the observed classes.",
      "i" = "Of a fit, {.code class_scores(predict(fit, newdata, type =
             \"prob\"), newdata$y)}, or {.code summary(fit)} for its own data."
    ), call)
  }
  given <- check_probabilities(probability, truth, weights, call)
  if (anyNA(given$probability) || anyNA(given$shares)) {
    abort("argument", c(
      "{.arg probability} and {.arg truth} must not have missing values.",
      "i" = "Leave these rows out."
    ), call)
  }
  if (!any(given$weights > 0)) {
    abort("no_rows", "There is no row with a positive weight.", call)
  }
  score_classes(given$probability, given$shares, given$weights)
}

#' Scores on the data of the fit
#' @noRd
training_scores <- function(fit, design) {
  score_classes(
    predict_design(fit, design, "prob"), observed_response(design$y, fit),
    response_weights(design$y, design$weights, fit)
  )
}

#' Accuracy, log-loss, Brier score and expected calibration error; for counts
#' those of single observations
#' @noRd
score_classes <- function(probability, shares, weights) {
  mean_of <- function(values) sum(weights * values) / sum(weights)
  best <- cbind(seq_len(nrow(probability)), max.col(probability, "first"))
  table <- reliability_table(probability[best], shares[best], weights, 10)
  c(
    accuracy = mean_of(shares[best]),
    log_loss = mean_of(label_loss(probability, shares)),
    brier = mean_of(label_brier(probability, shares)),
    calibration_error = calibration_error(table)
  )
}

#' Minus the log-probability of what was observed, in each row
#' @noRd
label_loss <- function(probability, shares) {
  loss <- -shares * log(probability)
  loss[shares == 0] <- 0
  rowSums(loss)
}

#' @noRd
label_brier <- function(probability, shares) {
  1 - 2 * rowSums(shares * probability) + rowSums(probability^2)
}
