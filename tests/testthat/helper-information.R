# The free coordinates of a mixture: logits of the gate relative to the last
# expert, means or logits of the experts (classes relative to the last),
# log-Cholesky factors.

# Parameters as a vector of free coordinates
free_coordinates <- function(parameters, model) {
  gate <- parameters$gate - parameters$gate[, model$experts]
  c(gate[, -model$experts], reference_twin(model)$free(parameters, model))
}

# ... and back, logits in their sum-zero form
free_parameters <- function(free, model) {
  p <- length(model$gate_penalty)
  gates <- p * (model$experts - 1)
  gate <- cbind(matrix(utils::head(free, gates), p), 0)
  c(
    list(gate = gate - rowMeans(gate)),
    reference_twin(model)$from_free(
      utils::tail(free, length(free) - gates), model
    )
  )
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

# A problem with a prior, its model too
with_ridge <- function(problem, prior) {
  problem <- set_ridge(problem, prior, prior$ridge)
  problem$model <- spec_model(problem$spec)
  problem
}
