# Calls into the C++ core, and the little that stands between.

#' Turn what the core throws into a classed condition
#'
#' The R side checks its input before it calls the core, so an error from there
#' is a defect of the package, not of the data.
#'
#' @param data Rows as the core takes them, for the size in a message.
#' @param refuse What raises the condition, from the core's words.
#' @noRd
in_core <- function(expression, call = rlang::caller_env(), data = NULL,
                    refuse = refuse_core) {
  tryCatch(expression, `C++Error` = function(error) {
    if (inherits(error, "std::bad_alloc")) {
      refuse_memory(call = call, data = data)
    }
    if (inherits(error, "sgmoe::SpillError")) {
      refuse_spill(conditionMessage(error), call)
    }
    refuse(conditionMessage(error), call)
  })
}

#' @noRd
refuse_core <- function(text, call = rlang::caller_env()) {
  abort("core", c(
    "BUG: the core refused its input: {text}",
    "i" = "Please report this with the call that led here."
  ), call)
}

#' @param text The core's words.
#' @noRd
refuse_spill <- function(text, call = rlang::caller_env()) {
  abort("spill", c(
    "The file with the rows cannot be used: {text}.",
    "i" = "Fit again from the source."
  ), call)
}

#' One start to its end
#' @noRd
run_core <- function(problem, start, control, report = NULL) {
  settings <- control[c("max_passes", "tolerance", "threads", "history")]
  settings$method <- problem$method
  settings$acceleration <- if (is.null(control$acceleration)) {
    if (problem$method == "em") "none" else "quasi-newton"
  } else {
    control$acceleration
  }
  settings$curvature <- control$curvature
  run <- in_core(core_fit(
    problem$data, spec_model(problem$spec), start, settings, report
  ), data = problem$data)
  run$spent <- run$passes # with those of earlier stages, see fit_starts()
  run$starved <- unlist(run$starved)
  run$floored <- unlist(run$floored)
  run
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
  in_core(core_describe(
    problem$data, spec_model(problem$spec), parameters, information,
    control$threads
  ))
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
