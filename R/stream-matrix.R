# Learning rows that are numbers already.

#' Learn rows of numbers
#'
#' [update()][update.sgmoe_stream()] without the formula: for rows that are
#' columns of a design matrix already, when every microsecond counts.
#'
#' @param stream A stream from [sgmoe_stream()] whose pilot is fitted, or a
#'   selection of one from [select_experts()].
#' @param x The experts' design matrix (numbers, not integers), with the columns
#'   that `model.matrix(stream, data)` has, the intercept included; a vector is
#'   one row.
#' @param y The response: numbers, a matrix with a column for each of several
#'   responses; for classes their numbers (1 for the first), or a matrix of
#'   counts.
#' @param gate The gate's design matrix, if it differs from that of the experts.
#' @param weights Case weights, positive; `NULL` for one each.
#' @param offset As in [sgmoe()], a vector or matrix; `NULL` for none.
#' @return The stream with the rows learnt.
#' @section Errors: `sgmoe_error_chunk` for numbers of another shape or type,
#'   `sgmoe_error_non_finite` for values that are not finite.
#' @examples
#' set.seed(1)
#' data <- simulate_moe(1000, k = 2, p = 2)
#' stream <- sgmoe_stream(y ~ ., data[1:500, ], k = 2, starts = 2)
#' x <- model.matrix(stream, data[501:1000, ])
#' stream <- update_matrix(stream, x, data$y[501:1000])
#' stream
#' @export
update_matrix <- function(stream, x, y, gate = NULL, weights = NULL,
                          offset = NULL) {
  call <- sys.call()
  require_pilot(stream, call)
  x <- as_rows(x, length(stream$blueprint$expert_columns), "x", call)
  same <- stream$blueprint$same
  if (same != is.null(gate)) {
    abort("chunk", c(
      if (same) {
        "Gate and experts of this stream have the same columns: leave
         {.arg gate} out."
      } else {
        "The gate of this stream has columns of its own: give {.arg gate}."
      }
    ), call)
  }
  gate <- if (same) {
    x
  } else {
    as_rows(gate, length(stream$blueprint$gate_columns), "gate", call)
  }
  if (missing(y)) {
    abort("chunk", "{.arg y}, the response, must be given.", call)
  }
  y <- as_response(y, stream, call)
  offset <- as_offset(offset, nrow(x), stream, call)
  if (!is.null(weights) && !is.numeric(weights)) {
    abort("chunk", c(
      "{.arg weights} must be numeric.",
      "x" = "It is of type {kind_of(weights)}."
    ), call)
  }
  rows <- c(
    gate = nrow(gate), y = nrow(y),
    weights = if (length(weights)) length(weights),
    offset = if (!is.null(offset)) nrow(offset)
  )
  if (any(rows != nrow(x))) {
    wrong <- names(rows)[rows != nrow(x)][[1L]]
    abort("chunk", c(
      "{.arg {wrong}} must have as many rows as {.arg x}.",
      "x" = "It has {rows[[wrong]]} for {nrow(x)}."
    ), call)
  }
  total <- sum(x) + sum(gate) + sum(y) + sum(weights) + sum(offset)
  if (!is.finite(total) || any(weights < 0)) {
    abort("non_finite", c(
      "Rows to be learnt must be finite numbers, weights not negative.",
      "i" = "{.fn update} with a data frame says which value is not, and treats
             missing values."
    ), call)
  }
  learn <- function(stream) {
    learn_rows(stream, stream_data(stream, gate, x, y, weights, offset), call)
  }
  if (inherits(stream, "sgmoe_stream_selection")) {
    return(learn_levels(stream, learn, call))
  }
  learn(stream)
}

#' @noRd
as_rows <- function(values, columns, name, call) {
  if (is.double(values) && is.null(dim(values)) && length(values) == columns) {
    values <- matrix(values, 1L)
  }
  if (!is.double(values) || !is.matrix(values) || ncol(values) != columns) {
    abort("chunk", c(
      "{.arg {name}} must be a matrix of numbers (double) with {columns}
       column{?s}, as {.code model.matrix(stream, data)} gives it.",
      "x" = "It is of type {kind_of(values)}{if (is.integer(values)) {
             ' (integer)'} else if (!is.matrix(values)) {
             paste(', length', length(values))}}."
    ), call)
  }
  values
}

#' @noRd
as_response <- function(y, stream, call) {
  columns <- length(stream$responses)
  if (has_classes(stream) && stream$blueprint$response_kind == "labels") {
    codes <- if (is.numeric(y)) {
      as.double(y)
    } else {
      as.double(replay_classes(y, stream$blueprint, call)) + 1
    }
    fine <- codes >= 1 & codes <= columns & codes == round(codes)
    if (!all(fine, na.rm = TRUE)) {
      abort("unseen_level", c(
        "{.arg y} must hold the numbers of classes, 1 to {columns}.",
        "x" = "It holds {codes[which(!fine)[[1L]]]}."
      ), call)
    }
    return(matrix(codes - 1, ncol = 1L))
  }
  if (columns > 1L && is.null(dim(y))) {
    y <- matrix(y, 1L)
  }
  if (!is.numeric(y) || NCOL(y) != columns) {
    abort("chunk", c(
      "{.arg y} must be numeric with {columns} column{?s}.",
      "x" = "It is of type {kind_of(y)}."
    ), call)
  }
  if (has_classes(stream)) {
    check_counts(y, "y", call)
    empty <- which(rowSums(y) == 0)
    if (length(empty)) {
      abort("counts", c(
        "Every row of {.arg y} needs a positive count.",
        "x" = "Row {empty[[1L]]} has none."
      ), call)
    }
  }
  matrix(as.double(y), ncol = columns)
}

#' Offsets as a matrix: a column for each response or class, or for two classes
#' a vector for the second
#' @noRd
as_offset <- function(offset, rows, stream, call) {
  if (is.null(offset)) {
    return(NULL)
  }
  columns <- length(stream$responses)
  if (rows == 1L && columns > 1L && is.null(dim(offset)) &&
    length(offset) == columns) {
    offset <- matrix(offset, 1L)
  }
  if (has_classes(stream) && columns == 2L && NCOL(offset) == 1L) {
    offset <- cbind(0, offset)
  }
  if (!is.numeric(offset) || NCOL(offset) != columns) {
    abort("chunk", c(
      "{.arg offset} must be numeric with {columns} column{?s}.",
      "x" = "It is of type {kind_of(offset)}."
    ), call)
  }
  matrix(as.double(offset), ncol = columns)
}
