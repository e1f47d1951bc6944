# Sources of chunks, and learning a whole source.

#' Learn a whole source
#'
#' Learns all rows of a source, a chunk at a time, with a progress bar.
#'
#' @param stream A stream from [sgmoe_stream()], or a selection of one from
#'   [select_experts()], all of whose streams learn the rows.
#' @param source Where the rows come from:
#'   - a data frame, which is learnt in its order, `chunk_size` rows at a time;
#'   - a list of data frames;
#'   - a function that gives the next chunk at each call, and `NULL` or a data
#'     frame without rows (as `DBI::dbFetch()` does) after the last. If it has
#'     an argument `reset` (as the data functions of package
#'     biglm), it is called once with `reset = TRUE` and then with
#'     `reset = FALSE`.
#' @param chunk_size Rows of a data frame to learn at a time, 10000 by default.
#'   It changes nothing but the steps of the progress bar and the memory for
#'   design matrices.
#' @param progress Show a progress bar? `NULL`, the default, shows one in an
#'   interactive session once it has taken about two seconds.
#' @param ... For methods.
#' @return The stream with all rows learnt.
#' @section Errors: If the source fails, or a chunk is refused, an error of class
#'   `sgmoe_error_source` says at which chunk. Nothing that was learnt before is
#'   lost: the condition's field `stream` holds the stream as it was before that
#'   chunk, for `tryCatch(..., sgmoe_error_source = function(e) e$stream)`; in
#'   an interactive session, `rlang::last_error()$stream` finds it, too. An
#'   interrupt returns the stream so far with a warning of class
#'   `sgmoe_warning_interrupted`.
#' @family streams
#' @examples
#' set.seed(1)
#' data <- simulate_moe(3000, k = 2, p = 2)
#' stream <- sgmoe_stream(y ~ ., data[1:500, ], k = 2, starts = 2)
#' stream <- consume(stream, data[501:3000, ], chunk_size = 1000)
#'
#' # A function that reads chunk after chunk
#' path <- tempfile(fileext = ".csv")
#' write.csv(data, path, row.names = FALSE)
#' connection <- file(path, "r")
#' names <- scan(connection, "", nlines = 1, sep = ",", quiet = TRUE)
#' next_chunk <- function() {
#'   read.csv(connection, header = FALSE, col.names = names, nrows = 1000)
#' }
#' consume(stream, next_chunk)
#' close(connection)
#' @export
consume <- function(stream, source, ...) {
  UseMethod("consume")
}

#' @export
consume.default <- function(stream, source, ...) {
  abort("argument", c(
    "{.fn consume} needs a stream.",
    "x" = "It got a value of type {kind_of(stream)}.",
    "i" = "{.fn sgmoe_stream} makes one."
  ))
}

