# What a worker does with a partition before the fit: read it, and write its rows
# of the design.

#' The design of partitions
#'
#' @param request As in spill_design(); `data` are partitions.
#' @return As spill_design() gives it; `team` in place of a file.
#' @noRd
partitioned_design <- function(request, folder, call = rlang::caller_env()) {
  sources <- request$data$sources
  team <- new_team(sources, light_request(request), folder, encode_piece, call)
  scan <- lapply(team$jobs, function(job) c(job, list(scans = TRUE)))
  found <- ask_team(team, scan, scan_piece, list())
  rows <- vapply(found, function(piece) piece$rows, 0)
  total <- list(
    rows = sum(rows),
    dropped = sum(vapply(found, function(piece) piece$dropped, 0)),
    subset = sum(vapply(found, function(piece) piece$subset, 0))
  )
  if (total$rows == 0) {
    refuse_no_rows(total, call)
  }
  refuse_other_types(lapply(found, function(piece) piece$types), call)
  witnesses <- do.call(rbind, lapply(found, function(piece) piece$witnesses))
  design <- fixed_design(request, witnesses, call)
  team$jobs <- lapply(which(rows > 0), function(i) {
    c(team$jobs[[i]], list(blueprint = design$blueprint, rows = rows[[i]]))
  })
  team$before <- cumsum(c(0, rows[rows > 0]))
  shapes <- ask_team(team, team$jobs, piece_shape, list())
  team$jobs <- lapply(team$jobs, function(job) c(job, list(sent = TRUE)))
  spill <- shapes[[1L]]
  spill$path <- NULL
  spill$team <- team
  spill$rows <- row_count(total$rows)
  spilled <- spilled_design(
    design$blueprint, spill, !is.null(design$weights)
  )
  spilled$dropped <- row_count(total$dropped)
  spilled
}

#' Refuse a column that is of another type in one partition than in another
#'
#' @param types Those of the columns of each partition; NA where all is missing.
#' @noRd
refuse_other_types <- function(types, call = rlang::caller_env()) {
  known <- where <- character()
  for (i in seq_along(types)) {
    own <- types[[i]][!is.na(types[[i]])]
    other <- names(which(known[names(own)] != own))
    if (length(other)) {
      name <- other[[1L]]
      refuse_partition(i, cli::format_inline(
        "Column {.code {name}} is {own[[name]]} in it, and {known[[name]]} in
         partition {where[[name]]}."
      ), call)
    }
    fresh <- setdiff(names(own), names(known))
    known[fresh] <- own[fresh]
    where[fresh] <- i
  }
}

#' A request that is small enough to be sent
#' @noRd
light_request <- function(request) {
  quoted <- lapply(request$quoted, `[[`, "expression")
  used <- unique(unlist(lapply(
    c(list(request$formula, request$gate), quoted), all.names
  )))
  slim <- function(env) {
    if (is.environment(env)) {
      slim_environments(list(list(names = used, from = env)), NULL)$environments[[1L]]
    }
  }
  for (part in c("formula", "gate")) {
    if (!is.null(request[[part]])) {
      environment(request[[part]]) <- slim(environment(request[[part]]))
    }
  }
  request$env <- slim(request$env)
  request$quoted <- lapply(request$quoted, function(argument) {
    argument$env <- slim(argument$env)
    argument
  })
  request$kept <- is.character(request$control$spill)
  request[c(
    "formula", "gate", "quoted", "na.action", "contrasts", "model", "env", "kept"
  )]
}

#' Read a partition; its rows stay here
#'
#' @param path,arguments As in over_pieces().
#' @noRd
scan_piece <- function(path, arguments) {
  found <- read_piece(arguments$piece)
  list(
    rows = found$rows, dropped = found$dropped, subset = found$subset,
    types = found$types,
    witnesses = if (found$rows > 0) witness_rows(found$witness)
  )
}

#' @param piece A job.
#' @noRd
read_piece <- function(piece) {
  unlink(piece$folder, recursive = TRUE)
  dir.create(piece$folder, recursive = TRUE, showWarnings = FALSE)
  if (!piece$request$kept) {
    remove_at_exit(dirname(piece$folder))
  }
  source <- piece$source
  if (is.function(source) && length(formals(args(source))) == 0L) {
    source <- source()
  }
  # What fails is the partition: no call of ours says more.
  source <- make_source(source, NULL)
  on.exit(close_source(source))
  found <- read_all(piece$request, source, piece$folder, NULL)
  saveRDS(length(found$files), read_mark(piece))
  found
}

#' The file that says that a partition was read to its end, into how many files
#' @noRd
read_mark <- function(piece) {
  file.path(piece$folder, "read.rds")
}

#' Write the rows of a partition in its spill; where they were not read, or not
#' all of their files are left, read them
#' @noRd
encode_piece <- function(path, piece) {
  mark <- read_mark(piece)
  files <- list.files(piece$folder, "[.]rows$", full.names = TRUE)
  if (!file.exists(mark) || readRDS(mark) != length(files)) {
    files <- read_piece(piece)$files
  }
  unlink(mark) # files go one by one
  shape <- spill_rows(piece$blueprint, files, piece$folder, NULL)
  if (shape$rows != piece$rows) {
    unlink(path)
    stop(sprintf(
      "It was read again, and has %g rows in place of %g.", shape$rows, piece$rows
    ))
  }
  saveRDS(shape, file.path(piece$folder, "shape.rds"))
}

#' What the columns of a partition's spill are
#' @noRd
piece_shape <- function(path, arguments) {
  readRDS(file.path(dirname(path), "shape.rds"))
}
