# The ridge that a fit finds by itself, on real data: mean held-out log-density
# per row of three splits, two thirds for training, two experts.
#
#   Rscript bench/ridge.R
#
# Fits without ridge and those of the grid have three starts, or they would take
# an hour. Columns: one expert, no ridge, a fixed ridge of 0.3, the best fixed ridge of a
# grid (in the mean of the splits, chosen on the held-out rows: a bound, not a
# method), and the default. `worst_to_one` and `worst_to_0` are the default's
# score less that of one expert and of no ridge, on the worst split;
# `separated` counts its splits that ended so; `lambda` and `df` are medians,
# `time_ratio` is the processor time over that of a fit with ridge 0.3.
# `per_parameter`: rows of training for each parameter.
source("bench/lib/common.R")
options(warn = -1)

log_first <- function(data, name) {
  data[[name]] <- log(data[[name]])
  data
}
sets <- list(
  Pima.tr = list(type ~ ., take("MASS", "Pima.tr")),
  birthwt = list(
    factor(low) ~ age + lwt + smoke + ptl + ht + ui + ftv,
    take("MASS", "birthwt")
  ),
  BreastCancer = list(Class ~ ., local({
    data <- take("mlbench", "BreastCancer")[-1L]
    data[1:9] <- lapply(data[1:9], as.numeric)
    data
  })),
  Ionosphere = list(
    Class ~ V3 + V4 + V5 + V6 + V7 + V8, take("mlbench", "Ionosphere")
  ),
  quakes = list(mag ~ lat + long + depth + stations, quakes),
  airquality = list(
    Ozone ~ Solar.R + Wind + Temp + Month + Day,
    na.omit(airquality)
  ),
  iris = list(Species ~ ., iris),
  Boston = list(
    medv ~ crim + nox + rm + dis + tax + ptratio + lstat,
    log_first(take("MASS", "Boston"), "medv")
  ),
  Ozone = list(V4 ~ ., take("mlbench", "Ozone")[c(4:6, 7:8, 10:13)]),
  Vehicle = list(
    Class ~ Comp + Rad.Ra + Scat.Ra + Max.L.Rect + Skew.maxis,
    take("mlbench", "Vehicle")
  ),
  mcycle = list(accel ~ times, take("MASS", "mcycle")),
  faithful = list(waiting ~ eruptions, faithful),
  geyser = list(waiting ~ duration, take("MASS", "geyser")),
  Glass = list(Type ~ RI + Na + Mg + Al, take("mlbench", "Glass")),
  Sonar = list(Class ~ V11 + V12 + V21 + V36 + V45, take("mlbench", "Sonar")),
  Diabetes = list(
    diabetes ~ glucose + mass + pedigree + age,
    take("mlbench", "PimaIndiansDiabetes2")
  ),
  swiss = list(Fertility ~ Agriculture + Education, swiss),
  infert = list(
    factor(case) ~ age + parity + induced + spontaneous, infert
  ),
  ChickWeight = list(
    weight ~ Time + Diet, log_first(as.data.frame(ChickWeight), "weight")
  ),
  trees = list(Volume ~ Girth, log_first(trees, "Volume")),
  cats = list(Sex ~ Bwt + Hwt, take("MASS", "cats")),
  crabs = list(sp ~ FL + RW + CL, take("MASS", "crabs")),
  cpus = list(perf ~ syct + mmin + mmax + cach, local({
    data <- take("MASS", "cpus")
    log_of <- c("syct", "mmin", "mmax", "perf")
    data[log_of] <- lapply(data[log_of], log)
    data
  })),
  biopsy = list(class ~ V1 + V3 + V6, take("MASS", "biopsy")[-1L]),
  spam = list(type ~ charExclamation + charDollar + remove + free + hp +
    george, take("kernlab", "spam")),
  attenu = list(accel ~ mag + dist, take("datasets", "attenu"))
)
grid <- c(0.01, 0.1, 0.3, 1, 3, 10)

# Numbers in units of their standard deviation, so that scores are comparable.
standardised <- function(data) {
  numbers <- vapply(data, function(x) {
    is.numeric(x) && length(unique(x)) > 2L
  }, NA)
  data[numbers] <- lapply(data[numbers], function(x) as.numeric(scale(x)))
  data
}

columns <- c(
  "one_expert", "ridge_0", "default", paste0("ridge_", grid), "separated",
  "lambda", "df", "settled", "time", "time_fixed", "parameters"
)

split_scores <- function(set, split) {
  formula <- set[[1L]]
  data <- standardised(set[[2L]])
  set.seed(100 + split)
  train <- sample(nrow(data), round(2 * nrow(data) / 3))
  fit <- function(k, ...) {
    set.seed(split)
    suppressMessages(sgmoe(formula, data[train, ], k = k, ...))
  }
  score <- function(fit) {
    mean(predict(fit, data[-train, ], type = "logdensity"))
  }
  free <- fit(2, ridge = 0, starts = 3)
  time <- system.time(auto <- fit(2))[[1L]]
  time_fixed <- system.time(fit(2, ridge = 0.3))[[1L]]
  stats::setNames(c(
    score(fit(1)), score(free), score(auto),
    vapply(grid, function(ridge) {
      score(fit(2, ridge = ridge, starts = 3))
    }, 0),
    auto$reason == "separated", max(auto$ridge), auto$df,
    auto$evidence$settled, time, time_fixed, length(coef(auto))
  ), columns)
}

set_row <- function(name) {
  splits <- vapply(seq_len(if (quick) 1 else 3), function(split) {
    split_scores(sets[[name]], split)
  }, numeric(length(columns)))
  of <- function(column) splits[column, ]
  message(name)
  data.frame(
    set = name, one_expert = mean(of("one_expert")),
    ridge_0 = mean(of("ridge_0")), ridge_0.3 = mean(of("ridge_0.3")),
    grid_best = max(rowMeans(splits[paste0("ridge_", grid), , drop = FALSE])),
    default = mean(of("default")),
    worst_to_one = min(of("default") - of("one_expert")),
    worst_to_0 = min(of("default") - of("ridge_0")),
    separated = sum(of("separated")), lambda = stats::median(of("lambda")),
    df = stats::median(of("df")), settled = mean(of("settled")),
    time_ratio = sum(of("time")) / sum(of("time_fixed")),
    per_parameter = round(2 * nrow(sets[[name]][[2L]]) / 3) /
      of("parameters")[[1L]]
  )
}

publish(
  do.call(rbind, lapply(names(sets), set_row)), "ridge",
  "Held-out log-density per row, mean of three splits"
)
