# Streams, predictions and scores over sources.

slow_test("predictions over a source are those of the rows, whatever the chunks", {
  data <- stream_rows(500)
  data$id <- seq_len(500)
  for (name in names(stream_kinds)) {
    fit <- as_sgmoe(begin(stream_kinds[[name]], data[1:300, ]))
    for (type in eval(formals(predict.sgmoe)$type)) {
      whole <- tryCatch(
        predict(fit, data, type = type),
        sgmoe_error_unsupported = function(error) NULL
      )
      if (is.null(whole)) {
        next
      }
      found <- read_all(predict(fit, frame_source(data, 170), type = type))
      expect_identical(nrow(found), 500L)
      flat <- if (is.null(dim(whole))) {
        data.frame(prediction = unname(whole))
      } else {
        as.data.frame(matrix(whole, 500))
      }
      expect_equal(
        unname(as.list(found)), unname(as.list(flat)),
        label = paste(name, type)
      )
    }
    augmented <- augment(fit, newdata = frame_source(data, 170))
    expect_equal(
      read_all(augmented), as.data.frame(augment(fit, newdata = data)),
      ignore_attr = TRUE, label = name
    )
    # A result is a source: it can be read again.
    expect_identical(nrow(read_all(reset_source(augmented))), 500L)
  }
})

slow_test("scores over a source are those of all rows", {
  data <- stream_rows(500)
  data$y[c(3, 400)] <- NA
  fit <- sgmoe(y ~ x1 + x2, data[1:300, ], k = 2, starts = 1, ridge = 0)
  for (size in c(90, 250, 1000)) {
    source <- frame_source(data, size)
    expect_equal(score(fit, source), score(fit, data))
    expect_equal(
      score(fit, source, weights = "w", p = 0.3),
      score(fit, data, weights = data$w, p = 0.3)
    )
    rows <- score(fit, source, per_row = TRUE)
    expect_equal(read_all(rows), score(fit, data, per_row = TRUE),
      ignore_attr = TRUE
    )
  }
  two <- sgmoe(cbind(y, v) ~ x1, data[1:300, ], k = 2, starts = 1, ridge = 0)
  whole <- score(two, data)
  found <- score(two, frame_source(data, 90))
  simulated <- whole$score == "energy"
  expect_equal(found[!simulated, ], whole[!simulated, ])
  error <- abs(found$value - whole$value)[simulated]
  expect_lt(error, 4 * (found$error + whole$error)[simulated])
  expect_lt(abs(log(found$error / whole$error)[simulated]), 0.5)
  classes <- sgmoe(g ~ x1 + x2, data[1:300, ], k = 2, starts = 1, ridge = 0.1)
  for (size in c(1, 90, 1000)) {
    rows <- if (size == 1) 1:30 else 1:500
    source <- frame_source(data[rows, ], size)
    expect_equal(score(classes, source), score(classes, data[rows, ]))
    expect_equal(calibration(classes, source), calibration(classes, data[rows, ]))
    expect_equal(
      calibration(classes, source, class = "b", bins = 4, weights = "w"),
      calibration(classes, data[rows, ],
        class = "b", bins = 4,
        weights = data$w[rows]
      )
    )
  }
  stream <- begin(list(g ~ x1), data[1:300, ])
  source <- frame_source(data, 90)
  expect_equal(calibration(stream, source), calibration(stream, data))
  expect_equal(score(stream, source), score(stream, data))
})

test_that("what cannot be predicted or scored says where", {
  data <- stream_rows(300)
  fit <- sgmoe(y ~ x1, data, k = 2, starts = 1, ridge = 0)
  parts <- list(data[1:100, ], transform(data[101:200, ], x1 = Inf))
  error <- source_error(score(fit, as_chunk_source(list(parts[[1]], data["x1"]))))
  expect_match(squeezed(error), "Chunk 2 .*no column `y`")
  error <- source_error(score(fit, as_chunk_source(
    list(parts[[1]], transform(data[101:200, ], x1 = as.character(x1)))
  )))
  expect_match(squeezed(error), "Chunk 2 .*`x1` is text")
  for (bad in list(3, "nowhere", c("w", "o"))) {
    error <- source_error(score(fit, frame_source(data), weights = bad))
    expect_match(squeezed(error), "weights|nowhere")
  }
  class_condition(score(fit, frame_source(data[0, ])), "error", "no_rows")
  # A term that looks at all rows would be another in each chunk.
  other <- suppressWarnings(
    sgmoe(y ~ I(x1 - mean(x1)), data, k = 2, starts = 1, ridge = 0),
    classes = "sgmoe_warning_row_dependent"
  )
  for (work in list(
    function(source) next_chunk(predict(other, source)),
    function(source) score(other, source)
  )) {
    error <- source_error(work(frame_source(data, 100)))
    expect_s3_class(error$parent, "sgmoe_error_row_dependent")
  }
  # Two results of one source cannot be read side by side.
  source <- frame_source(data, 100)
  one <- predict(fit, source)
  two <- predict(fit, source, type = "gate")
  next_chunk(one)
  next_chunk(two)
  error <- source_error(next_chunk(one))
  expect_match(squeezed(error), "begun anew meanwhile")
  expect_identical(nrow(next_chunk(two)), 100L)
})

