# Streams: one pass of incremental MM from a pilot, against SGD, RMSProp, Adam
# and Sophia at the best of their steps, and what the incremental algorithm's
# settings do. Every distance is to the batch optimum of all rows, in units of
# p_total / (2n) of the mean log-likelihood.
#
#   Rscript bench/stream.R [parts]
#
# Parts: simulated (twenty streams of 1e5 rows for each family; stream.csv) and
# consistency (eight of a million rows, of which an eighth is learnt;
# stream_consistency.csv); these two take seven minutes. Others run where they are
# named, and print what they find: confident, real, minibatch and drift.

source("bench/lib/common.R")
source("bench/lib/stream_data.R")
source("bench/lib/stream_run.R")
source("bench/lib/comparators.R")
source("bench/lib/stream_compare.R")
source("bench/lib/stream_study.R")

options(width = 160)
stream_rows <- if (quick) 1e4 else 1e5
stream_seeds <- if (quick) 2 else 20

print_table <- function(table, title) {
  cat("\n", title, "\n\n", sep = "")
  print(format(table, digits = 3), row.names = FALSE)
}

parts <- list(
  simulated = part_simulated, consistency = part_consistency,
  confident = part_confident, real = part_real, minibatch = part_minibatch,
  drift = part_drift
)
asked <- commandArgs(TRUE)
for (part in if (length(asked)) asked else names(parts)[1:2]) {
  message("Part ", part)
  parts[[part]]()
}
