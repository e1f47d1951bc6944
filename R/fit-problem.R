# From a design to what the core computes on: columns that carry information,
# the working basis, penalties and labels.

#' @noRd
new_problem <- function(design, k, covariance, shared, control, method = "mm",
                        call = NULL) {
  blueprint <- design$blueprint
  weights <- if (is.null(design$weights)) numeric() else design$weights
  family <- blueprint$family
  response <- core_response(design)
  check_distinct(design, response, k, call)
  same <- blueprint$same
  expert <- prepare_part(
    design$z, weights, blueprint$expert_intercept, control,
    if (same) "gate and expert" else "expert", call
  )
  gate <- if (same) {
    expert
  } else {
    prepare_part(
      design$x, weights, blueprint$gate_intercept, control, "gate", call
    )
  }
  basis <- list(
    gate = gate$basis, expert = expert$basis,
    response = if (has_classes(blueprint)) {
      class_basis(blueprint$response_names)
    } else {
      response_basis(response, weights, covariance, expert$basis$intercept)
    }
  )
  data <- core_data(
    gate, if (!same) expert, response, weights, core_offset(design), basis
  )
  list(
    data = data,
    model = core_model(family, k, basis, covariance, shared, control),
    basis = basis,
    aliased = list(gate = gate$aliased, expert = expert$aliased),
    columns = list(
      gate = colnames(gate$values), expert = colnames(expert$values)
    ),
    label_columns = list(
      gate = colnames(design$x), expert = colnames(design$z)
    ),
    labels = coefficient_labels(
      family, k, colnames(design$x), colnames(design$z),
      blueprint$response_names, covariance, shared
    ),
    family = family, k = k, covariance = covariance, shared = shared,
    method = method,
    responses = blueprint$response_names,
    rows = nrow(response),
    weight = total_weight(weights, nrow(response))
  )
}

#' What the core takes as data; also for new data
#' @noRd
core_data <- function(gate, expert, response, weights, offset, basis) {
  columns <- function(values, part) {
    used <- seq_len(ncol(values)) # a column of class numbers stands for all
    list(
      values = values, centre = part$centre[used], scale = part$scale[used]
    )
  }
  list(
    gate = columns(gate$values, basis$gate),
    expert = if (!is.null(expert)) columns(expert$values, basis$expert),
    response = columns(response, basis$response),
    weights = weights, offset = offset
  )
}

#' The weight of a problem's rows: their number, if they have none of their own
#' @noRd
total_weight <- function(weights, rows) {
  if (length(weights)) sum(weights) else rows
}

#' What one row weighs on average, one at most: weights that are small throughout
#' must not make every expert look empty
#' @noRd
row_weight <- function(problem) {
  weights <- problem$data$weights
  if (length(weights)) min(1, problem$weight / sum(weights > 0)) else 1
}

#' Some rows of a problem
#' @noRd
subset_problem <- function(problem, rows) {
  problem$data <- subset_data(problem$data, rows)
  problem$rows <- length(rows)
  problem$weight <- total_weight(problem$data$weights, problem$rows)
  problem
}

#' Some rows of what the core takes as data
#' @noRd
subset_data <- function(data, rows) {
  for (part in c("gate", "expert", "response")) {
    if (!is.null(data[[part]])) {
      data[[part]]$values <- data[[part]]$values[rows, , drop = FALSE]
    }
  }
  if (!is.null(data$offset)) {
    data$offset <- data$offset[rows, , drop = FALSE]
  }
  for (part in c("weights", "background")) {
    if (length(data[[part]])) {
      data[[part]] <- data[[part]][rows]
    }
  }
  data
}

#' What the core takes as model
#' @noRd
core_model <- function(family, k, basis, covariance, shared, control) {
  list(
    family = family, experts = k, responses = length(basis$response$scale),
    gate_penalty = core_penalty(basis$gate, first_ridge(control)),
    expert_penalty = core_penalty(basis$expert, first_ridge(control)),
    covariance = covariance, shared = shared,
    # One expert cannot collapse onto a few rows; its floor only keeps the
    # computation finite, so that a very close fit equals that of lm().
    variance_floor = if (k == 1) {
      min(control$variance_floor, 1e-14)
    } else {
      control$variance_floor
    }
  )
}

#' The penalty of each column; an intercept, the first, has none
#' @noRd
core_penalty <- function(part, ridge) {
  penalty <- rep(ridge, length(part$scale))
  penalty[part$intercept * seq_along(penalty) == 1L] <- 0
  penalty
}

#' One design without its aliased columns, with its basis
#' @noRd
prepare_part <- function(values, weights, intercept, control, part, call) {
  if (ncol(values) == 0L) {
    abort("no_columns", c(
      "The formula of the {if (part == 'gate') 'gate' else 'experts'} has no
       column at all.",
      "i" = "Leave the intercept in: {.code ~ 1} is the smallest formula."
    ), call)
  }
  basis <- design_basis(values, weights, intercept)
  extreme <- !is.finite(basis$centre) | !is.finite(basis$scale) |
    basis$scale < 1e-150
  if (any(extreme)) {
    abort("extreme_values", c(
      "{cli::qty(sum(extreme))}The values of column{?s}
       {.val {colnames(values)[extreme]}} are too large or too small to compute
       with.",
      "i" = "Give {?it/them} in other units."
    ), call)
  }
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
#' @noRd
aliased_columns <- function(values, weights, basis, threads) {
  columns <- list(values = values, centre = basis$centre, scale = basis$scale)
  gram <- core_gram(columns, weights, threads)
  size <- sqrt(diag(gram))
  size[size == 0] <- 1
  correlation <- gram / tcrossprod(size)
  smallest <- min(eigen(correlation, TRUE, only.values = TRUE)$values)
  if (smallest > 1e-9) {
    return(logical(ncol(values)))
  }
  scaled <- (values - rep(basis$centre, each = nrow(values))) /
    rep(basis$scale, each = nrow(values))
  if (length(weights)) {
    scaled <- scaled * sqrt(weights)
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
check_distinct <- function(design, response, k, call) {
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
    if (distinct >= k) {
      return(invisible())
    }
    if (size == length(counts)) {
      break
    }
    size <- min(10L * size, length(counts))
  }
  abort("k", c(
    "{.arg k} is {k}, but the data have only {distinct} distinct row{?s}.",
    "i" = "Ask for fewer experts."
  ), call)
}
