# Is a source sorted? A stream that learns it sees other rows at its end than at
# its beginning.

#' A watch on the order of rows: list(look: at a chunk; sorted: names of columns by
#' which the chunks seen are sorted, or lie in blocks)
#'
#' It costs a glance at the extremes of numbers, and at the levels of a chunk.
#' @noRd
watch_order <- function() {
  rows <- chunks <- 0
  seen <- list()
  list(
    look = function(chunk) {
      rows <<- rows + nrow(chunk)
      chunks <<- chunks + 1
      for (name in names(chunk)) {
        seen[name] <<- list(look_at(chunk[[name]], seen[[name]], chunks == 1))
      }
    },
    sorted = function() {
      if (chunks < 4 || rows < 400) {
        return(character())
      }
      names(Filter(is_sorted, seen))
    }
  )
}

#' What is known of a column's order after another chunk; NULL if it has none
#'
#' @param column Its values in the chunk.
#' @param first Is this the first chunk?
#' @noRd
look_at <- function(column, before, first) {
  number <- is.numeric(column) && !is.object(column)
  if (is.null(before) && !first || !number && !is_labels(column) ||
    !is.null(dim(column))) {
    return(NULL)
  }
  if (number) {
    now <- suppressWarnings(range(column, finite = TRUE))
    up <- now[[1L]] >= before$last[[2L]]
    down <- now[[2L]] <= before$last[[1L]]
    fine <- first || before$up && up || before$down && down
  } else {
    now <- unique(as.character(column))
    up <- down <- length(intersect(now, before$last)) <= 1L
    fine <- first || up
  }
  if (!fine) {
    return(NULL)
  }
  list(
    first = if (first) now else before$first, last = now,
    up = first || before$up && up, down = first || before$down && down,
    number = number
  )
}

#' @noRd
is_sorted <- function(order) {
  if (is.null(order)) {
    FALSE
  } else if (order$number) {
    # What never varies is in every order.
    xor(order$up, order$down)
  } else {
    length(intersect(order$first, order$last)) == 0L
  }
}

#' Tell that rows came in an order, to a stream that takes them for alike
#' @param order What watch_order() gave.
#' @noRd
report_sorted <- function(stream, order, call = rlang::caller_env()) {
  names <- if (is.null(stream$control$constant)) order$sorted()
  if (length(names)) {
    warn("sorted", c(
      "The rows of the source are sorted by {.code {some_of(names)}}: the stream
       learnt one part of the data after the other, and forgets the first.",
      "i" = "Give them in random order, in a database by {.code ORDER BY
             random()}. If their order is that of time, {.code constant = 0.05}
             follows it."
    ), call)
  }
}
