# Evaluating the model frame, and finding out why that failed.

#' Evaluate an argument that may name columns of `data`
#'
#' `do.call()` hands over values instead of expressions; these pass unchanged.
#'
#' @param argument What locate_argument() gives, or NULL.
#' @param parts The formulas, from parse_formulas().
#' @return list(value, expression, frame: where the expression is evaluated)
#' @noRd
find_argument <- function(argument, data, parts, call = rlang::caller_env()) {
  expression <- argument$expression
  env <- argument$env
  if (!is.language(expression)) {
    return(list(value = expression, expression = expression, frame = env))
  }
  formula_env <- environment(parts$expert)
  if (!is.null(argument$value) && !any(all.vars(expression) %in% names(data))) {
    return(list(
      value = argument$value, expression = expression, frame = formula_env
    ))
  }
  frame <- if (length(absent_variables(expression, data, env))) {
    formula_env
  } else {
    env
  }
  value <- tryCatch(eval(expression, data, frame), error = identity)
  if (inherits(value, "error") || is.function(value)) {
    text <- deparse1(expression)
    refuse_absent(
      blamed_variables(expression, data, frame), names(data), "data", call
    )
    abort("variable", c(
      "{.code {text}} cannot be evaluated.",
      "x" = if (!is.function(value)) "{conditionMessage(value)}"
    ), call)
  }
  list(value = value, expression = expression, frame = frame)
}

#' Evaluate without R's warning that an argument of a function, which could not be
#' evaluated, is tried again
#' @noRd
without_restarts <- function(expression) {
  again <- gettext("restarting interrupted promise evaluation", domain = "R")
  withCallingHandlers(expression, warning = function(warning) {
    if (identical(conditionMessage(warning), again)) {
      invokeRestart("muffleWarning")
    }
  })
}

#' Check `subset`, `weights` and `offset` against the rows of the response
#'
#' @param arguments What find_argument() gives, by name.
#' @param parts The formulas, from parse_formulas().
#' @noRd
check_arguments <- function(arguments, parts, data,
                            call = rlang::caller_env()) {
  values <- lapply(arguments, `[[`, "value")
  if (all(vapply(values, is.null, NA))) {
    return(values)
  }
  response <- tryCatch(
    suppressWarnings(
      eval(parts$expert[[2L]], data, environment(parts$terms))
    ),
    error = function(error) NULL
  )
  if (is.null(response) || is.function(response)) {
    return(values) # evaluating the frame will say what is wrong
  }
  rows <- NROW(response)
  check_row_values(values$weights, "weights", rows, call)
  check_row_values(values$offset, "offset", rows, call)
  values$weights <- if (!is.null(values$weights)) as.double(values$weights)
  values$subset <- check_subset(values$subset, rows, data, call)
  values$rows <- rows
  values
}

#' A subset without NA: a row whose condition is NA is left out
#' @noRd
check_subset <- function(subset, rows, data, call = rlang::caller_env()) {
  if (is.null(subset)) {
    return(NULL)
  }
  if (is.logical(subset)) {
    if (!length(subset) %in% c(1L, rows)) {
      abort("subset", c(
        "A logical {.arg subset} must have one value for each row of the data.",
        "x" = "It has {length(subset)} value{?s} for {rows} row{?s}."
      ), call)
    }
    return(subset & !is.na(subset))
  }
  if (is.character(subset) && is.data.frame(data)) {
    unknown <- setdiff(subset, row.names(data))
    if (length(unknown)) {
      abort("subset", c(
        "{.arg subset} asks for rows that do not exist.",
        "x" = "No row has the name {.val {some_of(unknown, ' or ')}}."
      ), call)
    }
    return(subset)
  }
  if (!is.numeric(subset)) {
    abort("subset", c(
      "{.arg subset} must be logical, or hold row numbers or row names.",
      "x" = "It is of type {kind_of(subset)}."
    ), call)
  }
  subset <- subset[!is.na(subset)]
  if (any(subset < 0) && any(subset > 0)) {
    abort("subset", c(
      "{.arg subset} mixes positive and negative row numbers.",
      "i" = "Give the rows to use, or with a minus those to leave out."
    ), call)
  }
  outside <- subset[abs(subset) > rows]
  if (length(outside)) {
    abort("subset", c(
      "{.arg subset} asks for rows that do not exist.",
      "x" = "It asks for row {outside[[1L]]} of {rows}."
    ), call)
  }
  subset
}

#' The numbers of the rows that a checked subset takes
#' @noRd
subset_rows <- function(subset, rows, data) {
  if (is.null(subset)) {
    return(seq_len(rows))
  }
  if (is.character(subset)) {
    return(match(subset, row.names(data)))
  }
  seq_len(rows)[subset]
}

