# Do default fits depend on the seed? Two seeds on real data, all rows, and a
# third fit with four times the starts.
#
#   Rscript bench/defaults_seeds.R [k]
#
# SGMOE_BENCH=continue keeps the sets that bench/defaults_seeds.csv has.
# Writes bench/defaults_seeds.csv after every set: log-likelihoods (a ridge that
# differs moves them, too), ridges, how many of the starts ended where the best
# did, and in nats: `apart`, the difference of the two; `missed`, what the first has
# less than the best of the three; and the same two of Laplace's evidence, which is
# what a default fit maximises (NA where rows are too few for it).
source("bench/lib/common.R")
source("bench/lib/default_sets.R")
options(warn = -1)

asked <- commandArgs(TRUE)
k <- if (length(asked)) as.integer(asked) else 2:3
sets <- default_sets()
if (quick) sets <- sets[c("cars", "kyphosis")]
table <- NULL
if (identical(Sys.getenv("SGMOE_BENCH"), "continue")) {
  table <- read.csv("bench/defaults_seeds.csv")
  sets <- sets[setdiff(names(sets), table$set)]
}
evidence_of <- function(fit) {
  problem <- core("fitted_problem")(fit)
  if (!core("has_rows_for_evidence")(problem)) {
    return(NA_real_)
  }
  core("laplace_evidence")(problem, fit, sgmoe_control())
}

for (set in sets) {
  for (experts in k) {
    fit <- function(seed, ...) {
      set.seed(seed)
      suppressMessages(do.call(sgmoe, c(
        list(set$formula, set$data, k = experts, ...),
        if (!is.null(set$family)) set["family"]
      )))
    }
    fits <- list(fit(1), fit(2))
    hits <- core("count_hits")
    value <- vapply(fits, `[[`, 0, "log_likelihood")
    fits[[3L]] <- fit(3, starts = 40)
    evidence <- vapply(fits, evidence_of, 0)
    best <- max(value, fits[[3L]]$log_likelihood)
    table <- rbind(table, data.frame(
      set = set$name, k = experts, rows = nrow(set$data),
      first = value[[1L]], second = value[[2L]], best = best,
      ridge_1 = max(fits[[1L]]$ridge), ridge_2 = max(fits[[2L]]$ridge),
      hits_1 = hits(fits[[1L]]), hits_2 = hits(fits[[2L]]),
      apart = abs(value[[1L]] - value[[2L]]), missed = best - value[[1L]],
      evidence_apart = abs(evidence[[1L]] - evidence[[2L]]),
      evidence_missed = max(evidence) - evidence[[1L]]
    ))
    save_table(table, "defaults_seeds")
  }
  message(set$name)
}
over <- function(column) sum(table[[column]] > 1, na.rm = TRUE)
cat(
  over("apart"), "of", nrow(table), "over 1 nat apart,", over("evidence_apart"),
  "by evidence;", over("missed"), "first fits over 1 nat below the best known,",
  over("evidence_missed"), "by evidence\n"
)
print(format(table[order(-table$apart), ], digits = 4), row.names = FALSE)
