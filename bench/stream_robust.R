# Do default streams end in a good optimum, whatever the seed? Classes, classes
# behind gates ten times as confident, and numbers with t noise (3 degrees of
# freedom), each k = 3 and six columns.
#
#   Rscript bench/stream_robust.R [classes|confident|t3 ...]
#
# A stream with the defaults learns from the rows once (the first 2000 are its
# pilot). Its distance is that of the mean log-likelihood of all rows to the best
# optimum known, of maximum likelihood from where the stream ended and from the
# truth, in units of p / (2n); `own` is that to the optimum of its own basin.
# Rows that the stream took for `extreme` do not count: it leaves them out by
# design, and one at 200 standard deviations (t noise, seed 6) moves maximum
# likelihood by 300 of these units. Writes bench/stream_robust.csv, a row for each
# stream; of parts that are named, theirs; ten minutes.
source("bench/lib/common.R")
source("bench/lib/stream_data.R")

rows <- if (quick) 1e4 else 1e5
seeds <- list(classes = 20, confident = 20, t3 = 10)
lines <- c(classes = 1.5, confident = 5, t3 = 5)

draw_stream <- function(part, seed) {
  if (part != "t3") {
    scale <- if (part == "confident") 10 else 1
    return(simulated_stream("multinomial", seed, rows, gate_scale = scale))
  }
  # Noise of about the usual size, half a unit, with a heavy tail.
  set.seed(seed)
  gate <- matrix(rnorm(18, sd = 2 / sqrt(5)), 6L)
  mean <- matrix(rnorm(18), 6L)
  data <- simulate_moe(rows, 3, 5, gate = gate, mean = mean, sigma = 1e-6)
  data$y <- data$y + 0.5 * rt(rows, 3)
  list(
    data = data, formula = y ~ ., k = 3, pilot = pilot_rows(rows),
    truth = list(gate = gate, mean = mean, sigma = rep(0.5 * sqrt(3), 3))
  )
}

quiet <- function(expression) suppressMessages(suppressWarnings(expression))

one_stream <- function(part, seed) {
  case <- draw_stream(part, seed)
  first <- seq_len(case$pilot)
  set.seed(seed)
  stream <- quiet(sgmoe_stream(case$formula, case$data[first, ], k = case$k))
  pilot_ridge <- max(stream$spec$ridge)
  stream <- quiet(update(stream, case$data[-first, ]))
  own <- as_sgmoe(stream)
  extreme <- sum(stream$state$extreme)
  likely <- order(predict(own, case$data, type = "logdensity"))
  data <- case$data[sort(likely[seq_len(rows) > extreme]), ]
  mean_of <- function(fit) mean(predict(fit, data, type = "logdensity"))
  batch <- function(start) {
    mean_of(quiet(sgmoe(case$formula, data,
      k = case$k, ridge = 0, start = start
    )))
  }
  truth <- core("with_parameters")(own, true_parameters(case, own))
  here <- mean_of(own)
  best <- c(own = batch(own), truth = batch(truth))
  unit <- core("count_parameters")(own$spec) / (2 * rows)
  data.frame(
    part = part, seed = seed, distance = (max(best) - here) / unit,
    own = (best[["own"]] - here) / unit, ridge = pilot_ridge,
    extreme = extreme
  )
}

asked <- commandArgs(TRUE)
file <- "bench/stream_robust.csv"
table <- if (length(asked) && file.exists(file)) read.csv(file)
for (part in if (length(asked)) asked else names(seeds)) {
  table <- rbind(table[table$part != part, ], do.call(rbind, lapply(
    seq_len(if (quick) 2 else seeds[[part]]), one_stream,
    part = part
  )))
  save_table(table, "stream_robust")
  own <- table$distance[table$part == part]
  cat(sprintf(
    "%s: median %.2f, worst %.2f of %d, over %.1f: %d\n", part, median(own),
    max(own), length(own), lines[[part]], sum(own > lines[[part]])
  ))
}
print(format(table, digits = 3), row.names = FALSE)
