# What a selection is asked for: the rule, and the request for its fit.

#' The request for a fit that select_experts() makes of its further arguments
#'
#' Weights, offset and subset may name columns of the data: they are taken from
#' the call (`given`), not evaluated here.
#' @noRd
selection_request <- function(formula, data, control, ..., given, env, call) {
  quoted <- row_arguments(given, env)
  names <- names(match.call(expand.dots = FALSE)$...)
  at <- which(!names %in% c("weights", "offset", "subset"))
  arguments <- lapply(at, function(i) ...elt(i))
  names(arguments) <- names[at]
  own <- names[at] %in% names(formals(fit_request))
  # The number of experts is settled later: it matters for few of the steps.
  do.call(fit_request, c(
    list(formula, data, k = 1, control = control), arguments[own],
    list(
      settings = arguments[!own], quoted = quoted, env = env, call = call
    )
  ), quote = TRUE)
}

#' @param choices The criteria that there are.
#' @noRd
check_selection_rule <- function(criterion, refine, dissimilarity, standardise,
                                 atom_weight, background,
                                 call = rlang::caller_env(),
                                 choices = c(
                                   "HQ", "BIC", "AIC", "ICL", "DSC"
                                 )) {
  criterion <- check_choice(
    criterion, "criterion", choices, call, "argument"
  )
  if (is.null(dissimilarity)) {
    dissimilarity <- if (criterion == "DSC" || isFALSE(refine)) {
      "voronoi"
    } else {
      "likelihood"
    }
  }
  rule <- check_merge_rule(
    dissimilarity, refine, standardise, atom_weight, call
  )
  rule$criterion <- criterion
  rule$background <- check_flag(background, "background", call, "argument")
  rule
}

#' The settings of a walk from a fit: the fit's own, changed by those that are
#' given, except for the ridge, which is part of the fit
#'
#' @param dots Settings by name.
#' @noRd
walk_settings <- function(fit, control, dots, call = rlang::caller_env()) {
  own <- fit$control
  own$variance_floor <- fit$spec$variance_floor # of a stream, its pilot's
  known <- setdiff(names(own), c("ridge", "starts"))
  if (any(c("k_max", "k", "K") %in% names(dots))) {
    abort("argument", c(
      "{.fn select_experts} of a fit or a stream begins with its experts.",
      "i" = "Give one with more experts, or a formula and {.arg k_max}."
    ), call)
  }
  refuse_unknown(dots, known, "select_experts", call)
  if (!is.null(control)) {
    control <- resolve_control(control, list(), call)
    own[known] <- control[known]
  }
  resolve_control(own, dots, call)
}
