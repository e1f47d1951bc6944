# Methods for the package insight, by which parameters and others read a fit.

#' What the package insight asks of a fit
#'
#' Methods for generics of insight and of the packages that build on it,
#' registered when they are loaded: the coefficients, their covariance, standard
#' errors and intervals, and the formulas by component, "gate", "expert" or "scale"
#' (of formulas "conditional", the experts', and "gate"). With them
#' `parameters::model_parameters(fit)` and `performance::model_performance(fit)`
#' work. (`compare_performance()` takes classes of its own list only.)
#'
#' Of a stream there are those that need no rows; the others raise
#' `sgmoe_error_no_data`.
#'
#' @param x,model A fit from [sgmoe()], or a stream.
#' @param type Which degrees of freedom: `"residual"`, the default,
#'   [df.residual()]; `"model"`, the number of parameters; `"normal"` and
#'   `"wald"`, infinite, since tests are by the normal distribution.
#' @param component Which coefficients: "all", "gate", "expert" or "scale";
#'   "conditional" is "all", too.
#' @param flatten One vector in place of a list?
#' @param ci The level of intervals.
#' @param vcov `NULL` for the default of [vcov.sgmoe()], one of its types, the
#'   matrix itself, or a function of the fit that gives one of these. `vcov_args`
#'   is an error.
#' @param verbose,metrics,... Not used.
#' @return As the generics have it: `get_parameters()` a data frame with
#'   `Parameter`, the names of [coef()], `Estimate` and `Component`,
#'   `get_statistic()` one with `Statistic` in place of estimate and component (of
#'   which parameters takes only one),
#'   `get_varcov()` the matrix of [vcov.sgmoe()], `find_formula()` a list of
#'   formulas, `get_df()` a number, `get_loglikelihood()` what [logLik()] gives,
#'   `is_converged()` TRUE or FALSE (of a stream NA), `get_data()` response and
#'   covariates of both parts, `link_function()` and `link_inverse()` those of the
#'   experts, `standard_error()`, `p_value()` and `ci()` data frames of what
#'   [summary.sgmoe()] and [confint.sgmoe()] say,
#'   `degrees_of_freedom()` `Inf`, and `model_performance()` one with `AIC`, `BIC`, `ICL` and
#'   `RMSE`.
#' @name insight-methods
#' @keywords internal
#' @examplesIf requireNamespace("insight", quietly = TRUE)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, gate = ~1, starts = 2)
#' insight::find_formula(fit)
#' insight::get_parameters(fit, component = "gate")
NULL

#' @rdname insight-methods
#' @exportS3Method insight::find_formula sgmoe
find_formula.sgmoe <- function(x, verbose = TRUE, ...) {
  structure(
    list(
      conditional = formula.sgmoe(x), gate = formula.sgmoe(x, "gate")
    ),
    class = c("insight_formula", "list")
  )
}

#' @rdname insight-methods
#' @exportS3Method insight::get_parameters sgmoe
get_parameters.sgmoe <- function(x, component = "all", ...) {
  at <- component_positions(x, component)
  data.frame(
    Parameter = names(x$coefficients)[at],
    Estimate = unname(x$coefficients[at]), Component = names(at)
  )
}

#' @rdname insight-methods
#' @exportS3Method insight::get_statistic sgmoe
get_statistic.sgmoe <- function(x, component = "all", ...) {
  at <- component_positions(x, component)
  table <- coefficient_table(x, vcov.sgmoe(x))
  structure(
    data.frame(
      Parameter = names(x$coefficients)[at], Statistic = unname(table[at, 3L])
    ),
    statistic = "z-statistic"
  )
}

#' @rdname insight-methods
#' @exportS3Method insight::get_varcov sgmoe
get_varcov.sgmoe <- function(x, component = "all", verbose = TRUE, vcov = NULL,
                             ...) {
  at <- component_positions(x, component)
  asked_covariance(x, vcov, list(...))[at, at, drop = FALSE]
}

#' @rdname insight-methods
#' @exportS3Method insight::find_predictors sgmoe
find_predictors.sgmoe <- function(x, flatten = FALSE, verbose = TRUE, ...) {
  found <- lapply(c(conditional = "expert", gate = "gate"), function(part) {
    all.vars(covariate_formula(terms.sgmoe(x, part)))
  })
  if (flatten) unique(unlist(found, use.names = FALSE)) else Filter(length, found)
}

#' @rdname insight-methods
#' @exportS3Method insight::find_random sgmoe
find_random.sgmoe <- function(x, ...) {
  NULL # there are no random effects, which parameters asks for
}

