# Runs the cases of some seeds in this process.
#
#   Rscript tests/fuzz/worker.R calls|damage FIRST LAST LOG [SECONDS]
#
# Writes a line to LOG when a seed begins and one for every call that is not as
# it ought to be, at its end one for each kind of call, with counts and seconds;
# with LOG "-" everything goes to the screen.

arguments <- commandArgs(TRUE)
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "load.R"))
load_fuzzer(here)
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
mood$always <- log == "-"
spare_words()
stored <- if (mode == "damage") make_stored()
end <- if (length(arguments) > 4L) {
  Sys.time() + as.numeric(arguments[[5L]])
} else {
  Inf
}
tally <- new.env()
# How often each kind of call gave what, and how long it took.
count_call <- function(result) {
  kind <- if (mode == "damage") result$kind else result$call
  before <- tally[[kind]]
  if (is.null(before)) before <- c(value = 0, classed = 0, unclassed = 0, seconds = 0)
  before[[result$status]] <- before[[result$status]] + 1
  before[["seconds"]] <- before[["seconds"]] + result$seconds
  assign(kind, before, tally)
}
for (seed in seq(as.numeric(arguments[[2L]]), as.numeric(arguments[[3L]]))) {
  if (is.finite(end) && Sys.time() > end) break
  say("seed", format(seed, scientific = FALSE))
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
  remove_written()
  for (result in results) {
    count_call(result)
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
for (kind in ls(tally)) say("kind", kind, paste(tally[[kind]], collapse = "\t"))
say("end")
