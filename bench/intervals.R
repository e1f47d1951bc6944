# Prediction intervals of 90 %: how often they hold and how wide they are.
#
#   Rscript bench/intervals.R
#
# Real sets by five-fold cross-validation, twice with other folds. `plug-in` is
# the default of predict() on a fit of two experts, with the default ridge;
# `conformal` holds a quarter of the training rows out of the fit and calibrates
# with them; lm() has its own intervals, `rq` is quantreg's linear quantile
# regression, `forest` a quantile forest (quantregForest), where they are
# installed. `width` is the mean width over that of lm() on the same set, `crps`
# the mean CRPS over lm()'s (of its normal distribution, the scale estimated), for
# those that have a distribution; `infinite` counts infinite bounds (mtcars and
# trees have too few rows to hold a quarter of them out).
#
# Simulated data (the last rows): 20 sets of 500 rows from two experts with three
# columns, 2000 new rows each.
source("bench/lib/common.R")
options(warn = -1)
level <- 0.9

sets <- list(
  Boston = list(
    medv ~ crim + nox + rm + dis + tax + ptratio + lstat, take("MASS", "Boston")
  ),
  quakes = list(mag ~ lat + long + depth + stations, quakes),
  airquality = list(Ozone ~ Solar.R + Wind + Temp, na.omit(airquality)),
  mtcars = list(mpg ~ wt + hp, mtcars),
  mcycle = list(accel ~ times, take("MASS", "mcycle")),
  faithful = list(waiting ~ eruptions, faithful),
  geyser = list(waiting ~ duration, take("MASS", "geyser")),
  cpus = list(log(perf) ~ syct + mmin + mmax + cach, take("MASS", "cpus")),
  ChickWeight = list(weight ~ Time + Diet, as.data.frame(ChickWeight)),
  trees = list(Volume ~ Girth + Height, trees)
)

moe <- function(formula, data) {
  suppressMessages(sgmoe(formula, data, k = 2))
}
bounds <- function(fit, new, ...) {
  found <- predict(fit, new, interval = "prediction", level = level, ...)
  found[, c("lwr", "upr"), drop = FALSE]
}
normal_crps <- function(y, mean, scale) {
  z <- (y - mean) / scale
  scale * (z * (2 * pnorm(z) - 1) + 2 * dnorm(z) - 1 / sqrt(pi))
}

# Each gives list(bounds: n x 2, crps: n, or NULL).
methods <- list(
  lm = function(formula, train, new) {
    fit <- lm(formula, train)
    y <- eval(formula[[2L]], new)
    list(
      bounds = bounds(fit, new), crps = normal_crps(y, predict(fit, new), sigma(fit))
    )
  },
  "plug-in" = function(formula, train, new) {
    fit <- moe(formula, train)
    list(bounds = bounds(fit, new), crps = score(fit, new, per_row = TRUE)$crps)
  },
  conformal = function(formula, train, new) {
    held <- seq_len(nrow(train)) %in% sample(nrow(train), nrow(train) %/% 4)
    fit <- moe(formula, train[!held, ])
    list(bounds = bounds(
      fit, new,
      method = "conformal", calibration = train[held, ]
    ))
  }
)
if (requireNamespace("quantreg", quietly = TRUE)) {
  methods$rq <- function(formula, train, new) {
    fit <- quantreg::rq(formula, c(1 - level, 1 + level) / 2, train)
    list(bounds = predict(fit, new))
  }
}
if (requireNamespace("quantregForest", quietly = TRUE)) {
  methods$forest <- function(formula, train, new) {
    frame <- model.frame(formula, train)
    fit <- quantregForest::quantregForest(frame[-1L], frame[[1L]], nodesize = 5)
    list(bounds = predict(
      fit, model.frame(delete.response(terms(frame)), new),
      what = c(1 - level, 1 + level) / 2
    ))
  }
}

judge <- function(found, y) {
  bounds <- found$bounds
  width <- bounds[, 2L] - bounds[, 1L]
  list(
    hit = y >= bounds[, 1L] & y <= bounds[, 2L], width = width, crps = found$crps
  )
}

# All methods on one split, by name.
compare <- function(formula, train, new) {
  y <- eval(formula[[2L]], new)
  lapply(methods, function(method) judge(method(formula, train, new), y))
}

# The table's rows of a set, from the judgements of its splits.
summarise <- function(name, splits) {
  of <- function(method, what) {
    unlist(lapply(splits, function(split) split[[method]][[what]]))
  }
  finite <- function(width) width[is.finite(width)]
  do.call(rbind, lapply(names(methods), function(method) {
    crps <- of(method, "crps")
    data.frame(
      set = name, method = method, rows = length(of(method, "hit")) / repeats,
      coverage = mean(of(method, "hit")),
      width = mean(finite(of(method, "width"))) / mean(of("lm", "width")),
      crps = if (is.null(crps)) NA else mean(crps) / mean(of("lm", "crps")),
      infinite = sum(is.infinite(of(method, "width")))
    )
  }))
}

repeats <- if (quick) 1 else 2
cross_validated <- function(name) {
  formula <- sets[[name]][[1L]]
  data <- sets[[name]][[2L]]
  splits <- list()
  for (round in seq_len(repeats)) {
    set.seed(round)
    fold <- sample(rep_len(1:5, nrow(data)))
    for (i in seq_len(if (quick) 1 else 5)) {
      set.seed(10 * round + i)
      split <- compare(formula, data[fold != i, ], data[fold == i, ])
      splits <- c(splits, list(split))
    }
  }
  summarise(name, splits)
}

# The hits and widths of simulated sets, with their true distribution beside.
simulated <- function() {
  splits <- lapply(seq_len(if (quick) 2 else 20), function(seed) {
    set.seed(seed)
    data <- simulate_moe(2500, 2, 2, gate_scale = 2, mean_scale = 2)
    compare(y ~ x1 + x2, data[1:500, ], data[501:2500, ])
  })
  table <- summarise("simulated", splits)
  table$rows <- 500
  table
}

table <- do.call(rbind, c(
  lapply(if (quick) c("faithful", "mtcars") else names(sets), cross_validated),
  list(simulated())
))
publish(table, "intervals", "Prediction intervals of 90 %")

bounded <- tapply(table$infinite, table$set, sum) == 0
bounded[["simulated"]] <- FALSE
means <- aggregate(
  cbind(coverage, width, abs(coverage - level)) ~ method,
  table[bounded[table$set], ], mean
)
names(means)[[4L]] <- "off"
cat("\nMeans over the real sets on which all bounds are finite\n\n")
print(format(means, digits = 3), row.names = FALSE)
