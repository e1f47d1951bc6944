# What streams of any family do not depend on (helper-families.R).

test_families("the boundaries of chunks change nothing", function(case) {
  data <- stream_rows(800)
  rest <- data[401:800, ]
  rest$x1[c(3, 70, 71)] <- NA
  for (name in names(case$streams)) {
    stream <- begin(case$streams[[name]], data[1:400, ])
    whole <- learn(stream, rest)
    expect_false(identical(bits(whole), bits(stream)), label = name)
    set.seed(1)
    for (pieces in c(2, 9, 60)) {
      ends <- sort(sample.int(400L, pieces - 1L, TRUE)) # some are empty
      parts <- split(
        rest, factor(findInterval(1:400, ends, left.open = TRUE), 0:pieces)
      )
      other <- Reduce(learn, parts, stream)
      expect_same_stream(other, whole, paste(name, pieces))
    }
    for (size in c(13, 64, 1e5)) {
      other <- quietly(consume(stream, rest, chunk_size = size))
      expect_same_stream(other, whole, paste(name, size))
    }
    expect_same_stream(quietly(consume(stream, parts)), whole, name)
  }
})

test_families("one row at a time is the same, too", function(case) {
  data <- stream_rows(430)
  for (name in names(case$streams)) {
    stream <- begin(case$streams[[name]], data[1:330, ])
    whole <- learn(stream, data[331:430, ])
    for (i in 331:430) {
      stream <- learn(stream, data[i, ])
    }
    expect_same_stream(stream, whole, name)
  }
})

test_families("a stream that was stored goes on as if it had never stopped", function(case) {
  data <- stream_rows(900)
  path <- tempfile(fileext = ".rds")
  for (name in names(case$streams)) {
    stream <- begin(case$streams[[name]], data[1:400, ])
    whole <- learn(stream, data[401:900, ])
    half <- learn(stream, data[401:613, ])
    expect_gt(nrow(half$state$pending), 0, label = name)
    saveRDS(half, path)
    expect_same_stream(learn(readRDS(path), data[614:900, ]), whole, name)
    # The state is plain numbers.
    plain <- rapply(half$state, is.numeric, how = "unlist")
    expect_true(all(plain), label = name)
  }
})

test_that("a stored stream needs neither session nor workspace", {
  skip_on_cran()
  data <- stream_rows(700)
  knots <- c(-0.5, 0.5)
  stream <- begin(
    list(g ~ splines::ns(x1, knots = knots) + f, weights = quote(w)),
    data[1:500, ]
  )
  path <- tempfile(fileext = ".rds")
  result <- tempfile(fileext = ".rds")
  saveRDS(list(stream = stream, chunk = data[501:700, ]), path)
  script <- tempfile(fileext = ".R")
  writeLines(c(
    sprintf(".libPaths(%s)", deparse1(.libPaths())),
    "library(sgmoe)",
    sprintf("stored <- readRDS(%s)", deparse1(path)),
    "stream <- update(stored$stream, stored$chunk)",
    sprintf("saveRDS(stream, %s)", deparse1(result))
  ), script)
  status <- system2(
    file.path(R.home("bin"), "Rscript"), c("--vanilla", script),
    stdout = FALSE, stderr = FALSE
  )
  expect_identical(status, 0L)
  expect_same_stream(readRDS(result), learn(stream, data[501:700, ]))
})

test_families("threads change nothing", slow = TRUE, function(case) {
  data <- stream_rows(8000)
  for (kind in case$streams) {
    kind$minibatch <- 3000
    streams <- lapply(1:3, function(threads) {
      stream <- begin(kind, data[1:1000, ], threads = threads, max_passes = 20)
      learn(stream, data[1001:8000, ])
    })
    expect_same_stream(streams[[2]], streams[[1]])
    expect_same_stream(streams[[3]], streams[[1]])
    expect_identical(coef(streams[[2]]), coef(streams[[1]]))
  }
})

test_families("update() leaves its argument and the seed alone", function(case) {
  data <- stream_rows(700)
  for (name in names(case$streams)) {
    stream <- begin(case$streams[[name]], data[1:400, ])
    stream <- learn(stream, data[401:470, ])
    before <- serialize_fit(stream)
    set.seed(5)
    seed <- .Random.seed
    first <- learn(stream, data[471:700, ])
    expect_identical(.Random.seed, seed, label = name)
    expect_identical(serialize_fit(stream), before, label = name)
    expect_same_stream(learn(stream, data[471:700, ]), first, name)
    coef(first)
    expect_same_stream(learn(stream, data[471:700, ]), first, name)
  }
})

