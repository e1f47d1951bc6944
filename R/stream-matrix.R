# Learning rows that are numbers already.

#' Learn further rows of a stream from a matrix
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
#' @family streams
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
  if (is.null(weights) && is.null(offset) && !missing(x) && !missing(y)) {
    waiting <- wait_as_given(stream, x, gate, y)
    if (!is.null(waiting)) {
      return(waiting)
    }
  }
  call <- rlang::current_env()
  require_pilot(stream, call)
  spec <- stream$spec
  x <- as_rows(if (!missing(x)) x, spec$columns$expert, "x", call)
  same <- spec$same
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
    as_rows(gate, spec$columns$gate, "gate", call)
  }
  if (missing(y)) {
    abort("chunk", "{.arg y}, the response, must be given.", call)
  }
  y <- family_of(spec)$read_numbers(y, stream$blueprint, call)
  if (is.null(weights) && is.null(offset)) {
    waiting <- wait_for_others(
      stream, drop_aliased(gate, spec$aliased$gate),
      if (!same) drop_aliased(x, spec$aliased$expert), y
    )
    if (!is.null(waiting)) {
      return(waiting)
    }
  }
  offset <- as_offset(offset, nrow(x), stream, call)
  check_row_numbers(x, gate, y, weights, offset, call)
  learn_rows(stream, stream_data(stream, gate, x, y, weights, offset), call)
}

#' wait_for_others() of rows as they are given, where any number is a response: most
#' calls end here
#'
#' @param x,gate,y As in update_matrix(). NULL also where they are not of the form that
#'   is usual: whatever is to be said of them is said later.
#' @noRd
wait_as_given <- function(stream, x, gate, y) {
  core_stream_wait_given(stream, left$streams, x, gate, y, any_number, farthest)
}

#' The families for which any number is a response
#' @noRd
any_number <- names(Filter(function(family) isTRUE(family$any_number), families))

#' Refuse numbers that are not of the same rows, or that are not finite
#'
#' @param x,gate,y,weights,offset As in update_matrix(), with a gate.
#' @noRd
check_row_numbers <- function(x, gate, y, weights, offset,
                              call = rlang::caller_env()) {
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
}

#' Rows of a design, as a matrix
#'
#' @param names Of its columns. Those of `values`, if it has any, may be others, but
#'   not these in another order.
#' @noRd
as_rows <- function(values, names, name, call = rlang::caller_env()) {
  columns <- length(names)
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
  given <- colnames(values)
  if (!is.null(given) && !identical(given, names)) {
    moved <- given %in% names & given != names
    if (any(moved)) {
      at <- which(moved)[[1L]]
      abort("chunk", c(
        "The columns of {.arg {name}} are in another order than the stream's.",
        "x" = "Column {at} is {.code {given[[at]]}}, that of the stream
               {.code {names[[at]]}}.",
        "i" = "{.code model.matrix(stream, data)} has them in order."
      ), call)
    }
  }
  values
}

#' Offsets as a matrix with a column for each response or class
#' @noRd
as_offset <- function(offset, rows, stream, call = rlang::caller_env()) {
  if (is.null(offset)) {
    return(NULL)
  }
  columns <- length(stream$responses)
  if (rows == 1L && columns > 1L && is.null(dim(offset)) &&
    length(offset) == columns) {
    offset <- matrix(offset, 1L)
  }
  wide <- if (is.numeric(offset)) {
    family_of(stream)$widen_offset(offset, NROW(offset), columns)
  }
  if (is.null(wide)) {
    abort("chunk", c(
      "{.arg offset} must be numeric with {columns} column{?s}.",
      "x" = "It is of type {kind_of(offset)}."
    ), call)
  }
  wide
}
