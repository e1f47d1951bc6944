# From a formula and data to the matrices that a fit works on.

#' Design matrices, response and blueprint of a model
#'
#' `quoted` are weights, offset and subset, unevaluated, from row_arguments(). They
#' are looked up in `data`, then where they were written; the formula's environment
#' is the last resort. `env` is the frame `sgmoe()` was called from.
#'
#' All variables of response, experts and gate go through one model frame, so
#' that a row is used by all of them or by none. `keep_levels` keeps declared
#' levels without rows, of factors and of the response, which a stream may meet
#' later.
#'
#' The result holds the matrices `x` (gate) and `z` (experts), the response `y`
#' (see the families), `offset`, `weights`, the model `frame` and the
#' `blueprint`; `used` are the numbers of the frame's rows among the `raw` rows
#' of the data.
#' @noRd
build_design <- function(formula, gate = NULL, data = NULL, quoted = list(),
                         na.action = getOption("na.action"), family = NULL,
                         contrasts = NULL, env = parent.frame(),
                         call = rlang::caller_env(), keep_levels = FALSE) {
  read <- read_frame(formula, gate, data, quoted, family, env, call)
  parts <- read$parts
  arguments <- read$arguments
  data <- read$data
  raw <- read$raw
  used <- read$used
  family <- read$family
  frame <- drop_rows(read$frame, na.action, raw, call)
  lost <- attr(frame, "na.action")
  if (length(lost)) {
    used <- used[-lost]
  }
  frame <- settle_levels(frame, keep_levels, call)
  contrasts <- check_contrasts(contrasts, frame, env, call)

  weights <- stats::model.weights(frame)
  if (!is.null(weights)) {
    weights <- as.double(weights)
    if (!any(weights > 0)) {
      abort("weights", c(
        "All {.arg weights} of the {length(weights)} row{?s} used are zero.",
        "i" = "At least one row needs a positive weight."
      ), call)
    }
  }
  response <- families[[family]]$read_response(
    frame[[1L]], parts$expert[[2L]], weights, keep_levels, call
  )
  blueprint <- new_blueprint(
    parts, frame, family, response, data, arguments, raw
  )
  refuse_lost(blueprint, call)
  blueprint$contrasts <- list(expert = contrasts, gate = contrasts)
  attr(frame, "terms") <- blueprint$frame_terms
  matrices <- part_matrices(blueprint, frame)
  blueprint$contrasts <- matrices$contrasts
  list(
    x = matrices$x, z = matrices$z, y = response$values,
    offset = offset_matrix(frame, blueprint, call), weights = weights,
    na_action = attr(frame, "na.action"), frame = frame,
    row_names = attr(frame, "row.names"), used = used, raw = raw,
    variables = raw_variables(parts, blueprint, frame, data, used),
    blueprint = blueprint
  )
}

#' The model frame of a formula, missing values included, and what it came from
#'
#' @param quoted As in build_design().
#' @return list(frame, parts, arguments, data, subset: checked, raw, used,
#'   family)
#' @noRd
read_frame <- function(formula, gate, data, quoted, family, env,
                       call = rlang::caller_env()) {
  data <- check_data(
    data, c(list(formula, gate), lapply(quoted, `[[`, "expression")), call
  )
  parts <- parse_formulas(formula, gate, data, env, call)
  arguments <- without_restarts(lapply(
    list(weights = quoted$weights, offset = quoted$offset, subset = quoted$subset),
    find_argument,
    data = data, parts = parts, call = call
  ))
  given <- check_arguments(arguments, parts, data, call)
  frame <- evaluate_frame(
    parts$terms, data,
    subset = given$subset, weights = given$weights,
    offset = given$offset, family = family, call = call
  )
  raw <- given$rows %||% nrow(frame)
  check_response_class(frame[[1L]], names(frame)[[1L]], call)
  family <- choose_family(frame[[1L]], names(frame)[[1L]], family, call)
  for (name in covariate_names(frame)) {
    check_covariate(frame[[name]], name, call)
  }
  check_weights(stats::model.weights(frame), frame, call)
  check_finite(frame, call)
  list(
    frame = frame, parts = parts, arguments = arguments, data = data,
    subset = given$subset, raw = raw,
    used = subset_rows(given$subset, raw, data), family = family
  )
}

#' Refuse a response that is no proper factor, or of an S4 class, of whose values R
#' reads a part
#' @noRd
check_response_class <- function(response, name, call = rlang::caller_env()) {
  if (is.factor(response) && !anyNA(levels(response))) {
    check_labels(response, name, call)
  }
  if (isS4(response) && is.numeric(response)) {
    abort("response_type", c(
      "Response {.code {name}} must be plain numbers.",
      "x" = "It is of type {kind_of(response)}.",
      "i" = "Convert it with {.code as.numeric()}."
    ), call)
  }
}

