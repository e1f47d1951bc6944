# The local rate of convergence of the unaccelerated algorithm.

#' The largest eigenvalue of the Jacobian of the unaccelerated map at the fit
#'
#' By the power method on differences of the map, on at most 5000 rows.
#' @param problem That of the fit, or NULL without its data.
#' @noRd
local_rate <- function(fit, problem) {
  # Where coefficients grow for ever there is no optimum to come close to.
  if (is.null(problem) || fit$k == 1 ||
    fit$reason %in% c("non_finite", "separated")) {
    return(NA_real_)
  }
  rows <- problem$rows
  used <- even_rows(rows, 5000)
  problem <- subset_problem(problem, used)
  model <- spec_model(fit$spec)
  map <- function(point) {
    core_pass(problem$data, model, point, "fisher", fit$control$threads)$image
  }
  centre <- core_pack(model, fit$parameters)
  if (length(used) < rows) {
    # The optimum of all rows is none of the sample.
    run <- run_core(problem, fit$parameters, fit$control)
    centre <- core_pack(model, run$parameters)
  }
  image <- map(centre)
  # A fixed direction without symmetry: no random number is drawn. Logits must
  # sum to zero: along a common shift of all gates nothing changes, and the map
  # has the eigenvalue one.
  direction <- cos(seq_along(centre)^2)
  direction <- tangent_direction(direction, fit$spec)
  rate <- NA_real_
  for (i in seq_len(50L)) {
    direction <- direction * 1e-5 / sqrt(sum(direction^2))
    direction <- map(centre + direction) - image
    size <- sqrt(sum(direction^2)) / 1e-5
    if (!is.finite(size) || size == 0) {
      return(NA_real_)
    }
    if (i > 5L && abs(size - rate) < 1e-4 * size) {
      break
    }
    rate <- size
  }
  if (size < 1) size else NA_real_
}
