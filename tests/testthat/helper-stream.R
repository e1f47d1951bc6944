# Streams for the tests: random data, pilots, and comparisons of states.

# Columns for every kind of model: numbers `y` and `v`, classes `g`, counts
# `m`, covariates, weights (some of them zero), offsets.
stream_rows <- function(n, seed = 1, k = 2) {
  set.seed(seed)
  data <- simulate_moe(n, k, p = 2, mean_scale = 2, gate_scale = 2)
  classes <- simulate_moe(
    n, k,
    family = "multinomial", classes = 3, covariates = data[c("x1", "x2")],
    mean_scale = 1
  )
  data$g <- factor(classes$y, labels = c("a", "b", "c"))
  data$v <- stats::rnorm(n) - data$x1
  data$m <- t(stats::rmultinom(n, 3, c(1, 2, 1)))
  colnames(data$m) <- c("s", "t", "u")
  data$f <- factor(sample(c("p", "q", "r"), n, TRUE))
  data$w <- stats::runif(n, 0.5, 2)
  data$o <- stats::rnorm(n)
  with_columns(data)
}

# All kinds of streams, of every family.
stream_kinds <- do.call(c, unname(lapply(family_cases, `[[`, "streams")))

# A stream of a kind; the pilot's fit is short.
begin <- function(kind, pilot, k = 2, ..., starts = 1) {
  set.seed(1)
  quietly(eval(as.call(c(
    quote(sgmoe_stream), kind,
    list(data = quote(pilot), k = k, starts = starts), list(...)
  ))))
}

# Learns without reports of lost experts.
learn <- function(stream, ...) {
  quietly(update(stream, ...))
}

# What was learnt, to the last bit.
bits <- function(stream) {
  serialize(stream[c("state", "dropped", "pilot", "basis")], NULL)
}

expect_same_stream <- function(stream, other, label = "stream") {
  expect_true(identical(bits(stream), bits(other)), label = label)
}

# Mean log-density of new rows.
mean_score <- function(fit, data) {
  mean(predict(fit, data, type = "logdensity"))
}

# How far the log-likelihood of `stream` on `data` is below that of `fit`, in
# units of the statistical error p / (2n).
gap <- function(stream, fit, data) {
  (mean_score(fit, data) - mean_score(stream, data)) * 2 * nrow(data) / fit$df
}

# The message, after checks of the class and that the stream is untouched.
refused <- function(stream, expression, what) {
  before <- serialize_fit(stream)
  text <- class_condition(expression, "error", what)
  expect_identical(serialize_fit(stream), before)
  text
}
