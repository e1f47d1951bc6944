# The working basis: the core computes on standardised columns, and parameters
# are mapped between bases exactly.
#
# A part of a basis is list(centre, scale, intercept). A linear predictor with
# slopes b in basis 1 has, in basis 2, slopes b s2/s1; its intercept grows by
# sum b (c2 - c1)/s1. Mapping between two working bases goes through no
# difference of large numbers, however far the columns are from zero.

#' Centres and scales of design columns, weighted
#'
#' With an intercept (the first column) the others are centred and scaled;
#' without one they are scaled only, since centring would leave the column span.
#' @noRd
design_basis <- function(values, weights, intercept) {
  moments <- safe_moments(values, weights)
  scale <- moments$deviation
  # A constant column keeps scale one. Its deviation is rounding error, and so
  # is what is left of it after centring, unless the centre is its very value.
  constant <- scale <= 1e-13 * abs(moments$mean) | scale == 0
  scale[constant] <- 1
  centre <- if (intercept) moments$mean else numeric(ncol(values))
  if (intercept) {
    centre[constant] <- values[1L, constant]
  }
  if (intercept) {
    centre[[1L]] <- 0
    scale[[1L]] <- 1
  }
  list(centre = centre, scale = scale, intercept = intercept)
}

#' The basis of the user's own columns
#' @noRd
user_basis <- function(basis) {
  lapply(basis, function(part) {
    part$centre[] <- 0
    part$scale[] <- 1
    part
  })
}

#' @param coefficients A matrix with a row for each column of the design.
#' @noRd
move_coefficients <- function(coefficients, from, to) {
  moved <- coefficients * (to$scale / from$scale)
  if (from$intercept) {
    shift <- (to$centre - from$centre) / from$scale
    moved[1L, ] <- moved[1L, ] + colSums(coefficients * shift)
  }
  moved
}

#' The linear map of coefficients from a part of the working basis to the user's
#' columns
#' @noRd
basis_change <- function(part) {
  p <- length(part$scale)
  move_coefficients(diag(p), part, user_basis(list(part))[[1L]])
}

#' Columns in the working basis, as an R matrix
#' @noRd
working_columns <- function(columns) {
  (columns$values - rep(columns$centre, each = nrow(columns$values))) /
    rep(columns$scale, each = nrow(columns$values))
}

#' Moments of columns, also of those whose squares overflow or vanish: these are
#' taken in other units, by a power of two, which is exact
#' @noRd
safe_moments <- function(values, weights) {
  moments <- column_moments(values, weights)
  if (is_spilled(values)) {
    return(moments) # what is too large or too small is refused
  }
  fine <- moments$deviation > 1e-100 & moments$deviation < 1e100
  for (j in which(is.na(fine) | !fine)) {
    largest <- max(values[, j], -min(values[, j]))
    if (largest > 0 && (largest < 1e-100 || largest > 1e100)) {
      unit <- 2^round(log2(largest))
      own <- core_moments(values[, j, drop = FALSE] / unit, weights)
      moments$mean[[j]] <- own$mean * unit
      moments$deviation[[j]] <- own$deviation * unit
    }
  }
  moments
}
