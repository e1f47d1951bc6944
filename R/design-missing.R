# Missing values: `na.action`, and what is said where nothing remains.

#' Drop rows as `na.action` says; name what was lost if nothing remains
#'
#' @param na_action As `na.action` of model.frame().
#' @noRd
drop_rows <- function(frame, na_action, raw, call = rlang::caller_env()) {
  before <- nrow(frame)
  kept <- handle_missing(frame, na_action, call = call)
  if (nrow(kept) > 0L) {
    return(kept)
  }
  lost <- c(
    if (raw > before) {
      cli::format_inline(
        "{raw - before} {?was/were} left out by {.arg subset}"
      )
    },
    if (before > 0L) {
      cli::format_inline(
        "{before} {?was/were} dropped for missing values in ",
        "{some_of(missing_by_column(frame))}"
      )
    }
  )
  abort("no_rows", c(
    "There are no rows to fit.",
    "x" = if (raw == 0L) {
      "The data have no rows."
    } else {
      "Of {raw} row{?s}, {lost}."
    }
  ), call)
}

#' Apply `na_action`, if there is anything to apply it to
#'
#' @param may_stay May rows with missing values stay, as with na.pass()?
#' @noRd
handle_missing <- function(frame, na_action, may_stay = FALSE,
                           call = rlang::caller_env()) {
  action <- na_function(na_action, call)
  if (!anyNA(frame, recursive = TRUE)) {
    return(frame)
  }
  kept <- tryCatch(action(frame), error = function(error) NULL)
  if (!is.data.frame(kept)) {
    kept <- NULL
  }
  if (is.null(kept) || !may_stay && anyNA(kept, recursive = TRUE)) {
    lost <- missing_by_column(kept %||% frame)
    abort("missing_values", c(
      "The data have missing values, and {.arg na.action}
       {if (is.null(kept)) 'refuses' else 'keeps'} them.",
      "x" = "They are in {some_of(lost)}.",
      "i" = "Use {.code na.action = na.omit} to fit the complete rows, or
             {.code na.exclude} to have predictions padded with NA as well."
    ), call)
  }
  attr(kept, "terms") <- attr(frame, "terms")
  kept
}

#' @noRd
na_function <- function(na_action, call = rlang::caller_env()) {
  if (is.null(na_action)) {
    return(stats::na.pass)
  }
  if (is.character(na_action) && length(na_action) == 1L) {
    na_action <- get0(na_action, mode = "function")
  }
  if (!is.function(na_action)) {
    abort("na_action", c(
      "{.arg na.action} must be a function or the name of one.",
      "i" = "Use {.code na.omit}, {.code na.exclude} or {.code na.fail}."
    ), call)
  }
  na_action
}

#' "x (3 rows)" for every column of a frame with an NA
#' @noRd
missing_by_column <- function(frame) {
  rows <- vapply(frame, function(column) {
    sum(rowSums(as.matrix(is.na(column))) > 0)
  }, 0)
  rows <- rows[rows > 0]
  sprintf(
    "`%s` (%d %s)", frame_label(names(rows)), as.integer(rows),
    ifelse(rows == 1, "row", "rows")
  )
}
