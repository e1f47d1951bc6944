# A streaming loop with checkpoints, killed at random moments: it must come to the
# same bits as the loop that nobody disturbed.
#
#   Rscript tests/fuzz/kill.R [KILLS] [SEED]
#
# The loop writes a checkpoint after each chunk, to a temporary name that it then
# renames. Each kill is a SIGKILL to a process, forked from this one so that it is
# at work at once; the next process goes on from the checkpoint, the last one is
# an R of its own. The last line sums up; the exit status is 1 if anything differs.

arguments <- commandArgs(TRUE)
suppressMessages(library(sgmoe))

first_rows <- function() {
  set.seed(1)
  simulate_moe(2000, k = 2, p = 3)
}

# Learns the chunks that are not learnt yet.
work <- function(folder, chunks) {
  checkpoint <- file.path(folder, "checkpoint.rds")
  state <- if (file.exists(checkpoint)) {
    readRDS(checkpoint)
  } else {
    set.seed(2)
    list(
      stream = sgmoe_stream(y ~ ., first_rows(), k = 2, starts = 1, ridge = 0.1),
      learnt = 0
    )
  }
  while (state$learnt < chunks) {
    # A chunk's rows follow from its number; some are left waiting for their
    # minibatch.
    set.seed(100 + state$learnt)
    rows <- simulate_moe(300, k = 2, p = 3)
    state <- list(
      stream = update(state$stream, rows), learnt = state$learnt + 1
    )
    saveRDS(state, paste0(checkpoint, "~"))
    file.rename(paste0(checkpoint, "~"), checkpoint)
  }
}

if (length(arguments) && arguments[[1L]] == "work") {
  work(arguments[[2L]], as.numeric(arguments[[3L]]))
  quit(status = 0L)
}

kills <- if (length(arguments)) as.numeric(arguments[[1L]]) else 100
seed <- if (length(arguments) > 1L) as.numeric(arguments[[2L]]) else 1
here <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))

finish <- function(folder, chunks) {
  status <- system2(
    file.path(R.home("bin"), "Rscript"),
    c(shQuote(here), "work", shQuote(folder), format(chunks))
  )
  if (status != 0L) {
    stop("The loop fails by itself.")
  }
  readRDS(file.path(folder, "checkpoint.rds"))$stream
}

folders <- tempfile(c("killed", "whole", "warm"))
for (folder in folders) dir.create(folder)
work(folders[[3L]], 3) # R compiles what it runs
took <- system.time(work(folders[[3L]], 13))[["elapsed"]] / 10
work(folders[[1L]], 1)
set.seed(seed)
waits <- stats::runif(kills, 0, 8 * took)
in_write <- 0L
killed <- file.path(folders[[1L]], c("checkpoint.rds", "checkpoint.rds~"))
for (wait in waits) {
  child <- parallel::mcparallel(work(folders[[1L]], Inf))
  Sys.sleep(wait)
  tools::pskill(child$pid, tools::SIGKILL)
  suppressWarnings(parallel::mccollect(child))
  in_write <- in_write + file.exists(killed[[2L]])
  unlink(killed[[2L]])
}
learnt <- if (file.exists(killed[[1L]])) readRDS(killed[[1L]])$learnt else 0
streams <- lapply(folders[1:2], finish, learnt + 3)
same <- identical(streams[[1L]]$state, streams[[2L]]$state) &&
  identical(coef(streams[[1L]]), coef(streams[[2L]]))
cat(sprintf(
  "%d kills, %d in the middle of a write, %d chunks learnt: %s\n",
  kills, in_write, learnt + 3, if (same) "the same bits" else "DIFFERENT"
))
quit(status = as.integer(!same))
