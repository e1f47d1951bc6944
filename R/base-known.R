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
