# How good predictions of held-out rows are.
#
# A score is list(title, larger: is more better?, refuse(blueprint, call), rows(fit,
# design): for each row its value and how much it counts, finish(mean): from the
# mean to the score, slope(mean): the derivative of that).

identity_score <- list(
  finish = function(mean) mean, slope = function(mean) rep(1, length(mean)),
  refuse = function(blueprint, call) NULL
)

#' @noRd
score_of <- function(...) {
  utils::modifyList(identity_score, list(...))
}

#' @noRd
require_labels <- function(name) {
  force(name)
  function(blueprint, call) {
    require_part(
      blueprint, "classify", paste0("{.code score = \"", name, "\"}"), call,
      "tune"
    )
  }
}

#' @noRd
class_rows <- function(fit, design, value) {
  rows <- evaluate_rows(fit, design, c("gate", "expert"))
  probability <- mixture_mean(rows$means, rows$gate)
  list(
    value = value(probability, family_of(fit)$observed(
      design$y, fit$spec$responses
    )),
    count = family_of(fit)$row_counts(design$y)
  )
}

tuning_scores <- list(
  log = score_of(
    title = "log score", larger = TRUE,
    rows = function(fit, design) {
      rows <- evaluate_rows(fit, design, "posterior")
      # Of one observation, since a row counts by its number of them.
      count <- family_of(fit)$row_counts(design$y)
      list(value = rows$log_density / count, count = count)
    }
  ),
  rmse = score_of(
    title = "root mean squared error", larger = FALSE,
    refuse = function(blueprint, call) {
      if (has_part(blueprint, "classify")) {
        refuse_part(
          family_of(blueprint), "tune", "{.code score = \"rmse\"}", call
        )
      }
    },
    rows = function(fit, design) {
      rows <- evaluate_rows(fit, design, c("gate", "expert"))
      error <- design$y - mixture_mean(rows$means, rows$gate)
      list(value = rowSums(error^2), count = rep(1, nrow(design$y)))
    },
    finish = sqrt, slope = function(mean) 0.5 / sqrt(mean)
  ),
  accuracy = score_of(
    title = "accuracy", larger = TRUE, refuse = require_labels("accuracy"),
    rows = function(fit, design) {
      class_rows(fit, design, function(probability, observed) {
        observed[cbind(seq_len(nrow(observed)), largest_column(probability))]
      })
    }
  ),
  brier = score_of(
    title = "Brier score", larger = FALSE, refuse = require_labels("brier"),
    rows = function(fit, design) {
      class_rows(fit, design, label_brier)
    }
  ),
  crps = score_of(
    title = "CRPS", larger = FALSE,
    refuse = function(blueprint, call) {
      require_part(
        blueprint, "distribution", "{.code score = \"crps\"}", call, "tune"
      )
    },
    rows = function(fit, design) {
      mixtures <- response_distributions(fit, design)
      values <- lapply(seq_along(mixtures), function(i) {
        mixture_crps(mixtures[[i]], design$y[, i])
      })
      list(value = Reduce(`+`, values), count = rep(1, nrow(design$y)))
    }
  )
)

#' Mean score and its standard error
#'
#' Rows that are held out together because they are of one group count as one
#' observation for the error. Values of several repeats are averaged for each
#' row before.
#'
#' @param values n x repeats; NA where a fit failed.
#' @param count How much each row counts.
#' @param group Numbers of groups, or NULL.
#' @param score One of tuning_scores.
#' @noRd
average_score <- function(values, count, group, score) {
  value <- rowMeans(values, na.rm = TRUE)
  known <- !is.nan(value) & count > 0
  if (!any(known)) {
    return(c(score = NA_real_, se = NA_real_))
  }
  value <- value[known]
  count <- count[known]
  total <- sum(count)
  mean <- sum(count * value) / total
  off <- count * (value - mean)
  # A row of weight two is two rows with the same value.
  variance <- if (is.null(group)) {
    sum(count * (value - mean)^2) / max(total - 1, 1e-300)
  } else {
    own <- rowsum(off, group[known])
    sum(own^2) * length(own) / max(length(own) - 1, 1e-300) / total
  }
  error <- sqrt(variance / total)
  c(
    score = score$finish(mean),
    se = if (is.finite(error)) error * score$slope(mean) else NA_real_
  )
}
