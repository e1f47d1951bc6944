# One stream: its pilot, the batch optimum, the incremental algorithm and the
# comparators, all from the same start and in the same basis. Source
# bench/lib/common.R and stream_data.R first.
#
# Distances are in units of p_total / (2n) of the mean log-likelihood: half a
# degree of freedom of its sum. One unit is what the estimate itself would lose
# on new rows.

# What several methods on one stream need is computed once in a session.
cache <- new.env()
cached <- function(key, compute) {
  name <- paste(unlist(lapply(key, format)), collapse = " ")
  if (is.null(cache[[name]])) {
    cache[[name]] <- compute()
  }
  cache[[name]]
}

rows_of <- function(data, rows) {
  for (part in c("gate", "expert", "response")) {
    if (!is.null(data[[part]])) {
      values <- data[[part]]$values[rows, , drop = FALSE]
      data[[part]]$values <- values
    }
  }
  data
}

# A stream with its pilot, in the pilot's basis. `key` names the stream for
# cached(). The pilot has a small ridge and its priors, what follows has none: all
# methods seek the maximum of the likelihood, as streams with `ridge = 0` do.
# `constant` takes log-likelihoods per row to the user's scale.
prepare_stream <- function(stream, key, pilot = stream$pilot) {
  first <- stream$data[seq_len(pilot), ]
  fit <- cached(c(key, pilot, "pilot"), function() {
    set.seed(100)
    fit <- suppressWarnings(
      sgmoe(stream$formula, first, k = stream$k, ridge = 0.1)
    )
    fit[c("parameters", "spec", "reason")]
  })
  in_basis <- function(data) {
    design <- core("build_design")(stream$formula, data = data)
    core("design_data")(fit$spec, design, core("core_response")(design))
  }
  data <- in_basis(stream$data)
  list(
    key = c(key, pilot), family = stream$family, pilot = pilot,
    n = nrow(stream$data), df = core("count_parameters")(fit$spec), start = fit$parameters,
    pilot_reason = fit$reason, spec = fit$spec, data = data,
    rest = rows_of(data, (pilot + 1):nrow(stream$data)),
    test = in_basis(stream$test),
    model = core("spec_model")(core("keep_prior")(fit$spec, list(ridge = 0))),
    constant = -sum(log(fit$spec$basis$response$scale)),
    truth = if (!is.null(stream$truth)) {
      true_parameters(stream, list(spec = fit$spec))
    }
  )
}

stream_case <- function(family, seed, n = 1e5, gate_scale = 1,
                        pilot = NULL, ...) {
  stream <- simulated_stream(family, seed, n = n, gate_scale = gate_scale, ...)
  key <- c(family, seed, n, gate_scale, ...)
  prepare_stream(stream, key, if (is.null(pilot)) stream$pilot else pilot)
}

# Mean log-likelihood of all rows, or of the held-out ones, on the user's scale.
mean_on <- function(case, parameters, data = case$data) {
  mean_log_likelihood(case, parameters, data) + case$constant
}

# Log-likelihood per row of `data`, on the working scale; NaN for parameters that
# are not finite.
mean_log_likelihood <- function(case, parameters, data) {
  if (!all(is.finite(unlist(parameters)))) {
    return(NaN)
  }
  mean(core("core_predict")(data, case$model, parameters, "posterior", 1)$log_density)
}

# --- The batch optimum --------------------------------------------------------

batch_fit <- function(case, start, data = case$data, most = 2000) {
  fit <- core("core_fit")(data, case$model, start, list(
    method = "mm", curvature = "fisher", acceleration = "quasi-newton",
    max_passes = most, tolerance = 1e-10, history = 20, threads = 1
  ), NULL)
  list(
    parameters = fit$parameters, passes = fit$passes,
    mean = fit$log_likelihood / nrow(data$gate$values) + case$constant
  )
}

