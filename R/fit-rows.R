# What a fit says of rows: designs, and their evaluation in the core.

#' The model frame, or an error that says what to do without one
#' @noRd
require_model <- function(fit, call = rlang::caller_env()) {
  if (is.null(fit$model)) {
    # (The arguments of the function that is blamed.)
    place <- if (is.environment(call)) {
      intersect(c("newdata", "data"), names(call))[seq_len(1L)]
    }
    place <- place[!is.na(place)]
    if (isTRUE(fit$source)) {
      abort("no_model", c(
        "This needs the data, and a fit of a source keeps none of its rows.",
        "i" = if (length(place)) {
          "Give rows as {.arg {place}}."
        } else {
          "Fit some of the rows in memory, with {.code start =} this fit."
        }
      ), call)
    }
    abort("no_model", c(
      "This needs the data, which the fit did not keep
       ({.code model = FALSE}).",
      "i" = paste0(
        if (length(place)) "Give the data as {.arg {place}}, or fit" else "Fit",
        " again with {.code model = TRUE}."
      )
    ), call)
  }
  check_stored_rows(fit$model, call)
  fit$model
}

#' The design of the data that the fit was made from
#' @noRd
fitted_design <- function(fit, call = rlang::caller_env()) {
  frame <- require_model(fit, call)
  matrices <- part_matrices(fit$blueprint, frame)
  list(
    x = matrices$x, z = matrices$z,
    y = stored_response(frame[[1L]], fit$blueprint, call),
    offset = offset_matrix(frame, fit$blueprint, call),
    weights = stats::model.weights(frame),
    na_action = fit$na.action, frame = frame, variables = fit$variables,
    row_names = attr(frame, "row.names"), blueprint = fit$blueprint
  )
}

#' The response of a stored frame: what its family refuses has changed since the fit
#' @noRd
stored_response <- function(response, blueprint, call) {
  tryCatch(
    replay_response(response, blueprint, call),
    sgmoe_error = function(error) refuse_damaged("fit", "model", fit_remedy, call)
  )
}

#' The problem that a fit solved
#' @noRd
fitted_problem <- function(fit, call = rlang::caller_env()) {
  design_problem(fit$spec, fitted_design(fit, call))
}

#' What a fit says of the rows of a design
#'
#' All `parts` come from one pass; what is not known of a row is NA.
#'
#' @param parts Any of "gate", "expert" and "posterior"; the last needs the
#'   response.
#' @return A list with, as asked for, `gate` (n x K), `means` (the experts', or
#'   their class probabilities, n x q x K, on the user's scale, offsets
#'   included), `posterior` (n x K) and `log_density`.
#' @noRd
evaluate_rows <- function(fit, design, parts) {
  empty <- is_empty_row(design)
  if (any(empty)) {
    design$offset[empty, ] <- 0
    return(fill_empty_rows(
      evaluate_rows(fit, design, union("gate", parts)), empty, fit, design$y
    ))
  }
  spec <- fit$spec
  n <- nrow(design$x)
  response <- if ("posterior" %in% parts) core_response(design)
  known <- design$known %||% known_rows(design)
  if (!is.null(response)) {
    observed <- is.finite(rowSums(response))
    response[!observed, ] <- 0
  }
  values <- row_values(fit, design_data(spec, design, response), n, parts)
  means <- if ("expert" %in% parts) user_means(values$expert, spec, design)
  over <- known & (is_overflow(values$gate, n) | is_overflow(means, n))
  warn_overflow(design, over)
  known <- known & !over
  blank <- function(part, rows = known) {
    part[!rows, ] <- NA
    part
  }
  result <- list()
  if ("gate" %in% parts) {
    result$gate <- blank(values$gate)
  }
  if ("expert" %in% parts) {
    means[!known, , ] <- NA
    result$means <- means
  }
  if ("posterior" %in% parts) {
    result$posterior <- blank(values$posterior, known & observed)
    result$log_density <- drop(blank(
      as.matrix(values$log_density), known & observed
    )) - sum(log(spec$basis$response$scale))
    # So far out that squares overflow: less than any number above zero.
    beyond <- is.nan(result$log_density)
    result$log_density[beyond] <- -Inf
    result$posterior[beyond, ] <- NA
  }
  result
}

#' In which rows is something beyond all numbers?
#'
#' @param values A matrix or an array of gates or means; empty if they are not asked for.
#' @param n Number of rows.
#' @noRd
is_overflow <- function(values, n) {
  if (length(values)) !is.finite(rowSums(values)) else logical(n)
}

#' What rows are in which nothing can happen: every expert says the same, so that
#' the response tells nothing of the expert
#'
#' @param result What evaluate_rows() says, as if they had an offset of zero.
#' @param empty Which rows are so.
#' @noRd
fill_empty_rows <- function(result, empty, fit, y) {
  own <- family_of(fit)$empty
  rows <- which(empty & !is.na(rowSums(result$gate)))
  if (!is.null(result$means)) {
    result$means[rows, , ] <- own$mean
  }
  if (!is.null(result$posterior)) {
    density <- own$log_density(y[rows, 1L])
    possible <- density > -Inf
    possible[is.na(possible)] <- FALSE
    result$log_density[rows] <- density
    result$posterior[rows, ] <- NA
    result$posterior[rows[possible], ] <- result$gate[rows[possible], ]
  }
  result
}

#' The parts of rows in the working basis, from one pass of the core
#'
#' @param data Rows as the core takes them, `n` of them.
#' @param n Their number.
#' @param parts As in evaluate_rows().
#' @noRd
row_values <- function(fit, data, n, parts) {
  if (n == 0L) {
    none <- function(columns) matrix(0, 0L, columns)
    k <- fit$spec$k
    return(list(
      gate = none(k), expert = none(k * length(fit$spec$responses)),
      posterior = none(k), log_density = numeric()
    ))
  }
  in_core(core_predict(
    data, spec_model(fit$spec), fit$parameters, parts, fit$control$threads
  ))
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
