# From a request to a selection, of rows in memory or of a source.

#' The selection that a request asks for, of rows in memory or of a source
#'
#' @param most The largest number of experts, or NULL.
#' @param calls list(selection, fit): what these keep as their calls.
#' @noRd
select_requested <- function(request, rule, most, calls,
                             call = rlang::caller_env()) {
  select <- function(request, calls, call,
                     design = request_design(request, call)) {
    select_design(request, design, rule, most, calls, call)
  }
  if (comes_in_chunks(request$data)) {
    fit_source(request, calls, select, call)
  } else {
    or_refused(in_memory(select(request, calls, call), call), call)
  }
}

#' The rule of a selection over a source, whose rows get no weights
#'
#' @param asked Was a background asked for?
#' @noRd
rule_for_source <- function(rule, asked, call = rlang::caller_env()) {
  if (rule$criterion == "CV" || asked && rule$background) {
    given <- if (rule$criterion == "CV") 'criterion = "CV"' else "background = TRUE"
    abort("unsupported", c(
      "{.code {given}} needs all rows in memory, and {.arg data} is a source.",
      "i" = "Leave it out, or choose on a random part of the rows."
    ), call)
  }
  rule$background <- FALSE
  rule$outliers <- TRUE
  rule
}

#' @param most,calls As in select_requested().
#' @noRd
select_design <- function(request, design, rule, most, calls,
                          call = rlang::caller_env()) {
  control <- request$control
  problem <- prepare_fit(request, call, design)$problem
  require_gate_intercept(problem$spec, call)
  ridge <- if (is_auto(control)) 0 else control$ridge
  problem$spec$ridge <- ridge # the evidence comes after the walk
  problem <- walk_problem(problem)
  k <- if (is.null(most)) affordable_experts(problem) else most
  check_distinct(problem$design, k, call)
  problem <- with_experts(problem, k)
  problem$log <- begin_log(request, problem, call, rule)
  walk <- function(problem, report = NULL) {
    run <- fit_overfitted(problem, control, report, call)
    path <- merge_path(problem, run$parameters, rule, control, report)
    if (rule$refine) {
      path <- second_route(path, problem, rule, control, report, call)
    }
    list(run = run, path = path)
  }
  runs <- with_progress(control$progress, function(report) {
    walk(problem, report)
  })
  runs$limited <- is.null(most) && k < most_experts
  if (rule$criterion == "CV") {
    runs$held_out <- cross_validate_walks(
      problem$design, settle_model(request$model, problem$design$blueprint),
      k, ridge, control, function(problem) walk(problem)$path, call
    )
  }
  finish_selection(
    problem, runs, rule, control, ridge, calls$fit, calls$selection,
    request$keep, call
  )
}

# Where merging begins by default.
most_experts <- 10

#' Ten experts, or as many as leave five rows for each parameter
#' @noRd
affordable_experts <- function(problem) {
  parameters <- vapply(seq_len(most_experts), function(k) {
    count_parameters(with_experts(problem$spec, k))
  }, 0)
  k <- max(1, which(5 * parameters <= problem$rows))
  if (k == 1) {
    inform("one_expert", c(
      "!" = "Only one expert is tried: two have {parameters[[2L]]} parameters, for which
             {problem$rows} row{?s} {?is/are} too few.",
      "i" = "Give {.arg k_max} to try more, maybe with a {.arg ridge}."
    ))
  }
  k
}
