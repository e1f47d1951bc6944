# Unknown arguments: what other packages call ours, and how to say so.

# Names that arguments have elsewhere, by the name that they have here.
foreign_names <- list(
  k = c("K", "G", "nclasses", "centers"),
  k_max = c("k", "K", "G", "nclasses", "centers"), # of select_experts()
  object = "formula",
  gate = c("concomitant", "gating"),
  starts = c("nrep", "nstart"),
  max_passes = c("maxit", "iter.max"),
  tolerance = "tol",
  ridge = "lambda",
  start = c("cluster", "labels"),
  history = "memory"
)

# The same of arguments of methods.
foreign_method_names <- list(
  p = c("probs", "prob", "quantiles", "quantile"), nsim = c("R", "B", "nboot"),
  level = c("conf.level", "conf", "conf_level", "ci"), vcov = "vcov.",
  newdata = c("data", "newx", "new_data"), conf.int = "conf_int",
  conf.level = c("level", "conf_level"), se_fit = "se.fit"
)

# Those of foreign_names that sgmoe() has; the others are settings.
arguments_of_fits <- c("k", "gate", "start")

#' The names of a function's arguments, except for the dots
#' @noRd
argument_names <- function(f) {
  setdiff(names(formals(f)), "...")
}

#' Refuse arguments that a function does not have, before they are evaluated
#'
#' @param given A list of arguments, or of their expressions.
#' @param known The arguments that the function has.
#' @param where The function's name.
#' @noRd
refuse_unknown <- function(given, known, where,
                           call = rlang::caller_env()) {
  names <- rlang::names2(given)
  if (!all(nzchar(names))) {
    abort("argument", c(
      "Settings of {.fn {where}} must be named.",
      "i" = "They are {.arg {known}}."
    ), call)
  }
  unknown <- setdiff(names, known)
  if (length(unknown) == 0L) {
    return(invisible())
  }
  hints <- as.character(unlist(lapply(unknown, argument_hint, known)))
  if (length(hints) < length(unknown)) {
    hints <- c(hints, if (length(known)) "It takes {.or {.arg {known}}}.")
  }
  abort("argument", c(
    "{.fn {where}} has no argument {.or {.arg {unknown}}}.",
    stats::setNames(hints, rep("i", length(hints)))
  ), call)
}

#' What a word that is no argument may stand for, as a bullet for cli, or NULL
#' @noRd
argument_hint <- function(word, known) {
  if (!validUTF8(word)) {
    return(NULL)
  }
  if (word == "seed") {
    return("Call {.code set.seed()} before, instead of giving {.arg seed}.")
  }
  own <- own_names(word, foreign_names)
  own <- c(intersect(own, known), own)[seq_len(min(1L, length(own)))]
  if (length(own) == 0L && length(known) == 0L) {
    return(NULL)
  }
  if (length(own) == 0L) {
    distance <- drop(utils::adist(word, known, ignore.case = TRUE))
    if (min(distance) > (nchar(word) + 1L) %/% 3L ||
      min(distance) >= nchar(word)) {
      return(NULL)
    }
    own <- known[[which.min(distance)]]
  } else if (!own %in% known) {
    return(paste0(
      "It is called {.arg ", own, "} here, and given to {.fn ",
      if (own %in% arguments_of_fits) "sgmoe" else "sgmoe_control", "}."
    ))
  }
  write_instead(own, word)
}

#' The first word of another package among the arguments that a method does not
#' have, as argument_hint() tells of it, or NULL
#'
#' @param words The unknown arguments.
#' @param known Those that the method has.
#' @noRd
method_hint <- function(words, known) {
  own <- intersect(own_names(words, foreign_method_names), known)
  if (length(own)) {
    write_instead(
      own[[1L]], intersect(words, foreign_method_names[[own[[1L]]]])[[1L]]
    )
  }
}

#' Our names of what has one of some words as its name elsewhere
#'
#' @param foreign A list of such words, by our names.
#' @noRd
own_names <- function(words, foreign) {
  names(foreign)[vapply(foreign, function(names) any(words %in% names), NA)]
}

#' @noRd
write_instead <- function(own, word) {
  paste0("Write {.arg ", own, "} in place of {.arg ", word, "}.")
}
