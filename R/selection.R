# From a path to a selection: the choice, the fit, and what is said of them.

#' From the path to the selection
#' @noRd
finish_selection <- function(problem, runs, rule, control, walk, fit_call,
                             model, call) {
  path <- runs$path
  table <- path_table(path, problem, rule, walk)
  k <- choose_level(table, rule$criterion)
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
    design <- weight_rows(design, background$weights)
    problem$data$weights <- as.double(design$weights)
    problem$weight <- sum(design$weights)
    inform_background(background, call)
  }
  fit <- fit_level(problem, design, level, control, fit_call, model, call)
  tree$selected <- fit$k
  if (k == problem$k && k > 1) {
    warn("largest_k", c(
      "The largest number of experts, {k}, was selected.",
      "i" = "More may be better: raise {.arg k}."
    ), call)
  }
  structure(list(
    k = fit$k, path = table, fit = fit, dendrogram = tree,
    criterion = rule$criterion, background = background, call = call
  ), class = "sgmoe_selection")
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
  at_level <- with_experts(problem, found$level$k, control)
  list(
    share = own$share,
    location = own$location * response$scale + response$centre,
    scale = own$scale * response$scale, df = own$df,
    weights = 1 - background_part(
      at_level, found$level$parameters, own, control
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
inform_background <- function(background, call) {
  percent <- format_share(background$share)
  inform("background", c(
    "!" = "About {percent} of the rows look like outliers that no expert
           explains.",
    "i" = "They are not counted as experts and weigh less in the fit; see
           {.code $background}, or use {.code background = FALSE}."
  ))
}

#' @export
print.sgmoe_selection <- function(x, digits = 5L, ...) {
  cat(
    x$k, " expert", if (x$k > 1) "s", " of at most ", max(x$path$k),
    ", by ", x$criterion, "\n\n",
    sep = ""
  )
  columns <- setdiff(names(x$path), if (!any(x$path$spurious)) "spurious")
  table <- x$path[columns]
  numbers <- vapply(table, is.double, NA)
  table[numbers] <- lapply(table[numbers], signif, digits)
  table <- format(table)
  table[] <- lapply(table, function(column) {
    ifelse(trimws(column) == "NA", "-", column)
  })
  table <- cbind(" " = ifelse(x$path$k == x$k, "*", ""), table)
  print(table, row.names = FALSE)
  if (!is.null(x$background)) {
    cat(
      "\nWith a background of ", format_share(x$background$share),
      " of the rows, ", x$criterion, " is ",
      format(signif(x$background$value, digits)),
      "; the path is without one.\n",
      sep = ""
    )
  }
  invisible(x)
}
