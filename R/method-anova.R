# Tests of nested formulas, and what is no such test.

#' Compare nested formulas
#'
#' A likelihood-ratio test of fits with the same number of experts, of which each
#' has all coefficients of the one before, by name, and more.
#'
#' A ridge shrinks coefficients, and two fits have two ridges, so that the
#' difference of their log-likelihoods has no known distribution and may be negative.
#' All fits are therefore fitted again without a ridge, each from where it was,
#' and from the smaller fit with the new coefficients at zero; the better of the
#' two counts. So no statistic is negative.
#'
#' **Numbers of experts are not tested so.** Under the smaller model the gate's
#' coefficients of the expert that is too many are not determined, and twice the
#' log-likelihood ratio has no chi-square distribution. Such a comparison is an
#' error that points to [bootstrap_lrt()].
#'
#' @param object,... Fits from [sgmoe()] that keep their data, with the same `k`,
#'   family, response and rows.
#' @param test Only `"Chisq"`.
#' @return A data frame of class `anova`, a row for each fit in the order of
#'   their coefficients: `npar`, their number, `logLik` without a ridge, and
#'   against the row before the difference in parameters `Df`, twice that in
#'   log-likelihoods `Chisq`, and `Pr(>Chisq)`, which is `NA` where a fit
#'   without a ridge has no maximum (a separated gate, a variance at its floor).
#'   `lmtest::lrtest()` of fits gives the same.
#' @section Errors: `sgmoe_error_comparison` for fits that are not nested or
#'   not of the same rows, `sgmoe_error_no_model` for one without data.
#' @seealso [bootstrap_lrt()], [select_experts()]; [BIC()] compares any fits of
#'   the same rows.
#' @family inference
#' @examples
#' set.seed(1)
#' large <- sgmoe(dist ~ poly(speed, 2), cars, k = 1)
#' small <- sgmoe(dist ~ 1, cars, k = 1)
#' anova(small, large)
#' @importFrom stats anova
#' @export
anova.sgmoe <- function(object, ..., test = "Chisq") {
  call <- rlang::current_env()
  check_choice(test, "test", "Chisq", call, "argument")
  compare_nested(list(object, ...), "anova", call)
}

#' @rdname anova.sgmoe
#' @exportS3Method lmtest::lrtest sgmoe
lrtest.sgmoe <- function(object, ...) {
  compare_nested(list(object, ...), "lrtest", rlang::current_env())
}

#' The table of nested fits, tested one after another
#'
#' @param fits A list of them.
#' @noRd
compare_nested <- function(fits, where, call = rlang::caller_env()) {
  check_fits(fits, where, call)
  fits <- fits[order(vapply(fits, function(fit) {
    sum(!is.na(fit$coefficients))
  }, 0))]
  check_nested(fits, call)
  refits <- list()
  for (i in seq_along(fits)) {
    refits[[i]] <- unpenalised(fits[[i]], if (i > 1L) refits[[i - 1L]])
  }
  npar <- vapply(refits, function(fit) count_parameters(fit$problem$spec), 0)
  log_likelihood <- vapply(refits, function(fit) fit$log_likelihood, 0)
  known <- vapply(refits, function(fit) fit$known, NA)
  tested <- c(FALSE, (known[-1L] & known[-length(known)]))
  chisq <- c(NA, 2 * diff(log_likelihood))
  df <- c(NA, diff(npar))
  p <- stats::pchisq(chisq, df, lower.tail = FALSE)
  p[!tested] <- NA
  if (any(!known)) {
    warn("no_maximum", c(
      "Without a ridge, the likelihood of {sum(!known)} fit{?s} has no maximum:
       there is no test of {?it/them}.",
      "i" = "A gate or an expert is separated, or a variance is at its floor.
             Compare by {.fn BIC} or on held-out rows."
    ), call)
  }
  structure(
    data.frame(
      npar = npar, logLik = log_likelihood, Df = df, Chisq = chisq,
      `Pr(>Chisq)` = p, check.names = FALSE
    ),
    heading = c(
      "Likelihood-ratio tests of fits without a ridge\n",
      paste0(
        "Model ", seq_along(fits), ": ", vapply(fits, describe_formulas, ""),
        collapse = "\n"
      )
    ), class = c("anova", "data.frame")
  )
}

#' @noRd
describe_formulas <- function(fit) {
  paste0(
    deparse1(formula.sgmoe(fit)), ", k = ", fit$k,
    if (!fit$spec$same) paste0(", gate ", deparse1(formula.sgmoe(fit, "gate")))
  )
}

