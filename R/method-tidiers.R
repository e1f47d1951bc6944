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
#' @param ... Not used.
#' @return A data frame.
#' - `tidy()`: a row for each coefficient, with `term` (the full name, as
#'   [coef()] gives it), `component` ("gate", "expert" or "scale"), `expert`
#'   (its number, `NA` for a shared scale), `response` (or class), and
#'   `estimate`.
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
  spec <- x$spec
  sizes <- lengths(coefficient_parts(spec))
  experts <- seq_len(spec$k)
  predictors <- family_of(spec)$predictors(spec)
  named <- if (is.null(predictors)) spec$responses else predictors
  each <- function(values, size) {
    rep(values, each = if (length(values)) size / length(values) else 0)
  }
  data.frame(
    term = names(x$coefficients),
    component = rep(names(sizes), sizes),
    expert = c(
      each(experts[-1L], sizes[["gate"]]), each(experts, sizes[["expert"]]),
      each(if (spec$shared) NA_integer_ else experts, sizes[["scale"]])
    ),
    response = c(
      rep(NA_character_, sizes[["gate"]]),
      each(rep(named, spec$k), sizes[["expert"]]),
      rep(if (is.null(predictors)) named else NA_character_, sizes[["scale"]])
    ),
    estimate = unname(x$coefficients)
  )
}

#' @rdname tidy.sgmoe
#' @export
glance.sgmoe <- function(x, ...) {
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
  call <- rlang::current_env()
  given <- if (is.null(newdata)) data else newdata
  if (is.null(given)) {
    design <- fitted_design(x, call)
    given <- design$frame
  } else {
    needed <- all.vars(x$blueprint$response_call)
    design <- replay_design(
      x$blueprint, given,
      response = all(needed %in% names(given)), call = call
    )
  }
  has_response <- !is.null(design$y)
  rows <- evaluate_rows(
    x, design, c("gate", "expert", if (has_response) "posterior")
  )
  fitted <- mixture_mean(rows$means, rows$gate)
  extra <- family_of(x)$augment(fitted, design$y, x$spec)
  columns <- c(
    list(given, response_columns(fitted, ".fitted", x)),
    Map(response_columns, extra, names(extra), list(x)),
    list(numbered_columns(rows$gate, ".gate_")),
    if (has_response) {
      list(
        numbered_columns(rows$posterior, ".posterior_"),
        data.frame(.expert = most_probable_expert(rows$posterior))
      )
    }
  )
  result <- do.call(cbind, unname(lapply(columns, as.data.frame)))
  if (inherits(given, "tbl_df") && requireNamespace("tibble", quietly = TRUE)) {
    return(tibble::as_tibble(result))
  }
  rownames(result) <- as.character(design$row_names)
  result
}

#' @noRd
numbered_columns <- function(values, name) {
  values <- as.data.frame(values)
  names(values) <- paste0(name, seq_along(values))
  values
}

#' Columns named after the responses, if there are several
#' @noRd
response_columns <- function(values, name, fit) {
  values <- as.data.frame(values)
  names(values) <- if (ncol(values) == 1L) {
    name
  } else {
    paste0(name, "_", fit$responses)
  }
  values
}

#' @noRd
most_probable_expert <- function(posterior) {
  expert <- rep(NA_integer_, nrow(posterior))
  known <- !is.na(posterior[, 1L])
  expert[known] <- max.col(posterior[known, , drop = FALSE], "first")
  expert
}
