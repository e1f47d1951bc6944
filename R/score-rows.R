# Scores of rows, and their sums.

#' The scores of the rows of a design: list(scored, simulated, weights)
#'
#' @param p,draws,seed As in score().
#' @noRd
score_design <- function(fit, design, weights, p, draws, seed) {
  numbers <- has_part(fit, "distribution")
  scored <- if (numbers) {
    score_numbers(fit, design, p)
  } else {
    score_labels(fit, design)
  }
  if (!numbers) {
    weights <- response_weights(design$y, weights, fit)
  }
  simulated <- if (numbers && length(fit$responses) > 1L) {
    energy_score(fit, design, weights, draws, seed)
  }
  list(scored = scored, simulated = simulated, weights = weights)
}

#' Scores of each row: list(what: a data frame with score, response and p,
#' values: n x as many)
#' @noRd
score_numbers <- function(fit, design, p) {
  rows <- evaluate_rows(fit, design, c("gate", "expert", "posterior"))
  own <- family_of(fit)$distribution
  several <- length(fit$responses) > 1L
  parts <- lapply(seq_along(fit$responses), function(response) {
    mixture <- mixture_distribution(
      own, rows, fit$parameters, fit$spec, response
    )
    y <- design$y[, response]
    pinball <- lapply(p, function(level) {
      pinball_loss(y, mixture_quantile(mixture, level), level)
    })
    list(
      what = data.frame(
        score = c("crps", rep("pinball", length(p))),
        response = if (several) fit$responses[[response]] else NA_character_,
        p = c(NA, p)
      ),
      values = do.call(cbind, c(list(mixture_crps(mixture, y)), pinball))
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
  weights <- weights %||% rep(1, nrow(design$y))
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

#' Sums over rows that can be added to those of other rows: list(what, value,
#' square, n), `square` of the error of what was simulated, `n` of weights
#'
#' @param parts What score_design() gave.
#' @noRd
score_sums <- function(parts) {
  what <- parts$scored$what
  simulated <- parts$simulated
  values <- cbind(parts$scored$values, simulated$values)
  if (!is.null(simulated)) {
    what <- rbind(what, list("energy", NA, NA))
  }
  weights <- parts$weights %||% rep(1, nrow(values))
  known <- !is.na(values) & weights > 0
  values[!known] <- 0
  n <- colSums(known * weights)
  error <- numeric(length(n))
  if (!is.null(simulated) && n[[length(n)]] > 0) {
    error[[length(n)]] <- simulated$error
  }
  list(
    what = what, value = colSums(values * weights), square = (n * error)^2,
    n = n
  )
}

#' The means over rows, as score() gives them
#'
#' @param sums From score_sums(), or NULL of no rows.
#' @noRd
settle_scores <- function(sums, call = rlang::caller_env()) {
  if (!any(sums$n > 0)) {
    abort("no_rows", c(
      "No row can be scored.",
      "x" = "Each misses a covariate, the response or a positive weight."
    ), call)
  }
  result <- cbind(
    sums$what,
    value = sums$value / sums$n, error = sqrt(sums$square) / sums$n, n = sums$n
  )
  simulated <- result$score == "energy"
  first <- c(1L, which(simulated))
  result <- result[c(first, setdiff(seq_len(nrow(result)), first)), ]
  row.names(result) <- NULL
  result
}

#' The scores of each row, as score() gives them
#'
#' @param scored list(what, values) of each row.
#' @param simulated That of the energy score, or NULL.
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
  values[is.na(values)] <- NA # NaN where the response is
  as.data.frame(pad_rows(values, design$na_action))
}
