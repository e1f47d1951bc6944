# From a path to a selection: the choice, the fit, and what is said of them.

#' From the path to the selection
#'
#' @param problem The problem of the walk.
#' @param runs list(run, path): the overfitted model and the way down from it;
#'   maybe held_out, the mean held-out log-density for each number of experts;
#'   limited: would the user not have said so, but there were rows for no more?
#' @param ridge That of the fit, where the walk's is larger.
#' @param fit_call,own_call The calls that fit and selection show.
#' @param model Does the fit keep its model frame?
#' @noRd
finish_selection <- function(problem, runs, rule, control, ridge, fit_call,
                             own_call, model, call = rlang::caller_env()) {
  path <- runs$path
  table <- path_table(path, problem, rule$standardise)
  if (!is.null(runs$held_out)) {
    table$CV <- -2 * problem$weight * runs$held_out[table$k]
  }
  k <- choose_level(table, rule$criterion, rule$refine)
  level <- path$levels[[problem$spec$k + 1L - k]]
  able <- has_part(problem, "background_width") && k > 1 &&
    !rule$criterion %in% c("DSC", "CV")
  found <- if (rule$background && able) {
    replace_by_background(
      problem, level, rule$criterion, table[[rule$criterion]][[k]], control
    )
  }
  if (isTRUE(rule$outliers) && able) {
    inform_outliers(problem, level, rule$criterion, control)
  }
  tree <- new_dendrogram(path, problem, rule, runs$run$parameters)
  background <- NULL
  if (!is.null(found)) {
    k <- found$level$k
    level <- found$level
    background <- describe_background(problem, found, control)
    problem <- weight_rows(problem, unname(background$weights))
    inform_background(background)
  }
  problem$spec$ridge <- ridge
  fit <- fit_level(problem, level, control, fit_call, model, call)
  if (is.null(found)) {
    tree$selected <- fit$k # the tree is that of models without a background
    tree$regimes <- if (rule$refine) choose_level(table, "ICL")
  }
  warn_of_largest(table, k, runs, call)
  if (is.null(found) && rule$refine) {
    warn_of_spurious(table, k, rule$criterion, call)
  }
  regimes <- if (rule$refine) choose_level(table, "ICL") else NA_integer_
  if (!is.null(found)) {
    regimes <- min(regimes, k) # outliers are no regime either
  }
  if (rule$refine) {
    inform_regimes(k, regimes, rule$criterion)
  }
  new_selection(
    fit, table, tree, rule$criterion, regimes, background, control$ridge,
    own_call
  )
}

#' Say that a distribution needs more experts than there are regimes
#'
#' @param regimes The number with the least ICL.
#' @noRd
inform_regimes <- function(k, regimes, criterion) {
  if (k - regimes >= 2) {
    inform("regimes", c(
      "!" = "{criterion} chose {k} experts to describe the response, but ICL,
             which counts experts that overlap as one, finds {regimes}
             separate {cli::qty(regimes)}regime{?s}.",
      "i" = "Skewed, heavy-tailed or unequal noise needs several experts around
             one regression. For separate regimes use
             {.code criterion = \"ICL\"}."
    ))
  }
}

#' @param runs As in finish_selection().
#' @noRd
warn_of_largest <- function(table, k, runs, call = rlang::caller_env()) {
  if (k < max(table$k) || k == 1) {
    return(invisible())
  }
  if (isTRUE(runs$limited)) {
    inform("largest_k", c(
      "!" = "The largest number of experts that was tried, {k}, was selected: more have
             fewer than five rows for each parameter.",
      "i" = "Give {.arg k_max} to try more, maybe with a {.arg ridge}."
    ))
  } else {
    from_fit <- inherits(runs$run, "sgmoe")
    warn("largest_k", c(
      "The largest number of experts, {k}, was selected.",
      "i" = if (from_fit) {
        "More may be better: begin with a fit that has more."
      } else {
        "More may be better: raise {.arg k_max}, if there are rows enough (five for each
         parameter)."
      }
    ), call)
  }
}

#' @noRd
warn_of_spurious <- function(table, k, criterion, call = rlang::caller_env()) {
  passed <- passed_over(table, criterion, k)
  # Many experts often have a spurious one among them; what matters is whether
  # the choice ended there.
  if ((k + 1) %in% passed) {
    warn("spurious", c(
      "{criterion} is lower, that is better, with
       {some_of(as.character(passed), ' or ')} experts, but there an expert fits
       a few rows exactly, or has hardly any weight.",
      "i" = "Rounded, capped or repeated responses and a few far rows do that.
             Look at the data, or try {.code shared = TRUE} or a {.arg ridge}."
    ), call)
  }
}

#' The fit at a level, to its end
#'
#' @param control Its ridge says whether that of the problem is to be replaced
#'   by what the evidence chooses for this number of experts.
#' @noRd
fit_level <- function(problem, level, control, fit_call, model,
                      call = rlang::caller_env()) {
  problem <- with_experts(problem, level$k)
  problem$spec["prior"] <- list(NULL) # of a fit with other experts
  fit_call$k <- as.double(level$k)
  given <- list(
    start = level$parameters, type = "merged",
    ridge = family_of(problem)$defaults$ridge, # of the walk
    run = level
  )
  if (level$k == 1) {
    given$start <- single_start(problem$spec$k)
    if (is_auto(control)) {
      problem$spec$ridge <- 0
    }
  }
  fit_to_end <- function(control) {
    runs <- if (is_auto(control)) {
      fit_evidence(problem, given, control, call = call)
    } else {
      fit_fixed(problem, given, control, call = call)
    }
    batch_fit(problem, runs, control, fit_call, model, call)
  }
  fit <- fit_to_end(settle_ridge(control, level$k))
  if (fit$reason == "separated") {
    # One expert by maximum likelihood, which has no maximum here.
    fit <- fit_to_end(control)
  }
  report_outcome(fit, call)
  fit
}

#' A background as the user sees it
#'
#' @param found What replace_by_background() gives.
#' @noRd
describe_background <- function(problem, found, control) {
  own <- found$background
  response <- problem$spec$basis$response
  shared <- with_background(with_experts(problem, found$level$k), own)
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

#' A problem whose rows count less
#' @noRd
weight_rows <- function(problem, weights) {
  design <- problem$design
  if (!is.null(design$weights)) {
    weights <- weights * design$weights
  }
  design$weights <- weights
  design$frame[["(weights)"]] <- weights
  problem$design <- design
  problem$data$weights <- as.double(weights)
  problem$weight <- sum(weights)
  problem
}

#' Say that a background would replace experts, where rows can have no weights
#'
#' Some of the rows tell.
#' @noRd
inform_outliers <- function(problem, level, criterion, control) {
  sample <- screening_problem(with_experts(problem, level$k))
  level <- evaluate_level(sample, level$parameters, control)
  path <- list(levels = list(level), merges = list())
  value <- path_table(path, sample, standardise = TRUE)[[criterion]]
  found <- replace_by_background(sample, level, criterion, value, control)
  if (!is.null(found)) {
    percent <- format_share(found$background$share)
    inform("outliers", c(
      "!" = "About {percent} of the rows look like outliers, and of {level$k}
             experts {level$k - found$level$k} {?is/are} there for them.",
      "i" = "Of rows in memory {.fn select_experts} gives each a weight in place
             of these experts: select on a random part of the rows."
    ))
  }
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
