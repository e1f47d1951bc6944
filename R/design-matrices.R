# Matrices of a model frame.

#' Design matrices of both parts; one object where they are the same
#' @noRd
part_matrices <- function(blueprint, frame) {
  contrasts <- blueprint$contrasts
  expert <- plain_matrix(blueprint$expert_terms, frame, contrasts$expert)
  contrasts$expert <- expert$contrasts
  if (blueprint$same) {
    return(list(x = expert$values, z = expert$values, contrasts = contrasts))
  }
  gate <- plain_matrix(blueprint$gate_terms, frame, contrasts$gate)
  contrasts$gate <- gate$contrasts
  list(x = gate$values, z = expert$values, contrasts = contrasts)
}

#' `model.matrix()` without the million row names
#'
#' Where it would do no more than copy columns of numbers, these are copied at once:
#' R makes three copies on the way, and a name for each row.
#'
#' @return list(values, contrasts: those in use)
#' @noRd
plain_matrix <- function(terms, frame, contrasts) {
  terms <- stats::delete.response(terms)
  copied <- copied_columns(terms, frame)
  if (!is.null(copied)) {
    return(list(values = copied))
  }
  own <- contrasts[intersect(names(contrasts), variable_names(terms))]
  x <- stats::model.matrix(terms, frame, contrasts.arg = own)
  used <- attr(x, "contrasts")
  attributes(x) <- list(
    dim = dim(x), dimnames = list(NULL, colnames(x)), assign = attr(x, "assign")
  )
  list(values = x, contrasts = used)
}

#' The design of terms that are single columns of numbers; NULL of any others
#'
#' @param terms Terms without a response.
#' @noRd
copied_columns <- function(terms, frame) {
  labels <- attr(terms, "term.labels")
  variables <- match(labels, rownames(attr(terms, "factors")))
  columns <- .subset(frame, variable_names(terms)[variables])
  if (length(labels) == 0L || anyNA(variables) || !all(lengths(columns) == nrow(frame))) {
    return(NULL)
  }
  intercept <- attr(terms, "intercept") == 1L
  x <- core_plain_matrix(columns, seq_along(columns), intercept)
  if (!is.null(x)) {
    dimnames(x) <- list(NULL, c(if (intercept) "(Intercept)", labels))
    attr(x, "assign") <- c(if (intercept) 0L, seq_along(labels))
  }
  x
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
