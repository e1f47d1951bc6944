# Checks of columns of data.

#' @param unseen Levels or classes that the fit does not know.
#' @param known Those that it knows.
#' @noRd
refuse_unseen <- function(unseen, known, name, what = "Factor",
                          call = rlang::caller_env()) {
  if (length(unseen) == 0L) {
    return(invisible())
  }
  abort("unseen_level", c(
    "{what} {.code {name}} has
     {if (length(unseen) > 1L) 'levels' else 'a level'} that the fit did not
     see.",
    "x" = "New: {.val {some_of(unseen)}}.",
    "i" = "Known: {.val {some_of(known)}}."
  ), call)
}

#' The name of the i-th row of a frame, without making the names of all rows
#' @noRd
row_label <- function(frame, i) {
  as.character(attr(frame, "row.names")[[i]])
}

#' Refuse covariates that a model matrix cannot hold
#' @noRd
check_covariate <- function(value, name, call = rlang::caller_env()) {
  if (is.factor(value) || is.character(value)) {
    check_labels(value, name, call)
  }
  shape <- length(dim(value))
  # (Of an S4 object, such as lubridate's Period, model.matrix() reads a part.)
  fits <- is.atomic(value) && !is_integer64(value) && !isS4(value) &&
    (shape <= 1L || shape == 2L && is.numeric(value)) &&
    typeof(value) %in% c("double", "integer", "logical", "character")
  if (!fits) {
    abort("covariate_type", c(
      "Covariate {.code {name}} cannot enter a model matrix.",
      "x" = "It is of type {kind_of(value)}.",
      "i" = if (is_integer64(value) || isS4(value) && is.numeric(value)) {
        "Convert it with {.code as.numeric()}."
      } else {
        "Give a numeric, logical, factor, character or date column, or a
         numeric matrix."
      }
    ), call)
  }
}

#' Refuse factors that are none, or have a level NA, and text in no encoding
#' @noRd
check_labels <- function(value, name, call = rlang::caller_env()) {
  levels <- levels(value)
  codes <- if (is.factor(value)) unclass(value)
  wrong <- if (anyNA(levels)) {
    "It has a level {.val NA}, as {.fn addNA} makes."
  } else if (anyDuplicated(levels)) {
    "Two of its levels are the same."
  } else if (is.factor(value) && (!is.integer(codes) ||
    suppressWarnings(min(codes, na.rm = TRUE)) < 1 ||
    suppressWarnings(max(codes, na.rm = TRUE)) > length(levels))) {
    "It has codes that none of its levels has."
  } else if (any(Encoding(if (is.factor(value)) levels else value) == "bytes")) {
    "It has text that is marked as bytes, in no encoding."
  }
  if (!is.null(wrong)) {
    abort("levels", c(
      "The levels of {.code {name}} cannot be used.",
      "x" = wrong,
      "i" = if (anyNA(levels)) {
        "Give the level a name, such as \"unknown\"."
      } else {
        "Make it anew, by {.fn factor} or from the text that it came from."
      }
    ), call)
  }
}

#' Case weights: finite, not negative; NA is left to `na.action`, where there
#' is one (`may_miss`)
#' @noRd
check_weights <- function(weights, frame, call = rlang::caller_env(),
                          may_miss = TRUE) {
  if (is.null(weights)) {
    return(NULL)
  }
  weights <- as.double(weights)
  # A comparison with NA is NA, which which() leaves out.
  bad <- which(weights < 0 | weights == Inf | !may_miss & is.na(weights))
  if (length(bad)) {
    abort("weights", c(
      "{.arg weights} must be finite and not negative; {length(bad)}
       {?is/are} not.",
      "x" = "The first is that of row {row_label(frame, bad[[1L]])}, which is
             {signif(weights[[bad[[1L]]]], 6)}.",
      "i" = "Give a weight of 0 to a row that should not count."
    ), call)
  }
  weights
}

#' Case weights that come beside new data, for the rows of their design
#'
#' @param weights A value for each row of `newdata`.
#' @param design What replay_design() gives.
#' @noRd
check_new_weights <- function(weights, newdata, design,
                              call = rlang::caller_env()) {
  check_row_values(weights, "weights", nrow(newdata), call)
  check_weights(weights, design$frame, call, FALSE)
}

#' Refuse infinite values, naming the column as the user wrote it
#'
#' The sum of a column tells whether to look closer. NA and NaN are left to
#' `na.action`; a row that has one will not be fitted, so its other columns do
#' not matter.
#' @noRd
check_finite <- function(frame, call = rlang::caller_env()) {
  for (name in names(frame)) {
    column <- frame[[name]]
    if (!is.double(column)) {
      next
    }
    if (is.object(column)) {
      column <- unclass(column)
    }
    if (is.finite(sum(column))) {
      next
    }
    bad <- is.infinite(column)
    if (!any(bad)) {
      next
    }
    used <- !incomplete_rows(frame)
    rows <- which(rowSums(as.matrix(bad)) > 0 & used)
    if (length(rows)) {
      first <- as.matrix(column)[rows[[1L]], as.matrix(bad)[rows[[1L]], ]]
      abort("non_finite", c(
        "{.code {frame_label(name)}} is not finite in {length(rows)}
         row{?s}.",
        "x" = "The first is row {row_label(frame, rows[[1L]])}, where it is
               {first[[1L]]}.",
        "i" = "Correct these values, or leave the rows out."
      ), call)
    }
  }
  invisible(frame)
}

#' Rows with a missing value
#' @noRd
incomplete_rows <- function(frame) {
  incomplete <- logical(nrow(frame))
  for (column in frame) {
    if (anyNA(column)) {
      incomplete <- incomplete | rowSums(as.matrix(is.na(column))) > 0
    }
  }
  incomplete
}

#' @noRd
check_row_values <- function(value, what, rows, call = rlang::caller_env()) {
  if (is.null(value)) {
    return(invisible())
  }
  if (!is.numeric(value) || is_integer64(value)) {
    abort(what, c(
      "{.arg {what}} must be numeric.",
      "x" = "It is of type {kind_of(value)}."
    ), call)
  }
  if (NROW(value) != rows || what == "weights" && NCOL(value) != 1L) {
    abort(what, c(
      "{.arg {what}} must have one value for each row of the data.",
      "x" = "It has {length(value)} value{?s} for {rows} row{?s}."
    ), call)
  }
}

#' Refuse columns of which there are two with one name
#'
#' @param used Names that are looked up.
#' @param where The argument that has the columns.
#' @noRd
refuse_twofold <- function(names, used, where, call = rlang::caller_env()) {
  if (!anyDuplicated(names)) {
    return(invisible())
  }
  twofold <- intersect(unique(names[duplicated(names)]), used)
  if (length(twofold)) {
    abort("duplicated_column", c(
      "Columns of {.arg {where}} must have names of their own.",
      "x" = "{cli::qty(twofold)}{.code {some_of(twofold)}} {?is/are} there twice.",
      "i" = "Leave one of them out, or give it another name."
    ), call)
  }
}
