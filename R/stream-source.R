# A stream from a source: its first rows are the pilot, the others follow.

#' The pilot is of so many rows whatever the chunks, so that they change nothing.
#'
#' @param size Rows of the pilot, if there are as many.
#' @noRd
stream_of_source <- function(request, source, size,
                             call = rlang::caller_env()) {
  before <- need_columns(source, wanted_columns(request))
  on.exit(need_columns(source, before))
  restart_source(source, call)
  first <- first_rows(source, size, call)
  pilot <- seq_len(nrow(first)) <= size
  # (A pilot that is too short is read again with the rows that follow.)
  say_once({
    begun <- begin_stream(request, first[pilot, , drop = FALSE], call = call)
    stream <- learn_rest(begun, call)
    learn_source(
      stream, source, request$settings$pilot$progress, call,
      first = first[!pilot, , drop = FALSE]
    )
  })
}

#' The first chunks of a source, as many as have `size` rows
#'
#' @param size How many rows.
#' @noRd
first_rows <- function(source, size, call = rlang::caller_env()) {
  chunks <- list()
  while (source$rows < size) {
    chunk <- next_source_chunk(source, call)
    if (is.null(chunk)) {
      break
    }
    chunks <- c(chunks, list(chunk))
  }
  if (length(chunks) == 0L) {
    abort("pilot", "The source, {source$label}, has no rows.", call)
  }
  if (length(chunks) == 1L) chunks[[1L]] else do.call(rbind, chunks)
}
