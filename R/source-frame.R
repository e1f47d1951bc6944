# Data frames, lists of them, and functions as sources.

#' A data frame as a source
#'
#' Gives the rows of a data frame in pieces, in their order. For tests, and to see
#' whether a chunk size matters.
#'
#' @param data A data frame.
#' @param chunk Rows of a chunk, a positive whole number. Default 1e5.
#' @return A source, see [as_chunk_source()].
#' @examples
#' source <- frame_source(cars, chunk = 30)
#' nrow(next_chunk(source))
#' nrow(next_chunk(source))
#' next_chunk(source)
#' @export
frame_source <- function(data, chunk = 1e5) {
  call <- rlang::current_env()
  if (!is.data.frame(data)) {
    abort("source", c(
      "{.arg data} must be a data frame.",
      "x" = "It is of type {kind_of(data)}."
    ), call)
  }
  source_of_frame(data, check_chunk_size(chunk, call))
}

#' @noRd
check_chunk_size <- function(chunk, call = rlang::caller_env()) {
  check_number(chunk, "chunk", 1, whole = TRUE, call = call, what = "argument")
}

#' @noRd
source_of_frame <- function(data, size) {
  force(size) # checked now, not when it is read
  done <- 0
  new_chunk_source(
    open = function() done <<- 0,
    read = function(columns) {
      if (done >= nrow(data)) {
        return(NULL)
      }
      rows <- seq(done + 1, min(done + size, nrow(data)))
      done <<- done + length(rows)
      if (is.null(columns)) {
        data[rows, , drop = FALSE]
      } else {
        data[rows, names(data) %in% columns, drop = FALSE]
      }
    },
    release = function() NULL,
    label = "a data frame"
  )
}

#' @rdname as_chunk_source
#' @export
as_chunk_source.data.frame <- function(x, chunk = 1e5, ...) {
  source_of_frame(x, check_chunk_size(chunk, rlang::current_env()))
}

#' @export
as_chunk_source.list <- function(x, ...) {
  if (!all(vapply(x, is.data.frame, NA))) {
    refuse_source(x, rlang::current_env())
  }
  position <- 0L
  new_chunk_source(
    open = function() position <<- 0L,
    read = function(columns) {
      position <<- position + 1L
      if (position <= length(x)) x[[position]]
    },
    release = function() NULL,
    label = "a list of data frames"
  )
}

#' @export
as_chunk_source.function <- function(x, ...) {
  again <- "reset" %in% names(formals(args(x)))
  last <- NULL
  source <- new_chunk_source(
    open = function() {
      last <<- NULL
      if (again) x(reset = TRUE)
    },
    read = function(columns) {
      chunk <- if (again) x(reset = FALSE) else x()
      # As DBI::dbFetch() says that there is no more.
      if (!is.data.frame(chunk) || nrow(chunk) == 0L) {
        return(if (!is.data.frame(chunk)) chunk)
      }
      last <<- refuse_repeated(chunk, last, again)
      chunk
    },
    release = function() NULL,
    label = "a function",
    again = again, read_through = identity
  )
  source$kind <- "function"
  source
}

#' Refuse a function that gives the same rows for ever, such as `function() data`:
#' it would be read without an end
#'
#' Rows may be repeated on purpose some times, and chunks of few different rows be
#' the same by accident: twenty rows that differ are refused after 53 times, two
#' after a thousand.
#'
#' @param last list(hash, times) of the chunk before, NULL for the first; the result
#'   is that of this chunk.
#' @param again Has the function an argument `reset`?
#' @noRd
refuse_repeated <- function(chunk, last, again) {
  own <- list(hash = rlang::hash(chunk), times = 0)
  if (!identical(own$hash, last$hash)) {
    return(own)
  }
  own$times <- last$times + 1
  some <- as.data.frame(chunk)[even_rows(nrow(chunk), 20L), , drop = FALSE]
  if ((sum(!duplicated(some)) - 1) * own$times >= 1000) {
    abort("source", c(
      "The function gives the same {nrow(chunk)} rows again and again.",
      "i" = "It must give the next chunk at each call, and NULL after the last.",
      "i" = if (again) {
        "{.code reset = TRUE} must go back to the first chunk, {.code reset = FALSE}
         give the next, as for {.fn biglm::bigglm}."
      } else {
        "To be read again it needs an argument {.arg reset}, as for
         {.fn biglm::bigglm}: {.code function(reset = FALSE)}, which goes back to
         the first chunk where that is TRUE."
      },
      "i" = "Rows that are in memory may be given as they are, without a function."
    ), NULL)
  }
  own
}

#' @export
as_chunk_source.default <- function(x, ...) {
  if (speaks_arrow(x)) {
    return(source_of_arrow(x, rlang::current_env()))
  }
  refuse_source(x, rlang::current_env())
}

#' @noRd
refuse_source <- function(x, call = rlang::caller_env()) {
  abort("source", c(
    "A source of chunks must be a data frame, a list of data frames, a function
     that gives the next data frame at each call, or made by a function such as
     {.fn dbi_source}.",
    "x" = "It is of type {kind_of(x)}.",
    "i" = if (inherits(x, "DBIConnection") || inherits(x, "DBIResult")) {
      "For a query to a database see {.fn dbi_source}."
    } else if (is.character(x) || inherits(x, "connection")) {
      "For files see {.fn file_source}."
    }
  ), call)
}
