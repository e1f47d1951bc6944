# method = "incremental": several passes of the streaming algorithm over data
# that are at hand.

#' Fit by incremental passes over shuffled rows
#'
#' The first rows in random order are the pilot; each epoch has an order of its
#' own. Returns what fit_starts() returns.
#' @noRd
fit_incremental <- function(problem, given, epochs, settings, report = NULL) {
  control <- settings$stream
  pilot_model <- problem$model
  pilot_model$gate_penalty <-
    core_penalty(problem$basis$gate, settings$pilot$ridge)
  pilot_model$expert_penalty <-
    core_penalty(problem$basis$expert, settings$pilot$ridge)
  order <- sample.int(problem$rows)
  size <- min(problem$rows, pilot_size(problem))
  pilot <- subset_problem(problem, order[seq_len(size)])
  pilot$model <- pilot_model
  if (!is.null(given$start$posterior)) {
    given$start$posterior <-
      given$start$posterior[order[seq_len(size)], , drop = FALSE]
  }
  runs <- fit_starts(pilot, given, settings$pilot, report)
  core_control <- core_stream_control(control)
  core_control$ridge_weight <- problem$weight
  state <- in_core(core_stream_start(
    pilot$data, problem$model, runs$best$parameters, core_control
  ))
  order <- order[-seq_len(size)]
  trace <- numeric()
  for (epoch in seq_len(epochs)) {
    result <- in_core(core_stream_learn(
      subset_data(problem$data, order), problem$model, core_control, state
    ))
    state <- result$state
    run <- evaluate_parameters(problem, in_core(core_stream_parameters(
      problem$model, core_control, state
    )), settings$pilot)
    trace <- c(trace, run$objective)
    if (result$taken < length(order)) {
      run$reason <- "interrupted"
      break
    }
    run$reason <- "epochs"
    order <- sample.int(problem$rows)
  }
  run$passes <- run$spent <- length(trace)
  run$trace <- trace
  list(best = run, table = pilot_starts(runs$table))
}

#' The likelihood of all rows at given parameters, as a run of one pass
#' @noRd
evaluate_parameters <- function(problem, parameters, control) {
  control$max_passes <- 1
  problem$method <- "mm"
  run_core(problem, parameters, control)
}

#' Rows to begin with: a few thousand, more for large models
#' @noRd
pilot_size <- function(problem) {
  per_expert <- length(problem$basis$gate$scale) +
    length(problem$basis$expert$scale) * length(problem$responses)
  max(2000, 20 * problem$k * per_expert)
}
