# The fuzzer: random calls of every exported function, and damaged objects.
#
#   Rscript tests/fuzz/run.R [SECONDS] [SEED] [calls|damage|both]
#
# Works in processes of its own, so that a crash or a hang (30 seconds in one
# seed) takes only that seed with it. Prints every call that crashed, hung, gave
# an error without a class of this package or a wrong result, with its seed;
#   Rscript tests/fuzz/worker.R calls SEED SEED -
# repeats one. A line sums up each mode, FUZZ_KINDS=1 adds a table of calls and
# seconds by kind; the exit status is 1 if anything was found, or if something of
# NAMESPACE is never drawn (coverage.R).

arguments <- commandArgs(TRUE)
argument <- function(i, default) {
  if (length(arguments) >= i) arguments[[i]] else default
}
seconds <- as.numeric(argument(1L, "60"))
first <- as.numeric(argument(2L, as.character(as.integer(Sys.time()) %% 1e6 * 1e3)))
modes <- argument(3L, "both")
modes <- if (modes == "both") c("calls", "damage") else modes
limit <- as.numeric(Sys.getenv("FUZZ_LIMIT", "30"))
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))

start_worker <- function(mode, seed, seconds, log) {
  pid <- tempfile()
  command <- paste(
    shQuote(file.path(R.home("bin"), "Rscript")),
    shQuote(file.path(here, "worker.R")), mode,
    format(seed, scientific = FALSE),
    format(seed + 1e7, scientific = FALSE), shQuote(log), seconds
  )
  system(sprintf("%s >/dev/null 2>&1 & echo $! > %s", command, shQuote(pid)))
  as.integer(readLines(pid))
}

alive <- function(pid) tools::pskill(pid, 0L)

read_log <- function(log) {
  lines <- if (file.exists(log)) readLines(log, warn = FALSE) else character()
  strsplit(lines, "\t", fixed = TRUE)
}

of_kind <- function(lines, kind) {
  Filter(function(line) line[[1L]] == kind, lines)
}

# One mode for some seconds; answers the lines of all workers, crashes and hangs
# among them.
fuzz <- function(mode, seconds, seed) {
  end <- Sys.time() + seconds
  found <- list()
  while (Sys.time() < end) {
    log <- tempfile()
    left <- ceiling(as.numeric(difftime(end, Sys.time(), units = "secs")))
    pid <- start_worker(mode, seed, left, log)
    repeat {
      Sys.sleep(0.5)
      changed <- file.mtime(log)
      idle <- !is.na(changed) &&
        as.numeric(difftime(Sys.time(), changed, units = "secs")) > limit
      if (!alive(pid) || idle) break
    }
    lines <- read_log(log)
    ended <- length(of_kind(lines, "end")) > 0L
    seeds <- vapply(of_kind(lines, "seed"), `[[`, "", 2L)
    if (length(seeds) == 0L) {
      stop("The worker does not start.")
    }
    last <- seeds[[length(seeds)]]
    if (alive(pid)) {
      # R may be deaf to SIGTERM inside C++.
      tools::pskill(pid, tools::SIGKILL)
      lines <- c(lines, list(c("hang", last)))
    } else if (!ended) {
      lines <- c(lines, list(c("crash", last)))
    }
    unlink(log)
    found <- c(found, lines)
    seed <- as.numeric(last) + 1
  }
  found
}

# What is not drawn at all is found before anything is.
source(file.path(here, "load.R"))
load_fuzzer(here)
lost <- never_drawn(file.path(here, "..", "..", "NAMESPACE"))
if (length(lost)) {
  stop("Never drawn: ", paste(lost, collapse = ", "), ".")
}

# Calls, values and seconds of each kind, the dearest first.
sum_kinds <- function(lines) {
  lines <- of_kind(lines, "kind")
  values <- vapply(lines, function(line) as.numeric(line[3:6]), numeric(4))
  sums <- rowsum(t(values), vapply(lines, `[[`, "", 2L))
  colnames(sums) <- c("value", "classed", "unclassed", "seconds")
  sums[order(-sums[, "seconds"]), , drop = FALSE]
}

count <- function(lines, kind) length(of_kind(lines, kind))

status <- 0L
for (mode in modes) {
  lines <- fuzz(mode, seconds / length(modes), first)
  for (kind in c("fuzzer", "crash", "hang", "unclassed", "wrong")) {
    for (line in of_kind(lines, kind)) cat(mode, line, "\n", sep = "  ")
  }
  calls <- sum(as.numeric(vapply(of_kind(lines, "calls"), `[[`, "", 3L)))
  bad <- vapply(
    c("crash", "hang", "unclassed", "wrong"), count, 0L,
    lines = lines
  )
  cat(sprintf(
    "%s, seeds from %.0f: %d calls, %d crashes, %d hangs, %d errors without a class, %d wrong results\n",
    mode, first, calls, bad[[1L]], bad[[2L]], bad[[3L]], bad[[4L]]
  ))
  if (sum(bad)) status <- 1L
  kinds <- sum_kinds(lines)
  if (nzchar(Sys.getenv("FUZZ_KINDS"))) print(kinds)
  # Kinds that never come to a value are drawn for nothing.
  vain <- kinds[, "value"] == 0 & kinds[, "classed"] >= 100
  if (any(vain)) cat("Always refused:", rownames(kinds)[vain], "\n", sep = "  ")
}
quit(status = status)
