# Which criterion chooses the number of experts that predicts best, on real data?
#
#   Rscript bench/selection_real.R [set ...]
#
# Five folds; on the training rows of each one walk down from six experts, and
# every level is fitted to its end with the ridge that its evidence chooses, as
# the selected one is. Criteria, all on that path:
# - HQ, BIC, AIC: of the walk's models, with the count of parameters;
# - HQ_effective: with effective degrees of freedom in place of the count;
# - HQ_evidence: of the final fits, with theirs;
# - evidence: Laplace's, of the final fits (bench/selection_evidence.R).
# Writes bench/selection_real.csv, a row for each set: mean held-out log-density
# of a row of the number that each criterion chooses, and of the best number, of
# one and of two experts. Minutes.
source("bench/lib/common.R")
source("bench/lib/default_sets.R")
source("bench/lib/selection_run.R")
options(warn = -1)

# Counts, of which the default sets have few.
count_sets <- list(
  Affairs = list(
    affairs ~ age + yearsmarried + rating, "AER", "Affairs"
  ),
  bioChemists = list(
    art ~ fem + mar + kid5 + phd, "pscl", "bioChemists"
  ),
  DoctorVisits = list(
    visits ~ age + income + illness + health, "AER", "DoctorVisits"
  ),
  PhDPublications = list(
    articles ~ gender + kids + prestige + mentor, "AER", "PhDPublications"
  ),
  RecreationDemand = list(
    trips ~ quality + ski + income + userfee, "AER", "RecreationDemand"
  )
)
chosen <- c(
  "airquality", "birthwt", "Boston", "epil", "geyser", "Ionosphere", "iris",
  "mcycle", "Ornstein", "Pima.tr", "Prestige", "quakes", "quine", "SLID",
  "Vehicle"
)

real_sets <- function() {
  found <- Filter(function(set) {
    requireNamespace(set[[2L]], quietly = TRUE)
  }, count_sets)
  counts <- lapply(names(found), function(name) {
    set <- found[[name]]
    list(
      name = name, formula = set[[1L]], data = take(set[[2L]], set[[3L]]),
      family = "poisson"
    )
  })
  sets <- c(default_sets()[chosen], stats::setNames(counts, names(found)))
  lapply(sets, function(set) {
    set$data <- some_rows(set$data, 400)
    set
  })
}

# A level's final fit: its log-likelihood, effective parameters and evidence.
final_fit <- function(problem, level, control) {
  problem <- core("with_experts")(problem, level$k)
  found <- if (level$k == 1) {
    problem$spec$ridge <- 0.01
    run <- core("run_core")(problem, level$parameters, control)
    list(best = run, problem = problem)
  } else {
    core("fit_evidence")(problem, list(
      start = level$parameters, type = "merged", ridge = 0.1, run = level
    ), control)
  }
  list(
    evidence = core("laplace_evidence")(found$problem, found$best, control) -
      core("prior_constant")(found$problem) + lfactorial(level$k),
    log_likelihood = found$best$log_likelihood +
      core("scale_constant")(problem$spec, problem$weight),
    df = level_parameters(found$problem, found$best$parameters, control)
  )
}

score_fold <- function(set, fold) {
  set.seed(100)
  folds <- sample(rep_len(1:5, nrow(set$data)))
  known <- set$data[folds != fold, ]
  new <- set$data[folds == fold, ]
  set.seed(1)
  selection <- quiet(do.call(select_experts, c(
    list(set$formula, known, k_max = 6, background = FALSE),
    if (!is.null(set$family)) set["family"]
  )))
  path <- selection$path
  levels <- rev(selection$dendrogram$levels)
  problem <- core("fitted_problem")(core("plain_fit")(selection))
  control <- sgmoe_control()
  score <- vapply(path$k, function(k) {
    value <- mean(predict(
      quiet(as_sgmoe(selection, k = k)), new,
      type = "logdensity"
    ))
    if (is.finite(value)) value else -99
  }, 0)
  effective <- vapply(levels, function(level) {
    level_parameters(
      core("walk_problem")(core("with_experts")(problem, level$k)),
      level$parameters, control
    )
  }, 0)
  final <- lapply(levels, final_fit, problem = problem, control = control)
  of <- function(name) vapply(final, `[[`, 0, name)
  penalty <- 3 * log(log(max(problem$weight, 16)))
  path$HQ_effective <- -2 * path$logLik + penalty * effective
  path$HQ_evidence <- -2 * of("log_likelihood") + penalty * of("df")
  path$evidence <- -2 * of("evidence")
  criteria <- c("HQ", "BIC", "AIC", "HQ_effective", "HQ_evidence", "evidence")
  c(best = max(score), one = score[[1L]], two = score[[2L]], vapply(
    criteria, function(name) score[[core("choose_level")(path, name)]], 0
  ))
}

sets <- real_sets()
asked <- commandArgs(TRUE)
if (length(asked)) sets <- sets[asked]
if (quick) sets <- sets["epil"]
table <- NULL
for (set in sets) {
  scores <- vapply(seq_len(if (quick) 1 else 5), function(fold) {
    score_fold(set, fold)
  }, numeric(9))
  table <- rbind(table, data.frame(
    set = set$name, rows = nrow(set$data), t(rowMeans(scores))
  ))
  message(set$name)
  if (!length(asked)) save_table(table, "selection_real")
}
print(format(table, digits = 3), row.names = FALSE)
gap <- table[-(1:5)] - table$best
print(rbind(
  mean = colMeans(gap), worst = vapply(gap, min, 0),
  below_HQ_by_0.02 = colSums(gap < gap$HQ - 0.02),
  above_HQ_by_0.02 = colSums(gap > gap$HQ + 0.02)
))
