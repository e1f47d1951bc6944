# What a fit says of rows: designs, and their evaluation in the core.

#' The model frame, or an error that says what to do without one
#' @noRd
require_model <- function(fit, call = rlang::caller_env()) {
  if (is.null(fit$model)) {
    abort("no_model", c(
      "This needs the data, which the fit did not keep
       ({.code model = FALSE}).",
      "i" = "Give the data as {.arg newdata} to {.fn predict}, or fit again with
             {.code model = TRUE}."
    ), call)
  }
  fit$model
}

#' The design of the data that the fit was made from
#' @noRd
fitted_design <- function(fit, call = rlang::caller_env()) {
  frame <- require_model(fit, call)
  matrices <- part_matrices(fit$blueprint, frame)
  list(
    x = matrices$x, z = matrices$z,
    y = replay_response(frame[[1L]], fit$blueprint, call),
    offset = offset_matrix(frame, fit$blueprint, call),
    weights = stats::model.weights(frame),
    na_action = fit$na.action, frame = frame, variables = fit$variables,
    row_names = attr(frame, "row.names"), blueprint = fit$blueprint
  )
}

#' The problem that a fit solved
#' @noRd
fitted_problem <- function(fit, call = rlang::caller_env()) {
  design_problem(fit$spec, fitted_design(fit, call))
}

#' What a fit says of the rows of a design
#'
#' Each of `parts` is evaluated once; what is not known of a row is NA.
#'
#' @param parts Any of "gate", "expert" and "posterior"; the last needs the
#'   response.
#' @return A list with, as asked for, `gate` (n x K), `means` (the experts', or
#'   their class probabilities, n x q x K, on the user's scale, offsets
#'   included), `posterior` (n x K) and `log_density`.
#' @noRd
evaluate_rows <- function(fit, design, parts) {
  spec <- fit$spec
  n <- nrow(design$x)
  k <- spec$k
  q <- length(spec$responses)
  response <- if ("posterior" %in% parts) core_response(design)
  # A row with an infinite covariate has no prediction either.
  known <- is.finite(rowSums(design$x)) & is.finite(rowSums(design$z))
  if (!is.null(design$offset)) {
    known <- known & is.finite(rowSums(design$offset))
  }
  if (!is.null(response)) {
    observed <- is.finite(rowSums(response))
    response[!observed, ] <- 0
  }
  data <- design_data(spec, design, response)
  model <- spec_model(spec)
  evaluate <- function(part, columns, rows = known) {
    if (n == 0L) {
      return(matrix(0, 0L, columns))
    }
    values <- in_core(core_predict(
      data, model, fit$parameters, part, fit$control$threads
    ))
    values[!rows, ] <- NA
    values
  }
  result <- list()
  if ("gate" %in% parts) {
    result$gate <- evaluate("gate", k)
  }
  if ("expert" %in% parts) {
    result$means <- user_means(evaluate("expert", q * k), spec, design)
  }
  if ("posterior" %in% parts) {
    values <- evaluate("posterior", k + 1L, known & observed)
    result$posterior <- values[, seq_len(k), drop = FALSE]
    result$log_density <- values[, k + 1L] -
      sum(log(spec$basis$response$scale))
  }
  result
}

#' Experts' means from the working scale, n x qK, to the user's, n x q x K
#' @noRd
user_means <- function(means, spec, design) {
  n <- nrow(means)
  response <- spec$basis$response
  means <- means * rep(rep(response$scale, spec$k), each = n) +
    rep(rep(response$centre, spec$k), each = n)
  if (!is.null(design$offset) && subtracts_offset(spec)) {
    means <- means + as.vector(design$offset)
  }
  array(means, c(n, length(spec$responses), spec$k))
}
