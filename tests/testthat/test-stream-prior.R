# The prior of a stream is that of its pilot, and acts with a fixed weight.

prior_rows <- function(n, seed) {
  set.seed(seed)
  simulate_moe(n, 2, p = 2, mean_scale = 2, gate_scale = 2)
}

test_that("a stream keeps ridge and priors of its pilot's fit, at most a ridge of ten", {
  data <- prior_rows(300, 1)
  set.seed(2)
  fit <- quietly(sgmoe(y ~ x1 + x2, data, k = 2, starts = 2))
  set.seed(2)
  stream <- quietly(sgmoe_stream(y ~ x1 + x2, data, k = 2, starts = 2))
  expect_equal(stream$spec$prior, fit$spec$prior)
  expect_equal(stream$pilot$ridge, fit$spec$ridge)
  expect_equal(coef(stream), coef(fit), tolerance = 1e-6)
  noise <- transform(data, y = rev(y))
  stream <- quietly(sgmoe_stream(y ~ x1 + x2, noise, k = 2, starts = 2))
  expect_gt(stream$pilot$ridge, 10)
  expect_identical(stream$spec$ridge, 10)
  expect_identical(unname(stream$spec$prior$ridge), c(10, 10))
})

test_that("without a ridge, and with one expert, a stream has no prior", {
  data <- prior_rows(200, 3)
  for (stream in list(
    quietly(sgmoe_stream(y ~ x1, data, k = 2, starts = 1, ridge = 0)),
    quietly(sgmoe_stream(y ~ x1, data, k = 1))
  )) {
    expect_identical(stream$spec$ridge, 0)
    expect_null(stream$spec$prior)
    expect_false(any(grepl("Ridge", capture.output(print(stream)))))
  }
})

test_that("classes without a row in the pilot belong to the prior of the stream", {
  set.seed(4)
  data <- data.frame(x = rnorm(400))
  data$y <- factor(ifelse(data$x + rnorm(400) > 0, "a", "b"), c("a", "b", "c"))
  stream <- quietly(sgmoe_stream(y ~ x, data, k = 2, starts = 1))
  target <- stream$spec$prior$prior_target
  expect_length(target, 3L)
  expect_equal(target[[3L]], 0.5 / 400.5)
  expect_equal(sum(target), 1)
  data$y[201:400] <- sample(c("a", "b", "c"), 200, TRUE)
  stream <- quietly(update(stream, data[201:400, ]))
  expect_true(all(is.finite(coef(stream))))
})

slow_test("after many rows the prior no longer shows", {
  data <- prior_rows(20000, 5)
  set.seed(6)
  default <- quietly(sgmoe_stream(y ~ x1 + x2, data[1:1000, ], k = 2, starts = 2))
  default <- update(default, data[-(1:1000), ])
  best <- quietly(sgmoe(y ~ x1 + x2, data, k = 2, ridge = 0, start = as_sgmoe(default)))
  expect_lt(gap(default, best, data), 0.2)
  expect_identical(default$state$trusted, 1) # the Newton step is reported
})
