# Learning a whole source.

#' Learn all rows of a source
#'
#' Learns all rows of a source, a chunk at a time, with a progress bar.
#'
#' @param stream A stream from [sgmoe_stream()], or a selection of one from
#'   [select_experts()], all of whose streams learn the rows.
#' @param source Where the rows come from: a source of chunks such as
#'   [dbi_source()] or [file_source()] makes; or what [as_chunk_source()] takes: a
#'   data frame, which is learnt in its order, `chunk_size` rows at a time; a list
#'   of data frames; a function that gives the next chunk at each call, as
#'   `biglm::bigglm()` takes it.
#' @param chunk_size Rows of a data frame to learn at a time, 10000 by default.
#'   It changes nothing but the steps of the progress bar and the memory for
#'   design matrices.
#' @param progress Show a progress bar? `NULL`, the default, shows one in an
#'   interactive session once it has taken about two seconds.
#' @param ... For methods.
#' @return The stream with all rows learnt.
#' @section Where a source stands: A source made by [dbi_source()] and others is
#'   read from where it stands, so that a second call goes on after a chunk that was
#'   refused, or after an interrupt: a chunk that was read and not learnt is the next
#'   again. (Of a chunk that was learnt in part the warning says which rows are left. An
#'   interrupt is followed when a chunk is read to its end; but functions of your own
#'   are interrupted at once, wherever they are.)
#'   One that is at its end must be reset first (`reset_source(source)`):
#'   that it is learnt twice should be no accident.
#' @section Errors: If the source fails, or a chunk is refused, an error of class
#'   `sgmoe_error_source` says at which chunk and after how many rows, with the
#'   reason as its `parent`. Nothing that was learnt before is
#'   lost: the condition's field `stream` holds the stream as it was before that
#'   chunk, for `tryCatch(..., sgmoe_error_source = function(e) e$stream)`; in
#'   an interactive session, `rlang::last_error()$stream` finds it, too. A source
#'   of which a chunk was read, but refused, stands behind that chunk. An
#'   interrupt returns the stream so far with a warning of class
#'   `sgmoe_warning_interrupted`. A source that is sorted, by a number or in blocks
#'   of a factor, gives a warning of class `sgmoe_warning_sorted`, unless
#'   `constant` of [stream_control()] says that the stream is to follow changes.
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
    "x" = if (!missing(stream)) "It got a value of type {kind_of(stream)}.",
    "i" = "{.fn sgmoe_stream} makes one."
  ))
}

#' @rdname consume
#' @export
consume.sgmoe_stream <- function(stream, source, chunk_size = 10000,
                                 progress = NULL, ...) {
  call <- rlang::current_env()
  check_stream(stream, call)
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
  own <- !inherits(source, "chunk_source")
  source <- make_source(source, call, chunk = chunk_size)
  if (own) {
    on.exit(close_source(source))
  } else if (source$ended) {
    abort("source", c(
      "The source, {source$label}, was read to its end: there is nothing to
       learn.",
      "i" = "{.code reset_source(source)} goes back to its beginning."
    ), call)
  }
  learn_source(stream, source, progress, call)
}

#' Learn what a source still has
#'
#' @param progress Show a bar? NULL leaves it to the session.
#' @param first Rows that were read already, or NULL.
#' @noRd
learn_source <- function(stream, source, progress,
                         call = rlang::caller_env(), first = NULL) {
  order <- watch_order()
  if (is.null(stream$waiting)) {
    before <- need_columns(source, names(stream$blueprint$columns))
    on.exit(need_columns(source, before))
  }
  with_row_progress(progress, function(report) {
    learnt <- source$number
    held <- NULL
    interrupted <- FALSE
    failed <- function(done) {
      function(error) {
        refuse_chunk(
          source, error, done, call,
          hint = "Nothing is lost: the error holds the stream as it was before,
                  in its field {.code stream}.",
          stream = stream
        )
      }
    }
    tryCatch(
      withCallingHandlers(
        repeat {
          source$read_through({
            held <- first %||%
              tryCatch(read_chunk(source, call), error = failed("read"))
            first <- NULL
          })
          chunk <- held
          if (is.null(chunk)) {
            break
          }
          after <- tryCatch(
            learn_chunk(stream, chunk, call = call),
            error = failed("learnt")
          )
          suspendInterrupts({
            stream <- after
            learnt <- source$number
            held <- NULL
          })
          order$look(chunk)
          if (interrupted) {
            break
          }
          report(nrow(chunk))
        },
        sgmoe_warning_interrupted = function(condition) interrupted <<- TRUE
      ),
      interrupt = function(condition) {
        interrupted <<- TRUE
        if (!is.null(held)) {
          give_back(source, held)
        }
        warn_of_interrupt(learnt, call)
      }
    )
    if (!interrupted) {
      warn_of_waiting(stream, call)
      report_sorted(stream, order, call)
    }
    stream
  })
}

#' @param learnt Chunks that were learnt before the interrupt.
#' @noRd
warn_of_interrupt <- function(learnt, call = rlang::caller_env()) {
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

#' Warn where a source ended before the stream had its pilot
#' @noRd
warn_of_waiting <- function(stream, call = rlang::caller_env()) {
  if (!is.null(stream$waiting)) {
    warn("pilot", c(
      "The source ended before the stream had its pilot.",
      "x" = describe_waiting(stream),
      "i" = "Give it more rows, or a {.arg ridge}, which makes do with fewer."
    ), call)
  }
}
