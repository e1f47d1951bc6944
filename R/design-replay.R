# The designs of new data: what a fit does with them, and with chunks.

#' The designs of a blueprint for new data, one row for each row of `newdata`
#' unless `na.action` drops some
#'
#' Only columns that the fit used are looked at, so that no other column can
#' take the place of a constant or function; and a column that is missing is
#' never looked for elsewhere. `where` is what messages call the data. Rows to
#' be learnt (`learn`) have a response, weights and no missing values.
#'
#' @param finite Refuse infinite values, as of rows to be learnt? Otherwise they
#'   are warned of.
#' @noRd
replay_design <- function(blueprint, newdata, na.action = stats::na.pass,
                          response = FALSE, learn = FALSE, weights = NULL,
                          where = "newdata", call = rlang::caller_env(),
                          finite = learn) {
  terms <- if (response) blueprint$frame_terms else blueprint$terms
  frame <- replay_frame(
    blueprint, newdata, terms, learn, weights, where, call
  )
  frame <- match_classes(frame, terms, where, call)
  frame <- match_levels(frame, blueprint$xlevels, call)
  if (learn) {
    check_weights(stats::model.weights(frame), frame, call)
  }
  if (finite) {
    check_finite(frame, call)
  }
  frame <- handle_missing(frame, na.action, may_stay = !learn, call = call)
  matrices <- part_matrices(blueprint, frame)
  design <- list(
    x = matrices$x, z = matrices$z,
    y = if (response) replay_response(frame[[1L]], blueprint, call),
    offset = offset_matrix(frame, blueprint, call),
    weights = if (learn) stats::model.weights(frame),
    na_action = attr(frame, "na.action"), frame = frame,
    row_names = attr(frame, "row.names"), blueprint = blueprint
  )
  if (!finite) {
    warn_infinite(design, where, call)
  }
  design
}

#' The model frame of new data, as the formula computes it
#'
#' @param learn Are the rows to be learnt, so that weights and offset are needed?
#' @noRd
replay_frame <- function(blueprint, newdata, terms, learn = FALSE,
                         weights = NULL, where = "newdata",
                         call = rlang::caller_env()) {
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
    weights = weights %||% values$weights,
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
replay_response <- function(response, blueprint, call = rlang::caller_env()) {
  family_of(blueprint)$replay_response(response, blueprint, call)
}

#' The columns of new data that terms need, as they were in the fit
#' @noRd
replay_columns <- function(blueprint, newdata, terms, given, where,
                           call = rlang::caller_env()) {
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
  refuse_twofold(names(newdata), used, where, call)
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
#'
#' @param fitted What the blueprint knows of the column.
#' @noRd
match_column <- function(value, fitted, name, where,
                         call = rlang::caller_env()) {
  if (fitted$kind == "numeric" && is.numeric(value) && !is.object(value) &&
    is.null(dim(value))) {
    return(value) # the usual case, quickly
  }
  value <- match_unit(match_na(value, fitted$kind), fitted$units)
  value <- match_shape(value, fitted$kind)
  kind <- kind_of(value)
  labels <- c("factor", "ordered factor", "character")
  if (!kind %in% labels || !fitted$kind %in% labels) {
    if (kind != fitted$kind) {
      refuse_type(name, fitted$kind, kind, where, call)
    }
    return(match_names(value, fitted$names, name, where, call))
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

#' The columns of a matrix in the order that they had in the fit
#'
#' @param names Those of the fit, or NULL.
#' @param name Of the matrix.
#' @noRd
match_names <- function(value, names, name, where, call = rlang::caller_env()) {
  own <- colnames(value)
  if (!is.numeric(value) || length(dim(value)) != 2L || identical(own, names)) {
    return(value)
  }
  if (is.null(own) || is.null(names)) {
    colnames(value) <- names # known by their places
    return(value)
  }
  if (anyDuplicated(own) || !setequal(own, names)) {
    abort("wrong_type", c(
      "The columns of matrix {.code {name}} of {.arg {where}} have other names than in
       the {if (where == 'chunk') 'rows before it' else 'data of the fit'}.",
      "x" = "Expected: {some_of(names)}. Found: {some_of(own)}."
    ), call)
  }
  value[, names, drop = FALSE]
}

#' A column of nothing but `NA` is logical; give it the type it stands for
#' @noRd
match_na <- function(value, kind) {
  if (is.logical(value) && is.null(dim(value)) && all(is.na(value))) {
    if (kind %in% c("numeric", one_column)) {
      value <- as.double(value)
    } else if (kind %in% c("factor", "ordered factor", "character")) {
      value <- as.character(value)
    }
  }
  value
}

# What kind_of() calls what scale() makes of a vector.
one_column <- "numeric matrix (1 columns)"

#' Numbers are the same as a vector and as a matrix of one column
#' @noRd
match_shape <- function(value, kind) {
  if (!is.numeric(value) || is.object(value)) {
    return(value)
  }
  if (kind == one_column && is.null(dim(value))) {
    matrix(value, ncol = 1L)
  } else if (kind == "numeric" && length(dim(value)) == 2L && ncol(value) == 1L) {
    as.vector(value)
  } else {
    value
  }
}

#' @param expected The type that it had in the fit, in words.
#' @param found That of the new data.
#' @noRd
refuse_type <- function(name, expected, found, where,
                        call = rlang::caller_env()) {
  abort("wrong_type", c(
    "{.code {name}} has another type in {.arg {where}} than in the
     {if (where == 'chunk') 'rows before it' else 'data of the fit'}.",
    "x" = "Expected: {expected}. Found: {found}.",
    "i" = "Convert it first."
  ), call)
}

#' Computed variables, too, must come out as they did in the fit
#' @noRd
match_classes <- function(frame, terms, where, call = rlang::caller_env()) {
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
match_levels <- function(frame, xlevels, call = rlang::caller_env()) {
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
replay_argument <- function(argument, name, columns, where,
                            call = rlang::caller_env()) {
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
