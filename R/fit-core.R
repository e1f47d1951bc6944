# Calls into the C++ core, and the little that stands between.

#' Turn what the core throws into a classed condition
#'
#' The R side checks its input before it calls the core, so an error from there
#' is a defect of the package, not of the data.
#' @noRd
in_core <- function(expression, data = NULL) {
  tryCatch(expression, `C++Error` = function(error) {
    text <- conditionMessage(error)
    if (inherits(error, "std::bad_alloc")) {
      refuse_memory(data = data)
    }
    abort("core", c(
      "BUG: the core refused its input: {text}",
      "i" = "Please report this with the call that led here."
    ))
  })
}

#' One start to its end
#' @noRd
run_core <- function(problem, start, control, report = NULL) {
  settings <- control[c("max_passes", "tolerance", "memory", "threads")]
  settings$method <- problem$method
  settings$acceleration <- if (is.null(control$acceleration)) {
    if (problem$method == "em") "none" else "quasi-newton"
  } else {
    control$acceleration
  }
  settings$curvature <- control$curvature
  run <- in_core(
    core_fit(problem$data, problem$model, start, settings, report),
    problem$data
  )
  run$spent <- run$passes # with those of earlier stages, see fit_starts()
  run$starved <- unlist(run$starved)
  run$floored <- unlist(run$floored)
  run
}

#' The likelihood of all rows at given parameters, as a run of one pass
#' @noRd
evaluate_parameters <- function(problem, parameters, control) {
  control$max_passes <- 1
  problem$method <- "mm"
  run_core(problem, parameters, control)
}

#' Log-likelihood on the user's scale minus that on the working scale
#' @noRd
scale_constant <- function(problem) {
  -problem$weight * sum(log(problem$basis$response$scale))
}
