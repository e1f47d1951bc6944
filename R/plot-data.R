# Finding the data that plot() draws.

#' The fit with the data to draw as its model frame, thinned, and the raw
#' covariates of all rows
#'
#' @param needs_raw Are the covariates needed as they were given?
#' @noRd
data_to_draw <- function(fit, data, needs_raw, call = rlang::caller_env()) {
  if (is.null(data)) {
    require_model(fit, call)
    raw <- if (needs_raw) find_raw(fit, call)
  } else {
    design <- replay_design(
      fit$blueprint, data, stats::na.omit,
      response = TRUE, where = "data", call = call, finite = TRUE
    )
    if (nrow(design$frame) == 0L) {
      abort("no_rows", "{.arg data} has no row without a missing value.", call)
    }
    kept <- setdiff(seq_len(nrow(data)), design$na_action)
    raw <- take_rows(data[raw_names(fit)], kept)
    fit <- with_model(fit, design$frame)
  }
  n <- nrow(fit$model)
  rows <- even_rows(n, 5000)
  whole <- fit
  fit <- with_model(fit, take_rows(fit$model, rows))
  list(fit = fit, whole = whole, raw = raw, rows = rows)
}

#' The fit as if it had been made of other rows
#' @noRd
with_model <- function(fit, frame) {
  fit$model <- frame
  fit$rows <- nrow(frame)
  weights <- stats::model.weights(frame)
  fit$nobs <- if (is.null(weights)) fit$rows else sum(weights)
  fit["na.action"] <- list(NULL)
  fit["variables"] <- list(NULL) # of the rows that it was made from
  fit
}

#' Rows of a data frame that keeps its terms
#' @noRd
take_rows <- function(frame, rows) {
  terms <- attr(frame, "terms")
  frame <- frame[rows, , drop = FALSE]
  attr(frame, "terms") <- terms
  frame
}

#' The columns that new data need for everything but the response
#' @noRd
raw_names <- function(fit) {
  blueprint <- fit$blueprint
  used <- c(
    all.vars(attr(blueprint$terms, "variables")),
    all.vars(blueprint$offset$expression)
  )
  intersect(names(blueprint$columns), used)
}

#' The raw covariates of the rows of the model frame
#'
#' The frame holds what the formula computed, such as `ns(x, 3)`; x itself is
#' kept beside it (not with fits of earlier formats), and must still give the frame.
#' @noRd
find_raw <- function(fit, call = rlang::caller_env()) {
  needed <- raw_names(fit)
  kept <- kept_data(fit, call)
  absent <- setdiff(needed, names(fit$model))
  here <- needed %in% names(kept)
  if (!all(here) || length(absent) && !gives_frame(fit, kept[needed])) {
    abort("no_data", c(
      "This needs {.var {some_of(absent)}}, which the model frame does not hold.",
      "x" = if (!all(here)) {
        "Nor does the fit hold it beside its frame."
      } else {
        "What the fit holds beside its frame gives another one: it has changed, or the
         formula draws random numbers."
      },
      "i" = "Give the data of the fit as {.arg data}."
    ), call)
  }
  kept[needed]
}

#' Do raw columns give the model frame of the fit?
#' @noRd
gives_frame <- function(fit, raw) {
  frame <- tryCatch(
    effect_design(fit, raw)$frame,
    sgmoe_error = function(error) NULL
  )
  # Classes may differ: a basis of splines loses its own when rows are dropped.
  plain <- function(value) {
    if (is.factor(value)) as.character(value) else as.vector(unclass(value))
  }
  same <- function(name) {
    isTRUE(all.equal(plain(frame[[name]]), plain(fit$model[[name]])))
  }
  !is.null(frame) &&
    all(vapply(variable_names(fit$blueprint$terms), same, NA))
}
