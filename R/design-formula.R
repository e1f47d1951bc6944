# Reading the formulas of experts and gate.

#' Terms of the experts, of the gate, and of the frame they share
#'
#' `same` says that both parts have the same columns, so that one matrix serves
#' both.
#' @noRd
parse_formulas <- function(formula, gate, data, env,
                           call = rlang::caller_env()) {
  check_formula(formula, call)
  check_bars(formula[[3L]], "formula", call)
  same <- is.null(gate)
  if (!same) {
    check_gate(gate, call)
    check_bars(gate[[2L]], "gate", call)
  }
  formula <- plain_formula(formula, env)
  response <- formula[[2L]]
  visible <- setdiff(names(data), all.vars(response))
  expert <- expand_terms(formula, visible, "formula", call)
  if (length(attr(expert, "factors")) && any(attr(expert, "factors")[1L, ])) {
    abort("formula", c(
      "{.arg formula} has its response on the right-hand side, too.",
      "x" = "It is {.code {variable_names(expert)[[1L]]}}."
    ), call)
  }
  if (!same) {
    gate <- expand_terms(plain_formula(gate, env), visible, "gate", call)
    if (length(attr(gate, "offset"))) {
      abort("gate_offset", c(
        "An offset in {.arg gate} is not supported.",
        "x" = "Found {.code {variable_names(gate)[attr(gate, 'offset')[1L]]}}.",
        "i" = "Put it in {.arg formula} to offset the experts' means."
      ), call)
    }
    if (variable_names(expert)[[1L]] %in% variable_names(gate)) {
      abort("gate", c(
        "{.arg gate} must not contain the response.",
        "x" = "It contains {.code {variable_names(expert)[[1L]]}}.",
        "i" = "A gate is computed before the response is known."
      ), call)
    }
    same <- identical(term_signature(gate), term_signature(expert))
  }
  variables <- variable_calls(expert)[-1L]
  if (!same) {
    variables <- unique(c(variables, variable_calls(gate)))
  }
  refuse_reserved(variables, call)
  right <- Reduce(function(a, b) call("+", a, b), c(list(1), variables))
  frame <- eval(call("~", response, right))
  environment(frame) <- joint_environment(expert, gate, if (is.null(data)) env)
  list(
    expert = expert, gate = if (!same) gate, same = same,
    terms = stats::terms(frame)
  )
}

#' Refuse covariates with names that formulas and model frames have uses of their
#' own for
#'
#' @param variables Calls.
#' @noRd
refuse_reserved <- function(variables, call = rlang::caller_env()) {
  if (any(vapply(variables, identical, NA, quote(.)))) {
    abort("formula", c(
      "A covariate cannot be called {.var .}, which is short for all others.",
      "i" = "Rename this column of {.arg data}."
    ), call)
  }
  taken <- intersect(c("(weights)", "(offset)"), unlist(lapply(variables, all.vars)))
  if (length(taken)) {
    abort("formula", c(
      "A covariate cannot be called {.var {taken[[1L]]}}, as a model frame calls its
       {gsub('[()]', '', taken[[1L]])}.",
      "i" = "Rename this column of {.arg data}."
    ), call)
  }
}

#' @noRd
check_formula <- function(formula, call = rlang::caller_env()) {
  hint <- c("i" = "Write {.code response ~ covariates}.")
  if (!inherits(formula, "formula")) {
    abort("formula", c(
      "{.arg formula} must be a formula.",
      "x" = "It is of type {kind_of(formula)}.", hint
    ), call)
  }
  if (length(formula) < 3L) {
    abort("formula", c(
      "{.arg formula} has no response.",
      "x" = "It is {.code {deparse1(formula)}}.", hint
    ), call)
  }
}

#' Refuse `|` between terms
#'
#' `terms()` takes it for the logical "or", which is meant inside functions
#' only, as in `I(a | b)`.
#' @noRd
check_bars <- function(right, argument, call = rlang::caller_env()) {
  bar <- find_bar(right)
  if (is.null(bar)) {
    return(invisible())
  }
  abort("formula", c(
    "{.arg {argument}} has a {.code |} between its terms:
     {.code {deparse1(bar)}}.",
    "x" = "Random effects and conditioning are not supported.",
    "i" = if (argument == "formula") {
      "For a gate with other covariates, write
       {.code gate = ~ {deparse1(bar[[3L]])}}; for an effect of each group, add
       the group as a factor."
    } else {
      "Join covariates by {.code +}."
    }
  ), call)
}

#' The first `|` that is not an argument of a function
#' @noRd
find_bar <- function(expression) {
  parts <- operands(expression, c("(", "+", "-", "*", "/", ":", "^", "%in%"))
  Find(function(part) is_call_of(part, c("|", "||")), parts)
}

#' @noRd
is_call_of <- function(expression, names) {
  is.call(expression) && is.symbol(expression[[1L]]) &&
    as.character(expression[[1L]]) %in% names
}

