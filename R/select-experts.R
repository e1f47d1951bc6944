# How many experts: one overfitted fit, a walk down from it, and a criterion.

#' Choose the number of experts
#'
#' Fits once, with more experts than necessary, merges them two by two
#' ([expert_dendrogram()]), and takes the number of experts where a criterion is
#' best. No other fit has to be started from nothing.
#'
#' @details
#' By default the two experts are merged that cost least log-likelihood after a
#' short refinement, and each merged model is refined before the next merge.
#' Where experts are there to be found this reaches the likelihoods of a sweep of
#' separate fits over all numbers of experts, at a fraction of its price. A merge path
#' that joined the wrong experts ends in poor models of few experts: for two and three
#' experts short fits of their own are made, too, and the better model of each number is
#' kept (not with `refine = FALSE`, and not where a fit is given, from which nothing
#' random follows). The first models are rough: where many rows hold more structure
#' than `k_max` experts describe, one of them may have less log-likelihood than a
#' model of fewer experts (a negative `height`). Printing names these, and a plain fit
#' by [sgmoe()] with as many experts may be far better.
#'
#' The criteria are, \eqn{\ell}{l} the log-likelihood, \eqn{d} the number of
#' parameters, \eqn{n} that of observations, all to be minimised:
#' - `"HQ"` (the default): \eqn{-2\ell + 3 d \log\log n}{-2 l + 3 d log log n}, Hannan and Quinn's
#'   with their constant at 3/2. What a superfluous expert gains in likelihood grows
#'   like \eqn{\log\log n}{log log n} at most, so that this penalty is enough for large
#'   \eqn{n}, and it finds overlapping experts in samples where BIC does not;
#' - `"BIC"`: \eqn{-2\ell + d \log n}{-2 l + d log n}; `"AIC"`: \eqn{-2\ell + 2 d}{-2 l + 2 d};
#'   `"ICL"`: BIC and twice the entropy of the posteriors, which asks for experts that do not
#'   overlap;
#' - `"DSC"`: \eqn{-(h + \log(n) \ell / n)}{-(h + log(n) l / n)}, \eqn{h} the height of the merge
#'   of two of these experts, for two experts or more. With
#'   `refine = FALSE, standardise = FALSE` it is the criterion of the papers;
#' - `"CV"` (for formulas only): \eqn{-2n} times the mean log-density of rows held out, in
#'   five random folds, each with a merge path of its own on its training rows. It
#'   takes six times as long. [tune_experts()] has more settings and chooses the ridge, too.
#'
#' Models in which an expert fits a few rows exactly (its variance at the
#' floor), or has hardly any weight, are not chosen while there are others. An
#' expert on one value of the response that many rows share is a point mass, whose
#' density there has no bound and no meaning: the criteria (except DSC) give it
#' the mean variance of the other experts, so that it is chosen for what its rows
#' have in common and not for that density.
#'
#' @section What the number means:
#' Experts describe a distribution. Where one regression has skewed,
#' heavy-tailed or unequal noise, several experts with about the same mean
#' describe it better than one, and HQ and BIC find them. `regimes` answers the
#' other question, how many experts are separate from each other: the number
#' with the least ICL on the same path, which counts experts that overlap as
#' one. Where the two differ by two or more, a message says so. Experts that
#' overlap may still be different regressions: look at their coefficients.
#'
#' @section Outliers:
#' A few rows of heavy-tailed noise raise the likelihood with every expert that
#' is spent on them. Unless `background = FALSE`, experts with less than 15 % of
#' the rows are tried against a background: a t distribution, the same
#' everywhere, at least twice as wide as the widest expert. Where the criterion
#' prefers it, these experts are not counted, a message says so, `background`
#' holds its share and shape, and the returned fit gives each row a case weight,
#' the probability that it is not of the background. `path` and `dendrogram`
#' stay those of the model without a background, and no cut is selected in the
#' tree. There is no background for classes.
#'
#' @section Sources:
#' `data` may be a source or [partitions()], as for [sgmoe()]. It is read once;
#' merges are tried on the same evenly spaced rows as in memory, every level is
#' refined over all rows, and the result is that of the same rows in memory with
#' `background = FALSE`: a background gives each row a weight. Where one would
#' replace experts on some rows, a message of class `sgmoe_message_outliers` says
#' so. `checkpoint` logs the passes of the whole search. `background = TRUE` and
#' `criterion = "CV"` are errors of class `sgmoe_error_unsupported`.
#'
#' @param object A formula as for [sgmoe()], or instead an overfitted fit from
#'   [sgmoe()], or a stream from [sgmoe_stream()].
#' @param data The data, as for [sgmoe()]. For a fit that did not keep its data,
#'   a data frame with them: all rows are used, whatever `subset` the fit had.
#'   For a stream, see [select_experts.sgmoe_stream()].
#' @param k_max The largest number of experts, where merging begins; 10 by
#'   default, or as many as leave five rows for each parameter. A warning says so
#'   if all of them are selected. A fit has its own: `k_max` is for formulas.
#' @param criterion One of the criteria above; `"HQ"` by default.
#' @param refine Refine the merged models? `TRUE`, the default. `FALSE` merges
#'   as published.
#' @param dissimilarity `"likelihood"` or `"voronoi"`, as in
#'   [expert_dendrogram()]. `NULL`, the default, is `"voronoi"` for
#'   `criterion = "DSC"` or `refine = FALSE`, else `"likelihood"`.
#' @param standardise,atom_weight As in [expert_dendrogram()].
#' @param background May outliers be put into a background? `TRUE` by default,
#'   `FALSE` for a source; see Outliers.
#' @param control Settings of the algorithm, from [sgmoe_control()]; for a fit
#'   `NULL`, the default, takes its own.
#' @param ... Settings of the algorithm by name, such as `threads = 2`; they
#'   override those in `control`. For a formula also the other arguments of
#'   [sgmoe()], such as `gate` or `weights`. Not `start`, `starts`, `method` and
#'   `epochs`: the merge path has its own; and the `ridge` of a fit is that of the fit.
#'   Weights count rows: their sum is \eqn{n} in the criteria, so that weights
#'   that sum to one would select one expert.
#' @return A fit: an object of class `c("sgmoe_selection", "sgmoe")`, run to
#'   convergence from the merged parameters with the selected number of experts.
#'   All methods of fits work on it; `print()` and `plot()` show the choice, and
#'   [as_sgmoe()] gives the fit with another number of experts. Beside the fields of a fit,
#'   see [sgmoe()], it has
#' \describe{
#'   \item{`path`}{a data frame, a row for each number of experts: `k`, `height`
#'     (log-likelihood per row that the next merge loses, or the distance
#'     of the merged experts; `NA` for one expert), `logLik`, `df`,
#'     `DSC`, `AIC`, `HQ`, `BIC`, `ICL`, maybe `CV`, and `spurious`: fits an expert a few
#'     rows exactly, or has it hardly any weight? The models of the path have a
#'     ridge of `r describe_defaults("ridge")` or that of the call, if it is
#'     larger; the fit has that of the call, by default found for the selected
#'     number of experts (`ridge = "auto"`, see [sgmoe_control()]).}
#'   \item{`dendrogram`}{an `expert_dendrogram` with the selected cut.}
#'   \item{`criterion`}{its name.}
#'   \item{`regimes`}{how many experts are separate, by ICL; `NA` with
#'     `refine = FALSE`, whose models are not fits.}
#'   \item{`background`}{`NULL`, or a list with `share`, the share of the
#'     background, its `location`, `scale` and degrees of freedom `df` on the
#'     scale of the response, `weights`, the probability of each row used not to
#'     be of it, named as the rows are, and `value`, that of the criterion.
#'     The fit has these as case weights: its likelihood is that of weighted
#'     rows, and for the same fit by [sgmoe()] they must be given to it.}
#' }
#' @section Errors: Those of [sgmoe()] and [expert_dendrogram()]. The warning
#'   `sgmoe_warning_largest_k` says that the largest number was selected (a message
#'   of class `sgmoe_message_largest_k`, if rows are too few for more),
#'   `sgmoe_warning_spurious` that another number would have been better, but an
#'   expert fits a few rows exactly there. A message of class
#'   `sgmoe_message_background` tells of outliers, one of class
#'   `sgmoe_message_one_expert` that the rows are too few for two experts, one of
#'   class `sgmoe_message_regimes` that fewer of them are separate.
#' @references
#' Azaïs, J.-M., Gassiat, E. and Mercadier, C. (2009) The likelihood ratio test
#' for general mixture models with or without structural parameter. *ESAIM:
#' Probability and Statistics*, 13, 301–327.
#'
#' Banfield, J. D. and Raftery, A. E. (1993) Model-based Gaussian and
#' non-Gaussian clustering. *Biometrics*, 49, 803–821.
#'
#' Hai, D. T. et al. (2025) Dendrograms of mixing measures for softmax-gated
#' Gaussian mixture of experts. \doi{10.48550/arXiv.2510.12744}
#'
#' Hannan, E. J. and Quinn, B. G. (1979) The determination of the order of an
#' autoregression. *Journal of the Royal Statistical Society B*, 41, 190–195.
#' @seealso [expert_dendrogram()], [plot.sgmoe_selection()],
#'   [as_sgmoe.sgmoe_selection()]
#' @family numbers of experts
#' @examples
#' set.seed(1)
#' data <- simulate_moe(1000, k = 2, p = 1, gate_scale = 3)
#' selection <- select_experts(y ~ x1, data, k_max = 5)
#' selection
#' selection$path
#' plot(selection)
#' predict(selection, data.frame(x1 = c(-1, 1)))
#' @export
select_experts <- function(object, data, ...) {
  UseMethod("select_experts")
}

