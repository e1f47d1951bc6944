# Cross-validated classification: sgmoe with one to six experts against other
# packages, on the same folds and the same columns. Scores are those of all test
# rows together; seconds are the mean of a fold, choice of ridge, number of
# experts or penalty included.
#
# sgmoe: two starts at ridge 1 on four fifths of the training rows, other
# ridges from there, the ridge (for "k chosen": and k) with the smallest
# log-loss on the other fifth (with less than 800 training rows: on three such fifths;
# when split by protein, so too within the training rows, for sgmoe alone);
# then a fit to all training rows from the chosen one. Tolerance 1e-6, or 1e-5
# with many coefficients.
# Log-loss counts probabilities below 1e-15 as 1e-15, for all models.
#
#   Rscript bench/classification.R [sets, or set/rows, set/proteins...]
#
# Rows of other sets in bench/classification.csv are kept. SGMOE_BENCH_SECONDS
# ends a set after the fold in which that many have passed (column `folds`); a
# model whose fold takes more than a minute (flexmix: 15 seconds) is left out of
# those to come. `gain` is multinom's log-loss less the model's on the same
# rows.

source("bench/lib/common.R")
source("bench/lib/scores.R")
source("bench/lib/class_data.R")
source("bench/lib/classifiers.R")

folds <- if (quick) 2 else 10
most_k <- if (quick) 2 else 6
seconds_a_set <- as.numeric(Sys.getenv("SGMOE_BENCH_SECONDS", "Inf"))
too_long <- function(model) if (model == "flexmix") 15 else 60

# The models of a fold: list(model = list(probability, seconds, ...)).
# `skip` names models to leave out, and why.
run_fold <- function(data, skip, by_protein) {
  set.seed(2)
  train <- data$train
  folds <- if (by_protein) {
    protein_folds(data$ids$idA, data$ids$idB, 3)
  } else {
    validation_folds(train$class, if (nrow(train) < 800) 3 else 1)
  }
  results <- list()
  for (peer in setdiff(names(peers), names(skip))) {
    results[[peer]] <- run_peer(peers[[peer]], train, data$test)
  }
  for (k in seq_len(most_k)) {
    name <- paste("sgmoe k =", k)
    if (!name %in% names(skip)) {
      results[[name]] <- classify_sgmoe(train, data$test, k, folds)
      results[[name]]$choice <- paste("ridge", results[[name]]$ridge)
    }
  }
  results[["sgmoe k chosen"]] <- choose_experts(results)
  lapply(results, widen, levels(train$class), data$classes)
}

run_peer <- function(peer, train, test) {
  set.seed(3)
  result <- timed(function() {
    tryCatch(suppressMessages(peer(train, test)), error = identity)
  }, most = 1)
  value <- result$value
  if (is.null(value)) {
    return(list(note = "not installed"))
  }
  if (inherits(value, "error")) {
    return(list(
      note = paste("failed:", conditionMessage(value)), seconds = result$seconds
    ))
  }
  c(value, list(seconds = result$seconds, last_seconds = NA))
}

choose_experts <- function(results) {
  ours <- results[startsWith(names(results), "sgmoe")]
  chosen <- which.min(vapply(ours, function(one) one$loss, 0))
  result <- ours[[chosen]]
  result$seconds <- sum(vapply(ours, function(one) one$seconds, 0)) -
    sum(vapply(ours[-chosen], function(one) one$last_seconds, 0))
  result$choice <- sub("sgmoe ", "", names(ours)[[chosen]])
  result
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
set_table <- function(set, split, places, runs, skip) {
  models <- union(unlist(lapply(runs, names)), names(skip))
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
    notes <- unique(c(unlist(lapply(all, `[[`, "note")), skip[[model]]))
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
    mean_of <- function(what) {
      mean(as.numeric(unlist(lapply(all[at], `[[`, what))))
    }
    data.frame(
      set = set$name, split = split, n = length(set$class), of = set$rows,
      columns = ncol(set$x), classes = nlevels(set$class), model = model,
      scores,
      gain = mean(gain), gain_se = sd(gain) / sqrt(length(gain)),
      seconds = mean_of("seconds"), last_fit_seconds = mean_of("last_seconds"),
      folds = paste(length(at), "of", length(places)),
      tested = length(unlist(lapply(places[at], `[[`, "test"))),
      choices = most_often(unlist(lapply(all[at], `[[`, "choice"))),
      note = paste(notes, collapse = "; ")
    )
  })
  table <- do.call(rbind, lines)
  table$choices[table$choices == " ()"] <- ""
  table
}

# Runs the folds; `tell` gets the table after each.
run_set <- function(set, split, places, tell) {
  began <- proc.time()[["elapsed"]]
  runs <- list()
  skip <- list()
  if (ncol(set$x) * nlevels(set$class) > 200) {
    skip$flexmix <- "not run: takes minutes"
  }
  for (i in seq_along(places)) {
    runs[[i]] <- run_fold(
      prepare(set, places[[i]]), skip, split == "proteins"
    )
    for (model in names(runs[[i]])) {
      slow <- isTRUE(runs[[i]][[model]]$seconds > too_long(model))
      if (slow && model != "sgmoe k chosen") {
        skip[[model]] <- paste(
          "left out after a fold of more than", too_long(model), "s"
        )
      }
    }
    tell(set_table(set, split, places, runs, skip))
    if (proc.time()[["elapsed"]] - began > seconds_a_set) break
  }
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
  splits <- list(rows = row_folds(set$class, folds))
  if (!is.null(set$ids$idA)) {
    splits$proteins <- protein_folds(set$ids$idA, set$ids$idB, min(folds, 5))
  }
  wanted_splits <- if (length(wanted) > 1) wanted[[2]] else names(splits)
  for (split in intersect(wanted_splits, names(splits))) {
    message(name, ", by ", split)
    before <- kept[!(kept$set == name & kept$split == split), ]
    run_set(set, split, splits[[split]], function(table) {
      kept <<- rbind(before, table)
      save_table(kept, "classification")
    })
    shown <- kept[kept$set == name & kept$split == split, ]
    print(format(shown[c(
      "set", "split", "model", "accuracy", "log_loss", "brier",
      "calibration_error", "gain", "seconds", "folds", "choices", "note"
    )], digits = 3), row.names = FALSE)
  }
}
