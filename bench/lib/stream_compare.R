# Parts of bench/stream.R that compare the incremental algorithm with others.

# Results of one stream: a row for incremental MM with each of `variants` (lists
# of settings), and one for each comparator at its best step.
compare_on <- function(case, variants = list("incremental MM" = list()),
                       comparators = comparator_names) {
  optima <- known_optima(case)
  best_at <- names(which.max(vapply(optima, function(one) one$mean, 0)))
  ours <- lapply(names(variants), function(name) {
    run <- do.call(run_stream, c(list(case), variants[[name]]))
    far <- distances(case, run$parameters)
    data.frame(
      method = name, distance = far$distance,
      own_distance = far$own_distance, last_distance = NA_real_,
      step = NA_real_,
      edge = FALSE, mean = far$mean,
      test = mean_on(case, run$parameters, case$test),
      progressive = run$progressive,
      smallest_share = smallest_share(case, run$parameters),
      starved = sum(run$state$starved), bad = run$bad, best = far$best
    )
  })
  ours <- do.call(rbind, ours)
  best <- max(ours$best)
  to_best <- function(mean) (best - mean) / unit(case)
  ours$distance <- to_best(ours$mean)
  theirs <- lapply(comparators, function(name) {
    table <- tune_comparator(case, name)
    chosen <- best_step(table)
    data.frame(
      method = name, distance = to_best(chosen$mean),
      own_distance = NA_real_,
      last_distance = to_best(max(table$last, na.rm = TRUE)),
      step = chosen$step, edge = chosen$edge,
      mean = chosen$mean, test = chosen$test,
      progressive = max(table$progressive, na.rm = TRUE),
      smallest_share = NA_real_, starved = NA_real_, bad = FALSE, best = best
    )
  })
  result <- rbind(ours, do.call(rbind, theirs))
  optimum <- optima[[best_at]]$parameters
  cbind(
    result,
    pilot_distance = to_best(mean_on(case, case$start)),
    pilot_basin = to_best(optima$pilot$mean),
    truth_basin = if (is.null(case$truth)) {
      NA_real_
    } else {
      to_best(optima$truth$mean)
    },
    best_test = mean_on(case, optimum, case$test),
    best_share = smallest_share(case, optimum),
    pilot_reason = case$pilot_reason
  )
}

# A function's tables for all families and seeds, with these in front.
over_seeds <- function(run, seeds) {
  tables <- lapply(c("gaussian", "multinomial"), function(family) {
    lapply(seq_len(seeds), function(seed) {
      message(family, " ", seed)
      cbind(family = family, seed = seed, run(family, seed))
    })
  })
  do.call(rbind, unlist(tables, recursive = FALSE))
}

# Median, worst and the ratio of medians and median ratio to incremental MM.
summarise <- function(table) {
  groups <- unique(table[c("family", "method")])
  lines <- lapply(seq_len(nrow(groups)), function(i) {
    in_family <- table[table$family == groups$family[[i]], ]
    own <- in_family[in_family$method == groups$method[[i]], ]
    ours <- in_family[in_family$method == "incremental MM", ]
    data.frame(
      groups[i, ],
      median = median(own$distance), worst = max(own$distance),
      own_median = median(own$own_distance),
      own_worst = max(own$own_distance),
      last_median = median(own$last_distance),
      times_further = median(own$distance) / median(ours$distance),
      median_ratio = median(own$distance / ours$distance),
      test_gap = median(own$best_test - own$test),
      at_edge = sum(own$edge)
    )
  })
  do.call(rbind, lines)
}

averages <- list(
  "incremental MM" = list(), "tail" = list(average = "tail"),
  "polyak" = list(average = "polyak"), "last" = list(average = "none")
)

# The columns that documents read or that tell whether to trust them.
part_simulated <- function() {
  table <- over_seeds(function(family, seed) {
    compare_on(stream_case(family, seed, n = stream_rows), averages[1:2])
  }, stream_seeds)
  save_table(table[c(
    "family", "seed", "method", "distance", "own_distance", "step", "edge",
    "pilot_distance", "pilot_basin"
  )], "stream")
  print_table(summarise(table), "One pass, simulated streams")
}

# A gate ten times as confident, and a poor pilot.
part_confident <- function() {
  table <- over_seeds(function(family, seed) {
    compare_on(stream_case(family, seed,
      n = stream_rows, gate_scale = 10, pilot = 500
    ), averages)
  }, stream_seeds)
  table$lost <- table$smallest_share < 0.2 * table$best_share
  print_table(summarise(table), "Gates ten times as confident")
  ours <- table[table$method == "incremental MM", ]
  cat(
    "\nExperts lost:", sum(ours$lost), "of", nrow(ours), "streams; starved:",
    sum(ours$starved > 0), "\n"
  )
}

real_variants <- c(averages, list(
  "constant 0.005" = list(constant = 0.005),
  "constant 0.02" = list(constant = 0.02),
  "constant 0.05" = list(constant = 0.05),
  "bound" = list(curvature = "bound")
))

part_real <- function() {
  streams <- real_streams()
  if (quick) {
    streams <- streams["communities_crime"]
  }
  tables <- lapply(names(streams), function(name) {
    message(name)
    stream <- streams[[name]]()
    if (is.null(stream)) {
      return(NULL)
    }
    case <- prepare_stream(stream, name)
    cbind(
      set = name, rows = case$n, parameters = case$df, family = case$family,
      compare_on(case, real_variants)
    )
  })
  table <- do.call(rbind, tables)
  print_table(table[c(
    "set", "method", "distance", "own_distance", "step", "test", "best_test",
    "progressive", "pilot_distance", "smallest_share"
  )], "Real streams")
}