#' @export
select_experts.default <- function(object, data, ...) {
  call <- rlang::current_env()
  refuse_object(missing(object), if (!missing(object)) object, call)
}

#' @param absent Was there no `object` at all?
#' @noRd
refuse_object <- function(absent, object = NULL, call = rlang::caller_env()) {
  abort("formula", c(
    "{.fn select_experts} needs a formula, a fit or a stream, as {.arg object}.",
    "x" = if (!absent) "It got a value of type {kind_of(object)}.",
    "i" = "For instance {.code select_experts(y ~ x, data)}."
  ), call)
}

#' @rdname select_experts
#' @export
select_experts.formula <- function(object, data, k_max = 10,
                                   criterion = c(
                                     "HQ", "BIC", "AIC", "ICL", "DSC", "CV"
                                   ),
                                   refine = TRUE, dissimilarity = NULL,
                                   standardise = TRUE,
                                   atom_weight = c("intercept", "average"),
                                   background = TRUE,
                                   control = sgmoe_control(), ...) {
  call <- rlang::current_env()
  given <- match.call()
  caller <- parent.frame()
  if (missing(object)) {
    refuse_object(TRUE, call = call)
  }
  # R would take `k` for an abbreviation, but elsewhere it is the number of
  # experts, not the largest.
  if ("k" %in% names(sys.call())) {
    refuse_unknown(list(k = NULL), "k_max", "select_experts", call)
  }
  rule <- check_selection_rule(
    criterion, refine, dissimilarity, standardise, atom_weight, background,
    call, eval(formals(select_experts.formula)$criterion)
  )
  check_selection_names(as.list(given)[-1L], call)
  request <- selection_request(
    object, if (!missing(data)) data, control, ...,
    given = given, env = caller, call = call
  )
  control <- request$control
  if (is_cross_validated(control)) {
    abort("argument", c(
      "{.fn select_experts} has no {.code ridge = \"cv\"}.",
      "i" = "{.fn tune_experts} chooses number of experts and ridge together by
             cross-validation."
    ), call)
  }
  calls <- list(selection = kept_call(given, "select_experts", caller))
  # The call of the fit that the selection holds.
  fit_call <- given[!names(given) %in% selection_arguments()]
  names(fit_call)[names(fit_call) == "object"] <- "formula"
  fit_call$k <- 1
  calls$fit <- kept_call(fit_call, "sgmoe", caller)
  most <- if (!missing(k_max)) {
    check_number(k_max, "k_max", 1, whole = TRUE, call = call, what = "k")
  }
  request$model$walk <- is.null(most) || most > 1
  if (comes_in_chunks(request$data)) {
    rule <- rule_for_source(rule, !missing(background), call)
  }
  select_requested(request, rule, most, calls, call)
}

