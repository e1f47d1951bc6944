# Scores of predicted distributions.

#' @rdname score
#' @export
score.default <- function(object, ...) {
  abort("unsupported", c(
    "{.fn score} is for fits and streams of this package.",
    "x" = "It got a value of type {kind_of(object)}.",
    "i" = "For class probabilities of other models see {.fn class_scores}."
  ))
}

#' @rdname score
#' @export
score.sgmoe <- function(object, newdata = NULL, weights = NULL,
                        p = c(0.05, 0.5, 0.95), draws = 200, seed = 1,
                        per_row = FALSE, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "score", call)
  numbers <- has_part(object, "distribution")
  refuse_idle(
    c(p = !missing(p) && !numbers),
    "It is for the pinball loss of numbers; classes have no quantiles.", call
  )
  simulates <- numbers && length(object$responses) > 1L
  refuse_idle(
    c(draws = !missing(draws), seed = !missing(seed)) & !simulates,
    "They are for the energy score, of several responses.", call
  )
  if (length(p)) {
    check_levels(p, call)
  }
  draws <- check_number(
    draws, "draws", 2, TRUE, call, "argument",
    most = 1000000L
  )
  check_number(seed, "seed", -.Machine$integer.max, TRUE, call, "argument")
  check_flag(per_row, "per_row", call, "argument")
  design <- if (is.null(newdata)) {
    refuse_idle(
      c(weights = !is.null(weights)),
      "They are for {.arg newdata}: the data of the fit have their own.", call
    )
    fitted_design(object, call)
  } else {
    replay_design(object$blueprint, newdata, response = TRUE, call = call)
  }
  # No score of an infinite response can be averaged.
  check_finite(design$frame[1L], call)
  if (is.null(weights)) {
    weights <- design$weights
  } else {
    weights <- check_new_weights(weights, newdata, design, call)
  }
  in_memory({
    scored <- if (numbers) {
      score_numbers(object, design, p)
    } else {
      score_labels(object, design)
    }
    if (!numbers) {
      weights <- response_weights(design$y, weights, object)
    }
    simulated <- if (simulates) {
      energy_score(object, design, weights, draws, seed)
    }
    if (per_row) {
      score_rows(scored, simulated, design)
    } else {
      score_means(scored, simulated, weights, call)
    }
  }, call)
}

#' @rdname score
#' @export
score.sgmoe_stream <- function(object, newdata = NULL, ...) {
  require_pilot(object)
  if (is.null(newdata)) {
    require_newdata("newdata", "score(stream, newdata)")
  }
  score.sgmoe(stream_fit(object), newdata, ...)
}

#' Scores of each row: list(what: a data frame with score, response and p,
#' values: n x as many)
#' @noRd
score_numbers <- function(fit, design, p) {
  rows <- evaluate_rows(fit, design, c("gate", "expert", "posterior"))
  own <- family_of(fit)$distribution
  several <- length(fit$responses) > 1L
  parts <- lapply(seq_along(fit$responses), function(response) {
    law <- mixture_law(own, rows, fit$parameters, fit$spec, response)
    y <- design$y[, response]
    pinball <- lapply(p, function(level) {
      pinball_loss(y, mixture_quantile(law, level), level)
    })
    list(
      what = data.frame(
        score = c("crps", rep("pinball", length(p))),
        response = if (several) fit$responses[[response]] else NA_character_,
        p = c(NA, p)
      ),
      values = do.call(cbind, c(list(mixture_crps(law, y)), pinball))
    )
  })
  list(
    what = do.call(rbind, c(
      list(data.frame(score = "log", response = NA_character_, p = NA_real_)),
      lapply(parts, `[[`, "what")
    )),
    values = do.call(cbind, c(
      list(-rows$log_density), lapply(parts, `[[`, "values")
    ))
  )
}

#' (y - q)(p - 1{y < q})
#'
#' Of p near 0 and 1 the quantile grows without limit where the support has none,
#' but slower than the tail shrinks: |q| p goes to 0 wherever there is a mean.
#' @param level p.
#' @noRd
pinball_loss <- function(y, quantile, level) {
  rest <- y - quantile
  loss <- rest * (level - (rest < 0))
  loss[level %in% c(0, 1) & is.infinite(quantile) & !is.na(y)] <- 0
  loss
}

#' @noRd
score_labels <- function(fit, design) {
  probability <- predict_design(fit, design, "prob")
  shares <- observed_response(design$y, fit)
  list(
    what = data.frame(
      score = c("log_loss", "brier"), response = NA_character_, p = NA_real_
    ),
    values = cbind(
      label_loss(probability, shares), label_brier(probability, shares)
    )
  )
}

#' The energy score by simulation: list(values: of the rows, error: the standard
#' error of their mean)
#'
#' @param draws,seed As in score().
#' @noRd
energy_score <- function(fit, design, weights, draws, seed) {
  draw <- row_drawer(fit, design)
  far <- function(a, b) sqrt(rowSums((a - b)^2))
  if (is.null(weights)) {
    weights <- rep(1, nrow(design$y))
  }
  with_seed(seed, {
    total <- 0
    means <- numeric(draws)
    for (i in seq_len(draws)) {
      one <- draw()
      other <- draw()
      # Both are draws that may be compared with the response.
      value <- (far(one, design$y) + far(other, design$y) - far(one, other)) / 2
      total <- total + value
      means[[i]] <- weighted_mean(value, weights)
    }
    list(
      values = total / draws, error = stats::sd(means) / sqrt(draws)
    )
  })$value
}

#' Columns and one more, if there is one (which cbind() would add to a matrix
#' without rows in any case)
#' @noRd
with_column <- function(values, column) {
  if (is.null(column)) values else cbind(values, column)
}

#' The mean of what is known
#' @noRd
weighted_mean <- function(values, weights) {
  counts <- !is.na(values) & weights > 0
  sum(values[counts] * weights[counts]) / sum(weights[counts])
}

#' The means over rows, as score() gives them
#'
#' @param scored list(what, values) of each row.
#' @param simulated That of the energy score, or NULL.
#' @noRd
score_means <- function(scored, simulated, weights,
                        call = rlang::caller_env()) {
  what <- scored$what
  values <- with_column(scored$values, simulated$values)
  error <- c(numeric(nrow(what)), simulated$error)
  if (!is.null(simulated)) {
    what <- rbind(what, list("energy", NA, NA))
  }
  if (is.null(weights)) {
    weights <- rep(1, nrow(values))
  }
  known <- !is.na(values) & weights > 0
  if (!any(known)) {
    abort("no_rows", c(
      "No row can be scored.",
      "x" = "Each misses a covariate, the response or a positive weight."
    ), call)
  }
  mean <- apply(values, 2L, weighted_mean, weights = weights)
  result <- cbind(
    what,
    value = mean, error = error, n = colSums(known * weights)
  )
  first <- c(1L, if (!is.null(simulated)) nrow(result))
  result <- result[c(first, setdiff(seq_len(nrow(result)), first)), ]
  row.names(result) <- NULL
  result
}

#' The scores of each row, as score() gives them
#'
#' @param scored,simulated As in score_means().
#' @noRd
score_rows <- function(scored, simulated, design) {
  what <- scored$what
  labels <- paste0(
    what$score, ifelse(is.na(what$response), "", paste0("_", what$response)),
    ifelse(is.na(what$p), "", paste0("_", what$p))
  )
  values <- with_column(scored$values, simulated$values)
  colnames(values) <- c(labels, if (!is.null(simulated)) "energy")
  rownames(values) <- as.character(design$row_names)
  as.data.frame(pad_rows(values, design$na_action))
}