#' @rdname consume
#' @export
consume.sgmoe_stream <- function(stream, source, chunk_size = 10000,
                                 progress = NULL, ...) {
  call <- rlang::current_env()
  if (inherits(stream, "sgmoe_stream")) {
    check_stream(stream, call)
  }
  chunk_size <- check_number(
    chunk_size, "chunk_size", 1,
    whole = TRUE, call = call, what = "argument"
  )
  if (...length() > 0L) {
    abort("argument", c(
      "{.fn consume} of a stream has no argument
       {.or {.arg {names(match.call(expand.dots = FALSE)$...)}}}.",
      "i" = "Its arguments are {.arg source}, {.arg chunk_size} and
             {.arg progress}; weights are given to {.fn sgmoe_stream}, as an
             expression."
    ), call)
  }
  if (missing(source)) {
    abort("source", "{.arg source} must be given.", call)
  }
  if (!is.null(progress)) {
    progress <- check_flag(progress, "progress", call, "argument")
  }
  next_chunk <- as_source(source, chunk_size, stream, call)
  with_row_progress(progress, function(report) {
    number <- learnt <- 0L
    interrupted <- FALSE
    failed <- function(error) refuse_source(error, number, stream, call)
    tryCatch(
      withCallingHandlers(
        repeat {
          number <- number + 1L
          chunk <- tryCatch(next_chunk(), error = failed)
          if (is.null(chunk) || is.function(source) && nrow(chunk) == 0L) {
            break
          }
          after <- tryCatch(
            learn_chunk(stream, chunk, call = call),
            error = failed
          )
          suspendInterrupts({
            stream <- after
            learnt <- number
          })
          if (interrupted) {
            break
          }
          report(nrow(chunk))
        },
        sgmoe_warning_interrupted = function(condition) interrupted <<- TRUE
      ),
      interrupt = function(condition) {
        interrupted <<- TRUE
        warn("interrupted", c(
          "Interrupted while chunk {learnt + 1L} was read or prepared.",
          "i" = if (learnt == 0L) {
            "The stream returned is as it was."
          } else {
            "The stream returned holds the {if (learnt > 1L) learnt}
             chunk{cli::qty(learnt)}{?s} before it."
          }
        ), call)
      }
    )
    if (interrupted) {
      return(stream)
    }
    if (!is.null(stream$waiting)) {
      warn("pilot", c(
        "The source ended before the stream had its pilot.",
        "x" = describe_waiting(stream),
        "i" = "Give it more rows, or a {.arg ridge}, which makes do with fewer."
      ), call)
    }
    stream
  })
}

#' @param error What the source raised.
#' @param number The number of the chunk.
#' @noRd
refuse_source <- function(error, number, stream, call = rlang::caller_env()) {
  reason <- strsplit(paste(conditionMessage(error)), "\n", fixed = TRUE)[[1L]]
  if (length(reason) == 0L) {
    reason <- "An error without a message."
  }
  condition <- tryCatch(
    abort("source", c(
      if (number == 0L) {
        "The source cannot be reset."
      } else {
        "Chunk {number} of the source cannot be learnt."
      },
      stats::setNames(
        sprintf("{reason[[%d]]}", seq_along(reason)),
        c("x", rep(" ", length(reason) - 1L))
      ),
      "i" = "Nothing is lost: the error holds the stream as it was before, in
             its field {.code stream}."
    ), call),
    error = identity
  )
  condition$stream <- stream
  stop(condition)
}

#' A function that gives chunk after chunk, then NULL
#'
#' @param chunk_size Rows of a chunk.
#' @noRd
as_source <- function(source, chunk_size, stream, call = rlang::caller_env()) {
  if (is.data.frame(source)) {
    return(frame_source(source, chunk_size))
  }
  if (is.function(source)) {
    if (!"reset" %in% names(formals(args(source)))) {
      return(function() check_chunk(source()))
    }
    tryCatch(
      source(reset = TRUE),
      error = function(error) refuse_source(error, 0L, stream, call)
    )
    return(function() check_chunk(source(reset = FALSE)))
  }
  if (is.list(source) && all(vapply(source, is.data.frame, NA))) {
    position <- 0L
    return(function() {
      position <<- position + 1L
      if (position <= length(source)) source[[position]]
    })
  }
  abort("source", c(
    "{.arg source} must be a data frame, a list of data frames, or a function
     that gives the next data frame at each call.",
    "x" = "It is of type {kind_of(source)}."
  ), call)
}

#' @noRd
frame_source <- function(data, chunk_size) {
  done <- 0
  function() {
    if (done >= nrow(data)) {
      return(NULL)
    }
    rows <- seq(done + 1, min(done + chunk_size, nrow(data)))
    done <<- done + length(rows)
    data[rows, , drop = FALSE]
  }
}

#' @noRd
check_chunk <- function(chunk) {
  if (!is.null(chunk) && !is.data.frame(chunk)) {
    abort("source", c(
      "The source must give data frames, and NULL at its end.",
      "x" = "It gave a value of type {kind_of(chunk)}."
    ))
  }
  chunk
}
