# Numeric responses.

#' @noRd
check_numbers <- function(response, name, call = rlang::caller_env()) {
  numeric <- is.numeric(response) && !is_integer64(response) &&
    length(dim(response)) <= 2L
  if (!numeric) {
    abort("response_type", c(
      "Gaussian experts need a numeric response.",
      "x" = "{.code {name}} is of type {kind_of(response)}.",
      "i" = if (is.list(response)) {
        "For several responses, write {.code cbind(y1, y2) ~ ...}."
      } else if (is_labels(response) && length(dim(response)) < 2L) {
        "Leave {.arg family} out to fit multinomial experts, or convert the
         response to numbers first."
      } else {
        "Convert it first: {.code as.numeric({name})}; for labels that are
         numbers, {.code as.numeric(as.character({name}))}."
      }
    ), call)
  }
  invisible(response)
}

#' @param keep_levels Has no meaning for numbers.
#' @noRd
read_gaussian <- function(response, expression, weights, keep_levels,
                          call = rlang::caller_env()) {
  y <- response_matrix(response, expression)
  check_spread(y, weights, call)
  list(values = y, names = colnames(y), kind = "numbers")
}

#' Refuse a response column without spread among the rows that count
#' @noRd
check_spread <- function(y, weights = NULL, call = rlang::caller_env()) {
  counts <- if (!is.null(weights) && any(weights == 0)) weights > 0
  for (j in seq_len(ncol(y))) {
    ends <- range(if (is.null(counts)) y[, j] else y[counts, j])
    if (ends[2L] - ends[1L] <= 100 * .Machine$double.eps * max(abs(ends))) {
      name <- colnames(y)[[j]]
      rows <- if (is.null(counts)) nrow(y) else sum(counts)
      abort("constant_response", c(
        "Response {.code {name}} is constant: it is {signif(ends[[1L]], 6)} in
         {if (rows == 1L) 'the only row' else paste('all', rows, 'rows')} with
         a positive weight.",
        "i" = "There is nothing to explain: check the column, {.arg subset} and
               {.arg weights}, or take it out of the response.",
        "i" = bar_hint(name)
      ), call)
    }
  }
  invisible(y)
}

#' Centre and scale of the response; one scale for all under a spherical
#' covariance, which would not stay spherical otherwise
#' @noRd
gaussian_basis <- function(y, weights, names, covariance, intercept) {
  moments <- column_moments(y, weights)
  scale <- moments$deviation
  if (covariance == "spherical") {
    scale[] <- sqrt(mean(scale^2))
  }
  centre <- if (intercept) moments$mean else numeric(ncol(y))
  list(centre = centre, scale = scale, intercept = intercept)
}
