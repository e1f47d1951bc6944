# The picture of bench/stream.R: log-likelihood against rows seen.

method_colours <- c(
  "incremental MM" = "#000000", "plain average" = "#888888",
  sgd = "#E69F00", rmsprop = "#56B4E9", adam = "#009E73", sophia = "#CC79A7"
)
step_colours <- c(
  "decreasing" = "#000000", "0.005" = "#0072B2", "0.02" = "#D55E00",
  "0.05" = "#882255"
)
method_lines <- c(1, 2, 1, 1, 1, 1)

part_plot <- function() {
  if (!quick) {
    png("bench/stream.png", width = 2000, height = 1640, res = 200)
    on.exit(dev.off())
  }
  par(
    mfrow = c(2, 2), mar = c(4, 4.2, 2.6, 1.6), mgp = c(2.6, 0.7, 0),
    las = 1, cex.main = 1, font.main = 1
  )
  seeds <- if (quick) 1 else 9
  shortfall_panel("gaussian", seeds)
  shortfall_panel("multinomial", seeds)
  change_panel("gaussian")
  elec2_panel()
}

lines_of <- function(x, curves, colours, types, ...) {
  matplot(x, curves,
    type = "l", col = colours, lty = types, lwd = c(2.6, rep(1.6, 9)),
    bty = "l", ...
  )
}

rows_axis <- function(at) {
  axis(1, at, format(at, big.mark = ",", scientific = FALSE, trim = TRUE))
}

# --- One pass -----------------------------------------------------------------

# Medians over seeds of the shortfall below the batch optimum. A comparator has
# the step that is best at the end of the pass.
shortfall_panel <- function(family, seeds) {
  stops <- unique(pmin(
    stream_rows - 2000, round(10^seq(2.8, log10(stream_rows), by = 0.2))
  ))
  stops <- stops[stops > 0]
  single <- lapply(seq_len(seeds), function(seed) {
    case <- stream_case(family, seed, n = stream_rows)
    shortfall_curves(case, stops)
  })
  units <- vapply(single, function(one) one$unit, 0)
  curves <- apply(
    simplify2array(lapply(single, function(one) one$curves)), 1:2, median
  )
  lines_of(
    stops, curves, method_colours, method_lines,
    log = "xy", axes = FALSE, xlab = "rows seen after the pilot",
    ylab = "", main = paste0(
      "Simulated, ", family, ": log-likelihood per row\n",
      "below the batch optimum (median of ", seeds, ")"
    )
  )
  rows_axis(10^(3:6))
  at <- 10^(-7:1)
  axis(2, at, parse(text = paste0("10^", -7:1)))
  abline(h = median(units), lty = 3)
  text(stops[[1]], median(units), "1 unit: p / (2n)",
    adj = c(0, -0.4),
    cex = 0.8
  )
  legend("bottomleft", names(method_colours),
    col = method_colours, lty = method_lines, lwd = 2, bty = "n", cex = 0.8
  )
}

shortfall_curves <- function(case, stops) {
  paths <- lapply(c("newton", "tail"), function(average) {
    lapply(
      run_stream(case, average = average, stops = stops)$path, `[[`,
      "parameters"
    )
  })
  last <- paths[[1]][[length(stops)]]
  best <- distances(case, last)$best
  ours <- vapply(paths, function(path) {
    vapply(path, function(parameters) mean_on(case, parameters), 0)
  }, numeric(length(stops)))
  theirs <- vapply(comparator_names, function(name) {
    chosen <- best_step(tune_comparator(case, name))
    vapply(stops, function(stop) {
      problem <- list(
        data = rows_of(case$rest, seq_len(stop)), model = case$model
      )
      run <- run_comparator(problem, case$start, name, chosen$step, 64)
      max(
        mean_on(case, run$parameters), mean_on(case, run$average),
        na.rm = TRUE
      )
    }, 0)
  }, numeric(length(stops)))
  list(curves = best - cbind(ours, theirs), unit = unit(case))
}

# --- A change of regime -------------------------------------------------------

change_panel <- function(family) {
  half <- stream_rows / 2
  case <- changing_case(family, 1, half, "all")
  stops <- seq(stream_rows / 50, stream_rows, stream_rows / 100)
  stops <- stops[stops > case$pilot]
  old <- rows_of(case$data, seq_len(half))
  new <- rows_of(case$data, half + seq_len(half))
  curves <- vapply(names(step_colours), function(name) {
    constant <- if (name == "decreasing") 0 else as.numeric(name)
    run <- run_stream(case, constant = constant, stops = stops - case$pilot)
    vapply(seq_along(stops), function(i) {
      regime <- if (stops[[i]] <= half) old else new
      mean_on(case, run$path[[i]]$parameters, regime)
    }, 0)
  }, numeric(length(stops)))
  optimum <- c(
    batch_fit(case, case$truth, old)$mean,
    batch_fit(case, case$new_truth, new)$mean
  )
  span <- max(optimum) - min(optimum) + 0.15
  lines_of(
    stops, curves, step_colours, 1,
    ylim = max(optimum) - c(2 * span, -0.02), xaxt = "n",
    xlab = "rows seen", ylab = "", main = paste0(
      "Change of regime, ", family, ": log-likelihood\nper row of the regime ",
      "in force (dotted: optimum)"
    )
  )
  rows_axis(seq(0, stream_rows, half / 2))
  segments(c(0, half), optimum, c(half, 2 * half), lty = 3)
  legend("bottomleft", paste(c("", rep("constant ", 3)),
    names(step_colours), c(" steps", "", "", ""),
    sep = ""
  ),
  col = step_colours, lwd = 2, bty = "n", cex = 0.8
  )
}

# --- Drift in real data -------------------------------------------------------

# Every row scored before it is learnt, and the mean of these scores so far.
elec2_panel <- function() {
  stream <- real_streams()$elec2()
  if (is.null(stream)) {
    return(plot.new())
  }
  case <- prepare_stream(stream, "elec2")
  stops <- round(seq(1000, nrow(case$rest$gate$values), length.out = 40))
  ours <- vapply(names(step_colours), function(name) {
    constant <- if (name == "decreasing") 0 else as.numeric(name)
    run <- run_stream(case, constant = constant, stops = stops)
    vapply(run$path, function(point) {
      point$state$log_likelihood / point$state$weight
    }, 0)
  }, numeric(length(stops)))
  theirs <- vapply(c("sgd", "adam"), function(name) {
    chosen <- best_step(tune_comparator(case, name), "progressive")
    vapply(stops, function(stop) {
      problem <- list(
        data = rows_of(case$rest, seq_len(stop)), model = case$model
      )
      run_comparator(
        problem, case$start, name, chosen$step, 64
      )$progressive
    }, 0)
  }, numeric(length(stops)))
  colours <- c(step_colours, method_colours[c("sgd", "adam")])
  types <- c(rep(1, 4), 2, 2)
  curves <- cbind(ours, theirs)
  lines_of(
    stops, curves, colours, types,
    ylim = c(max(-1.2, min(curves)), max(curves)),
    xaxt = "n", xlab = "rows seen after the pilot", ylab = "", main = paste0(
      "elec2, in time order: mean log-likelihood so far,\n",
      "each row scored before it is learnt"
    )
  )
  rows_axis(seq(0, 5e4, 1e4))
  legend("bottomleft", c(
    "decreasing steps", paste("constant", names(step_colours)[-1]),
    "sgd, best step", "adam, best step"
  ), col = colours, lty = types, lwd = 2, bty = "n", cex = 0.8)
}
