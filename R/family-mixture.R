# Mixtures of one-dimensional distributions: distribution function, quantiles,
# residuals and scores, once for all families whose experts have a distribution,
# the part `distribution` (R/family.R).
#
# A mixture is that of one response in n rows: list(own: the family's part, gate
# and mean: n x K, scale: a number for each expert, or NULL). Probabilities are
# those of a tail: `lower`, P(Y <= y), or else P(Y > y), so that both tails have
# their digits.

#' @param rows list(gate: n x K, means: n x q x K).
#' @param response The number of the response.
#' @noRd
mixture_distribution <- function(own, rows, parameters, spec, response = 1L) {
  k <- ncol(rows$gate)
  list(
    own = own, gate = rows$gate, mean = matrix(rows$means[, response, ], ncol = k),
    scale = own$scale(parameters, spec)[, response]
  )
}

#' A distribution of some of its rows
#' @noRd
some_rows <- function(mixture, rows) {
  mixture$gate <- mixture$gate[rows, , drop = FALSE]
  mixture$mean <- mixture$mean[rows, , drop = FALSE]
  mixture
}

#' The experts' scales, a row each
#' @noRd
scales_of <- function(mixture) {
  rep(mixture$scale, each = nrow(mixture$mean))
}

#' The gate's mean of what is known of each expert
#'
#' @param values n x K.
#' @noRd
gate_mean <- function(mixture, values) {
  dim(values) <- dim(mixture$gate)
  rowSums(values * mixture$gate)
}

#' P(Y <= y), or P(Y > y), with as many digits as it has
#'
#' @param lower The lower tail?
#' @noRd
mixture_tail <- function(mixture, y, lower = TRUE) {
  gate_mean(
    mixture, mixture$own$cdf(y, mixture$mean, scales_of(mixture), lower)
  )
}

#' @noRd
mixture_cdf <- function(mixture, y) {
  pmin(mixture_tail(mixture, y), 1) # a rounding error beyond
}

#' @noRd
mixture_density <- function(mixture, y) {
  gate_mean(mixture, mixture$own$density(y, mixture$mean, scales_of(mixture)))
}

#' @noRd
mixture_variance <- function(mixture) {
  centre <- gate_mean(mixture, mixture$mean)
  own <- mixture$own$variance(mixture$mean, scales_of(mixture))
  gate_mean(mixture, own + (mixture$mean - centre)^2)
}

# Quantiles --------------------------------------------------------------------

#' Where a tail has a given probability; of whole numbers, the smallest y with
#' P(Y <= y) of at least that, or P(Y > y) of at most that
#'
#' The mixture's quantile lies between those of the experts.
#'
#' @param tail The probability, one number.
#' @param lower Of the lower tail?
#' @noRd
tail_quantile <- function(mixture, tail, lower = TRUE) {
  result <- rep(NA_real_, nrow(mixture$mean))
  known <- which(is.finite(rowSums(mixture$mean) + rowSums(mixture$gate)))
  mixture <- some_rows(mixture, known)
  ends <- mixture$own$quantile(tail, mixture$mean, scales_of(mixture), lower)
  dim(ends) <- dim(mixture$mean)
  least <- row_extreme(ends, pmin)
  most <- row_extreme(ends, pmax)
  result[known] <- if (tail == 0) {
    if (lower) least else most
  } else if (mixture$own$whole) {
    search_whole(mixture, tail, lower, pmax(least - 2, -1), most + 1)
  } else {
    search_real(mixture, tail, lower, least, most, rowSums(mixture$gate * ends))
  }
  result
}

#' The least or largest of each row
#'
#' @param choose pmin() or pmax().
#' @noRd
row_extreme <- function(values, choose) {
  columns <- lapply(seq_len(ncol(values)), function(i) values[, i])
  do.call(choose, columns)
}

#' Probabilities at which to take quantiles, each from its smaller tail; 1 - p
#' is exact there
#'
#' @param p A number between 0 and 1.
#' @noRd
mixture_quantile <- function(mixture, p) {
  lower <- p <= 0.5
  tail_quantile(mixture, if (lower) p else 1 - p, lower)
}

