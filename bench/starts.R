# Do default fits of classes find the truth's optimum? Simulated data with known
# truth, twenty seeds a setting: the share of fits with a log-likelihood at least
# that of the truth, and what they take.

source("bench/lib/common.R")

settings <- data.frame(
  k = c(2, 2, 3, 3, 3), covariates = c(2, 2, 2, 2, 5),
  gate_scale = 2, mean_scale = c(1, 3, 1, 3, 2)
)
seeds <- if (quick) 1:2 else 1:20
n <- if (quick) 1000 else 10000

fit_seed <- function(setting, seed) {
  set.seed(seed)
  data <- simulate_moe(n, setting$k, setting$covariates,
    gate_scale = setting$gate_scale, mean_scale = setting$mean_scale,
    family = "multinomial", classes = 3
  )
  seconds <- system.time(fit <- suppressWarnings(
    sgmoe(y ~ ., data, k = setting$k, ridge = 0)
  ))
  c(
    above_truth = fit$log_likelihood - attr(data, "truth")$log_likelihood,
    seconds = seconds[[1L]], passes = fit$passes,
    separated = fit$reason == "separated"
  )
}

table <- NULL
for (i in seq_len(nrow(settings))) {
  message("setting ", i)
  runs <- vapply(seeds, function(seed) fit_seed(settings[i, ], seed), numeric(4))
  table <- rbind(table, data.frame(
    settings[i, ],
    n = n, seeds = length(seeds),
    reached_truth = mean(runs["above_truth", ] >= 0),
    least_above = min(runs["above_truth", ]), separated = mean(runs["separated", ]),
    passes = stats::median(runs["passes", ]),
    seconds = stats::median(runs["seconds", ])
  ))
  save_table(table, "starts")
}
publish(table, "starts", "Default fits against the truth (nats above it)")
