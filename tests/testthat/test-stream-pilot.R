# Pilots that are too small, and sources.

slow_test("a small pilot waits for exactly the rows that it needs", {
  data <- stream_rows(500)
  cases <- list(
    list(kind = list(y ~ x1 + f), needed = 20 * (4 + 4 + 1)),
    list(kind = list(y ~ x1, gate = ~1), needed = 20 * (1 + 2 + 1)),
    list(kind = list(cbind(y, v) ~ 1), needed = 20 * (1 + 2 + 3)),
    list(kind = list(g ~ x1 + x2), needed = 20 * (3 + 3 * 2))
  )
  for (case in cases) {
    label <- deparse1(case$kind[[1L]])
    waiting <- begin(case$kind, data[1:10, ])
    expect_equal(waiting$needed, case$needed, label = label)
    expect_match(
      paste(capture.output(waiting), collapse = " "),
      sprintf("10 of the %d complete rows", case$needed),
      label = label
    )
    whole <- learn(begin(case$kind, data[seq_len(case$needed), ]), data[(case$needed + 1):500, ])
    expect_equal(whole$pilot$rows, case$needed, label = label)
    grown <- function(size) {
      set.seed(1)
      quietly(consume(waiting, data[11:500, ], chunk_size = size))
    }
    for (size in c(1, 33, 1000)) {
      expect_same_stream(grown(size), whole, paste(label, size))
    }
    # One row fewer is not enough.
    short <- learn(waiting, data[11:(case$needed - 1), ])
    expect_false(is.null(short$waiting), label = label)
  }
})

test_that("rows with NA do not fill a pilot", {
  data <- stream_rows(400)
  data$x1[seq(2, 100, 2)] <- NA
  waiting <- begin(list(y ~ x1), data[1:10, ]) # needs 100
  set.seed(1)
  grown <- learn(waiting, data[11:400, ])
  expect_identical(grown$pilot$rows, 100L)
  expect_identical(grown$dropped, 50L)
  expect_same_stream(
    grown, learn(begin(list(y ~ x1), data[1:150, ]), data[151:400, ])
  )
})

slow_test("a pilot waits for what varies, whatever the chunks", {
  data <- stream_rows(300)
  one <- data
  one$g[1:120] <- "a"
  flat <- transform(data, y = replace(y, 1:120, 3))
  level <- transform(data, f = replace(as.character(f), 1:120, "p"))
  late <- transform(data, f = replace(as.character(f), 1:150, "p"))
  late$f[2 * (1:50)] <- "q" # "r" comes after a pilot of these two
  cases <- list(
    list(g ~ x1, one), list(y ~ x1, flat), list(y ~ x1 + f, level)
  )
  for (case in cases) {
    waiting <- begin(case[1], case[[2]][1:10, ])
    expect_false(is.null(waiting$waiting))
    streams <- lapply(c(7, 40, 1000), function(size) {
      set.seed(1)
      tryCatch(
        quietly(consume(waiting, case[[2]][11:300, ], chunk_size = size)),
        sgmoe_error_source = function(e) e$stream
      )
    })
    label <- deparse1(case[[1]])
    expect_false(is.null(streams[[1]]$pilot), label = label)
    expect_gt(streams[[1]]$pilot$rows, 120, label = label)
    if (!identical(case[[2]], level)) { # another level is unseen
      expect_same_stream(streams[[2]], streams[[1]], label)
      expect_same_stream(streams[[3]], streams[[1]], label)
    }
  }
  # Levels of a character column are those of the pilot, however it came.
  for (size in c(7, 40, 1000)) {
    waiting <- begin(list(y ~ x1 + f), late[1:10, ])
    expect_match(class_condition(
      quietly(consume(waiting, late[11:300, ], chunk_size = size)),
      "error", "source"
    ), "`f` has a level", label = size)
  }
})

slow_test("chunks for a waiting pilot are checked, too", {
  data <- stream_rows(400)
  waiting <- begin(list(y ~ x1 + f, weights = quote(w)), data[1:20, ])
  before <- serialize(waiting$waiting, NULL)
  rest <- data[21:60, ]
  expect_match(class_condition(
    update(waiting, transform(rest, x1 = as.character(x1))), "error",
    "wrong_type"
  ), "`x1`")
  expect_match(class_condition(
    update(waiting, rest[c("y", "f", "w")]), "error", "missing_column"
  ), "`x1`")
  class_condition(
    update(waiting, transform(rest, x1 = replace(x1, 3, Inf))), "error",
    "non_finite"
  )
  class_condition(
    update(waiting, transform(rest, w = -1)), "error", "weights"
  )
  class_condition(update(waiting, rest, weights = rest$w), "error", "weights")
  # Columns that the model does not use may be absent.
  grown <- update(waiting, rest[c("y", "x1", "f", "w")])
  expect_identical(nrow(grown$waiting), 60L)
  expect_identical(serialize(waiting$waiting, NULL), before)
})

