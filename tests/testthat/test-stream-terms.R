# Terms that a stream cannot compute from a chunk.

slow_test("terms that depend on other rows are refused, and named", {
  data <- stream_rows(300)
  data$time <- seq_len(300)
  terms <- c(
    "I(x1 - mean(x1))", "rank(x1)", "cumsum(x1)", "ave(x1, f)",
    "I(x1/max(x1))", "I(x1 > median(x1))", "cut(x1, 3)", "I(scale(x1))",
    "c(0, diff(x1))", "rev(time)", "jitter(x1)",
    "as.integer(factor(f, unique(f)))"
  )
  for (term in terms) {
    text <- class_condition(
      begin(list(reformulate(c("x2", term), "y")), data),
      "error", "row_dependent"
    )
    expect_match(text, paste0("`", term, "` depends on"), fixed = TRUE)
    expect_match(text, "beforehand")
  }
  expect_match(
    class_condition(
      begin(list(y ~ x1, gate = ~ rank(x2)), data), "error", "row_dependent"
    ), "rank\\(x2\\)"
  )
  expect_match(
    class_condition(
      begin(list(I(y / mean(y)) ~ x1), data), "error", "row_dependent"
    ), "mean\\(y\\)"
  )
  expect_match(
    class_condition(
      begin(list(y ~ x1, weights = quote(w / mean(w))), data),
      "error", "row_dependent"
    ), "`weights`"
  )
  # While the pilot waits, too.
  class_condition(
    begin(list(y ~ rank(x1)), data[1:20, ]), "error", "row_dependent"
  )
})

slow_test("terms whose constants are the pilot's are learnt as they are", {
  data <- stream_rows(420)
  data$x2[5] <- NA
  data$lag <- as.difftime(data$w, units = "hours")
  new <- data[401:420, ]
  rights <- list(
    ~ scale(x1) + poly(w, 2), ~ splines::ns(x1, 3) + cut(w, c(0, 1, 3)),
    ~ C(f, contr.sum) + relevel(f, "q"), ~ interaction(f, x1 > 0),
    ~ I(x1^2) + log(w) + ifelse(is.na(x2), 0, x2) + lag, ~ offset(o) + x1
  )
  for (right in rights) {
    stream <- begin(list(update(right, y ~ .), ridge = 0.1), data[1:400, ])
    expect_s3_class(stream, "sgmoe_stream")
    one_by_one <- stream
    for (i in 1:20) one_by_one <- learn(one_by_one, new[i, ])
    whole <- learn(stream, new)
    expect_equal(coef(one_by_one), coef(whole))
  }
})

slow_test("chunks have the units of the pilot, missing values are counted", {
  data <- stream_rows(600)
  data$lag <- as.difftime(data$x1, units = "mins")
  hours <- data[401:600, ]
  units(hours$lag) <- "hours"
  stream <- begin(list(y ~ lag), data[1:400, ])
  expect_equal(
    coef(learn(stream, hours)), coef(learn(stream, data[401:600, ]))
  )
  # Also while the pilot waits.
  waiting <- begin(list(y ~ lag), data[1:20, ])
  rest <- data[21:600, ]
  set.seed(1)
  minutes <- learn(waiting, rest)
  units(rest$lag) <- "hours"
  set.seed(1)
  expect_equal(coef(learn(waiting, rest)), coef(minutes))
  kind <- list(y ~ x1, weights = quote(w))
  stream <- begin(kind, data[1:400, ])
  rest <- data[401:600, ]
  rest$x1[3] <- NaN
  rest$w[5] <- NA
  rest$y[9] <- NaN
  spoilt <- learn(stream, rest)
  expect_identical(spoilt$dropped, 3L)
  complete <- learn(stream, data[401:600, ][-c(3, 5, 9), ])
  expect_identical(spoilt$state, complete$state)
  expect_identical(
    learn(stream, rest, weights = rest$w)$state, complete$state
  )
})

test_that("contrasts of a stream are replayed", {
  data <- stream_rows(500)
  kind <- list(y ~ f, contrasts = list(f = "contr.helmert"))
  stream <- begin(kind, data[1:400, ])
  expect_equal(
    unname(model.matrix(stream, data[1:20, ])),
    unname(model.matrix(
      ~f, data[1:20, ],
      contrasts.arg = list(f = "contr.helmert")
    )),
    ignore_attr = TRUE
  )
  expect_gt(learn(stream, data[401:500, ])$state$rows, 0)
})
