# What a user reads: streams. See test-messages.R.

test_that("streams: beginning one", {
  few <- function(data) sgmoe_stream(dist ~ speed, data, k = 2, ridge = 0)
  short <- quietly(few(cars[1:9, ]))
  same <- quietly(few(cars[c(1, 1, 1), ]))
  undated <- quietly(few(data.frame(dist = 1:2, speed = as.Date(NA))))
  expect_said({
    said(sgmoe_stream(dist ~ speed, k = 2))
    said(sgmoe_stream(dist ~ speed, as.matrix(cars), k = 2))
    said(sgmoe_stream(dist ~ speed, cars, k = 2, epochs = 3))
    said(sgmoe_stream(dist ~ rank(speed), cars, k = 2))
    said(invisible(sgmoe_stream(
      dist ~ speed, transform(cars[rep(1:50, 5), ], dist = replace(dist, 9, -9999)),
      k = 2, ridge = 1, starts = 1
    )))
    said(sgmoe_stream(dist ~ speed, cars, k = 2, control = 10))
    said(stream_control(exponent = 0.3))
    said(stream_control(constant = 2))
    said(stream_control(constant = 1))
    said(few(cars[1:9, ]))
    said(few(cars[c(1, 1, 1), ]))
    said(predict(short, cars))
    said(coef(same))
    said(update(short, cars, weights = cars$speed))
    said(update(short, data.frame(dist = 1)))
    said(update(short, data.frame(dist = 1, speed = "a")))
    said(update(undated, data.frame(dist = 1, speed = "May")))
  })
})

test_that("streams: their rows", {
  # Few rows only wait, and would not reach the core.
  local_replaced("wait_for_others", function(...) NULL)
  stream <- tooth_stream()
  flowers <- flowers_stream()
  apart <- tooth_stream(gate = ~supp)
  weighted <- tooth_stream(weights = dose)
  counted <- sgmoe_stream(
    cbind(yes, no) ~ x, ballots,
    k = 1, ridge = 1, family = "multinomial"
  )
  far <- transform(ToothGrowth[1:3, ], dose = c(1, 1e200, 1e200))
  x <- model.matrix(stream, ToothGrowth)
  y <- ToothGrowth$len
  expect_said({
    said(update(stream))
    said(update(stream, as.list(ToothGrowth)))
    said(update(stream, ToothGrowth, k = 3))
    said(update(stream, ToothGrowth, weights = dose))
    said(update(stream, ToothGrowth, weights = 1:3))
    said(update(stream, far[2, ]))
    said(update(stream, far))
    said(update(stream, transform(far, len = Inf)))
    said(update(flowers, transform(iris, Species = "rose")))
    said(update(weighted, transform(far, dose = "high")))
    said(update_matrix(stream, ToothGrowth, y))
    said(update_matrix(stream, x[, rev(seq_len(ncol(x)))], y))
    said(update_matrix(stream, x))
    said(update_matrix(stream, x, y, gate = x))
    said(update_matrix(apart, x, y))
    said(update_matrix(stream, x, letters))
    said(update_matrix(stream, x, y[1:3]))
    said(update_matrix(stream, x, y, weights = letters))
    said(update_matrix(stream, x, y, weights = -y))
    said(update_matrix(stream, x, y, offset = letters))
    said(update_matrix(flowers, cbind(1, 5), 4))
    said(update_matrix(counted, cbind(1, 5), cbind(0, 0)))
    said(with_replaced(
      "core_stream_learn", answering("core_stream_learn", taken = 20),
      update(stream, ToothGrowth)
    ))
    said(with_replaced(
      "core_stream_learn", answering(
        "core_stream_learn",
        state = list(starved = c(0, 1))
      ),
      update(stream, ToothGrowth)
    ))
    said(with_replaced(
      "core_stream_learn", function(...) rlang::interrupt(),
      update(stream, ToothGrowth)
    ))
  })
})

test_that("streams: sources, and questions to a stream", {
  stream <- tooth_stream()
  short <- quietly(sgmoe_stream(len ~ dose, ToothGrowth[1:9, ], k = 2, ridge = 0))
  old <- replace(stream, "version", 1)
  interrupted_source <- function(chunk) {
    given <- FALSE
    function() {
      if (given) rlang::interrupt()
      given <<- TRUE
      chunk
    }
  }
  expect_said({
    said(consume(cars, cars))
    said(consume(stream))
    said(consume(stream, ToothGrowth, weights = 1))
    said(consume(stream, "file.csv"))
    said(consume(stream, function() 1))
    said(consume(stream, function(reset) stop("connection closed")))
    said(consume(stream, list(ToothGrowth, cars)))
    said(consume(stream, function() rlang::interrupt()))
    said(consume(stream, interrupted_source(ToothGrowth)))
    said(consume(short, ToothGrowth[1:9, ]))
    said(predict(stream))
    said(augment(stream))
    said(residuals(stream))
    said(AIC(stream))
    said(coef(old))
    said(as_sgmoe(cars))
    said(relabel(stream, 2:1))
    said(update_matrix(cars, 1, 1))
  })
})
