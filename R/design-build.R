# From a formula and data to the matrices that a fit works on.

#' Design matrices, response and blueprint of a model
#'
#' `weights`, `offset` and `subset` are unevaluated (as `match.call()` holds
#' them) and are looked up in `data`, then in `env`, the frame `sgmoe()` was
#' called from; the formula's environment is the last resort, which serves
#' wrappers that pass `...` on.
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
build_design <- function(formula, gate = NULL, data = NULL, weights = NULL,
                         offset = NULL, subset = NULL,
                         na.action = getOption("na.action"), family = NULL,
                         contrasts = NULL, env = parent.frame(),
                         call = rlang::caller_env(), keep_levels = FALSE) {
  read <- read_frame(
    formula, gate, data,
    list(weights = weights, offset = offset, subset = subset), family, env, call
  )
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
#' @param quoted list(weights, offset, subset), as in build_design().
#' @return list(frame, parts, arguments, data, subset: checked, raw, used,
#'   family)
#' @noRd
read_frame <- function(formula, gate, data, quoted, family, env,
                       call = rlang::caller_env()) {
  quoted <- list(
    weights = quoted$weights, offset = quoted$offset, subset = quoted$subset
  )
  data <- check_data(data, c(list(formula, gate), quoted), call)
  parts <- parse_formulas(formula, gate, data, env, call)
  arguments <- lapply(
    quoted, find_argument,
    data = data, env = env, parts = parts, call = call
  )
  given <- check_arguments(arguments, parts, data, call)
  frame <- evaluate_frame(
    parts$terms, data,
    subset = given$subset, weights = given$weights,
    offset = given$offset, family = family, call = call
  )
  raw <- if (is.null(given$rows)) nrow(frame) else given$rows
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

#' The columns that the formulas are computed from and the frame does not hold,
#' such as `x` of `log(x)`, for the rows used
#'
#' @param parts The formulas, from parse_formulas().
#' @noRd
raw_variables <- function(parts, blueprint, frame, data, used) {
  names <- intersect(all.vars(parts$terms), names(blueprint$columns))
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
    return(data)
  }
  abort("data", c(
    "{.arg data} must be a data frame (or a list or environment).",
    "x" = "It is of type {kind_of(data)}.",
    "i" = if (is.matrix(data)) "Use {.code as.data.frame()} first."
  ), call)
}

#' Drop rows as `na.action` says; name what was lost if nothing remains
#'
#' @param na_action As `na.action` of model.frame().
#' @noRd
drop_rows <- function(frame, na_action, raw, call = rlang::caller_env()) {
  before <- nrow(frame)
  kept <- handle_missing(frame, na_action, call = call)
  if (nrow(kept) > 0L) {
    return(kept)
  }
  lost <- c(
    if (raw > before) {
      cli::format_inline(
        "{raw - before} {?was/were} left out by {.arg subset}"
      )
    },
    if (before > 0L) {
      cli::format_inline(
        "{before} {?was/were} dropped for missing values in ",
        "{some_of(missing_by_column(frame))}"
      )
    }
  )
  abort("no_rows", c(
    "There are no rows to fit.",
    "x" = if (raw == 0L) {
      "The data have no rows."
    } else {
      "Of {raw} row{?s}, {lost}."
    }
  ), call)
}

#' Apply `na_action`, if there is anything to apply it to
#'
#' @param may_stay May rows with missing values stay, as with na.pass()?
#' @noRd
handle_missing <- function(frame, na_action, may_stay = FALSE,
                           call = rlang::caller_env()) {
  action <- na_function(na_action, call)
  if (!anyNA(frame, recursive = TRUE)) {
    return(frame)
  }
  kept <- tryCatch(action(frame), error = function(error) NULL)
  if (is.null(kept) || !may_stay && anyNA(kept, recursive = TRUE)) {
    lost <- missing_by_column(if (is.null(kept)) frame else kept)
    abort("missing_values", c(
      "The data have missing values, and {.arg na.action}
       {if (is.null(kept)) 'refuses' else 'keeps'} them.",
      "x" = "They are in {some_of(lost)}.",
      "i" = "Use {.code na.action = na.omit} to fit the complete rows, or
             {.code na.exclude} to have predictions padded with NA as well."
    ), call)
  }
  attr(kept, "terms") <- attr(frame, "terms")
  kept
}

#' @noRd
na_function <- function(na_action, call = rlang::caller_env()) {
  if (is.null(na_action)) {
    return(stats::na.pass)
  }
  if (is.character(na_action) && length(na_action) == 1L) {
    na_action <- get0(na_action, mode = "function")
  }
  if (!is.function(na_action)) {
    abort("na_action", c(
      "{.arg na.action} must be a function or the name of one.",
      "i" = "Use {.code na.omit}, {.code na.exclude} or {.code na.fail}."
    ), call)
  }
  na_action
}

#' "x (3 rows)" for every column of a frame with an NA
#' @noRd
missing_by_column <- function(frame) {
  rows <- vapply(frame, function(column) {
    sum(rowSums(as.matrix(is.na(column))) > 0)
  }, 0)
  rows <- rows[rows > 0]
  sprintf(
    "`%s` (%d %s)", frame_label(names(rows)), as.integer(rows),
    ifelse(rows == 1, "row", "rows")
  )
}

#' Character covariates become factors, factors lose unused levels
#' @noRd
settle_levels <- function(frame, keep_levels = FALSE,
                          call = rlang::caller_env()) {
  for (name in covariate_names(frame)) {
    column <- frame[[name]]
    if (is.character(column)) {
      column <- factor(column)
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

#' The sum of all offsets, one column for each response or class
#' @noRd
offset_matrix <- function(frame, blueprint, call = rlang::caller_env()) {
  terms <- attr(frame, "terms")
  if (is.null(attr(terms, "offset")) && !"(offset)" %in% names(frame)) {
    return(NULL)
  }
  names <- c(
    variable_names(terms)[attr(terms, "offset")],
    intersect("(offset)", names(frame))
  )
  family <- family_of(blueprint)
  columns <- length(blueprint$response_names)
  parts <- lapply(names, function(name) {
    value <- frame[[name]]
    wide <- if (is.numeric(value) && !is_integer64(value)) {
      family$widen_offset(value, nrow(frame), columns)
    }
    if (is.null(wide)) {
      one <- !is.null(family$widen_offset(0, 1L, columns))
      abort("offset", c(
        "{.code {frame_label(name)}} must be numeric, with
         {if (one) 'one column'}{if (one && columns > 1) ' or '}{if (!one ||
         columns > 1) paste0('one column for each ', family$unit, ' (',
         columns, ')')}.",
        "x" = "It is of type {kind_of(value)}{if (length(dim(value)) < 2L)
               ', one column'}."
      ), call)
    }
    wide
  })
  Reduce(`+`, parts)
}

#' Design matrices of both parts; one object where they are the same
#' @noRd
part_matrices <- function(blueprint, frame) {
  contrasts <- blueprint$contrasts
  z <- plain_matrix(blueprint$expert_terms, frame, contrasts$expert)
  contrasts$expert <- attr(z, "contrasts")
  attr(z, "contrasts") <- NULL
  x <- z
  if (!blueprint$same) {
    x <- plain_matrix(blueprint$gate_terms, frame, contrasts$gate)
    contrasts$gate <- attr(x, "contrasts")
    attr(x, "contrasts") <- NULL
  }
  list(x = x, z = z, contrasts = contrasts)
}

#' `model.matrix()` without the million row names
#' @noRd
plain_matrix <- function(terms, frame, contrasts) {
  terms <- stats::delete.response(terms)
  own <- contrasts[intersect(names(contrasts), variable_names(terms))]
  x <- stats::model.matrix(terms, frame, contrasts.arg = own)
  dimnames(x) <- list(NULL, colnames(x))
  x
}
