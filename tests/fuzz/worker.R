# Runs the cases of some seeds in this process.
#
#   Rscript tests/fuzz/worker.R calls|damage FIRST LAST LOG [SECONDS]
#
# Writes a line to LOG when a seed begins and one for every call that is not as
# it ought to be; with LOG "-" everything goes to the screen.

arguments <- commandArgs(TRUE)
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
suppressMessages(library(sgmoe))
for (extra in Sys.getenv("FUZZ_PRELOAD")) if (nzchar(extra)) source(extra)
for (file in c("draw.R", "check.R", "calls.R", "damage.R")) {
  source(file.path(here, file))
}
log <- arguments[[4L]]
say <- function(...) {
  line <- paste0(paste(..., sep = "\t"), "\n")
  if (log == "-") cat(line) else cat(line, file = log, append = TRUE)
}
one_line <- function(text) {
  text <- gsub("[\n\t ]+", " ", paste(text, collapse = "; "))
  substr(enc2utf8(text), 1L, 300L)
}
grDevices::pdf(NULL)
mode <- arguments[[1L]]
stored <- if (mode == "damage") make_stored()
end <- if (length(arguments) > 4L) {
  Sys.time() + as.numeric(arguments[[5L]])
} else {
  Inf
}
for (seed in seq(as.numeric(arguments[[2L]]), as.numeric(arguments[[3L]]))) {
  if (is.finite(end) && Sys.time() > end) break
  say("seed", seed)
  set.seed(seed)
  if (log == "-") options(warn = 1)
  # A defect of the fuzzer itself must show as such.
  results <- tryCatch(
    if (mode == "damage") run_damage(stored) else run_case(),
    error = function(error) {
      say("fuzzer", seed, one_line(conditionMessage(error)))
      list()
    }
  )
  for (result in results) {
    if (result$status == "unclassed") {
      say("unclassed", seed, result$call, one_line(result$message))
    } else if (log == "-") {
      say(result$status, result$call, one_line(result$message))
    }
    if (length(result$complaints)) {
      say("wrong", seed, result$call, one_line(result$complaints))
    }
  }
  say("calls", seed, length(results))
}
say("end")
