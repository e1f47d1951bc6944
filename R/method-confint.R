# Confidence intervals.

#' Confidence intervals of the coefficients
#'
#' From standard errors, from profiles of the likelihood, or from a bootstrap.
#'
#' @param object A fit from [sgmoe()], a selection, a stream, or a [bootstrap()]
#'   of a fit. `"profile"` and `"bootstrap"` need a fit that keeps its data.
#' @param parm Which coefficients: names, or positions in [coef()]. All by
#'   default.
#' @param level The confidence level, between 0 and 1.
#' @param method `"wald"`, the default, from standard errors: coefficient plus
#'   and minus a multiple of its standard error, for standard deviations and
#'   variances on the log scale, so that the interval is positive;
#'   `"profile"`, the values that a coefficient can be held at without twice the
#'   objective, maximised over all other coefficients, falling by more than a
#'   chi-square quantile; or `"bootstrap"`, the percentiles of refits, see
#'   [bootstrap()].
#'   Where experts overlap, Wald intervals are too short: the likelihood is far
#'   from a parabola there. The others then do better; a limit of a
#'   profile is infinite where the objective does not fall far enough.
#' @param type,cluster For `"wald"`, as in [vcov.sgmoe()]; `NULL`, the default,
#'   is `"bayes"` without clusters. For `"bootstrap"` `type` is that of
#'   [bootstrap()]. Where they have no effect they are an error.
#' @param ... For `"bootstrap"`, arguments of [bootstrap()], such as `nsim`;
#'   anything else is an error.
#' @return A matrix with a row for each coefficient and the columns of the lower
#'   and the upper limit, `2.5 %` and `97.5 %` by default. Where the standard
#'   error is not known it has `NA`, and there is a warning, see
#'   [vcov.sgmoe()]. Limits of a profile that are not found are `NA`, too, with a
#'   warning of class `sgmoe_warning_profile`: also where a higher maximum than
#'   the fit's was met.
#' @section Errors: `sgmoe_error_argument` for coefficients that there are not,
#'   and those of [vcov.sgmoe()].
#' @family inference
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, gate = ~1, starts = 2)
#' confint(fit)
#' confint(fit, "expert1:(sigma)", level = 0.9)
#' confint(fit, "expert1:speed", method = "profile")
#' @importFrom stats confint
#' @export
#' @order 1
confint.sgmoe <- function(object, parm, level = 0.95,
                          method = c("wald", "profile", "bootstrap"),
                          type = NULL,
                          cluster = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  level <- check_level(level, "level", call)
  method <- check_choice(
    method, "method", c("wald", "profile", "bootstrap"), call, "argument"
  )
  refuse_idle(
    c(type = !is.null(type), cluster = !is.null(cluster)) &
      c(method == "profile", method != "wald"),
    "They are for {.code method = \"wald\"}; {.arg type} also for
     {.code \"bootstrap\"}.", call
  )
  at <- check_parm(if (missing(parm)) NULL else parm, object, call)
  if (method == "bootstrap") {
    drawn <- bootstrap.sgmoe(
      object, type %||% "weighted", ...
    )
    return(percentiles(drawn, level)[at, , drop = FALSE])
  }
  refuse_dots(list(...), "confint", call)
  if (method == "profile") {
    return(profile_intervals(object, at, level, call))
  }
  type <- check_choice(
    type %||% covariance_types, "type", covariance_types,
    call, "argument"
  )
  refuse_idle_cluster(cluster, type, call)
  groups <- resolve_cluster(cluster, object, parent.frame(), call)
  found <- coefficient_covariance(object, type, groups, call)
  table <- coefficient_table(
    object, warn_of_covariance(found, type, object, call)
  )
  wald_intervals(object, table, level)[at, , drop = FALSE]
}
