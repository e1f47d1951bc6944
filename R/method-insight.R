# Methods for the package insight, by which parameters and others read a fit.

#' What the package insight asks of a fit
#'
#' Methods for generics of insight, registered when it is loaded: the
#' coefficients, their covariance and the formulas by component, "gate",
#' "expert" or "scale" (of formulas "conditional", the experts', and "gate").
#'
#' Of a stream there are those that need no rows; the others raise
#' `sgmoe_error_no_data`.
#'
#' @param x A fit from [sgmoe()], or a stream.
#' @param component Which coefficients: "all", "gate", "expert" or "scale".
#' @param type Which degrees of freedom: `"residual"`, the default,
#'   [df.residual()]; `"model"`, the number of parameters; `"normal"` and
#'   `"wald"`, infinite, since tests are by the normal distribution.
#' @param verbose,... Not used.
#' @return As the generics have it: `get_parameters()` a data frame with
#'   `Parameter`, the names of [coef()], `Estimate` and `Component`,
#'   `get_statistic()` one with `Statistic` in place of the estimate,
#'   `get_varcov()` the matrix of [vcov.sgmoe()], `find_formula()` a list of
#'   formulas, `get_df()` a number, `get_loglikelihood()` what [logLik()] gives,
#'   and `is_converged()` TRUE or FALSE (of a stream NA).
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
      Parameter = names(x$coefficients)[at],
      Statistic = unname(table[at, 3L]), Component = names(at)
    ),
    statistic = "z-statistic"
  )
}

#' @rdname insight-methods
#' @exportS3Method insight::get_varcov sgmoe
get_varcov.sgmoe <- function(x, component = "all", verbose = TRUE, ...) {
  at <- component_positions(x, component)
  vcov.sgmoe(x)[at, at, drop = FALSE]
}

#' @rdname insight-methods
#' @exportS3Method insight::get_df sgmoe
get_df.sgmoe <- function(x, type = "residual", verbose = TRUE, ...) {
  type <- check_choice(
    type, "type", c("residual", "model", "normal", "wald"),
    what = "argument"
  )
  switch(type,
    residual = stats::df.residual(x),
    model = reported_size(x),
    Inf
  )
}

#' @rdname insight-methods
#' @exportS3Method insight::get_loglikelihood sgmoe
get_loglikelihood.sgmoe <- function(x, ...) {
  stats::logLik(x)
}

#' @rdname insight-methods
#' @exportS3Method insight::loglikelihood sgmoe
loglikelihood.sgmoe <- get_loglikelihood.sgmoe

#' @rdname insight-methods
#' @exportS3Method insight::is_converged sgmoe
is_converged.sgmoe <- function(x, ...) {
  check_stored(x)
  x$converged
}

# Of streams -------------------------------------------------------------------

#' @rdname insight-methods
#' @exportS3Method insight::find_formula sgmoe_stream
find_formula.sgmoe_stream <- function(x, verbose = TRUE, ...) {
  find_formula.sgmoe(reported_fit(x))
}

#' @rdname insight-methods
#' @exportS3Method insight::get_parameters sgmoe_stream
get_parameters.sgmoe_stream <- function(x, component = "all", ...) {
  get_parameters.sgmoe(reported_fit(x), component)
}

#' @rdname insight-methods
#' @exportS3Method insight::get_df sgmoe_stream
get_df.sgmoe_stream <- get_df.sgmoe

#' @rdname insight-methods
#' @exportS3Method insight::get_loglikelihood sgmoe_stream
get_loglikelihood.sgmoe_stream <- get_loglikelihood.sgmoe

#' @rdname insight-methods
#' @exportS3Method insight::loglikelihood sgmoe_stream
loglikelihood.sgmoe_stream <- get_loglikelihood.sgmoe

#' @rdname insight-methods
#' @exportS3Method insight::is_converged sgmoe_stream
is_converged.sgmoe_stream <- function(x, ...) {
  require_pilot(x)
  NA # it goes on as long as rows come
}

#' The number of parameters of a fit or a stream
#' @noRd
reported_size <- function(x) {
  if (inherits(x, "sgmoe")) x$df else reported_fit(x)$df
}

#' The positions of the coefficients of a component, named by it
#'
#' @param component As above.
#' @noRd
component_positions <- function(fit, component, call = rlang::caller_env()) {
  check_stored(fit, call)
  parts <- coefficient_parts(fit$spec)
  component <- check_choice(
    component, "component", c("all", names(parts)), call, "argument"
  )
  chosen <- if (component == "all") parts else parts[component]
  stats::setNames(
    unlist(chosen, use.names = FALSE), rep(names(chosen), lengths(chosen))
  )
}