#' What operators join, from left to right
#'
#' Without recursion: a sum of some hundred terms is as deep, and would overflow R's
#' stack.
#' @param operators Names of operators and functions that are looked into.
#' @noRd
operands <- function(expression, operators) {
  found <- list()
  waiting <- list(expression)
  while (length(waiting)) {
    last <- length(waiting)
    part <- waiting[[last]]
    waiting <- waiting[-last]
    if (is_call_of(part, operators)) {
      waiting <- c(waiting, rev(as.list(part)[-1L]))
    } else {
      found <- c(found, list(part))
    }
  }
  found
}

#' @noRd
check_gate <- function(gate, call = rlang::caller_env()) {
  if (!inherits(gate, "formula") || length(gate) != 2L) {
    found <- if (inherits(gate, "formula")) {
      "It has a left-hand side: {.code {deparse1(gate)}}."
    } else {
      "It is of type {kind_of(gate)}."
    }
    abort("gate", c(
      "{.arg gate} must be a one-sided formula, or NULL for the covariates of
       the experts.",
      "x" = found, "i" = "Write, for instance, {.code gate = ~ x}."
    ), call)
  }
}

#' A formula with an environment, and without references to source files
#' @noRd
plain_formula <- function(formula, env) {
  formula <- stats::formula(formula)
  if (is.null(environment(formula))) {
    environment(formula) <- env
  }
  if ("function" %in% all.names(formula)) {
    formula <- utils::removeSource(formula)
  }
  formula
}

#' `terms()`, where `.` stands for the columns in `visible`
#'
#' @param argument The argument that holds the formula.
#' @noRd
expand_terms <- function(formula, visible, argument,
                         call = rlang::caller_env()) {
  columns <- if (length(visible)) {
    structure(
      rep(list(logical()), length(visible)),
      names = visible, class = "data.frame", row.names = integer()
    )
  }
  tryCatch(terms_in_use(formula, columns), error = function(error) {
    abort("formula", c(
      "{.arg {argument}} cannot be read: {.code {deparse1(formula)}}.",
      "x" = "{conditionMessage(error)}",
      "i" = if ("." %in% all.vars(formula) && is.null(columns)) {
        "{.code .} stands for the columns of {.arg data}."
      }
    ), call)
  })
}

#' `terms()` of the variables that are in some term: not of `id` in `y ~ . - id`
#' @noRd
terms_in_use <- function(formula, columns) {
  terms <- stats::terms(formula, data = columns)
  factors <- attr(terms, "factors")
  used <- seq_along(variable_calls(terms)) %in%
    c(attr(terms, "response"), attr(terms, "offset"))
  if (length(factors)) {
    used <- used | rowSums(factors > 0) > 0
  }
  if (all(used)) {
    return(terms)
  }
  stats::terms(stats::formula(
    stats::terms(formula, data = columns, simplify = TRUE)
  ))
}

#' The columns that formulas and expressions may need, or NULL for all: a dot stands
#' for all
#'
#' @param expressions A list.
#' @noRd
columns_named <- function(expressions) {
  used <- unique(unlist(lapply(expressions, all.vars)))
  if (!"." %in% used) used
}

#' The calls in a terms object's `variables`, and their names in a model frame
#' @noRd
variable_calls <- function(terms) {
  as.list(attr(terms, "variables"))[-1L]
}

#' @noRd
variable_names <- function(terms) {
  # As stats::model.frame.default() names the columns.
  vapply(variable_calls(terms), function(variable) {
    text <- deparse(
      variable,
      width.cutoff = 500L,
      backtick = !is.symbol(variable) && is.language(variable)
    )
    paste(text, collapse = " ")
  }, "")
}

#' The names of the covariates in a frame: neither response, offset nor weights
#' @noRd
covariate_names <- function(frame) {
  terms <- attr(frame, "terms")
  variable_names(terms)[-c(attr(terms, "response"), attr(terms, "offset"))]
}

#' @noRd
term_signature <- function(terms) {
  list(attr(terms, "term.labels"), attr(terms, "intercept"))
}

#' The formula's environment, with what only the gate's environment knows
#'
#' Without data, the caller's variables serve too: `update()` of a fit has a
#' formula whose environment was slimmed (see `slim_environments()`).
#'
#' @param expert The formula of the experts; `gate`, that of the gate.
#' @noRd
joint_environment <- function(expert, gate, caller) {
  env <- environment(expert)
  joint <- new.env(parent = env)
  borrow <- function(names, from) {
    for (name in unique(names)) {
      frame <- frame_of(name, from)
      if (!is.null(frame) && is.null(frame_of(name, joint))) {
        assign(name, get(name, frame), joint)
      }
    }
  }
  if (!is.null(gate)) {
    borrow(all.names(gate), environment(gate))
  }
  if (!is.null(caller)) {
    borrow(c(all.vars(expert), all.vars(gate)), caller)
  }
  if (length(ls(joint, all.names = TRUE))) joint else env
}
