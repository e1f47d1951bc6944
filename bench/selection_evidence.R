# Two other penalties for the number of experts, on the same paths as HQ, BIC and
# ICL: effective degrees of freedom in place of the count, and the Laplace
# evidence of each level.
#
#   Rscript bench/selection_evidence.R [replicates]
#
# Twelve replicates of eight settings take a minute or two; the same data for all
# criteria, so that they can be compared case by case.
#
# The evidence of a level, with the ridge that maximises it, is
#   l - penalty + log|lambda S| / 2 + log|H_u / n| / 2 - log|H| / 2 + log k!,
# H the curvature of the objective, S that of a unit ridge on the coefficients
# it acts on, and u the others (intercepts and variances), which have a prior
# worth one row; k! for the labels of experts. Writes
# bench/selection_evidence.csv: shares of replicates in which each finds the
# true number.
source("bench/lib/common.R")
source("bench/lib/selection_data.R")
source("bench/lib/selection_run.R")

asked <- commandArgs(TRUE)
replicates <- if (length(asked)) as.integer(asked) else if (quick) 2 else 12
cases <- data.frame(
  name = c(
    "experiment_5", "experiment_6", "experiment_6", "experiment_6_wide",
    "one_expert", "one_expert", "classes_2", "classes_3"
  ),
  n = c(1000, 1000, 3000, 1000, 1000, 5000, 1000, 1000)
)

level_evidence <- function(problem, level, control) {
  k <- level$k
  problem <- core("with_experts")(problem, k)
  found <- if (k == 1) {
    problem$spec$ridge <- 0.01
    list(
      best = core("run_core")(problem, level$parameters, control),
      problem = problem
    )
  } else {
    core("fit_evidence")(problem, list(
      start = level$parameters, type = "merged", ridge = 0.1, run = level
    ), control)
  }
  # Without the constant of the variance prior, which is for the comparison of
  # fits with one number of experts.
  core("laplace_evidence")(found$problem, found$best, control) -
    core("prior_constant")(found$problem) + lfactorial(k)
}

one_replicate <- function(name, n, seed) {
  setting <- settings[[name]]
  set.seed(seed)
  data <- setting$draw(n)
  selection <- quiet(select_experts(y ~ ., data, k_max = setting$k))
  path <- selection$path
  levels <- rev(selection$dendrogram$levels)
  problem <- core_problem(list(formula = y ~ ., data = data, k = setting$k))
  walk <- core("walk_problem")(problem)
  control <- sgmoe_control()
  effective <- vapply(levels, function(level) {
    level_parameters(core("with_experts")(walk, level$k), level$parameters, control)
  }, 0)
  path$evidence <- vapply(levels, function(level) {
    tryCatch(
      -2 * level_evidence(problem, level, control),
      error = function(error) NA_real_
    )
  }, 0)
  path$BIC_effective <- -2 * path$logLik + log(n) * effective
  path$HQ_effective <- -2 * path$logLik + 3 * log(log(n)) * effective
  criteria <- c(
    "HQ", "BIC", "AIC", "ICL", "HQ_effective", "BIC_effective", "evidence"
  )
  chosen <- vapply(criteria, function(criterion) {
    core("choose_level")(path, criterion)
  }, 0L)
  data.frame(
    setting = name, n = n, truth = setting$truth, seed = seed,
    criterion = criteria, k = unname(chosen)
  )
}

runs <- do.call(rbind, lapply(seq_len(nrow(cases)), function(i) {
  message(cases$name[[i]], " ", cases$n[[i]])
  do.call(rbind, lapply(seq_len(replicates), function(seed) {
    one_replicate(cases$name[[i]], cases$n[[i]], seed)
  }))
}))
table <- do.call(rbind, lapply(
  split(runs, runs[c("criterion", "n", "setting")], drop = TRUE),
  function(own) {
    data.frame(
      own[1L, c("setting", "n", "truth", "criterion")],
      replicates = nrow(own), recovered = mean(own$k == own$truth),
      mean_k = mean(own$k)
    )
  }
))
publish(
  table[order(table$setting, table$n), ], "selection_evidence",
  "Number of experts found by effective degrees of freedom and by evidence"
)
