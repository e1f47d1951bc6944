# Streams: the front door, the pilot, and the object.

#' Learn a mixture of experts from a stream
#'
#' Fits a mixture of experts to the first rows of a stream, the pilot, and then
#' learns from further rows as they come, each once, in constant memory: the
#' parameters follow from statistics that are updated by stochastic
#' approximation (incremental stochastic minorization–maximization). `update()`
#' learns a chunk of rows, [consume()] a whole source.
#'
#' @section The pilot:
#' The pilot is fitted in batch from several starts, with a small ridge (0.1)
#' that keeps it from separating by chance. It also freezes what the formula
#' means: factor levels, contrasts, spline knots, centres and scales. Levels
#' that a factor declares are part of the model even if the pilot has no row of
#' them, and so are classes of the response; a covariate that is constant or
#' aliased in the pilot is learnt once it varies. The pilot should have twenty
#' rows for each parameter of one expert with its gate column; fewer are kept
#' until [update()] has brought so many, unless there is a ridge. A few thousand
#' are better: the pilot decides near which maximum the stream will end.
#'
#' @section How it learns:
#' Minibatch \eqn{n} changes the averaged statistic by
#' \eqn{s_n = (1 - \gamma_n) s_{n-1} + \gamma_n \bar s(\theta_{n-1})}, and the
#' parameters \eqn{\theta_n} maximise the surrogate of \eqn{s_n}, as in
#' [sgmoe()]. [stream_control()] says what \eqn{\gamma_n} is and what is
#' reported: by default the mean of all \eqn{\theta_n}, corrected by a Newton
#' step. Rows that do not fill a minibatch wait in the stream, so that the
#' boundaries of chunks change nothing.
#'
#' Incremental EM would maximise the gate's (and the classes') logistic
#' likelihood exactly, which has no statistic of constant size: each M-step
#' would need all rows again. The surrogates' quadratic is that statistic; with
#' Gaussian experts and `gate = ~1`, where every M-step is closed, both are
#' nearly the same.
#'
#' @section Learnt, reported, stored:
#' The stream is a list of plain numbers (`state`) with what the formula needs.
#' Its size depends on the model, not on the rows learnt; `saveRDS()` and
#' `readRDS()` continue to the last bit. It is a value: `update()` returns a new
#' stream and leaves the old one as it was.
#'
#' @inheritParams sgmoe
#' @param pilot A data frame with the first rows of the stream.
#' @param weights,offset As in [sgmoe()]. An expression in columns of the data
#'   holds for later chunks, too.
#' @param na.action What to do with missing values, in the pilot and in later
#'   chunks: [na.omit()] (the usual default; rows left out are counted) or
#'   [na.fail()].
#' @param start Where the pilot's fit starts, see [sgmoe()].
#' @param control Settings of the stream, from [stream_control()].
#' @param ... Settings by name: of [stream_control()], or of the pilot's fit from
#'   [sgmoe_control()], such as `starts`. `ridge` and `threads` are for both.
#'
#' @return An object of class `sgmoe_stream`, a list with, among others:
#' \describe{
#'   \item{`state`}{the state of the algorithm, a list of numbers, with `rows`
#'     (learnt after the pilot) and `log_likelihood` (of these, each minibatch
#'     scored before it was learnt, on standardised responses).}
#'   \item{`pilot`}{how the pilot was fitted: `rows`, `weight`,
#'     `log_likelihood`, `starts`, `ridge`.}
#'   \item{`dropped`}{number of rows left out for missing values.}
#'   \item{`k`, `family`, `responses`, `control`, `call`, `version`}{as in
#'     [sgmoe()]; `version` is that of the stored format.}
#' }
#' Experts keep the order that they had after the pilot.
#' @section Errors: Those of [sgmoe()]; and for later chunks
#'   `sgmoe_error_unseen_level`, `sgmoe_error_missing_column`,
#'   `sgmoe_error_wrong_type`, `sgmoe_error_missing_values` and
#'   `sgmoe_error_non_finite`, each naming the culprit.
#' @references
#' Incremental stochastic minorization–maximization algorithms for softmax-gated
#' mixture of experts (2026) \doi{10.48550/arXiv.2601.19811}
#' @seealso [update.sgmoe_stream()], [consume()], [as_sgmoe()],
#'   [predict.sgmoe_stream()], [plot.sgmoe_stream()]
#' @examples
#' set.seed(1)
#' data <- simulate_moe(3000, k = 2, p = 2)
#' stream <- sgmoe_stream(y ~ ., data[1:500, ], k = 2, starts = 2)
#' stream <- update(stream, data[501:2000, ])
#' stream <- update(stream, data[2001:3000, ])
#' stream
#' predict(stream, data[1:3, ])
#' @export
sgmoe_stream <- function(formula, pilot, k, family = NULL, gate = NULL,
                         covariance = c("full", "diagonal", "spherical"),
                         shared = FALSE, weights, offset, na.action,
                         start = NULL, control = stream_control(), ...) {
  given_call <- match.call()
  call <- slim_call(given_call, quote(sgmoe_stream))
  check_names(
    match.call(expand.dots = FALSE)$...,
    union(names(formals(stream_control)), names(formals(sgmoe_control))),
    "sgmoe_stream", call
  )
  settings <- split_settings(control, list(...), call)
  check_given(
    missing(formula), missing(k), "sgmoe_stream(y ~ x, pilot, k = 2)", call
  )
  if (missing(pilot) || !is.data.frame(pilot)) {
    abort("pilot", c(
      "{.arg pilot} must be a data frame with the first rows of the stream.",
      "x" = if (!missing(pilot)) "It is of type {kind_of(pilot)}."
    ), call)
  }
  request <- list(
    formula = formula, gate = gate,
    weights = given_call[["weights"]], offset = given_call[["offset"]],
    na.action = if (missing(na.action)) getOption("na.action") else na.action,
    model = check_model(
      k, family, covariance, shared, !missing(covariance), call
    ),
    start = start, settings = settings, env = parent.frame(), call = call
  )
  begin_stream(request, pilot, call)
}

