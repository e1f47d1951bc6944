# Sources of chunks: the generic, data frames, lists and functions.

test_that("a data frame comes in pieces, in its order, as often as one likes", {
  data <- chunk_table(1000)
  for (size in c(1, 7, 999, 1000, 1001)) {
    rows <- seq_len(if (size == 1) 20 else 1000)
    source <- frame_source(data[rows, ], size)
    expect_identical(read_all(source), data[rows, ])
    expect_null(next_chunk(source))
    expect_identical(read_all(reset_source(source)), data[rows, ])
    next_chunk(reset_source(source))
    expect_identical(read_all(close_source(source)), data[rows, ])
  }
  sizes <- chunk_sizes(as_chunk_source(data, chunk = 300))
  expect_identical(sizes, c(300L, 300L, 300L, 100L))
  expect_null(next_chunk(frame_source(data[0, ])))
  source <- frame_source(data)
  expect_identical(as_chunk_source(source), source)
})

test_that("lists and functions give their chunks; those without rows do not count", {
  data <- chunk_table(100)
  parts <- list(data[1:30, ], data[0, ], data[31:100, ])
  source <- as_chunk_source(parts)
  expect_identical(read_all(source), data)
  expect_identical(source$number, 2)
  expect_identical(read_all(reset_source(source)), data)
  calls <- logical()
  at <- 0
  protocol <- function(reset = FALSE) {
    calls <<- c(calls, reset)
    at <<- if (reset) 0 else at + 1
    if (!reset && at <= 2) parts[c(1, 3)][[at]]
  }
  source <- as_chunk_source(protocol)
  expect_length(calls, 0)
  expect_identical(read_all(source), data)
  expect_identical(read_all(reset_source(source)), data)
  expect_identical(calls, rep(rep(c(TRUE, FALSE), c(1, 3)), 2))
  # A data frame without rows is the end of a function, as dbFetch() has it.
  at <- 0
  plain <- function() {
    at <<- at + 1
    parts[[at]]
  }
  source <- as_chunk_source(plain)
  expect_identical(read_all(source), data[1:30, ])
  error <- source_error(reset_source(source))
  expect_match(squeezed(error), "only once.*`reset`")
  # Nothing was read: nothing is lost.
  expect_s3_class(reset_source(as_chunk_source(plain)), "chunk_source")
})

test_that("types are those of the first chunk, and a change names the column", {
  data <- chunk_table(40)
  first <- data[1:20, ]
  second <- data[21:40, ]
  # What may differ.
  fine <- list(
    transform(second, y = NA), transform(second, text = factor(text)),
    transform(second, i = as.integer(i)), second[rev(names(second))],
    transform(second, new = 1), transform(second, text = factor(rep("new", 20)))
  )
  for (chunk in fine) {
    source <- as_chunk_source(list(first, chunk, first))
    next_chunk(source)
    expect_identical(names(next_chunk(source)), names(first))
    expect_identical(next_chunk(source), first)
  }
  # A column that was all missing is what it is found to be.
  unknown <- transform(first, y = NA)
  source <- as_chunk_source(list(unknown, first, transform(second, y = "a")))
  next_chunk(source)
  next_chunk(source)
  expect_match(squeezed(source_error(next_chunk(source))), "`y` is text")
  wrong <- list(
    "`y` is text in this chunk, and was a number" = transform(second, y = "1"),
    "`text` is a number in this chunk, and was text" =
      transform(second, text = 1),
    "`i` is of class Date" = transform(second, i = Sys.Date()),
    "`x` is true or false" = transform(second, x = x > 0),
    "no column `x`" = second["y"],
    "gave a value of type numeric matrix" = as.matrix(second["x"])
  )
  for (text in names(wrong)) {
    source <- as_chunk_source(
      local({
        at <- 0
        parts <- list(first, wrong[[text]])
        function() {
          at <<- at + 1
          parts[[at]]
        }
      })
    )
    next_chunk(source)
    error <- source_error(next_chunk(source))
    expect_match(squeezed(error), paste0("Chunk 2 .* 20 rows were read.*", text))
    expect_identical(error[c("chunk", "rows")], list(chunk = 2, rows = 20))
    expect_s3_class(error$parent, "sgmoe_error_source")
    # It must be begun anew; otherwise a chunk might be missed.
    expect_match(squeezed(source_error(next_chunk(source))), "reset_source")
  }
  # Types are remembered beyond a reset.
  source <- as_chunk_source(list(first, second))
  read_all(source)
  source$read <- function(columns) transform(first, y = "a")
  reset_source(source)
  expect_match(squeezed(source_error(next_chunk(source))), "`y` is text")
})

test_that("64-bit integers become numbers, if these can hold them", {
  values <- c(
    "0", "1", "-1", "2147483648", "-2147483648", "4294967296",
    "-4294967297", "9007199254740992", "-9007199254740992", NA
  )
  bits <- function(values) {
    # As bit64 keeps them: two's complement in the bits of doubles.
    number <- as.double(values)
    high <- floor(number / 2^32)
    low <- number - high * 2^32
    signed <- function(x) {
      ifelse(x >= 2^31, x - 2^32, x)
    }
    whole <- function(x) {
      x <- signed(x)
      x[!is.na(x) & x == -2^31] <- NA # whose bits these are
      as.integer(x)
    }
    low <- whole(low)
    low[is.na(number)] <- 0L
    raw <- writeBin(c(rbind(low, whole(high))), raw(), endian = "little")
    structure(
      readBin(raw, "double", length(values), endian = "little"),
      class = "integer64"
    )
  }
  chunk <- data.frame(a = seq_along(values))
  chunk$b <- bits(values)
  expect_identical(read_all(as_chunk_source(list(chunk)))$b, as.double(values))
  # In some chunks only, as RSQLite has it
  plain <- data.frame(a = 1, b = 3)
  expect_identical(
    read_all(as_chunk_source(list(plain, chunk)))$b, c(3, as.double(values))
  )
  chunk$b <- bits(c(values[-1], "9007199254740994"))
  error <- source_error(next_chunk(as_chunk_source(list(chunk))))
  expect_match(squeezed(error), "`b` has whole numbers beyond 2\\^53")
})

