# method = "incremental": several passes of the streaming algorithm over data
# that are at hand.

#' Fit by incremental passes over shuffled rows
#'
#' The first rows in random order are the pilot; each epoch has an order of its
#' own. Returns what fit_starts() returns.
#' @noRd
fit_incremental <- function(problem, given, epochs, settings, report = NULL,
                            call = rlang::caller_env()) {
  core_control <- core_stream_control(settings$stream)
  core_control$ridge_weight <- problem$weight
  model <- spec_model(problem$spec)
  order <- sample.int(problem$rows)
  size <- min(problem$rows, pilot_size(problem$spec))
  pilot <- subset_problem(problem, order[seq_len(size)])
  pilot$spec$ridge <- settings$pilot$ridge
  if (!is.null(given$start$posterior)) {
    given$start$posterior <-
      given$start$posterior[order[seq_len(size)], , drop = FALSE]
  }
  runs <- fit_starts(pilot, given, settings$pilot, report, call)
  state <- in_core(core_stream_start(
    pilot$data, model, runs$best$parameters, core_control
  ))
  order <- order[-seq_len(size)]
  trace <- numeric()
  for (epoch in seq_len(epochs)) {
    if (epoch > 1) {
      order <- sample.int(problem$rows)
    }
    result <- in_core(core_stream_learn(
      subset_data(problem$data, order), model, core_control, state
    ))
    state <- result$state
    run <- evaluate_parameters(
      problem, in_core(core_stream_parameters(model, core_control, state)),
      settings$pilot
    )
    trace <- c(trace, run$objective)
    if (result$taken < length(order)) {
      run$reason <- "interrupted"
      break
    }
    run$reason <- "epochs"
  }
  run$passes <- run$spent <- length(trace)
  run$trace <- trace
  list(best = run, table = pilot_starts(runs$table))
}

#' Rows to begin with: a few thousand, more for large models
#' @noRd
pilot_size <- function(spec) {
  per_expert <- n_columns(spec, "gate") +
    n_columns(spec, "expert") * length(spec$responses)
  max(2000, 20 * spec$k * per_expert)
}