#' `model.frame()` with NA kept, and with errors that name the culprit
#'
#' The values of the other arguments are inlined: `model.frame()` would look
#' for names in its own way.
#'
#' @param left_out Names that were not kept with the formula.
#' @noRd
evaluate_frame <- function(terms, data, subset = NULL, weights = NULL,
                           offset = NULL, where = "data", family = NULL,
                           left_out = NULL, call = rlang::caller_env()) {
  frame_call <- as.call(list(
    quote(stats::model.frame),
    formula = terms, data = quote(data),
    subset = subset, na.action = quote(stats::na.pass), weights = weights,
    offset = offset
  ))
  tryCatch(eval(frame_call), error = function(error) {
    explain_frame_error(error, terms, data, where, family, left_out, call)
  })
}

#' Find the variable that `model.frame()` failed on
#'
#' @param error What model.frame() raised.
#' @param left_out Names that were not kept with the formula.
#' @noRd
explain_frame_error <- function(error, terms, data, where, family, left_out,
                                call = rlang::caller_env()) {
  env <- environment(terms)
  expressions <- attr(terms, "predvars") %||% attr(terms, "variables")
  expressions <- as.list(expressions)[-1L]
  names <- variable_names(terms)
  values <- lapply(expressions, function(expression) {
    tryCatch(
      suppressWarnings(eval(expression, data, env)),
      error = identity
    )
  })
  failed <- vapply(values, function(value) {
    inherits(value, "error") || is.function(value)
  }, NA)
  if (any(failed)) {
    absent <- lapply(expressions[failed], blamed_variables, data, env)
    absent <- unique(unlist(absent))
    refuse_left_out(intersect(absent, left_out), call)
    refuse_absent(absent, names(data), where, call)
    first <- which(failed)[[1L]]
    abort("variable", c(
      "{.code {names[[first]]}} cannot be computed from {.arg {where}}.",
      "x" = "{conditionMessage(values[[first]])}"
    ), call)
  }
  response <- attr(terms, "response")
  for (i in seq_along(values)) {
    if (i == response) {
      choose_family(values[[i]], names[[i]], family, call)
    } else {
      check_covariate(values[[i]], names[[i]], call)
    }
  }
  rows <- vapply(values, NROW, 0L)
  differs <- which(rows != rows[[1L]])
  if (length(differs)) {
    abort("variable_length", c(
      "All variables must have the same number of rows.",
      "x" = "{.code {names[[differs[[1L]]]]}} has {rows[[differs[[1L]]]]},
             {.code {names[[1L]]}} has {rows[[1L]]}."
    ), call)
  }
  abort("formula", c(
    "The model frame cannot be built from {.arg {where}}.",
    "x" = "{conditionMessage(error)}"
  ), call)
}

#' Variables of an expression that are neither in the data nor visible; a
#' function of that name (`df`, `t`) is no variable
#' @noRd
absent_variables <- function(expression, data, env) {
  Filter(function(name) {
    value <- if (exists(name, env)) {
      tryCatch(get(name, env), error = function(error) identity)
    } else {
      identity
    }
    is.function(value)
  }, setdiff(all.vars(expression), names(data)))
}

#' Absent variables because of which an expression failed
#'
#' A name that is a function elsewhere may well be meant as one: `contr.sum` in
#' `C(x, contr.sum)`. It is to blame only if a column of that name would help. An
#' argument of a function that cannot be evaluated is there, and says itself why.
#' @noRd
blamed_variables <- function(expression, data, env) {
  absent <- Filter(function(name) {
    tryCatch(
      {
        exists(name, env, mode = "function")
        TRUE
      },
      error = function(error) FALSE
    )
  }, absent_variables(expression, data, env))
  functions <- vapply(absent, exists, NA, envir = env, mode = "function")
  if (!all(functions)) {
    return(absent[!functions])
  }
  rows <- if (length(data)) NROW(data[[1L]]) else 3L
  Filter(function(name) {
    columns <- c(as.list(data), stats::setNames(list(seq_len(rows)), name))
    tryCatch(
      !is.function(suppressWarnings(eval(expression, columns, env))),
      error = function(error) FALSE
    )
  }, absent)
}

#' @param absent Names that were not found.
#' @param available Names that there are.
#' @noRd
refuse_absent <- function(absent, available, where,
                          call = rlang::caller_env()) {
  if (length(absent) == 0L) {
    return(invisible())
  }
  distance <- drop(utils::adist(absent[[1L]], available, ignore.case = TRUE))
  close <- available[distance <= nchar(absent[[1L]]) %/% 3L]
  several <- length(absent) > 1L
  abort("missing_column", c(
    if (is.null(available)) {
      "There {if (several) 'are no variables' else 'is no variable'}
       {.var {some_of(absent)}}, and no {.arg data}."
    } else {
      "{if (several) 'Columns' else 'Column'} {.var {some_of(absent)}}
       {if (several) 'are' else 'is'} missing from {.arg {where}}."
    },
    "x" = if (where == "data" && !is.null(available)) {
      "No {if (several) 'variables' else 'variable'} of
       {if (several) 'these names' else 'this name'} can be found elsewhere
       either."
    },
    "i" = if (length(close)) {
      "Did you mean {.var {some_of(close, ' or ')}}?"
    } else if (length(available)) {
      "{.arg {where}} has {.var {some_of(available)}}."
    }
  ), call)
}
