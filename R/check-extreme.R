# Numbers too large or too small to compute with.
#
# The core works on standardised columns, so the size of a column matters only
# on the way there (a square must not overflow) and back (coefficients and
# covariances on the user's scale must be numbers).

#' Scales and centres within which squares have room for sums
#' @noRd
largest_scale <- 1e150

#' Moments of columns, also of those whose squares overflow or vanish: these are
#' taken in other units, by a power of two, which is exact
#' @noRd
safe_moments <- function(values, weights) {
  moments <- core_moments(values, weights)
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
  total <- sum(weights)
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
    abort("interrupted", "Interrupted before anything was fitted.", call)
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

#' Rows of a chunk so far from those before that sums of their powers overflow
#'
#' @param data Rows as the core takes them.
#' @param stream The stream that is to learn them.
#' @param rows Names of the rows, NULL for their numbers.
#' @noRd
check_far_rows <- function(data, stream, rows,
                           call = rlang::caller_env()) {
  parts <- data[c("gate", "expert", "response")]
  far <- logical()
  for (part in parts[!vapply(parts, is.null, NA)]) {
    if (is_far(part$values, min(part$scale))) {
      own <- abs(sweep(part$values, 2L, part$centre)) /
        rep(part$scale, each = nrow(part$values))
      far <- c(far, which(rowSums(own > farthest) > 0))
    }
  }
  if (length(data$offset) && is_far(data$offset, 1)) {
    far <- c(far, which(rowSums(abs(data$offset) > farthest) > 0))
  }
  if (length(data$weights) && is_far(data$weights, stream$pilot$weight)) {
    far <- c(far, which(data$weights > farthest * stream$pilot$weight))
  }
  if (length(far)) {
    refuse_rows(sort(unique(far)), rows, call)
  }
}

#' In standard deviations; the fourth power has room for sums
#' @noRd
farthest <- 1e60

#' @noRd
is_far <- function(values, scale) {
  max(values) > farthest * scale || min(values) < -farthest * scale
}

#' @noRd
refuse_rows <- function(at, rows, call = rlang::caller_env()) {
  names <- if (is.null(rows)) as.character(at) else as.character(rows[at])
  abort("extreme_values", c(
    "{cli::qty(length(names))}Row{?s} {some_of(names)} of this chunk
     {?holds/hold} values too extreme to be learnt.",
    "i" = "Nothing of the chunk is learnt, the stream is as it was. Leave
           {cli::qty(length(names))}{?this row/these rows} out."
  ), call)
}

#' Learn rows; a chunk that would bring the stream to numbers that are not finite
#' is refused, with the rows that did it
#' @noRd
learn_finite <- function(stream, data, rows, call = rlang::caller_env()) {
  model <- spec_model(stream$spec)
  learn <- function(data, refuse) {
    in_core(core_stream_learn(
      data, model, stream$core_control, stream$state
    ), call, refuse = refuse)
  }
  learn(data, function(text, call) {
    if (!is_overflow(text)) {
      refuse_stream(text, call)
    }
    refuse_rows(overflowing_rows(stream, data, learn), rows, call)
  })
}

#' @noRd
is_overflow <- function(text) startsWith(text, "state, after these rows")

#' Which rows bring a stream to numbers that are not finite: those of the first
#' minibatch after which it has some
#' @noRd
overflowing_rows <- function(stream, data, learn) {
  known <- 0
  bad <- nrow(data$gate$values)
  while (bad - known > 1) {
    middle <- (known + bad) %/% 2
    part <- learn(subset_data(data, seq_len(middle)), function(text, call) NULL)
    if (is.null(part)) bad <- middle else known <- middle
  }
  seq(max(1, bad - stream$core_control$minibatch + 1), bad)
}
