# Calls into the C++ core, and the little that stands between.

#' One start to its end
#' @noRd
run_core <- function(problem, start, control, report = NULL) {
  log <- open_log(problem)
  run <- in_core(core_fit(
    remote_data(problem, control), spec_model(problem$spec), start,
    core_settings(problem, control), report,
    if (!is.null(log)) list(path = log$path, offset = log$offset)
  ), data = problem$data)
  if (!is.null(log)) {
    log$offset <- run$offset # its environment is that of the whole fit
  }
  if (run$reason == "interrupted") {
    close_log(problem)
  }
  read_run(run)
}

#' What the core is told of how to fit
#' @noRd
core_settings <- function(problem, control) {
  settings <- control[c("max_passes", "tolerance", "threads", "history")]
  settings$method <- problem$method
  settings$acceleration <- control$acceleration %||%
    if (problem$method == "em") "none" else "quasi-newton"
  settings$curvature <- control$curvature
  settings
}

#' @noRd
read_run <- function(run) {
  run$spent <- run$passes # with those of earlier stages, see fit_starts()
  run$starved <- unlist(run$starved)
  run$floored <- unlist(run$floored)
  run
}

#' Runs from many starts over rows in memory, in threads: what run_core() gives
#' of each, in the same order; fewer if the user interrupted
#'
#' @param starts A list of them.
#' @param max_passes One number for all, or one for each start.
#' @noRd
run_each <- function(problem, starts, control, report = NULL,
                     max_passes = control$max_passes) {
  runs <- in_core(core_fit_each(
    problem$data, spec_model(problem$spec), starts,
    core_settings(problem, control),
    rep_len(as.numeric(max_passes), length(starts)), report
  ), data = problem$data)
  lapply(runs[lengths(runs) > 0L], read_run)
}

#' The likelihood of all rows at given parameters, as a run of one pass
#'
#' A pass that was interrupted has no result: the interrupt goes on.
#' @noRd
evaluate_parameters <- function(problem, parameters, control) {
  control$max_passes <- 1
  problem$method <- "mm"
  run <- run_core(problem, parameters, control)
  if (run$reason == "interrupted") {
    rlang::interrupt()
  }
  run
}

#' What the rows say of parameters: sums of gate probabilities and posteriors,
#' entropy, and maybe the information of the blocks of logits
#' @noRd
describe_rows <- function(problem, parameters, control, information = FALSE) {
  sum_over_data(problem, piece_description, list(
    parameters = parameters, information = information, threads = control$threads
  ))
}

#' The sum of the answers of over_data(), lists of sums element by element; NULL
#' if the user interrupted one
#'
#' @param work,arguments As in over_data().
#' @param summed Which fields of an answer are sums over rows; the others are the
#'   same in all. NULL stands for all.
#' @noRd
sum_over_data <- function(problem, work, arguments, summed = NULL) {
  parts <- over_data(problem, work, arguments)
  if (!all(lengths(parts))) {
    return(NULL)
  }
  add <- function(a, b) {
    if (is.list(a)) Map(add, a, b) else a + b
  }
  if (is.null(summed)) {
    return(Reduce(add, parts))
  }
  total <- parts[[1L]]
  total[summed] <- Reduce(add, lapply(parts, `[`, summed))
  total
}

#' The answers of `work(data, arguments)`, in a list: one, or those of the
#' partitions that the rows are in
#'
#' @param work A function of the package, of rows as the core takes them and
#'   arguments, to which the `model` is added.
#' @noRd
over_data <- function(problem, work, arguments) {
  arguments$model <- spec_model(problem$spec)
  values <- problem$data$gate$values
  if (!is_spilled(values) || is.null(values$team)) {
    return(list(in_core(work(problem$data, arguments), data = problem$data)))
  }
  over_pieces(values, piece_data, list(
    data = light_data(problem$data), work = work, more = arguments,
    before = values$team$before
  ))
}

#' @param path,arguments As in over_pieces(); `before` the rows before each piece.
#' @noRd
piece_data <- function(path, arguments) {
  more <- c(arguments$more, before = arguments$before[[arguments$piece]])
  arguments$work(located(arguments$data, path), more)
}

#' @noRd
piece_description <- function(data, arguments) {
  core_describe(
    data, arguments$model, arguments$parameters, arguments$information,
    arguments$threads
  )
}

#' @noRd
piece_answer <- function(data, arguments) {
  core_answer(
    data, arguments$model, arguments$question, arguments$threads, arguments$before
  )
}

#' What core_fit() takes as data: rows that are elsewhere it asks for sums
#' @noRd
remote_data <- function(problem, control) {
  values <- problem$data$gate$values
  if (!is_spilled(values) || is.null(values$team)) {
    return(problem$data)
  }
  list(rows = problem$rows, ask = function(question) {
    over_data(problem, piece_answer, list(
      question = question, threads = control$threads
    ))
  })
}

#' Posteriors (n x K) and log-densities of a problem's rows, working scale
#' @noRd
posterior_of <- function(problem, parameters, control) {
  values <- in_core(core_predict(
    problem$data, spec_model(problem$spec), parameters, "posterior",
    control$threads
  ))
  values[c("posterior", "log_density")]
}

#' For each expert: is it a point mass, on one value of the response?
#' @noRd
point_masses <- function(problem, parameters, control) {
  own <- family_of(problem)$point_mass
  if (is.null(own)) {
    return(rep(FALSE, problem$spec$k))
  }
  if (is_spilled(problem$data$gate$values)) {
    problem <- subset_problem(problem, even_rows(problem$rows))
  }
  posterior <- posterior_of(problem, parameters, control)$posterior
  own(problem$data$response$values, posterior, problem$data$weights)
}

#' Log-likelihood on the user's scale minus that on the working scale
#' @noRd
scale_constant <- function(spec, weight) {
  -weight * sum(log(spec$basis$response$scale))
}
