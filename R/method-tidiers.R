# Methods of the generics that broom made common.

#' @importFrom generics tidy
#' @export
generics::tidy

#' @importFrom generics glance
#' @export
generics::glance

#' @importFrom generics augment
#' @export
generics::augment

#' Tidy a mixture of experts
#'
#' @param x A fit from [sgmoe()].
#' @param newdata,data A data frame to add columns to; the default is the model
#'   frame of the fit.
#' @param ... Anything else is an error.
#' @return A data frame; `augment()` gives a tibble where that package is
#'   installed.
#' - `tidy()`: a row for each coefficient, with `term` (the full name, as
#'   [coef()] gives it), `component` ("gate", "expert" or "scale"), `expert`
#'   (its number, `NA` for a shared scale), `response`, and `estimate`.
#' - `glance()`: one row with `k`, `logLik`, `AIC`, `BIC`, `ICL`, `df`, `nobs`,
#'   `converged`, `reason`, `passes`.
#' - `augment()`: the data with `.fitted` and `.resid` (for several responses
#'   `.fitted_y1`, ...; for classes `.fitted_<class>`, the probabilities, and
#'   `.class`, the most probable one), `.gate_1`, ..., `.posterior_1`, ..., and
#'   `.expert`, the most probable expert. Columns that need the response are
#'   left out if `newdata` does not have it; columns of the data that have the
#'   name of one of these are replaced. Row names that are no running numbers
#'   become the column `.rownames`. Rows with missing values have `NA`; without
#'   data they are there, but empty, if the `na.action` of the fit was
#'   [na.exclude()].
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' tidy(fit)
#' glance(fit)
#' head(augment(fit))
#' @export
tidy.sgmoe <- function(x, ...) {
  refuse_dots(list(...), "tidy")
  component <- rep(names(x$labels), lengths(x$labels))
  term <- names(x$coefficients)
  expert <- as.integer(sub("^(gate|expert|shared)([0-9]*):.*$", "\\2", term))
  q <- length(x$responses)
  columns <- length(x$blueprint$expert_columns)
  response <- rep(if (q == 1L) x$responses else NA_character_, length(term))
  response[component == "gate"] <- NA
  own <- if (has_classes(x)) x$responses[-1L] else x$responses
  response[component == "expert"] <- rep(rep(own, each = columns), x$k)
  data.frame(
    term = term, component = component, expert = expert, response = response,
    estimate = unname(x$coefficients)
  )
}

#' @rdname tidy.sgmoe
#' @export
glance.sgmoe <- function(x, ...) {
  refuse_dots(list(...), "glance")
  logLik <- logLik.sgmoe(x)
  data.frame(
    k = x$k, logLik = c(logLik), AIC = stats::AIC(logLik),
    BIC = stats::BIC(logLik), ICL = integrated_likelihood(x), df = x$df,
    nobs = x$nobs,
    converged = x$converged, reason = x$reason, passes = x$passes
  )
}

#' @rdname tidy.sgmoe
#' @export
augment.sgmoe <- function(x, data = NULL, newdata = NULL, ...) {
  call <- match.call()
  refuse_dots(list(...), "augment")
  given <- if (is.null(newdata)) data else newdata
  has_response <- TRUE
  if (is.null(given)) {
    design <- fitted_design(x)
    given <- fitted_rows(design)
  } else {
    has_response <- all(all.vars(x$blueprint$response_call) %in% names(given))
    design <- replay_design(
      x$blueprint, given,
      response = has_response, call = call
    )
  }
  columns <- augmented_columns(x, design, has_response)
  columns <- lapply(columns, pad_rows, na_action = design$na_action)
  given <- as_tidy_frame(given)
  given[names(columns)] <- lapply(columns, unname)
  given
}

#' The model frame of a fit, with rows of NA where na.exclude() took rows out
#' @noRd
fitted_rows <- function(design) {
  frame <- design$frame
  attr(frame, "terms") <- NULL
  attr(frame, "na.action") <- NULL
  if (!inherits(design$na_action, "exclude")) {
    return(frame)
  }
  rows <- pad_rows(
    stats::setNames(seq_len(nrow(frame)), row.names(frame)), design$na_action
  )
  padded <- frame[rows, , drop = FALSE]
  row.names(padded) <- names(rows)
  padded
}

#' What augment() adds to data, a list by name
#' @noRd
augmented_columns <- function(fit, design, has_response) {
  by_column <- function(matrix, names) {
    columns <- lapply(seq_len(ncol(matrix)), function(j) matrix[, j])
    stats::setNames(columns, names)
  }
  of_response <- function(name) {
    if (length(fit$responses) == 1L) name else paste0(name, "_", fit$responses)
  }
  fitted <- as.matrix(predict_design(fit, design, "response"))
  columns <- c(
    by_column(fitted, of_response(".fitted")),
    if (has_classes(fit)) {
      list(.class = most_probable(fitted, fit$blueprint))
    } else if (has_response) {
      by_column(design$y - fitted, of_response(".resid"))
    },
    by_column(
      predict_design(fit, design, "gate"), paste0(".gate_", seq_len(fit$k))
    )
  )
  if (!has_response) {
    return(columns)
  }
  posterior <- predict_design(fit, design, "posterior")
  c(
    columns,
    by_column(posterior, paste0(".posterior_", seq_len(fit$k))),
    list(.expert = largest_column(posterior))
  )
}

#' A tibble, as broom gives it, with row names that say something as a column;
#' a data frame where tibble is not installed
#' @noRd
as_tidy_frame <- function(data, has_tibble = requireNamespace(
                            "tibble",
                            quietly = TRUE
                          )) {
  if (!has_tibble) {
    return(as.data.frame(data))
  }
  names <- row.names(data)
  plain <- tibble::as_tibble(data, .name_repair = "minimal")
  if (!inherits(data, "tbl_df") && any(names != seq_along(names))) {
    plain <- tibble::add_column(plain, .rownames = names, .before = 1L)
  }
  plain
}
