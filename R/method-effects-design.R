# The design of all rows with other values of one covariate.
#
# Most columns are what they were. To compute the formula, the working basis and
# whether all is finite anew takes most of the time where there are many covariates.

#' The design of all rows, as changed_design() takes it
#'
#' @param raw The covariates of all rows.
#' @param gradients Are the columns in the working basis wanted?
#' @noRd
unchanged_design <- function(fit, raw, gradients = FALSE) {
  design <- effect_design(fit, raw)
  if (gradients) {
    design$working <- lapply(gradient_columns(fit$spec, design), function(columns) {
      list(columns = columns)
    })
  }
  design$known <- known_rows(design)
  design
}

#' The design with other values of a covariate
#'
#' @param design From unchanged_design() of `raw`.
#' @noRd
changed_design <- function(fit, raw, design, name, values) {
  columns <- own_columns(fit$blueprint, design, name)
  changed <- if (!is.null(columns) && all(design$known)) {
    changed_columns(fit, raw, columns, name, values)
  }
  if (is.null(changed)) {
    raw[[name]] <- values
    return(unchanged_design(fit, raw, !is.null(design$working)))
  }
  for (part in names(columns)) {
    matrix <- design_matrices[[part]]
    new <- changed[[part]]
    design[[matrix]][, columns[[part]]] <- new
    design$known <- design$known & is.finite(rowSums(new))
    if (!is.null(design$working)) {
      design$working[[part]]$changed <- working_change(
        fit$spec, part, columns[[part]], new
      )
    }
  }
  if (fit$blueprint$same) {
    design$z <- design$x
    design$working$expert <- design$working$gate
  }
  design
}

# What a design calls the matrices of gate and experts.
design_matrices <- c(gate = "x", expert = "z")

#' What `columns` hold with other values of a covariate, a matrix for each part, or
#' NULL where that is not known without the other covariates
#'
#' @param columns From own_columns().
#' @noRd
changed_columns <- function(fit, raw, columns, name, values) {
  n <- length(values)
  if (n > 1L && all(values == values[[1L]])) {
    row <- raw[1L, , drop = FALSE]
    row[[name]] <- values[1L]
    design <- effect_design(fit, row)
    Map(function(part, own) {
      matrix(design[[design_matrices[[part]]]][1L, own], n, length(own), byrow = TRUE)
    }, names(columns), columns)
  } else if (isTRUE(attr(columns, "plain")) && is.numeric(values) &&
    !is.object(values) && is.null(dim(values))) {
    lapply(columns, function(own) matrix(as.double(values)))
  }
}

#' list(at, columns): which columns of the working basis are others, and what they hold
#'
#' @param part "gate" or "expert".
#' @param columns The numbers of those of the design that are changed.
#' @param values A matrix of these.
#' @noRd
working_change <- function(spec, part, columns, values) {
  aliased <- spec$aliased[[part]]
  used <- !aliased[columns]
  at <- cumsum(!aliased)[columns[used]]
  basis <- spec$basis[[part]]
  list(at = at, columns = working_columns(list(
    values = values[, used, drop = FALSE], centre = basis$centre[at],
    scale = basis$scale[at]
  )))
}

#' The numbers of the columns that a covariate has for itself in gate and experts, a
#' list with the parts that have some (the gate alone where both are the same), with
#' the attribute `plain`: is it the column? NULL where it is part of others
#' @noRd
own_columns <- function(blueprint, design, name) {
  variables <- variable_calls(blueprint$terms)
  used <- Filter(function(variable) name %in% all.vars(variable), variables)
  if (length(used) != 1L || !identical(all.vars(used[[1L]]), name) ||
    name %in% all.vars(blueprint$offset$expression)) {
    return(NULL)
  }
  label <- deparse1(used[[1L]], backtick = TRUE)
  columns <- list()
  plain <- is.symbol(used[[1L]])
  for (part in if (blueprint$same) "gate" else c("gate", "expert")) {
    factors <- attr(blueprint[[paste0(part, "_terms")]], "factors")
    within <- if (label %in% rownames(factors)) which(factors[label, ] > 0)
    if (length(within)) {
      matrix <- design[[design_matrices[[part]]]]
      assign <- attr(matrix, "assign")
      if (length(within) != 1L || !identical(colnames(factors)[[within]], label)) {
        return(NULL)
      }
      columns[[part]] <- which(assign == within)
      plain <- plain && identical(colnames(matrix)[columns[[part]]], label)
    }
  }
  if (length(columns)) structure(columns, plain = plain)
}
