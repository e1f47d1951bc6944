# Which rows are held out together.

#' What was asked for as folds, checked: list(fold, group): numbers of folds, a
#' column for each repeat, and the groups as numbers, or NULL
#'
#' @param folds A number, or a fold for each row of the data.
#' @param repeats How often rows are divided anew.
#' @param group A value for each row of the data, or NULL.
#' @noRd
settle_folds <- function(folds, repeats, group, design,
                         call = rlang::caller_env()) {
  group <- row_numbers(group, "group", design, call)
  if (length(folds) > 1L) {
    fold <- row_numbers(folds, "folds", design, call)
    if (max(fold) < 2L || repeats > 1) {
      abort("argument", c(
        "{.arg folds} as a fold for each row needs two of them or more, and no
         {.arg repeats}.",
        "x" = "It has {max(fold)} fold{?s}, and {.arg repeats} is {repeats}."
      ), call)
    }
    return(list(fold = cbind(fold), group = group))
  }
  rows <- nrow(design$y)
  units <- if (is.null(group)) rows else max(group)
  folds <- check_number(folds, "folds", 2, TRUE, call, "argument", most = units)
  strata <- fold_strata(design)
  fold <- vapply(seq_len(repeats), function(i) {
    if (is.null(group)) {
      spread_rows(rows, folds, strata)
    } else {
      spread_groups(group, folds)
    }
  }, integer(rows))
  list(fold = matrix(fold, rows), group = group)
}

#' Labels of the data's rows as numbers from one, for the rows used
#'
#' @param labels One for each row, or NULL.
#' @noRd
row_numbers <- function(labels, name, design, call = rlang::caller_env()) {
  if (!is.null(labels)) {
    labels <- used_labels(labels, name, design$used, design$raw, call)
    match(labels, unique(labels))
  }
}

#' What is to be spread evenly over the folds: classes
#' @noRd
fold_strata <- function(design) {
  if (has_part(design$blueprint, "classify") && ncol(design$y) == 1L) {
    design$y[, 1L]
  } else {
    rep(0, nrow(design$y))
  }
}

#' @param folds How many.
#' @param strata For each row, what is to be spread evenly.
#' @noRd
spread_rows <- function(rows, folds, strata) {
  fold <- integer(rows)
  fold[order(strata, stats::runif(rows))] <-
    rep_len(sample.int(folds), rows)
  fold
}

#' Each group, in random order, goes to the fold that has the fewest rows
#' @noRd
spread_groups <- function(group, folds) {
  rows <- tabulate(group)
  held <- integer(folds)
  home <- integer(length(rows))
  for (one in sample.int(length(rows))) {
    home[[one]] <- which.min(held)
    held[[home[[one]]]] <- held[[home[[one]]]] + rows[[one]]
  }
  home[group]
}
