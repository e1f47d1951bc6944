# Scores of predicted distributions.

#' @rdname score
#' @export
score.default <- function(object, ...) {
  abort("unsupported", c(
    "{.fn score} is for fits and streams of this package.",
    "x" = if (!missing(object)) "It got a value of type {kind_of(object)}.",
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
  if (length(p) || !is.numeric(p) && !is.null(p)) check_levels(p, call)
  draws <- check_number(draws, "draws", 2, TRUE, call, "argument", most = 1000000L)
  check_number(seed, "seed", -.Machine$integer.max, TRUE, call, "argument")
  check_flag(per_row, "per_row", call, "argument")
  if (is_chunk_source(newdata)) {
    return(if (per_row) {
      apply_to_chunks(
        score, match.call(), parent.frame(), object, newdata, "scores"
      )
    } else {
      in_memory(
        score_source(object, newdata, weights, p, draws, seed, call), call
      )
    })
  }
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
  weights <- if (is.null(weights)) {
    design$weights
  } else {
    check_new_weights(weights, newdata, design, call)
  }
  in_memory(
    {
      parts <- score_design(object, design, weights, p, draws, seed)
      if (per_row) {
        score_rows(parts$scored, parts$simulated, design)
      } else {
        settle_scores(score_sums(parts), call)
      }
    },
    call
  )
}

#' @rdname score
#' @export
score.sgmoe_stream <- function(object, newdata = NULL, ...) {
  require_pilot(object)
  require_newdata(newdata, "newdata", "score(stream, newdata)")
  score.sgmoe(stream_fit(object), newdata, ...)
}
