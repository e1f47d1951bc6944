# Checkpoints: a log of the passes over all rows of a source, from which a fit
# that was interrupted goes on.
#
# Whoever begins the fit again does all that it did before: reads the source,
# draws the same random numbers (the log knows their state), searches the same
# starts on the subsample. Only passes over all rows are looked up in the log.

#' The log of a fit, or NULL if none is asked for
#'
#' @param search What else the fit is a part of: the rule of a selection, or NULL.
#' @return An environment with `path` and `offset`, where the next pass stands.
#' @noRd
begin_log <- function(request, problem, call = rlang::caller_env(),
                      search = NULL) {
  path <- request$control$checkpoint
  if (is.null(path)) {
    return(NULL)
  }
  if (!is_spilled(problem$data$gate$values)) {
    abort("checkpoint", c(
      "{.arg checkpoint} is for rows of a source.",
      "i" = "{.code as_chunk_source(data)} makes one of a data frame."
    ), call)
  }
  key <- checkpoint_key(request, problem)
  key["choice of the number of experts"] <- list(search)
  if (!file.exists(path)) {
    note <- serialize(list(key = key, seed = current_seed()), NULL, version = 3)
    part <- paste0(path, ".part")
    in_core(core_checkpoint_begin(part, note), call)
    file.rename(part, path)
  }
  found <- in_core(core_checkpoint_note(path), call)
  note <- unserialize(found$note)
  differs <- names(key)[!mapply(identical, key, note$key[names(key)])]
  if (length(differs)) {
    refuse_checkpoint(
      paste0(path, " is of another fit, with other ", differs[[1L]]), call
    )
  }
  assign(".Random.seed", note$seed, globalenv())
  list2env(list(path = path, offset = found$offset), parent = emptyenv())
}

#' What must be the same when a fit goes on
#' @noRd
checkpoint_key <- function(request, problem) {
  spec <- problem$spec
  control <- unclass(request$control)
  unimportant <- c("threads", "progress", "spill", "checkpoint")
  list(
    "version of sgmoe" = as.character(utils::packageVersion("sgmoe")),
    "machine" = R.version$platform,
    "instruction set" = simd_in_use(),
    "number of experts" = spec$k,
    "family" = spec$family,
    "columns" = c(spec$columns, list(spec$responses)),
    "rows" = problem$rows,
    "values in its rows" = over_pieces(
      problem$data$gate$values, piece_content
    ),
    "settings" = control[setdiff(names(control), unimportant)],
    "start" = if (is.null(request$start)) "none" else "given"
  )
}

#' @param path,arguments As in over_pieces().
#' @noRd
piece_content <- function(path, arguments) {
  core_spill_info(path, "")$content
}

#' The state of the session's random numbers
#' @noRd
current_seed <- function() {
  if (!exists(".Random.seed", globalenv(), inherits = FALSE)) {
    stats::runif(1L)
  }
  get(".Random.seed", globalenv())
}
