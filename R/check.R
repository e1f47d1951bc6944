# Checks of single arguments.

#' @param whole Must it be a whole number?
#' @param hint A bullet on what to do, or NULL.
#' @noRd
check_number <- function(value, name, least, whole = FALSE,
                         call = rlang::caller_env(), what = "control",
                         most = if (whole) .Machine$integer.max else Inf,
                         hint = NULL) {
  if (missing(value)) {
    abort(what, "{.arg {name}} must be given.", call)
  }
  number <- is.numeric(value) && length(value) == 1L && is.finite(value)
  fine <- number && value >= least && value <= most &&
    (!whole || value == round(value))
  if (!fine) {
    range <- if (number && value > most) {
      paste("at most", format(most))
    } else {
      paste("at least", format(least))
    }
    abort(what, c(
      "{.arg {name}} must be a {if (whole) 'whole '}number of {range}.",
      "x" = "It is {describe_value(value)}.",
      "i" = hint
    ), call)
  }
  as.double(value)
}

#' @param choices The values allowed, the first the default.
#' @param hint A bullet on what to do, or NULL.
#' @noRd
check_choice <- function(value, name, choices, call = rlang::caller_env(),
                         what = "control", hint = NULL) {
  if (identical(value, choices)) {
    return(choices[[1L]])
  }
  if (!is.character(value) || length(value) != 1L || !value %in% choices) {
    abort(what, c(
      "{.arg {name}} must be one of {.or {.val {choices}}}.",
      "x" = "It is {describe_value(value)}.",
      "i" = if (are_words(value, 1L)) {
        did_you_mean(value, choices)
      },
      "i" = hint
    ), call)
  }
  value
}

#' One or more of some words
#'
#' @param choices These words.
#' @noRd
check_some <- function(value, name, choices, call = rlang::caller_env()) {
  if (!are_words(value) || length(value) == 0L || !all(value %in% choices)) {
    abort("argument", c(
      "{.arg {name}} must be some of {.val {choices}}.",
      "x" = "It is {describe_value(value)}."
    ), call)
  }
  value
}

#' A hint at the choice that a word is nearest to, or NULL
#' @noRd
did_you_mean <- function(word, choices) {
  if (is.na(word) || !validUTF8(word)) {
    return()
  }
  begun <- choices[startsWith(choices, word)]
  if (length(begun) == 1L && nchar(word) > 1L) {
    return(paste0("Did you mean \"", begun, "\"?"))
  }
  distance <- drop(utils::adist(word, choices, ignore.case = TRUE))
  if (min(distance) <= max(1, nchar(word) %/% 4L) &&
    min(distance) < nchar(word)) {
    paste0("Did you mean \"", choices[[which.min(distance)]], "\"?")
  }
}

#' @noRd
check_flag <- function(value, name, call = rlang::caller_env(),
                       what = "control") {
  if (!is.logical(value) || length(value) != 1L || is.na(value)) {
    abort(what, c(
      "{.arg {name}} must be TRUE or FALSE.",
      "x" = "It is {describe_value(value)}."
    ), call)
  }
  value
}

#' One level of intervals
#' @noRd
check_level <- function(level, name, call = rlang::caller_env()) {
  if (!are_numbers(level, 1L) || level <= 0 || level >= 1) {
    abort("argument", c(
      "{.arg {name}} must be one number between 0 and 1, such as 0.95.",
      "x" = "It is {describe_value(level)}.",
      "i" = if (length(level) > 1L) {
        "Ask for one level after another."
      } else if (are_numbers(level, 1L, 50, 99.999)) {
        "In percent {.arg {name}} would be {level}: write {level / 100}."
      }
    ), call)
  }
  level
}

#' A seed of random numbers, or NULL
#' @noRd
check_seed <- function(seed, call = rlang::caller_env()) {
  if (!is.null(seed)) {
    check_number(seed, "seed", -.Machine$integer.max, TRUE, call, "argument")
  }
}

#' A value as a message shows it
#' @noRd
describe_value <- function(value) {
  if (is.atomic(value) && length(value) == 1L) {
    quote <- if (is.character(value)) "\"" else ""
    return(encodeString(format(value), quote = quote))
  }
  paste0("of type ", kind_of(value), ", length ", length(value))
}

# Arguments by which other packages ask for standard errors and intervals.
inference_arguments <- c(
  "conf.int", "conf.level", "exponentiate", "interval", "level", "se", "se_fit",
  "se.fit"
)

#' Refuse the arguments in `...`, of a method that has none; `where` is its
#' generic
#' @noRd
refuse_dots <- function(dots, where, call = rlang::caller_env()) {
  if (length(dots) == 0L) {
    return(invisible())
  }
  unknown <- rlang::names2(dots)
  own <- method_hint(unknown, argument_names(sys.function(sys.parent())))
  inference <- is.null(own) && any(unknown %in% inference_arguments)
  abort(if (inference) "unsupported" else "argument", c(
    if (all(nzchar(unknown))) {
      "{.fn {where}} has no argument {.or {.arg {unknown}}} here."
    } else {
      "{.fn {where}} has only named arguments here."
    },
    "i" = if (inference) {
      "Standard errors and intervals of coefficients are in {.fn vcov},
       {.fn confint} and {.code tidy(fit, conf.int = TRUE)}."
    } else {
      own
    },
    "i" = if (!inference) "See {.code ?{help_page(where)}}."
  ), call)
}

#' Where the help on a method is: that of a generic alone is R's
#' @noRd
help_page <- function(generic) {
  if (generic == "as.hclust") {
    return("expert_dendrogram")
  }
  paste0(generic, ".sgmoe")
}
