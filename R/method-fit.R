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
#' @family inference
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' coef(fit)
#' coef(fit, part = "gate")
#' @importFrom stats coef
#' @export
coef.sgmoe <- function(object, part = c("all", "gate", "expert", "scale"),
                       ...) {
  check_stored(object)
  part <- check_choice(
    part, "part", c("all", "gate", "expert", "scale"),
    what = "argument"
  )
  refuse_dots(list(...), "coef")
  if (part == "all") {
    return(object$coefficients)
  }
  object$coefficients[coefficient_parts(object$spec)[[part]]]
}

#' Fit statistics and components of a mixture of experts
#'
#' Methods of the usual generics. `AIC()` and `BIC()` work through `logLik()`.
#' Generics that have no answer for a mixture of experts, such as
#' `hatvalues()`, raise `sgmoe_error_unsupported`.
#'
#' @param object,x,formula A fit from [sgmoe()].
#' @param part Which part of the model: `"expert"` (the default) or `"gate"`.
#' @param full Also the columns that are aliased, the rows of weight 0?
#' @param use.fallback Not used.
#' @param fit,scale,k `extractAIC(fit, k = 2)` as in [extractAIC()]; `scale` is
#'   not used.
#' @param ... Anything else is an error.
#' @return
#' - `logLik()`: the log-likelihood (without penalty), with the number of free
#'   parameters `df` and the number of observations `nobs`.
#' - `nobs()`: the sum of the case weights; the number of rows without weights.
#' - `deviance()`: minus twice the log-likelihood.
#' - `df.residual()`: `nobs()` less the number of parameters.
#' - `extractAIC()`: the number of parameters and AIC.
#' - `family()`: a [family][stats::family] with the experts' family and link.
#' - `formula()`, `terms()`, `model.matrix()`, `labels()` (of the terms),
#'   `variable.names()` (of the columns): of the chosen part.
#' - `case.names()`: names of the rows used, of those with a weight above 0.
#' - `model.frame()`: the data used, all variables of both parts.
#' - `weights()`: the case weights, or `NULL`.
#' - `sigma()`: the experts' standard deviations, a named vector; for several
#'   responses a matrix with a row for each expert.
#' `model.frame()`, `model.matrix()`, `case.names()` and `weights()` need a fit
#' with `model = TRUE` and raise `sgmoe_error_no_model` otherwise.
#' @name sgmoe-methods
#' @family fits
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
  check_stored(object)
  refuse_dots(list(...), "logLik")
  structure(
    object$log_likelihood,
    df = object$df, nobs = object$nobs,
    class = "logLik"
  )
}

#' @rdname sgmoe-methods
#' @importFrom stats nobs
#' @export
nobs.sgmoe <- function(object, use.fallback = FALSE, ...) {
  check_stored(object)
  refuse_dots(list(...), "nobs")
  object$nobs
}

#' @rdname sgmoe-methods
#' @importFrom stats deviance
#' @export
deviance.sgmoe <- function(object, ...) {
  check_stored(object)
  refuse_dots(list(...), "deviance")
  -2 * object$log_likelihood
}

#' @rdname sgmoe-methods
#' @importFrom stats df.residual
#' @export
df.residual.sgmoe <- function(object, ...) {
  check_stored(object)
  refuse_dots(list(...), "df.residual")
  object$nobs - object$df
}

#' @rdname sgmoe-methods
#' @importFrom stats formula
#' @export
formula.sgmoe <- function(x, part = c("expert", "gate"), ...) {
  check_stored(x)
  dots <- list(...)
  dots$env <- NULL # as.formula() gives one, for what is no formula yet
  refuse_dots(dots, "formula")
  stats::formula(terms.sgmoe(x, part))
}

#' @noRd
check_part <- function(part, call = rlang::caller_env()) {
  check_choice(part, "part", c("expert", "gate"), call, "argument")
}

#' @rdname sgmoe-methods
#' @importFrom stats terms
#' @export
terms.sgmoe <- function(x, part = c("expert", "gate"), ...) {
  check_stored(x)
  refuse_dots(list(...), "terms")
  part <- check_part(part)
  x$blueprint[[paste0(part, "_terms")]]
}

#' @rdname sgmoe-methods
#' @importFrom stats model.frame
#' @export
model.frame.sgmoe <- function(formula, ...) {
  check_stored(formula)
  refuse_dots(list(...), "model.frame")
  require_model(formula)
}

#' @rdname sgmoe-methods
#' @importFrom stats model.matrix
#' @export
model.matrix.sgmoe <- function(object, part = c("expert", "gate"), ...) {
  check_stored(object)
  refuse_dots(list(...), "model.matrix")
  refuse_mcp()
  part <- check_part(part)
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
  check_stored(object)
  refuse_dots(list(...), "weights")
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
  check_stored(object)
  refuse_dots(list(...), "sigma")
  deviations <- require_part(object, "sigma", "{.fn sigma}")(
    object$parameters, object$spec
  )
  dimnames(deviations) <- list(expert_names(object), object$responses)
  if (ncol(deviations) == 1L) deviations[, 1L] else deviations
}

#' @rdname sgmoe-methods
#' @importFrom stats family
#' @export
family.sgmoe <- function(object, ...) {
  check_stored(object)
  refuse_dots(list(...), "family")
  own <- family_of(object)
  structure(
    list(family = own$name, link = own$glm[[1L]]),
    class = "family"
  )
}

#' @rdname sgmoe-methods
#' @importFrom stats extractAIC
#' @export
extractAIC.sgmoe <- function(fit, scale, k = 2, ...) {
  check_stored(fit)
  refuse_dots(list(...), "extractAIC")
  k <- check_number(k, "k", 0, what = "argument")
  c(fit$df, -2 * fit$log_likelihood + k * fit$df)
}

#' @rdname sgmoe-methods
#' @importFrom stats variable.names
#' @export
variable.names.sgmoe <- function(object, part = c("expert", "gate"),
                                 full = FALSE, ...) {
  check_stored(object)
  part <- check_part(part)
  refuse_dots(list(...), "variable.names")
  full <- check_flag(full, "full", what = "argument")
  if (full) object$spec$columns[[part]] else used_columns(object$spec, part)
}

#' @rdname sgmoe-methods
#' @importFrom stats case.names
#' @export
case.names.sgmoe <- function(object, full = FALSE, ...) {
  check_stored(object)
  refuse_dots(list(...), "case.names")
  full <- check_flag(full, "full", what = "argument")
  frame <- require_model(object)
  weights <- stats::model.weights(frame)
  names <- row.names(frame)
  if (full || is.null(weights)) names else names[weights > 0]
}

#' @rdname sgmoe-methods
#' @export
labels.sgmoe <- function(object, part = c("expert", "gate"), ...) {
  refuse_dots(list(...), "labels")
  attr(terms.sgmoe(object, part), "term.labels")
}
