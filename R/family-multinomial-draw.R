# What is drawn of classes, and residuals that need an order of them.

#' Responses of all rows, each from the expert it is said to come from: labels,
#' or as many counts as the row has
#' @noRd
draw_classes <- function(expert, at) {
  n <- length(expert)
  classes <- at$spec$responses
  cell <- cbind(
    rep(seq_len(n), length(classes)), rep(seq_along(classes), each = n),
    rep(expert, length(classes))
  )
  probability <- matrix(at$means[cell], n, length(classes))
  if (at$blueprint$response_kind != "counts") {
    own <- classes[draw_columns(probability)]
    return(factor(
      own, at$blueprint$response_levels,
      ordered = at$blueprint$response_order
    ))
  }
  # One class after another takes its share of what is left.
  y <- matrix(0, n, length(classes), dimnames = list(NULL, classes))
  left <- class_counts(at$y)
  left[left != round(left)] <- NA # no number of draws
  rest <- rep(1, n)
  for (class in seq_along(classes)[-length(classes)]) {
    share <- pmin(probability[, class] / rest, 1)
    share[rest <= 0] <- 1
    y[, class] <- suppressWarnings(stats::rbinom(n, left, share))
    left <- left - y[, class]
    rest <- rest - probability[, class]
  }
  y[, length(classes)] <- left
  y
}

#' Quantile residuals: of two classes those of the number of the second, of
#' ordered classes those of the rank; others have none, NULL
#' @noRd
class_quantiles <- function(at) {
  classes <- length(at$spec$responses)
  if (classes == 2L) {
    size <- class_counts(at$y)
    if (any(at$y != round(at$y))) {
      return(NULL)
    }
    success <- matrix(at$means[, 2L, ], nrow(at$y))
    y <- if (ncol(at$y) > 1L) at$y[, 2L] else at$y[, 1L]
    tail <- function(y, lower) {
      gate_mean(at, stats::pbinom(y, size, success, lower.tail = lower))
    }
    jump <- gate_mean(at, stats::dbinom(y, size, success))
    return(cbind(normal_places(tail(y - 1, TRUE), tail(y, FALSE), jump)))
  }
  if (!at$blueprint$response_order || ncol(at$y) > 1L) {
    return(NULL)
  }
  rank <- rep(at$y[, 1L] + 1, classes)
  place <- col(at$centre)
  sum_where <- function(chosen) rowSums(at$centre * chosen)
  cbind(normal_places(
    sum_where(place < rank), sum_where(place > rank), sum_where(place == rank)
  ))
}

#' Those of glm() for two classes, with the roots of case weights; others have
#' none, NULL
#' @noRd
class_deviances <- function(at) {
  if (length(at$spec$responses) != 2L) {
    return(NULL)
  }
  loss <- rowSums(ifelse(
    at$observed > 0, at$observed * log(at$observed / at$centre), 0
  ))
  size <- at$weights * class_counts(at$y)
  side <- sign(at$observed[, 2L] - at$centre[, 2L])
  cbind(side * sqrt(2 * size * pmax(loss, 0)), deparse.level = 0)
}
