# Delimited files as sources.

#' Delimited files as a source
#'
#' Reads one or several files with a header, plain or compressed by gzip, bzip2 or
#' xz, by [utils::read.table()] on an open connection: memory is that of one
#' chunk. Several files are read one after the other, and must have the same
#' header.
#'
#' @param path Names of files, one or several.
#' @param chunk Rows of a chunk, a positive whole number. Default 1e5.
#' @param sep The separator. `NULL`, the default, is a tabulator for files whose
#'   name ends on `.tsv`, `.tab` or `.txt` (before `.gz`), and a comma for others.
#' @param classes Classes of columns, as `colClasses` of [utils::read.table()]: a
#'   character vector with the columns as names, such as
#'   `c(id = "character", g = "factor")`. Columns that it does not name have the
#'   type that they show in the first chunk. Default `NULL`.
#' @param ... Further arguments of [utils::read.table()]: `dec`, `quote`,
#'   `na.strings`, `comment.char`, `strip.white`, `fill`, `encoding`,
#'   `check.names`, `skip` (of lines before the header). Defaults are those of
#'   [utils::read.csv()], except `fill = FALSE`: a line with too few fields is an
#'   error.
#' @details
#' Where a model says which columns it needs, only these are converted. A column
#' of whole numbers is read as numbers, since later chunks may have others. A
#' value that does not go with the type of the first chunk, such as text in a
#' column of numbers, is an error that names the column.
#'
#' Reading text is slow: a few microseconds a row in place of a few tenths. What is
#' read often is better kept in a database or as Arrow files.
#' @return A source, see [as_chunk_source()].
#' @section Errors: `sgmoe_error_source`.
#' @examples
#' path <- tempfile(fileext = ".csv.gz")
#' connection <- gzfile(path, "w")
#' write.csv(cars, connection, row.names = FALSE)
#' close(connection)
#' source <- file_source(path, chunk = 20)
#' head(next_chunk(source), 3)
#' close_source(source)
#' @export
file_source <- function(path, chunk = 1e5, sep = NULL, classes = NULL, ...) {
  call <- rlang::current_env()
  if (!is.character(path) || length(path) == 0L || anyNA(path)) {
    abort("source", c(
      "{.arg path} must name a file, or several.",
      "x" = "It is {describe_value(path)}."
    ), call)
  }
  absent <- path[!file.exists(path) | dir.exists(path)]
  if (length(absent)) {
    abort("source", c(
      "There {cli::qty(length(absent))}{?is no file/are no files}
       {.file {some_of(absent)}}."
    ), call)
  }
  chunk <- check_chunk_size(chunk, call)
  if (is.null(sep)) {
    plain <- sub("[.](gz|bz2|xz)$", "", path[[1L]], ignore.case = TRUE)
    tabs <- grepl("[.](tsv|tab|txt)$", plain, ignore.case = TRUE)
    sep <- if (tabs) "\t" else ","
  }
  if (!is.null(classes) && is.null(names(classes))) {
    abort("argument", c(
      "{.arg classes} must have the columns as names.",
      "i" = "For instance {.code classes = c(id = \"character\")}."
    ), call)
  }
  source_of_files(
    normalizePath(path), chunk, check_reading(sep, list(...), call), classes
  )
}

# Arguments of read.table() that leave the rows as they are.
reading_arguments <- c(
  "dec", "quote", "na.strings", "comment.char", "strip.white", "fill",
  "encoding", "check.names", "skip"
)

#' @param sep The separator.
#' @param dots Further arguments of read.table().
#' @noRd
check_reading <- function(sep, dots, call = rlang::caller_env()) {
  if (length(dots)) {
    unknown <- setdiff(rlang::names2(dots), reading_arguments)
    if (length(unknown)) {
      abort("argument", c(
        "{.fn file_source} has no argument {.or {.arg {unknown}}}.",
        "i" = "Beside its own it takes {.arg {reading_arguments}}, as
               {.fn read.table} has them."
      ), call)
    }
  }
  utils::modifyList(
    list(
      sep = sep, quote = "\"", comment.char = "", fill = FALSE,
      check.names = TRUE, skip = 0
    ),
    dots
  )
}

