# What a stream says of itself.

#' A stream as a fit
#'
#' @param object A stream from [sgmoe_stream()].
#' @param ... Anything else is an error.
#' @return An object of class `sgmoe` with the parameters that the stream
#'   reports, for all methods that need no data; what needs data takes
#'   `newdata`. Its `reason` is "streamed". Its log-likelihood is that of the
#'   pilot plus the prequential one of the rows after it, each scored before it
#'   was learnt: the likelihood at the reported parameters would need all rows
#'   again. `AIC()` and `BIC()` therefore err on the side of fewer experts, and
#'   the ICL is `NA`. `gate_share` is the experts' share of posterior weight.
#' @section Errors: `sgmoe_error_pilot` if the stream still collects its pilot.
#' @family numbers of experts
#' @examples
#' set.seed(1)
#' data <- simulate_moe(1500, k = 2, p = 2)
#' stream <- sgmoe_stream(y ~ ., data[1:500, ], k = 2, starts = 2)
#' stream <- update(stream, data[501:1500, ])
#' summary(as_sgmoe(stream))
#' @export
as_sgmoe <- function(object, ...) {
  UseMethod("as_sgmoe")
}

#' @export
as_sgmoe.default <- function(object, ...) {
  abort("argument", c(
    "{.fn as_sgmoe} needs a stream or a selection.",
    "x" = "It got a value of type {kind_of(object)}.",
    "i" = if (inherits(object, "expert_dendrogram")) {
      "{.code coef(tree, k)} gives the coefficients with {.arg k} experts,
       {.fn select_experts} fits."
    }
  ))
}

#' @rdname as_sgmoe
#' @export
as_sgmoe.sgmoe <- function(object, ...) {
  refuse_dots(list(...), "as_sgmoe")
  object
}

#' @rdname as_sgmoe
#' @export
as_sgmoe.sgmoe_stream <- function(object, ...) {
  refuse_dots(list(...), "as_sgmoe")
  fit <- reported_fit(object)
  fit["curvature"] <- list(stream_curvature(object, fit))
  fit
}

#' The fit that a stream reports; errors name the method that asked for it
#' @noRd
reported_fit <- function(stream, call = rlang::caller_env()) {
  require_pilot(stream, call)
  stream_fit(stream, call)
}

#' Predictions, coefficients and scores of a stream
#'
#' The methods of a stream are those of the fit that it reports, see
#' [as_sgmoe()], [vcov()][vcov.sgmoe] and [confint()][confint.sgmoe] among them.
#' A stream keeps no rows: `residuals()`, `fitted()` and other
#' methods that need them raise `sgmoe_error_no_data`.
#'
#' @section Comparing streams:
#' `logLik()` is prequential: it scores rows before they are learnt. Parameters
#' that are not needed cost predictions, and so it needs no correction for their
#' number; `AIC()` and `BIC()` raise `sgmoe_error_unsupported`, and the `df` of
#' the log-likelihood is `NA`. Compare streams that learnt the same rows by
#' `logLik()`, and numbers of experts by [select_experts()].
#'
#' @param object,x,formula A stream from [sgmoe_stream()].
#' @param newdata,type,na.action As in [predict.sgmoe()]; a stream keeps no data,
#'   so `newdata` must be given.
#' @param part As in [coef.sgmoe()] or [model.matrix.sgmoe()].
#' @param data A data frame, for `augment()` the same as `newdata`.
#' @param full As in [variable.names.sgmoe()].
#' @param use.fallback Not used.
#' @param ... For `predict()` and `augment()`, the other arguments that these have
#'   for fits, such as `interval`; anything else is an error.
#' @return
#' - `predict()`, `coef()`, `sigma()`, `family()`, `tidy()`, `augment()`,
#'   `formula()`, `terms()`, `labels()`, `variable.names()`: as of a fit.
#' - `logLik()`: the prequential log-likelihood of the rows after the pilot:
#'   each minibatch is scored with the parameters reported before it is learnt
#'   (as they were at the last check, at most a tenth of the rows ago). Its
#'   `nobs` are these rows. `deviance()` is minus twice that.
#' - `nobs()`: the sum of the weights of all rows learnt, the pilot's included.
#'   `df.residual()` is that less the number of parameters.
#' - `glance()`: one row with `k`, `logLik`, `scored` (the rows that it is of),
#'   `df`, `nobs` and `dropped`.
#' - `model.matrix()`: the design matrix of `data`, for [update_matrix()].
#' @name predict.sgmoe_stream
#' @family streams
#' @examples
#' set.seed(1)
#' data <- simulate_moe(1500, k = 2, p = 2)
#' stream <- sgmoe_stream(y ~ ., data[1:500, ], k = 2, starts = 2)
#' stream <- update(stream, data[501:1500, ])
#' predict(stream, data[1:3, ], type = "gate")
#' logLik(stream)
NULL

