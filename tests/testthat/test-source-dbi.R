# Queries as sources, on SQLite.

test_that("a query gives its rows in chunks, as often as one likes", {
  skip_if_not_installed("RSQLite")
  data <- chunk_table(1000)
  con <- sqlite_table(data)
  for (size in c(1, 77, 1000, 5000)) {
    query <- paste("SELECT * FROM data LIMIT", if (size == 1) 9 else 1000)
    source <- dbi_source(con, query, size)
    whole <- DBI::dbGetQuery(con, query)
    expect_identical(read_all(source), whole)
    expect_identical(read_all(reset_source(source)), whole)
    next_chunk(reset_source(source))
    close_source(source)
  }
  expect_output(print(source), "the query \"SELECT \\* FROM data LIMIT 1000\"")
  expect_null(next_chunk(dbi_source(con, "SELECT * FROM data WHERE x < 0")))
  # Nothing is left open: no warning of a result that is closed.
  expect_silent(DBI::dbGetQuery(con, "SELECT 1"))
  expect_silent(DBI::dbExecute(con, "CREATE TABLE more (a)"))
})

test_that("a column of several types is an error that names it", {
  skip_if_not_installed("RSQLite")
  con <- sqlite_table(data.frame(b = 1))
  DBI::dbExecute(con, "CREATE TABLE t (a, n INTEGER)")
  DBI::dbExecute(con, "INSERT INTO t VALUES (2.5, 1), (3, 3000000000), ('x', 4)")
  for (size in 1:4) {
    source <- dbi_source(con, "SELECT a FROM t", size)
    error <- source_error(read_all(source))
    expect_match(squeezed(error), "Column `a`: mixed type")
  }
  # Whole numbers of 64 bits come in some chunks only.
  for (size in 1:3) {
    source <- dbi_source(con, "SELECT n FROM t", size)
    expect_identical(read_all(source)$n, c(1, 3e9, 4))
  }
  text <- read_all(dbi_source(con, "SELECT CAST(a AS TEXT) AS a FROM t"))
  expect_identical(text$a, c("2.5", "3", "x"))
})

test_that("what the database refuses is the cause", {
  skip_if_not_installed("RSQLite")
  con <- sqlite_table(chunk_table(50))
  error <- source_error(next_chunk(dbi_source(con, "SELECT elsewhere FROM data")))
  expect_match(squeezed(error), "cannot be opened.*no such column: elsewhere")
  source <- dbi_source(con, "SELECT * FROM data", 20)
  next_chunk(source)
  suppressWarnings(DBI::dbGetQuery(con, "SELECT 1")) # closes the open result
  error <- source_error(next_chunk(source))
  expect_match(squeezed(error), "Chunk 2 .*20 rows")
  expect_identical(nrow(read_all(reset_source(source))), 50L)
  class_condition(dbi_source(3, "SELECT 1"), "error", "source")
  for (query in list(3, c("a", "b"), NA_character_)) {
    class_condition(dbi_source(con, query), "error", "source")
  }
  # The name of a table is no query, nor is a connection the data.
  expect_match(
    class_condition(dbi_source(con, "data"), "error", "source"), "SELECT \\* FROM data"
  )
  expect_match(class_condition(sgmoe(y ~ x, con, k = 2), "error", "data"), "dbi_source")
  class_condition(dbi_source(con, "SELECT 1", 0), "error", "argument")
  class_condition(dbi_source(con, "SELECT 1", cursor = 3), "error", "argument")
  class_condition(as_chunk_source(con), "error", "source")
})

test_that("nothing is kept of chunks that were read", {
  skip_if_not_installed("RSQLite")
  con <- sqlite_table(data.frame(a = 0))
  query <- "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t
    LIMIT 300000) SELECT i, i * 0.5 AS a, i * 0.25 AS b FROM t"
  source <- dbi_source(con, query, 1e4)
  kept <- rep(NA_real_, 30L)
  for (i in seq_len(30L)) {
    expect_identical(nrow(next_chunk(source)), 10000L)
    if (i %in% c(3:10, 30)) kept[[i]] <- sum(gc()[, 2L])
  }
  expect_null(next_chunk(source))
  expect_identical(source$rows, 3e5)
  # All rows would be seven megabytes. What else is in memory may become less at
  # any time, or a little more (methods that are looked up for the first time).
  expect_lt(kept[[30L]] - min(kept[3:10]), 3)
})