#' @param paths Names of the files.
#' @param size Rows of a chunk.
#' @param reading Arguments of read.table().
#' @param classes As in file_source().
#' @noRd
source_of_files <- function(paths, size, reading, classes) {
  file <- NULL
  at <- 0L
  done <- 0 # rows of this file that are read
  header <- fixed <- NULL
  release <- function() {
    if (!is.null(file)) {
      old <- file
      file <<- NULL
      close(old)
    }
  }
  # The next file, its header read; FALSE after the last.
  advance <- function() {
    release()
    if (at == length(paths)) {
      return(FALSE)
    }
    at <<- at + 1L
    file <<- gzfile(paths[[at]], "r")
    names <- read_header(file, reading, paths[[at]])
    if (!is.null(header) && !identical(header, names)) {
      abort("source", c(
        "The files have different headers.",
        "x" = "{.file {paths[[at]]}} has {some_of(names)}, those before it have
               {some_of(header)}."
      ), NULL)
    }
    header <<- names
    done <<- 0
    TRUE
  }
  new_chunk_source(
    open = function() {
      at <<- 0L
      advance()
    },
    read = function(columns) {
      repeat {
        if (is.null(file)) {
          return(NULL)
        }
        if (has_more(file)) {
          break
        }
        check_complete(paths[[at]], file)
        advance()
      }
      types <- column_classes(header, fixed, classes, columns)
      chunk <- tryCatch(
        read_rows(file, size, header, types, reading),
        error = function(error) {
          explain_rows(error, paths[[at]], done, size, header, types, reading)
        }
      )
      done <<- done + nrow(chunk)
      fixed <<- settle_classes(fixed, chunk)
      chunk
    },
    release = release,
    label = if (length(paths) == 1L) {
      paste("the file", basename(paths))
    } else {
      paste(length(paths), "files beginning with", basename(paths[[1L]]))
    }
  )
}

#' @param path The file's name.
#' @param reading Arguments of read.table().
#' @noRd
read_header <- function(file, reading, path) {
  if (reading$skip > 0) {
    readLines(file, reading$skip)
  }
  if (!has_more(file)) {
    abort("source", "{.file {path}} is empty: it has no header.", NULL)
  }
  names <- scan(
    file, "",
    nlines = 1L, sep = reading$sep, quote = reading$quote, quiet = TRUE,
    strip.white = TRUE, na.strings = character(),
    encoding = if (is.null(reading$encoding)) "unknown" else reading$encoding
  )
  names <- sub("^\ufeff", "", names)
  if (reading$check.names) make.names(names, unique = TRUE) else names
}

#' Is there another line that is not blank?
#'
#' @param file An open connection.
#' @noRd
has_more <- function(file) {
  repeat {
    line <- readLines(file, 1L, warn = FALSE)
    if (length(line) == 0L) {
      return(FALSE)
    }
    if (nzchar(trimws(line))) {
      pushBack(line, file)
      return(TRUE)
    }
  }
}

#' Classes of columns for read.table(): given ones, those that chunks before had,
#' and "NULL" for what is not needed
#'
#' @param header Names of the columns.
#' @param classes As in file_source().
#' @param fixed Classes by name, of columns known.
#' @param columns Names of those needed, or NULL for all.
#' @noRd
column_classes <- function(header, fixed, classes, columns) {
  result <- stats::setNames(rep(NA_character_, length(header)), header)
  result[names(fixed)] <- fixed
  own <- intersect(names(classes), header)
  result[own] <- classes[own]
  if (!is.null(columns)) {
    result[!header %in% columns] <- "NULL"
  }
  result
}

#' The classes that later chunks must have: those of columns with a value
#'
#' @param fixed Those known before, or NULL.
#' @noRd
settle_classes <- function(fixed, chunk) {
  new <- chunk[!names(chunk) %in% names(fixed)]
  known <- new[!vapply(new, function(column) all(is.na(column)), NA)]
  found <- vapply(known, function(column) class(column)[[1L]], "")
  found[found == "integer"] <- "numeric"
  c(fixed, found)
}

