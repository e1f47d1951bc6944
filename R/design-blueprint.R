# What a fit keeps to build the same designs from new data, whatever the size
# of the data it was fitted to.

#' @param parts What parse_formulas() gave.
#' @param response What the family's read_response() gave.
#' @param arguments What find_argument() gave, by name.
#' @param raw Number of rows before any were dropped.
#' @noRd
new_blueprint <- function(parts, frame, family, response, data, arguments,
                          raw) {
  frame_terms <- attr(frame, "terms")
  env <- environment(frame_terms)
  variables <- attr(frame_terms, "variables")
  # What else is computed from a row; `subset` is for the data of the fit only.
  others <- arguments[c("offset", "weights")]
  columns <- c(
    find_columns(all.vars(variables), data, env, raw),
    unlist(unname(lapply(others, function(argument) {
      find_columns(all.vars(argument$expression), data, argument$frame, raw)
    })), recursive = FALSE)
  )
  columns <- columns[!duplicated(names(columns))]
  # A list given as data can hold constants beside the columns.
  beside <- setdiff(names(data), names(columns))
  if (!is.data.frame(data) && length(beside)) {
    env <- list2env(as.list(data)[beside], parent = env)
  }
  slim <- slim_environments(c(
    list(list(names = all.names(variables), from = env)),
    lapply(others, function(argument) {
      list(names = all.names(argument$expression), from = argument$frame)
    })
  ), names(columns))
  env <- slim$environments[[1L]]

  environment(frame_terms) <- env
  expert_terms <- inherit_terms(parts$expert, frame_terms)
  gate <- parts$gate %||% stats::terms(covariate_formula(expert_terms))
  factors <- Filter(
    function(name) is.factor(frame[[name]]),
    covariate_names(frame)
  )
  structure(list(
    terms = stats::delete.response(frame_terms),
    frame_terms = frame_terms,
    expert_terms = expert_terms,
    gate_terms = inherit_terms(gate, frame_terms),
    same = parts$same,
    xlevels = lapply(frame[factors], levels),
    # `end - start` chooses its unit by the values.
    units = Filter(Negate(is.null), lapply(frame, time_unit)),
    contrasts = list(),
    columns = columns,
    family = family,
    response_names = response$names,
    response_kind = response$kind,
    # What predicted labels have as levels, those without rows included.
    response_levels = response$levels,
    response_order = is.ordered(frame[[1L]]),
    response_call = parts$expert[[2L]],
    expert_intercept = attr(parts$expert, "intercept") == 1L,
    gate_intercept = attr(gate, "intercept") == 1L,
    offset = keep_argument(others$offset, slim$environments$offset),
    weights = keep_argument(others$weights, slim$environments$weights),
    left_out = slim$left_out
  ), class = "sgmoe_blueprint")
}

#' An argument that later rows repeat; no expression if it was given as values
#' @noRd
keep_argument <- function(argument, environment) {
  if (!is.null(argument$value)) {
    list(
      expression = if (is.language(argument$expression)) argument$expression,
      environment = environment
    )
  }
}

#' The variables that are columns (as long as the data), with type and levels
#'
#' The other variables of a formula are constants, such as spline knots.
#' @noRd
find_columns <- function(names, data, env, rows) {
  names <- unique(names)
  columns <- lapply(names, function(name) {
    value <- if (name %in% names(data)) {
      data[[name]]
    } else if (exists(name, env)) {
      get(name, env)
    }
    if (!is.null(value) && !is.function(value) && NROW(value) == rows) {
      describe_column(value)
    }
  })
  names(columns) <- names
  Filter(Negate(is.null), columns)
}

#' What new data must have in common with a column
#' @noRd
describe_column <- function(value) {
  list(
    kind = kind_of(value), levels = levels(value), units = time_unit(value),
    names = if (is.numeric(value)) colnames(value)
  )
}

#' The unit of a time difference; NULL of anything else
#' @noRd
time_unit <- function(value) {
  if (inherits(value, "difftime")) units(value)
}

#' A time difference in the unit of the fit
#' @noRd
match_unit <- function(value, unit) {
  if (!is.null(unit) && inherits(value, "difftime")) {
    units(value) <- unit
  }
  value
}

#' A part's terms with the variables, types and environment of the whole frame
#' @noRd
inherit_terms <- function(part, frame_terms) {
  names <- variable_names(part)
  at <- match(names, variable_names(frame_terms))
  attr(part, "predvars") <- attr(frame_terms, "predvars")[c(1L, at + 1L)]
  attr(part, "dataClasses") <- attr(frame_terms, "dataClasses")[names]
  environment(part) <- environment(frame_terms)
  part
}

#' The right-hand side of terms, without offsets
#'
#' Put together from the variables as expressions: as text, `(a > 1) + b` would
#' become `a > 1 + b`.
#' @noRd
covariate_formula <- function(terms) {
  variables <- lapply(variable_calls(terms), in_parentheses)
  factors <- attr(terms, "factors")
  parts <- lapply(seq_along(attr(terms, "term.labels")), function(j) {
    Reduce(function(a, b) call(":", a, b), variables[factors[, j] > 0])
  })
  if (!length(parts)) {
    parts <- list(1)
  }
  sum <- Reduce(function(a, b) call("+", a, b), parts)
  if (!attr(terms, "intercept")) {
    sum <- call("-", sum, 1)
  }
  stats::as.formula(call("~", sum), env = environment(terms))
}

#' A comparison in parentheses, so that a formula with it reads as it is meant
#' @noRd
in_parentheses <- function(expression) {
  loose <- c("<", ">", "<=", ">=", "==", "!=", "!", "&", "|", "&&", "||")
  if (is.call(expression) && is.symbol(expression[[1L]]) &&
    as.character(expression[[1L]]) %in% loose) {
    call("(", expression)
  } else {
    expression
  }
}
