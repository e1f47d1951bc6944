# Writing a spill: rows come in matrices of any size, leaves go to the file.

#' Begin a spill
#'
#' It has a temporary name until all rows are there.
#'
#' @param path Its final name.
#' @param columns Number of columns.
#' @param key What it is made of, as text.
#' @noRd
begin_spill <- function(path, columns, key, call = rlang::caller_env()) {
  spill <- new.env(parent = emptyenv())
  spill$path <- path
  spill$part <- paste0(path, ".part")
  spill$key <- key
  spill$waiting <- matrix(0, 0L, columns)
  spill$rows <- 0
  spill$leaves <- 0
  spill$call <- call
  while_writing(spill, core_spill_begin(spill$part, columns, key))
  spill
}

#' @param spill What begin_spill() gave.
#' @noRd
add_to_spill <- function(spill, values) {
  spill$rows <- spill$rows + nrow(values)
  values <- rbind(spill$waiting, values)
  done <- 0
  while (nrow(values) - done >= leaf_rows) {
    write_leaf(spill, values[done + seq_len(leaf_rows), , drop = FALSE])
    done <- done + leaf_rows
  }
  spill$waiting <- values[done + seq_len(nrow(values) - done), , drop = FALSE]
}

#' A number of rows as R counts them: an integer if it can be one
#'
#' @param n The number.
#' @noRd
row_count <- function(n) {
  if (n <= .Machine$integer.max) as.integer(n) else n
}

#' @noRd
write_leaf <- function(spill, values) {
  check_space(dirname(spill$part), 8 * length(values), spill$call)
  while_writing(spill, core_spill_append(spill$part, values))
  spill$leaves <- spill$leaves + 1
}

#' End a spill; list(path, rows, columns, key)
#' @noRd
end_spill <- function(spill) {
  if (nrow(spill$waiting)) {
    write_leaf(spill, spill$waiting)
  }
  while_writing(spill, core_spill_end(spill$part, spill$rows, spill$leaves))
  if (!file.rename(spill$part, spill$path)) {
    refuse_full(dirname(spill$path), file.size(spill$part), spill$call)
  }
  list(
    path = spill$path, rows = row_count(spill$rows), columns = ncol(spill$waiting),
    key = spill$key
  )
}

#' Evaluate what writes; if it fails, say how much was written, and remove it
#' @noRd
while_writing <- function(spill, expression) {
  tryCatch(in_core(expression, spill$call), sgmoe_error_spill = function(error) {
    written <- file.size(spill$part)
    unlink(spill$part)
    refuse_full(dirname(spill$part), written, spill$call)
  })
}

#' @param folder Where it was to go.
#' @param written Bytes that went, or NA.
#' @noRd
refuse_full <- function(folder, written, call = rlang::caller_env()) {
  abort("spill", c(
    "The rows cannot be spilled to {shown_folder(folder)}.",
    "x" = if (!is.na(written)) {
      "Writing failed after {format_bytes(written)}."
    } else {
      "No file can be made there."
    },
    "i" = "Is the disk full? {.arg spill} names another folder."
  ), call)
}

#' Refuse to fill the disk to the last byte
#'
#' @param folder Where bytes go.
#' @param bytes How many are to follow.
#' @noRd
check_space <- function(folder, bytes, call = rlang::caller_env()) {
  free <- core_free_space(folder)$free
  if (!is.na(free) && free < bytes + 2^24) {
    abort("spill", c(
      "There is no room for the rows in {shown_folder(folder)}.",
      "x" = "{format_bytes(free)} are free.",
      "i" = "{.arg spill} names another folder."
    ), call)
  }
}

#' The folder for rows as the user knows it
#' @noRd
shown_folder <- function(folder) {
  parent <- sub("/sgmoe-[A-Za-z0-9]*-[0-9]+-[^/]*(/.*)?$", "", folder)
  if (parent == tempdir()) {
    "the session's temporary folder"
  } else {
    cli::format_inline("{.file {parent}}")
  }
}

#' @param bytes Their number.
#' @noRd
format_bytes <- function(bytes) {
  format(structure(bytes, class = "object_size"), units = "auto", standard = "SI")
}

#' Evaluate what makes R write to a file: one that is too large is an error
#' @noRd
without_size_signal <- function(expression) {
  core_size_signal(TRUE)
  on.exit(core_size_signal(FALSE))
  expression
}
