# Rows that do not fill a minibatch only wait: the state need not be read and
# written for them, which for one row would take most of the time.

#' The state after rows that only wait, or NULL: they do more, or the state must
#' be read, because it comes from elsewhere
#'
#' @param data Rows as the core takes them.
#' @param state The state of a stream.
#' @param minibatch Rows of a minibatch.
#' @noRd
waiting_state <- function(data, state, minibatch) {
  if (!is.list(state)) {
    return(NULL)
  }
  pending <- state$pending
  if (!is_pending(pending) ||
    nrow(pending) + nrow(data$gate$values) >= minibatch ||
    !identical(settled_part(state), settled$state)) {
    return(NULL)
  }
  longer <- core_stream_wait(data, pending)
  if (is.null(longer)) {
    return(NULL)
  }
  state$pending <- longer
  state
}

#' The state that the core read or wrote last, but for the rows that wait
#'
#' identical() answers at once for fields that are the same memory.
#' @noRd
settled <- new.env()

#' @noRd
settled_part <- function(state) {
  state["pending"] <- NULL
  state
}

#' Are these rows as the core keeps those that wait?
#' @noRd
is_pending <- function(rows) is.double(rows) && is.matrix(rows)
