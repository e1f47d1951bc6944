# How a fit is computed: the settings, checked where they are given.

#' Settings of the fitting algorithm
#'
#' Gathers the settings of [sgmoe()]. The defaults need no tuning; the two that
#' an analysis may want to change are `ridge` and `starts`.
#'
#' @param max_passes Most passes over the data that one start may take; a whole
#'   number, 2000 by default. Passes of candidates and moves that were given up
#'   do not count. A fit that stops there has `reason` "pass_limit".
#' @param tolerance Log-likelihood per unit of weight (nats). The fit has
#'   converged when both the gain that the next step promises and the gain of an
#'   unaccelerated step are smaller. Default `1e-10`.
#' @param curvature Curvature of the quadratic minoriser of the gate and of each
#'   expert without a closed M-step. `"fisher"` (the default) takes its own
#'   information
#'   matrix, needs a half to a fifth of the passes and keeps the step only if
#'   the likelihood did not fall. `"bound"` takes the fixed bound of the papers,
#'   monotone by construction. In a block of more than 600 free coefficients
#'   `"fisher"` gives way to `"bound"`, because its matrix would cost more than
#'   it saves.
#' @param acceleration `"quasi-newton"` (limited-memory BFGS preconditioned by
#'   the MM step), `"anderson"`, or `"none"`. Accelerated points are kept only
#'   if the likelihood did not fall. `NULL`, the default, is `"quasi-newton"`
#'   for `method = "mm"` and `"none"` for `method = "em"`.
#'   `acceleration = "none", curvature = "bound"` is the algorithm of the
#'   papers.
#' @param history Number of past steps that the acceleration looks at; a whole
#'   number, 20 by default.
#' @param starts Number of starting points, 10 by default. Each is the best of
#'   several candidates, run for a few passes; on large data this is done on a
#'   subsample, and only the most promising three are run to convergence. The
#'   number of candidates for all starts is fixed by the size of the data, so
#'   fewer starts save less time than one might think. In families whose
#'   likelihood has many local maxima, four times as many split-and-merge moves
#'   follow from the best start, where the data are not too large for that: with
#'   `r describe_defaults("moves")` or more experts.
#' @param threads Number of threads, 1 by default. Results are the same, to the
#'   last bit, for any number.
#' @param ridge `"auto"` (the default), `"cv"`, or a number from 0.
#'   `"auto"` chooses the ridge of two or more experts by its marginal likelihood,
#'   see the section on it; one expert gets none. `"cv"` chooses the ridge, for any
#'   number of experts, by the log-likelihood of held-out rows in five random folds,
#'   from 0.01, 0.1, 0.3, 1, 3, 10 and what `"auto"` gives; the fit has the table in
#'   its field `tuning`. It takes as long as two to five default fits;
#'   [tune_experts()] chooses the number of experts with it, and has settings for
#'   folds and scores. It is for [sgmoe()] in batch only.
#'
#'   `ridge = 0` is maximum likelihood: the likelihood of two or more experts often
#'   has no maximum, and then the fit ends with a warning. With any other ridge and
#'   two or more experts, weak priors on intercepts and variances go with it.
#'
#'   A number is the penalty \eqn{\lambda}{lambda} on the sum over rows. It acts on
#'   standardised covariates, never on intercepts:
#'   \eqn{\frac\lambda2 \sum_k \|w_k\|^2}{lambda/2 sum_k |w_k|^2} for the gate, and
#'   for the experts by their family:
#'   `r describe_families("ridge")`
#' @param variance_prior Rows that the prior on the variances of Gaussian
#'   experts is worth, 1 by default and 0 for none:
#'   \eqn{\sigma_k^2 = (C_k + a s^2) / (n_k + a)}, \eqn{C_k} the sum of squared
#'   residuals of an expert's \eqn{n_k} rows, \eqn{a} the rows of the prior and
#'   \eqn{s^2} 0.28 times the geometric mean of the experts' residual variances,
#'   in which experts on few rows hardly count. It acts with two experts or more
#'   and any ridge but 0. Streams have that of their pilot.
#' @param variance_floor Smallest variance of an expert, as a share of the
#'   response's variance: keeps an expert from collapsing onto a few points.
#'   Default `1e-6`.
#' @param progress Show a progress bar? `NULL`, the default, shows one in an
#'   interactive session once a fit has taken about two seconds. `"lines"` writes
#'   a line for each pass (as messages), for scripts.
#' @param spill Where the rows of a source go, see [sgmoe()]: `TRUE`, the default,
#'   is the session's temporary folder, from which they are removed when the fit
#'   ends; the name of a folder keeps them there. `FALSE` reads the source again
#'   in every pass, for when there is no room for its rows: 10 to 100 times as
#'   long. It is not used for data in memory.
#' @param checkpoint The name of a file in which the passes over the rows of a
#'   source are logged, or `NULL`, the default, for none. If the file exists, the
#'   fit that was begun with it goes on where it was; see the section on sources
#'   of [sgmoe()].
#' @param ... Anything else is an error.
#'
#' @section Automatic ridge:
#' The likelihood of a mixture of experts is unbounded as soon as an expert can
#' fit a few rows exactly, a gate can tell the experts apart or an expert the
#' classes, and its maximisers predict badly. `ridge = "auto"` is empirical
#' Bayes: the ridge is the precision of a normal prior on the coefficients, the
#' fit is the maximum of the posterior density, and the ridge is chosen by its
#' marginal likelihood in Laplace's approximation, with the update of Fellner
#' (1986), Schall (1991) and MacKay (1992). Fits and updates take turns until the
#' ridge has settled, once from a strong ridge and, where there are five rows for
#' each coefficient, once from a weak one. The fit begins anew from all its
#' starts with the ridge of the greater marginal likelihood (of Laplace's
#' approximation, which fewer rows do not allow: Kass and Raftery 1995), and of
#' what was found the greatest counts. Two
#' weak priors, worth a row each, bound what a ridge does not act on: variances
#' (`variance_prior`) and intercepts: an expert without a row of some class, or
#' with zeros only, a gate that closes. They go with a fixed ridge, too. The
#' influence of all of them vanishes as
#' the data grow: coefficients, log-likelihood and degrees of freedom then are
#' those of maximum likelihood, where it exists. With one expert the ridge is
#' zero, and the fit is that of [lm()], [glm()] or [nnet::multinom()].
#'
#' @return A list of class `sgmoe_control` with one element for each argument.
#'   A setting out of range raises an error of class `sgmoe_error_control`.
#' @references
#' Böhning, D. (1992) Multinomial logistic regression algorithm. *Annals of the
#' Institute of Statistical Mathematics*, 44, 197–200.
#'
#' Fellner, W. H. (1986) Robust estimation of variance components.
#' *Technometrics*, 28, 51–60.
#'
#' Kass, R. E. and Raftery, A. E. (1995) Bayes factors. *Journal of the American
#' Statistical Association*, 90, 773–795.
#'
#' MacKay, D. J. C. (1992) Bayesian interpolation. *Neural Computation*, 4,
#' 415–447.
#'
#' Schall, R. (1991) Estimation in generalized linear models with random
#' effects. *Biometrika*, 78, 719–727.
#'
#' Smyth, G. K. (2004) Linear models and empirical Bayes methods for assessing
#' differential expression in microarray experiments. *Statistical Applications
#' in Genetics and Molecular Biology*, 3, 3 (the centre of `variance_prior`).
#'
#' Wood, S. N. and Fasiolo, M. (2017) A generalized Fellner-Schall method for
#' smoothing parameter optimization with application to Tweedie location, scale
#' and shape models. *Biometrics*, 73, 1071–1081.
#' @seealso [sgmoe()]
#' @family fits
#' @examples
#' sgmoe_control(ridge = 1, starts = 20)
#' # The papers' algorithm, step by step
#' sgmoe_control(acceleration = "none", curvature = "bound")
#' @export
sgmoe_control <- function(max_passes = 2000, tolerance = 1e-10,
                          curvature = c("fisher", "bound"),
                          acceleration = NULL, history = 20, starts = 10,
                          threads = 1, ridge = "auto", variance_prior = 1,
                          variance_floor = 1e-6, progress = NULL,
                          spill = TRUE, checkpoint = NULL, ...) {
  refuse_unknown(
    match.call(expand.dots = FALSE)$..., argument_names(sgmoe_control),
    "sgmoe_control"
  )
  control <- list(
    max_passes = check_number(max_passes, "max_passes", 1, whole = TRUE),
    tolerance = check_number(tolerance, "tolerance", 0),
    curvature = check_choice(curvature, "curvature", c("fisher", "bound")),
    acceleration = if (!is.null(acceleration)) {
      check_choice(
        acceleration, "acceleration", c("quasi-newton", "anderson", "none")
      )
    },
    history = check_number(history, "history", 1, whole = TRUE),
    starts = check_number(starts, "starts", 1, whole = TRUE),
    threads = check_number(threads, "threads", 1, whole = TRUE),
    ridge = check_ridge(ridge, c("auto", "cv")),
    variance_prior = check_number(variance_prior, "variance_prior", 0),
    variance_floor = check_number(
      variance_floor, "variance_floor", 1e-14,
      most = 1
    ),
    progress = if (!is.null(progress) && !identical(progress, "lines")) {
      check_flag(progress, "progress")
    } else {
      progress
    },
    spill = check_spill(spill),
    checkpoint = check_checkpoint(checkpoint)
  )
  structure(control, class = "sgmoe_control")
}

