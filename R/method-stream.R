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
  require_pilot(object, match.call())
  if (missing(newdata) || is.null(newdata)) {
    abort("no_data", c(
      "A stream keeps no data: {.arg newdata} must be given.",
      "i" = "For instance {.code predict(stream, newdata)}."
    ), match.call())
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
  require_pilot(object, sys.call(-1L))
  structure(
    prequential(object),
    df = as_sgmoe(object)$df, nobs = object$state$weight, class = "logLik"
  )
}

#' @rdname predict.sgmoe_stream
#' @export
nobs.sgmoe_stream <- function(object, ...) {
  require_pilot(object, sys.call(-1L))
  object$state$weight + object$pilot$weight
}

#' @rdname predict.sgmoe_stream
#' @export
deviance.sgmoe_stream <- function(object, ...) {
  require_pilot(object, sys.call(-1L))
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
  require_pilot(x, sys.call(-1L))
  formula.sgmoe(x, part)
}

#' @rdname predict.sgmoe_stream
#' @export
terms.sgmoe_stream <- function(x, part = "expert", ...) {
  require_pilot(x, sys.call(-1L))
  terms.sgmoe(x, part)
}

#' @rdname predict.sgmoe_stream
#' @export
model.matrix.sgmoe_stream <- function(object, data, part = "expert", ...) {
  require_pilot(object, sys.call(-1L))
  part <- check_choice(part, "part", c("expert", "gate"), what = "argument")
  design <- replay_design(
    object$blueprint, data,
    where = "data", call = sys.call(-1L)
  )
  design[[if (part == "expert") "z" else "x"]]
}
