# The object of a stream, and what it must have before it can answer.

# The format in which streams are stored.
stream_version <- 3

#' A stream that goes on from the fit of its pilot
#'
#' @param fit The fit of the pilot, on the classes of which it had rows.
#' @param seen Which of the response's classes these are.
#' @param settings What split_settings() gives, settled for the number of experts.
#' @noRd
new_stream <- function(design, fit, seen, request, settings) {
  control <- settings$stream
  spec <- keep_prior(fit$spec, control)
  parameters <- fit$parameters
  if (!all(seen)) {
    names <- design$blueprint$response_names
    family <- family_of(spec)
    parameters <- family$add_unseen(parameters, spec, seen, nrow(design$x))
    spec$responses <- names
    spec$basis$response <- family$basis(
      design$y, numeric(), names, spec$covariance, TRUE
    )
  }
  problem <- design_problem(check_spec(spec), design)
  if (!all(seen) && !is.null(spec$prior)) {
    # Classes that the pilot lacked belong to the prior, too.
    prior <- problem_prior(problem, settings$pilot, spec$prior$ridge)
    problem <- set_ridge(problem, prior, spec$prior$ridge)
    spec <- problem$spec
  }
  stream <- structure(list(
    k = spec$k, family = spec$family, responses = spec$responses, spec = spec,
    blueprint = design$blueprint,
    undetermined = undetermined_columns(design, spec$basis),
    control = control, core_control = core_stream_control(control),
    na.action = request$na.action,
    pilot = list(
      rows = problem$rows, weight = fit$nobs,
      ridge = fit$spec$ridge,
      log_likelihood = fit$log_likelihood, starts = fit$starts
    ),
    dropped = length(design$na_action), call = request$call,
    version = stream_version, simd = simd_in_use()
  ), class = "sgmoe_stream")
  start_state(stream, problem, parameters)
}

#' A stream whose statistic is that of a problem's rows at some parameters
#' @noRd
start_state <- function(stream, problem, parameters) {
  stream$template <- subset_data(problem$data, integer())
  stream$state <- in_core(core_stream_start(
    problem$data, spec_model(stream$spec), parameters, stream$core_control
  ))
  stream
}

#' Rows as the core takes them, quickly: the template has their basis
#'
#' @param x,z Design matrices of gate and experts.
#' @noRd
stream_data <- function(stream, x, z, y, weights, offset) {
  data <- stream$template
  spec <- stream$spec
  data$gate$values <- drop_aliased(x, spec$aliased$gate)
  if (!spec$same) {
    data$expert$values <- drop_aliased(z, spec$aliased$expert)
  }
  data$weights <- if (is.null(weights)) numeric() else as.double(weights)
  if (is.null(offset)) {
    data["offset"] <- list(NULL)
  } else if (subtracts_offset(stream)) {
    y <- y - offset
  } else {
    data$offset <- offset
  }
  data$response$values <- y
  data
}

#' @noRd
require_pilot <- function(stream, call = rlang::caller_env()) {
  check_stream(stream, call)
  if (!is.null(stream$waiting)) {
    abort("pilot", c(
      "This stream still collects the rows of its first fit, its pilot: nothing
       is learnt yet.",
      "x" = describe_waiting(stream),
      "i" = "Give it more rows with {.fn update}, or a {.arg ridge}, which
             makes do with fewer."
    ), call)
  }
}

#' @noRd
describe_waiting <- function(stream) {
  rows <- nrow(stream$waiting)
  if (is.na(stream$needed)) {
    paste("Its", rows, "rows do not yet vary as a fit needs.")
  } else {
    paste0(
      "It has ", rows, " of the ", stream$needed,
      " complete rows that it needs."
    )
  }
}

#' Refuse a call without the rows that it needs, for instance as in `example`, or NULL
#' @noRd
require_newdata <- function(newdata, name, example,
                            call = rlang::caller_env()) {
  if (is.null(newdata)) {
    abort("no_data", c(
      "A stream keeps no data: {.arg {name}} must be given.",
      "i" = if (!is.null(example)) "For instance {.code {example}}."
    ), call)
  }
}

#' @noRd
check_stream <- function(stream, call = rlang::caller_env()) {
  if (is_left(stream)) {
    return(invisible())
  }
  if (!inherits(stream, "sgmoe_stream")) {
    abort("argument", c(
      "{.arg stream} must be a stream.",
      "x" = "It is of type {kind_of(stream)}.",
      "i" = "{.fn sgmoe_stream} makes one."
    ), call)
  }
  if (!identical(stream$version, stream_version)) {
    abort("version", c(
      "This stream was stored in format {stream$version}, which this version of
       sgmoe does not read.",
      "i" = "Update the package, or begin the stream anew."
    ), call)
  }
  check_stored_parts(stream, call)
}

#' Columns about which the pilot knows nothing: constant, or combinations of
#' others
#' @noRd
undetermined_columns <- function(design, basis) {
  weights <- design$weights %||% numeric()
  expert <- aliased_columns(design$z, weights, basis$expert, 1)
  gate <- if (design$blueprint$same) {
    expert
  } else {
    aliased_columns(design$x, weights, basis$gate, 1)
  }
  list(gate = gate, expert = expert)
}
