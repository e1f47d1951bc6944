# The first rows of a stream: waiting for enough of them, and their fit.

#' A stream from its first rows: one that learns, or one that waits for more
#'
#' A stream that had to wait has the shortest pilot that is enough, wherever the
#' chunks ended; of its rows the first `short` are known not to be. Rows far out are
#' not fitted, but learnt after the pilot, when their influence is capped.
#' @return list(stream, rest): rows that are no part of the pilot, still to be learnt.
#' @noRd
begin_stream <- function(request, data, short = NULL,
                         call = rlang::caller_env()) {
  control <- request$settings$stream
  design <- pilot_design(request, data, call)
  if (!inherits(design, "condition")) {
    refuse_row_dependent(design, data, call)
  } else if (has_fixed_ridge(control)) {
    stop(design)
  }
  rows <- if (has_fixed_ridge(control) ||
    is.null(short) && is_pilot(design, request, call)) {
    nrow(data)
  } else if (!is.null(short) && !inherits(design, "condition")) {
    shortest_pilot(request, data, design, short, call)
  }
  if (is.null(rows)) {
    needed <- needed_for(design, request, call)
    return(list(stream = waiting_stream(request, data, needed)))
  }
  first <- seq_len(nrow(data)) <= rows
  far <- if (control$cap) far_responses(design)
  if (length(far)) {
    own <- replace(first, far, FALSE)
    without <- pilot_design(request, data[own, , drop = FALSE], call)
    if (!inherits(without, "condition")) {
      inform_far(data, intersect(far, which(first)))
      first <- own
    }
  }
  if (!all(first)) {
    design <- pilot_design(request, data[first, , drop = FALSE], call)
  }
  list(
    stream = fit_pilot(design, request, call),
    rest = data[!first, , drop = FALSE]
  )
}

#' Rows of a pilot that are no part of its distribution, such as those with a code
#' for a missing value: they would decide the experts, and nothing could undo it
#'
#' Their response is over a hundred interquartile ranges from the median, in one
#' row of 200 at most.
#' @return Their numbers in the data.
#' @noRd
far_responses <- function(design) {
  if (has_part(design$blueprint, "classify")) {
    return(integer())
  }
  far <- apply(design$y, 2L, function(y) {
    middle <- stats::quantile(y, 1:3 / 4, names = FALSE)
    abs(y - middle[[2L]]) > 100 * (middle[[3L]] - middle[[1L]])
  })
  far <- which(rowSums(matrix(far, nrow(design$y))) > 0)
  if (length(far) > nrow(design$y) / 200) {
    return(integer())
  }
  complete <- seq_len(nrow(design$y) + length(design$na_action))
  setdiff(complete, design$na_action)[far]
}

#' @param far Numbers of rows.
#' @noRd
inform_far <- function(data, far) {
  if (length(far)) {
    names <- row.names(data)[far]
    inform("far_rows", c(
      "!" = "{cli::qty(length(far))}Row{?s} {some_of(names)} of the pilot {?is/are} over
             a hundred interquartile ranges from the median of the response.",
      "i" = "The stream learns {cli::qty(length(far))}{?it/them} after its pilot, when
             the influence of extreme rows is capped. If the value stands for a
             missing one, use {.code NA}."
    ))
  }
}

#' The stream of a pilot that is long enough
#' @noRd
fit_pilot <- function(design, request, call = rlang::caller_env()) {
  settings <- settle_stream_ridge(request$settings, request$model$k)
  control <- settings$pilot
  family <- family_of(design$blueprint)
  seen <- family$seen(design$y, design$blueprint$response_names)
  own <- if (all(seen)) design else family$drop_unseen(design, seen)
  wanted <- settle_model(request$model, design$blueprint, call)
  problem <- new_problem(own, wanted, control, "mm", call)
  given <- if (!is.null(request$start)) {
    resolve_start(request$start, problem, call)
  }
  runs <- with_progress(control$progress, function(report) {
    pilot_runs(problem, given, settings, report, call)
  })
  # (A stream sums what its standard errors are made of by itself.)
  fit <- batch_fit(
    problem, runs, control, request$call, FALSE, call,
    errors = FALSE
  )
  if (fit$reason == "interrupted") {
    report_outcome(fit, call)
  }
  new_stream(design, fit, seen, request, settings)
}

