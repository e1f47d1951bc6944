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
      "{.code coef(tree, k)} gives the coefficients of a level,
       {.fn select_experts} fits."
    }
  ), quote(as_sgmoe()))
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
  require_pilot(object, sys.call(-1L))
  state <- object$state
  settled <- settle_columns(object, stream_parameters(object))
  nobs <- state$weight + object$pilot$weight
  share <- state$expert_weight / sum(state$expert_weight)
  log_likelihood <- object$pilot$log_likelihood + prequential(object)
  control <- sgmoe_control(
    ridge = object$control$ridge, threads = object$control$threads
  )
  fit <- structure(list(
    k = object$k, family = object$family, covariance = object$covariance,
    shared = object$shared, method = "incremental", coefficients = NULL,
    log_likelihood = log_likelihood, objective = log_likelihood,
    df = NULL, nobs = nobs, converged = FALSE, reason = "streamed",
    passes = 1, trace = numeric(), gain = NA_real_,
    starts = pilot_starts(object$pilot$starts),
    gate_share = share, posterior_weight = share * nobs, entropy = NA_real_,
    starved = state$starved > 0, floored = state$floored > 0,
    diverging = NULL,
    parameters = settled$parameters, basis = settled$basis,
    aliased = settled$aliased, labels = object$labels,
    responses = object$responses, rows = state$rows + object$pilot$rows,
    blueprint = object$blueprint, na.action = NULL, dropped = object$dropped,
    model = NULL, call = object$call, control = control,
    version = as.character(utils::packageVersion("sgmoe"))
  ), class = "sgmoe")
  fit$df <- count_parameters(fit)
  permute_experts(fit, seq_len(fit$k))
}

#' Log-likelihood of the rows after the pilot, each scored before it was learnt,
#' on the response's scale
#' @noRd
prequential <- function(stream) {
  stream$state$log_likelihood + scale_constant(list(
    weight = stream$state$weight, basis = stream$basis
  ))
}

#' The starts of a pilot, whose likelihoods are those of the pilot's rows only
#' @noRd
pilot_starts <- function(starts) {
  starts$logLik <- NA_real_
  starts$reason <- paste("pilot:", starts$reason)
  starts
}

#' The parameters that a stream reports, in its working basis
#' @noRd
stream_parameters <- function(stream) {
  in_core(core_stream_parameters(
    stream$model, stream$core_control, stream$state
  ))
}

#' Columns that were undetermined in the pilot and still are become aliased:
#' what their coefficients do is passed on to the columns that determine them
#' @noRd
settle_columns <- function(stream, parameters) {
  result <- list(
    parameters = parameters, basis = stream$basis, aliased = stream$aliased
  )
  for (part in c("gate", "expert")) {
    if (!any(stream$undetermined[[part]])) {
      next
    }
    gram <- stream_gram(stream, part)
    aliased <- if (part == "expert" && stream$blueprint$same) {
      result$aliased$gate # one design, one decision
    } else {
      still_undetermined(gram, stream$undetermined[[part]])
    }
    if (!any(aliased)) {
      next
    }
    own <- parameters[[part]]
    onto <- solve_or_zero(gram[!aliased, !aliased], gram[!aliased, aliased])
    result$parameters[[part]] <- own[!aliased, , drop = FALSE] +
      onto %*% own[aliased, , drop = FALSE]
    result$aliased[[part]] <- aliased
    basis <- stream$basis[[part]]
    basis$centre <- basis$centre[!aliased]
    basis$scale <- basis$scale[!aliased]
    result$basis[[part]] <- basis
  }
  result
}

#' The Gram matrix of a part's columns over the rows in the window
#' @noRd
stream_gram <- function(stream, part) {
  packed <- if (part == "gate") {
    stream$state$gate_gram[, 1L]
  } else {
    rowSums(stream$state$expert_gram)
  }
  columns <- length(stream$basis[[part]]$scale)
  gram <- matrix(0, columns, columns)
  gram[lower.tri(gram, diag = TRUE)] <- packed
  gram[upper.tri(gram)] <- t(gram)[upper.tri(gram)]
  gram
}

#' Candidates with no variation of their own beside the columns that count
#' @noRd
still_undetermined <- function(gram, candidates) {
  aliased <- candidates
  for (j in which(candidates)) {
    kept <- which(!aliased)
    own <- gram[j, j]
    left <- own - if (length(kept)) {
      sum(gram[kept, j] * solve_or_zero(gram[kept, kept], gram[kept, j]))
    } else {
      0
    }
    aliased[[j]] <- !(own > 0 && left > 1e-11 * own)
  }
  aliased
}

#' @noRd
solve_or_zero <- function(gram, right) {
  right <- as.matrix(right)
  gram <- as.matrix(gram)
  tryCatch(
    solve(gram, right, tol = 1e-14),
    error = function(error) 0 * right
  )
}

#' @noRd
require_pilot <- function(stream, call = NULL) {
  check_version(stream, call)
  if (!is.null(stream$waiting)) {
    abort("pilot", c(
      "This stream still collects its pilot: nothing is learnt yet.",
      "x" = describe_waiting(stream),
      "i" = "Give it more rows with {.fn update}, or a {.arg ridge}, which
             makes do with fewer."
    ), call)
  }
}