#' @exportS3Method insight::find_random sgmoe_stream
find_random.sgmoe_stream <- find_random.sgmoe

#' @rdname insight-methods
#' @exportS3Method insight::get_data sgmoe
get_data.sgmoe <- function(x, verbose = TRUE, ...) {
  require_model(x, rlang::current_env())
  raw <- find_raw(x, rlang::current_env())
  response <- raw_response(x)
  cbind(response, raw[setdiff(names(raw), names(response))])
}

#' The variables of the response in the rows of the model frame; the response itself
#' where it is not computed from columns
#' @noRd
raw_response <- function(fit) {
  needed <- all.vars(fit$blueprint$response_call)
  kept <- kept_data(fit)
  if (length(needed) && all(needed %in% names(kept))) {
    kept[needed]
  } else {
    as.data.frame(fit$model)[1L]
  }
}

#' @rdname insight-methods
#' @exportS3Method insight::link_inverse sgmoe
link_inverse.sgmoe <- function(x, ...) {
  stats::make.link(family_of(x)$glm[[1L]])$linkinv
}

#' The covariance that parameters and insight ask for
#'
#' @param vcov As in read_vcov().
#' @param dots What else they say: `vcov_args`, which settings there are for.
#' @noRd
asked_covariance <- function(fit, vcov, dots, call = rlang::caller_env()) {
  if (length(dots$vcov_args)) {
    abort("unsupported", c(
      "{.arg vcov_args} is not taken.",
      "i" = "Give the matrix as {.arg vcov}, such as
             {.code vcov(fit, type = \"sandwich\", cluster = ~ id)}."
    ), call)
  }
  chosen_covariance(fit, vcov, call)
}

#' @rdname insight-methods
#' @exportS3Method parameters::standard_error sgmoe
standard_error.sgmoe <- function(model, component = "all", vcov = NULL, ...) {
  at <- component_positions(model, component)
  table <- coefficient_table(model, asked_covariance(model, vcov, list(...)))
  data.frame(
    Parameter = rownames(table)[at], SE = unname(table[at, 2L])
  )
}

#' @rdname insight-methods
#' @exportS3Method parameters::p_value sgmoe
p_value.sgmoe <- function(model, component = "all", vcov = NULL, ...) {
  at <- component_positions(model, component)
  table <- coefficient_table(model, asked_covariance(model, vcov, list(...)))
  data.frame(
    Parameter = rownames(table)[at], p = unname(table[at, 4L])
  )
}

#' @rdname insight-methods
#' @exportS3Method parameters::degrees_of_freedom sgmoe
degrees_of_freedom.sgmoe <- function(model, ...) {
  Inf # tests are normal
}

#' @rdname insight-methods
#' @exportS3Method bayestestR::ci sgmoe
ci.sgmoe <- function(x, ci = 0.95, component = "all", vcov = NULL, ...) {
  at <- component_positions(x, component)
  level <- check_level(ci, "ci", rlang::current_env())
  table <- coefficient_table(x, asked_covariance(x, vcov, list(...)))
  limits <- wald_intervals(x, table, level)
  data.frame(
    Parameter = rownames(limits)[at], CI = level,
    CI_low = unname(limits[at, 1L]), CI_high = unname(limits[at, 2L])
  )
}

#' @rdname insight-methods
#' @exportS3Method performance::model_performance sgmoe
model_performance.sgmoe <- function(model, metrics = "all", verbose = TRUE, ...) {
  check_stored(model)
  error <- stats::residuals(model)
  weights <- stats::weights(model) %||% 1
  squared <- weights * as.matrix(error)^2
  rows <- sum(weights * !is.na(as.matrix(error)[, 1L]))
  structure(
    data.frame(
      AIC = stats::AIC(model), BIC = stats::BIC(model),
      ICL = integrated_likelihood(model),
      RMSE = sqrt(sum(squared, na.rm = TRUE) / rows / NCOL(error))
    ),
    class = c("performance_model", "data.frame")
  )
}

#' The positions of the coefficients of a component, named by it
#'
#' @param component As above.
#' @noRd
component_positions <- function(fit, component, call = rlang::caller_env()) {
  check_stored(fit, call)
  parts <- coefficient_parts(fit$spec)
  component <- check_choice(
    component, "component", c("all", names(parts), "conditional"), call,
    "argument"
  )
  chosen <- if (component %in% names(parts)) parts[component] else parts
  stats::setNames(
    unlist(chosen, use.names = FALSE), rep(names(chosen), lengths(chosen))
  )
}
