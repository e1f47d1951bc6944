# Rows of a source in files, as they came.

#' Rows in pieces that stay small when they become a design, however large the
#' chunks of the source are
#' @noRd
cut_rows <- function(rows, most = leaf_rows / 2) {
  if (nrow(rows) <= most) {
    return(list(rows))
  }
  lapply(seq(1, nrow(rows), by = most), function(first) {
    rows[seq(first, min(first + most - 1, nrow(rows))), , drop = FALSE]
  })
}

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
