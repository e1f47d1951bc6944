# `cluster =`: which rows of a fit belong together.

#' A group for each row that a fit used
#'
#' @param cluster A one-sided formula, or a vector with a value for each row of
#'   the data or for each row used; NULL.
#' @param caller Where the data of the fit's call may be found.
#' @noRd
resolve_cluster <- function(cluster, fit, caller, call = rlang::caller_env()) {
  if (is.null(cluster)) {
    return(NULL)
  }
  if (is.null(fit$model)) {
    inference_problem(fit, call) # says why it cannot be
  }
  values <- if (inherits(cluster, "formula")) {
    cluster_columns(cluster, fit, caller, call)
  } else {
    cluster_vector(cluster, fit, call)
  }
  if (anyNA(values)) {
    abort("cluster", c(
      "{.arg cluster} must have a value for each row used.",
      "x" = "{sum(is.na(values))} of {length(values)} {?is/are} missing."
    ), call)
  }
  groups <- as.integer(factor(values))
  if (max(groups) < 2L) {
    abort("cluster", c(
      "{.arg cluster} must have two groups or more.",
      "x" = "All {length(groups)} rows are of one."
    ), call)
  }
  groups
}

#' @noRd
cluster_vector <- function(cluster, fit, call = rlang::caller_env()) {
  omitted <- fit$na.action
  if (is.atomic(cluster) && length(cluster) == fit$rows) {
    return(cluster)
  }
  if (is.atomic(cluster) && length(omitted) &&
    length(cluster) == fit$rows + length(omitted)) {
    return(cluster[-omitted])
  }
  abort("cluster", c(
    "{.arg cluster} must be a one-sided formula, such as {.code ~ id}, or a
     vector with a value for each row used.",
    "x" = "It is {describe_value(cluster)}, for {fit$rows} row{?s} used."
  ), call)
}

#' The groups that a formula names: of columns that the fit kept, or of the data
#' of its call, whose rows are found by their names
#'
#' @param cluster The formula.
#' @noRd
cluster_columns <- function(cluster, fit, caller, call = rlang::caller_env()) {
  names <- all.vars(cluster)
  expression <- cluster[[length(cluster)]]
  kept <- kept_data(fit, call)
  if (!all(names %in% names(kept))) {
    data <- tryCatch(eval(fit$call$data, caller), error = function(error) NULL)
    rows <- if (is.data.frame(data)) {
      match(row.names(fit$model), row.names(data))
    }
    if (!all(names %in% names(data)) || anyNA(rows)) {
      absent <- setdiff(names, c(names(kept), names(data)))
      abort("cluster", c(
        "The groups {.code {deparse1(cluster)}} are not found for the rows of
         the fit.",
        "x" = if (length(absent)) {
          "Neither the fit nor its data have {.val {some_of(absent)}}."
        } else {
          "The data have other rows than those of the fit."
        },
        "i" = "Give a vector with a value for each row used."
      ), call)
    }
    kept <- data[rows, names, drop = FALSE]
  }
  columns <- lapply(as.list(kept)[names], as.factor)
  if (length(names) == 1L && is.symbol(expression)) {
    columns[[1L]]
  } else {
    interaction(columns, drop = TRUE)
  }
}
