# Matrices of a model frame.

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
