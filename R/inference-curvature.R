# What the covariance of the coefficients is made of, in the free coordinates:
#   information      of the log-likelihood (core_information()),
#   penalty_hessian  second derivatives of ridge and priors,
#   outer            B = sum a s s', s the scores of the rows and a their case
#                    weights: a row of weight two is the row twice. With clusters,
#                    the sum over clusters of the outer products of their scores'
#                    sums.
# All are sums over rows. A fit that keeps its rows computes them when they are
# asked for; one that does not, because they came from a source or because the
# user said so, keeps the sums, so that it has standard errors all the same. A
# stream sums no second derivatives: it has no `information`, and `outer` stands
# for it, equal to it in the mean if the model holds.

#' The problem of a fit whose data are needed for its standard errors
#' @noRd
inference_problem <- function(fit, call = rlang::caller_env()) {
  if (is.null(fit$model)) {
    abort("no_model", c(
      "This needs the data, which this fit did not keep.",
      "x" = if (!keeps_curvature(fit$spec)) {
        "It has {length(fit$coefficients)} coefficients: up to
         {most_kept_coefficients} a fit keeps sums for standard errors instead."
      },
      "i" = if (identical(fit$reason, "streamed")) {
        "A stream keeps no rows, and sums what standard errors are made of only
         as {.code ?vcov.sgmoe} says. Fit rows that you have kept, from where the
         stream is: {.code sgmoe(..., start = as_sgmoe(stream))}."
      } else if (isTRUE(fit$source)) {
        "A fit of a source keeps no rows. Fit some of them in memory, with
         {.code start =} this fit."
      } else {
        "Fit again with {.code model = TRUE}."
      }
    ), call)
  }
  fitted_problem(fit, call)
}

#' Scores of the rows of a problem, n x free coordinates, without case weights
#' @noRd
row_scores <- function(problem, parameters, control) {
  scores <- in_core(core_row_scores(
    problem$data, spec_model(problem$spec), parameters, control$threads
  ))
  if (nrow(scores) < problem$rows) {
    rlang::interrupt()
  }
  scores
}

#' The case weights of a problem's rows
#' @noRd
case_weights <- function(problem) {
  weights <- problem$data$weights
  if (length(weights)) weights else rep(1, problem$rows)
}

#' Sum of outer products of the scores of rows, wherever these are; NULL if the
#' user interrupted
#' @noRd
outer_scores <- function(problem, parameters, control) {
  sum_over_data(problem, piece_score_products, list(
    parameters = parameters, threads = control$threads
  ))
}

#' @param arguments list(model, parameters, threads).
#' @noRd
piece_score_products <- function(data, arguments) {
  core_score_products(
    data, arguments$model, arguments$parameters, arguments$threads
  )
}

#' The same of clusters, over whose rows the scores are summed
#'
#' @param cluster A group for each row. The sum over G clusters is multiplied by
#'   G / (G - 1), as usual.
#' @noRd
outer_clusters <- function(problem, parameters, control, cluster) {
  scores <- row_scores(problem, parameters, control)
  sums <- rowsum(case_weights(problem) * scores, cluster)
  crossprod(sums) * nrow(sums) / (nrow(sums) - 1)
}

# Fits without rows are to be small, and sums of outer products take as long as
# several passes where there are many coefficients.
most_kept_coefficients <- 500

#' Does a fit without rows keep what its standard errors are made of?
#' @noRd
keeps_curvature <- function(spec) {
  sum(free_sizes(spec)) <= most_kept_coefficients
}

#' What a fit without rows keeps for its standard errors; NULL if the user
#' interrupted
#'
#' @param found What problem_information() gives at the parameters.
#' @noRd
kept_curvature <- function(problem, found, parameters, control) {
  outer <- if (!is.null(found)) outer_scores(problem, parameters, control)
  if (!is.null(outer)) {
    new_curvature(found$information, found$penalty_hessian, outer)
  }
}

#' What is kept for standard errors
#'
#' @param information,penalty_hessian,outer See the top of this file;
#'   `information` is NULL where nobody summed it.
#' @noRd
new_curvature <- function(information, penalty_hessian, outer) {
  list(
    information = information, penalty_hessian = penalty_hessian, outer = outer
  )
}

#' Second derivatives of ridge and priors, in the free coordinates
#' @noRd
penalty_hessian <- function(spec, parameters) {
  none <- function(part) matrix(0, 0L, n_columns(spec, part))
  data <- core_data(
    spec, none("gate"), if (!spec$same) none("expert"), matrix(0, 0L, 0L),
    numeric(), NULL
  )
  in_core(core_information(
    data, spec_model(spec), parameters, 1
  ))$penalty_hessian
}

#' The curvature around a fit: kept, or of its rows
#'
#' @param outer Is the sum of outer products needed?
#' @param cluster A group for each row used, or NULL.
#' @param problem Of the fit, where it is at hand.
#' @return list(information, penalty_hessian, outer), as of new_curvature().
#' @noRd
fit_curvature <- function(fit, outer, cluster, call, problem) {
  if (is.null(problem) && is.null(fit$model) && is.null(cluster) &&
    !is.null(fit$curvature)) {
    return(fit$curvature)
  }
  problem <- problem %||% inference_problem(fit, call)
  found <- problem_information(problem, fit$parameters, fit$control)
  if (outer) {
    found$outer <- if (is.null(cluster)) {
      outer_scores(problem, fit$parameters, fit$control)
    } else {
      outer_clusters(problem, fit$parameters, fit$control, cluster)
    }
  }
  if (is.null(found$information) || outer && is.null(found$outer)) {
    rlang::interrupt()
  }
  found
}

#' Is there what standard errors are made of?
#' @noRd
has_curvature <- function(fit) {
  !is.null(fit$model) || !is.null(fit$curvature)
}

#' Kept curvature with the experts in another order
#'
#' In the free coordinates this is a linear map A: blocks of experts and scales
#' change places, and the gate's blocks, relative to the last expert, become
#' relative to another one. A second derivative M becomes A^-T M A^-1, and A^-1
#' is the map of the inverse order.
#' @noRd
permute_curvature <- function(curvature, spec, order) {
  back <- permutation_of_free(spec, order(order))
  lapply(curvature, function(matrix) {
    if (!is.null(matrix)) symmetric(t(back) %*% matrix %*% back)
  })
}

#' @noRd
permutation_of_free <- function(spec, order) {
  k <- spec$k
  sizes <- free_sizes(spec)
  # Logits relative to the last expert, which has none of its own.
  among <- diag(k)[, -k, drop = FALSE]
  gate <- sweep(among[order, , drop = FALSE], 2L, among[order[[k]], ])[-k, ,
    drop = FALSE
  ]
  blocks <- function(size) {
    kronecker(diag(k)[order, , drop = FALSE], diag(size / k))
  }
  join_blocks(list(
    kronecker(gate, diag(sizes[["gate"]] / max(k - 1L, 1L))),
    blocks(sizes[["expert"]]),
    if (spec$shared) diag(sizes[["scale"]]) else blocks(sizes[["scale"]])
  ))
}
