# Fitting again with some arguments changed.

#' Fit again with changed arguments or other data
#'
#' The call of the fit is evaluated again, with the changes, where `update()` is
#' called, as for other models. What the call refers to may be gone there: data
#' of a function that made the fit, or values that came through [do.call()]. It
#' is then taken from the fit: arguments as they were, and as data the rows that
#' were used, with the columns that the formulas need.
#'
#' @param object A fit from [sgmoe()].
#' @param formula. Changes to the formula of the experts, as in
#'   [stats::update.formula()].
#' @param ... Arguments of [sgmoe()] to change or to add.
#' @param evaluate Fit again? `FALSE` returns the call.
#' @return The new fit, or the call. `sgmoe_error_no_model` says that the data
#'   are not found and the fit did not keep them (`model = FALSE`).
#' @family fits
#' @examples
#' make <- function() {
#'   local_data <- cars[1:40, ]
#'   sgmoe(dist ~ speed, local_data, k = 1)
#' }
#' fit <- make()
#' update(fit, . ~ poly(speed, 2))
#' @importFrom stats update
#' @export
update.sgmoe <- function(object, formula., ..., evaluate = TRUE) {
  check_stored(object)
  changes <- as.list(match.call(expand.dots = FALSE)$...)
  if (!all(nzchar(rlang::names2(changes)))) {
    abort("argument", c(
      "{.fn update} takes no further arguments without a name.",
      "i" = "For instance {.code update(fit, k = 3)}."
    ))
  }
  if (!missing(formula.)) {
    changes$formula <- updated_formula(
      object, formula., rlang::current_env()
    )
  }
  evaluate <- check_flag(evaluate, "evaluate", what = "argument")
  call <- stored_call(object)
  for (name in names(changes)) {
    call <- set_argument(call, name, changes[[name]])
  }
  if (!evaluate) {
    return(call)
  }
  evaluate_again(
    object, call, names(changes), parent.frame(), rlang::current_env()
  )
}

#' The formula of a fit, changed
#'
#' @param change As in update().
#' @noRd
updated_formula <- function(fit, change, call = rlang::caller_env()) {
  tryCatch(stats::update.formula(formula.sgmoe(fit), change), error = function(error) {
    abort("formula", c(
      "{.arg formula.} must change the formula of the fit, such as
       {.code . ~ . + x}.",
      "x" = if (!inherits(change, "formula")) "It is of type {kind_of(change)}.",
      "i" = if (inherits(change, "formula")) escape_braces(conditionMessage(error))
    ), call)
  })
}

#' Evaluate a changed call of a fit; what is gone of it comes from the fit
#'
#' @param object A fit, or a selection by a formula.
#' @param changed The names of the arguments that were changed.
#' @param caller Where the call is evaluated.
#' @param own The frame to blame.
#' @noRd
evaluate_again <- function(object, call, changed, caller, own) {
  from_fit <- rows_are_lost(object, call, changed, caller)
  call <- recover_arguments(object, call, changed, from_fit, caller)
  if (!from_fit) {
    return(eval(call, caller))
  }
  # The data go by the name that they had, which the new call shows.
  name <- if (is.symbol(object$call$data)) object$call$data else quote(data)
  call$data <- name
  frame <- new.env(parent = caller)
  assign(as.character(name), kept_data(object, own), frame)
  tryCatch(eval(call, frame), sgmoe_error_missing_column = function(error) {
    abort("missing_column", c(
      "The new formula needs columns that the fit did not keep.",
      "x" = "{error$message}",
      "i" = "The data of the fit, {.code {name}}, are not visible here. Give
             them: {.code update(fit, ..., data = )}."
    ), own)
  })
}

