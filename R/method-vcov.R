# The covariance of the coefficients, and what the packages sandwich and lmtest
# ask for.

#' Standard errors: the covariance of the coefficients
#'
#' The covariance matrix of all coefficients, of gate, experts and scales, on
#' the user's scale and with the names of [coef()]. It comes from the exact
#' second derivatives of the log-likelihood of the whole mixture, in which it is
#' not known which expert a row came from, not from those of experts taken apart.
#'
#' @param object,x A fit from [sgmoe()], or a selection; `vcov()` also takes a
#'   stream, see below. `estfun()` and `cluster` need the rows, which the fit of
#'   a source, or one with `model = FALSE`, does not keep; the rest has what it
#'   needs from the fit's last pass, if there are 500 coefficients at most.
#' @param type What the matrix is and promises, with \eqn{H_0} the observed
#'   information of the log-likelihood, \eqn{P} the second derivatives of ridge
#'   and priors, and \eqn{B} the sum of the outer products of the rows' scores:
#'   - `"bayes"`, the default, \eqn{(H_0 + P)^{-1}}: the covariance of the
#'     posterior distribution whose maximum the fit is, in its normal
#'     approximation, with the ridge taken as known. Intervals from it cover
#'     well on average over coefficients such as the ridge expects, shrinkage
#'     included, as those of `mgcv` do; not each coefficient by itself. Without
#'     a ridge \eqn{P} is zero, and it is the same as `"observed"`.
#'   - `"observed"`, \eqn{H_0^{-1}}: that of the maximum-likelihood estimate in
#'     large samples if the model holds, and for fits with `ridge = 0`. Of a fit
#'     with a ridge it means little, since the ridge moves the fit away from the
#'     maximum of the likelihood: its intervals may hardly ever cover.
#'   - `"opg"`, \eqn{(B + P)^{-1}}: the same by outer products, which is always
#'     positive, but less precise.
#'   - `"sandwich"`, \eqn{(H_0 + P)^{-1} B (H_0 + P)^{-1}}: the variance of the
#'     estimate from sample to sample, without its bias, also where the model
#'     does not hold.
#' @param cluster For `"sandwich"` and `"opg"`: which rows belong together, as a
#'   formula such as `~ id`, of columns that the fit or the data of its call
#'   have (several: their combinations), or as a vector with a value for each
#'   row. Scores are then summed within clusters, and \eqn{B} is multiplied by
#'   \eqn{G / (G - 1)}, \eqn{G} the number of clusters; with less than some forty
#'   of them standard errors are imprecise, and mostly too small. `NULL`, the default:
#'   rows are independent. With another type it has no effect, and is an error.
#' @param complete Also rows and columns for the coefficients of aliased columns,
#'   which are `NA`? `TRUE` by default, so that the names are those of `coef()`.
#' @param ... Anything else is an error.
#' @return `vcov()` gives a symmetric matrix. A row of weight two counts as two rows, also in
#'   \eqn{B}. With one Gaussian expert the part of the experts is that of
#'   [lm()] times (n - p) / n, since the variance is the maximum-likelihood
#'   estimate; with one Poisson or multinomial expert it is that of [glm()] or
#'   `nnet::multinom()`. Of a full covariance, the coefficients are its entries.
#'
#'   `estfun()` gives the scores as a matrix with a row for each row used and a
#'   column for each coefficient that is not aliased, case weights multiplied;
#'   its column sums are the gradient of the penalty, zero without a ridge.
#'   `bread()` gives the covariance `"bayes"` times the number of rows. Both are
#'   methods for the generics of the package sandwich; `sandwich::sandwich(fit)`
#'   is `vcov(fit, "sandwich")` unless there are case weights, whose squares
#'   `sandwich::meat()` sums. So do `sandwich::vcovCL()`, and
#'   `lmtest::coeftest(fit)`, which takes any such matrix as `vcov.`.
#' @section Streams:
#' A stream sums the outer products of its rows' scores with the default
#' `average = "newton"`, without a `constant` step (see [stream_control()]), with
#' a ridge that is not above 10 and up to a few hundred coefficients; else it has no
#' standard errors, and says so. These sums, of the latest rows and scaled to all
#' rows that it has learnt and the pilot, stand for \eqn{H_0}: `"bayes"` and
#' `"opg"` are then the same, and `"sandwich"` is an error. Rows must come in
#' random order: what only the first or the last of them have has wrong standard
#' errors. Standard errors are those of the estimate from all rows, which the
#' reported parameters approach as rows come; where `summary()` says that the last iterate
#' is reported, or a mean without a Newton step, they are too small.
#' @section NA:
#' Coefficients that the rows do not determine have `NA`, and a warning of class
#' `sgmoe_warning_standard_errors` names them: all of a gate or expert that is
#' separated, of an expert whose variance is at its floor or that has hardly any
#' rows, and those that change along a direction in which the matrix that is
#' inverted is not positive. A matrix close to singular (its condition number,
#' scaled to correlations, above 1e8) is a warning of class
#' `sgmoe_warning_ill_conditioned`.
#' @section Errors: `sgmoe_error_no_model` for `estfun()` and `cluster` where a fit keeps
#' no data, and for streams that have no outer products; `sgmoe_error_cluster`
#' for groups that are not found; `sgmoe_error_argument` for `cluster` with
#' another type.
#' @references
#' Louis, T. A. (1982) Finding the observed information matrix when using the EM
#' algorithm. *Journal of the Royal Statistical Society B*, 44, 226–233.
#'
#' Marra, G. and Wood, S. N. (2012) Coverage properties of confidence intervals
#' for generalized additive model components. *Scandinavian Journal of
#' Statistics*, 39, 53–74.
#'
#' Polyak, B. T. and Juditsky, A. B. (1992) Acceleration of stochastic approximation
#' by averaging. *SIAM Journal on Control and Optimization*, 30, 838–855.
#'
#' White, H. (1982) Maximum likelihood estimation of misspecified models.
#' *Econometrica*, 50, 1–25.
#' @seealso [confint.sgmoe()], [summary.sgmoe()], [bootstrap()]
#' @family inference
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, gate = ~1, starts = 2)
#' sqrt(diag(vcov(fit)))
#' sqrt(diag(vcov(fit, type = "sandwich")))
#' @importFrom stats vcov
#' @export
#' @order 1
vcov.sgmoe <- function(object, type = c(
                         "bayes", "observed", "opg", "sandwich"
                       ), cluster = NULL, complete = TRUE, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "vcov", call)
  type <- check_choice(type, "type", covariance_types, call, "argument")
  complete <- check_flag(complete, "complete", call, "argument")
  refuse_idle_cluster(cluster, type, call)
  groups <- resolve_cluster(cluster, object, parent.frame(), call)
  found <- coefficient_covariance(object, type, groups, call)
  result <- warn_of_covariance(found, type, object, call)
  kept <- complete | !is.na(object$coefficients)
  result[kept, kept, drop = FALSE]
}

#' @rdname vcov.sgmoe
#' @exportS3Method sandwich::estfun sgmoe
estfun.sgmoe <- function(x, ...) {
  check_stored(x)
  call <- rlang::current_env()
  refuse_dots(list(...), "estfun", call)
  problem <- inference_problem(x, call)
  scores <- row_scores(problem, x$parameters, x$control)
  jacobian <- user_jacobian(x$spec, x$parameters)
  scores <- (case_weights(problem) * scores) %*% inverse_jacobian(jacobian)
  dimnames(scores) <- list(
    as.character(problem$design$row_names), rownames(jacobian)
  )
  scores
}

#' @rdname vcov.sgmoe
#' @exportS3Method sandwich::bread sgmoe
bread.sgmoe <- function(x, ...) {
  check_stored(x)
  refuse_dots(list(...), "bread")
  vcov.sgmoe(x, complete = FALSE) * x$rows
}
