# What a stream reports: a fit.

#' The fit without what its standard errors are made of, see stream_curvature()
#' @noRd
stream_fit <- function(stream, call = rlang::caller_env()) {
  check_state(stream, call)
  state <- stream$state
  settled <- settle_columns(stream, stream_parameters(stream))
  weight <- state$weight + stream$pilot$weight
  share <- state$expert_weight / sum(state$expert_weight)
  log_likelihood <- stream$pilot$log_likelihood + prequential(stream, call)
  outcome <- list(
    parameters = settled$parameters,
    log_likelihood = log_likelihood, objective = log_likelihood,
    reason = "streamed", passes = 1, trace = numeric(), gain = NA_real_,
    starts = pilot_starts(stream$pilot$starts),
    gate_share = share, posterior_weight = share * weight, entropy = NA_real_,
    starved = state$starved > 0, floored = state$floored > 0,
    point_mass = rep(FALSE, stream$spec$k)
  )
  rows <- list(
    weight = weight, rows = state$rows + stream$pilot$rows,
    dropped = stream$dropped, blueprint = stream$blueprint
  )
  control <- sgmoe_control(
    ridge = stream$control$ridge, threads = stream$control$threads
  )
  new_sgmoe(
    settled$spec, "incremental", outcome, rows, control, stream$call,
    stream$simd
  )
}

#' Log-likelihood of the rows after the pilot, each scored before it was learnt,
#' on the response's scale
#' @noRd
prequential <- function(stream, call = rlang::caller_env()) {
  check_state(stream, call)
  stream$state$log_likelihood +
    scale_constant(stream$spec, stream$state$weight)
}

#' The starts of a pilot, whose likelihoods are those of the pilot's rows only
#' @noRd
pilot_starts <- function(starts) {
  starts$logLik <- NA_real_
  starts$objective <- NA_real_
  starts$reason <- paste("pilot:", starts$reason)
  starts
}

#' The parameters that a stream reports, in its working basis
#' @noRd
stream_parameters <- function(stream) {
  in_core(core_stream_parameters(
    spec_model(stream$spec), stream$core_control, stream$state
  ), refuse = refuse_stream)
}

#' Columns that were undetermined in the pilot and still are become aliased:
#' what their coefficients do is passed on to the columns that determine them
#'
#' @return list(spec, parameters)
#' @noRd
settle_columns <- function(stream, parameters) {
  spec <- stream$spec
  for (part in c("gate", "expert")) {
    if (!any(stream$undetermined[[part]])) {
      next
    }
    gram <- stream_gram(stream, part)
    aliased <- if (part == "expert" && spec$same) {
      spec$aliased$gate # one design, one decision
    } else {
      still_undetermined(gram, stream$undetermined[[part]])
    }
    if (!any(aliased)) {
      next
    }
    own <- parameters[[part]]
    onto <- solve_or_zero(
      gram[!aliased, !aliased, drop = FALSE], gram[!aliased, aliased, drop = FALSE]
    )
    parameters[[part]] <- own[!aliased, , drop = FALSE] +
      onto %*% own[aliased, , drop = FALSE]
    spec$aliased[[part]] <- aliased
    basis <- spec$basis[[part]]
    basis$centre <- basis$centre[!aliased]
    basis$scale <- basis$scale[!aliased]
    spec$basis[[part]] <- basis
  }
  list(spec = check_spec(spec), parameters = parameters)
}

#' The Gram matrix of a part's columns over the rows in the window
#' @noRd
stream_gram <- function(stream, part) {
  packed <- if (part == "gate") {
    stream$state$gate_gram[, 1L]
  } else {
    rowSums(stream$state$expert_gram)
  }
  from_lower(packed, length(stream$spec$basis[[part]]$scale))
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
  tryCatch(
    solve(gram, right, tol = 1e-14),
    error = function(error) 0 * right
  )
}
