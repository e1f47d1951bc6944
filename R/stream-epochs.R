# method = "incremental": several passes of the streaming algorithm over data
# that are at hand.

#' Fit by incremental passes over shuffled rows
#'
#' The first rows in random order are the pilot; each epoch has an order of its
#' own. Returns what fit_starts() returns.
#' @noRd
fit_incremental <- function(problem, given, settings, report = NULL,
                            call = rlang::caller_env()) {
  core_control <- core_stream_control(settings$stream)
  core_control$ridge_weight <- problem$weight
  core_control$cap <- FALSE # a fit of rows at hand is of all of them
  order <- sample.int(problem$rows)
  size <- min(problem$rows, pilot_size(problem$spec))
  pilot <- subset_problem(problem, order[seq_len(size)])
  if (!is.null(given$start$posterior)) {
    given$start$posterior <-
      given$start$posterior[order[seq_len(size)], , drop = FALSE]
  }
  runs <- pilot_runs(pilot, given, settings, report, call)
  problem$spec <- keep_prior(runs$problem$spec, settings$stream)
  model <- spec_model(problem$spec)
  state <- in_core(core_stream_start(
    pilot$data, model, runs$best$parameters, core_control
  ))
  # What is reached is kept outside the loop, for the case of an interrupt.
  reached <- new.env()
  reached$interrupted <- runs$best$reason == "interrupted"
  if (!reached$interrupted) {
    tryCatch(
      learn_epochs(
        problem, state, order[-seq_len(size)], settings$stream$epochs,
        core_control, settings$pilot, reached
      ),
      interrupt = function(condition) reached$interrupted <- TRUE
    )
  }
  run <- reached$run %||%
    evaluate_parameters(problem, runs$best$parameters, settings$pilot)
  run$reason <- if (reached$interrupted) "interrupted" else "epochs"
  run$trace <- if (length(reached$trace)) reached$trace else run$trace
  run$passes <- run$spent <- length(run$trace)
  if (!is.null(runs$evidence)) {
    runs$evidence$ridge <- problem$spec$prior$ridge
  }
  list(
    best = run, table = pilot_starts(runs$table), problem = problem,
    evidence = runs$evidence
  )
}

#' Learn all rows but the pilot's, then all rows anew in each epoch
#'
#' @param order The rows of the first epoch.
#' @param reached An environment for the run so far, its trace, and whether it
#'   was interrupted.
#' @param epochs How many passes over the rows.
#' @param core_control Settings as the core takes them.
#' @noRd
learn_epochs <- function(problem, state, order, epochs, core_control, control,
                         reached) {
  model <- spec_model(problem$spec)
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
      control
    )
    if (run$reason == "interrupted") { # a second one is not expected
      run <- evaluate_parameters(problem, run$parameters, control)
      reached$interrupted <- TRUE
    }
    reached$interrupted <- reached$interrupted ||
      result$taken < length(order)
    reached$trace <- c(reached$trace, run$objective)
    reached$run <- run
    if (reached$interrupted) {
      break
    }
  }
}

#' Rows to begin with: a few thousand, more for large models
#' @noRd
pilot_size <- function(spec) {
  per_expert <- n_columns(spec, "gate") +
    n_columns(spec, "expert") * length(spec$responses)
  max(2000, 20 * spec$k * per_expert)
}
