# Experts for classes: passes and seconds of plain MM, of the accelerated
# default and of EM from the same start, and seconds against flexmix's mixture.
#
#   Rscript bench/classification_fits.R [passes] [speed]
#
# By default speed alone, whose table is kept; `passes` answers a question of DESIGN.md.

source("bench/lib/common.R")

# --- Data ---------------------------------------------------------------------

classes_case <- function(n, k, seed, p = 3, scale = 1.5, data = NULL) {
  set.seed(seed)
  if (is.null(data)) {
    data <- simulate_moe(n, k, p,
      family = "multinomial", classes = 3, mean_scale = scale, gate_scale = scale
    )
  }
  posterior <- matrix(rexp(nrow(data) * k), nrow(data))
  list(
    data = data, k = k, posterior = posterior / rowSums(posterior),
    formula = reformulate(setdiff(names(data), "y"), "y")
  )
}

fit_quietly <- function(case, ..., ridge = 0) {
  suppressWarnings(sgmoe(
    case$formula, case$data,
    k = case$k, ridge = ridge, ...
  ))
}

plain <- list(acceleration = "none", curvature = "bound")

# After thirty plain passes from the random posterior, most methods go to the
# same optimum.
settled <- function(case, ridge = 0) {
  do.call(fit_quietly, c(
    list(case, start = case$posterior, max_passes = 30, ridge = ridge), plain
  ))
}

# --- Passes -------------------------------------------------------------------

most_passes <- if (quick) 2000 else 10000
methods <- list(
  `plain MM` = plain,
  default = list(),
  `Fisher, not accelerated` = list(acceleration = "none"),
  `bound, quasi-Newton` = list(curvature = "bound"),
  `Fisher, Anderson` = list(acceleration = "anderson"),
  EM = list(method = "em")
)

# `iris` with two classes left overlapping; others nearly separable: large
# coefficients, few rows.
passes_cases <- function() {
  seeds <- if (quick) 1 else 1:3
  good <- expand.grid(
    kind = "well-conditioned", n = 1e4, k = 2:3, scale = 1.5, ridge = 0,
    seed = seeds, stringsAsFactors = FALSE
  )
  separable <- expand.grid(
    kind = "nearly separable", n = 500, k = 2:3, scale = 6,
    ridge = c(0, 0.01), seed = seeds, stringsAsFactors = FALSE
  )
  flowers <- expand.grid(
    kind = "iris", n = 150, k = 2, scale = NA, ridge = c(0, 0.01), seed = seeds,
    stringsAsFactors = FALSE
  )
  rbind(flowers, separable, good)
}

compare_passes <- function(row) {
  data <- if (row$kind == "iris") setNames(iris, c(paste0("x", 1:4), "y"))
  case <- classes_case(row$n, row$k, row$seed, scale = row$scale, data = data)
  start <- settled(case, row$ridge)
  results <- lapply(methods, function(method) {
    timed(function() {
      do.call(fit_quietly, c(
        list(case,
          start = start, ridge = row$ridge, max_passes = most_passes
        ), method
      ))
    }, most = 1)
  })
  n <- nrow(case$data)
  reference <- results[["plain MM"]]$value
  goal <- reference$objective / n - 1e-6
  reached <- vapply(results, function(result) {
    which(result$value$trace / n >= goal)[1]
  }, 0L)
  one <- function(what) vapply(results, function(x) x$value[[what]], 0)
  above <- (one("objective") - reference$objective) / n
  cbind(row[c("kind", "n", "k", "ridge", "seed")], row.names = NULL, data.frame(
    method = names(results), passes = one("passes"),
    seconds = vapply(results, `[[`, 0, "seconds"),
    log_likelihood = one("log_likelihood") / n, above_plain = above,
    passes_to_plain = reached,
    share_of_plain = reached / reference$passes,
    share_to_same = reached / reached[["plain MM"]],
    reason = vapply(results, function(x) x$value$reason, ""),
    optimum = ifelse(abs(above) < 1e-4, "same", ifelse(above > 0,
      "higher", "lower"
    )), row.names = NULL
  ))
}

# --- Against flexmix ----------------------------------------------------------

# Three experts on many rows take flexmix minutes.
speed_cases <- function() {
  cases <- expand.grid(seed = 1:3, k = 2:3, n = c(3000, 2e4))
  if (quick) {
    cases <- cases[cases$n == 3000 & cases$seed == 1, ]
  }
  cases[cases$n * cases$k < 6e4 | cases$seed == 1, ]
}

fit_flexmix <- function(case, posterior) {
  flexmix::flexmix(case$formula, case$data,
    k = case$k, cluster = posterior, model = flexmix::FLXMRmultinom(),
    concomitant = flexmix::FLXPmultinom(case$formula[-2]),
    control = list(minprior = 0)
  )
}

# From a random posterior, and where flexmix went to a higher optimum, again
# from that of thirty plain passes; from that at once where flexmix takes long.
# (flexmix stops at 200 passes, its default.)
compare_speed <- function(row) {
  case <- classes_case(row$n, row$k, row$seed)
  first <- if (row$n <= 3000) {
    race(row, case, case$posterior, "random posterior")
  }
  if (isTRUE(first$above_flexmix >= 0)) {
    return(first)
  }
  posterior <- predict(settled(case), type = "posterior")
  rbind(first, race(row, case, posterior, "posterior of thirty plain passes"))
}

race <- function(row, case, posterior, start) {
  theirs <- timed(function() {
    tryCatch(fit_flexmix(case, posterior), error = identity)
  }, most = 1)
  ours <- timed(function() fit_quietly(case, start = posterior))
  failed <- inherits(theirs$value, "error")
  log_likelihood <- if (failed) NA else theirs$value@logLik / row$n
  goal <- which(ours$value$trace / row$n >= log_likelihood)[1]
  cbind(row[c("n", "k", "seed")], row.names = NULL, data.frame(
    start = start, passes_flexmix = if (failed) NA else theirs$value@iter,
    seconds_flexmix = theirs$seconds, log_likelihood_flexmix = log_likelihood,
    passes = ours$value$passes, seconds = ours$seconds,
    log_likelihood = ours$value$log_likelihood / row$n,
    above_flexmix = ours$value$log_likelihood / row$n - log_likelihood,
    times_flexmix = if (is.na(goal)) NA else theirs$seconds / ours$seconds,
    passes_to_flexmix = goal,
    note = if (failed) conditionMessage(theirs$value) else ""
  ))
}

# --- All ----------------------------------------------------------------------

# A table, written after each of its cases.
run_cases <- function(cases, compare, name) {
  table <- NULL
  for (i in seq_len(nrow(cases))) {
    message(name, ": ", paste(unlist(cases[i, ]), collapse = " "))
    table <- rbind(table, compare(cases[i, ]))
    save_table(table, name)
  }
  table
}

asked <- commandArgs(TRUE)
if (length(asked) == 0) {
  asked <- "speed"
}
if ("passes" %in% asked) {
  publish(
    run_cases(passes_cases(), compare_passes, "classification_passes"),
    "classification_passes", "From the same start, thirty plain passes on"
  )
}
if ("speed" %in% asked) {
  if (requireNamespace("flexmix", quietly = TRUE)) {
    publish(
      run_cases(speed_cases(), compare_speed, "classification_speed"),
      "classification_speed", "From the same posterior"
    )
  } else {
    message("flexmix is not installed")
  }
}
