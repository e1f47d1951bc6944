# Fits without their data are small.

slow_test("without the model frame a fit is small, at a million rows", {
  fit_among <- function(n, garbage) {
    big <- numeric(garbage)
    again <- function() big
    set.seed(1)
    x1 <- rnorm(n)
    data <- data.frame(x1, y = abs(x1) + rnorm(n))
    rm(x1)
    quietly(sgmoe(
      y ~ x1, data,
      k = 2, model = FALSE, starts = 1, max_passes = 3
    ))
  }
  small <- serialized_size(fit_among(200, 0))
  large <- serialized_size(fit_among(1e6, 1e6))
  expect_lt(large, 1e5)
  expect_lt(abs(large - small), 500)

  set.seed(1)
  data <- data.frame(x1 = rnorm(3e4))
  data$y <- abs(data$x1) + rnorm(3e4)
  data$w <- runif(3e4)
  start <- random_posterior(3e4, 2)
  called <- quietly(do.call(sgmoe, list(
    y ~ x1, data, 2,
    model = FALSE, start = start, weights = data$w,
    max_passes = 3
  )))
  expect_lt(serialized_size(called), 1e5)
  named <- quietly(do.call("sgmoe", list(
    formula = y ~ x1, data = data, k = 2, model = FALSE, start = start,
    max_passes = 3
  )))
  expect_lt(serialized_size(named), 1e5)
  # With the frame, it is the frame that takes the room.
  whole <- quietly(sgmoe(y ~ x1, data, k = 2, start = start, max_passes = 3))
  expect_lt(
    serialized_size(whole), serialized_size(as.list(whole$model)) + 1e5
  )
})
