# Whatever speaks the Arrow C stream as a source.

#' An Arrow stream as a source
#'
#' Reads the batches of anything that offers an Arrow C stream, by package
#' \pkg{nanoarrow}: data sets, tables and readers of package \pkg{arrow}, results
#' of \pkg{duckdb} and of \pkg{ADBC}, files of Arrow's IPC format.
#'
#' @param x Anything that `nanoarrow::as_nanoarrow_array_stream()` takes; or a
#'   function without arguments that makes it, once for each time that the source
#'   is read.
#' @details
#' A stream or reader can be read once. A table, a data set or a function gives a
#' new stream each time, so that the source can be reset. Only the columns that
#' are needed become columns of R; let a query leave out the others, if the engine
#' has one, and they are not read at all. Chunks are the batches of the stream.
#' Dictionaries become factors.
#' @return A source, see [as_chunk_source()].
#' @section Errors: `sgmoe_error_source`; `sgmoe_error_package` without package
#'   nanoarrow.
#' @examplesIf requireNamespace("nanoarrow", quietly = TRUE)
#' path <- tempfile(fileext = ".arrows")
#' nanoarrow::write_nanoarrow(cars, path)
#' source <- arrow_source(function() nanoarrow::read_nanoarrow(path))
#' head(next_chunk(source), 3)
#' @export
arrow_source <- function(x) {
  call <- rlang::current_env()
  if (!is.function(x) && !speaks_arrow(x)) {
    require_package("nanoarrow", "an Arrow stream", call)
    abort("source", c(
      "{.arg x} must be something that
       {.fn nanoarrow::as_nanoarrow_array_stream} takes, or a function that makes
       it.",
      "x" = "It is of type {kind_of(x)}."
    ), call)
  }
  source_of_arrow(x, call)
}

# Streams, which are used up by reading them.
read_once <- c("nanoarrow_array_stream", "RecordBatchReader")

# What others make their streams of; a method of nanoarrow may exist for more.
arrow_classes <- c(
  read_once, "nanoarrow_array", "ArrowTabular", "Dataset", "arrow_dplyr_query",
  "Scanner"
)

#' @noRd
speaks_arrow <- function(x) {
  if (inherits(x, arrow_classes)) {
    return(TRUE)
  }
  if (!is.object(x) || !has_package("nanoarrow")) {
    return(FALSE)
  }
  any(vapply(class(x), function(class) {
    !is.null(utils::getS3method(
      "as_nanoarrow_array_stream", class,
      optional = TRUE, envir = asNamespace("nanoarrow")
    ))
  }, NA))
}

#' @noRd
source_of_arrow <- function(x, call = rlang::caller_env()) {
  require_package("nanoarrow", "an Arrow stream", call)
  stream <- NULL
  new_chunk_source(
    open = function() {
      stream <<- nanoarrow::as_nanoarrow_array_stream(
        if (is.function(x)) x() else x
      )
    },
    read = function(columns) {
      batch <- stream$get_next()
      if (!is.null(batch)) batch_frame(batch, columns)
    },
    release = function() {
      if (!is.null(stream)) {
        stream$release()
      }
      stream <<- NULL
    },
    label = "an Arrow stream",
    again = !inherits(x, read_once)
  )
}

#' The columns of a batch that are needed, as a data frame
#' @noRd
batch_frame <- function(batch, columns) {
  children <- batch$children
  if (!is.null(columns)) {
    children <- children[names(children) %in% columns]
  }
  frame <- lapply(stats::setNames(nm = names(children)), function(name) {
    withCallingHandlers(
      convert_child(children[[name]]),
      warning = function(warning) {
        # 64-bit integers beyond 2^53
        abort("source", c(
          "Column {.code {name}} cannot be read as it is.",
          "x" = escape_braces(conditionMessage(warning)),
          "i" = "Convert it in the query: to text if it is a label, or to a
                 smaller number."
        ), NULL)
      }
    )
  })
  attr(frame, "row.names") <- .set_row_names(batch$length)
  class(frame) <- "data.frame"
  frame
}

#' A column; dictionaries become factors, with all levels that they declare
#' @param child An array of nanoarrow.
#' @noRd
convert_child <- function(child) {
  value <- nanoarrow::convert_array(child)
  if (!is.null(child$dictionary) && is.character(value)) {
    levels <- nanoarrow::convert_array(child$dictionary)
    value <- factor(value, unique(levels[!is.na(levels)]))
  }
  value
}
