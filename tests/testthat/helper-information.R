# The free coordinates of a mixture: logits of the gate relative to the last
# expert, means or logits of the experts (classes relative to the last),
# log-Cholesky factors.

# Parameters as a vector of free coordinates
free_coordinates <- function(parameters, model) {
  packed <- reference_pack(parameters, model)
  gate <- parameters$gate - parameters$gate[, model$experts]
  if (model$family != "multinomial") {
    return(c(gate[, -model$experts], packed[-seq_along(gate)]))
  }
  expert <- lapply(seq_len(model$experts), function(k) {
    own <- reference_own(parameters$expert, k, model$responses)
    (own - own[, model$responses])[, -model$responses]
  })
  c(gate[, -model$experts], unlist(expert))
}

# ... and back, logits in their sum-zero form
free_parameters <- function(free, model) {
  p <- length(model$gate_penalty)
  k <- model$experts
  centred <- function(values, rows) {
    logits <- cbind(matrix(values, rows), 0)
    logits - rowMeans(logits)
  }
  gates <- p * (k - 1)
  gate <- centred(utils::head(free, gates), p)
  free <- utils::tail(free, length(free) - gates)
  if (model$family != "multinomial") {
    return(reference_unpack(c(gate, free), model))
  }
  r <- length(model$expert_penalty)
  expert <- matrix(free, ncol = k)
  list(gate = gate, expert = do.call(
    cbind, lapply(seq_len(k), function(i) centred(expert[, i], r))
  ))
}

# What the core says of a problem at given free coordinates
core_at <- function(problem, free, threads = 1) {
  core_information(
    problem$data, problem$model, free_parameters(free, problem$model), threads
  )
}

# A matrix of second derivatives against an independent one: relative to its
# largest entry, as a numerical derivative has it
expect_same_matrix <- function(matrix, other, tolerance = 1e-6) {
  expect_identical(dim(matrix), dim(other))
  expect_lt(max(abs(matrix - other)), tolerance * max(abs(other)))
}

# Ridge and the priors on intercepts and variances
reference_prior <- function(parameters, model) {
  gate <- -model$gate_prior * mean(log(reference_softmax(
    parameters$gate[1L, , drop = FALSE]
  )))
  experts <- if (isTRUE(model$shared)) 1L else seq_len(model$experts)
  rest <- vapply(experts, function(k) {
    own <- function(all) reference_own(all, k, model$responses)
    if (model$family == "multinomial") {
      p <- reference_softmax(own(parameters$expert)[1L, , drop = FALSE])
      return(-model$expert_prior * sum(model$prior_target[, 1L] * drop(log(p))))
    }
    sigma <- own(parameters$covariance)
    model$expert_prior / 2 *
      (log(det(sigma)) + sum(diag(solve(sigma, model$prior_covariance))))
  }, 0)
  reference_penalty(parameters, model) + gate + sum(rest)
}

# A problem with a prior, its model too
with_ridge <- function(problem, prior) {
  problem <- set_ridge(problem, prior, prior$ridge)
  problem$model <- spec_model(problem$spec)
  problem
}
