# Delimited files as sources.

test_that("files give what read.csv() gives, whatever the chunk", {
  data <- chunk_table(1000)
  for (ending in c(".csv", ".csv.gz")) {
    path <- chunk_file(data, ending)
    whole <- utils::read.csv(path)
    whole$i <- as.double(whole$i)
    expect_equal(whole, data)
    for (size in c(13, 600, 1000, 1e5)) {
      source <- file_source(path, size)
      expect_identical(read_all(source), whole)
      expect_identical(read_all(reset_source(source)), whole)
    }
  }
  tabs <- tempfile(fileext = ".tsv")
  utils::write.table(data, tabs,
    sep = "\t", row.names = FALSE, dec = ",",
    qmethod = "double"
  )
  expect_equal(read_all(file_source(tabs, 99, dec = ",")), data)
  # No line feed at the end, blank lines, names that are none
  odd <- tempfile()
  writeLines(c("a b,a b,c", "1,2,x", "", "3,4,y", "", "5,6,z"), odd, sep = "\r\n")
  cat("7,8,w", file = odd, append = TRUE)
  expect_identical(
    read_all(file_source(odd, 2)),
    data.frame(
      a.b = c(1, 3, 5, 7), a.b.1 = c(2, 4, 6, 8),
      c = c("x", "y", "z", "w")
    )
  )
  expect_named(
    read_all(file_source(odd, check.names = FALSE)), c("a b", "a b", "c")
  )
  some <- tempfile()
  writeLines(c("written by hand", "d,g,t", "2020-01-02,u,7"), some)
  chunk <- read_all(file_source(
    some,
    skip = 1, classes = c(d = "Date", g = "factor", t = "character")
  ))
  expect_identical(
    chunk, data.frame(d = as.Date("2020-01-02"), g = factor("u"), t = "7")
  )
})

test_that("several files are one table, if their headers agree", {
  data <- chunk_table(100)
  paths <- vapply(list(1:30, 31:90, 91:100), function(rows) {
    chunk_file(data[rows, ])
  }, "")
  expect_equal(read_all(file_source(paths, 25)), data)
  expect_identical(chunk_sizes(file_source(paths, 25)), c(25L, 5L, 25L, 25L, 10L, 10L))
  empty <- chunk_file(data[0, ])
  expect_equal(read_all(file_source(c(empty, paths, empty), 25)), data)
  other <- chunk_file(data[names(data) != "x"])
  error <- source_error(read_all(file_source(c(paths, other), 25)))
  expect_match(squeezed(error), "different headers")
  blank <- tempfile()
  file.create(blank)
  error <- source_error(next_chunk(file_source(blank)))
  expect_match(squeezed(error), "is empty")
})

test_that("only needed columns are converted", {
  data <- chunk_table(100)
  data$bad <- c(rep("1", 60), rep("no number", 40))
  source <- file_source(chunk_file(data), 25)
  need_columns(source, c("y", "text"))
  expect_equal(read_all(source), data[c("y", "text")])
})

test_that("a value of another type is an error that names column and value", {
  data <- chunk_table(1000)
  data$y[[777]] <- NA
  lines <- data
  lines$y <- as.character(lines$y)
  lines$y[[777]] <- "n. a."
  path <- chunk_file(lines, quote = c(5, 6))
  error <- source_error(read_all(file_source(path, 100)))
  expect_match(
    squeezed(error),
    "Chunk 8 .*700 rows.*Column `y` .* holds \"n. a.\", and was a number"
  )
  # What it says to do helps.
  expect_equal(
    read_all(file_source(path, 100, na.strings = c("NA", "n. a."))), data
  )
  expect_identical(
    read_all(file_source(path, 100, classes = c(y = "character")))$y[777],
    "n. a."
  )
  # Logical values that are none later
  flag <- data.frame(a = c(TRUE, FALSE, NA, TRUE), b = 1)
  flag$a[[4]] <- "maybe"
  error <- source_error(read_all(file_source(chunk_file(flag), 2)))
  expect_match(squeezed(error), "`a` .*\"maybe\", and was true or false")
})

