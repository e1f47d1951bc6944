# From a path to a selection: the choice, the fit, and what is said of them.

#' From the path to the selection
#' @noRd
finish_selection <- function(problem, runs, rule, control, walk, fit_call,
                             model, call) {
  path <- runs$path
  table <- path_table(path, problem, rule, walk)
  k <- choose_level(table, rule$criterion, rule$refine)
  level <- path$levels[[problem$k + 1L - k]]
  found <- if (rule$background && problem$family == "gaussian" && k > 1 &&
    rule$criterion != "DSC") {
    replace_by_background(
      problem, level, rule$criterion, table[[rule$criterion]][[k]], walk
    )
  }
  tree <- new_dendrogram(path, problem, rule, runs$run, walk)
  background <- NULL
  design <- problem$design
  if (!is.null(found)) {
    k <- found$level$k
    level <- found$level
    background <- describe_background(problem, found, walk)
    design <- weight_rows(design, unname(background$weights))
    problem$data$weights <- as.double(design$weights)
    problem$weight <- sum(design$weights)
    inform_background(background)
  }
  fit <- fit_level(problem, design, level, control, fit_call, model, call)
  if (is.null(found)) {
    tree$selected <- fit$k # the tree is that of models without a background
  }
  warn_of_largest(table, k, inherits(runs$run, "sgmoe"), call)
  if (is.null(found) && rule$refine) {
    warn_of_spurious(table, k, rule$criterion, call)
  }
  new_selection(fit, table, tree, rule$criterion, background, call)
}

#' A selection: the fit, and how it was chosen
#'
#' `sgmoe_call` is the call of the fit itself.
#' @noRd
new_selection <- function(fit, path, dendrogram, criterion, background, call) {
  own <- list(
    path = path, dendrogram = dendrogram, criterion = criterion,
    background = background, sgmoe_call = fit$call
  )
  fit$call <- call
  structure(c(unclass(fit), own), class = c("sgmoe_selection", "sgmoe"))
}

#' @noRd
warn_of_largest <- function(table, k, from_fit, call) {
  if (k == max(table$k) && k > 1) {
    warn("largest_k", c(
      "The largest number of experts, {k}, was selected.",
      "i" = if (from_fit) {
        "More may be better: begin with a fit that has more."
      } else {
        "More may be better: raise {.arg k_max}."
      }
    ), call)
  }
}

#' @noRd
warn_of_spurious <- function(table, k, criterion, call) {
  passed <- passed_over(table, criterion, k)
  # Many experts often have a spurious one among them; what matters is whether
  # the choice ended there.
  if ((k + 1) %in% passed) {
    warn("spurious", c(
      "{criterion} is less with {some_of(as.character(passed))} experts, but there
       an expert fits a few rows exactly, or has hardly any weight.",
      "i" = "Rounded, capped or repeated responses and a few far rows do that.
             Look at the data, or try {.code shared = TRUE} or a {.arg ridge}."
    ), call)
  }
}

#' The fit at a level, to its end
#' @noRd
fit_level <- function(problem, design, level, control, fit_call, model, call) {
  problem <- with_experts(problem, level$k, control)
  fit_call$k <- as.double(level$k)
  start <- if (level$k > 1) {
    level$parameters
  } else {
    start_posterior(problem, "single")
  }
  run <- run_core(problem, start, control)
  fit <- new_sgmoe(
    design, problem,
    list(best = run, table = start_row(1L, "merged", run, problem)),
    control, fit_call, model
  )
  report_outcome(fit, call)
  fit
}

#' A background as the user sees it
#' @noRd
describe_background <- function(problem, found, control) {
  own <- found$background
  response <- problem$basis$response
  shared <- with_background(
    with_experts(problem, found$level$k, control), own
  )
  list(
    share = own$share,
    location = own$location * response$scale + response$centre,
    scale = own$scale * response$scale, df = own$df,
    weights = stats::setNames(
      1 - background_part(shared, found$level$parameters, control),
      as.character(problem$design$row_names)
    ),
    value = found$value
  )
}

#' A design whose rows count less
#' @noRd
weight_rows <- function(design, weights) {
  if (!is.null(design$weights)) {
    weights <- weights * design$weights
  }
  design$weights <- weights
  design$frame[["(weights)"]] <- weights
  design
}

#' @noRd
inform_background <- function(background) {
  percent <- format_share(background$share)
  inform("background", c(
    "!" = "About {percent} of the rows look like outliers that no expert
           explains.",
    "i" = "They are not counted as experts and weigh less in the fit; see
           {.code $background}, or use {.code background = FALSE}."
  ))
}
