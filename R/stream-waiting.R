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
    !is_known(settled, settled_part(state))) {
    return(NULL)
  }
  longer <- core_stream_wait(data, pending)
  if (is.null(longer)) {
    return(NULL)
  }
  state$pending <- longer
  state
}

#' The states that the core wrote last, but for the rows that wait
#' @noRd
settled <- new.env()

#' @noRd
settled_part <- function(state) {
  state["pending"] <- NULL
  state
}

#' Several, so that streams can learn in turn; of large states one, for which the
#' core's own work is long
#' @noRd
remember_state <- function(state) {
  part <- settled_part(state)
  remember(settled, part, if (sum(lengths(part)) > 1e4) 1L else 16L)
}

#' Are these rows as the core keeps those that wait?
#' @noRd
is_pending <- function(rows) is.double(rows) && is.matrix(rows)
