# Rows of a source in files, as they came.

#' Rows in a file, as they came
#' @noRd
keep_rows <- function(rows, file, call = rlang::caller_env()) {
  bytes <- serialize(rows, NULL, xdr = FALSE)
  check_space(dirname(file), length(bytes), call)
  try(
    without_size_signal(suppressWarnings(writeBin(bytes, file))),
    silent = TRUE
  )
  written <- file.size(file)
  if (!isTRUE(written == length(bytes))) {
    unlink(file)
    refuse_full(dirname(file), written, call)
  }
}

#' @param file Where they are.
#' @noRd
kept_chunk <- function(file) {
  unserialize(readBin(file, "raw", file.size(file)))
}