slow_test("a stream without its pilot says so, and with a ridge it has one", {
  data <- stream_rows(400)
  waiting <- begin(list(y ~ x1), data[1:20, ])
  for (f in list(
    coef, logLik, nobs, summary, plot, as_sgmoe, sigma, tidy, formula, terms,
    function(x) predict(x, data), function(x) model.matrix(x, data),
    function(x) update_matrix(x, c(1, 1), 1)
  )) {
    expect_match(
      class_condition(f(waiting), "error", "pilot"), "20 of the 100"
    )
  }
  expect_match(
    class_condition(consume(waiting, data[21:40, ]), "warning", "pilot"),
    "ended before.*40 of the 100"
  )
  few <- quietly(
    sgmoe_stream(y ~ x1, data[1:20, ], k = 2, ridge = 0.5, starts = 1)
  )
  expect_identical(few$pilot$rows, 20L)
  expect_gt(learn(few, data[21:400, ])$state$rows, 0)
  class_condition(
    sgmoe_stream(y ~ x1, data[1, ], k = 2, ridge = 0.5), "error",
    "constant_response"
  )
})

# Sources -----------------------------------------------------------------------

test_that("functions are sources, with and without reset", {
  data <- stream_rows(900)
  stream <- begin(list(y ~ x1), data[1:400, ])
  whole <- learn(stream, data[401:900, ])
  parts <- split(data[401:900, ], (0:499) %/% 90)
  i <- 0
  plain <- function() {
    i <<- i + 1
    if (i <= length(parts)) parts[[i]]
  }
  expect_same_stream(consume(stream, plain), whole)
  calls <- logical()
  resettable <- function(reset = FALSE) {
    calls <<- c(calls, reset)
    if (reset) {
      i <<- 0
      return(NULL)
    }
    plain()
  }
  i <- 3
  expect_same_stream(consume(stream, resettable), whole)
  expect_identical(calls, rep(c(TRUE, FALSE), c(1, 7)))
  expect_same_stream(consume(stream, list()), stream)
  expect_same_stream(consume(stream, data[0, ]), stream)
  expect_output(
    bar <- consume(stream, data[401:900, ], progress = TRUE), NA
  )
  expect_same_stream(bar, whole)
})

slow_test("a source that fails gives back what was learnt", {
  data <- stream_rows(900)
  stream <- begin(list(y ~ x1), data[1:400, ])
  half <- learn(stream, data[401:700, ])
  failing <- function(last) {
    i <- 0
    function() {
      i <<- i + 1
      if (i == 4) last() else data[300 + 100 * i + 1:100, ]
    }
  }
  reasons <- list(
    "disk on fire" = function() stop("disk on fire"),
    "of type character" = function() "the end",
    "no column `x1`" = function() data["y"],
    "`x1` is not finite" = function() transform(data, x1 = Inf)
  )
  for (reason in names(reasons)) {
    error <- tryCatch(
      consume(stream, failing(reasons[[reason]])),
      sgmoe_error_source = identity
    )
    text <- gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
    expect_match(text, paste0("Chunk 4 .*", reason))
    expect_same_stream(error$stream, half, reason)
    # It can go on.
    expect_same_stream(
      learn(error$stream, data[701:900, ]), learn(half, data[701:900, ])
    )
  }
  error <- tryCatch(
    consume(stream, list(data[401:700, ], data["x1"])),
    sgmoe_error_source = identity
  )
  expect_same_stream(error$stream, half)
  error <- tryCatch(
    consume(stream, function(reset) stop("no such table")),
    sgmoe_error_source = identity
  )
  expect_match(conditionMessage(error), "no such table")
  expect_same_stream(error$stream, stream)
})

slow_test("arguments of consume()", {
  data <- stream_rows(500)
  stream <- begin(list(y ~ x1), data[1:400, ])
  for (source in list(3, "file.csv", as.matrix(data["y"]), list(data, 3))) {
    expect_match(
      class_condition(consume(stream, source), "error", "source"),
      paste("It is of type", kind_of(source)),
      fixed = TRUE
    )
  }
  class_condition(consume(stream), "error", "source")
  for (size in list(0, 1.5, "a", Inf)) {
    expect_match(
      class_condition(
        consume(stream, data, chunk_size = size), "error", "argument"
      ), "`chunk_size`"
    )
  }
  expect_match(
    class_condition(consume(stream, data, progress = 3), "error", "argument"),
    "`progress`"
  )
  # A slip of the pen, and weights that would be ignored
  expect_match(
    class_condition(consume(stream, data, chunksize = 9), "error", "argument"),
    "chunksize"
  )
  class_condition(consume(stream, data, weights = data$w), "error", "argument")
})
