# What bad input gets: a classed error that names the culprit, and the stream
# as it was.

slow_test("chunks that do not fit are refused", {
  data <- stream_rows(520)
  rest <- data[401:520, ]
  stream <- learn(begin(list(y ~ x1 + f), data[1:400, ]), rest[1:30, ])
  chunk <- function(...) learn(stream, transform(rest, ...))
  expect_match(
    refused(stream, learn(stream, rest["y"]), "missing_column"),
    "Columns `x1` and `f` are missing from `chunk`"
  )
  expect_match(
    refused(stream, learn(stream, rest[c("x1", "f")]), "missing_column"),
    "Column `y` is missing"
  )
  X1 <- rest$x1 # never looked for outside the chunk # nolint: object_name_linter.
  expect_match(
    refused(
      stream, learn(stream, setNames(rest, sub("x1", "X1", names(rest)))),
      "missing_column"
    ),
    "Did you mean `X1`"
  )
  for (value in list(
    as.character(rest$x1), rest$x1 > 0, Sys.Date() + 1:120,
    structure(rest$x1, class = "integer64"), factor(rest$x1 > 0),
    cbind(rest$x1, 1), I(as.list(rest$x1))
  )) {
    other <- rest
    other$x1 <- value
    expect_match(
      refused(stream, learn(stream, other), "wrong_type"),
      "`x1` has another type in `chunk`.*Expected: numeric. Found:"
    )
  }
  expect_match(
    refused(stream, chunk(f = as.integer(f)), "wrong_type"),
    "`f`.*Expected: factor. Found: numeric"
  )
  expect_match(
    refused(stream, chunk(y = factor(y > 0)), "wrong_type"),
    "`y`.*Found: factor"
  )
  expect_match(
    refused(stream, chunk(f = ifelse(x1 > 0, "p", "new")), "unseen_level"),
    "`f` has a level.*\"new\".*Known: \"p\", \"q\" and \"r\""
  )
  for (bad in c(Inf, -Inf)) {
    expect_match(
      refused(stream, chunk(x1 = replace(x1, 7, bad)), "non_finite"),
      "`x1` is not finite in 1 row.*row 407"
    )
    refused(stream, chunk(y = replace(y, 120, bad)), "non_finite")
  }
  classes <- begin(list(g ~ x1), data[1:400, ])
  expect_match(
    refused(
      classes,
      learn(classes, transform(rest, g = ifelse(x1 > 0, "a", "z"))),
      "unseen_level"
    ),
    "Response `g` has a level.*\"z\""
  )
  counts <- begin(stream_kinds$counts, data[1:400, ])
  rest$m[5, 2] <- -1
  expect_match(refused(counts, learn(counts, rest), "counts"), "Row 5")
})

slow_test("arguments of update()", {
  data <- stream_rows(520)
  rest <- data[401:520, ]
  stream <- begin(list(y ~ x1 + f), data[1:400, ])
  expect_match(refused(stream, update(stream), "chunk"), "must be a data frame")
  for (chunk in list(NULL, as.matrix(rest["x1"]), as.list(rest), y ~ x2, 3)) {
    expect_match(
      refused(stream, update(stream, chunk), "chunk"),
      paste("It is of type", kind_of(chunk)),
      fixed = TRUE
    )
  }
  refused(stream, update(stream, rest, k = 3), "argument")
  refused(stream, update(stream, formula. = . ~ .), "argument")
  weights <- list(
    1:3, 1, rep("a", 120), rep(-1, 120), replace(rest$w, 3, Inf)
  )
  for (value in weights) {
    expect_match(
      refused(stream, update(stream, rest, weights = value), "weights"),
      "`weights`"
    )
  }
  expect_match(
    refused(stream, update(stream, rest, weights = nowhere), "weights"),
    "chunk\\$nowhere|nowhere"
  )
  # Weights that were values cannot be repeated.
  stream <- quietly(do.call(sgmoe_stream, list(
    y ~ x1, data[1:400, ],
    k = 1, starts = 1, weights = data$w[1:400]
  )))
  expect_match(
    refused(stream, update(stream, rest), "weights"),
    "given as values.*update\\(\\)"
  )
  expect_equal(
    nobs(update(stream, rest[1:64, ], weights = rest$w[1:64])),
    sum(data$w[1:464])
  )
})

