# Findings of damage: how a check of a stored object says what is wrong, and how
# that is raised.

#' What a check finds, in words; NULL if all is well
#'
#' What lies inside may be of any type: an error on the way is a finding, too.
#' @noRd
find_damage <- function(check) {
  tryCatch(
    {
      check
      NULL
    },
    sgmoe_finding = function(finding) finding$what,
    error = function(error) "its parts are not of the types they had"
  )
}

#' @param finding What is wrong, in words.
#' @param remedy What to do, a sentence.
#' @noRd
refuse_damaged <- function(name, finding, remedy,
                           call = rlang::caller_env()) {
  abort("damaged", c(
    "This {name} is damaged: {finding}.",
    "i" = "Its fields are not meant to be changed. {remedy}"
  ), call)
}

#' @noRd
not_whole <- function(what) {
  stop(structure(
    class = c("sgmoe_finding", "error", "condition"),
    list(message = what, what = what, call = NULL)
  ))
}

#' Go on only if all of `fine` are true
#' @noRd
ensure <- function(fine, what) {
  if (!isTRUE(all(fine))) {
    not_whole(what)
  }
}

#' Refuse a stored frame in which something is missing or infinite
#'
#' Only where its rows are read: with many of them it takes its time.
#' @noRd
check_stored_rows <- function(model, call = rlang::caller_env()) {
  finding <- find_damage(ensure(all(vapply(model, is_whole_column, NA)), "model"))
  if (!is.null(finding)) {
    refuse_damaged("fit", finding, fit_remedy, call)
  }
}

#' A sum tells without looking at each
#' @noRd
is_whole_column <- function(column) {
  column <- unclass(column) # there is no sum of dates
  if (is.double(column)) {
    is.finite(sum(column)) || all(is.finite(column))
  } else {
    !anyNA(column)
  }
}

# What to do about a damaged fit.
fit_remedy <- "Fit again, or load it anew."
