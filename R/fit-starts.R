# Where fits start. The likelihood of a mixture of experts has many local
# maxima, so a start is the best of several candidates: each runs for a few
# passes, a quarter of them goes on (the first stage is the "small EM" of
# Biernacki, Celeux and Govaert 2003). How many candidates is a matter of a
# fixed amount of arithmetic: sixty for each start on small data, one on large
# data. So it is how many starts run to convergence: all on small data, three at
# least. All this happens on a subsample of large data, and only those that may
# be the best of all rows go on there.

#' Fit from all starts; returns every start's outcome and the best run
#'
#' @param given `NULL`, or what `start =` asked for: then the only start.
#' @param report `NULL`, or told of every pass (R/base-progress.R).
#' @param budget What the search may cost, see search_budget().
#' @return list(best: a run of the core, table: a row for each start, each: their
#'   runs).
#' @noRd
fit_starts <- function(problem, given, control, report = NULL,
                       call = rlang::caller_env(), budget = search_budget()) {
  if (is.null(given) && problem$spec$k == 1) {
    given <- list(start = single_start(problem$spec$k), type = "single")
  }
  if (!is.null(given)) {
    run <- run_core(problem, given$start, control, report)
    return(one_start(run, given$type, problem))
  }
  found <- new.env()
  tryCatch(
    search_starts(problem, control, report, found, call, budget),
    interrupt = function(condition) {
      interrupted_search(problem, control, found, call)
    }
  )
}

#' What a search may cost
#'
#' @param most The most candidates that a start is chosen from.
#' @param share Of the arithmetic that candidates, moves and their ends may take.
#' @param plain How many more starts there are, which are no best of several
#'   candidates: they end in maxima that the others do not come to.
#' @noRd
search_budget <- function(most = 60, share = 1, plain = 0) {
  list(most = most, share = share, plain = plain)
}

#' @param found An environment for the best run so far.
#' @param budget As in fit_starts().
#' @noRd
search_starts <- function(problem, control, report, found, call, budget) {
  sample <- start_sample(problem)
  try_run <- function(data, ...) {
    run <- run_core(data, ...)
    keep_best(found, run, identical(data$rows, problem$rows))
    run
  }
  try_each <- function(...) {
    runs <- run_each(sample$problem, ...)
    keep_all(found, runs, sample$whole)
    runs
  }
  starts <- choose_starts(sample$problem, control, report, try_each, budget)
  first <- rank_runs(runs_of(starts), problem)[[1L]]
  starts[[first]]$run <- improve_by_moves(
    sample$problem, starts[[first]]$run, control, report, try_run, budget$share
  )
  # Sixty passes are a typical run.
  affordable <- budget$share * 2e9 / (60 * pass_cost(problem))
  go_on <- rank_runs(runs_of(starts), problem)
  go_on <- utils::head(go_on, max(ceiling(3 * budget$share), floor(affordable)))
  same <- integer()
  if (!sample$whole) {
    for (i in go_on) {
      starts[[i]]$run <- continued_run(
        try_run, sample$problem, starts[[i]]$run, control, TRUE, report
      )
    }
    runs <- runs_of(starts)
    go_on <- intersect(rank_runs(runs, problem), go_on)
    kept <- promising_runs(sample$problem, runs, go_on, control)
    go_on <- kept$go_on
    same <- kept$same
  }
  runs <- lapply(seq_along(starts), function(i) {
    run <- starts[[i]]$run
    if (i %in% go_on) {
      return(continued_run(try_run, problem, run, control, sample$whole, report))
    }
    if (!sample$whole) {
      run$log_likelihood <- NA_real_ # that of the subsample
    }
    run$objective <- -Inf
    run$reason <- if (i %in% same) "same_optimum" else "not_continued"
    run
  })
  objective <- vapply(runs, start_objective, 0)
  if (all(objective == -Inf)) {
    abort("start", c(
      "No start gave a finite likelihood.",
      "x" = "The first ended with {.code reason = \"{runs[[1L]]$reason}\"}, see
             {.code ?sgmoe}.",
      "i" = "Look for extreme values in the data, or give a {.arg ridge}."
    ), call)
  }
  table <- do.call(rbind, lapply(seq_along(runs), function(i) {
    start_row(i, starts[[i]]$type, runs[[i]], problem)
  }))
  best <- rank_runs(runs, problem)[[1L]]
  table$chosen <- seq_along(runs) == best
  list(best = runs[[best]], table = table, each = runs)
}

#' What fit_starts() gives of a single start
#' @noRd
one_start <- function(run, type, problem) {
  list(best = run, table = start_row(1L, type, run, problem), each = list(run))
}

