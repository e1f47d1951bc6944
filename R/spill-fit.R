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

#' A new folder for the files of a fit
#'
#' @param spill The setting: TRUE, FALSE, or a folder.
#' @noRd
spill_folder <- function(spill, call = rlang::caller_env()) {
  parent <- if (is.character(spill)) spill else tempdir()
  remove_leftovers(parent)
  folder <- tempfile(
    paste0("sgmoe-", machine_name(), "-", Sys.getpid(), "-"), parent
  )
  made <- suppressWarnings(dir.create(folder, recursive = TRUE))
  if (!made) {
    abort("spill", c(
      "No folder for the rows can be made in {shown_folder(parent)}.",
      "i" = "{.arg spill} names another."
    ), call)
  }
  if (core_free_space(folder)$memory) {
    warn("spill_memory", c(
      "The folder for the rows, {shown_folder(parent)}, is in memory.",
      "i" = "{.arg spill} names another, on a disk."
    ), call)
  }
  folder
}

#' Remove the files of fits whose process died before their rows were all there
#'
#' @param parent The folder that their folders are in.
#' @noRd
remove_leftovers <- function(parent) {
  # On Windows asking for a process would end it.
  if (.Platform$OS.type == "windows") {
    return(invisible())
  }
  # Only those of this machine and user can be asked for.
  folders <- list.files(parent, "^sgmoe-", full.names = TRUE)
  own <- startsWith(basename(folders), paste0("sgmoe-", machine_name(), "-")) &
    file.info(folders)$uname %in% Sys.info()[["effective_user"]]
  folders <- folders[own]
  process <- as.integer(sub("^sgmoe-[^-]*-([0-9]+)-.*", "\\1", basename(folders)))
  folders <- folders[!is.na(process)]
  process <- process[!is.na(process)]
  for (i in seq_along(folders)) {
    complete <- list.files(folders[[i]], "^rows[.]spill$", recursive = TRUE)
    # Signal 0 only asks whether there is such a process.
    if (!length(complete) && process[[i]] != Sys.getpid() &&
      !isTRUE(tools::pskill(process[[i]], 0L))) {
      unlink(folders[[i]], recursive = TRUE)
    }
  }
}

#' The name of this machine, as a part of a file's
#' @noRd
machine_name <- function() {
  gsub("[^A-Za-z0-9]", "", Sys.info()[["nodename"]])
}
