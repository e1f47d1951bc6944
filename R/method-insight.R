# Methods for the package insight, by which parameters and others read a fit.

#' What the package insight asks of a fit
#'
#' Methods for generics of insight, registered when it is loaded: the
#' coefficients, their covariance and the formulas by component, "gate",
#' "expert" or "scale" (of formulas "conditional", the experts', and "gate").
#'
#' @param x A fit from [sgmoe()].
#' @param component Which coefficients: "all", "gate", "expert" or "scale".
#' @param verbose,... Not used.
#' @return As the generics have it: `get_parameters()` a data frame with
#'   `Parameter`, the names of [coef()], `Estimate` and `Component`,
#'   `get_statistic()` one with `Statistic` in place of the estimate,
#'   `get_varcov()` the matrix of [vcov.sgmoe()], and `find_formula()` a list of
#'   formulas.
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
