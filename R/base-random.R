# Random numbers: seeds, and leaving the session's generator as it was.

#' Seeds for draws, from the random numbers as they are or from a seed
#' @noRd
draw_seeds <- function(n, seed = NULL) {
  with_seed(seed, sample.int(.Machine$integer.max, n))$value
}

#' Evaluate with a seed, and put the state of the random numbers back; without a
#' seed, go on from where they are
#'
#' @param expression What is evaluated.
#' @param kind Arguments of set.seed() that choose a generator; the session's by
#'   default.
#' @return list(value, state: what simulate() keeps of the state before).
#' @noRd
with_seed <- function(seed, expression, kind = list()) {
  existed <- exists(".Random.seed", globalenv(), inherits = FALSE)
  if (!existed) {
    stats::runif(1L)
  }
  before <- get(".Random.seed", globalenv())
  state <- before
  if (!is.null(seed)) {
    on.exit(if (existed) {
      assign(".Random.seed", before, globalenv())
    } else {
      rm(".Random.seed", envir = globalenv())
    })
    do.call(set.seed, c(list(seed), kind))
    state <- structure(seed, kind = as.list(RNGkind()))
  }
  list(value = expression, state = state)
}
