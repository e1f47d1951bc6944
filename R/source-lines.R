# Rows of delimited files: classes of columns, what cannot be read.

# Classes that scan() knows itself; others are made of text.
scanned <- list(
  "NULL" = NULL, numeric = numeric(), integer = integer(), logical = logical()
)

#' Classes of columns: given ones, those that chunks before had, "NULL" for what is
#' not needed, NA for what is not known
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
  c(fixed, found)
}

#' @param file An open connection that stands at a row.
#' @param size Rows to read, at most.
#' @param types Classes of columns, by name.
#' @param reading Arguments of scan().
#' @noRd
read_rows <- function(file, size, types, reading) {
  what <- lapply(types, function(type) {
    if (type %in% names(scanned)) scanned[[type]] else character()
  })
  values <- withCallingHandlers(
    do.call(scan, c(
      list(file, what = what, nmax = size, multi.line = FALSE, quiet = TRUE),
      reading
    )),
    # Fields that do not fill a row, or a quote that is never closed: scan()
    # would go on with what it has.
    warning = function(warning) {
      stop(conditionMessage(warning), call. = FALSE)
    },
    # It counts lines from where it began, which is not the file's beginning.
    error = function(error) {
      text <- conditionMessage(error)
      counted <- sub(
        "^line ([0-9]+) did not have ([0-9]+) elements$",
        "row \\1 of this chunk does not have \\2 fields", text
      )
      if (counted != text) {
        stop(counted, call. = FALSE)
      }
    }
  )
  kept <- which(!types %in% "NULL")
  values <- lapply(stats::setNames(kept, names(types)[kept]), function(at) {
    make_column(values[[at]], types[[at]], reading, names(types)[[at]])
  })
  attr(values, "row.names") <- .set_row_names(length(values[[1L]]))
  class(values) <- "data.frame"
  values
}

#' @param type Its class, or NA.
#' @param reading Arguments of scan().
#' @param name Of the column.
#' @noRd
make_column <- function(value, type, reading, name) {
  if (is.na(type)) {
    value <- utils::type.convert(
      value,
      as.is = TRUE, dec = reading$dec, na.strings = reading$na.strings
    )
    # Later chunks may have other numbers than whole ones.
    return(if (is.integer(value)) as.double(value) else value)
  }
  switch(type,
    factor = factor(value),
    Date = read_times(value, as.Date, name),
    POSIXct = read_times(value, as.POSIXct, name),
    value
  )
}

#' Dates or times of text
#'
#' @param read as.Date() or as.POSIXct().
#' @param name Of the column.
#' @noRd
read_times <- function(value, read, name) {
  tryCatch(read(value), error = function(error) {
    first <- value[!is.na(value) & nzchar(value)][[1L]]
    abort("source", c(
      "Column {.code {name}} holds {.val {first}}, which is no date or time as R reads
       them, such as 2024-01-31.",
      "i" = "Read it as text, by {.code classes = c({name} = \"character\")}."
    ), NULL)
  })
}

#' Rows as text, then converted: slower, but numbers may stand in quotes, and it is
#' known which column has something else
#'
#' @param file An open connection that stands at a row.
#' @param size Rows to read, at most.
#' @param types Classes of columns, by name.
#' @param reading Arguments of scan().
#' @param path The file's name.
#' @noRd
read_as_text <- function(file, size, types, reading, path) {
  converted <- names(types)[types %in% c("numeric", "integer", "logical")]
  text <- types
  text[converted] <- "character"
  chunk <- read_rows(file, size, text, reading)
  for (name in converted) {
    value <- trimws(chunk[[name]])
    new <- if (types[[name]] == "logical") {
      as.logical(value)
    } else {
      suppressWarnings(as.double(sub(reading$dec, ".", value, fixed = TRUE)))
    }
    wrong <- is.na(new) & !is.na(value) & nzchar(value) & value != "NaN"
    if (any(wrong)) {
      kind <- if (types[[name]] == "logical") "true or false" else "a number"
      abort("source", c(
        "Column {.code {name}} of {.file {basename(path)}} holds {.val
         {value[wrong][[1L]]}}, and was {kind} in the rows before.",
        "i" = "Say what it is by {.code classes = c({name} = \"character\")}, or
               which text is missing by {.arg na.strings}."
      ), NULL)
    }
    chunk[[name]] <- new
  }
  chunk
}

