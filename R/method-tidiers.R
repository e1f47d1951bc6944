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
#' @param newdata,data A data frame to add columns to, one of the two; the
#'   default is the model frame of the fit. Of a source of chunks the result is a
#'   source, see [predict.sgmoe()].
#' @param conf.int Also the columns `conf.low` and `conf.high`, the Wald intervals
#'   of [confint.sgmoe()]?
#' @param interval `"prediction"` adds the bounds of prediction intervals,
#'   `"confidence"` those of confidence intervals of the mean, see
#'   [predict.sgmoe()]; `"none"`, the default, none.
#' @param se_fit Also the standard errors of `.fitted`? `FALSE` by default.
#' @param vcov Which covariance of the coefficients these and confidence
#'   intervals are made of, as in [predict.sgmoe()].
#' @param conf.level The level of these intervals, between 0 and 1. Where
#'   `augment()` is asked for none it is an error; `tidy()` lets it be, since
#'   packages that tidy models of all kinds give it always.
#' @param ... Anything else is an error, except what `mice::pool()` says to all
#'   models (`effects`, `parametric`, `exponentiate = FALSE`), which is ignored.
#' @return A data frame; `augment()` gives a tibble where that package is
#'   installed.
#' - `tidy()`: a row for each coefficient, with `term` (the full name, as
#'   [coef()] gives it), `component` ("gate", "expert" or "scale"), `expert`
#'   (its number, `NA` for a shared scale), `response` (or class), `estimate`,
#'   `std.error`, `statistic` and `p.value` (see [summary.sgmoe()]; scales have
#'   no test), and maybe `conf.low` and `conf.high`. Where a stream has
#'   none, standard errors are `NA`, and asking for intervals is an error.
#' - `glance()`: one row with `k`, `logLik`, `AIC`, `BIC`, `ICL`, `df`, `nobs`,
#'   `converged`, `reason`, `passes`.
#' - `augment()`: the data with `.fitted` and `.resid` (for several responses
#'   `.fitted_y1`, ...; for classes `.fitted_<class>`, the probabilities, and
#'   `.class`, the most probable one), `.gate_1`, ..., `.posterior_1`, ..., and
#'   `.expert`, the most probable expert; with an interval `.lower` and `.upper`,
#'   with `se_fit` `.se.fit` (for several responses `.lower_y1`, ...).
#'   Columns that need the response are
#'   left out if `newdata` does not have it; columns of the data that have the
#'   name of one of these are replaced. Row names that are no running numbers
#'   become the column `.rownames`. Rows with missing values have `NA`; without
#'   data they are there, but empty, if the `na.action` of the fit was
#'   [na.exclude()].
#' @family predictions
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' tidy(fit, conf.int = TRUE)
#' glance(fit)
#' head(augment(fit))
#' @export
tidy.sgmoe <- function(x, conf.int = FALSE, conf.level = 0.95, ...) {
  check_stored(x)
  call <- rlang::current_env()
  dots <- list(...)
  for (name in c("effects", "parametric", if (isFALSE(dots$exponentiate)) "exponentiate")) {
    dots[[name]] <- NULL
  }
  refuse_dots(dots, "tidy", call)
  conf.int <- check_flag(conf.int, "conf.int", call, "argument")
  level <- check_level(conf.level, "conf.level", call)
  spec <- x$spec
  sizes <- lengths(coefficient_parts(spec))
  experts <- seq_len(spec$k)
  predictors <- family_of(spec)$predictors(spec)
  named <- predictors %||% spec$responses
  each <- function(values, size) {
    rep(values, each = if (length(values)) size / length(values) else 0)
  }
  result <- data.frame(
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
  cbind(result, tested_columns(x, if (conf.int) level, call))
}

#' Standard errors, tests and maybe intervals of coefficients as tidy() has them
#'
#' @param level Of the intervals, NULL for none.
#' @noRd
tested_columns <- function(fit, level, call = rlang::caller_env()) {
  covariance <- if (has_curvature(fit) || !is.null(level)) {
    found <- coefficient_covariance(fit, "bayes", call = call)
    warn_of_covariance(found, "bayes", fit, call)
  }
  table <- unname(coefficient_table(fit, covariance))
  columns <- data.frame(
    std.error = table[, 2L], statistic = table[, 3L], p.value = table[, 4L]
  )
  if (!is.null(level)) {
    limits <- wald_intervals(fit, table, level)
    columns$conf.low <- unname(limits[, 1L])
    columns$conf.high <- unname(limits[, 2L])
  }
  columns
}

#' @rdname tidy.sgmoe
#' @export
glance.sgmoe <- function(x, ...) {
  check_stored(x)
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
augment.sgmoe <- function(x, data = NULL, newdata = NULL,
                          interval = c("none", "prediction", "confidence"),
                          conf.level = 0.95, se_fit = FALSE, vcov = "bayes",
                          ...) {
  check_stored(x)
  call <- rlang::current_env()
  refuse_dots(list(...), "augment", call)
  refuse_idle(
    c(data = !is.null(data) && !is.null(newdata)),
    "{.arg newdata} takes its place: give one of them.", call
  )
  refuse_idle_level(c(conf.level = !missing(conf.level)), interval, call)
  conf.level <- check_level(conf.level, "conf.level", call)
  refuse_idle_vcov(!missing(vcov), se_fit, interval, call)
  asked <- check_distribution(
    x, "response", NULL, interval, conf.level, "plug-in", NULL, call
  )
  errors <- check_errors(
    x, "response", asked, conf.level, se_fit, vcov, call, "se_fit"
  )
  given <- newdata %||% data
  if (is_chunk_source(given)) {
    name <- if (is.null(newdata)) "data" else "newdata"
    return(apply_to_chunks(
      generics::augment, match.call(), parent.frame(), x, given, "rows", name,
      TRUE
    ))
  }
  if (is.null(given)) {
    design <- fitted_design(x, call)
    given <- fitted_rows(design)
  } else {
    design <- replay_design(
      x$blueprint, given,
      response = all(all.vars(x$blueprint$response_call) %in% names(given)),
      call = call
    )
  }
  columns <- augmented_columns(x, design, asked, errors, call)
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
#'
#' @param asked What is asked of intervals, from check_distribution().
#' @param errors What is asked of standard errors, from check_errors().
#' @noRd
augmented_columns <- function(fit, design, asked, errors,
                              call = rlang::caller_env()) {
  names <- as.character(design$row_names)
  has_response <- !is.null(design$y)
  rows <- evaluate_rows(
    fit, design, c("gate", "expert", if (has_response) "posterior")
  )
  by_column <- function(values, labels) {
    columns <- lapply(seq_len(NCOL(values)), function(j) {
      if (is.matrix(values)) values[, j] else values
    })
    columns <- lapply(columns, stats::setNames, names)
    stats::setNames(columns, labels)
  }
  of_response <- function(values, label) {
    by_column(values, if (NCOL(values) == 1L) {
      label
    } else {
      paste0(label, "_", fit$responses)
    })
  }
  by_expert <- function(values, label) {
    by_column(values, paste0(label, seq_len(fit$k)))
  }
  fitted <- predicted_mean(fit, rows)
  extra <- family_of(fit)$augment(fitted, design$y, fit$blueprint)
  known <- if (!is.null(errors)) {
    mean_errors(fit, design, rows, "mean", fitted, errors, call)
  }
  limits <- known$limits
  if (asked$type == "interval") {
    values <- predict_distribution(fit, design, asked)
    values <- array(values, c(nrow(fitted), ncol(fitted), 3L))
    limits <- lapply(list(lwr = 2L, upr = 3L), function(i) {
      array(values[, , i], dim(fitted))
    })
  }
  c(
    of_response(fitted, ".fitted"),
    if (!is.null(limits)) {
      c(of_response(limits$lwr, ".lower"), of_response(limits$upr, ".upper"))
    },
    if (isTRUE(errors$shown)) of_response(known$error, ".se.fit"),
    unlist(unname(Map(of_response, extra, names(extra))), recursive = FALSE),
    by_expert(rows$gate, ".gate_"),
    if (has_response) {
      c(
        by_expert(rows$posterior, ".posterior_"),
        by_column(largest_column(rows$posterior), ".expert")
      )
    }
  )
}

#' A tibble, as broom gives it, with row names that say something as a column;
#' a data frame where tibble is not installed
#' @noRd
as_tidy_frame <- function(data, has_tibble = has_package("tibble")) {
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
