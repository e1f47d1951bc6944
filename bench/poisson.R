# Poisson experts: races against flexmix from the same posterior, and streams
# against batch.
#
#   Rscript bench/poisson.R [races] [streams]
#
# Races: flexmix with FLXMRglm(family = "poisson") and a multinomial concomitant
# and sgmoe() start from one posterior matrix, in turn. flexmix stops early, so
# the optimum it was heading to is where sgmoe() ends from its posteriors: a
# race has one optimum if both ends agree there.
# Streams: ten seeds; how far the log-likelihood of all rows falls short of the
# batch optimum's, in units of p/2n a row (p parameters, n rows).

source("bench/lib/common.R")

truth <- function(k) {
  list(
    gate = cbind(c(0, 2, 0), c(0, -1, 1.7), c(0, -1, -1.7))[, seq_len(k)],
    mean = cbind(c(0.5, 0.6, -0.3), c(2, -0.4, 0.5), c(1, 0.2, 0.9))[
      , seq_len(k)
    ]
  )
}

counts <- function(n, k, seed) {
  set.seed(seed)
  own <- truth(k)
  simulate_moe(n, k, family = "poisson", gate = own$gate, mean = own$mean)
}

# Random rows, or the truth with a fifth of its weight spread over all.
posterior_of <- function(data, k, start) {
  n <- nrow(data)
  random <- matrix(rexp(n * k), n)
  random <- random / rowSums(random)
  if (start == "random") {
    return(random)
  }
  known <- outer(attr(data, "truth")$expert, seq_len(k), `==`)
  0.8 * known + 0.2 * random
}

fit_sgmoe <- function(data, k, start, ...) {
  suppressWarnings(sgmoe(
    y ~ x1 + x2, data, k,
    family = "poisson", start = start, ridge = 0, ...
  ))
}

fit_flexmix <- function(data, k, start) {
  flexmix::flexmix(y ~ x1 + x2, data,
    k = k, cluster = start, model = flexmix::FLXMRglm(family = "poisson"),
    concomitant = flexmix::FLXPmultinom(~ x1 + x2),
    control = list(minprior = 0)
  )
}

race <- function(row) {
  data <- counts(row$n, row$k, row$seed)
  start <- posterior_of(data, row$k, row$start)
  turns <- lapply(seq_len(if (row$n > 3000) 1 else 2), function(turn) {
    list(
      theirs = timed(function() {
        tryCatch(fit_flexmix(data, row$k, start), error = identity)
      }, most = 1),
      ours = timed(function() fit_sgmoe(data, row$k, start), most = 3)
    )
  })
  seconds <- function(who) {
    min(vapply(turns, function(turn) turn[[who]]$seconds, 0))
  }
  theirs <- turns[[1]]$theirs$value
  ours <- turns[[1]]$ours$value
  failed <- inherits(theirs, "error")
  goal <- if (failed) NA else theirs@logLik
  heading <- if (failed) {
    NA
  } else {
    c(logLik(fit_sgmoe(data, row$k, theirs@posterior$scaled)))
  }
  above <- (c(logLik(ours)) - heading) / row$n
  cbind(row, row.names = NULL, data.frame(
    passes_flexmix = if (failed) NA else theirs@iter,
    seconds_flexmix = seconds("theirs"), passes = ours$passes,
    seconds = seconds("ours"), times_flexmix =
      if (failed) NA else seconds("theirs") / seconds("ours"),
    log_likelihood_flexmix = goal, log_likelihood = c(logLik(ours)),
    above_flexmix = c(logLik(ours)) - goal,
    optimum = if (failed) {
      "flexmix failed"
    } else if (abs(above) < 1e-6) {
      "same"
    } else if (above > 0) {
      "ours higher"
    } else {
      "flexmix higher"
    },
    note = if (failed) conditionMessage(theirs) else ""
  ))
}

run_races <- function() {
  cases <- expand.grid(
    seed = seq_len(if (quick) 2 else 5), start = c("random", "near truth"),
    k = 2:3, n = if (quick) 3000 else c(3000, 2e4), stringsAsFactors = FALSE
  )
  # Many rows take flexmix minutes.
  cases <- cases[cases$n == 3000 | cases$seed <= 2, ]
  table <- do.call(rbind, lapply(seq_len(nrow(cases)), function(i) {
    message("races: ", paste(unlist(cases[i, ]), collapse = " "))
    race(cases[i, ])
  }))
  publish(table, "poisson", "From the same posterior")
  same <- table[table$optimum == "same", ]
  cat(
    "\nRaces: ", nrow(table), "; by optimum: ",
    paste(names(table(table$optimum)), table(table$optimum), collapse = ", "),
    ".\nOf those that end in the same: ours equal or higher in ",
    sum(same$above_flexmix >= -1e-8 * abs(same$log_likelihood)), " of ",
    nrow(same), "; flexmix takes ", signif(median(same$times_flexmix), 3),
    " times as long (median; least ", signif(min(same$times_flexmix), 3),
    ").\n",
    sep = ""
  )
}

stream_case <- function(seed) {
  n <- if (quick) 5000 else 20000
  data <- counts(n, 2, seed)
  batch <- fit_sgmoe(data, 2, posterior_of(data, 2, "near truth"))
  pilot <- seq_len(1000)
  stream <- sgmoe_stream(
    y ~ x1 + x2, data[pilot, ],
    k = 2, family = "poisson", starts = 3
  )
  stream <- update(stream, data[-pilot, ])
  reached <- sum(predict(as_sgmoe(stream), data, type = "logdensity"))
  data.frame(
    seed = seed, n = n, parameters = batch$df,
    log_likelihood = c(logLik(batch)), stream = reached,
    excess = (c(logLik(batch)) - reached) / (batch$df / 2)
  )
}

run_streams <- function() {
  table <- do.call(rbind, lapply(seq_len(10), function(seed) {
    message("streams: ", seed)
    stream_case(seed)
  }))
  cat("\nShort of the batch optimum, in p/2n a row\n\n")
  print(format(table, digits = 4), row.names = FALSE)
  cat("\nMedian ", signif(median(table$excess), 3), "\n", sep = "")
}

asked <- commandArgs(TRUE)
if (length(asked) == 0) {
  asked <- c("races", "streams")
}
if ("races" %in% asked) {
  if (requireNamespace("flexmix", quietly = TRUE)) {
    run_races()
  } else {
    message("flexmix is not installed")
  }
}
if ("streams" %in% asked) {
  run_streams()
}
