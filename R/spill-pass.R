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
    weights = request$quoted$weights, offset = request$quoted$offset,
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

#' The columns that a request may need, or NULL for all
#' @noRd
wanted_columns <- function(request) {
  quoted <- lapply(request$quoted, given_expression, env = request$env)
  used <- unique(unlist(lapply(
    c(list(request$formula, request$gate), quoted), all.vars
  )))
  if (!"." %in% used) used
}

#' What a wrapper passes on as `...` has another name here
#' @noRd
given_expression <- function(expression, env) {
  dot <- if (is.language(expression)) dots_expression(expression, env)
  if (is.null(dot)) expression else dot
}

#' The rows of a chunk that a fit uses, and their model frame
#' @noRd
chunk_rows <- function(request, chunk, call = rlang::caller_env()) {
  for (name in names(request$quoted)) {
    require_columns(request$quoted[[name]], name, chunk, request$env, call)
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

#' Refuse weights, offsets or a subset that no column of the chunk enters: as
#' many values as a chunk has rows would be taken again for every chunk
#' @noRd
require_columns <- function(expression, name, chunk, env,
                            call = rlang::caller_env()) {
  expression <- given_expression(expression, env)
  alone <- !is.language(expression) && length(expression) <= 1L
  if (alone || any(all.vars(expression) %in% names(chunk))) {
    return(invisible())
  }
  abort(name, c(
    "{.arg {name}} must be an expression in columns of the source: it is evaluated
     in every chunk.",
    "x" = if (is.language(expression)) {
      "No column is in {.code {deparse1(expression)}}."
    },
    "i" = "Add the values to the rows as a column."
  ), call)
}

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

#' Refuse terms whose meaning depends on all rows
#'
#' `poly(x, 2)` computes its columns from all values of x, which nobody has at
#' once. They are found by computing each variable from parts of some rows.
#'
#' @param rows Some rows of the source.
#' @noRd
refuse_data_terms <- function(blueprint, rows, call = rlang::caller_env()) {
  terms <- blueprint$frame_terms
  attr(terms, "predvars") <- attr(terms, "variables")
  blueprint$frame_terms <- terms
  compute <- function(rows) {
    suppressWarnings(replay_frame(
      blueprint, rows, terms,
      learn = TRUE, where = "chunk"
    ))
  }
  whole <- compute(rows)
  for (part in pilot_parts(nrow(rows))) {
    frame <- tryCatch(
      compute(rows[part, , drop = FALSE]),
      error = function(error) NULL
    )
    for (name in intersect(names(frame), names(whole))) {
      if (!same_values(frame[[name]], whole[[name]], part)) {
        abort("row_dependent", c(
          "{.code {frame_label(name)}} depends on other rows than its own (or on
           chance), and a source never has all rows at once.",
          "i" = "Of a spline, give {.arg knots} and {.arg Boundary.knots}; write
                 powers as {.code I(x^2)}, and scale by fixed numbers. Or compute
                 it beforehand, as a column."
        ), call)
      }
    }
  }
}

#' Refuse a `subset` whose meaning depends on other rows
#'
#' Of rows that a condition on each row has kept it keeps all, whichever of them
#' are looked at; `x > mean(x)` does not.
#'
#' @param rows Some rows that were kept, from several chunks.
#' @noRd
refuse_data_subset <- function(request, rows, call = rlang::caller_env()) {
  expression <- request$quoted$subset
  if (is.null(expression)) {
    return(invisible())
  }
  keeps_all <- function(rows) {
    kept <- tryCatch(
      read_frame(
        request$formula, request$gate, rows, list(subset = expression),
        request$model$family, request$env, call
      )$subset,
      error = function(error) FALSE
    )
    all(kept)
  }
  parts <- c(list(seq_len(nrow(rows))), pilot_parts(nrow(rows)))
  for (part in parts) {
    if (!isTRUE(keeps_all(rows[part, , drop = FALSE]))) {
      abort("row_dependent", c(
        "{.arg subset} depends on other rows than its own (or on chance), and a
         source never has all rows at once.",
        "x" = "It is
               {.code {deparse1(given_expression(expression, request$env))}}.",
        "i" = "Compare with fixed numbers, or compute it beforehand, as a column."
      ), call)
    }
  }
}

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