test_families("rows without weight are as if absent", function(case) {
  data <- stream_rows(900)
  weighted <- Filter(function(kind) !is.null(kind$weights), case$streams)
  expect_gt(length(weighted), 0)
  for (name in names(weighted)) {
    stream <- begin(case$streams[[name]], data[1:400, ])
    rest <- data[401:900, ]
    set.seed(2)
    rest$w[sample.int(500, 200)] <- 0
    spoilt <- rest
    spoilt$x2[rest$w == 0] <- 1e6
    present <- learn(stream, rest[rest$w > 0, ])
    expect_same_stream(learn(stream, rest), present, name)
    expect_same_stream(learn(stream, spoilt), present, name)
    expect_equal(present$state$rows + nrow(present$state$pending), 300)
    # The same weights given by hand
    by_hand <- learn(stream, rest, weights = rest$w)
    expect_same_stream(by_hand, present, name)
    expect_false(identical(bits(learn(stream, rest, weights = rest$o^2)), bits(present)))
  }
})

test_families("the size of a stream depends on the model, not on the rows", slow = TRUE, function(case) {
  skip_on_cran()
  data <- stream_rows(1e5)
  stream <- begin(case$streams[[1L]], data[1:1000, ], minibatch = 2500)
  x <- model.matrix(stream, data)
  learn_numbers <- function(stream, rows) {
    do.call(update_matrix, c(
      list(stream, x[rows, ]), eval(case$stream_numbers[[1L]], data[rows, ])
    ))
  }
  small <- learn_numbers(stream, 1:10000)
  large <- small
  for (i in 1:100) {
    large <- learn_numbers(large, 1:1e5)
  }
  expect_equal(large$state$rows, 1e7 + 1e4)
  sizes <- function(stream) {
    stream$state$record <- NULL
    c(object.size(stream), serialized_size(stream))
  }
  expect_identical(sizes(large), sizes(small))
  # The record of how it went is bounded, too, and complete.
  record <- summary(large)$record
  expect_lte(nrow(record), 200)
  expect_equal(sum(record$weight), large$state$weight)
  expect_equal(max(record$rows), large$state$rows)
  expect_equal(
    sum(record$log_likelihood * record$weight), c(logLik(large)),
    tolerance = 1e-10
  )
})

test_families("rows of numbers are learnt as the data frame's", function(case) {
  data <- stream_rows(900)
  rest <- data[401:900, ]
  given <- lapply(case$stream_numbers, eval, rest)
  for (name in names(case$streams)) {
    stream <- begin(case$streams[[name]], data[1:400, ])
    x <- model.matrix(stream, rest)
    gate <- if (!stream$blueprint$same) model.matrix(stream, rest, part = "gate")
    other <- quietly(do.call(
      update_matrix, c(list(stream, x, gate = gate), given[[name]])
    ))
    expect_same_stream(other, learn(stream, rest), name)
    # One row is a vector.
    one <- lapply(given[[name]], function(value) {
      if (is.matrix(value)) value[1L, ] else value[[1L]]
    })
    other <- do.call(
      update_matrix, c(list(stream, x[1, ], gate = gate[1, ]), one)
    )
    expect_same_stream(other, learn(stream, rest[1, ]), name)
    expect_same_stream(
      do.call(update_matrix, c(list(
        stream, x[0, , drop = FALSE],
        gate = gate[0, , drop = FALSE]
      ), lapply(given[[name]], function(value) {
        if (is.matrix(value)) value[0, , drop = FALSE] else value[0]
      }))), stream, name
    )
  }
})

test_families("units and origins do not matter", function(case) {
  data <- stream_rows(1200)
  set.seed(3)
  posterior <- random_posterior(400, 2, 2)
  moved <- transform(data, x1 = -20 + 1e4 * x1, x2 = 3 - x2 / 50)
  units <- case$response_units(moved)
  loss <- 0
  if (length(units)) {
    moved <- units[[1L]]$data
    loss <- units[[1L]]$loss
    for (other in units[-1L]) {
      # The one that differs most.
      if (abs(other$loss) > abs(loss)) {
        moved <- other$data
        loss <- other$loss
      }
    }
  }
  kind <- case$streams[[1L]]
  score <- function(data, ...) {
    stream <- learn(
      begin(kind, data[1:400, ], start = posterior, ...), data[401:1200, ]
    )
    c(logLik(stream) / 768, mean_score(stream, data))
  }
  for (average in c("newton", "tail", "none")) {
    for (curvature in c("fisher", "bound")) {
      there <- score(moved, average = average, curvature = curvature)
      here <- score(data, average = average, curvature = curvature)
      expect_lt(
        max(abs(here - there - loss)), 1e-8,
        label = paste(average, curvature)
      )
    }
  }
})

test_families("one pass comes within the statistical error of the batch fit", slow = TRUE, function(case) {
  gaps <- vapply(1:3, function(seed) {
    set.seed(seed)
    data <- case$clear(8000)
    stream <- begin(
      list(y ~ x1 + x2, family = case$name), data[1:1000, ],
      starts = 3
    )
    stream <- learn(stream, data[1001:8000, ])
    batch <- quietly(sgmoe(
      y ~ x1 + x2, data,
      k = 2, start = as_sgmoe(stream), family = case$name
    ))
    gap(stream, batch, data)
  }, 0)
  expect_gt(min(gaps), -0.01)
  expect_lt(stats::median(gaps), 0.5)
  expect_lt(max(gaps), 1.5)
})
