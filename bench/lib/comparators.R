# One pass of stochastic gradients over a stream: the optimisers that the
# incremental algorithm is compared with. Gradients are the core's, the steps are
# taken here, in R: no time of theirs is worth comparing. SGD, RMSProp and Adam
# have the constants of their papers and of most libraries; Sophia-G (Liu et al.
# 2023) has the published ones, without weight decay. Source bench/lib/common.R
# and stream_run.R first.

comparator_names <- c("sgd", "rmsprop", "adam", "sophia")

# Step sizes to choose from, half a power of ten apart. With minibatches of 64
# rows the best lies inside for simulated_stream() of either family, 1e5 rows
# and `gate_scale` 1 or 10, and for all of real_streams(), whether the last
# parameters, their average or the progressive likelihood decide.
step_grid <- function(name) {
  range <- list(
    sgd = c(-3.5, 1.5), rmsprop = c(-4.5, -0.5), adam = c(-4.5, -0.5),
    sophia = c(-5, -1)
  )[[name]]
  10^seq(range[[1]], range[[2]], by = 0.5)
}

# What an optimiser does with a gradient: a function of it and of `bartlett()`,
# which gives the diagonal of a Hessian, to the change of the parameters. Each
# call of new_update() is an optimiser that has seen nothing.
new_update <- function(name, step) {
  mean <- square <- 0
  steps <- 0
  switch(name,
    sgd = function(gradient, bartlett) -step * gradient,
    rmsprop = function(gradient, bartlett) {
      square <<- 0.99 * square + 0.01 * gradient^2
      -step * gradient / (sqrt(square) + 1e-8)
    },
    adam = function(gradient, bartlett) {
      steps <<- steps + 1
      mean <<- 0.9 * mean + 0.1 * gradient
      square <<- 0.999 * square + 0.001 * gradient^2
      -step * (mean / (1 - 0.9^steps)) /
        (sqrt(square / (1 - 0.999^steps)) + 1e-8)
    },
    sophia = function(gradient, bartlett) {
      mean <<- 0.965 * mean + 0.035 * gradient
      if (steps %% 10 == 0) {
        square <<- 0.99 * square + 0.01 * bartlett()
      }
      steps <<- steps + 1
      -step * pmax(pmin(mean / pmax(0.04 * square, 1e-12), 1), -1)
    }
  )
}

# The loss is minus the mean log-likelihood of a minibatch, as a function of the
# packed parameters.
loss_at <- function(model, packed, rows) {
  pass <- core("core_pass")(rows, model, packed, "bound", 1)
  n <- nrow(rows$response$values)
  list(log_likelihood = pass$log_likelihood, gradient = -pass$gradient / n)
}

# The Gauss-Newton-Bartlett estimate of the Hessian's diagonal: the squared
# gradient at responses that are drawn from the model.
bartlett_at <- function(model, packed, rows) {
  parameters <- core("core_unpack")(model, packed)
  values <- core("core_predict")(rows, model, parameters, c("gate", "expert"), 1)
  n <- nrow(values$gate)
  expert <- draw_columns(values$gate)
  if (is.null(parameters$covariance)) {
    classes <- ncol(values$expert) / ncol(values$gate)
    own <- outer(classes * (expert - 1), seq_len(classes), `+`)
    probability <- matrix(values$expert[cbind(rep(seq_len(n), classes), c(own))], n)
    response <- draw_columns(probability) - 1
  } else {
    response <- values$expert[cbind(seq_len(n), expert)] +
      sqrt(parameters$covariance[expert]) * stats::rnorm(n)
  }
  rows$response$values[] <- rows$response$centre + rows$response$scale * response
  n * loss_at(model, packed, rows)$gradient^2
}

# A column for each row of probabilities.
draw_columns <- function(probability) {
  below <- t(apply(probability, 1L, cumsum)) < stats::runif(nrow(probability))
  pmin(1 + rowSums(below), ncol(probability))
}

# The rows of a problem, in minibatches.
minibatches <- function(data, size) {
  n <- nrow(data$gate$values)
  lapply(seq(1, n, by = size), function(first) {
    rows_of(data, first:min(n, first + size - 1))
  })
}

# One pass over the minibatches `parts`, in their order, from the parameters
# `start` (as the core takes them, in the basis of `model`). Returns
# parameters (after the last step), average (of the second half of the pass),
# failed (not finite: the pass ended there, and so nothing else of it counts)
# and progressive (mean log-likelihood of the rows on the working scale, each
# taken before the step that it led to; NaN if failed).
run_comparator <- function(parts, model, start, name, step) {
  set.seed(1) # for the responses that Sophia draws
  packed <- core("core_pack")(model, start)
  update <- new_update(name, step)
  mean <- averaged <- total <- rows <- 0
  for (i in seq_along(parts)) {
    loss <- loss_at(model, packed, parts[[i]])
    total <- total + loss$log_likelihood
    rows <- rows + nrow(parts[[i]]$response$values)
    packed <- packed + update(loss$gradient, function() {
      bartlett_at(model, packed, parts[[i]])
    })
    if (!all(is.finite(packed))) break
    if (2 * i > length(parts)) {
      averaged <- averaged + 1
      mean <- mean + (packed - mean) / averaged
    }
  }
  failed <- !all(is.finite(packed))
  list(
    parameters = if (!failed) core("core_unpack")(model, packed),
    average = if (!failed) core("core_unpack")(model, mean),
    failed = failed, progressive = if (failed) NaN else total / rows
  )
}
