# `start =`: a posterior matrix, labels, an earlier fit, or coefficients.

#' The starting point that was given
#'
#' @param start What the user gave.
#' @param problem The problem to be started; its design knows the rows that were
#'   left out.
#' @return list(start, type, ridge, run) for fit_starts(); the ridge is that of a
#'   fit which found its own, `run` the parameters and weights of a fit, else NULL
#' @noRd
resolve_start <- function(start, problem, call = rlang::caller_env()) {
  given <- function(start, type) list(start = start, type = type)
  if (inherits(start, "sgmoe")) {
    check_stored(start, call)
    own <- given(start_from_fit(start, problem, call), "fit")
    own$ridge <- if (!is.null(start$evidence)) start$ridge
    own$run <- list(
      parameters = own$start, expert_weight = start$posterior_weight
    )
    return(own)
  }
  if (is.numeric(start) && is.matrix(start)) {
    posterior <- check_posterior(start, problem, call)
    return(given(list(posterior = posterior), "posterior"))
  }
  if (are_labels(start, problem)) {
    posterior <- start_from_labels(start, problem, call)
    return(given(list(posterior = posterior), "labels"))
  }
  if (is.numeric(start)) {
    parameters <- start_from_coefficients(start, problem, call)
    return(given(parameters, "coefficients"))
  }
  abort("start", c(
    "{.arg start} must be a posterior matrix, labels of the rows (a factor, TRUE
     and FALSE, or numbers of experts), an earlier fit or a coefficient vector.",
    "x" = "It is of type {kind_of(start)}."
  ), call)
}

#' Is a start one label for each row?
#'
#' Numbers are, if there are as many as rows and none of them has the name of a
#' coefficient (labels may have the names of rows); where the model has as many
#' coefficients as there are rows, only numbers of experts are.
#' @noRd
are_labels <- function(start, problem) {
  if (!is.numeric(start)) {
    # A single string is some other mistake.
    return(is.factor(start) ||
      (is.character(start) || is.logical(start)) && is.null(dim(start)) &&
        length(start) > 1L)
  }
  coefficients <- unlist(spec_labels(problem$spec))
  length(start) == problem$design$raw && !any(names(start) %in% coefficients) &&
    (length(start) != length(coefficients) ||
      all(start %in% c(seq_len(problem$spec$k), NA)))
}

#' A posterior that puts each row into the expert that its label names
#'
#' Labels are as long as the data; those of rows that `subset` and `na.action`
#' left out do not count.
#' @noRd
start_from_labels <- function(start, problem, call = rlang::caller_env()) {
  design <- problem$design
  k <- problem$spec$k
  if (length(start) != design$raw) {
    abort("start", c(
      "Labels in {.arg start} must be as many as the data have rows.",
      "x" = "They are {length(start)} for {design$raw} row{?s}.",
      "i" = "Rows that {.arg subset} or {.arg na.action} leaves out have labels,
             too."
    ), call)
  }
  labels <- start[design$used]
  if (anyNA(labels)) {
    abort("start", c(
      "Labels in {.arg start} must not be missing.",
      "x" = "That of row {design$used[which(is.na(labels))[[1L]]]} is."
    ), call)
  }
  labels <- droplevels(as.factor(labels))
  if (nlevels(labels) != k) {
    abort("start", c(
      "Labels in {.arg start} must have {k} level{?s}, as many as {.arg k}.",
      "x" = "In the rows used they are {.val {some_of(levels(labels))}}."
    ), call)
  }
  1 * outer(as.integer(labels), seq_len(k), `==`)
}

#' @noRd
check_posterior <- function(posterior, problem, call = rlang::caller_env()) {
  if (nrow(posterior) != problem$rows || ncol(posterior) != problem$spec$k) {
    abort("start", c(
      "A posterior matrix in {.arg start} needs a row for each row used and a
       column for each expert.",
      "x" = "It is {nrow(posterior)} x {ncol(posterior)}; expected
             {problem$rows} x {problem$spec$k}.",
      "i" = "Rows left out by {.arg subset} or {.arg na.action} must be left
             out here, too."
    ), call)
  }
  total <- rowSums(posterior)
  bad <- which(!is.finite(total) | total <= 0 | rowSums(posterior < 0) > 0)
  if (length(bad)) {
    abort("start", c(
      "Posteriors in {.arg start} must be finite, not negative and not all
       zero in a row.",
      "x" = "{length(bad)} row{?s} {?is/are} not so, the first is row
             {bad[[1L]]}."
    ), call)
  }
  matrix(as.double(posterior / total), nrow(posterior))
}

#' @noRd
start_from_fit <- function(fit, problem, call = rlang::caller_env()) {
  labels <- unlist(spec_labels(fit$spec))
  expected <- unlist(spec_labels(problem$spec))
  same <- identical(fit$spec$family, problem$spec$family) &&
    identical(labels, expected) &&
    identical(fit$spec$aliased, problem$spec$aliased)
  if (!same) {
    unknown <- setdiff(expected, labels)
    abort("start", c(
      "The fit in {.arg start} has other coefficients than this model.",
      "x" = if (length(unknown)) {
        "It lacks {.val {some_of(unknown)}}."
      } else {
        "It has more of them, or other columns are aliased."
      },
      "i" = "It must have the same terms, {.arg k}, {.arg covariance} and
             {.arg shared}."
    ), call)
  }
  spec <- fit$spec
  move_parameters(fit$parameters, spec$basis, problem$spec$basis, spec)
}

#' @noRd
start_from_coefficients <- function(start, problem,
                                    call = rlang::caller_env()) {
  spec <- problem$spec
  expected <- unlist(spec_labels(spec), use.names = FALSE)
  start <- order_coefficients(start, expected, call)
  parameters <- unflatten_parameters(start, spec)
  if (!all(is.finite(unlist(parameters)))) {
    bad <- expected[!is.finite(start)]
    abort("start", c(
      "The coefficients in {.arg start} must be finite.",
      "x" = "{.val {some_of(bad)}} {cli::qty(length(bad))}{?is/are} not."
    ), call)
  }
  family_of(spec)$check_start(start[coefficient_parts(spec)$scale], spec, call)
  move_parameters(parameters, user_basis(spec$basis), spec$basis, spec)
}

#' Given coefficients in the order of the model's
#' @noRd
order_coefficients <- function(start, expected, call = rlang::caller_env()) {
  if (is.null(names(start))) {
    if (length(start) != length(expected)) {
      abort("start", c(
        "{.arg start} has {length(start)} value{?s} for {length(expected)}
         coefficient{?s}.",
        "i" = "Give a vector as {.fn coef} gives it, or a label for each row of
               the data."
      ), call)
    }
    return(stats::setNames(start, expected))
  }
  if (identical(names(start), expected)) {
    return(start)
  }
  absent <- setdiff(expected, names(start))
  unknown <- setdiff(names(start), expected)
  repeated <- unique(names(start)[duplicated(names(start))])
  if (length(absent) || length(unknown) || length(repeated)) {
    abort("start", c(
      "The coefficients in {.arg start} must be named as {.fn coef} names
       them.",
      "x" = if (length(absent)) "Missing: {.val {some_of(absent)}}.",
      "x" = if (length(unknown)) "Unknown: {.val {some_of(unknown)}}.",
      "x" = if (length(repeated)) "Repeated: {.val {some_of(repeated)}}."
    ), call)
  }
  start[match(expected, names(start))]
}
