# The local rate of convergence of the unaccelerated algorithm.

#' The largest eigenvalue of the Jacobian of the unaccelerated map at the fit
#'
#' By the power method on differences of the map, on at most 5000 rows.
#' @noRd
local_rate <- function(fit, steps = 50L) {
  # Where coefficients grow for ever there is no optimum to come close to.
  if (is.null(fit$model) || fit$k == 1 ||
    fit$reason %in% c("non_finite", "separated")) {
    return(NA_real_)
  }
  design <- fitted_design(fit)
  rows <- nrow(design$y)
  used <- unique(round(seq(1, rows, length.out = min(rows, 5000))))
  response <- core_response(design)[used, , drop = FALSE]
  weights <- stats::model.weights(fit$model)[used]
  for (part in c("x", "z", if (!is.null(design$offset)) "offset")) {
    design[[part]] <- design[[part]][used, , drop = FALSE]
  }
  data <- fit_data(fit, design, response, weights)
  model <- fit_model(fit)
  map <- function(point) {
    core_pass(data, model, point, "fisher", fit$control$threads)$image
  }
  centre <- core_pack(model, fit$parameters)
  if (length(used) < rows) {
    # The optimum of all rows is none of the sample.
    problem <- list(
      data = data, model = model, basis = fit$basis, k = fit$k, method = "mm"
    )
    run <- run_core(problem, fit$parameters, fit$control)
    centre <- core_pack(model, run$parameters)
  }
  image <- map(centre)
  # A fixed direction without symmetry: no random number is drawn. Logits must
  # sum to zero: along a common shift of all gates nothing changes, and the map
  # has the eigenvalue one.
  direction <- cos(seq_along(centre)^2)
  direction <- sum_zero_direction(direction, fit)
  rate <- NA_real_
  for (i in seq_len(steps)) {
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

#' A packed direction along which the model changes: logits sum to zero over
#' experts and, of each expert, over classes
#' @noRd
sum_zero_direction <- function(direction, fit) {
  centre <- function(values, columns) {
    values <- matrix(values, ncol = columns)
    values - rowMeans(values)
  }
  gate <- seq_along(fit$parameters$gate)
  direction[gate] <- centre(direction[gate], fit$k)
  if (has_classes(fit)) {
    own <- matrix(direction[-gate], ncol = fit$k)
    direction[-gate] <- apply(own, 2L, centre, columns = length(fit$responses))
  }
  direction
}
