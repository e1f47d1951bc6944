# Class probabilities beside what was observed.

#' Probabilities and observed classes as matrices of the same shape
#'
#' @param truth The true classes: a factor, or counts with a column for each.
#' @noRd
check_probabilities <- function(probability, truth, weights,
                                call = rlang::caller_env()) {
  if (!is.atomic(truth)) {
    abort("argument", c(
      "{.arg truth} must be the observed classes: a factor, or a vector.",
      "x" = "It is of type {kind_of(truth)}."
    ), call)
  }
  probability <- class_columns(probability, truth, call)
  classes <- colnames(probability)
  check_shares(probability, call)
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
  weights <- weights %||% rep(1, length(truth))
  check_row_values(weights, "weights", length(truth), call)
  frame <- data.frame(row = seq_along(truth))
  list(
    probability = probability, shares = shares,
    weights = check_weights(weights, frame, call, may_miss = FALSE)
  )
}

#' Probabilities as a matrix with a column for each class
#'
#' @param truth The true classes.
#' @noRd
class_columns <- function(probability, truth, call = rlang::caller_env()) {
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
  probability
}

#' Refuse rows that are no distribution over classes
#' @noRd
check_shares <- function(probability, call = rlang::caller_env()) {
  outside <- rowSums(probability < -1e-8 | probability > 1 + 1e-8)
  bad <- which(outside > 0 | abs(rowSums(probability) - 1) > 1e-6)
  if (length(bad)) {
    abort("argument", c(
      "Probabilities must lie between 0 and 1 and sum to one in each row.",
      "x" = "Row {bad[[1L]]} has {.val {signif(probability[bad[[1L]], ], 4)}}."
    ), call)
  }
}

#' The reliability table of probabilities and what was observed, n x M
#'
#' @param class The class looked at, or `NULL` for the most probable one.
#' @noRd
compare_classes <- function(probability, shares, weights, class, bins,
                            call = rlang::caller_env()) {
  settle_bins(
    sum_bins(probability, shares, weights, class, bins), colnames(shares),
    class, bins, call
  )
}

#' Sums in bins that can be added to those of other rows: list(bins: bins x weight,
#' prediction and observation; dropped; known: was there any row?)
#'
#' @param class The class looked at, or `NULL` for the most probable one.
#' @noRd
sum_bins <- function(probability, shares, weights, class, bins) {
  known <- !is.na(rowSums(probability)) & !is.na(rowSums(shares)) &
    weights > 0
  target <- if (is.null(class)) {
    max.col(replace(probability, is.na(probability), 0), "first")
  } else {
    rep(match(class, colnames(shares)), length(known))
  }
  cell <- cbind(seq_along(known), target)[known, , drop = FALSE]
  list(
    bins = bin_sums(probability[cell], shares[cell], weights[known], bins),
    dropped = sum(!known & weights > 0), known = any(known)
  )
}

#' @param sums From sum_bins(), or NULL of no rows.
#' @param classes Names of the classes.
#' @param class As in sum_bins().
#' @noRd
settle_bins <- function(sums, classes, class, bins,
                        call = rlang::caller_env()) {
  if (!isTRUE(sums$known)) {
    abort("no_rows", c(
      "There is no row with a prediction, a response and a positive weight."
    ), call)
  }
  table <- table_of_bins(sums$bins, bins)
  structure(
    table,
    calibration_error = calibration_error(table), classes = classes,
    target = class, dropped = sums$dropped,
    class = c("sgmoe_calibration", "data.frame")
  )
}

#' Mean prediction and observed frequency in bins of equal width
#'
#' @param predicted Probabilities, one for each row.
#' @noRd
reliability_table <- function(predicted, observed, weights, bins) {
  table_of_bins(bin_sums(predicted, observed, weights, bins), bins)
}

#' Sums of weights, predictions and observations in each bin, in its rows
#'
#' @param predicted Probabilities, one for each row.
#' @param observed What was observed, likewise.
#' @noRd
bin_sums <- function(predicted, observed, weights, bins) {
  result <- matrix(0, bins, 3L)
  bin <- pmin(floor(predicted * bins), bins - 1)
  sums <- rowsum(cbind(weights, weights * predicted, weights * observed), bin)
  result[as.integer(rownames(sums)) + 1L, ] <- sums
  result
}

#' @param sums A matrix from bin_sums().
#' @noRd
table_of_bins <- function(sums, bins) {
  filled <- which(sums[, 1L] > 0)
  sums <- sums[filled, , drop = FALSE]
  lower <- (filled - 1) / bins
  n <- sums[, 1L]
  frequency <- sums[, 3L] / n
  # Two successes and two failures are added (Agresti and Coull, 1998): the
  # interval is not empty where all went one way.
  centre <- (n * frequency + 2) / (n + 4)
  reach <- 2 * sqrt(centre * (1 - centre) / (n + 4))
  data.frame(
    lower = lower, upper = lower + 1 / bins, n = n,
    predicted = sums[, 2L] / n, observed = frequency,
    low = pmax(centre - reach, 0), high = pmin(centre + reach, 1)
  )
}

#' @noRd
calibration_error <- function(table) {
  sum(table$n * abs(table$predicted - table$observed)) / sum(table$n)
}
