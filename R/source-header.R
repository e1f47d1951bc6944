# The headers of delimited files, and whether rows go with them.

#' @param reading Arguments of scan().
#' @param skip Lines before the header.
#' @param path The file's name.
#' @noRd
read_header <- function(file, reading, skip, path) {
  # In pieces: readLines() makes room for all that it is asked for.
  while (skip > 0 && has_more(file)) {
    skip <- skip - length(readLines(file, min(skip, 1e5)))
  }
  if (!has_more(file)) {
    abort("source", "{.file {basename(path)}} is empty: it has no header.", NULL)
  }
  reading$na.strings <- character()
  names <- do.call(
    scan, c(list(file, "", nlines = 1L, quiet = TRUE), reading)
  )
  sub("^\ufeff", "", names)
}

#' Refuse a file whose columns are others than those of the files before it
#'
#' @param header The names of its columns.
#' @param before Those of the files before, NULL for the first.
#' @param path The file's name.
#' @noRd
check_same_header <- function(header, before, path) {
  if (!is.null(before) && !identical(before, header)) {
    abort("source", c(
      "The files have different headers.",
      "x" = "{.file {basename(path)}} has {some_of(header)}, those before it have
             {some_of(before)}."
    ), NULL)
  }
}

#' Refuse classes of columns that a file does not have
#'
#' @param classes As in file_source().
#' @param header Names of the columns.
#' @param path The file's name.
#' @noRd
check_class_names <- function(classes, header, path) {
  unknown <- setdiff(names(classes), header)
  if (length(unknown)) {
    abort("source", c(
      "{.arg classes} names {.code {some_of(unknown)}}, and
       {.file {basename(path)}} has no such column.",
      "i" = "It has {.code {some_of(header)}}."
    ), NULL)
  }
}

#' Refuse a file whose lines have more fields than its header
#'
#' scan() would make two rows of a line with twice as many, as decimal commas make
#' them. Looked at are the first lines only: such a thing is in all, or hardly ever.
#'
#' @param file An open connection that stands after the header.
#' @param header Names of the columns.
#' @param reading Arguments of scan().
#' @param path The file's name.
#' @noRd
check_fields <- function(file, header, reading, path) {
  lines <- readLines(file, 100L, warn = FALSE)
  if (length(lines) == 0L) {
    return(invisible())
  }
  pushBack(lines, file)
  text <- textConnection(lines)
  on.exit(close(text))
  fields <- utils::count.fields(
    text,
    sep = reading$sep, quote = reading$quote, blank.lines.skip = FALSE,
    comment.char = reading$comment.char
  )
  # Rows over several lines have NA but in the last.
  ends <- endsWith(trimws(lines), reading$sep)[seq_along(fields)]
  bad <- which(fields - (ends & fields > length(header)) > length(header))
  if (length(bad)) {
    line <- bad[[1L]]
    abort("source", c(
      "Row {line} of {.file {basename(path)}} has {fields[[line]]} fields, its
       header {length(header)}.",
      "i" = "Is its separator {.val {reading$sep}}? See the arguments {.arg sep}
             and {.arg dec} of {.fn file_source}."
    ), NULL)
  }
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
