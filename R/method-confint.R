# Confidence intervals.

#' Confidence intervals of the coefficients
#'
#' @param object A fit from [sgmoe()] that keeps its data, a selection, or a
#'   [bootstrap()] of one.
#' @param parm Which coefficients: names, or positions in [coef()]. All by
#'   default.
#' @param level The confidence level, between 0 and 1.
#' @param method `"wald"`, the default, from standard errors: coefficient plus
#'   and minus a multiple of its standard error, for standard deviations and
#'   variances on the log scale, so that the interval is positive; or
#'   `"bootstrap"`, the percentiles of refits, see [bootstrap()].
#'   Where experts overlap, Wald intervals are too short (they covered 0.80 to
#'   0.84 in place of 0.95 in a small trial): the likelihood is far from a
#'   parabola there. A bootstrap then does better.
#' @param type,cluster For `"wald"`, as in [vcov.sgmoe()].
#' @param ... For `"bootstrap"`, arguments of [bootstrap()], `nsim` and `type`
#'   among them.
#' @return A matrix with a row for each coefficient and the columns of the lower
#'   and the upper limit, `2.5 %` and `97.5 %` by default. Where the standard
#'   error is not known it has `NA`, and there is a warning, see
#'   [vcov.sgmoe()].
#' @section Errors: `sgmoe_error_argument` for coefficients that there are not,
#'   and those of [vcov.sgmoe()].
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, gate = ~1, starts = 2)
#' confint(fit)
#' confint(fit, "expert1:(sigma)", level = 0.9)
#' @importFrom stats confint
#' @export
confint.sgmoe <- function(object, parm, level = 0.95,
                          method = c("wald", "bootstrap"), type = NULL,
                          cluster = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  level <- check_level(level, "level", call)
  method <- check_choice(method, "method", c("wald", "bootstrap"), call, "argument")
  at <- check_parm(if (missing(parm)) NULL else parm, object, call)
  if (method == "bootstrap") {
    drawn <- bootstrap.sgmoe(
      object, if (is.null(type)) "weighted" else type, ...
    )
    return(percentiles(drawn, level)[at, , drop = FALSE])
  }
  refuse_dots(list(...), "confint", call)
  type <- check_choice(
    if (is.null(type)) covariance_types else type, "type", covariance_types,
    call, "argument"
  )
  groups <- resolve_cluster(cluster, object, parent.frame(), call)
  found <- coefficient_covariance(object, type, groups, call)
  table <- coefficient_table(
    object, warn_of_covariance(found, type, object, call)
  )
  wald_intervals(object, table, level)[at, , drop = FALSE]
}
