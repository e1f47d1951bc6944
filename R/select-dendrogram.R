# The dendrogram of a fit's experts.

#' Dendrogram of the experts of a fit
#'
#' Merges the experts of an overfitted mixture two by two, down to one, and
#' keeps the merged parameters for every number of experts. Experts that describe the same
#' part of the data merge at small heights; [select_experts()] reads from the
#' path how many the data support.
#'
#' @details
#' The fitted mixing measure has an atom for each expert: its weight
#' \eqn{\varpi_k \propto \exp(w_{0k})}{exp(w_0k)}, the exponential of the gate's intercept,
#' and as its position the gate's slopes \eqn{\omega_k} and the expert's
#' parameters. `dissimilarity = "voronoi"` merges the two atoms with the least
#' \deqn{\frac{\varpi_i\varpi_j}{\varpi_i + \varpi_j} \left(
#'   \|\Delta\omega\|^2 + \delta \right),}{w_i w_j / (w_i + w_j)
#'   (|Delta omega|^2 + delta), w being the weights,}
#' with the distance \eqn{\delta} of the experts by their family:
#' `r describe_families("distance")`
#'
#' The merged atom has the sum of the weights and the weighted mean of the
#' positions.
#'
#' `dissimilarity = "likelihood"` merges the two atoms that cost least
#' log-likelihood once the merged model is refined: all pairs are tried for
#' 5 passes (on some thousand evenly spaced rows of large data), the best of
#' them, `r describe_defaults("finalists")`, for up to 100. The height is the
#' log-likelihood lost per row. A ridge of `r describe_defaults("ridge")`, if
#' the fit had none as large, keeps superfluous experts from running away.
#'
#' Without refinement the merged models are not fits: their likelihoods fall
#' quickly, and the tree tells of distances between atoms only.
#'
#' Heights of neither kind need rise from merge to merge. The object keeps them
#' as they are; [as.hclust()] and [as.dendrogram()] get their cumulative
#' maximum, because trees must not go down.
#'
#' @param object A fit from [sgmoe()], with more experts than seem necessary, or
#'   a stream from [sgmoe_stream()].
#' @param dissimilarity `"voronoi"` (as published, the default here) or
#'   `"likelihood"`; see Details.
#' @param refine Run up to 100 accelerated passes after each merge, so that the
#'   next one starts from a fitted model? `FALSE`, the default, merges as
#'   published. With `"likelihood"` and `refine = FALSE` pairs are judged as
#'   they are merged. Refinement needs the data.
#' @param standardise Measure distances on centred and scaled covariates and
#'   response, so that they do not depend on units? `TRUE`, the default.
#'   `FALSE` takes the parameters on the user's scale, as published.
#' @param atom_weight `"intercept"` (the default, as published), or `"average"`
#'   for the average gate probability: at the mean of the covariates an
#'   important expert can weigh next to nothing. `"average"` needs the data.
#' @param data A data frame with the variables of the fit, for fits that did not
#'   keep theirs (`model = FALSE`) and for streams: some thousand rows. `NULL`,
#'   the default, takes the data of the fit; without any, only
#'   `dissimilarity = "voronoi"`, `refine = FALSE` and
#'   `atom_weight = "intercept"` are possible.
#' @param ... For methods.
#' @return An object of class `expert_dendrogram`, a list with
#' \describe{
#'   \item{`merge`, `height`, `order`, `labels`}{as in [hclust()], except that
#'     the heights are raw and may fall.}
#'   \item{`k`, `weight`}{number of experts, and their weights: those that
#'     `atom_weight` asks for, or with `"likelihood"` average gate
#'     probabilities.}
#'   \item{`levels`}{a list with an element for each number of experts, from `k`
#'     to one: `k`, `parameters` (on standardised columns), `log_likelihood` of the
#'     data (`NA` without data) on the scale of the response, `members`, the
#'     fit's experts that each merged expert is made of, and other things
#'     that the data say of it. [coef()] gives the coefficients on the
#'     user's scale.}
#'   \item{`selected`}{the number of experts that [select_experts()] chose, or
#'     `NULL`.}
#'   \item{`regimes`}{how many of them are separate by ICL, see
#'     [select_experts()], or `NULL`.}
#'   \item{`dissimilarity`, `refine`, `standardise`, `atom_weight`}{as given.}
#' }
#' @section Methods: `print()`, `summary()` (a data frame with a row for each
#'   merge: how many `experts` there were, which of the fit's were `merged`, how
#'   many are `left`, the `height`, and the `logLik` of those left), `plot()`,
#'   [coef()], [cutree()] by `k` (by `h` of `as.hclust(tree)`), [as.hclust()],
#'   [as.dendrogram()], and through these all that works on trees, such as the
#'   packages dendextend and ggdendro.
#' @section Errors: `sgmoe_error_no_intercept` for a gate without an intercept,
#'   which leaves atoms without weights; `sgmoe_error_no_model` where data are
#'   needed and there are none; `sgmoe_error_argument`.
#' @references
#' Hai, D. T. et al. (2025) Dendrograms of mixing measures for softmax-gated
#' Gaussian mixture of experts. \doi{10.48550/arXiv.2510.12744}
#'
#' Tran, T. et al. (2026) Fast model selection and stable optimization for
#' softmax-gated multinomial-logistic mixture of experts models.
#' \doi{10.48550/arXiv.2602.07997}
#' @seealso [select_experts()]
#' @family numbers of experts
#' @examples
#' set.seed(1)
#' data <- simulate_moe(1000, k = 2, p = 1, gate_scale = 3)
#' fit <- sgmoe(y ~ x1, data, k = 5, starts = 1)
#' tree <- expert_dendrogram(fit)
#' summary(tree)
#' plot(tree)
#' cutree(tree, k = 2)
#' coef(tree, k = 2)
#' @export
expert_dendrogram <- function(object, ...) {
  UseMethod("expert_dendrogram")
}

