# Chunks of plain numbers: where every term is a column, model.frame() and
# model.matrix() take most of the time of a row, and do nothing.

#' The design of a chunk where the formula has numeric columns only, and the chunk
#' finite numbers in them; NULL where that is not so, whatever the reason
#'
#' @param blueprint That of a stream.
#' @param chunk A data frame of rows.
#' @noRd
plain_design <- function(blueprint, chunk, call = rlang::caller_env()) {
  if (!identical(blueprint, planned$blueprint)) {
    planned$plan <- plain_plan(blueprint)
    planned$blueprint <- blueprint
  }
  plan <- planned$plan
  if (is.null(plan)) {
    return(NULL)
  }
  columns <- .subset(chunk, plan$columns)
  own_matrix <- function(part) {
    core_plain_matrix(columns, part$columns, part$intercept)
  }
  z <- own_matrix(plan$expert)
  x <- if (blueprint$same) z else own_matrix(plan$gate)
  if (is.null(z) || is.null(x)) {
    return(NULL)
  }
  list(
    x = x, z = z, y = replay_response(columns[[1L]], blueprint, call),
    row_names = attr(chunk, "row.names")
  )
}

#' The blueprint of the last chunk, and its plan
#'
#' identical() answers at once for what is the same memory.
#' @noRd
planned <- new.env()

#' Which columns make the designs, the response first; NULL where the formula has
#' more than numeric columns
#' @noRd
plain_plan <- function(blueprint) {
  terms <- blueprint$frame_terms
  names <- vapply(variable_calls(terms), function(variable) {
    if (is.symbol(variable)) as.character(variable) else NA_character_
  }, "")
  numeric <- vapply(blueprint$columns[names], function(column) {
    identical(column$kind, "numeric") && is.null(column$units)
  }, NA)
  plain <- !anyNA(names) && all(numeric) && !anyDuplicated(names) &&
    all(attr(terms, "dataClasses")[names] == "numeric") &&
    attr(terms, "response") == 1L && is.null(attr(terms, "offset")) &&
    is.null(blueprint$offset) && is.null(blueprint$weights)
  if (!isTRUE(plain)) {
    return(NULL)
  }
  plan <- list(columns = names)
  for (part in c("expert", "gate")) {
    own <- blueprint[[paste0(part, "_terms")]]
    used <- match(gsub("`", "", attr(own, "term.labels"), fixed = TRUE), names)
    if (anyNA(used) || any(used == 1L) || any(attr(own, "order") != 1L)) {
      return(NULL)
    }
    plan[[part]] <- list(
      columns = used, intercept = attr(own, "intercept") == 1L
    )
  }
  plan
}