test_that("numbers in quotes are numbers", {
  data <- chunk_table(1000)
  text <- data
  text[] <- lapply(data, as.character)
  path <- chunk_file(text)
  for (size in c(100, 333)) {
    expect_equal(read_all(file_source(path, size)), data)
  }
})

test_that("a file that is cut off, or damaged, is never taken for whole", {
  data <- chunk_table(1000)
  data <- data[c("y", "x", "i")]
  path <- chunk_file(data)
  bytes <- readBin(path, "raw", file.size(path))
  cut <- tempfile(fileext = ".csv.gz")
  for (size in round(length(bytes) * c(0.2, 0.5, 0.9, 0.999))) {
    writeBin(bytes[seq_len(size)], cut)
    error <- source_error(read_all(file_source(cut, 100)))
    expect_s3_class(error, "sgmoe_error_source")
  }
  for (at in round(length(bytes) * c(0.3, 0.6))) {
    writeBin(replace(bytes, at + 1:4, rev(bytes[at + 1:4])), cut)
    error <- source_error(suppressWarnings(read_all(file_source(cut, 100))))
    expect_s3_class(error, "sgmoe_error_source")
  }
  # Two members, as `cat` makes them, are whole.
  more <- tempfile()
  connection <- gzfile(more, "w")
  writeLines(c("1,2,3", "4,5,6"), connection)
  close(connection)
  writeBin(c(bytes, readBin(more, "raw", file.size(more))), cut)
  expect_identical(nrow(read_all(file_source(cut, 100))), 1002L)
  # A line with too few fields, and a quote that is not closed
  lines <- c("a,b", "1,2", "3,4", "5", "6,7")
  open <- c("a,b", "1,x", "2,\"y", paste0(3:20, ",z"))
  late <- c("a,b", paste0(3:20, ",z"), "2,\"y", "4,z")
  for (bad in list(lines, open, late, c(lines[1:3], "5"))) {
    writeLines(bad, plain <- tempfile())
    for (size in c(1, 2, 10)) {
      error <- source_error(read_all(file_source(plain, size)))
      expect_s3_class(error, "sgmoe_error_source")
    }
  }
})

test_that("a file of another separator, or with decimal commas, is refused", {
  lines <- list(
    c("a;b", "1,5;2,5", "3,5;4,5"), c("a,b", "1,2", "1,5,2,5"),
    c("a", "1,5", "2,5"), c("a,b", "1,2,3")
  )
  for (bad in lines) {
    writeLines(bad, path <- tempfile())
    error <- source_error(read_all(file_source(path, 1)))
    expect_match(squeezed(error), "Row . of .* has . fields, its header .")
  }
  writeLines(lines[[1]], path)
  expect_identical(
    read_all(file_source(path, 1, sep = ";", dec = ",")),
    data.frame(a = c(1.5, 3.5), b = c(2.5, 4.5))
  )
  # A separator at the end of each line is no field, nor is one in quotes.
  writeLines(c("a,b,", "1,\"x, y, z\",", "2,\"u", "v, w\","), path)
  expect_identical(
    read_all(file_source(path, 1))[1:2],
    data.frame(a = c(1, 2), b = c("x, y, z", "u\nv, w"))
  )
})

test_that("connections are closed", {
  before <- nrow(showConnections())
  path <- chunk_file(chunk_table(100))
  read_all(file_source(path, 30))
  source <- file_source(path, 30)
  next_chunk(source)
  close_source(source)
  writeLines(c("a,b", "1,2", "3", "4,5"), bad <- tempfile())
  try(read_all(file_source(bad, 1)), silent = TRUE)
  expect_identical(nrow(showConnections()), before)
})

