# Fits whose standard errors are looked at, and slow twins.

# Fits of a family without and with a ridge, with and without weights
inference_fits <- function(case) {
  good <- case$good(250)
  good$data$w <- rep(c(1, 2, 0.5, 0), length.out = nrow(good$data))
  list(
    plain = precise(case, good), weighted = precise(case, good, weighted = TRUE),
    ridge = precise(case, good, ridge = 0.5),
    both = precise(
      case, good,
      ridge = 0.5, formula = y ~ x1, gate = ~ x1 + x2, weighted = TRUE
    )
  )
}

# What a fit maximises, as a function of its user's coefficients
user_objective <- function(fit) {
  problem <- fitted_problem(fit)
  problem$model <- spec_model(fit$spec)
  function(coefficients) {
    objective_by_hand(problem, start_from_coefficients(coefficients, problem))
  }
}

# ... and what it subtracts from the log-likelihood
user_penalty <- function(fit) {
  problem <- fitted_problem(fit)
  model <- spec_model(fit$spec)
  function(coefficients) {
    reference_prior(start_from_coefficients(coefficients, problem), model)
  }
}

# Covariances differ by little against the standard errors
expect_same_covariance <- function(found, expected, tolerance) {
  expect_identical(dimnames(found), dimnames(expected))
  error <- sqrt(diag(expected))
  expect_lt(max(abs(found - expected) / tcrossprod(error)), tolerance)
}

# The matrix of the change from one gate's reference to another, of coefficients
# in the order of a fit to those of relabel(fit, order)
relabel_matrix <- function(fit, order) {
  problem <- fitted_problem(fit)
  map <- function(coefficients) {
    fit <- with_parameters(fit, start_from_coefficients(coefficients, problem))
    coef(relabel(fit, order))
  }
  numDeriv::jacobian(map, coef(fit))
}
