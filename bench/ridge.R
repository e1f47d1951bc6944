# The ridge by evidence (`ridge = "auto"`) on real data: mean held-out
# log-density per row of three splits, two thirds for training.
#
#   Rscript bench/ridge.R
#
# Columns: one expert, no ridge, a fixed ridge of 0.3, the best ridge of a grid
# (chosen on the held-out rows: a bound, not a method), and the evidence, with
# one ridge and with one each for gate and experts; the median ridge it chose,
# and its time over that of a fit with ridge 0.3.
source("bench/lib/common.R")
options(warn = -1)

sets <- list(
  Pima.tr = list(type ~ ., MASS::Pima.tr, 2),
  birthwt = list(
    factor(low) ~ age + lwt + smoke + ptl + ht + ui + ftv, MASS::birthwt, 2
  ),
  airquality = list(
    Ozone ~ Solar.R + Wind + Temp + Month + Day, na.omit(airquality), 2
  ),
  quakes = list(mag ~ lat + long + depth + stations, quakes, 2),
  mcycle = list(accel ~ times, MASS::mcycle, 4),
  iris = list(Species ~ ., iris, 2)
)
grid <- c(0.01, 0.1, 0.3, 1, 3, 10)

# Numbers in units of their standard deviation, so that scores are comparable.
standardised <- function(data) {
  numbers <- vapply(data, is.numeric, NA) & names(data) != "low"
  data[numbers] <- lapply(data[numbers], function(x) as.numeric(scale(x)))
  data
}

split_scores <- function(set, split) {
  formula <- set[[1L]]
  data <- standardised(set[[2L]])
  set.seed(100 + split)
  train <- sample(nrow(data), round(2 * nrow(data) / 3))
  fit <- function(k, ridge) {
    set.seed(split)
    suppressMessages(sgmoe(formula, data[train, ], k = k, ridge = ridge))
  }
  score <- function(fit) {
    mean(predict(fit, data[-train, ], type = "logdensity"))
  }
  held_out <- function(k, ridge) score(fit(k, ridge))
  fixed <- system.time(middle <- held_out(set[[3L]], 0.3))[[1L]]
  time <- system.time(auto <- fit(set[[3L]], "auto"))[[1L]]
  c(
    one_expert = held_out(1, 0), ridge_0 = held_out(set[[3L]], 0),
    ridge_0.3 = middle,
    grid_best = max(vapply(grid, held_out, 0, k = set[[3L]])),
    auto = score(auto),
    lambda_gate = auto$ridge[["gate"]], lambda_expert = auto$ridge[["expert"]],
    df = auto$df, updates = nrow(auto$evidence$updates),
    settled = auto$evidence$settled, time_ratio = time / fixed
  )
}

table <- do.call(rbind, lapply(names(sets), function(name) {
  scores <- vapply(
    seq_len(if (quick) 1 else 3), split_scores, numeric(11),
    set = sets[[name]]
  )
  data.frame(set = name, t(rowMeans(scores)))
}))
publish(table, "ridge", "Held-out log-density per row, mean of three splits")
