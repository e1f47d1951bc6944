# Another R process with this package: for what ends or starves a process.

#' @param code Lines of R.
#' @param before Lines of shell before R starts, such as `ulimit -v`.
#' @return What it wrote.
run_child <- function(code, before = character()) {
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script))
  writeLines(c(child_preamble(), code), script)
  command <- paste(c(before, paste(
    "exec", shQuote(file.path(R.home("bin"), "Rscript")), "--vanilla",
    shQuote(script)
  )), collapse = "; ")
  suppressWarnings(
    system2("sh", c("-c", shQuote(command)), stdout = TRUE, stderr = TRUE)
  )
}

child_preamble <- function() {
  paths <- paste(vapply(.libPaths(), deparse, ""), collapse = ", ")
  c(sprintf(".libPaths(c(%s))", paths), "library(sgmoe)")
}

#' Send SIGINT to a process while it works
#'
#' @param setup Lines of R before.
#' @param work An R expression as text; it is interrupted `after` seconds from
#'   its beginning, or once it calls `ready()`. Then `sent()` is true.
#' @return list(value, warnings, error, seconds) of `work`, seconds from the
#'   signal to the end.
interrupt_child <- function(setup, work, after = 0, calls_ready = FALSE) {
  folder <- tempfile("child")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  file <- function(name) file.path(folder, name)
  writeLines(c(
    child_preamble(), setup,
    sprintf("folder <- %s", deparse(folder)),
    "ready <- function() {",
    "  mark <- file.path(folder, 'pid')",
    "  if (!file.exists(mark)) {",
    "    writeLines(as.character(Sys.getpid()), paste0(mark, '~'))",
    "    file.rename(paste0(mark, '~'), mark)",
    "  }",
    "}",
    "sent <- function() file.exists(file.path(folder, 'sent'))",
    "warnings <- list()",
    if (!calls_ready) "ready()",
    "result <- withCallingHandlers(tryCatch(",
    sprintf("  list(value = {%s}),", work),
    "  error = function(e) list(error = e),",
    "  interrupt = function(e) list(error = e)",
    "), warning = function(w) {",
    "  warnings[[length(warnings) + 1L]] <<- w",
    "  invokeRestart('muffleWarning')",
    "})",
    "result$warnings <- lapply(warnings, class)",
    "result$ended <- as.numeric(Sys.time())",
    "saveRDS(result, file.path(folder, 'result~'))",
    "invisible(file.rename(file.path(folder, 'result~'),",
    "  file.path(folder, 'result')))"
  ), file("code.R"))
  system2(file.path(R.home("bin"), "Rscript"),
    c("--vanilla", shQuote(file("code.R"))),
    stdout = file("out"), stderr = file("err"), wait = FALSE
  )
  wait_for <- function(name) {
    deadline <- Sys.time() + 120
    while (!file.exists(file(name))) {
      if (Sys.time() > deadline) {
        stop(paste(c("no", name, readLines(file("err"))), collapse = "\n"))
      }
      Sys.sleep(0.02)
    }
  }
  wait_for("pid")
  Sys.sleep(after)
  sent <- as.numeric(Sys.time())
  tools::pskill(as.integer(readLines(file("pid"))), tools::SIGINT)
  file.create(file("sent"))
  wait_for("result")
  result <- readRDS(file("result"))
  result$seconds <- result$ended - sent
  result
}

#' Put another function in the place of one of the package's until the caller
#' ends
local_replaced <- function(name, value, frame = parent.frame()) {
  before <- get(name, asNamespace("sgmoe"))
  utils::assignInNamespace(name, value, "sgmoe")
  do.call(on.exit, list(
    bquote(utils::assignInNamespace(.(name), .(before), "sgmoe")),
    add = TRUE
  ), envir = frame)
}