#' Rows that could not be read once more, as text: list(file, chunk), the file as
#' it stands after them; or an error that says why
#'
#' R says only what it expected, and numbers in quotes are none to it once the
#' class of a column is given.
#'
#' @param error What scan() raised.
#' @param path The file's name.
#' @param done Rows read before.
#' @param size Rows to read, at most.
#' @param types Classes of columns, by name.
#' @param reading Arguments of scan().
#' @param skip Lines before the header.
#' @noRd
read_again <- function(error, path, done, size, types, reading, skip) {
  if (!any(types %in% c("numeric", "integer", "logical"))) {
    stop(error)
  }
  file <- gzfile(path, "r")
  fine <- FALSE
  on.exit(if (!fine) close(file))
  read_header(file, reading, skip, path)
  skipped <- types
  skipped[] <- rep(c("character", "NULL"), c(1L, length(types) - 1L))
  while (done > 0) {
    part <- read_rows(file, min(done, size), skipped, reading)
    done <- done - nrow(part)
  }
  chunk <- tryCatch(
    read_as_text(file, size, types, reading, path),
    error = function(other) {
      stop(if (inherits(other, "sgmoe_error")) other else error)
    }
  )
  fine <- TRUE
  list(file = file, chunk = chunk)
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
  raw <- base::file(path, "rb")
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
    "The compressed file {.file {basename(path)}} is cut off: it does not hold as much as
     its end says.",
    "i" = "Fetch it anew; {.code gzip -t} checks a file."
  ), NULL)
}

#' Refuse a file with lines of twice or more times as many fields as its header has:
#' scan() makes as many rows of each
#'
#' There are more rows than lines then. They are counted once, when a file was read to
#' its end, which takes a fifth of the time of reading (of a compressed one, a third).
#'
#' @param files What source_of_files() keeps.
#' @noRd
check_lines <- function(files) {
  if (files$counted[[files$at]]) {
    return(invisible())
  }
  files$counted[[files$at]] <- TRUE
  path <- files$paths[[files$at]]
  if (files$done < count_lines(path, files$skip)) { # one is the header
    return(invisible())
  }
  reading <- files$reading
  fields <- utils::count.fields(
    path, reading$sep, reading$quote,
    skip = files$skip, blank.lines.skip = FALSE, comment.char = reading$comment.char
  )
  long <- utils::head(which(fields > length(files$header)), 1L)
  abort("source", c(
    if (length(long)) {
      "Line {long + files$skip} of {.file {basename(path)}} has {fields[[long]]} fields, its
       header {length(files$header)}: it was read as several rows."
    } else {
      "{.file {basename(path)}} has more rows than lines: a line was read as several."
    },
    "i" = "Mend the line: it may have a decimal comma, or be two lines joined."
  ), NULL)
}

#' Lines with something in them; Inf where lines do not end as expected
#'
#' @param skip How many lines at the beginning do not count.
#' @noRd
count_lines <- function(path, skip = 0) {
  file <- gzfile(path, "rb")
  on.exit(close(file))
  readLines(file, skip, warn = FALSE)
  lines <- 0
  last <- as.raw(10)
  while (length(part <- readBin(file, "raw", 1e6))) {
    # A line ends where a byte that ends one follows another byte.
    ends <- grepRaw("\n", c(last, part), fixed = TRUE, all = TRUE)
    lines <- lines + sum(diff(c(0L, ends)) > 1L)
    last <- part[[length(part)]]
  }
  if (lines > 0) lines + (last != as.raw(10)) else Inf
}
