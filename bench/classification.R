# Held-out scores of class probabilities on real sets: sgmoe against other
# packages, on the same folds and the same columns. Scores are those of all test
# rows together.
#
#   Rscript bench/classification.R [sets, or set/rows, set/proteins...]
#
# `sgmoe default` is sgmoe(k = 2); `sgmoe tuned` chooses one to three experts and a
# ridge by three folds of the training rows (of pairs that are split by protein:
# by their first protein). Sets are cut to 1500 rows, and of five folds as many
# are run as take a minute or two: all of the smallest sets, one of those with most
# coefficients (letter and optdigits). So `gain`, multinom's log-loss less the
# model's on the same rows, comes with its standard error. flexmix takes part where
# a fold takes it seconds. All sets together take ten minutes. Rows of other sets in
# bench/classification.csv are kept. Log-loss counts probabilities below 1e-15 as
# 1e-15, for all models.

source("bench/lib/common.R")
source("bench/lib/scores.R")
source("bench/lib/class_data.R")
source("bench/lib/classifiers.R")

# Folds to run, of five.
folds_of <- c(
  pima = 5, vowel = 5, yeast = 3, ppi_hpylori = 3, ppi_yeast = 3,
  covertype15k = 2, optdigits = 1, letter = 1
)

# The models of a fold: list(model = list(probability, ...)).
run_fold <- function(data, by_protein) {
  train <- data$train
  set.seed(2)
  folds <- if (by_protein) {
    proteins <- unique(data$ids$idA)
    sample(rep_len(1:3, length(proteins)))[match(data$ids$idA, proteins)]
  } else {
    3
  }
  if (nrow(train) > 900 || ncol(train) > 20) {
    peers <- peers[names(peers) != "flexmix"]
  }
  results <- lapply(peers, run_model, train, data$test)
  results <- c(results, lapply(ours, run_model, train, data$test, folds))
  lapply(results, widen, levels(train$class), data$classes)
}

run_model <- function(model, train, test, ...) {
  set.seed(3)
  value <- tryCatch(suppressMessages(model(train, test, ...)), error = identity)
  if (is.null(value)) {
    return(list(note = "not installed"))
  }
  if (inherits(value, "error")) {
    return(list(note = paste("failed:", conditionMessage(value))))
  }
  value
}

# Classes without training rows get probability zero.
widen <- function(result, trained, classes) {
  if (!is.null(result$probability) && length(trained) < length(classes)) {
    wide <- matrix(0, nrow(result$probability), length(classes))
    wide[, match(trained, classes)] <- result$probability
    result$probability <- wide
  }
  result
}

# --- One set ------------------------------------------------------------------

most_often <- function(choices) {
  counts <- sort(table(choices), decreasing = TRUE)
  paste0(names(counts), " (", counts, ")", collapse = ", ")
}

# The table of a set: `runs` are the results of the folds done.
set_table <- function(set, split, places, runs) {
  models <- unique(unlist(lapply(runs, names)))
  rows_of <- function(model) {
    which(vapply(runs, function(run) !is.null(run[[model]]$probability), NA))
  }
  losses <- function(model, at) {
    unlist(lapply(at, function(i) {
      row_losses(runs[[i]][[model]]$probability, set$class[places[[i]]$test])
    }))
  }
  lines <- lapply(models, function(model) {
    at <- rows_of(model)
    all <- lapply(runs, function(run) run[[model]])
    scores <- data.frame(
      accuracy = NA_real_, log_loss = NA_real_, brier = NA_real_,
      calibration_error = NA_real_
    )
    gain <- NA_real_
    if (length(at)) {
      class <- set$class[unlist(lapply(places[at], `[[`, "test"))]
      probability <- do.call(rbind, lapply(all[at], `[[`, "probability"))
      scores <- score_probabilities(probability, class)
      both <- intersect(at, rows_of("multinom"))
      gain <- losses("multinom", both) - losses(model, both)
    }
    data.frame(
      set = set$name, split = split, n = length(set$class), of = set$rows,
      columns = ncol(set$x), classes = nlevels(set$class), model = model,
      scores,
      gain = mean(gain), gain_se = sd(gain) / sqrt(length(gain)),
      folds = paste(length(at), "of", length(places)),
      tested = length(unlist(lapply(places[at], `[[`, "test"))),
      choices = most_often(unlist(lapply(all[at], `[[`, "choice"))),
      note = paste(unique(unlist(lapply(all, `[[`, "note"))), collapse = "; ")
    )
  })
  table <- do.call(rbind, lines)
  table$choices[table$choices == " ()"] <- ""
  table
}

# --- All sets -----------------------------------------------------------------

file <- "bench/classification.csv"
asked <- commandArgs(TRUE)
if (length(asked) == 0) {
  asked <- if (quick) c("pima", "vowel") else names(class_sets)
}
kept <- if (!quick && file.exists(file)) {
  read.csv(file, colClasses = c(choices = "character", note = "character"))
}
for (wanted in strsplit(asked, "/")) {
  name <- wanted[[1]]
  set <- class_sets[[name]]()
  set.seed(4)
  splits <- list(rows = row_folds(set$class, 5))
  if (!is.null(set$ids$idA)) {
    splits$proteins <- protein_folds(set$ids$idA, set$ids$idB, 5)
  }
  wanted_splits <- if (length(wanted) > 1) wanted[[2]] else names(splits)
  for (split in intersect(wanted_splits, names(splits))) {
    message(name, ", by ", split)
    before <- kept[!(kept$set == name & kept$split == split), ]
    places <- splits[[split]]
    runs <- lapply(seq_len(if (quick) 1 else folds_of[[name]]), function(i) {
      run_fold(prepare(set, places[[i]]), split == "proteins")
    })
    kept <- rbind(before, set_table(set, split, places, runs))
    save_table(kept, "classification")
    shown <- kept[kept$set == name & kept$split == split, ]
    print(format(shown[c(
      "set", "split", "model", "accuracy", "log_loss", "brier",
      "calibration_error", "gain", "gain_se", "folds", "choices", "note"
    )], digits = 3), row.names = FALSE)
  }
}
