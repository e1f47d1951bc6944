# Derivatives of means, gates and experts in the free coordinates
# (R/spec-coordinates.R).
#
# A prediction depends on the parameters through channels: the gate's logits of
# all experts but the last, and the free linear predictors of the experts. Each
# is a linear function of the columns of its design, so that the derivatives in
# the free coordinates are those in the channels times the columns. Scales have
# no part in a mean.

#' What predictions are differentiated by: "mean" of a response, "gate" of an
#' expert or "expert", the mean of a response of an expert
#'
#' @param of One of these.
#' @return A data frame: the numbers of expert (NA for the mean) and response (NA
#'   for the gate), in the order in which predict() has them.
#' @noRd
prediction_owners <- function(spec, of) {
  responses <- if (of == "gate") NA_integer_ else seq_along(spec$responses)
  experts <- if (of == "mean") NA_integer_ else seq_len(spec$k)
  data.frame(
    expert = rep(experts, each = length(responses)),
    response = rep(responses, length(experts))
  )
}

#' What is predicted, a column for each row of prediction_owners()
#'
#' @param rows list(gate, means) of evaluate_rows(), or what of it is predicted.
#' @param of As in prediction_owners().
#' @noRd
predicted_columns <- function(rows, of) {
  switch(of,
    gate = rows$gate,
    expert = matrix(rows$means, nrow(rows$means)),
    mean = mixture_mean(rows$means, rows$gate)
  )
}

#' A prediction's derivatives in the channels of each row
#'
#' With the mean m = sum pi_k mu_k, they are pi_l (m_l - m) in the gate's logit l
#' and pi_k times those of expert k's mean in its predictors.
#'
#' @param rows list(gate, means) of evaluate_rows().
#' @param of,expert,response What is predicted, as in prediction_owners().
#' @return list(gate: n x (K - 1), expert: n x (K times free predictors), or NULL).
#' @noRd
prediction_channels <- function(spec, rows, of, expert, response) {
  gate <- rows$gate
  k <- spec$k
  slopes <- family_of(spec)$mean_slopes
  of_expert <- function(i) {
    slopes(
      matrix(rows$means[, , i], ncol = length(spec$responses)), spec, response
    )
  }
  own <- NULL
  if (of == "gate") {
    logits <- -gate[, expert] * gate
    logits[, expert] <- logits[, expert] + gate[, expert]
  } else if (of == "expert") {
    slope <- of_expert(expert)
    logits <- matrix(0, nrow(slope), k)
    own <- rep(list(0 * slope), k)
    own[[expert]] <- slope
  } else {
    means <- matrix(rows$means[, response, ], ncol = k)
    logits <- gate * (means - rowSums(gate * means))
    own <- lapply(seq_len(k), function(i) gate[, i] * of_expert(i))
  }
  list(
    gate = logits[, -k, drop = FALSE],
    expert = if (!is.null(own)) do.call(cbind, own)
  )
}

#' What `work` makes of the channels of each prediction, in the order of
#' prediction_owners(); a list
#'
#' @param rows,of As in prediction_channels().
#' @param work A function of channels.
#' @noRd
each_prediction <- function(spec, rows, of, work) {
  owners <- prediction_owners(spec, of)
  lapply(seq_len(nrow(owners)), function(i) {
    work(prediction_channels(
      spec, rows, of, owners$expert[[i]], owners$response[[i]]
    ))
  })
}

#' The columns of gate and experts in the working basis, n x p each
#' @noRd
gradient_columns <- function(spec, design) {
  data <- design_data(spec, design)
  gate <- working_columns(data$gate)
  list(
    gate = gate,
    expert = if (is.null(data$expert)) gate else working_columns(data$expert)
  )
}

#' Derivatives of each row's prediction, n x free coordinates
#'
#' @param columns From gradient_columns().
#' @param channels From prediction_channels().
#' @noRd
row_gradients <- function(spec, columns, channels) {
  part <- function(name) {
    own <- channels[[name]]
    if (!is.null(own)) {
      do.call(cbind, lapply(seq_len(ncol(own)), function(j) {
        columns[[name]] * own[, j]
      }))
    }
  }
  complete_gradient(spec, part("gate"), part("expert"), nrow(columns$gate))
}

#' The derivatives of a weighted sum of predictions, one row of free coordinates
#'
#' @param columns For gate and experts list(columns, changed): those of
#'   gradient_columns(), and what is to take the place of some, list(at, columns).
#' @param channels From prediction_channels().
#' @noRd
summed_gradient <- function(spec, columns, channels, weights) {
  part <- function(name) {
    if (!is.null(channels[[name]])) {
      own <- columns[[name]]
      weighted <- weights * channels[[name]]
      sums <- crossprod(own$columns, weighted)
      if (!is.null(own$changed)) {
        sums[own$changed$at, ] <- crossprod(own$changed$columns, weighted)
      }
      matrix(sums, 1L)
    }
  }
  complete_gradient(spec, part("gate"), part("expert"), 1L)
}

#' With zeros where a prediction does not depend on the coordinates
#'
#' @param gate,expert Derivatives, or NULL.
#' @noRd
complete_gradient <- function(spec, gate, expert, rows) {
  sizes <- free_sizes(spec)
  or_zeros <- function(part, columns) {
    part %||% matrix(0, rows, columns)
  }
  cbind(
    or_zeros(gate, sizes[["gate"]]), or_zeros(expert, sizes[["expert"]]),
    or_zeros(NULL, sizes[["scale"]])
  )
}

#' How many free coordinates gate, experts and scales have
#' @noRd
free_sizes <- function(spec) {
  scales <- length(coefficient_parts(spec)$scale)
  gate <- (spec$k - 1L) * n_columns(spec, "gate")
  slots <- length(spec_labels(spec)$expert) / length(spec$columns$expert)
  c(gate = gate, expert = slots * n_columns(spec, "expert"), scale = scales)
}
