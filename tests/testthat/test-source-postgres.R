# A query to a real PostgreSQL server through a cursor.

if (has_postgres()) {
  test_that("a cursor reads a table of PostgreSQL in chunks", {
    con <- local_postgres()
    DBI::dbExecute(con, "CREATE TABLE data AS
      SELECT i, i * 0.5::float8 AS x, (CASE i % 3 WHEN 0 THEN 'a' WHEN 1 THEN
      'b' END) AS g, i % 2 = 0 AS even, DATE '2020-01-01' + i AS day
      FROM generate_series(1, 2500) AS t(i)")
    query <- "SELECT * FROM data ORDER BY i"
    whole <- DBI::dbGetQuery(con, query)
    for (size in c(7, 1000, 2500, 1e5)) {
      rows <- if (size == 7) " LIMIT 30" else ""
      source <- dbi_source(con, paste0(query, rows), size)
      found <- read_all(source)
      expect_equal(found, whole[seq_len(nrow(found)), ])
      expect_identical(nrow(found), if (size == 7) 30L else 2500L)
      expect_identical(read_all(reset_source(source)), found)
    }
    expect_identical(
      chunk_sizes(dbi_source(con, query, 1000)), c(1000L, 1000L, 500L)
    )
    # Other queries may come between: the cursor is not disturbed.
    source <- dbi_source(con, query, 1000)
    next_chunk(source)
    expect_equal(DBI::dbGetQuery(con, "SELECT count(*) FROM data")[[1]], 2500)
    expect_identical(nrow(next_chunk(source)), 1000L)
    close_source(source)
    # Its transaction has ended; a cursor of one's own transaction leaves it open.
    outside <- "SELECT now() = statement_timestamp()"
    expect_true(DBI::dbGetQuery(con, outside)[[1]])
    DBI::dbExecute(con, "BEGIN")
    DBI::dbExecute(con, "DELETE FROM data WHERE i > 1000")
    expect_identical(nrow(read_all(dbi_source(con, query, 300))), 1000L)
    expect_false(DBI::dbGetQuery(con, outside)[[1]])
    DBI::dbExecute(con, "ROLLBACK")
    expect_identical(nrow(read_all(dbi_source(con, query, 300))), 2500L)
  })

  test_that("what PostgreSQL refuses is an error, and the connection goes on", {
    con <- local_postgres()
    bad <- suppressWarnings(source_error(
      next_chunk(dbi_source(con, "SELECT nothing FROM nowhere"))
    ))
    expect_match(squeezed(bad), "cannot be opened.*nowhere")
    # A row in the middle that cannot be computed
    source <- dbi_source(con, "SELECT 1.0 / (500 - i) AS x FROM
      generate_series(1, 1000) AS t(i)", 100)
    error <- suppressWarnings(source_error(read_all(source)))
    expect_s3_class(error, "sgmoe_error_source")
    expect_match(squeezed(error), "Chunk 5 .*400 rows.*division by zero")
    expect_equal(DBI::dbGetQuery(con, "SELECT 7 AS a")$a, 7)
  })

  test_that("the cursor keeps memory small, and a stream learns through it", {
    con <- local_postgres()
    DBI::dbExecute(con, "CREATE TABLE data AS SELECT x,
      (CASE WHEN random() < 1 / (1 + exp(-4 * x)) THEN x ELSE 3 - x END)
      + 0.1 * random() AS y
      FROM (SELECT random() * 4 - 2 AS x FROM generate_series(1, 20000)) AS t")
    query <- "SELECT y, x FROM data"
    set.seed(1)
    stream <- sgmoe_stream(
      y ~ x, dbi_source(con, query, 3000),
      k = 2, starts = 3, pilot = 2000
    )
    rows <- DBI::dbGetQuery(con, query)
    set.seed(1)
    same <- sgmoe_stream(y ~ x, rows[1:2000, ], k = 2, starts = 3)
    expect_same_stream(stream, update(same, rows[2001:20000, ]))
    expect_equal(score(stream, dbi_source(con, query, 3000)), score(stream, rows))
  })
}
