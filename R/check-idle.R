# Arguments that have no effect in the mode that is asked for: they are refused,
# as those that a function does not have. Whoever gives them expects something.

#' Refuse arguments that were given where they have no effect
#'
#' @param given Which were given where they have none, logical, by name.
#' @param use What they are for, a bullet for cli.
#' @noRd
refuse_idle <- function(given, use, call = rlang::caller_env()) {
  idle <- names(given)[given]
  if (length(idle)) {
    abort("argument", c(
      "{.arg {idle}} {?has/have} no effect here.",
      "i" = use
    ), call)
  }
  invisible()
}

#' Refuse clusters for a covariance that does not look at them
#'
#' @param cluster As in vcov().
#' @noRd
refuse_idle_cluster <- function(cluster, type, call = rlang::caller_env()) {
  refuse_idle(
    c(cluster = !is.null(cluster) && !type %in% clustered_types),
    "It is for {.code type = \"sandwich\"} and {.code type = \"opg\"}.", call
  )
}

#' Refuse a level where no interval is asked for
#'
#' @param given Was it given? By its name.
#' @noRd
refuse_idle_level <- function(given, interval, call = rlang::caller_env()) {
  use <- "It is for intervals: give {.arg interval}, too."
  refuse_idle(given & has_no_interval(interval), use, call)
}

# Covariances made of the rows' scores, which clusters sum up.
clustered_types <- c("opg", "sandwich")

#' Is no interval asked for? Anything else is checked elsewhere
#'
#' @param interval As in predict(); both choices if it was not given.
#' @noRd
has_no_interval <- function(interval) {
  is.character(interval) && identical(interval[1L], "none")
}
