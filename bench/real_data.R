# Two promises on real data: default starts find the best optimum of
# MASS::mcycle, and a mixture of two experts predicts crime better than lm().

source("bench/lib/common.R")

# --- mcycle: how often the default starts reach the best optimum --------------

# At the best optimum the gate separates two experts: that warning is known.
mcycle <- MASS::mcycle
fit_mcycle <- function(...) {
  suppressWarnings(sgmoe(accel ~ times, mcycle, k = 4, ridge = 0, ...))
}
seeds <- seq_len(if (quick) 2 else 10)
fits <- lapply(seeds, function(seed) {
  set.seed(seed)
  timed(fit_mcycle, most = 1)
})
set.seed(100)
best <- logLik(fit_mcycle(starts = 50))
log_likelihood <- vapply(fits, function(fit) fit$value$log_likelihood, 0)
best <- max(best, log_likelihood)
publish(
  data.frame(
    seed = seeds, log_likelihood,
    seconds = vapply(fits, `[[`, 0, "seconds"),
    reached = log_likelihood > best - 1e-3 * nrow(mcycle)
  ),
  "mcycle",
  sprintf("MASS::mcycle, accel ~ times, k = 4; best known %.4f", best)
)

# --- Communities and crime: out of sample against lm() ------------------------

# 22 columns of the police survey are missing for 1675 of 1994 communities.
read_crime <- function(file) {
  crime <- read.csv(file)
  identifiers <- c("state", "county", "community", "communityname", "fold")
  sparse <- names(crime)[colSums(is.na(crime)) == 1675]
  stopifnot(length(sparse) == 22)
  na.omit(crime[setdiff(names(crime), c(identifiers, sparse))])
}

formula <- ViolentCrimesPerPop ~ .
response <- "ViolentCrimesPerPop"
ridges <- if (quick) c(3, 30) else c(1, 3, 10, 30, 100, 300)

# Log-densities and squared errors of new rows.
score_moe <- function(fit, data) {
  data.frame(
    log_density = predict(fit, data, type = "logdensity"),
    squared_error = (data[[response]] - predict(fit, data))^2
  )
}

score_lm <- function(fit, data) {
  error <- data[[response]] - predict(fit, data)
  data.frame(
    log_density = dnorm(error, sd = sigma(fit), log = TRUE),
    squared_error = error^2
  )
}

# Ridge chosen on a fifth of the training rows, then all of them are fitted.
fit_moe <- function(train, k) {
  inner <- sample(nrow(train)) <= nrow(train) / 5
  found <- vapply(ridges, function(ridge) {
    fit <- sgmoe(formula, train[!inner, ], k = k, ridge = ridge, starts = 3)
    mean(score_moe(fit, train[inner, ])$log_density)
  }, 0)
  ridge <- ridges[which.max(found)]
  list(fit = sgmoe(formula, train, k = k, ridge = ridge), ridge = ridge)
}

score_fold <- function(fold, crime, folds) {
  train <- crime[folds != fold, ]
  test <- crime[folds == fold, ]
  labelled <- function(method, scores, ridge = NA) {
    cbind(fold = fold, method = method, ridge = ridge, scores)
  }
  one <- fit_moe(train, 1)
  two <- fit_moe(train, 2)
  rbind(
    labelled("lm", score_lm(lm(formula, train), test)),
    labelled("lm with ridge (k = 1)", score_moe(one$fit, test), one$ridge),
    labelled("sgmoe, k = 2, ridge", score_moe(two$fit, test), two$ridge)
  )
}

file <- file.path("..", "shared", "data", "communities_crime.csv.gz")
if (file.exists(file)) {
  crime <- read_crime(file)
  set.seed(1)
  folds <- sample(rep_len(1:10, nrow(crime)))
  used <- if (quick) 1 else 1:10
  scores <- do.call(rbind, lapply(used, score_fold, crime, folds))
  methods <- split(scores, factor(scores$method, unique(scores$method)))
  publish(
    data.frame(
      method = names(methods),
      log_likelihood = vapply(methods, function(s) mean(s$log_density), 0),
      rmse = vapply(methods, function(s) sqrt(mean(s$squared_error)), 0),
      folds_above_lm = vapply(methods, function(s) {
        sum(tapply(s$log_density - methods[[1]]$log_density, s$fold, mean) > 0)
      }, 0L),
      ridges = vapply(methods, function(s) {
        paste(sort(unique(s$ridge)), collapse = " ")
      }, "")
    ),
    "crime",
    "Communities and crime, 10-fold cross-validation, per row"
  )
} else {
  cat("\nCommunities and crime: skipped, there is no", file, "\n")
}
