# Learning further rows.

#' Learn further rows of a stream
#'
#' Unlike `update()` of a fit, which fits again with changed arguments, this
#' learns new data, as the method of package biglm does.
#'
#' @param object A stream from [sgmoe_stream()].
#' @param chunk A data frame with the next rows of the stream, of any number;
#'   it needs all variables of the model, in the types of the pilot.
#' @param weights Case weights of these rows. `NULL`, the default, takes them
#'   from the expression that [sgmoe_stream()] was given.
#' @param ... Not used.
#' @return The stream with the rows learnt; `object` itself is not changed. If a
#'   chunk is refused, nothing is learnt. Rows with missing values are treated as
#'   the stream's `na.action` says and counted in the field `dropped`.
#'
#'   An interrupt returns the stream with the minibatches learnt so far and
#'   raises a warning of class `sgmoe_warning_interrupted` that says how many
#'   rows these are. An expert that has lost nearly all weight is reported once,
#'   by a warning of class `sgmoe_warning_starved`.
#' @section Errors: `sgmoe_error_missing_column`, `sgmoe_error_wrong_type`,
#'   `sgmoe_error_unseen_level`, `sgmoe_error_missing_values`,
#'   `sgmoe_error_non_finite`, `sgmoe_error_weights`, `sgmoe_error_chunk`.
#' @seealso [update_matrix()] for rows that are numbers already.
#' @examples
#' set.seed(1)
#' data <- simulate_moe(2000, k = 2, p = 2)
#' stream <- sgmoe_stream(y ~ ., data[1:500, ], k = 2, starts = 2)
#' for (i in seq(501, 2000, by = 300)) {
#'   stream <- update(stream, data[i:(i + 299), ])
#' }
#' coef(stream)
#' @importFrom stats update
#' @export
update.sgmoe_stream <- function(object, chunk, weights = NULL, ...) {
  call <- match.call()
  if (...length() > 0L) {
    abort("argument", c(
      "{.fn update} of a stream takes a {.arg chunk} of new rows, and
       {.arg weights}.",
      "i" = "To change the model, begin another stream."
    ), call)
  }
  if (missing(chunk) || !is.data.frame(chunk)) {
    abort("chunk", c(
      "{.arg chunk} must be a data frame with the next rows of the stream.",
      "x" = if (!missing(chunk)) "It is of type {kind_of(chunk)}.",
      "i" = "Rows that are numbers already can be given to
             {.fn update_matrix}."
    ), call)
  }
  weights <- tryCatch(weights, error = function(error) {
    abort("weights", c(
      "{.arg weights} of a chunk must be numbers, one for each row.",
      "x" = "{conditionMessage(error)}",
      "i" = "Write {.code chunk$column} for a column of the chunk."
    ), call)
  })
  check_row_values(weights, "weights", nrow(chunk), call)
  learn_chunk(object, chunk, weights, call)
}

#' @noRd
learn_chunk <- function(stream, chunk, weights = NULL, call = NULL) {
  check_version(stream, call)
  if (!is.null(stream$waiting)) {
    return(extend_pilot(stream, chunk, weights, call))
  }
  if (nrow(chunk) == 0L) {
    return(stream)
  }
  design <- replay_design(
    stream$blueprint, chunk, stream$na.action,
    response = TRUE, learn = TRUE, weights = weights, where = "chunk",
    call = call
  )
  stream$dropped <- stream$dropped + length(design$na_action)
  data <- stream_data(
    stream, design$x, design$z, design$y, design$weights, design$offset
  )
  learn_rows(stream, data, call)
}

#' More rows for a stream that waits for its pilot
#' @noRd
extend_pilot <- function(stream, chunk, weights, call) {
  if (!is.null(weights)) {
    abort("weights", c(
      "This stream still collects its pilot, whose {.arg weights} must be an
       expression in columns of the data, given to {.fn sgmoe_stream}."
    ), call)
  }
  short <- stream$waiting
  names <- names(short)
  refuse_absent(setdiff(names, names(chunk)), names(chunk), "chunk", call)
  chunk <- as.data.frame(chunk)[names]
  for (name in names[!vapply(short, function(x) all(is.na(x)), NA)]) {
    known <- short[[name]]
    column <- list(kind = kind_of(known), levels = levels(known))
    match_column(chunk[[name]], column, name, "chunk", call)
  }
  data <- tryCatch(
    rbind(short, chunk),
    error = function(error) {
      abort("wrong_type", c(
        "{.arg chunk} does not go with the rows before it.",
        "x" = "{conditionMessage(error)}"
      ), call)
    }
  )
  begin_stream(stream$request, data, call, short = nrow(short))
}

#' Learn rows as the core takes them
#' @noRd
learn_rows <- function(stream, data, call) {
  if (length(data$weights) && any(data$weights == 0)) {
    data <- subset_data(data, which(data$weights > 0))
  }
  rows <- nrow(data$gate$values)
  if (rows == 0L) {
    return(stream)
  }
  result <- in_core(core_stream_learn(
    data, stream$model, stream$core_control, stream$state
  ))
  before <- stream$state$starved
  stream$state <- result$state
  if (result$taken < rows) {
    warn("interrupted", c(
      "Interrupted: {result$taken} of {rows} row{?s} of this chunk were
       learnt.",
      "i" = "The stream returned holds them; give it the others to go on."
    ), call)
  }
  report_lost(stream, before, call)
  stream
}

#' Tell once of every expert that has lost nearly all weight
#' @noRd
report_lost <- function(stream, before, call) {
  lost <- which(stream$state$starved > 0 & before == 0)
  if (length(lost)) {
    warn("starved", c(
      "{cli::qty(length(lost))}Expert{?s} {some_of(as.character(lost))}
       {?has/have} lost nearly all weight and {?keeps/keep} {?its/their}
       parameters.",
      "i" = "Fewer experts, a larger {.arg minibatch} or a smaller step
             ({.arg constant}) keep experts alive; {.code revive = TRUE}
             restarts them on the rows that are predicted worst."
    ), call)
  }
}

#' @noRd
check_version <- function(stream, call = NULL) {
  if (!identical(stream$version, 1)) {
    abort("version", c(
      "This stream was stored in format {stream$version}, which this version of
       sgmoe does not read.",
      "i" = "Update the package, or begin the stream anew."
    ), call)
  }
}

#' Learn rows of numbers
#'
#' [update()][update.sgmoe_stream()] without the formula: for rows that are
#' columns of a design matrix already, when every microsecond counts.
#'
#' @param stream A stream from [sgmoe_stream()] whose pilot is fitted.
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
  learn_rows(stream, stream_data(stream, gate, x, y, weights, offset), call)
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