#' Newton's steps for the normal quantile of the tail, which is nearly linear
#' far out, within brackets; bisections where a step leaves them or does not
#' halve the error
#'
#' @param tail,lower As in tail_quantile().
#' @param least,most Brackets, one for each row.
#' @param y Where to begin.
#' @noRd
search_real <- function(mixture, tail, lower, least, most, y) {
  target <- stats::qnorm(tail)
  side <- if (lower) 1 else -1
  result <- y
  open <- which(least < most)
  error <- rep(Inf, length(y))
  for (round in seq_len(200L)) {
    if (!length(open)) {
      break
    }
    # What is known of the open rows only
    own <- if (length(open) < nrow(mixture$mean)) {
      some_rows(mixture, open)
    } else {
      mixture
    }
    at <- pmin(pmax(result[open], least[open]), most[open])
    z <- stats::qnorm(pmin(mixture_tail(own, at, lower), 1))
    before <- abs(error[open])
    found <- side * (z - target)
    error[open] <- found
    above <- found > 0
    above[is.na(above)] <- FALSE
    most[open[above]] <- at[above]
    least[open[!above]] <- at[!above]
    to <- at - found * stats::dnorm(z) / mixture_density(own, at)
    low <- least[open]
    high <- most[open]
    # The last step is taken, too: it squares an error that small.
    inside <- to >= low & to <= high & !is.na(to)
    done <- inside & (abs(found) <= 1e-9 | to == at)
    bisect <- !done & (!inside | to == low | to == high |
      abs(found) > 0.5 * before)
    halfway <- low + (high - low) / 2
    to[bisect] <- halfway[bisect]
    result[open] <- to
    closed <- halfway <= low | halfway >= high # no number lies between
    open <- open[!done & !closed]
  }
  result
}

#' Bisection among whole numbers, in (least, most]
#'
#' Probabilities are compared up to rounding, as qpois() does: the quantile of
#' a value's own probability is the value.
#'
#' @param tail,lower,least,most As in search_real().
#' @noRd
search_whole <- function(mixture, tail, lower, least, most) {
  fuzz <- 64 * .Machine$double.eps
  open <- seq_along(least)
  repeat {
    middle <- floor(least[open] + (most[open] - least[open]) / 2)
    still <- middle > least[open] & middle < most[open]
    open <- open[still]
    if (!length(open)) {
      return(most)
    }
    middle <- middle[still]
    found <- mixture_tail(some_rows(mixture, open), middle, lower)
    reached <- if (lower) {
      found >= tail * (1 - fuzz)
    } else {
      # 1 - p has an absolute error where p had a relative one.
      found <= tail * (1 + fuzz) + .Machine$double.eps / 2
    }
    most[open[reached]] <- middle[reached]
    least[open[!reached]] <- middle[!reached]
  }
}

# Residuals and scores ---------------------------------------------------------

#' The normal quantile of the distribution function at the response. Where it
#' jumps, of a place within the jump: multiples of a golden ratio, which fill
#' jumps evenly in whatever stretch of rows
#'
#' @param at As residuals() hands it to families.
#' @param own The family's distribution.
#' @noRd
quantile_residuals <- function(at, own) {
  columns <- lapply(seq_len(ncol(at$y)), function(response) {
    mixture <- mixture_distribution(own, at, at$parameters, at$spec, response)
    y <- at$y[, response]
    normal_places(
      mixture_tail(mixture, y - own$whole),
      mixture_tail(mixture, y, lower = FALSE),
      if (own$whole) mixture_density(mixture, y)
    )
  })
  matrix(unlist(columns), ncol = ncol(at$y))
}

#' @param below,above The probabilities of what is below and above the response.
#' @param jump That of the response itself, or NULL.
#' @noRd
normal_places <- function(below, above, jump = NULL) {
  if (!is.null(jump)) {
    place <- (seq_along(jump) * 0.6180339887498949) %% 1
    below <- below + place * jump
    above <- above + (1 - place) * jump
  }
  # The tail that is smaller keeps its digits; the larger may exceed one.
  sign(above - below) * stats::qnorm(pmin(below, above))
}

#' The continuous ranked probability score, E|Y - y| - E|Y - Y'| / 2 with
#' independent Y and Y' of the distribution
#' @noRd
mixture_crps <- function(mixture, y) {
  own <- mixture$own
  k <- ncol(mixture$mean)
  scale <- function(i, rows = seq_along(y)) rep(mixture$scale[i], length(rows))
  result <- gate_mean(
    mixture, own$distance(y, mixture$mean, scales_of(mixture))
  )
  for (i in seq_len(k)) {
    for (j in seq_len(i)) {
      both <- mixture$gate[, i] * mixture$gate[, j] * if (i == j) 0.5 else 1
      rows <- which(both > 1e-18)
      apart <- own$apart(
        mixture$mean[rows, i], scale(i, rows),
        mixture$mean[rows, j], scale(j, rows)
      )
      result[rows] <- result[rows] - both[rows] * apart
    }
  }
  # Far out, the difference of numbers beyond all others.
  result[is.nan(result) | result == -Inf] <- NA
  result
}