slow_test("a stream of a source is the stream of its rows", {
  data <- stream_rows(1500)
  set.seed(1)
  whole <- quietly(sgmoe_stream(y ~ x1 + f, data[1:600, ], k = 2, starts = 1))
  whole <- learn(whole, data[601:1500, ])
  sources <- list(
    frame_source(data, 97), frame_source(data, 600), frame_source(data, 5000),
    split(data, (0:1499) %/% 400),
    local({
      at <- 0
      function(reset = FALSE) {
        at <<- if (reset) 0 else at + 1
        if (!reset && at <= 3) data[500 * at - 499:0, ]
      }
    })
  )
  for (source in sources) {
    set.seed(1)
    stream <- quietly(
      sgmoe_stream(y ~ x1 + f, source, k = 2, starts = 1, pilot = 600)
    )
    expect_same_stream(stream, whole)
  }
  # It begins at the beginning, wherever the source stands.
  set.seed(1)
  stream <- quietly(
    sgmoe_stream(y ~ x1 + f, sources[[1]], k = 2, starts = 1, pilot = 600)
  )
  expect_same_stream(stream, whole)
  # `.` needs all columns.
  dot <- sgmoe_stream(
    y ~ ., frame_source(data[c("y", "x1", "x2")], 300),
    k = 2, starts = 1, pilot = 300
  )
  expect_gt(dot$state$rows, 1100) # others wait for a full minibatch
  short <- quietly(sgmoe_stream(y ~ x1, frame_source(data[1:900, ]), 2, starts = 1))
  expect_identical(short$pilot$rows, 900L)
  class_condition(
    quietly(sgmoe_stream(y ~ x1, frame_source(data[1:9, ]), 2, starts = 1)),
    "warning", "pilot"
  )
  class_condition(
    sgmoe_stream(y ~ x1, frame_source(data[0, ]), 2), "error", "pilot"
  )
  class_condition(
    sgmoe_stream(y ~ x1, data, 2, pilot = 100), "error", "argument"
  )
  class_condition(
    sgmoe_stream(y ~ x1, frame_source(data), 2, pilot = 0), "error", "argument"
  )
  # What fails in the middle gives back what was learnt.
  half <- transform(data[1001:1500, ], x1 = Inf)
  error <- source_error(sgmoe_stream(
    y ~ x1, list(data[1:500, ], data[501:1000, ], half), 2,
    starts = 1, pilot = 500
  ))
  expect_gt(error$stream$state$rows, 400)
  expect_lte(error$stream$state$rows, 500)
})

test_that("a source goes on from where it stands, and is not learnt twice by accident", {
  data <- stream_rows(900)
  stream <- begin(list(y ~ x1), data[1:400, ])
  source <- frame_source(data[401:900, ], 100)
  whole <- consume(stream, source)
  expect_same_stream(whole, learn(stream, data[401:900, ]))
  class_condition(consume(stream, source), "error", "source")
  next_chunk(reset_source(source))
  expect_same_stream(consume(stream, source), learn(stream, data[501:900, ]))
  # A chunk that is refused stands behind.
  parts <- list(data[401:500, ], transform(data[1:9, ], x1 = Inf), data[501:900, ])
  source <- as_chunk_source(parts)
  error <- source_error(consume(stream, source))
  expect_identical(error$chunk, 2)
  expect_same_stream(consume(error$stream, source), whole)
})

slow_test("a sorted source is recognised", {
  data <- stream_rows(1600)
  stream <- begin(list(y ~ x1 + f), data[1:400, ])
  rest <- data[401:1600, ]
  sorted <- list(
    x1 = rest[order(rest$x1), ], x1 = rest[order(-rest$x1), ],
    y = rest[order(rest$y), ], f = rest[order(rest$f), ]
  )
  for (name in names(sorted)) {
    for (size in c(50, 300)) {
      text <- class_condition(
        quietly_starved(consume(stream, sorted[[name]], chunk_size = size)),
        "warning", "sorted"
      )
      expect_match(text, paste0("sorted by `", name, "`"), fixed = TRUE)
    }
  }
  for (size in c(1, 20, 300)) {
    rows <- if (size == 1) 1:450 else 1:1200
    expect_no_sorted(consume(stream, rest[rows, ], chunk_size = size))
  }
  # One who follows changes knows; constants are in every order.
  follows <- begin(list(y ~ x1 + f), data[1:400, ], constant = 0.05)
  expect_no_sorted(consume(follows, sorted[[1]], chunk_size = 100))
  fixed <- transform(rest, x1 = 1)
  expect_no_sorted(consume(stream, fixed, chunk_size = 100))
})
