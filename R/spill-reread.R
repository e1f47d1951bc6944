# Fits with `spill = FALSE`: every question reads the source again.
#
# On the disk is one piece of the rows at a time, in a spill of its own, of which
# the same is asked as of that of a partition.

#' Rows of a piece: what is on the disk at once
#' @noRd
reread_rows <- function() 4 * leaf_rows

#' The design of a source that is read again in every pass
#'
#' @param request As in spill_design().
#' @return As spill_design() gives it; `team` in place of a file.
#' @noRd
reread_design <- function(request, folder, call = rlang::caller_env()) {
  source <- make_source(request$data, call)
  found <- tryCatch(
    read_all(request, source, NULL, call),
    finally = close_source(source)
  )
  if (found$rows == 0) {
    refuse_no_rows(found, call)
  }
  design <- fixed_design(request, witness_rows(found$witness), call)
  team <- list2env(list(
    source = source, request = request, folder = folder,
    blueprint = design$blueprint, call = call
  ), parent = emptyenv())
  team$ask <- function(work, arguments) answer_pieces(team, work, arguments)
  team$known <- team$ask(piece_signature, list())
  rows <- vapply(team$known, function(piece) piece$rows, 0)
  if (sum(rows) != found$rows) {
    refuse_changed(found$rows, sum(rows), call)
  }
  team$before <- cumsum(c(0, rows))
  spill <- team$shape
  spill$team <- team
  spill$rows <- row_count(sum(rows))
  spilled <- spilled_design(
    design$blueprint, spill, !is.null(design$weights)
  )
  spilled$dropped <- row_count(found$dropped)
  spilled
}

#' What a piece is known by: its rows, and a checksum of their values
#' @noRd
piece_signature <- function(path, arguments) {
  core_spill_info(path, "")[c("rows", "content")]
}

#' The answers of all pieces of a source, which is read for them
#'
#' @param team What reread_design() makes; `known` are the signatures that the
#'   pieces must have.
#' @param work,arguments As in over_pieces().
#' @noRd
answer_pieces <- function(team, work, arguments) {
  answers <- list()
  rows <- 0
  spill <- NULL
  end_piece <- function() {
    shape <- end_rows(spill)
    spill <<- NULL
    i <- length(answers) + 1L
    rows <<- rows + shape$rows
    own <- in_core(piece_signature(shape$path), team$call)
    if (!is.null(team$known) && !identical(team$known[i], list(own))) {
      refuse_changed(
        team$before[min(i + 1L, length(team$before))], rows, team$call
      )
    }
    answers[i] <<- list(in_core(
      work(shape$path, replace(arguments, "piece", list(i))), team$call
    ))
    unlink(shape$path)
    team$shape <- replace(shape, "path", list(NULL))
  }
  on.exit(unlink(list.files(team$folder, full.names = TRUE)))
  each_chunk(team$request, team$source, function(own) {
    done <- 0
    while (done < nrow(own$rows)) {
      room <- reread_rows() - if (is.null(spill)) 0 else spill$rows
      some <- done + seq_len(min(room, nrow(own$rows) - done))
      spill <<- add_design(
        spill, team$blueprint, own$rows[some, , drop = FALSE], team$folder,
        team$call
      )
      done <- done + length(some)
      if (spill$rows == reread_rows()) {
        end_piece()
      }
    }
  }, team$call)
  if (!is.null(spill)) {
    end_piece()
  }
  if (length(answers) < length(team$known)) {
    refuse_changed(utils::tail(team$before, 1L), rows, team$call)
  }
  answers
}

#' @param before,now Rows that there were, and are.
#' @noRd
refuse_changed <- function(before, now, call = rlang::caller_env()) {
  abort("source", c(
    "The source has changed since the fit first read it.",
    "x" = if (before == now) {
      "Among its first {format_large(now)} rows are other values."
    } else {
      "It has {format_large(now)} rows in place of
       {format_large(before)}."
    },
    "i" = "Is it in one order each time it is read? With {.code spill = TRUE} it
           is read once."
  ), call)
}
