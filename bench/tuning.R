# What a table of cross-validation costs, in default fits of the same data, and
# what it gains: held-out log-density per row of rows that neither saw, one split,
# two thirds for training.
#
#   Rscript bench/tuning.R
#
# `cost` is the processor time of tune_experts(k = 1:5) with five folds and the
# default ridges (with the fit of all rows at the end) over the mean time of
# default fits with one to five experts; `cost_k2` over that with two.
# `tuned`: k and ridge by tune_experts(); `one_se`: by its rule of one standard
# error; `default`: two experts; `one_expert`; `selected`: select_experts(). One
# split of eight sets, two minutes; costs are ratios of processor times that were
# taken in turn, and no times of their own are kept.
source("bench/lib/common.R")
options(warn = -1)

sets <- list(
  Pima.tr = list(type ~ ., take("MASS", "Pima.tr")),
  birthwt = list(
    factor(low) ~ age + lwt + smoke + ptl + ht + ui + ftv,
    take("MASS", "birthwt")
  ),
  iris = list(Species ~ ., iris),
  fgl = list(type ~ RI + Na + Mg + Al + Si, take("MASS", "fgl")),
  faithful = list(waiting ~ eruptions, faithful),
  mcycle = list(accel ~ times, take("MASS", "mcycle")),
  airquality = list(Ozone ~ Solar.R + Wind + Temp, na.omit(airquality)),
  quakes = list(mag ~ lat + long + depth + stations, quakes)
)

quiet <- function(expression) suppressMessages(expression)
seconds <- function(expression) system.time(expression)[[1L]]

set_row <- function(name) {
  formula <- sets[[name]][[1L]]
  data <- sets[[name]][[2L]]
  set.seed(101)
  train <- sample(nrow(data), round(2 * nrow(data) / 3))
  known <- data[train, ]
  score <- function(fit) {
    mean(predict(fit, data[-train, ], type = "logdensity"))
  }
  fits <- list()
  time <- vapply(1:5, function(k) {
    seconds(fits[[k]] <<- quiet(sgmoe(formula, known, k = k)))
  }, 0)
  cost <- seconds(tuned <- quiet(tune_experts(formula, known)))
  simple <- choose_again(tuned, formula, known)
  message(name)
  data.frame(
    set = name, tuned = score(tuned), one_se = score(simple),
    default = score(fits[[2L]]), one_expert = score(fits[[1L]]),
    selected = score(quiet(select_experts(formula, known))),
    k = tuned$k, k_one_se = simple$k,
    cost = cost / mean(time), cost_k2 = cost / time[[2L]]
  )
}

# The rule of one standard error on a table that is there.
choose_again <- function(tuned, formula, data) {
  best <- core("choose_candidate")(tuned$table, TRUE, TRUE)
  own <- tuned$table[best, ]
  ridge <- if (own$ridge == "auto") "auto" else as.double(own$ridge)
  quiet(sgmoe(formula, data, k = own$k, ridge = ridge))
}

publish(
  do.call(rbind, lapply(names(sets), set_row)), "tuning",
  "Cross-validation: cost in default fits, and held-out log-density per row"
)
