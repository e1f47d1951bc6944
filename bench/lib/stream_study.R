# Parts of bench/stream.R that look at the incremental algorithm alone: its
# rate, its minibatches, and changes of regime.

# --- Consistency --------------------------------------------------------------

# How the gradient of the mean log-likelihood of all rows shrinks with the rows
# seen, an eighth of them at most: close to the end of the rows the estimate would
# meet their optimum itself.
part_consistency <- function() {
  rows <- if (quick) 3.2e4 else 1.024e6
  seeds <- if (quick) 1 else 8
  stops <- 4000 * 2^(0:floor(log2(rows / 8 / 4000)))
  table <- over_seeds(function(family, seed) {
    case <- stream_case(family, seed, n = rows)
    lines <- lapply(c("newton", "tail"), function(average) {
      run <- run_stream(case, average = average, stops = stops - case$pilot)
      gradient <- vapply(run$path, function(point) {
        gradient_at(case, point$parameters)
      }, 0)
      data.frame(average = average, rows = stops, gradient = gradient)
    })
    do.call(rbind, lines)
  }, seeds)
  save_table(table, "stream_consistency")
  print_table(slopes(table), "Slope of the log norm of the gradient on log rows")
}

# The norm of the gradient of the mean log-likelihood of all rows.
gradient_at <- function(case, parameters) {
  packed <- core("core_pack")(case$model, parameters)
  pass <- core("core_pass")(case$data, case$model, packed, "bound", 1)
  sqrt(sum((pass$gradient / case$n)^2))
}

# Slopes of single streams, and of the means of the logarithms over streams.
slopes <- function(table) {
  slope <- function(own) {
    unname(coef(lm(log(gradient) ~ log(rows), own))[[2]])
  }
  groups <- unique(table[c("family", "average")])
  lines <- lapply(seq_len(nrow(groups)), function(i) {
    own <- merge(table, groups[i, ])
    single <- vapply(split(own, own$seed), slope, 0)
    data.frame(
      groups[i, ],
      slope = slope(own), least = min(single), most = max(single)
    )
  })
  do.call(rbind, lines)
}

# --- Minibatches, curvatures and averages -------------------------------------

part_minibatch <- function() {
  seeds <- if (quick) 1 else 8
  settings <- expand.grid(
    minibatch = c(1L, 4L, 16L, 64L, 256L, 1024L),
    curvature = c("fisher", "bound"),
    average = c("none", "polyak", "tail", "newton"), stringsAsFactors = FALSE
  )
  table <- over_seeds(function(family, seed) {
    case <- stream_case(family, seed, n = stream_rows)
    best <- max(
      distances(case, run_stream(case)$parameters)$best,
      vapply(known_optima(case), function(one) one$mean, 0)
    )
    lines <- lapply(seq_len(nrow(settings)), function(i) {
      run <- do.call(run_stream, c(list(case), settings[i, ]))
      data.frame(
        settings[i, ],
        distance = (best - mean_on(case, run$parameters)) / unit(case),
        progressive = run$progressive, bad = run$bad
      )
    })
    do.call(rbind, lines)
  }, seeds)
  shown <- aggregate(
    distance ~ minibatch + average + curvature + family, table, median
  )
  print_table(
    reshape(shown,
      direction = "wide", timevar = "minibatch",
      idvar = c("family", "curvature", "average")
    ),
    "Median distance by minibatch"
  )
}

# --- Change of regime ---------------------------------------------------------

# A stream that half way comes under new parameters: of the experts alone, or of
# gate and experts. Rows until the reported parameters are, and stay, within
# 0.02 of the new regime's optimum, in mean log-likelihood of its rows: of the
# best optimum known (`rows_to_best`) and of that of the basin the stream is in
# (`rows_to_own`); Inf if not before the end.
part_drift <- function() {
  seeds <- if (quick) 1 else 10
  half <- stream_rows / 2
  stops <- seq(stream_rows / 50, half, stream_rows / 50)
  variants <- c(
    list("decreasing steps" = list()),
    lapply(
      c("0.005" = 0.005, "0.01" = 0.01, "0.02" = 0.02, "0.05" = 0.05),
      function(constant) list(constant = constant)
    ),
    list("0.02, average tail" = list(constant = 0.02, average = "tail"))
  )
  table <- over_seeds(function(family, seed) {
    lines <- lapply(c("experts", "all"), function(change) {
      case <- changing_case(family, seed, half, change)
      new <- rows_of(case$data, half + seq_len(half))
      from_truth <- batch_fit(case, case$new_truth, new)$mean
      runs <- lapply(variants, function(settings) {
        do.call(run_stream, c(
          list(case, stops = c(half, half + stops) - case$pilot), settings
        ))
      })
      own <- vapply(runs, function(run) {
        batch_fit(case, run$parameters, new, most = 300)$mean
      }, 0)
      best <- max(from_truth, own)
      lines <- lapply(names(runs), function(name) {
        short <- vapply(runs[[name]]$path, function(point) {
          best - mean_on(case, point$parameters, new)
        }, 0)
        cbind(
          data.frame(
            change = change, steps = name, before = short[[1]],
            basin = best - own[[name]],
            rows_to_best = recovery(short[-1], stops),
            rows_to_own = recovery(short[-1] - (best - own[[name]]), stops),
            bad = runs[[name]]$bad
          ),
          rows = stops, shortfall = short[-1]
        )
      })
      do.call(rbind, lines)
    })
    do.call(rbind, lines)
  }, seeds)
  runs <- table[table$rows == stops[[1]], ]
  shown <- aggregate(
    cbind(rows_to_best, rows_to_own, basin) ~ steps + change + family, runs,
    function(x) c(median = median(x), worst = max(x))
  )
  at <- table[table$rows == stream_rows / 5, ]
  late <- aggregate(
    shortfall ~ steps + change + family, at,
    function(x) c(median = median(x), within = sum(x < 0.02))
  )
  print_table(merge(shown, late), paste(
    "Rows until recovery, and shortfall after", stream_rows / 5,
    "rows of the new regime"
  ))
}

recovery <- function(shortfall, stops) {
  if (tail(shortfall, 1) >= 0.02) {
    return(Inf)
  }
  stops[[max(0, which(shortfall >= 0.02)) + 1]]
}

# The second half of the rows under other parameters, drawn like the first.
changing_case <- function(family, seed, half, change) {
  old <- simulated_stream(family, seed, n = half)
  new <- simulated_stream(family, 1000 + seed, n = half)
  if (change == "experts") {
    # The covariates and experts of the new stream, the gate of the old.
    set.seed(1000 + seed)
    data <- simulate_moe(half, old$k, ncol(old$data) - 1,
      gate = old$truth$gate, mean = new$truth$mean, family = family
    )
    new$truth$gate <- old$truth$gate
    new$data <- structure(data, truth = NULL)
  }
  stream <- old
  stream$data <- rbind(old$data, new$data)
  case <- prepare_stream(stream, c(family, seed, half, change))
  case$new_truth <- true_parameters(new, case)
  case
}
