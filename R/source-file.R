# Delimited files as sources.

#' Delimited files as a source
#'
#' Reads one or several files with a header, plain or compressed by gzip, bzip2 or
#' xz, by [scan()] on an open connection: memory is that of one
#' chunk. Several files are read one after the other, and must have the same
#' header.
#'
#' @param path Names of files, one or several.
#' @param chunk Rows of a chunk, a positive whole number. Default 1e5.
#' @param sep The separator. `NULL`, the default, is a tabulator for files whose
#'   name ends on `.tsv`, `.tab` or `.txt` (before `.gz`), and a comma for others.
#' @param classes Classes of columns, a character vector with the columns as names,
#'   such as `c(id = "character", g = "factor")`: `"numeric"`, `"integer"`,
#'   `"logical"`, `"character"`, `"factor"`, `"Date"` or `"POSIXct"`. Columns that
#'   it does not name have the type that they show in the first chunk, as
#'   [utils::type.convert()] finds it, text as text. Default `NULL`.
#' @param skip Lines before the header, a whole number. Default 0.
#' @param check.names Make names of R of those in the header, as [make.names()] does?
#'   Default `TRUE`, as in [utils::read.csv()].
#' @param ... Further arguments of [scan()]: `dec` (default `"."`), `quote`
#'   (`"\""`), `na.strings` (`"NA"`), `comment.char` (none), `strip.white`,
#'   `encoding`.
#' @details
#' Where a model says which columns it needs, only these are converted. A column
#' of whole numbers is read as numbers, since later chunks may have others. A
#' value that does not go with the type of the first chunk, such as text in a
#' column of numbers, is an error that names the column.
#'
#' Reading text is slow: a few microseconds per row in place of a few tenths. What is
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
file_source <- function(path, chunk = 1e5, sep = NULL, classes = NULL, skip = 0,
                        check.names = TRUE, ...) {
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
  check_classes(classes, call)
  skip <- check_number(skip, "skip", 0, TRUE, call, "argument")
  check_flag(check.names, "check.names", call, "argument")
  reading <- check_reading(sep, list(...), call)
  source_of_files(
    normalizePath(path), chunk, reading, classes, skip, check.names
  )
}

#' @param classes As in file_source().
#' @noRd
check_classes <- function(classes, call = rlang::caller_env()) {
  known <- c(
    "numeric", "integer", "logical", "character", "factor", "Date", "POSIXct"
  )
  if (!is.null(classes) && (!is.character(classes) ||
    is.null(names(classes)) || !all(classes %in% known))) {
    abort("argument", c(
      "{.arg classes} must be a character vector with the columns as names and
       {.or {.val {known}}} as values.",
      "i" = "For instance {.code classes = c(id = \"character\")}."
    ), call)
  }
}

# Arguments of scan() that leave the rows as they are.
reading_arguments <- c(
  "dec", "quote", "na.strings", "comment.char", "strip.white", "encoding"
)

#' @param sep The separator.
#' @param dots Further arguments of scan().
#' @noRd
check_reading <- function(sep, dots, call = rlang::caller_env()) {
  if (length(dots)) {
    unknown <- setdiff(rlang::names2(dots), reading_arguments)
    if (length(unknown)) {
      abort("argument", c(
        "{.fn file_source} has no argument {.or {.arg {unknown}}}.",
        "i" = "Beside its own it takes {.arg {reading_arguments}}, as
               {.fn scan} has them."
      ), call)
    }
  }
  utils::modifyList(
    list(
      sep = sep, quote = "\"", dec = ".", na.strings = "NA", comment.char = ""
    ),
    dots
  )
}

