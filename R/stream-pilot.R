# The first rows of a stream: waiting for enough of them, and their fit.

#' A stream from its first rows: one that learns, or one that waits for more
#'
#' A stream that had to wait has the shortest pilot that is enough, wherever the
#' chunks ended; of its rows the first `short` are known not to be.
#' @noRd
begin_stream <- function(request, data, call, short = NULL) {
  control <- request$settings$stream
  design <- pilot_design(request, data, call)
  if (!inherits(design, "condition")) {
    refuse_row_dependent(design, data, call)
  } else if (control$ridge > 0) {
    stop(design)
  }
  rows <- if (control$ridge > 0 ||
    is.null(short) && is_pilot(design, request, call)) {
    nrow(data)
  } else if (!is.null(short) && !inherits(design, "condition")) {
    shortest_pilot(request, data, design, short, call)
  }
  if (is.null(rows)) {
    return(waiting_stream(request, data, needed_for(design, request, call)))
  }
  if (rows < nrow(data)) {
    first <- seq_len(nrow(data)) <= rows
    stream <- begin_stream(request, data[first, , drop = FALSE], call)
    return(learn_chunk(stream, data[!first, , drop = FALSE], call = call))
  }
  wanted <- fit_to_response(request$model, design$blueprint, call)
  new_stream(design, wanted, request, call)
}

#' The design of a pilot, or the error of one whose rows do not vary yet
#' @noRd
pilot_design <- function(request, data, call) {
  few <- c("no_rows", "one_class", "constant_response", "one_level")
  tryCatch(
    build_design(
      request$formula, request$gate, data,
      weights = request$weights, offset = request$offset,
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
needed_for <- function(design, request, call) {
  if (inherits(design, "condition")) {
    return(NA)
  }
  rows_needed(design, fit_to_response(request$model, design$blueprint, call))
}

#' @noRd
is_pilot <- function(design, request, call) {
  isTRUE(nrow(design$x) >= needed_for(design, request, call))
}

#' The number of rows after which one row at a time would have begun; NULL if
#' there are not so many
#'
#' More rows never vary less, nor have fewer levels: halve the interval until
#' the rows vary, then take as many as these need.
#' @noRd
shortest_pilot <- function(request, data, design, short, call) {
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
  q <- length(design$blueprint$response_names)
  classes <- has_classes(design$blueprint)
  covariances <- if (classes) 0 else q * (q + 1) / 2
  20 * (ncol(design$x) + ncol(design$z) * (q - classes) + covariances)
}

#' @noRd
waiting_stream <- function(request, data, needed) {
  used <- unlist(lapply(
    request[c("formula", "gate", "weights", "offset")], all.vars
  ))
  if (!"." %in% used) {
    data <- as.data.frame(data)[intersect(names(data), used)]
  }
  structure(list(
    waiting = data, needed = needed, request = request,
    k = request$model$k, control = request$settings$stream,
    call = request$call, version = 1
  ), class = "sgmoe_stream")
}

#' @noRd
fit_pilot <- function(design, wanted, start, control, call) {
  problem <- new_problem(
    design, wanted$k, wanted$covariance, wanted$shared, control, "mm", call
  )
  given <- if (!is.null(start)) resolve_start(start, problem, design, call)
  runs <- with_progress(control$progress, function(report) {
    fit_starts(problem, given, control, report)
  })
  fit <- new_sgmoe(design, problem, runs, control, call, model = FALSE)
  if (fit$reason == "interrupted") {
    report_outcome(fit, call)
  }
  fit
}

#' Columns about which the pilot knows nothing: constant, or combinations of
#' others
#' @noRd
undetermined_columns <- function(design, basis) {
  weights <- if (is.null(design$weights)) numeric() else design$weights
  expert <- aliased_columns(design$z, weights, basis$expert, 1)
  gate <- if (design$blueprint$same) {
    expert
  } else {
    aliased_columns(design$x, weights, basis$gate, 1)
  }
  list(gate = gate, expert = expert)
}

#' Which classes of the response have rows?
#' @noRd
classes_with_rows <- function(design) {
  classes <- seq_along(design$blueprint$response_names)
  if (!has_classes(design$blueprint)) {
    return(rep(TRUE, length(classes)))
  }
  if (ncol(design$y) > 1L) {
    return(colSums(design$y) > 0)
  }
  tabulate(design$y + 1L, length(classes)) > 0L
}

#' @noRd
keep_classes <- function(design, seen) {
  if (all(seen)) {
    return(design)
  }
  design$blueprint$response_names <- design$blueprint$response_names[seen]
  if (ncol(design$y) > 1L) {
    design$y <- design$y[, seen, drop = FALSE]
  } else {
    design$y[] <- cumsum(seen)[design$y + 1L] - 1
  }
  if (!is.null(design$offset)) {
    design$offset <- design$offset[, seen, drop = FALSE]
  }
  design
}

#' A pilot's fit with the classes of which it had no row
#'
#' Every expert gives them the probability of about half a row in the pilot,
#' everywhere.
#' @noRd
add_classes <- function(fit, design, seen) {
  if (all(seen)) {
    return(fit)
  }
  fit$responses <- design$blueprint$response_names
  fit$basis$response <- class_basis(fit$responses)
  fit$labels <- coefficient_labels(
    fit$family, fit$k, colnames(design$x), colnames(design$z),
    fit$responses, fit$covariance, fit$shared
  )
  rare <- -log(2 * nrow(design$x))
  own <- lapply(seq_len(fit$k), function(i) {
    logits <- matrix(0, nrow(fit$parameters$expert), length(seen))
    columns <- (i - 1L) * sum(seen) + seq_len(sum(seen))
    logits[, seen] <- fit$parameters$expert[, columns]
    logits[1L, !seen] <- rare
    logits - rowMeans(logits)
  })
  fit$parameters$expert <- do.call(cbind, own)
  fit
}