#' @noRd
describe_waiting <- function(stream) {
  rows <- nrow(stream$waiting)
  if (is.na(stream$needed)) {
    paste("Its", rows, "rows do not yet vary as a fit needs.")
  } else {
    paste0(
      "It has ", rows, " of the ", stream$needed,
      " complete rows that it needs."
    )
  }
}

#' Predictions, coefficients and scores of a stream
#'
#' The methods of a stream are those of the fit that it reports, see
#' [as_sgmoe()]. A stream keeps no rows: `residuals()`, `fitted()` and other
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
#' @param ... Anything else is an error.
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
  require_pilot(object, match.call())
  if (missing(newdata) || is.null(newdata)) {
    require_newdata("newdata", "predict(stream, newdata)", match.call())
  }
  stats::predict(
    as_sgmoe(object), newdata,
    type = type, na.action = na.action, ...
  )
}

#' @noRd
require_newdata <- function(name, example, call) {
  abort("no_data", c(
    "A stream keeps no data: {.arg {name}} must be given.",
    "i" = "For instance {.code {example}}."
  ), call)
}

#' @rdname predict.sgmoe_stream
#' @export
augment.sgmoe_stream <- function(x, data = NULL, newdata = data, ...) {
  refuse_dots(list(...), "augment")
  require_pilot(x, quote(augment()))
  if (is.null(newdata)) {
    require_newdata("newdata", "augment(stream, newdata)", quote(augment()))
  }
  augment.sgmoe(as_sgmoe(x), newdata = newdata)
}

#' @rdname predict.sgmoe_stream
#' @export
coef.sgmoe_stream <- function(object, part = "all", ...) {
  coef.sgmoe(as_sgmoe(object), part = part, ...)
}

#' @rdname predict.sgmoe_stream
#' @export
sigma.sgmoe_stream <- function(object, ...) {
  sigma.sgmoe(as_sgmoe(object), ...)
}

#' @rdname predict.sgmoe_stream
#' @export
family.sgmoe_stream <- function(object, ...) {
  family.sgmoe(as_sgmoe(object), ...)
}

#' @rdname predict.sgmoe_stream
#' @export
logLik.sgmoe_stream <- function(object, ...) {
  refuse_dots(list(...), "logLik")
  require_pilot(object, quote(logLik()))
  structure(
    prequential(object),
    df = NA_real_, nobs = object$state$weight, class = "logLik"
  )
}

#' @rdname predict.sgmoe_stream
#' @export
nobs.sgmoe_stream <- function(object, use.fallback = FALSE, ...) {
  refuse_dots(list(...), "nobs")
  require_pilot(object, quote(nobs()))
  object$state$weight + object$pilot$weight
}

#' @rdname predict.sgmoe_stream
#' @export
deviance.sgmoe_stream <- function(object, ...) {
  refuse_dots(list(...), "deviance")
  require_pilot(object, quote(deviance()))
  -2 * prequential(object)
}

#' @rdname predict.sgmoe_stream
#' @export
df.residual.sgmoe_stream <- function(object, ...) {
  df.residual.sgmoe(as_sgmoe(object), ...)
}

#' @rdname predict.sgmoe_stream
#' @export
tidy.sgmoe_stream <- function(x, ...) {
  tidy.sgmoe(as_sgmoe(x), ...)
}

#' @rdname predict.sgmoe_stream
#' @export
glance.sgmoe_stream <- function(x, ...) {
  refuse_dots(list(...), "glance")
  logLik <- logLik.sgmoe_stream(x)
  data.frame(
    k = x$k, logLik = c(logLik), scored = attr(logLik, "nobs"),
    df = as_sgmoe(x)$df, nobs = nobs.sgmoe_stream(x), dropped = x$dropped
  )
}

#' @rdname predict.sgmoe_stream
#' @export
formula.sgmoe_stream <- function(x, part = "expert", ...) {
  require_pilot(x, quote(formula()))
  formula.sgmoe(x, part, ...)
}

#' @rdname predict.sgmoe_stream
#' @export
terms.sgmoe_stream <- function(x, part = "expert", ...) {
  require_pilot(x, quote(terms()))
  terms.sgmoe(x, part, ...)
}

#' @rdname predict.sgmoe_stream
#' @export
labels.sgmoe_stream <- function(object, part = "expert", ...) {
  require_pilot(object, quote(labels()))
  labels.sgmoe(object, part, ...)
}

#' @rdname predict.sgmoe_stream
#' @export
variable.names.sgmoe_stream <- function(object, part = "expert", full = FALSE,
                                        ...) {
  variable.names.sgmoe(as_sgmoe(object), part, full, ...)
}

#' @rdname predict.sgmoe_stream
#' @export
model.matrix.sgmoe_stream <- function(object, data, part = "expert", ...) {
  refuse_dots(list(...), "model.matrix")
  call <- quote(model.matrix())
  require_pilot(object, call)
  part <- check_choice(part, "part", c("expert", "gate"), what = "argument")
  if (missing(data)) {
    require_newdata("data", "model.matrix(stream, data)", call)
  }
  design <- replay_design(object$blueprint, data, where = "data", call = call)
  design[[if (part == "expert") "z" else "x"]]
}