#' The design of a pilot, or the error of one whose rows do not vary yet
#' @noRd
pilot_design <- function(request, data, call = rlang::caller_env()) {
  few <- c("no_rows", "one_class", "constant_response", "one_level")
  tryCatch(
    build_design(
      request$formula, request$gate, data, request$quoted,
      na.action = request$na.action, family = request$model$family,
      contrasts = request$contrasts, env = request$env, call = call,
      keep_levels = TRUE
    ),
    sgmoe_error = function(condition) {
      if (!inherits(condition, paste0("sgmoe_error_", few))) {
        stop(condition)
      }
      condition
    }
  )
}

#' The rows that a design needs; NA while they do not vary
#' @noRd
needed_for <- function(design, request, call = rlang::caller_env()) {
  if (inherits(design, "condition")) {
    return(NA)
  }
  rows_needed(design, settle_model(request$model, design$blueprint, call))
}

#' @noRd
is_pilot <- function(design, request, call = rlang::caller_env()) {
  isTRUE(nrow(design$x) >= needed_for(design, request, call))
}

#' The number of rows after which one row at a time would have begun; NULL if
#' there are not so many
#'
#' More rows never vary less, nor have fewer levels: halve the interval until
#' the rows vary, then take as many as these need.
#'
#' @param short The condition raised for too few rows.
#' @noRd
shortest_pilot <- function(request, data, design, short,
                           call = rlang::caller_env()) {
  complete <- setdiff(seq_len(nrow(data)), design$na_action)
  low <- short
  rows <- nrow(data)
  design_of <- function(rows) {
    pilot_design(request, data[seq_len(rows), , drop = FALSE], call)
  }
  while (rows - low > 1) {
    middle <- (low + rows) %/% 2
    if (inherits(design_of(middle), "condition")) {
      low <- middle
    } else {
      rows <- middle
    }
  }
  repeat {
    design <- design_of(rows)
    if (is_pilot(design, request, call)) {
      return(rows)
    }
    needed <- needed_for(design, request, call)
    if (needed > length(complete)) {
      return(NULL)
    }
    rows <- max(rows + 1, complete[[needed]])
  }
}

#' Rows that a pilot needs: twenty for each parameter of one expert with its
#' gate column
#' @noRd
rows_needed <- function(design, wanted) {
  one <- list(
    k = 1, responses = design$blueprint$response_names, shared = FALSE,
    covariance = if (!is.null(wanted$covariance)) "full"
  )
  20 * (ncol(design$x) +
    family_of(design$blueprint)$n_par(ncol(design$z), one))
}

#' @param needed Rows that the pilot needs.
#' @noRd
waiting_stream <- function(request, data, needed) {
  used <- wanted_columns(request)
  if (!is.null(used)) {
    data <- as.data.frame(data)[intersect(names(data), used)]
  }
  structure(list(
    waiting = data, needed = needed, request = request,
    k = request$model$k, control = request$settings$stream,
    call = request$call, version = stream_version
  ), class = "sgmoe_stream")
}

#' More rows for a stream that waits for its pilot
#' @noRd
extend_pilot <- function(stream, chunk, weights,
                         call = rlang::caller_env()) {
  if (!is.null(weights)) {
    abort("weights", c(
      "This stream still collects its pilot, whose {.arg weights} must be an
       expression in columns of the data, given to {.fn sgmoe_stream}."
    ), call)
  }
  short <- stream$waiting
  names <- names(short)
  refuse_absent(setdiff(names, names(chunk)), names(chunk), "chunk", call)
  chunk <- as.data.frame(chunk)[names]
  for (name in names[!vapply(short, function(x) all(is.na(x)), NA)]) {
    chunk[[name]] <- match_column(
      chunk[[name]], describe_column(short[[name]]), name, "chunk", call
    )
  }
  data <- tryCatch(
    rbind(short, chunk),
    error = function(error) {
      abort("wrong_type", c(
        "{.arg chunk} does not go with the rows before it.",
        "x" = "{conditionMessage(error)}"
      ), call)
    }
  )
  if (isTRUE(nrow(data) < stream$needed) &&
    goes_with(chunk, short, stream$request, call)) {
    stream$waiting <- data
    return(list(stream = stream))
  }
  begin_stream(stream$request, data, nrow(short), call)
}

#' Is a chunk what the rows before it are? Looks at some of these only, so that rows
#' that come one at a time cost the same each
#'
#' @param chunk,before Data frames with the same columns.
#' @return FALSE, too, where these rows do not tell.
#' @noRd
goes_with <- function(chunk, before, request, call = rlang::caller_env()) {
  some <- before[seq_len(min(nrow(before), 100L)), , drop = FALSE]
  design <- tryCatch(
    pilot_design(request, rbind(some, chunk), call),
    sgmoe_error = identity
  )
  !inherits(design, "condition")
}
