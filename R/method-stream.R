# What a stream says of itself.

#' A stream as a fit
#'
#' @param object A stream from [sgmoe_stream()].
#' @param ... Not used.
#' @return An object of class `sgmoe` with the parameters that the stream
#'   reports, for all methods that need no data; what needs data takes
#'   `newdata`. Its `reason` is "streamed". Its log-likelihood is that of the
#'   pilot plus the prequential one of the rows after it, each scored before it
#'   was learnt: the likelihood at the reported parameters would need all rows
#'   again. `AIC()` and `BIC()` therefore err on the side of fewer experts, and
#'   the ICL is `NA`. `gate_share` is the experts' share of posterior weight.
#' @section Errors: `sgmoe_error_pilot` if the stream still collects its pilot.
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

#' @rdname as_sgmoe
#' @export
as_sgmoe.sgmoe <- function(object, ...) {
  object
}

#' @rdname as_sgmoe
#' @export
as_sgmoe.sgmoe_stream <- function(object, ...) {
  require_pilot(object)
  stream_fit(object)
}

#' Predictions, coefficients and scores of a stream
#'
#' The methods of a stream are those of the fit that it reports, see
#' [as_sgmoe()].
#'
#' @param object,x A stream from [sgmoe_stream()].
#' @param newdata,type,na.action As in [predict.sgmoe()]; a stream keeps no data,
#'   so `newdata` must be given.
#' @param part As in [coef.sgmoe()] or [model.matrix.sgmoe()].
#' @param data A data frame.
#' @param ... For [predict.sgmoe()]; otherwise not used.
#' @return
#' - `predict()`, `coef()`, `sigma()`, `tidy()`, `glance()`: as of a fit.
#' - `logLik()`: the prequential log-likelihood of the rows after the pilot:
#'   each minibatch is scored with the parameters reported before it is learnt
#'   (as they were at the last check, at most a tenth of the rows ago). Its
#'   `nobs` are these rows. It needs no correction for the number of parameters.
#'   `deviance()` is minus twice that.
#' - `nobs()`: the sum of the weights of all rows learnt, the pilot's included.
#' - `model.matrix()`: the design matrix of `data`, for [update_matrix()].
#' - `formula()`, `terms()`: as of a fit.
#' @name predict.sgmoe_stream
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
  if (missing(newdata) || is.null(newdata)) {
    abort("no_data", c(
      "A stream keeps no data: {.arg newdata} must be given.",
      "i" = "For instance {.code predict(stream, newdata)}."
    ))
  }
  stats::predict(
    as_sgmoe(object), newdata,
    type = type, na.action = na.action, ...
  )
}

#' @rdname predict.sgmoe_stream
#' @export
coef.sgmoe_stream <- function(object, part = "all", ...) {
  coef.sgmoe(as_sgmoe(object), part = part)
}

#' @rdname predict.sgmoe_stream
#' @export
sigma.sgmoe_stream <- function(object, ...) {
  sigma.sgmoe(as_sgmoe(object))
}

#' @rdname predict.sgmoe_stream
#' @export
logLik.sgmoe_stream <- function(object, ...) {
  require_pilot(object)
  structure(
    prequential(object),
    df = as_sgmoe(object)$df, nobs = object$state$weight, class = "logLik"
  )
}

#' @rdname predict.sgmoe_stream
#' @export
nobs.sgmoe_stream <- function(object, ...) {
  require_pilot(object)
  object$state$weight + object$pilot$weight
}

#' @rdname predict.sgmoe_stream
#' @export
deviance.sgmoe_stream <- function(object, ...) {
  require_pilot(object)
  -2 * prequential(object)
}

#' @rdname predict.sgmoe_stream
#' @export
tidy.sgmoe_stream <- function(x, ...) {
  tidy.sgmoe(as_sgmoe(x))
}

#' @rdname predict.sgmoe_stream
#' @export
glance.sgmoe_stream <- function(x, ...) {
  glance.sgmoe(as_sgmoe(x))
}

#' @rdname predict.sgmoe_stream
#' @export
formula.sgmoe_stream <- function(x, part = "expert", ...) {
  require_pilot(x)
  formula.sgmoe(x, part)
}

#' @rdname predict.sgmoe_stream
#' @export
terms.sgmoe_stream <- function(x, part = "expert", ...) {
  require_pilot(x)
  terms.sgmoe(x, part)
}

#' @rdname predict.sgmoe_stream
#' @export
model.matrix.sgmoe_stream <- function(object, data, part = "expert", ...) {
  require_pilot(object)
  part <- check_choice(part, "part", c("expert", "gate"), what = "argument")
  design <- replay_design(
    object$blueprint, data,
    where = "data", call = rlang::current_env()
  )
  design[[if (part == "expert") "z" else "x"]]
}
