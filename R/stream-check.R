# Is a stream's state one that the core could have left? The core looks at shapes
# and finiteness of all that it reads; here is what numbers may be, for the core
# as for methods that read the state without it.

#' Refuse a stream with an impossible state
#'
#' @param stream A stream with its pilot fitted.
#' @noRd
check_state <- function(stream, call = rlang::caller_env()) {
  if (is_left(stream)) {
    return(invisible())
  }
  finding <- find_damage(check_stored_state(stream$state, stream$spec))
  if (!is.null(finding)) {
    refuse_stream(finding, call)
  }
}

#' @param state A stream's state.
#' @noRd
check_stored_state <- function(state, spec) {
  ensure(is.list(state) && !any(vapply(state, is.object, NA)), "its state")
  # All numbers at once: a stream that learns in turn with others pays for this.
  numbers <- unlist(state[names(state_least)])
  ensure(
    is.double(numbers) && identical(names(numbers), names(state_least)) &&
      all(is.finite(numbers)), "its counts"
  )
  fine <- numbers >= state_least & numbers <= state_most
  ensure(fine, names(numbers)[!fine][1L])
  for (name in c("starved", "floored")) {
    ensure(are_numbers(state[[name]], spec$k, 0, 1), name)
  }
  ensure(
    are_numbers(state$expert_weight, spec$k, 0) && sum(state$expert_weight) > 0,
    "expert_weight"
  )
  for (name in c("pending", "recent", "record")) {
    ensure(is_pending(state[[name]]) && all(is.finite(state[[name]])), name)
  }
  record <- state$record
  ensure(
    ncol(record) == 5L + spec$k && all(record[, -3L] >= 0) &&
      all(record[, 2L] > 0), "record"
  )
  outer <- state$score_outer
  ensure(
    is.matrix(outer) && all(diag(outer) >= 0) &&
      (numbers[["score_outer_weight"]] > 0 || all(outer == 0)), "score_outer"
  )
  for (name in c("gate_gram", "expert_gram")) {
    packed <- state[[name]]
    ensure(
      is.null(packed) || is.matrix(packed) &&
        all(packed[packed_diagonal(nrow(packed)), ] >= 0), name
    )
  }
  check_stored_parameters(state$theta, spec)
}

#' Where the diagonal of a symmetric matrix stands among its lower triangle
#'
#' @param size Numbers of the triangle.
#' @noRd
packed_diagonal <- function(size) {
  order <- floor((sqrt(8 * size + 1) - 1) / 2)
  cumsum(c(1, order:1))[seq_len(order)]
}

#' The least and the most that numbers of a state may be
#' @noRd
state_least <- c(
  sums_rows = 0, sums_weight = 0, judged = 0, averaged = 0, delay = 0,
  minibatches = 0, pilot_weight = 0, rows = 0, weight = 0, detector_seen = 0,
  detector_variance = 0, detector_sum = 0, extreme = 0, record_filled = 0,
  record_width = 1, trusted = 0, ahead = 0, rank = -1, score_outer_weight = 0,
  score_weight = 0,
  sums_log_likelihood = -Inf, advantage = -Inf, lead = -Inf,
  log_likelihood = -Inf, detector_mean = -Inf, cap_centre = -Inf
)

#' @noRd
state_most <- replace(state_least, seq_along(state_least), Inf)
state_most[c("trusted", "ahead")] <- 1
