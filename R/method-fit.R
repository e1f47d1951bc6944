# What a fit says of itself: the accessors that users of lm() and glm() expect.

#' Coefficients of a mixture of experts
#'
#' @param object A fit from [sgmoe()].
#' @param part `"all"` (the default), `"gate"`, `"expert"` or `"scale"`.
#' @param ... Not used.
#' @return A named vector on the scale of the data. The first expert is the
#'   gate's reference. Names are `gate2:x1` (the gate's coefficient of `x1` for
#'   expert 2 against expert 1), `expert1:x1` or, for several responses,
#'   `expert1[y1]:x1`, and `expert1:(sigma)` for a standard deviation.
#'   `expert1:x1:b` is always an interaction. Several responses have
#'   `expert1:(sigma)[y1]` (standard deviations, diagonal covariance) or
#'   `expert1:(sigma)[y1,y2]` (entries of a full covariance matrix). A shared
#'   covariance belongs to no expert: `(sigma)`, `(sigma)[y1]`. Coefficients of
#'   aliased columns are `NA`. Experts for classes have
#'   `expert1[virginica]:x1`, the log-odds of that class against the first.
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' coef(fit)
#' coef(fit, part = "gate")
#' @importFrom stats coef
#' @export
coef.sgmoe <- function(object, part = c("all", "gate", "expert", "scale"),
                       ...) {
  part <- check_choice(
    part, "part", c("all", "gate", "expert", "scale"),
    what = "argument"
  )
  if (part == "all") {
    return(object$coefficients)
  }
  object$coefficients[coefficient_parts(object$spec)[[part]]]
}

#' Fit statistics and components of a mixture of experts
#'
#' Methods of the usual generics. `AIC()` and `BIC()` work through `logLik()`.
#'
#' @param object,x,formula A fit from [sgmoe()].
#' @param part Which part of the model: `"expert"` (the default) or `"gate"`.
#' @param ... Not used.
#' @return
#' - `logLik()`: the log-likelihood (without penalty), with the number of free
#'   parameters `df` and the number of observations `nobs`.
#' - `nobs()`: the sum of the case weights; the number of rows without weights.
#' - `deviance()`: minus twice the log-likelihood.
#' - `df.residual()`: `nobs()` less the number of parameters.
#' - `formula()`, `terms()`, `model.matrix()`: of the chosen part.
#' - `model.frame()`: the data used, all variables of both parts.
#' - `weights()`: the case weights, or `NULL`.
#' - `sigma()`: the experts' standard deviations, a named vector; for several
#'   responses a matrix with a row for each expert.
#' `model.frame()`, `model.matrix()` and `weights()` need a fit with
#' `model = TRUE` and raise `sgmoe_error_no_model` otherwise.
#' @name sgmoe-methods
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' logLik(fit)
#' BIC(fit)
#' sigma(fit)
NULL

#' @rdname sgmoe-methods
#' @importFrom stats logLik
#' @export
logLik.sgmoe <- function(object, ...) {
  structure(
    object$log_likelihood,
    df = object$df, nobs = object$nobs,
    class = "logLik"
  )
}

#' @rdname sgmoe-methods
#' @importFrom stats nobs
#' @export
nobs.sgmoe <- function(object, ...) {
  object$nobs
}

#' @rdname sgmoe-methods
#' @importFrom stats deviance
#' @export
deviance.sgmoe <- function(object, ...) {
  -2 * object$log_likelihood
}

#' @rdname sgmoe-methods
#' @importFrom stats df.residual
#' @export
df.residual.sgmoe <- function(object, ...) {
  object$nobs - object$df
}

#' @rdname sgmoe-methods
#' @importFrom stats formula
#' @export
formula.sgmoe <- function(x, part = c("expert", "gate"), ...) {
  stats::formula(terms.sgmoe(x, part))
}

#' @rdname sgmoe-methods
#' @importFrom stats terms
#' @export
terms.sgmoe <- function(x, part = c("expert", "gate"), ...) {
  part <- check_choice(part, "part", c("expert", "gate"), what = "argument")
  x$blueprint[[paste0(part, "_terms")]]
}

#' @rdname sgmoe-methods
#' @importFrom stats model.frame
#' @export
model.frame.sgmoe <- function(formula, ...) {
  require_model(formula)
}

#' @rdname sgmoe-methods
#' @importFrom stats model.matrix
#' @export
model.matrix.sgmoe <- function(object, part = c("expert", "gate"), ...) {
  part <- check_choice(part, "part", c("expert", "gate"), what = "argument")
  frame <- require_model(object)
  matrix <- part_matrices(object$blueprint, frame)[[
    if (part == "expert") "z" else "x"
  ]]
  rownames(matrix) <- row.names(frame)
  matrix
}

#' @rdname sgmoe-methods
#' @importFrom stats weights
#' @export
weights.sgmoe <- function(object, ...) {
  weights <- stats::model.weights(require_model(object))
  if (is.null(weights)) {
    return(NULL)
  }
  stats::naresid(object$na.action, as.double(weights))
}

#' @rdname sgmoe-methods
#' @importFrom stats sigma
#' @export
sigma.sgmoe <- function(object, ...) {
  deviations <- require_part(object, "sigma", "{.fn sigma}")(
    object$parameters, object$spec
  )
  dimnames(deviations) <- list(expert_names(object), object$responses)
  if (ncol(deviations) == 1L) deviations[, 1L] else deviations
}

#' Put the experts in another order
#'
#' Experts have no order of their own; fits show them by average gate
#' probability. `relabel()` gives another order, for instance to compare two
#' fits or to choose the gate's reference, which is always the first expert.
#' Nothing but the labels changes.
#'
#' @param object A fit from [sgmoe()].
#' @param order A permutation of the numbers 1 to k: the expert `order[1]`
#'   becomes the first, and so on.
#' @param ... For methods.
#' @return The fit with its experts in the new order. An order that is not a
#'   permutation raises `sgmoe_error_order`.
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' coef(relabel(fit, 2:1), part = "gate") # minus coef(fit, part = "gate")
#' @export
relabel <- function(object, order, ...) {
  UseMethod("relabel")
}

#' @rdname relabel
#' @export
relabel.sgmoe <- function(object, order, ...) {
  if (missing(order) || !is.numeric(order) || !identical(
    sort(as.integer(order)), seq_len(object$k)
  ) || any(order != round(order))) {
    abort("order", c(
      "{.arg order} must be a permutation of the numbers 1 to {object$k}.",
      "x" = if (missing(order)) "It is missing." else "It is {.val {order}}."
    ))
  }
  permute_experts(object, as.integer(order))
}
