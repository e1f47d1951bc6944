# Numbers too large or too small: a right result in other units, or a refusal
# that names the column, never a fit that is not finite.

set.seed(1)
frame <- data.frame(x = rnorm(200), z = rnorm(200))
frame$y <- ifelse(frame$x + rnorm(200) / 3 > 0, 3, -2) * frame$x + frame$z +
  rnorm(200, sd = 0.5)

fit_to <- function(data, ...) {
  set.seed(2)
  suppressMessages(sgmoe(y ~ x + z, data, k = 2, starts = 1, ridge = 0.1, ...))
}

expect_extreme <- function(expression, names) {
  error <- expect_error(expression, class = "sgmoe_error_extreme_values")
  expect_match(conditionMessage(error), names)
}

slow_test("units up to 1e+-149 change a fit only by the unit", {
  base <- fit_to(frame)
  for (unit in 10^c(-149, -120, 120, 149)) {
    other <- fit_to(transform(frame, y = y * unit))
    parts <- lapply(c("expert", "scale"), function(part) {
      coef(other, part = part) / unit
    })
    expect_equal(unlist(parts), unlist(lapply(
      c("expert", "scale"), function(part) coef(base, part = part)
    )), tolerance = 1e-6)
    expect_equal(
      as.numeric(logLik(other)), as.numeric(logLik(base)) - 200 * log(unit),
      tolerance = 1e-8
    )
    other <- fit_to(transform(frame, x = x * unit))
    expect_equal(
      predict(other, transform(frame, x = x * unit), type = "logdensity"),
      predict(base, frame, type = "logdensity"),
      tolerance = 1e-6
    )
  }
})

slow_test("larger and smaller units are refused, each column by its name", {
  for (unit in 10^c(-300, -200, -154, 154, 200, 300)) {
    expect_extreme(fit_to(transform(frame, y = y * unit)), "column `y`")
    expect_extreme(fit_to(transform(frame, x = x * unit)), "column `x`")
  }
  both <- transform(frame, x = x * 1e200, z = z * 1e200)
  expect_extreme(fit_to(both), "columns `x`.*and `z`")
  two <- transform(frame, y = y * 1e160, y2 = rnorm(200))
  expect_extreme(
    sgmoe(cbind(y, y2) ~ x, two, k = 2, starts = 1), "column `y`"
  )
  expect_extreme(
    sgmoe_stream(y ~ x, transform(frame, x = x * 1e200), k = 2, ridge = 0.1),
    "column `x`"
  )
  expect_extreme(
    select_experts(y ~ x, transform(frame, y = y * 1e200), k_max = 2), "column `y`"
  )
})

test_that("very unequal weights go with large units", {
  frame$w <- 10^runif(200, -8, 8)
  base <- fit_to(frame, weights = w)
  other <- fit_to(transform(frame, y = y * 1e149), weights = w)
  expect_equal(
    coef(other, part = "expert") / 1e149, coef(base, part = "expert"),
    tolerance = 1e-6
  )
  expect_extreme(fit_to(frame, weights = w * 1e300), "weights.*too large")
  expect_extreme(fit_to(frame, weights = w * 1e-300), "weights.*too small")
})

slow_test("a fit with a number that is not finite is refused, however made", {
  fit <- fit_to(frame)
  for (field in c("coefficients", "log_likelihood", "objective")) {
    for (value in c(NaN, Inf)) {
      broken <- fit
      broken[[field]][[1L]] <- value
      expect_error(
        check_finite_fit(broken),
        class = "sgmoe_error_extreme_values"
      )
    }
  }
  broken <- fit
  broken$parameters$expert[[2L]] <- NaN
  expect_error(
    check_finite_fit(broken),
    class = "sgmoe_error_extreme_values"
  )
  aliased <- suppressMessages(sgmoe(y ~ x + I(2 * x), frame, k = 1))
  expect_identical(check_finite_fit(aliased), aliased)
})

# Streams ----------------------------------------------------------------------

stream <- suppressMessages(sgmoe_stream(
  y ~ x + z, frame[1:100, ],
  k = 2, ridge = 0.1, starts = 1
))

slow_test("a chunk with a row out of all proportion is refused by its name", {
  for (column in c("x", "z", "y")) {
    for (value in c(1e160, -1e200, 1e300)) {
      chunk <- frame[101:200, ]
      chunk[[column]][[7L]] <- value
      expect_extreme(update(stream, chunk), "Row 107")
      chunk[[column]][[3L]] <- value
      expect_extreme(update(stream, chunk), "Rows 103 and 107")
    }
  }
  expect_extreme(
    update(stream, frame[101:200, ], weights = replace(rep(1, 100), 4, 1e300)),
    "Row 104"
  )
  rows <- model.matrix(stream, frame[101:110, ])
  expect_extreme(
    update_matrix(stream, replace(rows, 12, 1e200), frame$y[101:110]), "Row 2"
  )
})

test_that("rows of weight zero and rows left out do not shift the names", {
  chunk <- frame[101:200, ]
  chunk$x[[2L]] <- NA
  chunk$x[[9L]] <- 1e200
  expect_extreme(
    update(stream, chunk, weights = replace(rep(1, 100), 3, 0)), "Row 109"
  )
})

test_that("a state that is not finite is never returned, its rows are named", {
  tens <- suppressMessages(sgmoe_stream(
    y ~ x + z, frame[1:100, ],
    k = 2, ridge = 0.1, starts = 1, minibatch = 10
  ))
  learn <- core_stream_learn
  # Stands for whatever else overflows: the 35th row spoils its minibatch.
  local_replaced("core_stream_learn", function(data, ...) {
    if (nrow(data$gate$values) >= 40) {
      stop(structure(
        class = c("sgmoe::InputError", "C++Error", "error", "condition"),
        list(message = "state, after these rows: theta", call = NULL)
      ))
    }
    learn(data, ...)
  })
  error <- expect_error(
    update(tens, frame[101:200, ]),
    class = "sgmoe_error_extreme_values"
  )
  expect_match(conditionMessage(error), "Rows 131, 132.*140")
})
