# What a fit keeps to build the same designs from new data, whatever the size
# of the data it was fitted to.

#' @noRd
new_blueprint <- function(parts, frame, family, y, responses, class_levels,
                          data, arguments, raw) {
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
  gate <- parts$gate
  if (is.null(gate)) {
    gate <- stats::terms(covariate_formula(expert_terms))
  }
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
    response_names = responses,
    response_kind = if (family == "gaussian") {
      "numbers"
    } else if (ncol(y) > 1L) {
      "counts"
    } else {
      "labels"
    },
    response_call = parts$expert[[2L]],
    class_levels = class_levels,
    class_order = is.ordered(frame[[1L]]),
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
  list(kind = kind_of(value), levels = levels(value), units = time_unit(value))
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
#' @noRd
covariate_formula <- function(terms) {
  labels <- attr(terms, "term.labels")
  intercept <- attr(terms, "intercept")
  stats::reformulate(
    if (length(labels)) labels else if (intercept) "1" else "0",
    intercept = intercept == 1L, env = environment(terms)
  )
}

#' The designs of a blueprint for new data, one row for each row of `newdata`
#' unless `na.action` drops some
#'
#' Only columns that the fit used are looked at, so that no other column can
#' take the place of a constant or function; and a column that is missing is
#' never looked for elsewhere. `where` is what messages call the data. Rows to
#' be learnt (`learn`) have a response, weights and no missing values.
#' @noRd
replay_design <- function(blueprint, newdata, na.action = stats::na.pass,
                          response = FALSE, learn = FALSE, weights = NULL,
                          where = "newdata", call = NULL) {
  terms <- if (response) blueprint$frame_terms else blueprint$terms
  frame <- replay_frame(
    blueprint, newdata, terms, learn, weights, where, call
  )
  frame <- match_classes(frame, terms, where, call)
  frame <- match_levels(frame, blueprint$xlevels, call)
  if (learn) {
    check_weights(stats::model.weights(frame), frame, call)
    check_finite(frame, call)
  }
  frame <- handle_missing(frame, na.action, may_stay = !learn, call = call)
  matrices <- part_matrices(blueprint, frame)
  list(
    x = matrices$x, z = matrices$z,
    y = if (response) replay_response(frame[[1L]], blueprint, call),
    offset = offset_matrix(frame, blueprint, call),
    weights = if (learn) stats::model.weights(frame),
    na_action = attr(frame, "na.action"), frame = frame,
    row_names = attr(frame, "row.names"), blueprint = blueprint
  )
}

#' The model frame of new data, as the formula computes it
#' @noRd
replay_frame <- function(blueprint, newdata, terms, learn = FALSE,
                         weights = NULL, where = "newdata", call = NULL) {
  given <- if (learn) blueprint[c("offset", "weights")] else blueprint["offset"]
  if (!is.null(weights)) {
    given$weights <- NULL
  }
  columns <- replay_columns(blueprint, newdata, terms, given, where, call)
  values <- lapply(names(given), function(name) {
    replay_argument(given[[name]], name, columns, where, call)
  })
  names(values) <- names(given)
  frame <- evaluate_frame(
    terms, columns,
    offset = values$offset,
    weights = if (is.null(weights)) values$weights else weights,
    where = where, left_out = blueprint$left_out, call = call
  )
  if (nrow(frame) != nrow(newdata)) {
    abort("variable_length", c(
      "The formula must give one row for each row of {.arg {where}}.",
      "x" = "It gave {nrow(frame)} for {nrow(newdata)} row{?s}.",
      "i" = "Refer to columns by name, not as {.code data$column}."
    ), call)
  }
  for (name in intersect(names(blueprint$units), names(frame))) {
    frame[[name]] <- match_unit(frame[[name]], blueprint$units[[name]])
  }
  frame
}

#' The response as the core takes it, with the columns and classes of the fit
#' @noRd
replay_response <- function(response, blueprint, call = NULL) {
  if (has_classes(blueprint)) {
    return(replay_classes(response, blueprint, call))
  }
  y <- response_matrix(response, blueprint$response_call)
  colnames(y) <- blueprint$response_names
  y
}

#' The columns of new data that terms need, as they were in the fit
#' @noRd
replay_columns <- function(blueprint, newdata, terms, given, where,
                           call = NULL) {
  if (!is.data.frame(newdata)) {
    abort(where, c(
      "{.arg {where}} must be a data frame.",
      "x" = "It is of type {kind_of(newdata)}.",
      "i" = if (is.matrix(newdata) || is.list(newdata)) {
        "Use {.code as.data.frame()} first."
      }
    ), call)
  }
  used <- c(
    all.vars(attr(terms, "variables")),
    unlist(lapply(given, function(argument) all.vars(argument$expression)))
  )
  used <- intersect(names(blueprint$columns), used)
  refuse_absent(setdiff(used, names(newdata)), names(newdata), where, call)
  columns <- lapply(used, function(name) {
    match_column(
      newdata[[name]], blueprint$columns[[name]], name, where, call
    )
  })
  structure(
    columns,
    names = used, class = "data.frame",
    row.names = attr(newdata, "row.names")
  )
}

#' One column of new data with the type of the fit, and its levels first
#'
#' Levels that the fit did not have come last: the model may not care.
#' @noRd
match_column <- function(value, fitted, name, where, call = NULL) {
  if (fitted$kind == "numeric" && is.numeric(value) && !is.object(value) &&
    is.null(dim(value))) {
    return(value) # the usual case, quickly
  }
  value <- match_unit(match_na(value, fitted$kind), fitted$units)
  kind <- kind_of(value)
  labels <- c("factor", "ordered factor", "character")
  if (!kind %in% labels || !fitted$kind %in% labels) {
    if (kind != fitted$kind) {
      refuse_type(name, fitted$kind, kind, where, call)
    }
    return(value)
  }
  if (fitted$kind == "character") {
    return(as.character(value))
  }
  value <- as.character(value)
  levels <- union(fitted$levels, value[!is.na(value)])
  factor(
    value, levels,
    exclude = NULL, ordered = fitted$kind == "ordered factor"
  )
}

#' A column of nothing but `NA` is logical; give it the type it stands for
#' @noRd
match_na <- function(value, kind) {
  if (is.logical(value) && is.null(dim(value)) && all(is.na(value))) {
    if (kind == "numeric") {
      value <- as.double(value)
    } else if (kind %in% c("factor", "ordered factor", "character")) {
      value <- as.character(value)
    }
  }
  value
}

#' @noRd
refuse_type <- function(name, expected, found, where, call = NULL) {
  abort("wrong_type", c(
    "{.code {name}} has another type in {.arg {where}} than in the data of the
     fit.",
    "x" = "Expected: {expected}. Found: {found}.",
    "i" = "Convert it first."
  ), call)
}

#' Computed variables, too, must come out as they did in the fit
#' @noRd
match_classes <- function(frame, terms, where, call = NULL) {
  plain <- function(class) {
    class <- sub("^(ordered|character)$", "factor", class)
    sub("^nmatrix\\.(.*)$", "numeric matrix (\\1 columns)", class)
  }
  classes <- attr(terms, "dataClasses")
  for (name in names(frame)[seq_along(variable_calls(terms))]) {
    value <- frame[[name]]
    class <- classes[[name]]
    if (class == "numeric" && is.numeric(value) && is.null(dim(value)) ||
      class == "factor" && is.factor(value) && !is.ordered(value)) {
      next # the usual case, quickly
    }
    expected <- plain(class)
    if (is.logical(value)) {
      frame[[name]] <- value <- match_na(value, expected)
    }
    found <- plain(stats::.MFclass(value))
    if (found != expected) {
      refuse_type(name, expected, found, where, call)
    }
  }
  frame
}

#' @noRd
match_levels <- function(frame, xlevels, call = NULL) {
  for (name in intersect(names(xlevels), names(frame))) {
    value <- as.character(frame[[name]])
    levels <- xlevels[[name]]
    unseen <- setdiff(value[!is.na(value)], levels)
    refuse_unseen(unseen, levels, name, call = call)
    frame[[name]] <- factor(value, levels, exclude = NULL)
  }
  frame
}

#' The offset or weights argument for new data
#' @noRd
replay_argument <- function(argument, name, columns, where, call = NULL) {
  if (is.null(argument)) {
    return(NULL)
  }
  text <- deparse1(argument$expression)
  hint <- if (name == "offset") {
    "Put it in the formula: {.code + offset(column)}."
  } else {
    "Give the {.arg weights} of these rows to {.fn update}."
  }
  if (is.null(argument$expression)) {
    abort(name, c(
      "{.arg {name}} was given as values, which new data cannot repeat.",
      "i" = hint
    ), call)
  }
  value <- tryCatch(
    eval(argument$expression, columns, argument$environment),
    error = identity
  )
  if (!is.numeric(value) || NROW(value) != nrow(columns)) {
    abort(name, c(
      "The {name} {.code {text}} cannot be computed from {.arg {where}}.",
      "x" = if (inherits(value, "error")) {
        "{conditionMessage(value)}"
      } else {
        "It has {NROW(value)} value{?s} for {nrow(columns)} row{?s}."
      },
      "i" = hint
    ), call)
  }
  value
}
