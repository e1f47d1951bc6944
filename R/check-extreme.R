# Numbers too large or too small to compute with.
#
# The core works on standardised columns, so the size of a column matters only
# on the way there (a square must not overflow) and back (coefficients and
# covariances on the user's scale must be numbers).

#' Scales and centres within which squares have room for sums
#' @noRd
largest_scale <- 1e150

#' Refuse columns whose scale or centre cannot be computed with
#'
#' @param part A part of a basis: list(centre, scale).
#' @param values The columns.
#' @noRd
check_scale <- function(part, values, call = rlang::caller_env()) {
  fine <- abs(part$centre) < largest_scale & part$scale < largest_scale &
    part$scale > 1 / largest_scale
  extreme <- which(is.na(fine) | !fine)
  if (length(extreme)) {
    refuse_columns(values[, extreme, drop = FALSE], call)
  }
  invisible(part)
}

#' @noRd
refuse_columns <- function(values, call = rlang::caller_env()) {
  if (is_spilled(values)) {
    values <- values[even_rows(nrow(values)), , drop = FALSE]
  }
  size <- signif(apply(abs(values), 2L, max), 3L)
  columns <- sprintf("`%s` (up to %s)", colnames(values), format(size))
  abort("extreme_values", c(
    "{cli::qty(length(columns))}The values of column{?s} {some_of(columns)}
     are too large or too small to compute with.",
    "i" = "Give {cli::qty(length(columns))}{?it/them} in other units: with
           standard deviations between 1e-150 and 1e150."
  ), call)
}

#' Refuse weights whose sums would overflow or vanish
#' @noRd
check_total_weight <- function(weights, call = rlang::caller_env()) {
  if (length(weights) == 0L) {
    return(invisible())
  }
  total <- total_weight(weights)
  if (!(total > 1e-100 && total < 1e100)) {
    abort("extreme_values", c(
      "The sum of the {.arg weights} is {signif(total, 3)}, too
       {if (total < 1) 'small' else 'large'} to compute with.",
      "i" = "Case weights count rows; divide them by their mean."
    ), call)
  }
}

#' A fit with a number that is not finite is none, whatever the way there
#' @noRd
check_finite_fit <- function(fit, call = rlang::caller_env()) {
  # Coefficients of aliased columns are NA, which is not NaN.
  bad <- names(which(is.nan(fit$coefficients) | is.infinite(fit$coefficients)))
  likelihood <- is.finite(fit$log_likelihood) && is.finite(fit$objective)
  if (length(bad) == 0L && likelihood && all(is.finite(unlist(fit$parameters)))) {
    return(fit)
  }
  if (fit$reason == "interrupted") {
    refuse_interrupted(call)
  }
  abort("extreme_values", c(
    "The fit came to numbers that are not finite.",
    "x" = if (!likelihood) "Its log-likelihood is {fit$log_likelihood}.",
    "x" = if (length(bad)) "Coefficients: {.val {some_of(bad)}}.",
    "i" = "Look for extreme values in {.code {some_of(widest_columns(fit))}},
           give columns in other units, or give a {.arg ridge}."
  ), call)
}

#' Columns by how far their units are from one, the farthest three
#' @noRd
widest_columns <- function(fit) {
  spec <- fit$spec
  named <- function(part) {
    stats::setNames(spec$basis[[part]]$scale, used_columns(spec, part))
  }
  size <- c(
    stats::setNames(spec$basis$response$scale, spec$responses),
    named("expert"), named("gate")
  )
  size <- size[!duplicated(names(size)) & size != 1]
  utils::head(names(size)[order(-abs(log(size)))], 3L)
}