#' A run of a start, gone on with to its end
#'
#' The passes that led to the run count; those of candidates and moves that were
#' given up are not held against it.
#'
#' @param try_run As run_core(), but it remembers the best run.
#' @param whole Did the run see all rows?
#' @noRd
continued_run <- function(try_run, problem, run, control, whole, report) {
  if (whole) {
    control$max_passes <- control$max_passes - run$passes
  }
  if (control$max_passes < 1) {
    return(run)
  }
  join_runs(run, try_run(problem, run$parameters, control, report), whole)
}

#' Remember the best run, for the case of an interrupt; one on all rows beats
#' any on a subsample
#'
#' @param found An environment for the best run so far.
#' @param whole Did the run see all rows?
#' @noRd
keep_best <- function(found, run, whole) {
  better <- is.null(found$run) ||
    whole > found$whole || whole == found$whole &&
    start_objective(run) > start_objective(found$run)
  if (better) {
    found$run <- run
    found$whole <- whole
  }
  follow_interrupt(run)
}

#' The same of some runs; those that were interrupted last
#'
#' @param found,whole As in keep_best().
#' @noRd
keep_all <- function(found, runs, whole) {
  for (run in runs[order(vapply(runs, function(run) {
    run$reason == "interrupted"
  }, NA))]) {
    keep_best(found, run, whole)
  }
}

#' What an interrupted search had found, on all rows
#' @noRd
interrupted_search <- function(problem, control, found,
                               call = rlang::caller_env()) {
  if (is.null(found$run)) {
    refuse_interrupted(call)
  }
  run <- evaluated_run(problem, found$run, control, found$whole)
  one_start(run, "interrupted", problem)
}

#' An interrupted run, evaluated on all rows
#'
#' @param whole Did the run see them all?
#' @noRd
evaluated_run <- function(problem, run, control, whole) {
  close_log(problem)
  after <- join_runs(
    run, evaluate_parameters(problem, run$parameters, control), whole
  )
  after$reason <- "interrupted"
  after
}

#' One line of the table of starts
#'
#' @param i Its number.
#' @noRd
start_row <- function(i, type, run, problem) {
  constant <- scale_constant(problem$spec, problem$weight)
  objective <- start_objective(run)
  data.frame(
    start = i, type = type, logLik = run$log_likelihood + constant,
    # What starts are ranked by, if they went on to the end.
    objective = if (objective > -Inf) objective + constant else NA_real_,
    passes = run$spent, reason = run$reason, chosen = TRUE
  )
}

#' A run with another objective as one more start
#'
#' @param run Where it ended.
#' @param type What the table calls it.
#' @noRd
add_start <- function(runs, run, type, problem, control, report) {
  run <- run_core(problem, run$parameters, control, report)
  first <- rank_runs(list(runs$best, run), problem)[[1L]]
  best <- list(runs$best, run)[[first]]
  if (run$reason == "interrupted") {
    best$reason <- "interrupted"
  }
  row <- start_row(nrow(runs$table) + 1L, type, run, problem)
  row$chosen <- first == 2L
  if (row$chosen) {
    runs$table$chosen <- FALSE
  }
  list(best = best, table = rbind(runs$table, row), each = c(runs$each, list(run)))
}

#' A search for a ridge or a prior, not for the best maximum
#' @noRd
few_starts <- function(control) {
  control$starts <- min(control$starts, 2)
  control
}

#' At most a few thousand rows to choose starts on
#' @noRd
start_sample <- function(problem) {
  spec <- problem$spec
  parameters <- spec$k * (n_columns(spec, "gate") +
    n_columns(spec, "expert") * length(spec$responses))
  size <- max(5000, 20 * parameters)
  data <- problem$data
  # A row of weight zero is a row that is not there.
  counts <- positive_rows(data$weights)
  available <- if (is.null(counts)) problem$rows else length(counts)
  if (available <= 2 * size) {
    own <- if (available == problem$rows) {
      read_problem(problem)
    } else {
      subset_problem(problem, counts)
    }
    return(list(problem = own, whole = TRUE))
  }
  list(problem = random_part(problem, size), whole = FALSE)
}

#' Rows of a problem at random, a row of weight zero is none of them
#'
#' @param size How many, if there are so many.
#' @noRd
random_part <- function(problem, size) {
  counts <- positive_rows(problem$data$weights)
  available <- if (is.null(counts)) problem$rows else length(counts)
  size <- min(size, available)
  # By hashing: the other way holds a number for every row.
  rows <- sample.int(available, size, useHash = size <= available / 2)
  subset_problem(problem, sort(if (is.null(counts)) rows else counts[rows]))
}
