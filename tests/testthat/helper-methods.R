# Data and quick fits for tests of methods.

methods_data <- function(n = 80) {
  set.seed(41)
  data <- data.frame(
    x = rnorm(n), v = rnorm(n), w = runif(n, 0.5, 1.5),
    f = factor(sample(c("a", "b", "c"), n, TRUE))
  )
  data$y <- ifelse(
    runif(n) < plogis(2 * data$x), 1 + 2 * data$x, -2 - data$x
  ) + rnorm(n, sd = 0.4)
  data$y2 <- data$x + rnorm(n)
  data
}

quick_fit <- function(...) {
  set.seed(4)
  sgmoe(..., starts = 1)
}
