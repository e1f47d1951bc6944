# Contrasts that a call asks for.

#' The contrasts that were asked for, a list by variable, as `lm()` takes it
#' @noRd
check_contrasts <- function(contrasts, frame, env, call = rlang::caller_env()) {
  factors <- Filter(function(name) {
    is.factor(frame[[name]]) || is.logical(frame[[name]])
  }, covariate_names(frame))
  check_default_contrasts(frame[setdiff(factors, names(contrasts))], call)
  if (is.null(contrasts)) {
    return(NULL)
  }
  if (!is.list(contrasts) || is.null(names(contrasts)) ||
    !all(nzchar(names(contrasts)))) {
    abort("contrasts", c(
      "{.arg contrasts} must be a named list.",
      "x" = "It is of type {kind_of(contrasts)}.",
      "i" = "For instance {.code contrasts = list(x = \"contr.sum\")}."
    ), call)
  }
  unknown <- setdiff(names(contrasts), factors)
  if (length(unknown)) {
    abort("contrasts", c(
      "{.arg contrasts} names {.var {some_of(unknown)}},
       {cli::qty(length(unknown))}which {?is not a factor/are not factors} of the
       model.",
      "i" = if (length(factors)) "Its factors are {.var {some_of(factors)}}."
    ), call)
  }
  for (name in names(contrasts)) {
    contrasts[[name]] <- check_contrast(
      contrasts[[name]], name, levels(as.factor(frame[[name]])), env, call
    )
  }
  contrasts
}

#' The contrasts of factors that are given none, tried: those of the columns
#' themselves, or of the session
#' @noRd
check_default_contrasts <- function(factors, call = rlang::caller_env()) {
  for (name in names(factors)) {
    values <- factors[[name]]
    if (is.logical(values)) {
      values <- factor(c(FALSE, TRUE))
    }
    tryCatch(stats::contrasts(values), error = function(error) {
      abort("contrasts", c(
        "The contrasts of factor {.var {name}} cannot be made.",
        "x" = "{conditionMessage(error)}",
        "i" = "Look at {.code getOption(\"contrasts\")}, or give {.arg contrasts}
               of this factor."
      ), call)
    })
  }
}

#' One factor's contrasts, tried on the factor
#'
#' A function's name that only the caller knows would mean nothing for new data:
#' its matrix is kept.
#' @noRd
check_contrast <- function(value, name, levels, env,
                           call = rlang::caller_env()) {
  if (is.character(value) && length(value) == 1L &&
    !exists(value, asNamespace("stats"), mode = "function")) {
    own <- get0(value, env, mode = "function")
    value <- if (is.null(own)) value else own(levels)
  }
  tryCatch(
    {
      tried <- factor(levels, levels)
      stats::contrasts(tried) <- value
      stats::contrasts(tried)
      value
    },
    error = function(error) {
      abort("contrasts", c(
        "{.arg contrasts} of factor {.var {name}} cannot be used.",
        "x" = "{conditionMessage(error)}",
        "i" = "Give the name of a function, such as \"contr.sum\", or a matrix
               with {length(levels)} rows, one for each level used."
      ), call)
    }
  )
}
