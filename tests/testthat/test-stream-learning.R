# Streams learn: from the pilot to the truth, what the pilot did not know, and
# what changes.

test_that("a stream recovers the parameters", {
  set.seed(4)
  data <- simulate_moe(
    12000, 2,
    p = 1, gate = cbind(c(0, 0), c(0.5, 2)),
    mean = cbind(c(1, 2), c(-1, -1)), sigma = c(0.5, 1)
  )
  stream <- begin(list(y ~ x1), data[1:500, ])
  stream <- learn(stream, data[501:12000, ])
  if (sigma(stream)[[1L]] > 0.75) {
    found <- relabel(as_sgmoe(stream), 2:1)
  } else {
    found <- as_sgmoe(stream)
  }
  # Standard errors are below 0.05 in the gate, 0.02 in the experts.
  expect_lt(max(abs(coef(found, "gate") - c(0.5, 2))), 0.25)
  expect_lt(max(abs(coef(found, "expert") - c(1, 2, -1, -1))), 0.1)
  expect_lt(max(abs(sigma(found) - c(0.5, 1))), 0.05)
})

# A level, class or covariate of which the pilot knew nothing must end, after
# enough rows, as good as for a stream whose pilot knew.
test_that("a level that the pilot lacks is learnt", {
  set.seed(5)
  n <- 12000
  data <- data.frame(
    x = rnorm(n), f = factor(sample(c("p", "q", "r"), n, TRUE), c("p", "q", "r"))
  )
  right <- runif(n) < plogis(2 * data$x)
  data$y <- ifelse(right, 2 + data$x, -data$x) +
    c(0, 1, -2)[data$f] + rnorm(n, sd = 0.5)
  data$f[1:1000] <- sample(c("p", "q"), 1000, TRUE)
  data$y[1:1000] <- ifelse(right[1:1000], 2 + data$x[1:1000], -data$x[1:1000]) +
    c(0, 1)[data$f[1:1000]] + rnorm(1000, sd = 0.5)
  stream <- begin(list(y ~ x + f), data[1:1000, ])
  unknown <- grepl("fr$", names(coef(stream)))
  expect_identical(sum(unknown), 3L)
  expect_identical(unname(is.na(coef(stream))), unknown)
  stream <- learn(stream, data[1001:n, ])
  expect_false(anyNA(coef(stream)))
  level <- coef(stream)[grepl("expert.:fr$", names(coef(stream)))]
  expect_lt(max(abs(level + 2)), 0.1)
  batch <- quietly(sgmoe(y ~ x + f, data, k = 2, start = as_sgmoe(stream)))
  expect_lt(gap(stream, batch, data), 3)
})

slow_test("a class that the pilot lacks is learnt", {
  data <- good_classes(13000, 6)$data
  pilot <- data[data$y[1:1000] != "c", ][1:400, ]
  rest <- data[1001:13000, ]
  batch <- quietly(sgmoe(y ~ x1 + x2, rest, k = 2, starts = 2))
  for (average in c("newton", "tail", "none")) {
    stream <- begin(list(y ~ x1 + x2), pilot, average = average, starts = 3)
    expect_identical(stream$responses, c("a", "b", "c"))
    expect_lt(max(predict(stream, rest)[, "c"]), 0.01)
    # It is not impossible, but a surprise.
    expect_true(all(is.finite(predict(stream, rest, type = "logdensity"))))
    expect_gt(gap(stream, batch, rest), 1000)
    stream <- learn(stream, rest)
    # The pilot's rows, which had none, still count.
    expect_lt(gap(stream, batch, rest), 10, label = average)
    expect_equal(
      mean(predict(stream, rest)[, "c"]), mean(rest$y == "c"),
      tolerance = 0.05
    )
  }
})

slow_test("covariates that the pilot did not vary are learnt", {
  set.seed(7)
  n <- 10000
  data <- simulate_moe(n, 2, gate_scale = 1.5, mean_scale = 2)
  data$x3 <- rnorm(n)
  data$y <- data$y + 1.5 * data$x3
  for (pilot in list(constant = 2, aliased = NULL)) {
    changed <- data
    first <- 1:800
    value <- if (is.null(pilot)) 3 - 2 * data$x1[first] else pilot
    changed$y[first] <- changed$y[first] + 1.5 * (value - data$x3[first])
    changed$x3[first] <- value
    stream <- begin(list(y ~ x1 + x2 + x3), changed[first, ])
    unknown <- grepl("x3$", names(coef(stream)))
    expect_identical(unname(is.na(coef(stream))), unknown)
    # As if the covariate were not there
    expect_identical(unname(is.na(coef(learn(stream, changed[1:500, ])))), unknown)
    stream <- learn(stream, changed[801:n, ])
    expect_false(anyNA(coef(stream)))
    slope <- coef(stream)[grepl("expert.:x3$", names(coef(stream)))]
    expect_lt(max(abs(slope - 1.5)), 0.1)
    batch <- quietly(
      sgmoe(y ~ x1 + x2 + x3, changed, k = 2, start = as_sgmoe(stream))
    )
    expect_lt(gap(stream, batch, changed), 8)
  }
})

slow_test("a constant step follows an abrupt change", {
  set.seed(8)
  half <- 20000
  regime <- function(n, sign) {
    simulate_moe(
      n, 2,
      p = 1, gate = cbind(c(0, -1), c(0, 1)),
      mean = cbind(c(sign, 2), c(-1, -sign)), sigma = 0.5
    )
  }
  before <- regime(5000, 1)
  after <- regime(half, -1)
  new <- regime(4000, -1)
  best <- mean_score(quietly(sgmoe(y ~ x1, after, k = 2, starts = 2)), new)
  for (constant in c(0.02, 0.05, 0.1)) {
    stream <- begin(list(y ~ x1), before[1:500, ], constant = constant)
    stream <- learn(stream, before[501:5000, ])
    expect_gt(best - mean_score(stream, new), 0.3) # it was lost
    stream <- learn(stream, after)
    expect_lt(best - mean_score(stream, new), 0.02, label = constant)
  }
  # Decreasing steps remember too much.
  stream <- learn(begin(list(y ~ x1), before[1:500, ], exponent = 1), before)
  expect_gt(best - mean_score(learn(stream, after), new), 0.02)
})
