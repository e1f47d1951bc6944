# Columns of a source mean the same in every chunk.

#' A chunk with the columns of the first, or an error that names the column that
#' has changed
#'
#' Types are remembered from one pass to the next.
#' @noRd
match_types <- function(source, chunk, call = rlang::caller_env()) {
  if (inherits(chunk, "data.table")) {
    chunk <- as.data.frame(chunk)
  }
  if (!is.null(source$wanted)) {
    chunk <- chunk[names(chunk) %in% source$wanted]
  }
  if (is.null(source$names)) {
    source$names <- names(chunk)
  } else if (!identical(source$names, names(chunk))) {
    absent <- setdiff(source$names, names(chunk))
    if (length(absent)) {
      abort("source", c(
        "The chunk has no column {.code {some_of(absent)}}, which the first
         chunk has.",
        "i" = "It has {.code {some_of(names(chunk))}}."
      ), call)
    }
    chunk <- chunk[source$names]
  }
  long <- vapply(chunk, is_integer64, NA)
  for (name in names(chunk)[long]) {
    chunk[[name]] <- number_of_integer64(chunk[[name]], name, call)
  }
  found <- vapply(chunk, column_type, "")
  known <- source$types[names(chunk)]
  changed <- found != known & !is.na(found) & !is.na(known)
  if (any(changed)) {
    name <- names(chunk)[changed][[1L]]
    abort("source", c(
      "Column {.code {name}} is {found[[name]]} in this chunk, and was
       {known[[name]]} in those before.",
      "i" = "Give every chunk the same types: say them where the source is
             made, or convert the column in the query."
    ), call)
  }
  fresh <- is.na(known) & !is.na(found)
  source$types[names(chunk)[fresh]] <- found[fresh]
  chunk
}

#' What a column is, in words, as far as chunks must agree; NA if all is missing
#' @noRd
column_type <- function(column) {
  if (is.factor(column)) {
    return("text")
  }
  wide <- if (length(dim(column)) == 2L) {
    paste0(" (", ncol(column), " columns)")
  }
  type <- if (is.character(column)) {
    "text"
  } else if (is.object(column) && !inherits(column, "AsIs")) {
    paste("of class", class(column)[[1L]])
  } else if (is.numeric(column)) {
    "a number"
  } else if (is.logical(column)) {
    "true or false"
  } else {
    paste("of type", typeof(column))
  }
  if (is.atomic(column) && is.null(wide) && !is.object(column) &&
    is.na(column[[1L]]) && all(is.na(column))) {
    return(NA_character_)
  }
  paste0(type, wide)
}

#' 64-bit integers as numbers
#'
#' Package bit64 keeps them in the bits of doubles; engines differ in which chunks
#' they use them.
#' @noRd
number_of_integer64 <- function(column, name, call = rlang::caller_env()) {
  halves <- matrix(
    readBin(
      writeBin(as.double(unclass(column)), raw(), endian = "little"),
      "integer", 2L * length(column),
      endian = "little"
    ), 2L
  )
  value <- number_of_halves(halves[2L, ], halves[1L, ])
  if (any(abs(value) > 2^53, na.rm = TRUE)) {
    abort("source", c(
      "Column {.code {name}} has whole numbers beyond 2^53, which R's numbers
       cannot hold.",
      "i" = "Convert it in the query: to text if it is a label, or to a smaller
             number."
    ), call)
  }
  value
}

#' @param high,low The halves of 64-bit integers, as 32-bit integers.
#' @noRd
number_of_halves <- function(high, low) {
  # R takes the bits of -2^31 for a missing value.
  low <- ifelse(is.na(low), 2^31, low + 2^32 * (low < 0))
  missing <- is.na(high) & low == 0
  value <- ifelse(is.na(high), -2^31, high) * 2^32 + low
  value[missing] <- NA
  value
}
