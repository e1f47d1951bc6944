# Work on many items, side by side where the session asks for it.

# Whatever the session has, and whatever workers have.
own_generator <- list("Mersenne-Twister", "Inversion", "Rejection")

#' Apply `work` to every item; results in the order of the items
#'
#' Each item has a seed of its own, drawn before, so that results do not depend
#' on the number of workers, and the session's random numbers go on as if the
#' items had drawn none. Items run side by side if future.apply is there and a
#' plan other than sequential is set.
#'
#' @param items A list or vector.
#' @param work A function of an item. What it refers to goes to the workers.
#' @param seeds A seed for each item.
#' @noRd
map_parallel <- function(items, work, seeds = draw_seeds(length(items))) {
  pairs <- Map(list, items, seeds)
  simd <- getOption("sgmoe.simd")
  one <- function(pair) {
    with_simd(simd, with_seed(pair[[2L]], work(pair[[1L]]), own_generator)$value)
  }
  if (length(items) < 2L || !has_workers() || !has_package("future.apply")) {
    return(lapply(pairs, one))
  }
  # The seeds are ours: future is not to look after random numbers.
  future.apply::future_lapply(
    pairs, one,
    future.seed = NULL, future.packages = "sgmoe", future.scheduling = Inf
  )
}

#' Does the session want work to run side by side?
#' @noRd
has_workers <- function() {
  # A plan that nobody set needs no package to be loaded for it.
  isNamespaceLoaded("future") && !inherits(future::plan(), "sequential")
}
