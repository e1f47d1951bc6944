# From a design to a problem: what the model is, and what the core computes on.
#
# A problem is list(spec, data, rows, weight, method, design): the model
# (R/spec.R), the rows as the core takes them, their number and weight, the
# algorithm ("mm", "em" or "incremental"), and the design they came from.

#' @param wanted list(k, covariance, shared), see settle_model(); `walk` if this is the
#'   single regression of a walk over more experts.
#' @noRd
new_problem <- function(design, wanted, control, method = "mm",
                        call = rlang::caller_env()) {
  blueprint <- design$blueprint
  weights <- design$weights %||% numeric()
  check_distinct(design, wanted$k, call)
  check_total_weight(weights, call)
  same <- blueprint$same
  expert <- prepare_part(
    design$z, weights, blueprint$expert_intercept, control,
    if (!same || wanted$k == 1) "expert" else "gate and expert", call
  )
  gate <- if (same) {
    expert
  } else {
    prepare_part(
      design$x, weights, blueprint$gate_intercept, control, "gate", call
    )
  }
  response <- family_of(blueprint)$basis(
    core_response(design), weights, blueprint$response_names,
    wanted$covariance, expert$basis$intercept
  )
  refuse_explained(response, design, call)
  check_scale(response, core_response(design), call)
  spec <- new_spec(
    blueprint$family, wanted$k, blueprint$response_names,
    columns = list(gate = colnames(design$x), expert = colnames(design$z)),
    aliased = list(gate = gate$aliased, expert = expert$aliased),
    basis = list(
      gate = gate$basis, expert = expert$basis, response = response
    ),
    same = same, covariance = wanted$covariance, shared = wanted$shared,
    ridge = first_ridge(control), variance_floor = control$variance_floor
  )
  if (has_part(spec, "inform")) {
    shown <- shown_response(design)
    hints <- unlist(lapply(families, function(own) {
      if (!is.null(own$suits)) own$suits(shown$y)
    }))
    alone <- wanted$k == 1 && !isTRUE(wanted$walk)
    family_of(spec)$inform(shown$y, shown$weights, hints, alone)
  }
  rows_problem(spec, design, core_data(
    spec, gate$values, if (!same) expert$values, core_response(design), weights,
    core_offset(design)
  ), method)
}

#' A problem from rows as the core takes them
#' @noRd
rows_problem <- function(spec, design, data, method = "mm") {
  rows <- nrow(data$gate$values)
  list(
    spec = spec, data = data, rows = rows,
    weight = total_weight(data$weights, rows), method = method, design = design
  )
}

#' The problem of a fit's model on the rows of a design
#' @noRd
design_problem <- function(spec, design) {
  rows_problem(spec, design, design_data(
    spec, design, core_response(design), design$weights
  ))
}

#' The rows of a design as the core takes them
#' @noRd
design_data <- function(spec, design, response = NULL, weights = NULL) {
  check_design_columns(design$x, spec$columns$gate)
  check_design_columns(design$z, spec$columns$expert)
  core_data(
    spec, drop_aliased(design$x, spec$aliased$gate),
    if (!spec$same) drop_aliased(design$z, spec$aliased$expert),
    response %||% matrix(0, nrow(design$x), 0L),
    if (is.null(weights)) numeric() else as.double(weights),
    core_offset(design)
  )
}

#' Has a design the columns of the model? Not if levels or contrasts of a stored
#' object were changed
#'
#' @param columns Names of those of the model.
#' @noRd
check_design_columns <- function(values, columns) {
  own <- colnames(values)
  if (!is.null(own) && !identical(own, columns)) {
    refuse_damaged(
      "fit", "its factors or terms give other columns than it has", fit_remedy, NULL
    )
  }
}

#' @noRd
drop_aliased <- function(values, aliased) {
  if (any(aliased)) values[, !aliased, drop = FALSE] else values
}

#' What the core takes as data
#'
#' @param gate,expert Matrices without aliased columns; `expert` is `NULL` where
#'   it is that of the gate.
#' @param offset What is added to linear predictors, or `NULL`.
#' @noRd
core_data <- function(spec, gate, expert, response, weights, offset) {
  columns <- function(values, part) {
    used <- seq_len(ncol(values)) # a column of class numbers stands for all
    list(
      values = values, centre = part$centre[used], scale = part$scale[used]
    )
  }
  basis <- spec$basis
  list(
    gate = columns(gate, basis$gate),
    expert = if (!is.null(expert)) columns(expert, basis$expert),
    response = columns(response, basis$response),
    weights = weights, offset = offset
  )
}

#' Are a family's offsets subtracted from the response?
#' @noRd
subtracts_offset <- function(x) {
  family_of(x)$offset == "subtract"
}

#' The response as the core sees it
#' @noRd
core_response <- function(design) {
  if (!is.null(design$offset) && subtracts_offset(design$blueprint)) {
    design$y - design$offset
  } else {
    design$y
  }
}

