# Fits from sources: their rows are read once and spilled.

#' Is this something to be read in chunks?
#' @noRd
comes_in_chunks <- function(data) {
  inherits(data, c("chunk_source", "partitions")) || is.function(data) || !is.data.frame(data) &&
    is.object(data) && speaks_arrow(data)
}

#' The fit of a source
#'
#' @param own_call What the fit keeps as its call.
#' @param fit_design Fits a request whose design is known: fit_requested().
#' @noRd
fit_source <- function(request, own_call, fit_design,
                       call = rlang::caller_env()) {
  refuse_for_source(request, call)
  request$keep <- FALSE
  folder <- spill_folder(request$control$spill, call)
  on.exit(unlink(folder, recursive = TRUE))
  design <- if (isFALSE(request$control$spill)) {
    reread_design(request, folder, call)
  } else if (inherits(request$data, "partitions")) {
    partitioned_design(request, folder, call)
  } else {
    spill_design(request, folder, call)
  }
  fit <- fit_design(request, own_call, call, design)
  fit$source <- TRUE
  if (is.character(request$control$spill)) {
    on.exit()
    fit$spill <- design$spill
  }
  fit
}

#' Refuse a source where a search needs all rows in memory
#' @noRd
refuse_chunks <- function(data, call = rlang::caller_env()) {
  if (comes_in_chunks(data)) {
    abort("unsupported", c(
      "This searches with all rows in memory, and {.arg data} is a source.",
      "i" = "Choose on a random part of the rows, and fit all of them by
             {.fn sgmoe} with the {.arg k} and {.arg ridge} that it finds."
    ), call)
  }
}

#' Refuse what needs all rows at once
#' @noRd
refuse_for_source <- function(request, call = rlang::caller_env()) {
  if (request$method != "mm") {
    abort("unsupported", c(
      "{.code method = \"{request$method}\"} is not for rows of a source.",
      "i" = if (request$method == "incremental") {
        "{.fn sgmoe_stream} and {.fn consume} learn a source in one pass."
      } else {
        "It needs the posteriors of all rows at once."
      }
    ), call)
  }
  if (is_cross_validated(request$control)) {
    abort("unsupported", c(
      "{.code ridge = \"cv\"} is not for rows of a source.",
      "i" = "Choose the ridge on a random part of the rows, or leave it to
             {.code ridge = \"auto\"}."
    ), call)
  }
  if (isFALSE(request$control$spill) && inherits(request$data, "partitions")) {
    abort("unsupported", c(
      "{.code spill = FALSE} is not for partitions, which are spilled where they
       are read.",
      "i" = "{.arg spill} names a folder."
    ), call)
  }
  labels <- request$start
  if (is.factor(labels) || is.character(labels)) {
    abort("start", c(
      "Labels of rows cannot be the {.arg start} for rows of a source.",
      "i" = "Give an earlier fit, for instance of some of the rows."
    ), call)
  }
}