#' A stream from its first rows: one that learns, or one that waits for more
#'
#' A stream that had to wait has the shortest pilot that is enough, wherever the
#' chunks ended; of its rows the first `short` are known not to be.
#' @noRd
begin_stream <- function(request, data, call, short = NULL) {
  control <- request$settings$stream
  design <- pilot_design(request, data, call)
  if (control$ridge > 0 && inherits(design, "condition")) {
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
      env = request$env, call = call, keep_levels = TRUE
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

#' Fit the pilot and start the stream from it
#' @noRd
new_stream <- function(design, wanted, request, call) {
  control <- request$settings$stream
  pilot_control <- request$settings$pilot
  seen <- classes_with_rows(design)
  fit <- fit_pilot(
    keep_classes(design, seen), wanted, request$start, pilot_control, call
  )
  fit <- add_classes(fit, design, seen)
  model_control <- pilot_control
  model_control$ridge <- control$ridge
  stream <- list(
    k = fit$k, family = fit$family, covariance = fit$covariance,
    shared = fit$shared, labels = fit$labels, responses = fit$responses,
    basis = fit$basis, blueprint = design$blueprint, aliased = fit$aliased,
    undetermined = undetermined_columns(design, fit$basis),
    model = core_model(
      fit$family, fit$k, fit$basis, fit$covariance, fit$shared, model_control
    ),
    control = control, core_control = core_stream_control(control),
    na.action = request$na.action,
    pilot = list(
      rows = nrow(design$x), weight = fit$nobs, ridge = pilot_control$ridge,
      log_likelihood = fit$log_likelihood, starts = fit$starts
    ),
    dropped = length(design$na_action), call = request$call, version = 1
  )
  stream <- structure(stream, class = "sgmoe_stream")
  data <- fit_data(stream, design, core_response(design), design$weights)
  stream$template <- subset_data(data, integer())
  stream$state <- in_core(core_stream_start(
    data, stream$model, fit$parameters, stream$core_control
  ))
  stream
}

#' Rows as the core takes them, quickly: the template has their basis
#' @noRd
stream_data <- function(stream, x, z, y, weights, offset) {
  data <- stream$template
  data$gate$values <- x
  if (!stream$blueprint$same) {
    data$expert$values <- z
  }
  data$weights <- if (is.null(weights)) numeric() else as.double(weights)
  if (has_classes(stream)) {
    data["offset"] <- list(offset)
  } else if (!is.null(offset)) {
    y <- y - offset
  }
  data$response$values <- y
  data
}

#' @noRd
fit_pilot <- function(design, wanted, start, control, call) {
  problem <- new_problem(
    design, wanted$k, wanted$covariance, wanted$shared, control, "mm", call
  )
  given <- if (!is.null(start)) resolve_start(start, problem, call)
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
  lapply(list(gate = "x", expert = "z"), function(part) {
    own <- basis[[if (part == "x") "gate" else "expert"]]
    aliased_columns(design[[part]], weights, own, 1)
  })
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
