# Sources of chunks: what they are, and how they are read.

#' Sources of chunks
#'
#' Rows that need not fit in memory, in chunks: data frames that come one after
#' the other, from a database, files, an Arrow stream or a function. Streams,
#' predictions and scores take a source where they take data.
#'
#' @param x What to read:
#'   - a source from [frame_source()], [file_source()], [dbi_source()] or
#'     [arrow_source()];
#'   - a data frame, or a list of data frames, the chunks;
#'   - a function that gives the next chunk at each call, and `NULL` or a data
#'     frame without rows after the last. One with an argument `reset` follows the
#'     protocol of package biglm: `f(reset = TRUE)` goes back to the first chunk,
#'     `f(reset = FALSE)` gives the next; a function without it can be read
#'     once. One that gives the same rows again and again is an error;
#'   - whatever [arrow_source()] takes.
#' @param source A source, the result of `as_chunk_source()`.
#' @param chunk Rows of a chunk, where `x` is a data frame: a positive whole
#'   number. Default 1e5.
#' @param ... For methods; `print()` does not use it.
#' @details
#' A source is like a connection: it stands somewhere, whoever reads it moves it,
#' and a copy is the same source. It is opened when the first chunk is read, and
#' what it holds (a result of a query, a file) is released at its end, by
#' `close_source()`, or when it is no longer used.
#'
#' What is read in chunks must mean the same in all of them. The first chunk says
#' what the columns are: a later one that lacks a column, or in which a number
#' has become text, is an error that names the column. Columns that the first does
#' not have are left out. A column that is all missing may be of any type, whole
#' numbers and others are both numbers, text and factors are both text, and
#' factors may bring further levels (whether these are allowed is for the model to
#' say). 64-bit integers (of package bit64) become numbers, if these can hold
#' them. Chunks without rows are left out.
#' @return `as_chunk_source()` gives an object of class `chunk_source`.
#'   `next_chunk()` gives a data frame, or `NULL` at the end (and again, until
#'   the source is reset). `reset_source()` and `close_source()` give the source,
#'   invisibly; a closed source begins anew when it is read again.
#' @section Errors: `sgmoe_error_source`, with the number of the chunk in the
#'   condition's field `chunk`, the rows read before it in `rows`, and the error
#'   of the engine as its `parent`. A source of which a chunk could not be read
#'   must be reset before it is read again.
#' @seealso [frame_source()], [file_source()], [dbi_source()], [arrow_source()];
#'   [consume()] and [sgmoe_stream()], which learn from a source.
#' @examples
#' source <- as_chunk_source(cars, chunk = 20)
#' nrow(next_chunk(source))
#' source
#' close_source(source)
#'
#' # A function as biglm::bigglm() takes it
#' rows <- 0
#' chunks <- function(reset = FALSE) {
#'   if (reset) {
#'     rows <<- 0
#'     return(NULL)
#'   }
#'   if (rows < 50) {
#'     rows <<- rows + 25
#'     cars[rows - 24:0, ]
#'   }
#' }
#' source <- as_chunk_source(chunks)
#' while (!is.null(chunk <- next_chunk(source))) {
#'   print(colMeans(chunk))
#' }
#' @export
as_chunk_source <- function(x, ...) {
  UseMethod("as_chunk_source")
}

#' @export
as_chunk_source.chunk_source <- function(x, ...) {
  x
}

#' What a user gave as a source, as one; errors blame `call`
#' @param ... Further arguments of as_chunk_source().
#' @noRd
make_source <- function(x, call = rlang::caller_env(), ...) {
  tryCatch(as_chunk_source(x, ...), sgmoe_error = function(error) {
    error$call <- blamed_call(call)
    stop(error)
  })
}

#' A source, of the functions by which it is read
#'
#' @param open Goes to the first chunk; called before the first is read.
#' @param read Gives the next data frame, or NULL at the end. It is told which
#'   columns are needed (NULL for all) and may give more.
#' @param release Lets go of what is held; also called when nothing is.
#' @param label What it is, in words.
#' @param again Can it be read more than once?
#' @param holds Does it hold something that must be let go of when nobody uses it
#'   any more?
#' @param read_through Evaluates what reads a chunk: so that an interrupt waits for its
#'   end, since what is interrupted may not be able to go on; or `identity`, where
#'   reading may take any time.
#' @noRd
new_chunk_source <- function(open, read, release, label, again = TRUE,
                             holds = TRUE, read_through = suspendInterrupts) {
  source <- new.env(parent = emptyenv())
  source$open <- open
  source$read <- read
  source$release <- release
  source$label <- label
  source$again <- again
  source$read_through <- read_through
  source$types <- character()
  source$wanted <- NULL
  source$begun <- FALSE
  source$pass <- 0
  rewind_source(source)
  if (holds) {
    reg.finalizer(source, function(source) try(source$release(), silent = TRUE))
  }
  class(source) <- "chunk_source"
  source
}

#' @noRd
rewind_source <- function(source) {
  source$opened <- source$ended <- source$failed <- FALSE
  source$number <- source$rows <- 0
  source$names <- source$back <- NULL
  source$pass <- source$pass + 1
}

#' @rdname as_chunk_source
#' @export
next_chunk <- function(source) {
  call <- rlang::current_env()
  check_source(source, call)
  next_source_chunk(source, call)
}