test_that("arguments of file_source()", {
  path <- chunk_file(chunk_table(10))
  for (bad in list(3, NA_character_, character(), "nowhere.csv", tempdir())) {
    class_condition(file_source(bad), "error", "source")
  }
  class_condition(file_source(path, nrows = 3), "error", "argument")
  class_condition(file_source(path, classes = "numeric"), "error", "argument")
  class_condition(
    file_source(path, classes = c(y = "double")), "error", "argument"
  )
  class_condition(file_source(path, chunk = 0), "error", "argument")
})

test_that("dates that are read as text are said to be", {
  data <- chunk_table(60)
  data$day <- as.character(as.Date("2020-01-01") + rep(1:20, 3))
  data$id <- paste0("a", 1:60)
  path <- chunk_file(data)
  on.exit(unlink(path))
  said <- function(expression) {
    squeezed(tryCatch(expression, sgmoe_message_many_levels = identity))
  }
  text <- said(sgmoe(y ~ x + day, file_source(path, 25), k = 1, ridge = 1))
  expect_match(text, "`day` is text with 20 different values.*classes = c\\(day = \"Date\"\\)")
  expect_match(said(sgmoe(y ~ x + day, data, k = 1, ridge = 1)), "`as.Date(day)`", fixed = TRUE)
  # What it says to do helps.
  dated <- file_source(path, 25, classes = c(day = "Date"))
  found <- expect_message(sgmoe(y ~ x + day, dated, k = 1, ridge = 0), NA)
  expect_equal(
    unname(coef(found)[1:3]),
    unname(coef(lm(y ~ x + as.Date(day), data))),
    tolerance = 1e-6
  )
  expect_message(sgmoe(y ~ x + id, data, k = 1, ridge = 1), NA)
  expect_match(
    said(sgmoe(y ~ id, data.frame(y = rnorm(150), id = paste(1:150)), k = 1, ridge = 1)),
    "150 different values.*label of rows"
  )
})

test_that("a line with the fields of several rows is refused, wherever it is", {
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  row <- "1.5,2"
  read <- function(lines, ...) {
    writeLines(c("x,y", lines), path)
    source <- file_source(path, ...)
    rows <- 0
    while (!is.null(chunk <- next_chunk(source))) rows <- rows + nrow(chunk)
    rows
  }
  for (at in c(150, 300)) {
    lines <- append(rep(row, 300), "1,5,2,5", at)
    expect_error(read(lines), paste("Line", at + 2), class = "sgmoe_error_source")
    # Lines without anything do not hide it.
    expect_error(read(c("", lines, "", "")), paste("Line", at + 3))
    expect_error(read(lines, chunk = 7), class = "sgmoe_error_source")
    # Nor do lines before the header.
    writeLines(c("about", "", "the rows", "x,y", lines), path)
    source <- file_source(path, skip = 3)
    expect_error(
      while (!is.null(next_chunk(source))) NULL, paste("Line", at + 5),
      class = "sgmoe_error_source"
    )
  }
  expect_identical(read(c("", rep(row, 300), "", "")), 300)
  quoted <- c("\"a\nb\",1", "c,2", "\"d\n\",3")
  expect_identical(read(c(quoted, quoted), classes = c(x = "character")), 6)
  # The last line may have no end.
  cat("x,y\n1,2\n3,4", file = path)
  expect_identical(nrow(next_chunk(file_source(path))), 2L)
})

test_that("lines are counted whatever the blocks they are read in", {
  path <- tempfile()
  on.exit(unlink(path))
  set.seed(1)
  for (text in list("a\nb", "\n\na\n\nb\n\n", "a\n", sample(c("a", "\n"), 2.5e6, TRUE))) {
    text <- paste(text, collapse = "")
    cat(text, file = path)
    expect_identical(
      count_lines(path), as.double(sum(nzchar(strsplit(text, "\n")[[1L]])))
    )
    left <- sum(nzchar(strsplit(text, "\n")[[1L]][-(1:2)]))
    if (left > 0) expect_identical(count_lines(path, 2), as.double(left))
  }
})
