# Random numbers: seeds, and leaving the session's generator as it was.

#' Seeds for draws, from the random numbers as they are or from a seed
#' @noRd
draw_seeds <- function(n, seed = NULL) {
  with_seed(seed, sample.int(.Machine$integer.max, n))$value
}

#' Call a function with random numbers from a seed, whatever generator the
#' session has, which then goes on where it was
#' @noRd
with_own_seed <- function(seed, work) {
  global <- globalenv()
  before <- global$.Random.seed
  on.exit(if (is.null(before)) {
    rm(".Random.seed", envir = global)
  } else {
    global$.Random.seed <- before
  })
  set.seed(seed, "Mersenne-Twister", "Inversion", "Rejection")
  work()
}

#' Evaluate with a seed, and put the state of the random numbers back; without a
#' seed, go on from where they are
#'
#' @return list(value, state: what simulate() keeps of the state before).
#' @noRd
with_seed <- function(seed, expression) {
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
    set.seed(seed)
    state <- structure(seed, kind = as.list(RNGkind()))
  }
  list(value = expression, state = state)
}
