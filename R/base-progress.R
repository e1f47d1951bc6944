# Progress bars for what takes its time.

#' Is a bar asked for? `NULL` leaves it to the session
#' @noRd
shows_bar <- function(progress) {
  if (is.null(progress)) interactive() else isTRUE(progress)
}

#' Call `work` with a function that reports passes, or with NULL
#'
#' cli shows the bar after two seconds, so quick fits stay quiet.
#' @noRd
with_progress <- function(progress, work) {
  if (identical(progress, "lines")) {
    return(work(report_lines()))
  }
  if (!shows_bar(progress)) {
    return(work(NULL))
  }
  passes <- 0
  objective <- NA_real_
  bar <- cli::cli_progress_bar(
    format = paste(
      "{cli::pb_spin} Fitting: {passes} passes,",
      "objective {signif(objective, 8)} [{cli::pb_elapsed}]"
    ),
    total = NA, clear = TRUE
  )
  on.exit(cli::cli_progress_done(bar))
  # An interrupt is for the core to notice, which then returns what it has.
  work(function(pass, value) {
    suspendInterrupts({
      passes <<- passes + 1
      objective <<- value
      cli::cli_progress_update(id = bar)
    })
  })
}

#' A function that tells of each pass in a line, for scripts
#' @noRd
report_lines <- function() {
  passes <- 0
  begun <- proc.time()[["elapsed"]]
  function(pass, value) {
    passes <<- passes + 1
    message(sprintf(
      "pass %d: objective %s, %.1f s", passes, format(value, digits = 10),
      proc.time()[["elapsed"]] - begun
    ))
  }
}

#' Call `work` with a function that is told of rows learnt
#' @noRd
with_row_progress <- function(progress, work) {
  if (!shows_bar(progress)) {
    return(work(function(rows) NULL))
  }
  learnt <- 0
  bar <- cli::cli_progress_bar(
    format = paste(
      "{cli::pb_spin} Learning: {format_large(learnt)} rows",
      "[{cli::pb_elapsed}]"
    ),
    total = NA, clear = TRUE
  )
  on.exit(cli::cli_progress_done(bar))
  work(function(rows) {
    learnt <<- learnt + rows
    cli::cli_progress_update(id = bar)
  })
}
