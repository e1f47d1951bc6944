# The first pass over a source: what the data are, and their rows in a spill.
#
# Each chunk is read once. Its rows that the fit uses go to a file as they came,
# and what the formula must know of all rows is noted (R/spill-witness.R). Then
# the formula is fixed, and chunk after chunk becomes rows of the design in the
# spill, from which all else is computed.

#' The design of a source, its rows in a spill
#'
#' @param request As fit_request() gives it; `data` is what to read.
#' @param call The frame to blame.
#' @return As build_design() gives it, the matrices columns of a spill; `raw` is
#'   -1, because nobody knows a row by its number.
#' @noRd
spill_design <- function(request, folder, call = rlang::caller_env()) {
  source <- make_source(request$data, call)
  on.exit(close_source(source))
  found <- read_all(request, source, folder, call)
  on.exit(unlink(found$files), add = TRUE)
  if (found$rows == 0) {
    refuse_no_rows(found, call)
  }
  design <- fixed_design(request, witness_rows(found$witness), call)
  spilled <- spill_rows(design$blueprint, found$files, folder, call)
  design <- spilled_design(design$blueprint, spilled, !is.null(design$weights))
  design$dropped <- row_count(found$dropped)
  design
}

#' The design of some rows that stand for all
#'
#' @param witnesses The rows.
#' @noRd
fixed_design <- function(request, witnesses, call = rlang::caller_env()) {
  design <- build_design(
    request$formula, request$gate, witnesses,
    request$quoted[c("weights", "offset")],
    na.action = request$na.action, family = request$model$family,
    contrasts = request$contrasts, env = request$env, call = call
  )
  refuse_data_terms(design$blueprint, witnesses, call)
  refuse_data_subset(request, witnesses, call)
  design
}

#' Read a source to its end
#'
#' @param folder For the rows that are used, or NULL to keep none.
#' @return list(witness, files: with the rows that are used, rows: their number,
#'   dropped, subset: those left out by na.action and by subset, types: of the
#'   columns)
#' @noRd
read_all <- function(request, source, folder, call = rlang::caller_env()) {
  found <- list(
    witness = new_witness(), files = character(), rows = 0, dropped = 0,
    subset = 0
  )
  done <- FALSE
  on.exit(if (!done) unlink(found$files))
  each_chunk(request, source, function(own) {
    found$dropped <<- found$dropped + own$dropped
    found$subset <<- found$subset + own$subset
    if (nrow(own$rows) == 0L) {
      return()
    }
    found$rows <<- found$rows + nrow(own$rows)
    note_chunk(
      found$witness, own$rows, own$frame, !is.null(request$model$family)
    )
    if (!is.null(folder)) {
      for (rows in cut_rows(own$rows)) {
        file <- file.path(folder, sprintf("chunk-%06d.rows", length(found$files)))
        found$files <<- c(found$files, file)
        keep_rows(rows, file, call)
      }
    }
  }, call)
  done <- TRUE
  found$types <- source$types
  found
}

#' Do `work` with what chunk_rows() says of each chunk of a source, from its
#' beginning to its end
#' @noRd
each_chunk <- function(request, source, work, call = rlang::caller_env()) {
  if (source$begun) {
    restart_source(source, call)
  }
  before <- need_columns(source, wanted_columns(request))
  on.exit(need_columns(source, before))
  while (!is.null(chunk <- next_source_chunk(source, call))) {
    work(withCallingHandlers(
      chunk_rows(request, as.data.frame(chunk), call),
      sgmoe_error = function(error) {
        refuse_chunk(source, error, "used", call)
      }
    ))
  }
}

#' The rows of a chunk that a fit uses, and their model frame
#' @noRd
chunk_rows <- function(request, chunk, call = rlang::caller_env()) {
  for (name in names(request$quoted)) {
    require_columns(request$quoted[[name]]$expression, name, chunk, call)
  }
  read <- read_frame(
    request$formula, request$gate, chunk, request$quoted, request$model$family,
    request$env, call
  )
  if (!is.null(read$subset) && !is.logical(read$subset)) {
    abort("subset", c(
      "{.arg subset} must be a condition, such as {.code x > 0}, for rows of a
       source.",
      "x" = "It is of type {kind_of(read$subset)}."
    ), call)
  }
  frame <- handle_missing(read$frame, request$na.action, call = call)
  lost <- attr(frame, "na.action")
  used <- if (length(lost)) read$used[-lost] else read$used
  rows <- if (length(used) == nrow(chunk)) {
    chunk
  } else {
    chunk[used, , drop = FALSE]
  }
  row.names(rows) <- NULL
  list(
    rows = rows, frame = frame, dropped = length(lost),
    subset = read$raw - length(read$used)
  )
}

#' @param found What read_all() gives.
#' @noRd
refuse_no_rows <- function(found, call = rlang::caller_env()) {
  abort("no_rows", c(
    "There are no rows to fit.",
    "x" = if (found$dropped + found$subset == 0) {
      "The source has none."
    } else {
      "{found$subset} row{?s} {?was/were} left out by {.arg subset},
       {found$dropped} by {.arg na.action}."
    }
  ), call)
}
