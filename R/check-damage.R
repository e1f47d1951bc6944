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
