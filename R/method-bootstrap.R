# The bootstrap of a fit.

#' Bootstrap a fit
#'
#' Fits the model again and again to drawn rows. The spread of the coefficients
#' shows how much they would vary, without the assumption of standard errors that
#' the log-likelihood is a parabola, which it is not where experts overlap.
#'
#' Each refit starts from the fit, has its ridge and priors (they count as
#' known), and its experts are put in the order in which they agree best with
#' those of the fit about the rows. A refit that did not converge within
#' `max_passes`, or in which an expert ran out of rows or fell to the floor of
#' the variance, counts as failed and is left out.
#'
#' Refits are made in parallel if the package future.apply is installed and a
#' plan with several workers is set (`future::plan("multisession")`). The result
#' is the same. `car::Boot()` and the samples of rsample refit from scratch, by
#' `update()`, and do not know which expert of a refit is which of the fit: use
#' this function instead.
#'
#' @param object A fit from [sgmoe()] that keeps its data, or a selection (whose
#'   number of experts then counts as known).
#' @param type How rows are drawn:
#'   - `"weighted"`, the default: all rows stay, with random weights, exponential
#'     with mean one, times the case weights (of a row of weight `a` gamma
#'     distributed with shape `a`, as if it were `a` rows). No row is lost, so
#'     that refits hardly ever fail.
#'   - `"parametric"`: responses are drawn from the fit, see
#'     [simulate()][simulate.sgmoe]; right if the model is.
#'   - `"cases"`: rows are drawn with replacement, each as often as its weight
#'     says.
#' @param nsim Number of refits, a positive whole number; 200 by default, enough
#'   for standard errors. Limits of intervals want 1000.
#' @param seed `NULL`, the default, uses the random numbers as they come; a number
#'   makes the result reproducible and leaves their state as it was.
#' @param x,parm,level A bootstrap, and as in [confint.sgmoe()].
#' @param digits Significant digits to print.
#' @param ... Anything else is an error.
#' @return An object of class `sgmoe_bootstrap`, a list with `t0`, the coefficients
#'   of the fit; `t`, a matrix with a row for each refit and a column for each
#'   coefficient, `NA` where it failed; `log_likelihood`, that of the drawn
#'   rows; `failures`, a table of why refits failed; `type`, `nsim` and `call`.
#'   `confint()` of it gives percentiles, `vcov()` the covariance of the refits.
#' @section Errors: `sgmoe_error_no_model` for a fit without data;
#'   `sgmoe_error_bootstrap` if all refits failed.
#' @references
#' Newton, M. A. and Raftery, A. E. (1994) Approximate Bayesian inference with
#' the weighted likelihood bootstrap. *Journal of the Royal Statistical Society
#' B*, 56, 3–48.
#' @seealso [confint.sgmoe()], [bootstrap_lrt()]
#' @family inference
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, gate = ~1, starts = 2)
#' refits <- bootstrap(fit, nsim = 50)
#' refits
#' confint(refits, level = 0.9)
#' @export
bootstrap <- function(object, ...) {
  UseMethod("bootstrap")
}

#' @export
bootstrap.default <- function(object, ...) {
  stream <- inherits(object, "sgmoe_stream")
  abort(if (stream) "no_data" else "unsupported", c(
    "{.fn bootstrap} is for fits that keep their data.",
    "x" = "It got a value of type {kind_of(object)}.",
    "i" = if (stream) {
      "Fit some rows that you have kept, from where the stream is:
       {.code sgmoe(..., start = as_sgmoe(stream))}."
    }
  ))
}

bootstrap_types <- c("weighted", "parametric", "cases")