#' @rdname as_chunk_source
#' @export
reset_source <- function(source) {
  call <- rlang::current_env()
  check_source(source, call)
  restart_source(source, call)
  invisible(source)
}

#' @rdname as_chunk_source
#' @export
close_source <- function(source) {
  check_source(source, rlang::current_env())
  source$release()
  source$opened <- FALSE
  rewind_source(source)
  invisible(source)
}

#' @noRd
restart_source <- function(source, call = rlang::caller_env()) {
  refuse_second_pass(source, call)
  if (source$begun) {
    source$release()
  }
  rewind_source(source)
}

#' @noRd
refuse_second_pass <- function(source, call = rlang::caller_env()) {
  if (source$begun && !source$again) {
    abort("source", c(
      "This source, {source$label}, can be read only once, and it has been read
       already.",
      "i" = if (identical(source$kind, "function")) {
        "A function with an argument {.arg reset} can begin anew."
      }
    ), call)
  }
}

#' The next chunk, or what the engine raises
#' @noRd
read_chunk <- function(source, call = rlang::caller_env()) {
  if (source$ended) {
    return(NULL)
  }
  if (source$failed) {
    abort("source", c(
      "The source failed before: {.fn reset_source} begins anew."
    ), call)
  }
  if (!is.null(source$back)) {
    chunk <- source$back
    source$back <- NULL
    return(count_chunk(source, chunk))
  }
  done <- FALSE
  on.exit(if (!done) {
    source$failed <- TRUE
    source$release()
  })
  if (!source$opened) {
    refuse_second_pass(source, call)
    source$open()
    source$opened <- source$begun <- TRUE
  }
  repeat {
    chunk <- source$read(source$wanted)
    if (is.null(chunk)) {
      source$release()
      done <- source$ended <- TRUE
      return(NULL)
    }
    check_is_frame(chunk, call)
    if (nrow(chunk) > 0L) {
      break
    }
  }
  chunk <- match_types(source, chunk, call)
  done <- TRUE
  count_chunk(source, chunk)
}

#' @noRd
count_chunk <- function(source, chunk) {
  source$number <- source$number + 1
  source$rows <- source$rows + nrow(chunk)
  chunk
}

#' The chunk that was read last was not used: it is the next one again
#' @noRd
give_back <- function(source, chunk) {
  source$back <- chunk
  source$number <- source$number - 1
  source$rows <- source$rows - nrow(chunk)
}

#' The next chunk, or an error that says of which source it is
#' @noRd
next_source_chunk <- function(source, call = rlang::caller_env()) {
  tryCatch(read_chunk(source, call), error = function(error) {
    refuse_chunk(source, error, "read", call)
  })
}

#' Read no more columns than these: names, or NULL for all. Returns what was said
#' before.
#'
#' Names that the source does not have are no error here: a formula may take
#' them from its environment.
#' @noRd
need_columns <- function(source, columns) {
  before <- source$wanted
  source$wanted <- columns
  source$names <- NULL
  invisible(before)
}

#' An error of a chunk of a source: `error` while it was `done`, "read" or
#' "learnt"; with the fields of `...`
#'
#' @param done What was to be done with the chunk, a participle.
#' @param hint A bullet on what to do, or NULL.
#' @noRd
refuse_chunk <- function(source, error, done, call = rlang::caller_env(),
                         hint = NULL, ...) {
  number <- source$number + (done == "read")
  rows <- source$rows
  condition <- tryCatch(
    abort("source", c(
      if (!source$opened && !source$ended) {
        "The source, {source$label}, cannot be opened."
      } else {
        "Chunk {number} of the source, {source$label}, cannot be {done}."
      },
      "i" = if (rows > 0) {
        "{format_large(rows)} row{cli::qty(rows)}{?s} {?was/were} read
         so far."
      },
      "i" = hint
    ), call),
    error = identity
  )
  condition$parent <- error
  condition$chunk <- number
  condition$rows <- rows
  fields <- list(...)
  condition[names(fields)] <- fields
  stop(condition)
}

#' @noRd
check_source <- function(source, call = rlang::caller_env()) {
  if (!inherits(source, "chunk_source")) {
    abort("source", c(
      "{.arg source} must be a source of chunks.",
      "x" = "It is of type {kind_of(source)}.",
      "i" = "{.fn as_chunk_source} makes one."
    ), call)
  }
}

#' @noRd
check_is_frame <- function(chunk, call = rlang::caller_env()) {
  if (!is.data.frame(chunk)) {
    abort("source", c(
      "The source must give data frames, and NULL at its end.",
      "x" = "It gave a value of type {kind_of(chunk)}.",
      "i" = if (inherits(chunk, "chunk_source")) {
        "Give that source itself; a function that makes one is for
         {.fn partitions}."
      }
    ), call)
  }
}

#' @export
print.chunk_source <- function(x, ...) {
  cat("A source of chunks: ", x$label, "\n", sep = "")
  cat(if (x$failed) {
    "failed"
  } else if (x$ended) {
    "read to its end"
  } else if (x$opened) {
    "read so far"
  } else {
    "not read"
  })
  if (x$number > 0) {
    cat(
      ": ", format_large(x$number), " chunk", if (x$number > 1) "s",
      ", ", format_large(x$rows), " row", if (x$rows > 1) "s",
      sep = ""
    )
  }
  cat("\n")
  invisible(x)
}