#' Arguments of select_experts() that are not those of sgmoe()
#' @noRd
selection_arguments <- function() {
  setdiff(
    argument_names(select_experts.formula), c("object", "data", "control")
  )
}

#' @noRd
check_selection_names <- function(given, call = rlang::caller_env()) {
  unfit <- c("method", "epochs", "start", "starts")
  found <- intersect(names(given), unfit)
  if (length(found)) {
    abort("argument", c(
      "{.fn select_experts} has no argument {.or {.arg {found}}}.",
      "i" = "Fit with {.fn sgmoe} as you wish, with many experts, and give that
             fit to {.fn select_experts}."
    ), call)
  }
  known <- c(
    argument_names(select_experts.formula), argument_names(sgmoe),
    argument_names(sgmoe_control)
  )
  known <- setdiff(unique(known), c(unfit, "formula", "k"))
  refuse_unknown(given, known, "select_experts", call)
}

#' @rdname select_experts
#' @export
select_experts.sgmoe <- function(object, data = NULL,
                                 criterion = c(
                                   "HQ", "BIC", "AIC", "ICL", "DSC"
                                 ),
                                 refine = TRUE, dissimilarity = NULL,
                                 standardise = TRUE,
                                 atom_weight = c("intercept", "average"),
                                 background = TRUE, control = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  fit <- plain_fit(object)
  control <- walk_settings(fit, control, list(...), call)
  rule <- check_selection_rule(
    criterion, refine, dissimilarity, standardise, atom_weight, background, call
  )
  refuse_chunks(data, call)
  problem <- tree_problem(fit, data, rule, call)
  problem$spec$variance_floor <- control$variance_floor
  if (is.null(problem$data)) {
    require_rows(call)
  }
  fit_call <- fit$call
  if (!is.null(data)) {
    fit_call$subset <- NULL # of other data
  }
  own_call <- kept_call(match.call(), "select_experts", parent.frame())
  or_refused(
    {
      runs <- with_progress(control$progress, function(report) {
        path <- merge_path(problem, fit$parameters, rule, control, report)
        list(run = fit, path = path)
      })
      finish_selection(
        walk_problem(problem), runs, rule, control, fit$spec$ridge, fit_call,
        own_call, !is.null(fit$model), call
      )
    },
    call
  )
}