#' @rdname bootstrap
#' @export
bootstrap.sgmoe <- function(object, type = c("weighted", "parametric", "cases"),
                            nsim = 200, seed = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "bootstrap", call)
  type <- check_choice(
    type, "type", bootstrap_types, call, "argument",
    hint = if (is.numeric(type)) {
      "The number of refits is given by its name, {.arg nsim}."
    }
  )
  nsim <- check_number(nsim, "nsim", 1, TRUE, call, "argument")
  check_seed(seed, call)
  check_size(
    nsim * length(object$coefficients), "{.arg nsim} refits have", call
  )
  problem <- inference_problem(object, call)
  sampler <- row_sampler(type, object, problem)
  posterior <- posterior_of(problem, object$parameters, object$control)$posterior
  refits <- map_parallel(seq_len(nsim), function(i) {
    bootstrap_refit(object, problem, sampler, posterior)
  }, draw_seeds(nsim, seed))
  failed <- vapply(refits, `[[`, "", "failure")
  if (all(nzchar(failed))) {
    abort("bootstrap", c(
      "None of {nsim} refit{?s} converged to a finite maximum.",
      "x" = "The first ended with {.val {failed[[1L]]}}.",
      "i" = "A larger {.arg max_passes} or a {.arg ridge} in the fit may help."
    ), call)
  }
  t <- do.call(rbind, lapply(refits, `[[`, "coefficients"))
  structure(list(
    t0 = object$coefficients, t = t,
    log_likelihood = vapply(refits, `[[`, 0, "log_likelihood"),
    failures = table(failed[nzchar(failed)]), type = type, nsim = nsim,
    parts = coefficient_parts(object$spec), call = object$call
  ), class = "sgmoe_bootstrap")
}

#' One refit: list(coefficients, log_likelihood, failure)
#'
#' @param sampler What row_sampler() gives.
#' @param posterior That of the fit.
#' @noRd
bootstrap_refit <- function(fit, problem, sampler, posterior) {
  run <- try_run_core(sampler(), fit$parameters, fit$control)
  failure <- run_failure(run, fit)
  coefficients <- fit$coefficients
  coefficients[] <- NA
  log_likelihood <- NA_real_
  if (!nzchar(failure)) {
    other <- posterior_of(problem, run$parameters, fit$control)$posterior
    order <- matching_order(posterior, other, case_weights(problem))
    coefficients <- user_coefficients(
      permute_parameters(run$parameters, order), fit$spec
    )
    log_likelihood <- run$log_likelihood +
      scale_constant(fit$spec, problem$weight)
  }
  list(
    coefficients = coefficients, log_likelihood = log_likelihood,
    failure = failure
  )
}

#' @rdname bootstrap
#' @export
confint.sgmoe_bootstrap <- function(object, parm, level = 0.95, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "confint", call)
  level <- check_level(level, "level", call)
  at <- check_parm(
    if (missing(parm)) NULL else parm, list(coefficients = object$t0), call
  )
  percentiles(object, level)[at, , drop = FALSE]
}

#' @rdname bootstrap
#' @export
vcov.sgmoe_bootstrap <- function(object, ...) {
  check_stored(object)
  refuse_dots(list(...), "vcov")
  done <- !is.na(object$log_likelihood)
  stats::var(object$t[done, , drop = FALSE])
}

#' @rdname bootstrap
#' @export
print.sgmoe_bootstrap <- function(x, digits = max(
                                    3L, getOption("digits") - 3L
                                  ), level = 0.95, ...) {
  check_stored(x)
  level <- check_level(level, "level")
  failed <- sum(x$failures)
  cat(
    switch(x$type,
      weighted = "Weighted likelihood bootstrap",
      parametric = "Parametric bootstrap",
      "Bootstrap of rows"
    ), ", ", x$nsim, " refits", if (failed > 0) {
      paste0(
        ", ", failed, " of them failed (",
        paste(x$failures, names(x$failures), collapse = ", "), ")"
      )
    }, "\n\nCall:\n",
    sep = ""
  )
  print(x$call)
  cat("\n")
  print(cbind(
    Estimate = x$t0, Bias = colMeans(x$t, na.rm = TRUE) - x$t0,
    `Std. Error` = apply(x$t, 2L, stats::sd, na.rm = TRUE),
    percentiles(x, level)
  ), digits = digits)
  invisible(x)
}
