# Variables of which the value in a row depends on other rows, such as `rank(x)`:
# they mean something else wherever not all rows are at hand.

# Rows of a part on which terms are tried, at most.
tried_rows <- 500L

#' Refuse variables of which a row's value is another where only a part of the
#' rows is looked at
#'
#' @param frame The model frame of all n rows, or NULL if there is none.
#' @param evaluate A function that computes the frame of a part of them.
#' @param n How many these are.
#' @param why What never has all rows, in words.
#' @param hint What to do, for cli.
#' @noRd
refuse_changing <- function(frame, evaluate, n, why, hint,
                            call = rlang::caller_env()) {
  name <- changing_variable(frame, evaluate, n)
  if (!is.null(name)) {
    abort("row_dependent", c(
      "{.code {frame_label(name)}} depends on other rows than its own (or
       on chance), and {why}.",
      "i" = hint
    ), call)
  }
}

#' The name of the first variable of which a row's value is another where only a
#' part of the rows is looked at, or NULL
#'
#' @param frame,evaluate,n As in refuse_changing().
#' @noRd
changing_variable <- function(frame, evaluate, n) {
  for (part in row_parts(n)) {
    # A part may lack what a term needs, such as a level or a second row.
    own <- tryCatch(evaluate(part), error = function(error) NULL)
    for (name in intersect(names(own), names(frame))) {
      if (!same_values(own[[name]], frame[[name]], part)) {
        return(name)
      }
    }
  }
}

#' Warn of such a variable where all rows are at hand: new rows will not be
#'
#' @param design What build_design() gives.
#' @param data The data frame that it was made of.
#' @noRd
warn_row_dependent <- function(design, data, call = rlang::caller_env()) {
  blueprint <- design$blueprint
  variables <- as.list(attr(blueprint$frame_terms, "variables"))[-1L]
  computed <- !vapply(variables, is.name, NA)
  if (!any(computed) || !is.data.frame(data) || nrow(data) != design$raw) {
    return(invisible())
  }
  evaluate <- function(part) {
    suppressMessages(suppressWarnings(replay_frame(
      blueprint, data[design$used[part], , drop = FALSE], blueprint$frame_terms
    )))
  }
  frame <- design$frame[setdiff(names(design$frame), "(weights)")]
  name <- with_seed(1, changing_variable(frame, evaluate, length(design$used)))$value
  if (!is.null(name)) {
    warn("row_dependent", c(
      "{.code {frame_label(name)}} depends on other rows than its own (or
       on chance): of new rows it will be something else.",
      "i" = compute_beforehand("fit")
    ), call)
  }
}

#' What to do about such a variable where constants that a term took from rows
#' are kept
#'
#' @param owner What keeps them: "fit" or "pilot".
#' @noRd
compute_beforehand <- function(owner) {
  paste0(
    "Compute it beforehand, as a column of the data, or with fixed numbers. (The
     constants of {.fn scale}, {.fn poly} and splines are those of the ", owner,
    ", if they are terms of their own.)"
  )
}

#' Parts of n rows: no two of them share their first row, their extremes and
#' their order all at once, so that a dependence shows in one of them
#' @noRd
row_parts <- function(n) {
  if (n < 2L) {
    return(list())
  }
  halves <- list(
    seq(1L, n, by = 2L), seq(2L, n, by = 2L), seq(n %/% 2L + 1L, n)
  )
  pairs <- lapply(
    unique(as.integer(seq(1L, n - 1L, length.out = 5L))),
    function(first) first + 0:1
  )
  c(lapply(halves, utils::tail, n = tried_rows), pairs)
}

#' Does a variable computed from some rows have the values that it had there?
#'
#' @param whole The values of the whole; `part`, those of a part of the rows.
#' @noRd
same_values <- function(part, whole, rows) {
  whole <- if (length(dim(whole)) == 2L) {
    whole[rows, , drop = FALSE]
  } else {
    whole[rows]
  }
  if (NCOL(part) != NCOL(whole)) {
    return(FALSE)
  }
  # Dates and time differences are numbers, too.
  number <- function(x) is.numeric(unclass(x)) && !is.factor(x)
  if (!number(part) || !number(whole)) {
    return(identical(as.character(part), as.character(whole)))
  }
  part <- as.double(part)
  whole <- as.double(whole)
  close <- abs(part - whole) <= 1e-7 * max(abs(whole), 0, na.rm = TRUE)
  identical(is.na(part), is.na(whole)) && all(close, na.rm = TRUE)
}