test_that("a pilot that is too short says once what it sees twice", {
  data <- data.frame(y = rnorm(510), x = c("a", rnorm(509)))
  said <- character()
  withCallingHandlers(
    stream <- sgmoe_stream(y ~ x, frame_source(data), k = 2),
    sgmoe_message_many_levels = function(message) {
      said <<- c(said, conditionMessage(message))
      invokeRestart("muffleMessage")
    },
    sgmoe_warning = function(warning) invokeRestart("muffleWarning")
  )
  expect_length(said, 1L)
})

test_that("what fails says where, and holds the cause", {
  data <- chunk_table(100)
  at <- 0
  failing <- function(reset = FALSE) {
    at <<- if (reset) 0 else at + 1
    if (at == 3) stop("disk {on} fire")
    if (!reset) data[30 * at - 29:0, ]
  }
  source <- as_chunk_source(failing)
  error <- source_error(read_all(source))
  expect_match(squeezed(error), "Chunk 3 .*60 rows.*disk \\{on\\} fire")
  expect_identical(conditionMessage(error$parent), "disk {on} fire")
  expect_identical(error$chunk, 3)
  expect_identical(error$rows, 60)
  # It can begin anew.
  reset_source(source)
  expect_identical(nrow(next_chunk(source)), 30L)
  closed <- as_chunk_source(function(reset) stop("no such table"))
  error <- source_error(next_chunk(closed))
  expect_match(squeezed(error), "cannot be opened.*no such table")
  for (value in list(3, "a.csv", NULL, list(data, 3), as.matrix(data["y"]))) {
    error <- source_error(as_chunk_source(value))
    expect_s3_class(error, "sgmoe_error_source")
    expect_match(squeezed(error), kind_of(value), fixed = TRUE)
  }
  for (read in list(next_chunk, reset_source, close_source)) {
    expect_s3_class(source_error(read(data)), "sgmoe_error_source")
  }
  for (size in list(0, NA, "a", 1.5, c(1, 2))) {
    class_condition(frame_source(data, size), "error", "argument")
    class_condition(as_chunk_source(data, chunk = size), "error", "argument")
  }
  class_condition(frame_source(list(1)), "error", "source")
})

test_that("a source prints what it is and where it stands", {
  source <- frame_source(chunk_table(1000), 400)
  expect_output(print(source), "a data frame\nnot read")
  next_chunk(source)
  expect_output(print(source), "read so far: 1 chunk, 400 rows")
  read_all(source)
  expect_output(print(source), "read to its end: 3 chunks, 1,000 rows")
  source$read <- function(columns) stop("no")
  try(next_chunk(reset_source(source)), silent = TRUE)
  expect_output(print(source), "failed")
})

test_that("only the columns that are needed are asked for", {
  data <- chunk_table(50)
  source <- frame_source(data, 20)
  expect_null(need_columns(source, c("x", "y", "elsewhere")))
  expect_identical(read_all(source), data[c("y", "x")])
  expect_identical(
    need_columns(reset_source(source), NULL), c("x", "y", "elsewhere")
  )
  expect_identical(read_all(source), data)
})

test_that("a function that gives the same rows for ever is refused", {
  for (endless in list(
    function() cars, function(reset = FALSE) cars, function(reset) cars[1:4, ]
  )) {
    source <- as_chunk_source(endless)
    error <- source_error(while (!is.null(next_chunk(source))) NULL)
    expect_match(squeezed(error), "same [0-9]+ rows again and again.* NULL after the last")
    expect_lt(error$chunk, 400)
    has_reset <- "reset" %in% names(formals(endless))
    expect_identical(grepl("needs an argument `reset`", squeezed(error)), !has_reset)
  }
  class_condition(sgmoe(dist ~ speed, function() cars, k = 2), "error", "source")
  stream <- quietly(sgmoe_stream(dist ~ speed, cars, k = 2, ridge = 1))
  class_condition(consume(stream, function() cars), "error", "source")
  # What only looks like it: rows of few values, rows that are repeated on purpose,
  # the same chunk in another pass.
  given <- 0
  bits <- function(reset = FALSE) {
    given <<- if (reset) 0 else given + 1
    if (!reset && given <= 50) data.frame(b = rep(c(0, 1), c(given %/% 10, 10)))
  }
  constant <- function(reset = FALSE) {
    given <<- if (reset) 0 else given + 1
    if (!reset && given <= 50) data.frame(b = rep(0, 100))
  }
  repeated <- function(reset = FALSE) {
    given <<- if (reset) 0 else given + 1
    if (!reset && given <= 30) cars
  }
  once <- function(reset = FALSE) {
    given <<- if (reset) 0 else given + 1
    if (!reset && given == 1) cars
  }
  for (fine in list(bits, constant, repeated, once)) {
    source <- as_chunk_source(fine)
    sizes <- chunk_sizes(source)
    expect_identical(chunk_sizes(reset_source(source)), sizes)
  }
})
