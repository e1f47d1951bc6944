# The files of the fuzzer, in the order in which they need each other.

fuzzer_files <- c(
  "draw.R", "outcome.R", "check.R", "check-results.R", "calls-fit.R",
  "calls-inference.R", "calls-hooks.R", "calls-plot.R", "calls-source.R",
  "calls-stream.R", "calls-other.R", "calls.R", "damage-objects.R",
  "damage-calls.R", "damage.R", "coverage.R"
)

load_fuzzer <- function(folder) {
  suppressMessages(library(sgmoe))
  for (file in fuzzer_files) source(file.path(folder, file))
}