#' Refuse a response that an offset leaves nothing of but rounding errors
#'
#' @param response The response's part of the basis.
#' @noRd
refuse_explained <- function(response, design, call = rlang::caller_env()) {
  spilled <- is_spilled(design$y) # with its offset subtracted
  if (!spilled && is.null(design$offset) || !subtracts_offset(design$blueprint)) {
    return(invisible())
  }
  size <- if (spilled) 0 else apply(abs(design$y), 2L, max)
  flat <- which(response$scale <= 100 * .Machine$double.eps * size)
  if (length(flat)) {
    name <- design$blueprint$response_names[[flat[[1L]]]]
    abort("constant_response", c(
      "Response {.code {name}} is constant once its offset is subtracted.",
      "i" = "There is nothing left to explain: is the offset the response itself?"
    ), call)
  }
}

#' The offset as the core sees it, where it is added to linear predictors
#' @noRd
core_offset <- function(design) {
  if (!subtracts_offset(design$blueprint)) design$offset
}

#' What one row weighs on average, one at most: weights that are small throughout
#' must not make every expert look empty
#' @noRd
row_weight <- function(problem) {
  weights <- problem$data$weights
  positive <- if (is_spilled(weights)) weights$positive else sum(weights > 0)
  if (length(weights)) min(1, problem$weight / positive) else 1
}

#' One design without its aliased columns, with its basis
#'
#' @param control Settings; of them `ridge` and `threads`.
#' @param part What messages call the design.
#' @noRd
prepare_part <- function(values, weights, intercept, control, part,
                         call = rlang::caller_env()) {
  if (ncol(values) == 0L) {
    abort("no_columns", c(
      "The formula of the {if (part == 'gate') 'gate' else 'experts'} has no
       column at all.",
      "i" = "Leave the intercept in: {.code ~ 1} is the smallest formula."
    ), call)
  }
  basis <- design_basis(values, weights, intercept)
  check_scale(basis, values, call)
  aliased <- if (has_ridge(control)) {
    logical(ncol(values))
  } else {
    aliased_columns(values, weights, basis, control$threads)
  }
  if (any(aliased)) {
    inform("aliased", c(
      "!" = "{sum(aliased)} column{?s} of the {part} design
             {cli::qty(sum(aliased))}{?is/are} {?a linear combination/linear
             combinations} of the others: {.val {colnames(values)[aliased]}}.",
      "i" = "{cli::qty(sum(aliased))}{?Its/Their} coefficients are NA. A
             {.arg ridge} would keep all columns."
    ))
    values <- values[, !aliased, drop = FALSE]
    basis$centre <- basis$centre[!aliased]
    basis$scale <- basis$scale[!aliased]
  }
  list(values = values, basis = basis, aliased = aliased)
}

#' Columns that are linear combinations of those before them, as `lm()` finds
#' them (pivoted QR, tolerance 1e-7)
#'
#' A Gram matrix with no small eigenvalue rules aliasing out without a QR
#' decomposition of all rows.
#'
#' @param threads Number of threads.
#' @noRd
aliased_columns <- function(values, weights, basis, threads) {
  columns <- list(values = values, centre = basis$centre, scale = basis$scale)
  gram <- column_gram(columns, weights, threads)
  size <- sqrt(diag(gram))
  size[size == 0] <- 1
  correlation <- gram / tcrossprod(size)
  smallest <- min(eigen(correlation, TRUE, only.values = TRUE)$values)
  if (smallest > 1e-9) {
    return(logical(ncol(values)))
  }
  scaled <- if (is_spilled(values)) {
    spilled_triangle(columns, weights)
  } else if (length(weights)) {
    working_columns(columns) * sqrt(weights)
  } else {
    working_columns(columns)
  }
  # LINPACK's tolerance is relative to a column's own size, so a column that is
  # nothing but rounding error after centring must be set to zero first.
  constant <- sqrt(colSums(scaled^2)) < 1e-10 * sqrt(nrow(values))
  scaled[, constant] <- 0
  decomposition <- qr(scaled, tol = 1e-7)
  aliased <- rep(TRUE, ncol(values))
  aliased[decomposition$pivot[seq_len(decomposition$rank)]] <- FALSE
  aliased
}

#' More experts than distinct rows cannot be told apart
#' @noRd
check_distinct <- function(design, k, call = rlang::caller_env()) {
  distinct <- if (is_spilled(design$z)) {
    distinct_spilled(design, k)
  } else {
    count_distinct(design, k)
  }
  if (distinct < k) {
    abort("k", c(
      "{.arg k} is {k}, but the data have only {distinct} distinct row{?s}.",
      "i" = "Ask for fewer experts."
    ), call)
  }
}

#' The number of distinct rows of a design, `k` or more if there are as many
#' @noRd
count_distinct <- function(design, k) {
  response <- core_response(design)
  rows <- nrow(response)
  if (!is.null(design$weights)) {
    counts <- which(design$weights > 0)
  } else {
    counts <- seq_len(rows)
  }
  distinct <- 0L
  size <- min(1000L, length(counts))
  repeat {
    some <- counts[seq_len(size)]
    distinct <- nrow(unique(cbind(
      design$z[some, , drop = FALSE],
      if (!design$blueprint$same) design$x[some, , drop = FALSE],
      response[some, , drop = FALSE]
    )))
    if (distinct >= k || size == length(counts)) {
      return(distinct)
    }
    size <- min(10L * size, length(counts))
  }
}
