# Chunks that would bring a stream to numbers that are not finite.

#' Refuse rows of a chunk so far from those before that sums of their powers overflow
#'
#' @param data Rows as the core takes them.
#' @param stream The stream that is to learn them.
#' @param rows Names of the rows, NULL for their numbers.
#' @noRd
check_far_rows <- function(data, stream, rows,
                           call = rlang::caller_env()) {
  far <- far_rows(data, stream$pilot$weight)
  if (length(far)) {
    refuse_rows(far, rows, call)
  }
}

#' The numbers of such rows; `weight` is that of the rows before
#' @noRd
far_rows <- function(data, weight) {
  far <- integer()
  for (part in data[c("gate", "expert", "response")]) {
    if (!is.null(part) && is_far(part$values, min(part$scale))) {
      own <- abs(sweep(part$values, 2L, part$centre)) /
        rep(part$scale, each = nrow(part$values))
      far <- c(far, which(rowSums(own > farthest) > 0))
    }
  }
  if (length(data$offset) && is_far(data$offset, 1)) {
    far <- c(far, which(rowSums(abs(data$offset) > farthest) > 0))
  }
  if (length(data$weights) && is_far(data$weights, weight)) {
    far <- c(far, which(data$weights > farthest * weight))
  }
  sort(unique(far))
}

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
  check_state(stream, call)
  model <- spec_model(stream$spec)
  learn <- function(data, refuse) {
    in_core(core_stream_learn(
      data, model, stream$core_control, stream$state
    ), call, refuse = refuse)
  }
  learn(data, function(text, call) {
    if (!startsWith(text, "state, after these rows")) {
      refuse_stream(text, call)
    }
    refuse_rows(overflowing_rows(stream, data, learn), rows, call)
  })
}

#' Which rows bring a stream to numbers that are not finite: those of the first
#' minibatch after which it has some
#'
#' @param learn A function that learns rows and gives the new state.
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
