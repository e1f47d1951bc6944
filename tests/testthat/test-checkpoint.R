# Checkpoints: a fit that was interrupted goes on to the same bits.

checkpoint_data <- function() {
  set.seed(3)
  simulate_moe(12000, k = 2, p = 2)
}

# A fit with a log, all of whose random numbers follow from `seed`.
logged_fit <- function(data, path, seed = 4, ...) {
  set.seed(seed)
  sgmoe(
    y ~ x1 + x2, chunks_of(data, 5000),
    k = 2, starts = 1, ridge = 0.5, checkpoint = path, ...
  )
}

same_fit <- function(a, b) {
  fields <- c("coefficients", "trace", "log_likelihood", "starts", "df")
  expect_identical(unclass(a)[fields], unclass(b)[fields])
}

test_that("a fit goes on from a log that ends anywhere, to the bit", {
  data <- checkpoint_data()
  set.seed(4)
  plain <- sgmoe(
    y ~ x1 + x2, chunks_of(data, 5000),
    k = 2, starts = 1, ridge = 0.5
  )
  after <- runif(1)
  path <- tempfile(fileext = ".log")
  on.exit(unlink(path))
  same_fit(logged_fit(data, path), plain)
  expect_identical(runif(1), after)
  whole <- readBin(path, "raw", file.size(path))
  # Another seed: the log has the one of the fit.
  same_fit(logged_fit(data, path, seed = 99), plain)
  expect_identical(readBin(path, "raw", file.size(path)), whole)
  begins <- core_checkpoint_note(path)$offset
  ends <- round(seq(begins, length(whole) - 1, length.out = 5))
  for (end in ends) {
    writeBin(whole[seq_len(end)], path)
    same_fit(logged_fit(data, path, seed = end), plain)
    expect_identical(readBin(path, "raw", file.size(path)), whole)
  }
})

test_that("a foreign or corrupt checkpoint is an error, never a wrong fit", {
  data <- checkpoint_data()
  path <- tempfile(fileext = ".log")
  on.exit(unlink(path))
  fit <- logged_fit(data, path)
  whole <- readBin(path, "raw", file.size(path))
  refused <- function(expression, pattern) {
    expect_error(expression, pattern, class = "sgmoe_error_checkpoint")
  }
  refused(logged_fit(data[-1L, ], path), "other rows")
  changed <- data
  changed$x1[5] <- 0
  refused(logged_fit(changed, path), "other values")
  refused(logged_fit(data, path, tolerance = 1e-5), "other settings")
  begins <- core_checkpoint_note(path)$offset
  for (at in c(1, 9, 40, begins - 3)) {
    broken <- whole
    broken[[at]] <- xor(broken[[at]], as.raw(1))
    writeBin(broken, path)
    refused(logged_fit(data, path), "checkpoint|damaged")
  }
  # A record that changed is as one that is not there.
  broken <- whole
  broken[[begins + 200]] <- xor(broken[[begins + 200]], as.raw(4))
  writeBin(broken, path)
  same_fit(logged_fit(data, path), fit)
  writeLines("no checkpoint", path)
  refused(logged_fit(data, path), "is no checkpoint")
  expect_error(
    sgmoe(y ~ x1, data, k = 2, checkpoint = path),
    class = "sgmoe_error_checkpoint"
  )
})