# Batch fits that started at the pilot and at the truth.
known_optima <- function(case) {
  cached(c(case$key, "optima"), function() {
    starts <- list(pilot = case$start, truth = case$truth)
    lapply(Filter(Negate(is.null), starts), function(start) {
      batch_fit(case, start)
    })
  })
}

unit <- function(case) case$df / (2 * case$n)

# Distances of parameters to the best optimum known and to that of their own
# basin, which batch passes from them reach.
distances <- function(case, parameters, own = TRUE) {
  optima <- known_optima(case)
  here <- mean_on(case, parameters)
  own_basin <- if (own) batch_fit(case, parameters)
  means <- vapply(c(optima, own = list(own_basin)[own]), function(one) {
    one$mean
  }, 0)
  list(
    mean = here, best = max(means), own_best = own_basin$mean,
    distance = (max(means) - here) / unit(case),
    own_distance = (own_basin$mean - here) / unit(case),
    own_passes = own_basin$passes,
    from_pilot = (max(means) - optima$pilot$mean) / unit(case)
  )
}

# --- The incremental algorithm ------------------------------------------------

stream_settings <- function(...) {
  modifyList(list(
    exponent = formals(stream_control)$exponent, delay = -1, constant = 0, minibatch = 64L,
    update_every = 1L, curvature = "fisher", average = "newton", revive = FALSE,
    cap = TRUE, threads = 1L
  ), list(...))
}

# The stream after the rows with numbers `stops` of `data`: `path`, a list of
# list(parameters, state), and what it ends with.
run_stream <- function(case, ..., data = case$rest,
                       stops = nrow(data$gate$values)) {
  settings <- stream_settings(...)
  state <- core("core_stream_start")(
    rows_of(case$data, seq_len(case$pilot)), case$model, case$start, settings
  )
  done <- 0
  path <- lapply(stops, function(stop) {
    rows <- rows_of(data, done + seq_len(stop - done))
    state <<- core("core_stream_learn")(
      rows, case$model, settings, state
    )$state
    done <<- stop
    list(
      parameters = core("core_stream_parameters")(case$model, settings, state),
      state = state
    )
  })
  last <- path[[length(path)]]
  list(
    path = path, state = last$state, parameters = last$parameters,
    progressive = last$state$log_likelihood / last$state$weight +
      case$constant,
    bad = !all(is.finite(unlist(lapply(path, `[[`, "parameters"))))
  )
}

# Shares of the rows that the experts have, the smallest.
smallest_share <- function(case, parameters) {
  if (!all(is.finite(unlist(parameters)))) {
    return(NaN)
  }
  described <- core("core_describe")(
    case$data, case$model, parameters, FALSE, 1
  )
  min(described$posterior) / case$n
}

# --- The comparators ----------------------------------------------------------

# A comparator at the steps of its grid, from the same start over the same rows:
# a row a step.
tune_comparator <- function(case, name) {
  cached(c(case$key, name), function() {
    parts <- minibatches(case$rest, 64)
    lines <- lapply(step_grid(name), function(step) {
      run <- run_comparator(parts, case$model, case$start, name, step)
      means <- if (!run$failed) {
        c(
          last = mean_on(case, run$parameters),
          average = mean_on(case, run$average)
        )
      }
      if (run$failed || all(is.nan(means))) {
        return(data.frame(
          step = step, mean = NaN, last = NaN, which = "failed", test = NaN,
          progressive = NaN
        ))
      }
      best <- names(which.max(means))
      chosen <- if (best == "last") run$parameters else run$average
      data.frame(
        step = step, mean = means[[best]], last = means[["last"]],
        which = best,
        test = mean_on(case, chosen, case$test),
        progressive = run$progressive + case$constant
      )
    })
    do.call(rbind, lines)
  })
}

# The line of the best step; `edge` if it is the first or the last.
best_step <- function(table, by = "mean") {
  at <- which.max(table[[by]])
  cbind(table[at, ], edge = at %in% c(1, nrow(table)))
}