#' Refuse what are no fits, or not two of them
#'
#' @param fits A list of what was given.
#' @noRd
check_are_fits <- function(fits, where, call = rlang::caller_env()) {
  are_fits <- vapply(fits, inherits, NA, "sgmoe")
  of_two <- where == "bootstrap_lrt"
  if (length(fits) < 2L || !all(are_fits)) {
    abort("argument", c(
      "{.fn {where}} compares {if (of_two) 'two fits' else 'two fits or more'}.",
      "x" = if (all(are_fits)) {
        "It got one."
      } else {
        "One of them is of type {kind_of(fits[[which(!are_fits)[[1L]]]])}."
      },
      "i" = switch(where,
        icl = NULL,
        bootstrap_lrt = "Fit both models by {.fn sgmoe}, on the same rows.",
        "Fit the smaller model, too. Tests of single coefficients are in
         {.fn summary}."
      )
    ), call)
  }
  for (fit in fits) check_stored(fit, call)
}

#' Refuse what a chi-square test cannot compare
#' @noRd
check_fits <- function(fits, where, call = rlang::caller_env()) {
  check_are_fits(fits, where, call)
  k <- vapply(fits, function(fit) fit$k, 0)
  if (any(k != k[[1L]])) {
    abort("comparison", c(
      "Fits with {some_of(as.character(unique(k)))} experts are not compared by
       a chi-square test.",
      "x" = "Without an expert its coefficients in the gate mean nothing, so that
             the statistic has another distribution.",
      "i" = "{.code bootstrap_lrt(fit1, fit2)} finds it by simulation;
             {.fn select_experts} chooses the number of experts."
    ), call)
  }
  check_same_rows(fits, call)
}

#' @noRd
check_same_rows <- function(fits, call = rlang::caller_env()) {
  first <- inference_problem(fits[[1L]], call)$design
  for (fit in fits[-1L]) {
    own <- inference_problem(fit, call)$design
    same <- identical(fit$spec$family, fits[[1L]]$spec$family) &&
      identical(dim(own$y), dim(first$y)) &&
      isTRUE(all.equal(own$y, first$y, check.attributes = FALSE)) &&
      isTRUE(all.equal(own$weights, first$weights, check.attributes = FALSE)) &&
      identical(own$row_names, first$row_names)
    if (!same) {
      abort("comparison", c(
        "Fits are compared only on the same rows.",
        "x" = "They have another family, response or weights, or other rows
               were used ({format(fits[[1L]]$rows)} and {format(fit$rows)}).",
        "i" = "A covariate with missing values takes rows out: leave these out
               of both fits."
      ), call)
    }
  }
}

#' @noRd
check_nested <- function(fits, call = rlang::caller_env()) {
  used <- lapply(fits, function(fit) {
    names(fit$coefficients)[!is.na(fit$coefficients)]
  })
  for (i in seq_along(fits)[-1L]) {
    missing <- setdiff(used[[i - 1L]], used[[i]])
    if (length(missing) || length(used[[i]]) == length(used[[i - 1L]])) {
      abort("comparison", c(
        "The fits are not nested: the larger must have all coefficients of the
         smaller, and more.",
        "x" = if (length(missing)) {
          "It lacks {.val {some_of(missing)}}."
        } else {
          "They have the same coefficients."
        },
        "i" = "Compare such fits by {.fn BIC} or on held-out rows."
      ), call)
    }
  }
}

#' A fit without its ridge: the better of the maxima from where it was and from
#' a smaller fit
#'
#' @param smaller What unpenalised() gives of that, or NULL.
#' @return list(problem, parameters, coefficients, log_likelihood, known: has the
#'   likelihood a maximum there?).
#' @noRd
unpenalised <- function(fit, smaller = NULL) {
  problem <- fitted_problem(fit)
  problem$spec$ridge <- 0
  problem$spec["prior"] <- list(NULL)
  control <- fit$control
  control$max_passes <- max(control$max_passes, 2000)
  starts <- list(fit$parameters)
  if (!is.null(smaller)) {
    coefficients <- fit$coefficients
    coefficients[] <- ifelse(is.na(coefficients), NA, 0)
    shared <- intersect(names(coefficients), names(smaller$coefficients))
    coefficients[shared] <- smaller$coefficients[shared]
    starts[[2L]] <- start_from_coefficients(coefficients, problem)
  }
  runs <- lapply(starts, function(start) run_core(problem, start, control))
  run <- runs[[rank_runs(runs, problem)[[1L]]]]
  description <- describe_rows(problem, run$parameters, control, TRUE)
  list(
    problem = problem, parameters = run$parameters,
    coefficients = user_coefficients(run$parameters, problem$spec),
    log_likelihood = run$log_likelihood +
      scale_constant(problem$spec, problem$weight),
    known = !any(run$floored) && !any(run$starved) &&
      run$reason %in% c("converged", "pass_limit") &&
      !length(diverging_blocks(description, run$parameters, problem))
  )
}
