# Queries to databases as sources.

#' Rows of a database as a source
#'
#' Reads the result of a query through a cursor, some rows at a time, by package
#' \pkg{DBI}. Memory is that of one chunk, if the driver does not fetch all rows
#' at once.
#'
#' @param con A connection from `DBI::dbConnect()`. It stays open: closing it is
#'   up to you.
#' @param query An SQL query, a string, which should choose the columns that are
#'   needed.
#' @param chunk Rows to fetch at a time, a positive whole number. Default 1e5.
#' @param cursor Read through a cursor that is declared in SQL (`DECLARE ...
#'   CURSOR`, `FETCH`)? `NULL`, the default, does so for package
#'   \pkg{RPostgreSQL}, which would otherwise hold the whole result in memory. The
#'   cursor lives in a transaction: that of the connection if it is in one,
#'   else its own. `TRUE` needs a PostgreSQL server.
#' @details
#' The query is sent when the first chunk is read, and again after a reset. Rows
#' then come in the same order only if the query has `ORDER BY`; fits over sources
#' do not need that, streams learn rows in the order in which they come.
#'
#' Many drivers allow one open result for each connection: use another connection
#' for other queries, and for writing, while the source is read. `close_source()`
#' releases the result before its end.
#'
#' SQLite lets a column hold numbers and text. RSQLite would turn the text into
#' numbers (`'x'` into zero) with a warning; here it is an error that names the
#' column.
#' @return A source, see [as_chunk_source()].
#' @section Errors: `sgmoe_error_source`; `sgmoe_error_package` without package
#'   DBI.
#' @examplesIf requireNamespace("RSQLite", quietly = TRUE)
#' con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
#' DBI::dbWriteTable(con, "cars", cars)
#' source <- dbi_source(con, "SELECT speed, dist FROM cars", chunk = 20)
#' nrow(next_chunk(source))
#' close_source(source)
#' DBI::dbDisconnect(con)
#' @export
dbi_source <- function(con, query, chunk = 1e5, cursor = NULL) {
  call <- rlang::current_env()
  require_package("DBI", "a database", call)
  if (!inherits(con, "DBIConnection")) {
    abort("source", c(
      "{.arg con} must be a connection to a database.",
      "x" = "It is of type {kind_of(con)}.",
      "i" = "{.fn DBI::dbConnect} makes one."
    ), call)
  }
  table <- are_words(query, 1L) && grepl("^[[:alnum:]_.]+$", query)
  if (table || !are_words(query, 1L)) {
    abort("source", c(
      "{.arg query} must be an SQL query, a string.",
      "x" = "It is {describe_value(query)}.",
      "i" = if (table) "For a whole table write {.code SELECT * FROM {query}}."
    ), call)
  }
  chunk <- check_chunk_size(chunk, call)
  if (is.null(cursor)) {
    cursor <- inherits(con, "PostgreSQLConnection")
  } else {
    check_flag(cursor, "cursor", call, "argument")
  }
  label <- paste0("the query ", encodeString(shorten(query), quote = "\""))
  if (cursor) {
    source_of_cursor(con, query, chunk, label)
  } else {
    source_of_result(con, query, chunk, label)
  }
}

#' @noRd
shorten <- function(text) {
  text <- gsub("\\s+", " ", text)
  if (nchar(text) > 60L) paste0(substr(text, 1L, 57L), "...") else text
}

#' @param label What it is, in words.
#' @param size Rows of a chunk.
#' @param con,query As in dbi_source().
#' @noRd
source_of_result <- function(con, query, size, label) {
  result <- NULL
  release <- function() {
    if (!is.null(result)) {
      old <- result
      result <<- NULL
      if (DBI::dbIsValid(old)) {
        DBI::dbClearResult(old)
      }
    }
  }
  new_chunk_source(
    open = function() {
      release()
      result <<- DBI::dbSendQuery(con, query)
    },
    read = function(columns) {
      chunk <- refuse_mixed(DBI::dbFetch(result, n = size))
      if (nrow(chunk) > 0L) chunk
    },
    release = release,
    label = label
  )
}

#' The warning that a column holds numbers and text is an error
#'
#' @param expression What may warn.
#' @noRd
refuse_mixed <- function(expression) {
  withCallingHandlers(expression, warning = function(warning) {
    text <- conditionMessage(warning)
    if (grepl("mixed type", text, fixed = TRUE)) {
      abort("source", c(
        "A column holds values of several types, and some would be read as what
         they are not.",
        "x" = escape_braces(text),
        "i" = "Choose a type in the query: {.code CAST(column AS TEXT)} or
               {.code AS REAL}, or leave these rows out by
               {.code WHERE typeof(column) = 'real'}."
      ), NULL)
    }
  })
}

#' A query through a cursor that SQL declares
#'
#' @param label What it is, in words.
#' @param size Rows of a chunk.
#' @param con,query As in dbi_source().
#' @noRd
source_of_cursor <- function(con, query, size, label) {
  name <- basename(tempfile("sgmoe_"))
  open <- own <- FALSE
  # A statement that gives no rows.
  run <- function(text) DBI::dbClearResult(DBI::dbSendQuery(con, text))
  release <- function() {
    if (open) {
      open <<- FALSE
      # The connection may be gone, or its transaction be broken.
      try(run(if (own) "ROLLBACK" else paste("CLOSE", name)), silent = TRUE)
    }
  }
  new_chunk_source(
    open = function() {
      release()
      # Within a transaction the time is that of its beginning.
      time <- fetch_statement(con, "SELECT now() = statement_timestamp()")
      own <<- isTRUE(as.logical(time[[1L]]))
      if (own) {
        run("BEGIN")
      }
      open <<- TRUE
      tryCatch(
        run(paste("DECLARE", name, "NO SCROLL CURSOR FOR", query)),
        error = function(error) {
          release()
          stop(error)
        }
      )
    },
    read = function(columns) {
      text <- sprintf("FETCH %.0f FROM %s", size, name)
      chunk <- fetch_statement(con, text)
      if (nrow(chunk) > 0L) chunk
    },
    release = release,
    label = label
  )
}

#' The rows of a statement
#'
#' (RPostgreSQL's dbGetQuery() only warns of what the server refuses.)
#'
#' @param text SQL.
#' @param con A connection.
#' @noRd
fetch_statement <- function(con, text) {
  result <- DBI::dbSendQuery(con, text)
  on.exit(DBI::dbClearResult(result))
  DBI::dbFetch(result, n = -1L)
}