slow_test("rows with missing values are counted, or refused", {
  data <- stream_rows(600)
  rest <- data[401:600, ]
  rest$x1[c(2, 9)] <- NA
  rest$y[c(9, 50)] <- NA
  rest$x2[1:100] <- NA # not in the model
  kind <- list(y ~ x1, weights = quote(w))
  stream <- begin(kind, data[1:400, ])
  other <- learn(stream, rest)
  expect_identical(other$dropped, 3L)
  complete <- learn(stream, rest[-c(2, 9, 50), ])
  expect_identical(other$state, complete$state)
  expect_match(paste(capture.output(other), collapse = " "), "3 dropped for NA")
  # A chunk of nothing else is learnt as nothing; its type does not matter.
  none <- learn(stream, transform(rest, x1 = NA))
  expect_identical(none$dropped, 200L)
  expect_identical(none$state, stream$state)
  # The pilot's count, too.
  spoilt <- data[1:400, ]
  spoilt$x1[1:10] <- NA
  expect_identical(begin(kind, spoilt)$dropped, 10L)
  expect_identical(begin(kind, spoilt)$pilot$rows, 390L)

  strict <- begin(c(kind, na.action = quote(na.fail)), data[1:400, ])
  text <- refused(strict, learn(strict, rest), "missing_values")
  expect_match(text, "`y` (2 rows) and `x1` (2 rows)", fixed = TRUE)
  expect_s3_class(learn(strict, data[401:600, ]), "sgmoe_stream")
  class_condition(
    begin(c(kind, na.action = quote(na.fail)), spoilt), "error",
    "missing_values"
  )
})

slow_test("arguments of sgmoe_stream() and stream_control()", {
  pilot <- stream_rows(300)
  class_condition(sgmoe_stream(y ~ x1, pilot), "error", "k")
  class_condition(sgmoe_stream(data = pilot, k = 2), "error", "formula")
  class_condition(sgmoe_stream(y ~ x1, k = 2), "error", "pilot")
  expect_match(
    class_condition(
      sgmoe_stream(y ~ x1, as.matrix(pilot["x1"]), k = 2), "error", "pilot"
    ), "It is of type numeric matrix"
  )
  expect_match(
    class_condition(
      sgmoe_stream(y ~ x1, pilot, k = 2, minibach = 3), "error", "argument"
    ), "no argument `minibach`"
  )
  expect_match(
    class_condition(
      sgmoe_stream(y ~ x1, pilot, k = 2, subset = x1 > 0), "error", "argument"
    ), "no argument `subset`"
  )
  class_condition(
    sgmoe_stream(y ~ x1, pilot, k = 2, control = 3), "error", "control"
  )
  class_condition(
    sgmoe_stream(g ~ x1, pilot, k = 2, shared = TRUE), "error", "unsupported"
  )
  class_condition(
    sgmoe_stream(y ~ x1 + nope, pilot[1:5, ], k = 2), "error", "missing_column"
  )
  bad <- list(
    exponent = list(0.5, 1.1, "a", NA, c(0.6, 0.7), NULL),
    delay = list(-1, Inf, "a"), constant = list(0, 1, -1, 2, NA),
    curvature = list("x", 1), ridge = list(-1, Inf),
    minibatch = list(0, 1.5, Inf, 1e10), average = list("mean", NULL),
    update_every = list(0, 0.5), revive = list(NA, "a"), threads = list(0, NULL)
  )
  for (name in names(bad)) {
    for (value in bad[[name]]) {
      given <- structure(list(value), names = name)
      expect_match(
        class_condition(do.call(stream_control, given), "error", "control"),
        paste0("`", name, "`")
      )
      class_condition(
        do.call(sgmoe_stream, c(list(y ~ x1, pilot, k = 2), given)),
        "error", "control"
      )
    }
  }
  expect_identical(stream_control(exp = 0.6)$exponent, 0.6)
  expect_identical(
    names(stream_control()),
    c(setdiff(names(formals(stream_control)), "..."), "pilot")
  )
  class_condition(stream_control(starts = 0), "error", "control")
  class_condition(stream_control(starst = 1), "error", "argument")
  refused <- class_condition(
    sgmoe_stream(y ~ x1, pilot = pilot, k = 2), "error", "pilot"
  )
  expect_match(refused, "`data` must be a data frame", fixed = TRUE)
  refused <- class_condition(
    sgmoe_stream(y ~ x1, pilot, k = 2, epochs = 2), "error", "control"
  )
  expect_match(refused, "incremental")
  # Those of the pilot's fit are settings like any other.
  expect_same_stream(
    begin(list(y ~ x1), pilot, control = stream_control(starts = 1)),
    begin(list(y ~ x1), pilot)
  )
  # Settings by name override those in control.
  control <- stream_control(minibatch = 16, average = "tail")
  stream <- begin(list(y ~ x1), pilot, control = control, minibatch = 32)
  expect_identical(stream$control$minibatch, 32)
  expect_identical(stream$control$average, "tail")
})
