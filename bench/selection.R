# Is the true number of experts found, from blind starts?
#
#   Rscript bench/selection.R [part] [settings]
#
# Parts: tree (what select_experts() finds, and the published criterion), sweep
# (separate default fits), each for all settings of bench/lib/selection_data.R or
# for those that are named; and error (parameters against the truth, 20
# replicates). A tree has 50 replicates of 1000 and 3000 rows, so that the
# standard error of a share is 0.07 at most, and fewer where there are more rows
# and shares are close to 0 or 1; a sweep, which takes ten times as long, 10 to
# 20. All parts together take a quarter of an hour. Replicates are kept in
# output/selection/, so that parts can run one by one; bench/selection.csv and
# bench/selection_error.csv summarise all that is there.

source("bench/lib/common.R")
source("bench/lib/selection_data.R")
source("bench/lib/selection_run.R")
source("bench/lib/selection_error.R")

directory <- "output/selection"
dir.create(directory, showWarnings = FALSE, recursive = TRUE)
asked <- commandArgs(TRUE)
parts <- c("tree", "sweep", "error")
part <- if (length(asked)) asked[[1L]] else parts
chosen <- if (length(asked) > 1L) asked[-1L] else names(settings)

# Replicates by number of rows. 10 000 and 100 000 rows are those of the paper.
sizes <- function(name, part) {
  wide <- endsWith(name, "wide")
  sizes <- if (part == "tree") {
    if (wide) {
      c("1000" = 20, "5000" = 15, "20000" = 5)
    } else {
      c("1000" = 50, "5000" = 25, "20000" = 10)
    }
  } else if (name %in% c("experiment_5", "experiment_6")) {
    c("1000" = 20, "5000" = 10)
  }
  if (name == "experiment_6") {
    sizes <- c(sizes, "3000" = if (part == "tree") 50 else 20)
  }
  if (part == "tree" && name %in% c("experiment_5", "experiment_6")) {
    sizes <- c(sizes, "10000" = 20, "1e+05" = 10)
  }
  if (quick && length(sizes)) c("1000" = 2) else sizes
}

for (one in intersect(part, c("tree", "sweep"))) {
  run <- list(tree = run_tree, sweep = run_sweep)[[one]]
  for (name in chosen) {
    replicates <- sizes(name, one)
    for (n in names(replicates)) {
      message(one, " ", name, " ", n)
      runs <- run_setting(name, as.numeric(n), seq_len(replicates[[n]]), run)
      saveRDS(runs, file.path(
        directory, paste0(one, "-", name, "-", n, ".rds")
      ))
    }
  }
}

if ("error" %in% part) {
  truths <- list(experiment_5 = truth_5, experiment_6 = truth_6)
  rows <- if (quick) 1000 else c(5e3, 2e4, 1e5)
  errors <- do.call(rbind, lapply(names(truths), function(name) {
    do.call(rbind, lapply(rows, function(n) {
      message("error ", name, " ", n)
      run_error(name, truths[[name]], n, seq_len(if (quick) 2 else 20))
    }))
  }))
  slope <- function(error, n) {
    unname(stats::coef(stats::lm(log(error) ~ log(n)))[[2L]])
  }
  table <- do.call(rbind, lapply(split(errors, errors$setting), function(own) {
    medians <- stats::aggregate(
      cbind(merged, overfitted) ~ n + setting, own, stats::median
    )
    transform(medians,
      merged_slope = if (quick) NA else slope(own$merged, own$n),
      overfitted_slope = if (quick) NA else slope(own$overfitted, own$n)
    )
  }))
  publish(table, "selection_error", "Error of the parameters, median")
}

files <- list.files(directory, "[.]rds$", full.names = TRUE)
if (length(files)) {
  runs <- do.call(rbind, lapply(files, readRDS))
  publish(summarise_runs(runs), "selection", "Number of experts found")
}