#' @export
expert_dendrogram.default <- function(object, ...) {
  abort("argument", c(
    "{.fn expert_dendrogram} needs a fit or a stream.",
    "x" = if (!missing(object)) "It got a value of type {kind_of(object)}."
  ))
}

#' @rdname expert_dendrogram
#' @export
expert_dendrogram.sgmoe <- function(object,
                                    dissimilarity = c("voronoi", "likelihood"),
                                    refine = FALSE, standardise = TRUE,
                                    atom_weight = c("intercept", "average"),
                                    data = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "expert_dendrogram", call)
  rule <- check_merge_rule(
    dissimilarity, refine, standardise, atom_weight, call
  )
  problem <- tree_problem(object, data, rule, call)
  control <- object$control
  path <- with_progress(control$progress, function(report) {
    merge_path(problem, object$parameters, rule, control, report)
  })
  tree <- new_dendrogram(path, problem, rule, object$parameters)
  inform_weights(tree)
  tree
}

#' Where a gate is confident, its intercepts say little of who counts
#' @noRd
inform_weights <- function(tree) {
  if (tree$dissimilarity == "voronoi" && tree$atom_weight == "intercept" &&
    tree$k > 1 && min(tree$weight) < 1e-8) {
    inform("weights", c(
      "!" = "At the centre of the covariates some experts have no weight, and so
             merge at height zero.",
      "i" = "{.code atom_weight = \"average\"} takes average gate probabilities,
             {.code dissimilarity = \"likelihood\"} does without weights."
    ))
  }
}

#' @rdname expert_dendrogram
#' @export
expert_dendrogram.sgmoe_stream <- function(object, ...) {
  require_pilot(object)
  expert_dendrogram.sgmoe(stream_fit(object), ...)
}

#' @noRd
check_merge_rule <- function(dissimilarity, refine, standardise, atom_weight,
                             call = rlang::caller_env()) {
  list(
    dissimilarity = check_choice(
      dissimilarity, "dissimilarity", c("voronoi", "likelihood"), call,
      "argument"
    ),
    refine = check_flag(refine, "refine", call, "argument"),
    standardise = check_flag(standardise, "standardise", call, "argument"),
    atom_weight = check_choice(
      atom_weight, "atom_weight", c("intercept", "average"), call, "argument"
    )
  )
}

#' The problem that a walk merges: a fit's, on its own data or others
#'
#' Without data, where the rule needs none, the problem has none.
#' @noRd
tree_problem <- function(fit, data, rule, call = rlang::caller_env()) {
  require_gate_intercept(fit$spec, call)
  if (!is.null(data)) {
    design <- replay_design(
      fit$blueprint, data,
      na.action = stats::na.omit, response = TRUE, learn = TRUE,
      where = "data", call = call
    )
    problem <- design_problem(fit$spec, design)
    far <- far_rows(problem$data, fit$nobs)
    if (length(far)) {
      abort("extreme_values", c(
        "{cli::qty(length(far))}Row{?s} {some_of(as.character(design$row_names[far]))} of
         {.arg data} {?holds/hold} values too far from those of the fit.",
        "i" = "Leave {cli::qty(length(far))}{?this row/these rows} out."
      ), call)
    }
    return(problem)
  }
  if (!is.null(fit$model)) {
    return(fitted_problem(fit, call))
  }
  if (rule$dissimilarity == "likelihood" || rule$refine ||
    rule$atom_weight == "average") {
    require_rows(call)
  }
  # Of the rows only their weight is known.
  list(spec = fit$spec, weight = fit$nobs, method = "mm")
}

#' @noRd
require_gate_intercept <- function(spec, call = rlang::caller_env()) {
  if (!spec$basis$gate$intercept) {
    abort("no_intercept", c(
      "The gate has no intercept, so that the experts have no weights to merge
       by.",
      "i" = "Fit with an intercept in the formula of the gate."
    ), call)
  }
}

#' @noRd
require_rows <- function(call = rlang::caller_env()) {
  abort("no_model", c(
    "This needs data, and the fit kept none.",
    "i" = "Give rows as {.arg data}; a few thousand are enough."
  ), call)
}

#' A tree from a path
#'
#' @param parameters Those of the fit that the path begins with.
#' @noRd
new_dendrogram <- function(path, problem, rule, parameters) {
  k <- problem$spec$k
  members <- as.list(seq_len(k))
  cluster <- -seq_len(k) # as in hclust: experts negative, merges positive
  merge <- matrix(0L, k - 1L, 2L)
  constant <- if (is.null(problem$data)) {
    0
  } else {
    scale_constant(problem$spec, problem$weight)
  }
  levels <- lapply(path$levels, function(level) {
    level$log_likelihood <- level$log_likelihood + constant
    level
  })
  levels[[1L]]$members <- members
  for (step in seq_along(path$merges)) {
    pair <- c(path$merges[[step]]$first, path$merges[[step]]$second)
    # Single experts before clusters, each in ascending order, as in hclust().
    joined <- cluster[pair]
    merge[step, ] <- as.integer(joined[order(joined > 0, abs(joined))])
    cluster[[pair[[1L]]]] <- step
    cluster <- cluster[-pair[[2L]]]
    members[[pair[[1L]]]] <- sort(c(
      members[[pair[[1L]]]], members[[pair[[2L]]]]
    ))
    members <- members[-pair[[2L]]]
    levels[[step + 1L]]$members <- members
  }
  weights <- leaf_weights(problem$spec, levels[[1L]], rule, parameters)
  structure(list(
    k = k, merge = merge,
    height = vapply(path$merges, `[[`, 0, "height"),
    order = merge_order(merge), labels = paste("Expert", seq_len(k)),
    weight = weights / sum(weights), levels = levels, selected = NULL,
    dissimilarity = rule$dissimilarity, refine = rule$refine,
    standardise = rule$standardise, atom_weight = rule$atom_weight,
    spec = problem$spec
  ), class = "expert_dendrogram")
}

#' The weights of the experts: their average gate probabilities, if the merges
#' do not depend on other ones
#' @noRd
leaf_weights <- function(spec, level, rule, parameters) {
  if (!is.null(level$gate_share) &&
    (rule$dissimilarity == "likelihood" || rule$atom_weight == "average")) {
    return(level$gate_share)
  }
  basis <- if (rule$standardise) spec$basis else user_basis(spec$basis)
  intercept <- move_coefficients(
    parameters$gate, spec$basis$gate, basis$gate
  )[1L, ]
  exp(intercept - max(intercept))
}
