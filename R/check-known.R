# What was found to be sound, so that it need not be looked at again.

#' Is a value one of the last that remember() was told of?
#'
#' There is no mark that could lie: identical() answers at once for what is the
#' same memory, and looks at every number where it is not.
#'
#' @param known An environment, the memory.
#' @noRd
is_known <- function(known, value) {
  for (one in known$values) {
    if (identical(one, value)) {
      return(TRUE)
    }
  }
  FALSE
}

#' @param known An environment, the memory.
#' @param size How many values to remember, so that as many objects can take turns.
#' @noRd
remember <- function(known, value, size) {
  before <- known$values
  known$values <- c(list(value), before[seq_len(min(size - 1L, length(before)))])
}

#' Parts that no row changes, as they were when last checked: of streams that take
#' turns, and of a selection's levels
#' @noRd
checked <- new.env()

#' Check what has not been checked: one-row updates must not pay for it again
#'
#' @param check Refuses `parts` that are not sound.
#' @noRd
check_once <- function(parts, check) {
  if (!is_known(checked, parts)) {
    check(parts)
    # Not what is large and will be another with the next rows.
    if (is.null(parts$waiting) && is.null(parts$prequential)) {
      remember(checked, parts, 32L)
    }
  }
}

#' A stream except for what rows change
#' @noRd
steady_parts <- function(stream) {
  parts <- unclass(stream)
  if (is.list(parts)) {
    parts["state"] <- NULL
  }
  parts
}