#' @noRd
check_spill <- function(spill, call = rlang::caller_env()) {
  if (!isTRUE(spill) && !isFALSE(spill) && !(is.character(spill) && length(spill) == 1L &&
    !is.na(spill) && nzchar(spill))) {
    abort("control", c(
      "{.arg spill} must be TRUE, FALSE or the name of a folder.",
      "x" = "It is {describe_value(spill)}."
    ), call)
  }
  if (is.character(spill)) path.expand(spill) else spill
}

#' @noRd
check_checkpoint <- function(checkpoint, call = rlang::caller_env()) {
  if (is.null(checkpoint)) {
    return(NULL)
  }
  if (!is.character(checkpoint) || length(checkpoint) != 1L ||
    is.na(checkpoint) || !nzchar(checkpoint)) {
    abort("control", c(
      "{.arg checkpoint} must be the name of a file, or NULL.",
      "x" = "It is {describe_value(checkpoint)}."
    ), call)
  }
  path.expand(checkpoint)
}

#' A ridge: a number, or one of some words
#'
#' @param words How it may be chosen by the package.
#' @noRd
check_ridge <- function(ridge, words, call = rlang::caller_env()) {
  if (are_words(ridge, 1L) && ridge %in% words) {
    return(ridge)
  }
  if (identical(names(ridge), ridge_groups) && ridge[[1L]] %in% ridge[[2L]]) {
    ridge <- ridge[[1L]] # that of a fit with an automatic ridge
  }
  if (!are_numbers(ridge, 1L, 0)) {
    before <- if (length(words) > 1L) ", " else " or "
    abort("control", c(
      "{.arg ridge} must be a number of at least 0{before}{.or {.val {words}}}.",
      "x" = "It is {describe_value(ridge)}.",
      "i" = if (!"cv" %in% words && identical(ridge, "cv")) {
        "Streams and {.code method = \"incremental\"} have no cross-validation:
         see {.fn tune_experts}, and give the number that it chooses."
      }
    ), call)
  }
  as.double(ridge)
}
