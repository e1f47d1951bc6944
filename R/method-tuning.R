# What a tuned fit says of the choice; otherwise it is the fit.

#' @rdname tune_experts
#' @export
print.sgmoe_tuning <- function(x, digits = 4L, ...) {
  check_stored(x)
  score <- tuning_scores[[x$score]]
  cat(
    "Tuned by ", if (x$repeats > 1) paste0(x$repeats, " times "), x$folds,
    "-fold cross-validation: ", score$title, ", ",
    if (score$larger) "larger" else "smaller", " is better\n\n",
    sep = ""
  )
  print(score_matrix(x, digits), quote = FALSE, right = TRUE)
  best <- x$best
  cat(
    "\n* ", best$k, " expert", if (best$k > 1) "s", ", ",
    if (x$one_se) {
      "the simplest within a standard error of the best: "
    } else {
      "the best: "
    },
    format(best$score, digits = digits), ", standard error ",
    format(best$se, digits = 2L), ".\n",
    sep = ""
  )
  if (any(x$table$failed > 0)) {
    cat("! some folds could not be fitted\n")
  }
  if (x$score == "log" && any(x$point_mass)) {
    cat(
      "! an expert is a point mass, whose density has no bound: the log score says\n",
      "  little, see score = \"crps\"\n",
      sep = ""
    )
  }
  edges <- edges_of_table(x)
  if (length(edges)) {
    cat(
      "The best is at the edge of what was tried: more values of ",
      paste0("`", edges, "`", collapse = " and "), " may be better.\n",
      sep = ""
    )
  }
  ridge <- describe_ridge(x)
  cat(
    "Fit of all rows: log-likelihood ",
    format(x$log_likelihood, digits = digits + 2L),
    if (!is.null(ridge)) paste0(", ", ridge), ".\n", describe_calibration(x),
    sep = ""
  )
  invisible(x)
}

#' What was chosen at the edge of its values? (One expert is the least that there is.)
#' @noRd
edges_of_table <- function(x) {
  table <- x$table
  experts <- unique(table$k)
  ridges <- unique(suppressWarnings(as.numeric(table$ridge)))
  ridges <- ridges[!is.na(ridges) & ridges > 0]
  ridge <- suppressWarnings(as.numeric(x$best$ridge))
  c(
    if (length(experts) > 1L && x$best$k > 1 && x$best$k == max(experts)) "k",
    if (length(ridges) > 1L && ridge %in% range(ridges)) "ridge"
  )
}

#' Scores as text, a row for each ridge and a column for each number of experts;
#' the chosen one is marked
#' @noRd
score_matrix <- function(x, digits) {
  table <- x$table
  ridges <- ridge_labels(table)
  experts <- sort(unique(table$k))
  chosen <- table$k == x$best$k & table$ridge == x$best$ridge
  text <- paste0(
    ifelse(is.na(table$score), "-", format_number(table$score, digits, 1e-10)),
    ifelse(table$failed > 0, "!", ""), ifelse(chosen, "*", " ")
  )
  cells <- matrix("", length(ridges), length(experts), dimnames = list(
    ridge = ridges, k = experts
  ))
  cells[cbind(match(table$ridge, ridges), match(table$k, experts))] <- text
  cells
}

#' Ridges in the order of their size, "auto" first
#' @noRd
ridge_labels <- function(table) {
  labels <- unique(table$ridge)
  labels[order(labels != "auto", suppressWarnings(as.double(labels)))]
}

#' @rdname tune_experts
#' @export
tidy.sgmoe_tuning <- function(x, ...) {
  check_stored(x)
  refuse_dots(list(...), "tidy")
  x$table
}

#' @rdname as_sgmoe
#' @export
as_sgmoe.sgmoe_tuning <- function(object, ...) {
  check_stored(object)
  refuse_dots(list(...), "as_sgmoe")
  plain_fit(object)
}
