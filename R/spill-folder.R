# Folders of rows: made, and removed when nobody will do it.

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

# It lives as long as the process.
elsewhere_folders <- new.env(parent = emptyenv())

#' The rows that a worker keeps for a fit of another machine go when the worker's
#' process ends: the fit removes only what is on its own
#' @noRd
remove_at_exit <- function(folder) {
  if (!startsWith(basename(folder), paste0("sgmoe-", machine_name(), "-"))) {
    reg.finalizer(elsewhere_folders, onexit = TRUE, function(unused) {
      unlink(folder, recursive = TRUE)
    })
  }
}