#' @param paths Names of the files.
#' @param size Rows of a chunk.
#' @param reading Arguments of scan().
#' @param classes,skip As in file_source().
#' @param valid Make names of R of those in the header?
#' @noRd
source_of_files <- function(paths, size, reading, classes, skip, valid) {
  files <- list2env(list(
    paths = paths, asked = size, size = size, reading = reading, classes = classes, skip = skip,
    valid = valid,
    file = NULL, # the one that is open
    at = 0L, # its number
    done = 0, # its rows that are read
    counted = logical(length(paths)), # are its lines?
    header = NULL, fixed = NULL,
    quoted = FALSE # are there numbers in quotes?
  ), parent = emptyenv())
  new_chunk_source(
    open = function() {
      files$at <- 0L
      advance_file(files)
    },
    read = function(columns) {
      if (find_rows(files)) {
        chunk <- read_file_chunk(files, columns)
        files$done <- files$done + nrow(chunk)
        files$fixed <- settle_classes(files$fixed, chunk)
        chunk
      }
    },
    release = function() release_file(files),
    label = if (length(paths) == 1L) {
      paste("the file", basename(paths))
    } else {
      paste(length(paths), "files beginning with", basename(paths[[1L]]))
    }
  )
}

#' At most so many rows has a file: one for each byte, of which a compressed one
#' holds up to 1032 for each of its own
#' @noRd
most_rows <- function(path) {
  first <- readBin(path, "raw", 2L)
  packed <- length(first) == 2L &&
    first[[1L]] %in% as.raw(c(0x1f, 0x42, 0xfd))
  max(1, file.size(path)) * if (packed) 1032 else 1
}

#' Refuse text of two bytes a character, which would be read as text with holes
#' @noRd
refuse_wide_text <- function(path) {
  file <- gzfile(path, "rb")
  on.exit(close(file))
  first <- readBin(file, "raw", 4000L)
  if (any(first == 0) ||
    length(first) > 1L && all(first[1:2] %in% as.raw(c(0xff, 0xfe)))) {
    abort("source", c(
      "{.file {basename(path)}} is no text in UTF-8 or another encoding of single bytes.",
      "x" = "It has bytes that are zero, as UTF-16 has (\"Unicode text\" of Excel).",
      "i" = "Save it as UTF-8."
    ), NULL)
  }
}

#' @noRd
release_file <- function(files) {
  if (!is.null(files$file)) {
    old <- files$file
    files$file <- NULL
    close(old)
  }
}

#' Open the next file and read its header; FALSE after the last
#' @noRd
advance_file <- function(files) {
  release_file(files)
  if (files$at == length(files$paths)) {
    return(FALSE)
  }
  files$at <- files$at + 1L
  path <- files$paths[[files$at]]
  refuse_wide_text(path)
  files$file <- gzfile(path, "r")
  names <- read_header(files$file, files$reading, files$skip, path)
  if (files$valid) {
    names <- make.names(names, unique = TRUE)
  }
  check_same_header(names, files$header, path)
  check_fields(files$file, names, files$reading, path)
  check_class_names(files$classes, names, path)
  files$header <- names
  files$done <- 0
  # scan() makes room for as many rows as it may read: not for more than there are.
  files$size <- min(files$asked, most_rows(path))
  TRUE
}

#' Go to the file that has the next row; FALSE if there is none
#' @noRd
find_rows <- function(files) {
  while (!is.null(files$file)) {
    if (has_more(files$file)) {
      return(TRUE)
    }
    check_complete(files$paths[[files$at]], files$file)
    check_lines(files)
    advance_file(files)
  }
  FALSE
}

#' The next rows of the open file; of one with numbers in quotes as text, from
#' where this is found on
#'
#' @param columns Which are wanted; NULL for all.
#' @noRd
read_file_chunk <- function(files, columns) {
  path <- files$paths[[files$at]]
  if (!is.null(columns) && !any(columns %in% files$header)) {
    abort("source", c(
      "{.file {basename(path)}} has none of the columns that are needed.",
      "x" = "Needed: {.code {some_of(columns)}}. Its header is read as {.code
             {some_of(files$header)}}.",
      "i" = "Look at {.arg sep} and {.arg skip}."
    ), NULL)
  }
  types <- column_classes(files$header, files$fixed, files$classes, columns)
  if (files$quoted) {
    return(read_as_text(files$file, files$size, types, files$reading, path))
  }
  tryCatch(
    read_rows(files$file, files$size, types, files$reading),
    error = function(error) {
      if (!has_more(files$file)) {
        check_complete(path, files$file)
      }
      again <- read_again(
        error, path, files$done, files$size, types, files$reading, files$skip
      )
      release_file(files)
      files$file <- again$file
      files$quoted <- TRUE
      again$chunk
    }
  )
}
