# Standard errors of streams.
#
# A stream that reports by a Newton step keeps the sum B of the outer products of
# rows' scores, taken along its path, and its average step is as good an estimate as
# that of all rows at once (Polyak and Juditsky 1992). So B per unit of weight,
# times the weight of all rows, stands for their information: they are equal in the
# mean if the model holds. That is the covariance type "opg" of fits, to the order
# by which the path differs from its end.

#' What the fit of a stream has its standard errors from, or NULL
#'
#' @param fit What stream_fit() gives.
#' @noRd
stream_curvature <- function(stream, fit) {
  state <- stream$state
  # A constant step forgets, so that the rows behind the report are unknown.
  if (!is.null(stream$control$constant) || !isTRUE(state$score_outer_weight > 0) ||
    !keeps_curvature(fit$spec)) {
    return(NULL)
  }
  outer <- state$score_outer
  outer <- from_lower(outer[lower.tri(outer, diag = TRUE)], nrow(outer)) *
    (fit$nobs / state$score_outer_weight)
  # Columns that became aliased are in B, but in no coefficient.
  kept <- free_columns(stream$spec, fit$spec$aliased)
  outer <- outer[kept, kept, drop = FALSE]
  new_curvature(NULL, penalty_hessian(fit$spec, fit$parameters), outer)
}

#' Which free coordinates are left without aliased columns
#'
#' @param aliased For gate and experts: which of their columns.
#' @noRd
free_columns <- function(spec, aliased) {
  sizes <- free_sizes(spec)
  c(
    rep_len(!aliased$gate, sizes[["gate"]]),
    rep_len(!aliased$expert, sizes[["expert"]]), rep(TRUE, sizes[["scale"]])
  )
}
