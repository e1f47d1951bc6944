# Laws that every stream obeys, whatever the model.

test_that("the boundaries of chunks change nothing", {
  data <- stream_rows(800)
  rest <- data[401:800, ]
  rest$x1[c(3, 70, 71)] <- NA
  for (name in names(stream_kinds)) {
    stream <- begin(stream_kinds[[name]], data[1:400, ])
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

test_that("one row at a time is the same, too", {
  data <- stream_rows(480)
  for (name in c("gaussian", "drift", "counts")) {
    stream <- begin(stream_kinds[[name]], data[1:330, ])
    whole <- learn(stream, data[331:480, ])
    for (i in 331:480) {
      stream <- learn(stream, data[i, ])
    }
    expect_same_stream(stream, whole, name)
  }
})

test_that("a stream that was stored goes on as if it had never stopped", {
  data <- stream_rows(900)
  path <- tempfile(fileext = ".rds")
  for (name in names(stream_kinds)) {
    stream <- begin(stream_kinds[[name]], data[1:400, ])
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

test_that("threads change nothing", {
  data <- stream_rows(8000)
  for (formula in c(y ~ x1 + x2, g ~ x1)) {
    streams <- lapply(1:3, function(threads) {
      stream <- begin(
        list(formula), data[1:1000, ],
        minibatch = 3000, threads = threads, max_passes = 20
      )
      learn(stream, data[1001:8000, ])
    })
    expect_same_stream(streams[[2]], streams[[1]])
    expect_same_stream(streams[[3]], streams[[1]])
    expect_identical(coef(streams[[2]]), coef(streams[[1]]))
  }
})

test_that("update() leaves its argument and the seed alone", {
  data <- stream_rows(700)
  for (name in names(stream_kinds)) {
    stream <- begin(stream_kinds[[name]], data[1:400, ])
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

test_that("rows without weight are as if absent", {
  data <- stream_rows(900)
  for (name in c("gate", "counts")) {
    stream <- begin(stream_kinds[[name]], data[1:400, ])
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

test_that("the size of a stream depends on the model, not on the rows", {
  skip_on_cran()
  set.seed(1)
  data <- simulate_moe(1e5, 2, p = 1, gate_scale = 2)
  stream <- begin(list(y ~ x1), data[1:1000, ], minibatch = 2500)
  x <- model.matrix(stream, data)
  small <- update_matrix(stream, x[1:10000, ], data$y[1:10000])
  large <- small
  for (i in 1:100) {
    large <- update_matrix(large, x, data$y)
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
