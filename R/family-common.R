# What families share.

#' The mixture's mean: the gate-weighted mean of the experts', n x q
#'
#' @param means n x q x K.
#' @noRd
mixture_mean <- function(means, gate) {
  q <- dim(means)[[2L]]
  result <- 0
  for (i in seq_len(dim(means)[[3L]])) {
    result <- result + matrix(means[, , i], ncol = q) * gate[, i]
  }
  result
}

#' @noRd
response_residuals <- function(at) {
  at$observed - at$centre
}

#' Divided by the mixture's standard deviation; `variance` is that of the
#' experts, n x q x K
#' @noRd
pearson_residuals <- function(at, variance) {
  spread <- at$means - as.vector(at$centre)
  (at$observed - at$centre) / sqrt(mixture_mean(spread^2 + variance, at$gate))
}

#' The first of the largest columns of each row; NA for rows with an NA
#' @noRd
largest_column <- function(values) {
  best <- rep(NA_integer_, nrow(values))
  known <- !is.na(rowSums(values))
  best[known] <- max.col(values[known, , drop = FALSE], "first")
  best
}

#' The change from logits relative to the last class to those relative to the
#' first
#' @noRd
reference_change <- function(classes) {
  free <- classes - 1L
  change <- matrix(0, free, free)
  change[, seq_len(min(1L, free))] <- -1
  later <- seq_len(free)[-1L]
  change[cbind(later - 1L, later)] <- change[cbind(later - 1L, later)] + 1
  change
}

#' The response as a matrix with a column for each of its columns, with names
#' @noRd
response_matrix <- function(response, expression) {
  if (is.null(dim(response)) && is.symbol(expression)) { # one row must be quick
    y <- as.double(response)
    dim(y) <- c(length(y), 1L)
    dimnames(y) <- list(NULL, as.character(expression))
    return(y)
  }
  name <- deparse1(expression)
  names <- colnames(response)
  if (NCOL(response) > 1L) {
    if (is.null(names)) {
      names <- character(ncol(response))
    }
    blank <- !nzchar(names)
    arguments <- if (is.call(expression)) as.list(expression)[-1L]
    names[blank] <- if (identical(length(arguments), ncol(response)) &&
      identical(expression[[1L]], as.name("cbind"))) {
      vapply(arguments[blank], deparse1, "")
    } else {
      paste0(name, seq_along(names))[blank]
    }
    names <- make.unique(names)
  } else if (is.null(names) || !nzchar(names)) {
    names <- name
  }
  matrix(
    as.double(response), NROW(response), NCOL(response),
    dimnames = list(NULL, names)
  )
}

#' The response of new rows, a matrix of numbers with the names of the fit's
#'
#' @param response As the formula gives it.
#' @noRd
replay_numbers <- function(response, blueprint) {
  y <- response_matrix(response, blueprint$response_call)
  dimnames(y) <- list(NULL, blueprint$response_names)
  y
}

#' What `|` means in a response that says nothing, or NULL; `name` is how the
#' user wrote it
#' @noRd
bar_hint <- function(name) {
  parsed <- tryCatch(str2lang(name), error = function(error) NULL)
  if ("|" %in% all.names(parsed)) {
    "{.code |} is the logical {.emph or}: covariates stand on the right of the
     {.code ~}, with a {.code +} between them."
  }
}

#' Rows of numbers, for update_matrix()
#' @noRd
as_number_rows <- function(y, columns, call = rlang::caller_env()) {
  if (columns > 1L && is.numeric(y) && is.null(dim(y))) {
    y <- matrix(y, 1L)
  }
  if (!is.numeric(y) || NCOL(y) != columns) {
    abort("chunk", c(
      "{.arg y} must be numeric with {columns} column{?s}.",
      "x" = "It is of type {kind_of(y)}."
    ), call)
  }
  y <- as.double(y)
  dim(y) <- c(length(y) / columns, columns)
  y
}

#' Is this the prior on the experts' intercepts, if they have one?
#'
#' @param prior As stored_prior() has it.
#' @param size How many numbers its target has.
#' @noRd
is_intercept_prior <- function(prior, spec, size) {
  if (!spec$basis$expert$intercept) {
    return(length(prior) == 0L)
  }
  names <- c("expert_prior", "prior_target")
  identical(names(prior), names) && are_numbers(prior$expert_prior, 1L, 0) &&
    is_matrix_of(prior$prior_target, size, 1L) && all(prior$prior_target >= 0)
}

#' @noRd
row_softmax <- function(logits) {
  probability <- exp(logits - apply(logits, 1L, max))
  probability / rowSums(probability)
}

#' For each row, a column drawn with the row's probabilities
#' @noRd
draw_columns <- function(probability) {
  n <- nrow(probability)
  columns <- ncol(probability)
  threshold <- stats::runif(n)
  cumulative <- probability %*% upper.tri(diag(columns), diag = TRUE)
  pmin(1L + rowSums(cumulative < threshold), columns)
}

# Parts of most families.
family_defaults <- list(
  unit = "response",
  instead = character(),
  widen_offset = function(value, rows, q) {
    if (NCOL(value) %in% c(1L, q)) matrix(as.double(value), rows, q)
  },
  observed = function(y, names) y,
  row_counts = function(y) rep(1, nrow(y)),
  grouped = function(blueprint) FALSE,
  scales = function(spec) character(),
  positive = function(spec) TRUE,
  check_start = function(scale, spec, call) NULL,
  move_scales = function(parameters, stretch) parameters,
  stored_scales = function(parameters, spec) TRUE,
  tangent = function(direction, spec) direction,
  cost = function(spec) 0,
  reference = function(spec) NULL,
  augment = function(fitted, y, blueprint) {
    if (!is.null(y)) list(.resid = y - fitted)
  },
  drawing = list(
    first = function(spec) 1L, title = function(name) name, key = "Mean",
    spread = function(y) y
  ),
  seen = function(y, names) rep(TRUE, length(names))
)
