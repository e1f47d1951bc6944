# spill = FALSE: the source is read again in every pass.

reread_data <- function(n = 600) {
  set.seed(1)
  data <- simulate_moe(n, k = 2, p = 2)
  data$group <- rep_len(c("a", "b", "c"), n)
  data$w <- rep_len(c(0, 1, 2), n)
  data
}

fit_reread <- function(data, ..., spill = FALSE) {
  set.seed(2)
  sgmoe(y ~ x1 + group, data, k = 2, weights = w, spill = spill, starts = 1, ...)
}

test_that("a source that is read again gives the fit of its spill", {
  data <- reread_data()
  data$x1[5] <- NA
  spilled <- fit_reread(chunks_of(data, 130), spill = TRUE)
  # One piece: the same bits, also if chunks are others at each reading.
  sizes <- 0
  changing <- function(reset = FALSE) {
    if (reset) {
      sizes <<- sizes + 1
      chunks <<- chunks_of(data, 100 + 7 * (sizes %% 5))
      return(NULL)
    }
    chunks(FALSE)
  }
  chunks <- chunks_of(data, 90)
  fit <- fit_reread(changing)
  fields <- c("coefficients", "trace", "df", "dropped", "nobs", "starts")
  expect_identical(unclass(fit)[fields], unclass(spilled)[fields])
  expect_gt(sizes, fit$passes)
  expect_length(spill_folders(), 0)
  # Pieces are summed one after the other.
  fit <- with_replaced(
    "reread_rows", function() 128, fit_reread(chunks_of(data, 100))
  )
  expect_equal(fit$log_likelihood, spilled$log_likelihood, tolerance = 1e-8)
  expect_equal(coef(fit), coef(spilled), tolerance = 1e-6)
})

test_that("a source that changes between passes is an error", {
  data <- reread_data()
  change_at <- function(reading, change, rows = 250) {
    readings <- 0
    chunks <- chunks_of(data, 130)
    function(reset = FALSE) {
      if (reset) {
        readings <<- readings + 1
        if (readings == reading) chunks <<- chunks_of(change(data), 130)
        return(chunks(TRUE))
      }
      chunks(FALSE)
    }
  }
  changes <- list(
    function(data) data[-600, ], function(data) rbind(data, data[1:3, ]),
    function(data) transform(data, y = replace(y, 300, 5)),
    function(data) data[600:1, ], function(data) data[1:128, ]
  )
  for (change in changes) {
    for (reading in c(3, 6)) {
      for (rows in c(128, 1e5)) {
        error <- with_replaced("reread_rows", function() rows, tryCatch(
          fit_reread(change_at(reading, change)),
          error = identity
        ))
        expect_s3_class(error, "sgmoe_error_source")
        expect_match(conditionMessage(error), "has changed")
      }
    }
  }
  # The first reading says how many rows there are, the second what they are.
  class_condition(fit_reread(change_at(2, changes[[1L]])), "error", "source")
  expect_length(spill_folders(), 0)
})

test_that("a source that can be read only once, and partitions, are refused", {
  data <- reread_data(200)
  once <- function() {
    own <- data
    data <<- NULL
    own
  }
  class_condition(fit_reread(once), "error", "source")
  class_condition(
    fit_reread(partitions(list(reread_data(200)))), "error", "unsupported"
  )
})

test_that("a fit that reads its source again goes on from a checkpoint", {
  data <- reread_data()
  path <- tempfile(fileext = ".log")
  on.exit(unlink(path))
  whole <- fit_reread(chunks_of(data, 100), checkpoint = path, ridge = 1)
  bytes <- readBin(path, "raw", file.size(path))
  writeBin(utils::head(bytes, -300), path)
  again <- fit_reread(chunks_of(data, 110), checkpoint = path, ridge = 1)
  expect_identical(coef(again), coef(whole))
  expect_identical(again$trace, whole$trace)
})
