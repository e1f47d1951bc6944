# Raising classed conditions, and the checks of a model frame that raise them.

#' Raise an error, warning or message of class `sgmoe_<kind>_<what>`
#'
#' `message` is a vector of cli bullets, evaluated in the caller's frame.
#' @noRd
abort <- function(what, message, call = NULL, .envir = parent.frame()) {
  raise("error", what, message, call, .envir)
}

#' @noRd
warn <- function(what, message, call = NULL, .envir = parent.frame()) {
  raise("warning", what, message, call, .envir)
}

#' @noRd
inform <- function(what, message, .envir = parent.frame()) {
  raise("message", what, message, NULL, .envir)
}

#' `cli_abort()` and its siblings call rlang, which cli merely suggests: where
#' it is absent, every error would become "there is no package called rlang".
#' @noRd
raise <- function(kind, what, message, call, .envir,
                  has_rlang = requireNamespace("rlang", quietly = TRUE)) {
  class <- paste0(c("sgmoe_", "sgmoe_"), kind, c(paste0("_", what), ""))
  if (has_rlang) {
    return(switch(kind,
      error = cli::cli_abort(
        message,
        class = class, call = call, .envir = .envir
      ),
      warning = cli::cli_warn(
        message,
        class = class, call = call, .envir = .envir
      ),
      message = cli::cli_inform(message, class = class, .envir = .envir)
    ))
  }
  text <- switch(kind,
    error = cli::format_error(message, .envir = .envir),
    warning = cli::format_warning(message, .envir = .envir),
    message = cli::format_message(message, .envir = .envir)
  )
  text <- paste0(paste(text, collapse = "\n"), if (kind == "message") "\n")
  condition <- structure(
    class = c(class, kind, "condition"), list(message = text, call = call)
  )
  switch(kind,
    error = stop(condition),
    warning = warning(condition),
    message = message(condition)
  )
}

#' A few names out of many, for a message
#' @noRd
some_of <- function(values, last = " and ") {
  cli::cli_vec(values, list("vec-trunc" = 10L, "vec-last" = last))
}

#' What a column is, in the words used by every message about types
#' @noRd
kind_of <- function(value) {
  shape <- length(dim(value))
  if (is.null(value)) {
    "NULL"
  } else if (is.data.frame(value)) {
    "data frame"
  } else if (is.factor(value)) {
    if (is.ordered(value)) "ordered factor" else "factor"
  } else if (is_integer64(value)) {
    "integer64"
  } else if (is.object(value) && !is.numeric(value) &&
    !inherits(value, "AsIs")) {
    class(value)[[1L]]
  } else {
    basic <- if (is.numeric(value)) "numeric" else mode(value)
    if (shape == 2L) {
      paste0(basic, " matrix (", ncol(value), " columns)")
    } else if (shape > 2L) {
      paste(basic, "array")
    } else {
      basic
    }
  }
}

#' A bit64 integer passes for a double, with a meaningless value
#' @noRd
is_integer64 <- function(value) {
  inherits(value, "integer64")
}

#' How the user wrote a column of the model frame
#' @noRd
frame_label <- function(name) {
  sub("^\\((weights|offset)\\)$", "\\1", name)
}

#' The name of the i-th row of a frame, without making the names of all rows
#' @noRd
row_label <- function(frame, i) {
  as.character(attr(frame, "row.names")[[i]])
}

#' The family that a response asks for, or that was asked for if the response
#' can have it; `name` is the response's expression
#' @noRd
response_family <- function(response, name, family = NULL, call = NULL) {
  if (inherits(response, "Surv")) {
    abort("response_type", c(
      "Response {.code {name}} is a survival time: censoring is not modelled.",
      "i" = "Give the times as numbers only if none of them is censored."
    ), call)
  }
  labels <- is_labels(response) && length(dim(response)) < 2L
  if (identical(family, "multinomial") || is.null(family) && labels) {
    check_class_response(response, name, call)
    return("multinomial")
  }
  numeric <- is.numeric(response) && !is_integer64(response) &&
    length(dim(response)) <= 2L
  if (!numeric) {
    abort("response_type", c(
      "Gaussian experts need a numeric response.",
      "x" = "{.code {name}} is of type {kind_of(response)}.",
      "i" = if (is.list(response)) {
        "For several responses, write {.code cbind(y1, y2) ~ ...}."
      } else if (labels) {
        "Leave {.arg family} out to fit multinomial experts, or convert the
         response to numbers first."
      } else {
        "Convert it first: {.code as.numeric({name})}; for labels that are
         numbers, {.code as.numeric(as.character({name}))}."
      }
    ), call)
  }
  "gaussian"
}

#' Refuse a response column without spread among the rows that count
#' @noRd
check_spread <- function(y, weights = NULL, call = NULL) {
  counts <- if (!is.null(weights) && any(weights == 0)) weights > 0
  for (j in seq_len(ncol(y))) {
    ends <- range(if (is.null(counts)) y[, j] else y[counts, j])
    if (ends[2L] - ends[1L] <= 100 * .Machine$double.eps * max(abs(ends))) {
      name <- colnames(y)[[j]]
      rows <- if (is.null(counts)) nrow(y) else sum(counts)
      abort("constant_response", c(
        "Response {.code {name}} is constant: it is {signif(ends[[1L]], 6)} in
         {if (rows == 1L) 'the only row' else paste('all', rows, 'rows')} with
         a positive weight.",
        "i" = "There is nothing to explain: check the column, {.arg subset} and
               {.arg weights}, or take it out of the response."
      ), call)
    }
  }
  invisible(y)
}

#' Refuse covariates that a model matrix cannot hold
#' @noRd
check_covariate <- function(value, name, call = NULL) {
  shape <- length(dim(value))
  fits <- is.atomic(value) && !is_integer64(value) &&
    (shape <= 1L || shape == 2L && is.numeric(value)) &&
    typeof(value) %in% c("double", "integer", "logical", "character")
  if (!fits) {
    abort("covariate_type", c(
      "Covariate {.code {name}} cannot enter a model matrix.",
      "x" = "It is of type {kind_of(value)}.",
      "i" = if (is_integer64(value)) {
        "Convert it with {.code as.numeric()}."
      } else {
        "Give a numeric, logical, factor, character or date column, or a
         numeric matrix."
      }
    ), call)
  }
}

#' Case weights: finite, not negative; NA is left to `na.action`
#' @noRd
check_weights <- function(weights, frame, call = NULL) {
  if (is.null(weights)) {
    return(NULL)
  }
  weights <- as.double(weights)
  # A comparison with NA is NA, which which() leaves out.
  bad <- which(weights < 0 | weights == Inf)
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

#' Refuse infinite values, naming the column as the user wrote it
#'
#' The sum of a column tells whether to look closer. NA and NaN are left to
#' `na.action`; a row that has one will not be fitted, so its other columns do
#' not matter.
#' @noRd
check_finite <- function(frame, call = NULL) {
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
        "i" = "Correct these values, or leave the rows out with {.arg subset}."
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
