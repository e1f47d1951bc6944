# A source in the protocol of bigglm, in chunks of a size.
chunks_of <- function(data, size) {
  at <- 0
  function(reset = FALSE) {
    if (reset) {
      at <<- 0
    } else if (at < nrow(data)) {
      rows <- seq(at + 1, min(at + size, nrow(data)))
      at <<- at + length(rows)
      data[rows, , drop = FALSE]
    }
  }
}

# The same fit from data in memory and from chunks of a size.
both_fits <- function(formula, data, ..., size = 700, seed = 1) {
  set.seed(seed)
  memory <- sgmoe(formula, data, ...)
  set.seed(seed)
  list(memory = memory, source = sgmoe(formula, chunks_of(data, size), ...))
}

expect_same_fit <- function(fits) {
  expect_identical(fits$source$coefficients, fits$memory$coefficients)
  expect_identical(fits$source$log_likelihood, fits$memory$log_likelihood)
  expect_identical(fits$source$trace, fits$memory$trace)
  expect_identical(fits$source$starts, fits$memory$starts)
  expect_identical(fits$source$nobs, fits$memory$nobs)
  expect_identical(fits$source$df, fits$memory$df)
  expect_identical(fits$source$dropped, fits$memory$dropped)
}

spill_folders <- function() {
  list.files(tempdir(), paste0("^sgmoe-", Sys.getpid()))
}