#' @param file An open connection that stands at a row.
#' @param size Rows to read, at most.
#' @param header Names of the columns.
#' @param types Classes of columns.
#' @param reading Arguments of read.table().
#' @noRd
read_rows <- function(file, size, header, types, reading) {
  reading$skip <- 0
  arguments <- c(
    list(
      file,
      header = FALSE, nrows = size, col.names = header, colClasses = types
    ),
    reading[names(reading) != "skip"]
  )
  chunk <- withCallingHandlers(
    do.call(utils::read.table, arguments),
    warning = function(warning) {
      # Fields that do not fill a row, or a quote that is never closed: scan()
      # would go on with what it has.
      if (identical(conditionCall(warning)[[1L]], quote(scan))) {
        stop(conditionMessage(warning), call. = FALSE)
      }
      tryInvokeRestart("muffleWarning") # an incomplete final line
    }
  )
  whole <- vapply(chunk, is.integer, NA)
  chunk[whole] <- lapply(chunk[whole], as.double)
  chunk
}

#' Rows could not be read: say which column has a value that does not go with its
#' class, if that is why
#'
#' R says only what it expected. The file is read once more, up to these rows, as
#' text.
#'
#' @param error What read.table() raised.
#' @param path The file's name.
#' @param done Rows read before.
#' @param size Rows to read, at most.
#' @param header Names of the columns.
#' @param types Classes of columns.
#' @param reading Arguments of read.table().
#' @noRd
explain_rows <- function(error, path, done, size, header, types, reading) {
  numbers <- names(types)[types %in% c("numeric", "logical", "integer")]
  if (!grepl("scan() ", conditionMessage(error), fixed = TRUE) ||
    length(numbers) == 0L) {
    stop(error)
  }
  file <- gzfile(path, "r")
  on.exit(close(file))
  read_header(file, reading, path)
  text <- stats::setNames(rep("NULL", length(header)), header)
  text[numbers] <- "character"
  while (done > 0) {
    part <- read_rows(file, min(done, size), header, text, reading)
    done <- done - nrow(part)
  }
  part <- tryCatch(
    read_rows(file, size, header, text, reading),
    error = function(other) stop(error)
  )
  for (name in numbers) {
    value <- part[[name]]
    fine <- if (types[[name]] == "logical") {
      value %in% c(NA, "T", "F", "TRUE", "FALSE", "true", "false", "True", "False")
    } else {
      dec <- if (is.null(reading$dec)) "." else reading$dec
      is.na(value) | !is.na(suppressWarnings(
        as.numeric(sub(dec, ".", value, fixed = TRUE))
      ))
    }
    if (!all(fine)) {
      abort("source", c(
        "Column {.code {name}} of {.file {path}} holds {.val
         {value[!fine][[1L]]}}, and was
         {if (types[[name]] == 'logical') 'true or false' else 'a number'} in
         the rows before.",
        "i" = "Say what it is by {.code classes = c({name} = \"character\")}, or
               which text is missing by {.arg na.strings}."
      ), NULL)
    }
  }
  stop(error)
}

#' Refuse a gzip file that ends too early: R would take what there is for all
#'
#' The last four bytes of a file have the length of what they hold. Files of
#' several members, as `cat` makes them, have several such lengths: the mark of
#' another member excuses a difference.
#'
#' @param path The file's name.
#' @param file Its connection, read to the end.
#' @noRd
check_complete <- function(path, file) {
  size <- file.size(path)
  raw <- file(path, "rb")
  on.exit(close(raw))
  mark <- as.raw(c(0x1f, 0x8b, 0x08))
  if (size < 18 || !identical(readBin(raw, "raw", 3L), mark)) {
    return(invisible())
  }
  seek(raw, size - 4)
  bytes <- as.integer(readBin(raw, "raw", 4L))
  if (sum(bytes * 256^(0:3)) == seek(file) %% 2^32) {
    return(invisible())
  }
  seek(raw, 3)
  last <- raw()
  while (length(part <- readBin(raw, "raw", 1e7))) {
    if (length(grepRaw(mark, c(last, part), fixed = TRUE))) {
      return(invisible())
    }
    last <- utils::tail(part, 2L)
  }
  abort("source", c(
    "The compressed file {.file {path}} is cut off: it does not hold as much as
     its end says.",
    "i" = "Fetch it anew; {.code gzip -t} checks a file."
  ), NULL)
}
