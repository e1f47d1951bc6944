# `start =`: a posterior matrix, labels, an earlier fit, or a coefficient vector.

#' The starting point that was given
#'
#' @param start What the user gave.
#' @param problem The problem to be started, from new_problem().
#' @param design Its design, which knows the rows that were left out.
#' @return list(start, type) for fit_starts()
#' @noRd
resolve_start <- function(start, problem, design, call) {
  given <- function(start, type) list(start = start, type = type)
  if (inherits(start, "sgmoe")) {
    return(given(start_from_fit(start, problem, call), "fit"))
  }
  if (is.numeric(start) && is.matrix(start)) {
    posterior <- check_posterior(start, problem, call)
    return(given(list(posterior = posterior), "posterior"))
  }
  if (are_labels(start, problem, design)) {
    posterior <- start_from_labels(start, problem, design, call)
    return(given(list(posterior = posterior), "labels"))
  }
  if (is.numeric(start)) {
    parameters <- start_from_coefficients(start, problem, call)
    return(given(parameters, "coefficients"))
  }
  abort("start", c(
    "{.arg start} must be a posterior matrix, labels of the rows (a factor or
     numbers of experts), an earlier fit or a coefficient vector.",
    "x" = "It is of type {kind_of(start)}."
  ), call)
}

#' Is a start one label for each row?
#'
#' Numbers are, if none of them has the name of a coefficient (labels may have
#' the names of rows), all are numbers of experts and there are as many as rows.
#' @noRd
are_labels <- function(start, problem, design) {
  if (!is.numeric(start)) {
    # A single string is some other mistake.
    return(is.factor(start) ||
      is.character(start) && is.null(dim(start)) && length(start) > 1L)
  }
  length(start) == design$raw &&
    !any(names(start) %in% unlist(problem$labels)) &&
    all(start %in% c(seq_len(problem$k), NA))
}

#' A posterior that puts each row into the expert that its label names
#'
#' Labels are as long as the data; those of rows that `subset` and `na.action`
#' left out do not count.
#' @noRd
start_from_labels <- function(start, problem, design, call) {
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
  if (nlevels(labels) != problem$k) {
    abort("start", c(
      "Labels in {.arg start} must have {problem$k} level{?s}, as many as
       {.arg k}.",
      "x" = "In the rows used they are {.val {some_of(levels(labels))}}."
    ), call)
  }
  1 * outer(as.integer(labels), seq_len(problem$k), `==`)
}

#' @noRd
check_posterior <- function(posterior, problem, call) {
  if (nrow(posterior) != problem$rows || ncol(posterior) != problem$k) {
    abort("start", c(
      "A posterior matrix in {.arg start} needs a row for each row used and a
       column for each expert.",
      "x" = "It is {nrow(posterior)} x {ncol(posterior)}; expected
             {problem$rows} x {problem$k}.",
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
start_from_fit <- function(fit, problem, call) {
  same <- identical(fit$family, problem$family) &&
    identical(fit$labels, problem$labels) &&
    identical(fit$aliased, problem$aliased)
  if (!same) {
    unknown <- setdiff(unlist(problem$labels), unlist(fit$labels))
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
  move_parameters(fit$parameters, fit$basis, problem$basis)
}

#' @noRd
start_from_coefficients <- function(start, problem, call) {
  expected <- unlist(problem$labels, use.names = FALSE)
  if (is.null(names(start))) {
    if (length(start) != length(expected)) {
      abort("start", c(
        "{.arg start} has {length(start)} value{?s} for {length(expected)}
         coefficient{?s}.",
        "i" = "Give a vector as {.fn coef} gives it."
      ), call)
    }
    names(start) <- expected
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
  parameters <- unflatten_parameters(start[expected], problem)
  if (!all(is.finite(unlist(parameters)))) {
    bad <- expected[!is.finite(start[expected])]
    abort("start", c(
      "The coefficients in {.arg start} must be finite.",
      "x" = "{.val {some_of(bad)}} {cli::qty(length(bad))}{?is/are} not."
    ), call)
  }
  if (!has_classes(problem)) {
    check_covariances(start, problem, call)
  }
  move_parameters(parameters, user_basis(problem$basis), problem$basis)
}

#' Standard deviations must be positive, covariance matrices positive definite
#' @noRd
check_covariances <- function(coefficients, problem, call) {
  names <- problem$labels$scale
  q <- length(problem$responses)
  if (q == 1L || problem$covariance != "full") {
    bad <- names[!coefficients[names] > 0]
    if (length(bad)) {
      abort("start", c(
        "Standard deviations in {.arg start} must be positive.",
        "x" = "{.val {some_of(bad)}} {cli::qty(length(bad))}{?is/are} not."
      ), call)
    }
    return(invisible())
  }
  covariance <- unflatten_parameters(coefficients, problem)$covariance
  labels <- matrix(names, ncol = if (problem$shared) 1L else problem$k)
  for (i in seq_len(ncol(labels))) {
    own <- covariance[, (i - 1L) * q + seq_len(q)]
    if (min(eigen(own, TRUE, only.values = TRUE)$values) <= 0) {
      abort("start", c(
        "The covariance matrices in {.arg start} must be positive definite.",
        "x" = "That of {.val {some_of(labels[, i])}} is not."
      ), call)
    }
  }
}