#' Refuse names that R cannot find again
#' @noRd
refuse_lost <- function(blueprint, call = rlang::caller_env()) {
  lost <- lost_columns(blueprint)
  if (length(lost)) {
    abort("variable", c(
      "{.var {lost[[1L]]}} of the formula is no column of the data by this name.",
      "i" = "Rename the column. Names beyond ASCII need a session in UTF-8 (its
             locale is {.val {Sys.getlocale('LC_CTYPE')}})."
    ), call)
  }
}

#' The columns that the formulas are computed from and the frame does not hold,
#' such as `x` of `log(x)`, for the rows used
#'
#' @param parts The formulas, from parse_formulas().
#' @noRd
raw_variables <- function(parts, blueprint, frame, data, used) {
  used_names <- c(all.vars(parts$terms), all.vars(blueprint$offset$expression))
  names <- intersect(used_names, names(blueprint$columns))
  names <- setdiff(names, names(frame))
  values <- lapply(names, function(name) {
    value <- if (name %in% names(data)) {
      data[[name]]
    } else {
      get(name, environment(parts$terms))
    }
    if (length(used) == NROW(value)) {
      value # all rows: no copy
    } else if (length(dim(value)) == 2L) {
      value[used, , drop = FALSE]
    } else {
      value[used]
    }
  })
  stats::setNames(values, names)
}

#' `data` as something that `eval()` takes and that has names
#' @noRd
check_data <- function(data, expressions, call = rlang::caller_env()) {
  if (is.environment(data)) {
    # Only what may be used: an environment can hold anything.
    wanted <- unique(unlist(lapply(expressions, all.names)))
    return(mget(intersect(wanted, ls(data, all.names = TRUE)), data))
  }
  if (is.list(data) || is.null(data)) {
    used <- unlist(lapply(expressions, all.vars))
    refuse_twofold(names(data), if ("." %in% used) names(data) else used, "data", call)
    return(data)
  }
  abort("data", c(
    "{.arg data} must be a data frame (or a list or environment).",
    "x" = "It is of type {kind_of(data)}.",
    "i" = if (is.matrix(data)) {
      "Use {.code as.data.frame()} first."
    } else if (are_words(data, 1L)) {
      "To read the rows of a file, write {.code file_source(path)}."
    } else if (inherits(data, "DBIConnection")) {
      "To read from a database, write {.code dbi_source(con, query)}."
    }
  ), call)
}

#' Character covariates become factors, factors lose unused levels
#' @noRd
settle_levels <- function(frame, keep_levels = FALSE,
                          call = rlang::caller_env()) {
  for (name in covariate_names(frame)) {
    column <- frame[[name]]
    if (is.character(column)) {
      column <- factor(column)
      inform_many_levels(levels(column), name)
    } else if (!is.factor(column)) {
      next
    } else if (!keep_levels && any(tabulate(column, nlevels(column)) == 0L)) {
      contrasts <- attr(column, "contrasts")
      column <- column[, drop = TRUE]
      if (is.character(contrasts)) {
        attr(column, "contrasts") <- contrasts
      } else if (!is.null(contrasts)) {
        warn("contrasts", c(
          "The contrast matrix of factor {.var {name}} is not used.",
          "x" = "It has rows for levels that the data do not have.",
          "i" = "Give contrasts of the levels used as {.arg contrasts}."
        ), call)
      }
    }
    if (nlevels(column) == 1L) {
      abort("one_level", c(
        "Factor {.code {name}} has a single level.",
        "x" = "It is {.val {levels(column)}} in all {nrow(frame)} rows used.",
        "i" = "Take it out of the formula: the intercept holds its effect."
      ), call)
    }
    frame[[name]] <- column
  }
  frame
}

#' Say that a text has many different values: dates that were read as text, or a label
#' of rows, cost a coefficient each, and a long time
#' @noRd
inform_many_levels <- function(values, name) {
  dates <- all(grepl("^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]+Z?)?$", values))
  if (length(values) > (if (dates) 12L else 100L)) {
    inform("many_levels", c(
      "!" = "{.code {name}} is text with {length(values)} different values, and each is
             a level of a factor.",
      "i" = if (dates) {
        "They are dates. To take them as numbers, write {.code as.Date({name})}, or say
         so to {.fn file_source}: {.code classes = c({name} = \"Date\")}."
      } else {
        "If it is a label of rows, leave it out; if it holds numbers, look for a value
         that is none."
      }
    ))
  }
}
