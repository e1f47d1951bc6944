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
#' @return A data frame.
#' - `tidy()`: a row for each coefficient, with `term` (the full name, as
#'   [coef()] gives it), `component` ("gate", "expert" or "scale"), `expert`
#'   (its number, `NA` for a shared scale), `response`, and `estimate`.
#' - `glance()`: one row with `k`, `logLik`, `AIC`, `BIC`, `ICL`, `df`, `nobs`,
#'   `converged`, `reason`, `passes`.
#' - `augment()`: the data with `.fitted` and `.resid` (for several responses
#'   `.fitted_y1`, ...; for classes `.fitted_<class>`, the probabilities, and
#'   `.class`, the most probable one), `.gate_1`, ..., `.posterior_1`, ..., and
#'   `.expert`, the most probable expert. Columns that need the response are
#'   left out if `newdata` does not have it.
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
  refuse_dots(list(...), "augment")
  given <- if (is.null(newdata)) data else newdata
  if (is.null(given)) {
    design <- fitted_design(x)
    given <- design$frame
    has_response <- TRUE
  } else {
    needed <- all.vars(x$blueprint$response_call)
    has_response <- all(needed %in% names(given))
    design <- replay_design(
      x$blueprint, given,
      response = has_response, call = match.call()
    )
  }
  number <- function(matrix, name) {
    matrix <- as.data.frame(matrix)
    names(matrix) <- paste0(name, seq_along(matrix))
    matrix
  }
  of_response <- function(matrix, name) {
    matrix <- as.data.frame(matrix)
    names(matrix) <- if (ncol(matrix) == 1L) {
      name
    } else {
      paste0(name, "_", x$responses)
    }
    matrix
  }
  fitted <- as.matrix(predict_design(x, design, "response"))
  columns <- list(
    given, of_response(fitted, ".fitted"),
    if (has_classes(x)) {
      data.frame(.class = most_probable(fitted, x$responses))
    } else if (has_response) {
      of_response(design$y - fitted, ".resid")
    },
    number(predict_design(x, design, "gate"), ".gate_")
  )
  if (has_response) {
    posterior <- predict_design(x, design, "posterior")
    expert <- rep(NA_integer_, nrow(posterior))
    known <- !is.na(posterior[, 1L])
    expert[known] <- max.col(posterior[known, , drop = FALSE], "first")
    columns <- c(columns, list(
      number(posterior, ".posterior_"), data.frame(.expert = expert)
    ))
  }
  columns <- Filter(Negate(is.null), columns)
  result <- do.call(cbind, lapply(columns, as.data.frame))
  if (inherits(given, "tbl_df") && requireNamespace("tibble", quietly = TRUE)) {
    return(tibble::as_tibble(result))
  }
  rownames(result) <- as.character(design$row_names)
  result
}