#' Can the rows that a call takes no longer be had from the caller?
#'
#' @param changed Names of the arguments that are new, which are not doubted.
#' @noRd
rows_are_lost <- function(fit, call, changed, caller) {
  if ("data" %in% changed) {
    return(FALSE)
  }
  if (is.null(call$data)) {
    columns <- names(fit$blueprint$columns)
    visible <- vapply(columns, function(name) {
      exists(name, caller) && !is.function(get(name, caller))
    }, NA)
    return(!is.null(fit$model) && !all(visible))
  }
  data <- find_or_null(call$data, caller)
  if (!is.list(data) && !is.environment(data)) {
    return(TRUE)
  }
  by_row <- setdiff(c("weights", "offset", "subset"), changed)
  absent <- lapply(as.list(call)[intersect(by_row, names(call))], function(x) {
    if (is.language(x)) absent_variables(x, data, caller)
  })
  !is.null(fit$model) && length(unlist(absent)) > 0L
}

#' A call with another value of an argument, or with NULL without it
#' @noRd
set_argument <- function(call, name, value) {
  call <- as.list(call)
  call[[name]] <- value
  as.call(call)
}

#' @noRd
find_or_null <- function(expression, env) {
  tryCatch(eval(expression, env), error = function(error) NULL)
}

#' A call in which arguments that cannot be evaluated are those of the fit
#'
#' @param from_fit Are the data those that the fit kept? These are the rows
#'   used, so that no subset is left to take.
#' @param changed Names of the arguments that the user changes.
#' @noRd
recover_arguments <- function(fit, call, changed, from_fit, caller) {
  by_row <- c("data", "weights", "offset", "subset")
  if (from_fit) {
    for (name in setdiff(by_row, c("data", changed))) {
      column <- as.name(paste0("(", name, ")"))
      kept <- as.character(column) %in% names(fit$model)
      call <- set_argument(call, name, if (kept) column)
    }
  }
  data <- if (!from_fit) find_or_null(call$data, caller)
  for (name in setdiff(names(call), c("", by_row, changed))) {
    lost <- if (name %in% c("formula", "object", "gate")) {
      from_fit || formula_is_lost(call[[name]], data, caller)
    } else {
      argument_is_lost(call[[name]], name, caller)
    }
    if (lost) {
      call <- set_argument(call, name, argument_of_fit(fit, name))
    }
  }
  call
}

#' @noRd
formula_is_lost <- function(expression, data, caller) {
  formula <- find_or_null(expression, caller)
  if (!inherits(formula, "formula")) {
    return(!is.null(expression))
  }
  # A formula that came from elsewhere knows its own place.
  if (!is.call(expression) || inherits(expression, "formula")) {
    return(FALSE)
  }
  names <- setdiff(all.names(formula), c(names(data), "."))
  !all(vapply(names, exists, NA, envir = caller))
}

#' A symbol by the argument's own name that finds a function stands for a value
#' that was too long to be kept in the call
#' @noRd
argument_is_lost <- function(expression, name, caller) {
  if (!is.language(expression)) {
    return(FALSE)
  }
  value <- tryCatch(eval(expression, caller), error = identity)
  inherits(value, "error") ||
    is.function(value) && identical(expression, as.name(name))
}

#' @noRd
argument_of_fit <- function(fit, name) {
  switch(name,
    formula = ,
    object = formula.sgmoe(fit),
    gate = if (!fit$blueprint$same) formula.sgmoe(fit, "gate"),
    contrasts = {
      own <- fit$blueprint$contrasts
      c(own$expert, own$gate[setdiff(names(own$gate), names(own$expert))])
    },
    na.action = if (inherits(fit$na.action, "exclude")) "na.exclude",
    k_max = max(fit$path$k),
    criterion = ,
    k = ,
    family = ,
    covariance = ,
    shared = ,
    method = ,
    control = fit[[name]],
    fit$control[[name]]
  )
}

#' The rows that a fit was made from, with the columns that its formulas need
#' @noRd
kept_data <- function(fit, call = rlang::caller_env()) {
  if (is.null(fit$model)) {
    abort("no_model", c(
      "The data of the fit are not found here, and it did not keep them
       ({.code model = FALSE}).",
      "i" = "Give them: {.code update(fit, ..., data = )}."
    ), call)
  }
  data <- fit$model
  attr(data, "terms") <- NULL
  attr(data, "na.action") <- NULL
  data[names(fit$variables)] <- fit$variables
  data
}
