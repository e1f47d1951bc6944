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

# Rows of numbers that only wait.
the_long_way <- function(expression) {
  local_replaced("wait_as_given", function(...) NULL)
  expression
}

test_that("rows that only wait are the same by the short way, in every form", {
  data <- make_rows()
  models <- list(
    list(y ~ x + v), list(y ~ x, gate = ~ v + whole), list(y ~ 1), list(cbind(y, two) ~ x),
    list(cbind(y, two) ~ x, gate = ~1), list(y ~ x + I(2 * x)), list(y ~ group),
    list(count ~ x, family = "poisson"), list(group ~ x)
  )
  short <- 0
  for (model in models) {
    stream <- do.call(stream_of, c(model[1L], list(data), model[-1L]))
    stream <- update(stream, data[201:210, ])
    new <- data[211:213, ]
    x <- model.matrix(stream, new)
    gate <- if (!is.null(model$gate)) model.matrix(stream, new, part = "gate")
    y <- as.matrix(model.response(model.frame(model[[1L]], new)))
    if (is.character(y)) y <- matrix(as.numeric(new$group))
    storage.mode(y) <- "double"
    other <- matrix(x, 3, dimnames = list(NULL, paste0("c", seq_len(ncol(x)))))
    forms <- list(
      list(x, y, gate), list(unname(x), unname(y), unname(gate)), list(other, y, gate),
      list(x[1L, ], y[1L, ], gate[1L, ]), list(x[2L, , drop = FALSE], drop(y[2L, ]), gate[2L, ]),
      list(x, if (ncol(y) == 1L) c(y) else y, gate), list(x, round(y) + 0L, gate),
      list(x[0L, , drop = FALSE], y[0L, , drop = FALSE], gate[0L, , drop = FALSE]),
      list(
        x[rep(1:3, 6), , drop = FALSE], y[rep(1:3, 6), , drop = FALSE],
        gate[rep(1:3, 6), , drop = FALSE]
      )
    )
    for (form in forms) {
      before <- serialize(stream, NULL)
      learn <- function() update_matrix(stream, form[[1L]], form[[2L]], gate = form[[3L]])
      expect_identical(learn(), the_long_way(learn()))
      expect_identical(serialize(stream, NULL), before)
      short <- short + !is.null(wait_as_given(stream, form[[1L]], form[[3L]], form[[2L]]))
    }
  }
  expect_gt(short, 20)
})

test_that("rows of another form are refused as they are by the long way", {
  data <- make_rows()
  stream <- update(stream_of(y ~ x + v, data), data[201:210, ])
  x <- cbind(1, data$x, data$v)[211:213, ]
  y <- data$y[211:213]
  bad <- list(
    list(x[, 1:2], y), list(x, y[1:2]), list(x, cbind(y, y)), list(c(x), y), list(x, rbind(y)),
    list(replace(x, 2, NA), y), list(replace(x, 2, 1e200), y), list(x, replace(y, 1, Inf)),
    list(as.character(x), y), list(x, as.character(y)),
    list(data[211:213, ], y), list(x, y, gate = x), list(array(x, c(3, 3, 1)), y),
    list(structure(x, dimnames = list(NULL, c("(Intercept)", "v", "x"))), y)
  )
  for (one in bad) {
    short <- tryCatch(do.call(update_matrix, c(list(stream), one)), error = identity)
    long <- the_long_way(
      tryCatch(do.call(update_matrix, c(list(stream), one)), error = identity)
    )
    expect_s3_class(short, "error")
    expect_identical(class(short), class(long))
    expect_identical(conditionMessage(short), conditionMessage(long))
  }
  changed <- stream
  changed$state$rows <- -1
  expect_error(update_matrix(changed, x[1, ], y[[1L]]), class = "sgmoe_error_damaged")
  for (junk in list(1, NULL, list(), unclass(stream), list(state = 1))) {
    expect_error(update_matrix(junk, x[1, ], y[[1L]]), class = "sgmoe_error_argument")
  }
})
