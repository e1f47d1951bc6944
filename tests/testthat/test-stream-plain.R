# Chunks of plain numbers take a short way to the core; it must lead to the same place.

make_rows <- function(n = 300) {
  set.seed(8)
  data <- data.frame(x = rnorm(n), whole = sample(5L, n, TRUE), v = rnorm(n))
  data[["odd name"]] <- rnorm(n)
  data$group <- factor(sample(c("a", "b"), n, TRUE))
  data$y <- data$x * sign(data$v) + rnorm(n, sd = 0.3)
  data$two <- data$v + rnorm(n)
  data$count <- rpois(n, exp(0.3 * data$x))
  data
}

stream_of <- function(formula, data, ...) {
  set.seed(1)
  suppressWarnings(sgmoe_stream(
    formula, data[1:200, ],
    k = 2, starts = 1, minibatch = 16, ...
  ))
}

# With the short way closed.
slowly <- function(expression) {
  local_replaced("plain_design", function(...) NULL)
  expression
}

# Formula, and that of the gate.
plain <- list(
  list(y ~ x + v), list(y ~ 1), list(y ~ 0 + x), list(y ~ x + whole),
  list(y ~ v + `odd name`), list(y ~ x, ~v), list(y ~ x, ~1),
  list(y ~ 1, ~ x + whole)
)

test_that("the short way gives the same state, whatever the plain formula", {
  data <- make_rows()
  for (model in plain) {
    stream <- do.call(
      stream_of, c(list(model[[1L]], data), if (length(model) > 1L) list(gate = model[[2L]]))
    )
    expect_false(is.null(plain_plan(stream$blueprint)), info = deparse1(model))
    fast <- update(stream, data[201:300, ])
    expect_identical(
      fast$state, slowly(update(stream, data[201:300, ]))$state
    )
    expect_identical(fast$dropped, 0L)
  }
  counts <- stream_of(count ~ x + v, data, family = "poisson")
  expect_identical(
    update(counts, data[201:300, ])$state,
    slowly(update(counts, data[201:300, ]))$state
  )
})

test_that("what is not plain goes the long way", {
  data <- make_rows()
  others <- list(
    y ~ log(v^2), y ~ x * v, y ~ x:v, y ~ I(x), y ~ group, y ~ poly(x, 2),
    y ~ x + offset(v), cbind(y, two) ~ x
  )
  for (formula in others) {
    expect_null(
      plain_plan(stream_of(formula, data)$blueprint),
      info = deparse1(formula)
    )
  }
  gated <- stream_of(y ~ x, data, gate = ~group)
  expect_null(plain_plan(gated$blueprint))
  weighted <- suppressWarnings(sgmoe_stream(
    y ~ x, transform(data, w = 1)[1:200, ],
    k = 2, starts = 1, weights = w
  ))
  expect_null(plain_plan(weighted$blueprint))
})

test_that("a chunk that is not all finite numbers goes the long way", {
  data <- make_rows()
  stream <- stream_of(y ~ x + whole, data)
  chunk <- data[201:220, ]
  chunk$x[[3]] <- NA
  expect_identical(update(stream, chunk)$dropped, 1L)
  chunk$x[[3]] <- Inf
  expect_error(update(stream, chunk), class = "sgmoe_error_non_finite")
  expect_error(
    update(stream, transform(chunk, x = "a")),
    class = "sgmoe_error_wrong_type"
  )
  expect_error(
    update(stream, chunk[c("y", "x")]),
    class = "sgmoe_error_missing_column"
  )
})
