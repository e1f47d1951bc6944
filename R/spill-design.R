# Rows of the design in a spill.

#' Rows of the design in a spill: gate, experts (if theirs is another design),
#' response, weights and offset
#'
#' @param files With the rows that are used.
#' @noRd
spill_rows <- function(blueprint, files, folder, call = rlang::caller_env()) {
  spill <- NULL
  for (file in files) {
    rows <- kept_chunk(file)
    spill <- add_design(spill, blueprint, rows, folder, call)
    unlink(file)
  }
  end_rows(spill)
}

#' A spill to which the design of some rows is added; begun where there is none
#'
#' @param spill What this gave before, or NULL.
#' @noRd
add_design <- function(spill, blueprint, rows, folder,
                       call = rlang::caller_env()) {
  design <- replay_design(
    blueprint, rows, stats::na.fail,
    response = TRUE, learn = TRUE, where = "chunk", call = call
  )
  response <- core_response(design)
  values <- cbind(
    design$x, if (!blueprint$same) design$z, response,
    if (!is.null(design$weights)) as.double(design$weights), design$offset,
    deparse.level = 0
  )
  if (is.null(spill)) {
    key <- paste(
      deparse(blueprint$response_call), paste(colnames(values), collapse = " ")
    )
    spill <- begin_spill(
      file.path(folder, "rows.spill"), ncol(values), key, call
    )
    spill$x <- colnames(design$x)
    spill$z <- colnames(design$z)
    spill$y <- colnames(response)
    spill$responses <- ncol(response)
    spill$offsets <- NCOL(design$offset) * !is.null(design$offset)
  }
  add_to_spill(spill, values)
  spill
}

#' End a spill of rows of a design; what its columns are
#' @noRd
end_rows <- function(spill) {
  c(end_spill(spill), as.list(spill)[c("x", "z", "y", "responses", "offsets")])
}

#' A design of columns in a spill
#'
#' The response is as the core takes it, an offset subtracted where it is.
#'
#' @param spill What spill_rows() gave.
#' @param weighted Has it weights?
#' @noRd
spilled_design <- function(blueprint, spill, weighted) {
  at <- 0
  take <- function(count, labels = NULL) {
    at <<- at + count
    spilled_columns(spill, at - count + seq_len(count), labels)
  }
  x <- take(length(spill$x), spill$x)
  z <- if (blueprint$same) x else take(length(spill$z), spill$z)
  y <- take(spill$responses, spill$y)
  weights <- if (weighted) spilled_weights(spill, take(1)$columns)
  offset <- if (spill$offsets > 0) take(spill$offsets)
  list(
    x = x, z = z, y = y, weights = weights,
    offset = if (!subtracts_offset(blueprint)) offset,
    raw = -1, used = NULL, blueprint = blueprint, spill = spill
  )
}
