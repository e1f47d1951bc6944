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
