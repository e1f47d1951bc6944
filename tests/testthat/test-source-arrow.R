# Arrow C streams as sources.

arrow_stream <- function(parts) {
  nanoarrow::basic_array_stream(lapply(parts, nanoarrow::as_nanoarrow_array))
}

arrow_table <- function(n) {
  data <- chunk_table(n)
  data$day <- as.Date("2020-01-01") + seq_len(n)
  data$whole <- seq_len(n)
  data$flag <- data$y > 0
  data$group <- factor(data$text)
  data
}

test_that("an Arrow stream gives its batches, once", {
  skip_if_not_installed("nanoarrow")
  data <- arrow_table(100)
  parts <- list(data[1:40, ], data[0, ], data[41:100, ])
  source <- as_chunk_source(arrow_stream(parts))
  expect_identical(read_all(source), data)
  expect_identical(source$number, 2)
  expect_match(squeezed(source_error(reset_source(source))), "only once")
  # A function makes it anew.
  source <- arrow_source(function() arrow_stream(parts))
  expect_identical(read_all(source), data)
  expect_identical(read_all(reset_source(source)), data)
  need_columns(reset_source(source), c("flag", "y"))
  expect_identical(read_all(source), data[c("y", "flag")])
  # An array is a table, which can be read again.
  source <- as_chunk_source(nanoarrow::as_nanoarrow_array(data))
  expect_identical(read_all(source), data)
  expect_identical(read_all(reset_source(source)), data)
})

test_that("files of Arrow's IPC format", {
  skip_if_not_installed("nanoarrow")
  data <- arrow_table(100)
  data$group <- NULL # nanoarrow writes no dictionaries
  path <- tempfile(fileext = ".arrows")
  nanoarrow::write_nanoarrow(data, path)
  source <- arrow_source(function() nanoarrow::read_nanoarrow(path))
  expect_identical(read_all(source), data)
  expect_identical(read_all(reset_source(source)), data)
  bytes <- readBin(path, "raw", file.size(path))
  writeBin(bytes[seq_len(length(bytes) / 2)], path)
  error <- source_error(read_all(reset_source(source)))
  expect_s3_class(error, "sgmoe_error_source")
})

test_that("what Arrow refuses is the cause", {
  skip_if_not_installed("nanoarrow")
  missing <- arrow_source(function() stop("no such file"))
  error <- source_error(next_chunk(missing))
  expect_match(squeezed(error), "cannot be opened.*no such file")
  large <- nanoarrow::as_nanoarrow_array(
    2^53 + 2,
    schema = nanoarrow::na_int64()
  )
  parts <- nanoarrow::nanoarrow_array_modify(
    nanoarrow::as_nanoarrow_array(data.frame(b = 1)),
    list(children = list(b = large)),
    validate = FALSE
  )
  error <- source_error(next_chunk(as_chunk_source(parts)))
  expect_s3_class(error, "sgmoe_error_source")
  class_condition(arrow_source(3), "error", "source")
})
