# Is the true number of experts found, from blind starts, and at what price?
#
#   Rscript bench/selection.R [part] [settings]
#
# Parts: tree (what select_experts() finds; 10 to 50 replicates), sweep
# (separate fits with ten starts each; 3 to 50), flexmix (stepFlexmix; 3, a
# minute each), each for all settings of bench/lib/selection_data.R or for those
# that are named; and error (parameters against the truth). Replicates are kept
# in output/selection/, so that parts can run one by one; bench/selection.csv
# and bench/selection_error.csv summarise all that is there.

source("bench/lib/common.R")
source("bench/lib/selection_data.R")
source("bench/lib/selection_run.R")
source("bench/lib/selection_error.R")

directory <- "output/selection"
dir.create(directory, showWarnings = FALSE, recursive = TRUE)
asked <- commandArgs(TRUE)
parts <- c("tree", "sweep", "flexmix", "error")
part <- if (length(asked)) asked[[1L]] else parts
chosen <- if (length(asked) > 1L) asked[-1L] else names(settings)

sizes <- function(name, part) {
  sizes <- switch(part,
    tree = c("1000" = 50, "5000" = 50, "20000" = 50, "1e+05" = 10),
    sweep = c("1000" = 20, "5000" = 20, "20000" = 10, "1e+05" = 3),
    flexmix = c("1000" = 3)
  )
  if (endsWith(name, "wide")) {
    sizes <- if (part == "tree") {
      c("1000" = 20, "5000" = 20, "20000" = 10)
    } else {
      c("5000" = 5)
    }
  } else if (startsWith(name, "classes") && part == "tree") {
    sizes <- c("1000" = 50, "5000" = 50, "20000" = 20)
  }
  if (name == "experiment_6" && part != "flexmix") {
    sizes <- c(sizes, "3000" = 50)
  }
  if (name == "experiment_6" && part == "sweep") {
    sizes[["1000"]] <- 50
  }
  if (quick) sizes[1L] <- 2
  if (quick) sizes[1L] else sizes
}

for (one in intersect(part, c("tree", "sweep", "flexmix"))) {
  run <- list(tree = run_tree, sweep = run_sweep, flexmix = run_flexmix)[one]
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
