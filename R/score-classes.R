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
#' @examples
#' fit <- sgmoe(Species ~ Sepal.Length + Sepal.Width, iris,
#'   k = 1, ridge = 0.1
#' )
#' class_scores(predict(fit, type = "prob"), iris$Species)
#' @export
class_scores <- function(probability, truth, weights = NULL) {
  if (inherits(probability, "sgmoe") || missing(truth)) {
    abort("argument", c(
      "{.fn class_scores} takes probabilities and the observed classes.",
      "i" = "Of a fit, {.code class_scores(predict(fit, newdata, type =
             \"prob\"), newdata$y)}, or {.code summary(fit)} for its own data."
    ), match.call())
  }
  given <- check_probabilities(probability, truth, weights, match.call())
  if (anyNA(given$probability) || anyNA(given$shares)) {
    abort("argument", c(
      "{.arg probability} and {.arg truth} must not have missing values.",
      "i" = "Leave these rows out."
    ), match.call())
  }
  if (!any(given$weights > 0)) {
    abort("no_rows", "There is no row with a positive weight.", match.call())
  }
  score_classes(given$probability, given$shares, given$weights)
}

#' Probabilities and observed classes as matrices of the same shape
#' @noRd
check_probabilities <- function(probability, truth, weights, call) {
  if (is.numeric(probability) && is.null(dim(probability))) {
    classes <- levels(as.factor(truth))
    if (length(classes) != 2L) {
      abort("argument", c(
        "A vector of probabilities needs a {.arg truth} with two levels.",
        "x" = "It has {length(classes)}.",
        "i" = "Give a factor, or a matrix with a column for each class."
      ), call)
    }
    probability <- cbind(1 - probability, probability)
    colnames(probability) <- classes
  } else if (length(dim(probability)) == 3L && dim(probability)[[3L]] == 1L) {
    names <- dimnames(probability)[1:2] # as glmnet gives them
    probability <- array(probability, dim(probability)[1:2], names)
  }
  matrix <- is.matrix(probability) && is.numeric(probability)
  classes <- if (matrix) colnames(probability)
  if (is.null(classes) || anyDuplicated(classes) ||
    nrow(probability) != length(truth)) {
    abort("argument", c(
      "Class probabilities must be a numeric matrix with a row for each element
       of {.arg truth} and the classes as column names, each once.",
      "x" = "They are of type {kind_of(probability)}{if (matrix) paste0(' with ',
             nrow(probability), ' rows')}, {.arg truth} has
             {length(truth)} element{?s}."
    ), call)
  }
  outside <- rowSums(probability < -1e-8 | probability > 1 + 1e-8)
  bad <- which(outside > 0 | abs(rowSums(probability) - 1) > 1e-6)
  if (length(bad)) {
    abort("argument", c(
      "Probabilities must lie between 0 and 1 and sum to one in each row.",
      "x" = "Row {bad[[1L]]} has {.val {signif(probability[bad[[1L]], ], 4)}}."
    ), call)
  }
  probability[] <- pmin(pmax(probability, 0), 1)
  truth <- as.character(truth)
  unseen <- setdiff(truth[!is.na(truth)], classes)
  if (length(unseen)) {
    abort("argument", c(
      "Each class in {.arg truth} needs a column of probabilities.",
      "x" = "There is none for {.val {some_of(unseen)}}."
    ), call)
  }
  shares <- outer(truth, classes, `==`) + 0
  colnames(shares) <- classes
  if (is.null(weights)) {
    weights <- rep(1, length(truth))
  }
  check_row_values(weights, "weights", length(truth), call)
  frame <- data.frame(row = seq_along(truth))
  list(
    probability = probability, shares = shares,
    weights = check_weights(weights, frame, call)
  )
}

#' Scores on the data of the fit
#' @noRd
training_scores <- function(fit, design) {
  shares <- response_shares(design$y, fit)
  probability <- predict_design(fit, design, "prob")
  weights <- response_weights(
    design$y, stats::model.weights(design$frame), fit
  )
  score_classes(probability, shares, weights)
}

#' Accuracy, log-loss, Brier score and expected calibration error; for counts
#' those of single observations
#' @noRd
score_classes <- function(probability, shares, weights) {
  mean_of <- function(values) sum(weights * values) / sum(weights)
  best <- cbind(seq_len(nrow(probability)), max.col(probability, "first"))
  loss <- -shares * log(probability)
  loss[shares == 0] <- 0
  table <- reliability_table(probability[best], shares[best], weights, 10)
  c(
    accuracy = mean_of(shares[best]),
    log_loss = mean_of(rowSums(loss)),
    brier = mean_of(1 - 2 * rowSums(shares * probability) +
      rowSums(probability^2)),
    calibration_error = calibration_error(table)
  )
}