#' @rdname predict.sgmoe_stream
#' @export
predict.sgmoe_stream <- function(object, newdata, type = "response",
                                 na.action = stats::na.pass, ...) {
  require_pilot(object)
  require_newdata(
    if (!missing(newdata)) newdata, "newdata", "predict(stream, newdata)"
  )
  # Sums for standard errors take longer than the predictions of a few rows.
  needed <- any(c("se.fit", "interval", "vcov") %in% names(list(...)))
  stats::predict(
    if (needed) as_sgmoe(object) else stream_fit(object), newdata,
    type = type, na.action = na.action, ...
  )
}

#' @rdname predict.sgmoe_stream
#' @export
augment.sgmoe_stream <- function(x, data = NULL, newdata = data, ...) {
  require_pilot(x)
  require_newdata(newdata, "newdata", "augment(stream, newdata)")
  generics::augment(as_sgmoe(x), newdata = newdata, ...)
}

#' @rdname predict.sgmoe_stream
#' @export
coef.sgmoe_stream <- function(object, part = "all", ...) {
  stats::coef(reported_fit(object), part = part, ...)
}

#' @rdname predict.sgmoe_stream
#' @export
sigma.sgmoe_stream <- function(object, ...) {
  stats::sigma(reported_fit(object), ...)
}

#' @rdname predict.sgmoe_stream
#' @export
family.sgmoe_stream <- function(object, ...) {
  check_stored(object)
  stats::family(reported_fit(object), ...)
}

#' @rdname predict.sgmoe_stream
#' @export
logLik.sgmoe_stream <- function(object, ...) {
  refuse_dots(list(...), "logLik")
  check_stored(object)
  require_pilot(object)
  structure(
    prequential(object),
    df = NA_real_, nobs = object$state$weight, class = "logLik"
  )
}

#' @rdname predict.sgmoe_stream
#' @export
nobs.sgmoe_stream <- function(object, use.fallback = FALSE, ...) {
  refuse_dots(list(...), "nobs")
  require_pilot(object)
  check_state(object)
  object$state$weight + object$pilot$weight
}

#' @rdname predict.sgmoe_stream
#' @export
deviance.sgmoe_stream <- function(object, ...) {
  refuse_dots(list(...), "deviance")
  require_pilot(object)
  -2 * prequential(object)
}

#' @rdname predict.sgmoe_stream
#' @export
df.residual.sgmoe_stream <- function(object, ...) {
  stats::df.residual(reported_fit(object), ...)
}

#' @rdname predict.sgmoe_stream
#' @export
tidy.sgmoe_stream <- function(x, ...) {
  generics::tidy(as_sgmoe(x), ...)
}

#' @rdname predict.sgmoe_stream
#' @export
glance.sgmoe_stream <- function(x, ...) {
  refuse_dots(list(...), "glance")
  require_pilot(x)
  logLik <- logLik.sgmoe_stream(x)
  data.frame(
    k = x$k, logLik = c(logLik), scored = attr(logLik, "nobs"),
    df = stream_fit(x)$df, nobs = nobs.sgmoe_stream(x), dropped = x$dropped
  )
}

#' @rdname predict.sgmoe_stream
#' @export
formula.sgmoe_stream <- function(x, part = "expert", ...) {
  require_pilot(x)
  formula.sgmoe(x, part, ...)
}

#' @rdname predict.sgmoe_stream
#' @export
terms.sgmoe_stream <- function(x, part = "expert", ...) {
  require_pilot(x)
  terms.sgmoe(x, part, ...)
}

#' @rdname predict.sgmoe_stream
#' @export
labels.sgmoe_stream <- function(object, part = "expert", ...) {
  require_pilot(object)
  labels.sgmoe(object, part, ...)
}

#' @rdname predict.sgmoe_stream
#' @export
variable.names.sgmoe_stream <- function(object, part = "expert", full = FALSE,
                                        ...) {
  stats::variable.names(reported_fit(object), part = part, full = full, ...)
}

#' @rdname predict.sgmoe_stream
#' @export
model.matrix.sgmoe_stream <- function(object, data, part = "expert", ...) {
  refuse_dots(list(...), "model.matrix")
  require_pilot(object)
  part <- check_part(part)
  require_newdata(
    if (!missing(data)) data, "data", "model.matrix(stream, data)"
  )
  design <- replay_design(
    object$blueprint, data,
    where = "data", call = rlang::current_env()
  )
  design[[if (part == "expert") "z" else "x"]]
}

#' @rdname vcov.sgmoe
#' @export
vcov.sgmoe_stream <- function(object, ...) {
  stats::vcov(as_sgmoe(object), ...)
}

#' @rdname confint.sgmoe
#' @export
confint.sgmoe_stream <- function(object, parm, level = 0.95, ...) {
  stats::confint(as_sgmoe(object), parm, level, ...)
}

#' @rdname vcov.sgmoe
#' @exportS3Method sandwich::bread sgmoe_stream
bread.sgmoe_stream <- function(x, ...) {
  bread.sgmoe(as_sgmoe(x), ...)
}
