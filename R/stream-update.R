# Learning further rows.

#' Learn further rows of a stream
#'
#' Unlike `update()` of a fit, which fits again with changed arguments, this
#' learns new data, as the method of package biglm does.
#'
#' @param object A stream from [sgmoe_stream()], or a selection of one from
#'   [select_experts()], all of whose streams learn the rows.
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
#'   rows these are; one that comes before any row was learnt returns `object`
#'   with that warning. An expert that has lost nearly all weight is reported once,
#'   by a warning of class `sgmoe_warning_starved`.
#' @section Errors: `sgmoe_error_missing_column`, `sgmoe_error_wrong_type`,
#'   `sgmoe_error_unseen_level`, `sgmoe_error_missing_values`,
#'   `sgmoe_error_non_finite`, `sgmoe_error_weights`, `sgmoe_error_chunk`.
#' @seealso [update_matrix()] for rows that are numbers already.
#' @family streams
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
  call <- rlang::current_env()
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
  if (!missing(weights)) {
    weights <- tryCatch(weights, error = function(error) {
      abort("weights", c(
        "{.arg weights} of a chunk must be numbers, one for each row.",
        "x" = "{conditionMessage(error)}",
        "i" = "Write {.code chunk$column} for a column of the chunk."
      ), call)
    })
    check_row_values(weights, "weights", nrow(chunk), call)
  }
  or_as_before(
    object, in_memory(learn_chunk(object, chunk, weights, call), call), call
  )
}

#' Learn a data frame of rows: a stream does, and a selection's streams side by
#' side
#' @noRd
learn_chunk <- function(stream, chunk, weights = NULL,
                        call = rlang::caller_env()) {
  UseMethod("learn_chunk")
}

#' @noRd
learn_chunk.sgmoe_stream <- function(stream, chunk, weights = NULL,
                                     call = rlang::caller_env()) {
  check_stream(stream, call)
  if (!is.null(stream$waiting)) {
    begun <- extend_pilot(stream, chunk, weights, call)
    stream <- begun$stream
    chunk <- begun$rest
    weights <- NULL
  }
  if (NROW(chunk) == 0L) {
    return(stream)
  }
  design <- if (is.null(weights)) {
    plain_design(stream$blueprint, chunk, call)
  }
  if (is.null(design)) {
    design <- replay_design(
      stream$blueprint, chunk, stream$na.action,
      response = TRUE, learn = TRUE, weights = weights, where = "chunk",
      call = call
    )
  }
  if (length(design$na_action)) {
    stream$dropped <- stream$dropped + length(design$na_action)
  }
  data <- stream_data(
    stream, design$x, design$z, design$y, design$weights, design$offset
  )
  learn_rows(stream, data, call, design$row_names)
}

#' Learn rows as the core takes them: a stream does, and so do the levels of a
#' selection
#'
#' @param names Of the rows, for messages; `NULL` stands for their numbers.
#' @noRd
learn_rows <- function(stream, data, call = rlang::caller_env(), names = NULL) {
  UseMethod("learn_rows")
}

#' @noRd
learn_rows.sgmoe_stream <- function(stream, data, call = rlang::caller_env(),
                                    names = NULL) {
  if (length(data$weights) && any(data$weights == 0)) {
    names <- names %||% seq_along(data$weights)
    names <- names[data$weights > 0]
    data <- subset_data(data, which(data$weights > 0))
  }
  rows <- nrow(data$gate$values)
  if (rows == 0L) {
    return(stream)
  }
  waiting <- wait_for_others(
    stream, data$gate$values, data$expert$values, data$response$values,
    data$weights, data$offset
  )
  if (!is.null(waiting)) {
    return(waiting)
  }
  check_far_rows(data, stream, names, call)
  result <- learn_finite(stream, data, names, call)
  before <- stream$state$starved
  stream$state <- result$state
  stream$simd <- union(stream$simd, simd_in_use())
  remember_left(stream)
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
report_lost <- function(stream, before, call = rlang::caller_env()) {
  now <- stream$state$starved
  if (identical(now, before)) { # mostly the same memory
    return()
  }
  lost <- which(now > 0 & before == 0)
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

#' Learn what begin_stream() left
#'
#' @param begun What it gives.
#' @noRd
learn_rest <- function(begun, call = rlang::caller_env()) {
  if (nrow(begun$rest) == 0L || !is.null(begun$stream$waiting)) {
    return(begun$stream)
  }
  learn_chunk(begun$stream, begun$rest, call = call)
}
