# What a user reads: sources of chunks, and fits of these. See test-messages.R.

test_that("sources of chunks", {
  folder <- tempfile()
  dir.create(folder)
  before <- setwd(folder)
  on.exit(setwd(before))
  writeLines(c("a,b", "1,2", "3,4", "x,5"), "table.csv")
  writeLines(c("b,a", "1,2"), "other.csv")
  writeLines(c("a,b", rep("1,2", 200), "", "1,5,2,5"), "joined.csv")
  writeLines(c("a;b", "1,5;2,5"), "comma.csv")
  file.create("empty.csv")
  writeLines(c("a,day", "1,soon"), "days.csv")
  writeBin(as.raw(c(0xff, 0xfe, 0x61, 0, 0x0a, 0, 0x31, 0, 0x0a, 0)), "wide.csv")
  packed <- gzfile("cut.csv.gz", "w")
  utils::write.csv(data.frame(a = sqrt(1:500)), packed, row.names = FALSE)
  close(packed)
  bytes <- readBin("cut.csv.gz", "raw", 1e5)
  writeBin(bytes[seq_len(length(bytes) / 2)], "cut.csv.gz")
  con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  on.exit(DBI::dbDisconnect(con), add = TRUE)
  DBI::dbExecute(con, "CREATE TABLE t (a)")
  DBI::dbExecute(con, "INSERT INTO t VALUES (2.5), ('x')")
  large <- nanoarrow::nanoarrow_array_modify(
    nanoarrow::as_nanoarrow_array(data.frame(b = 1)),
    list(children = list(b = nanoarrow::as_nanoarrow_array(
      2^53 + 2,
      schema = nanoarrow::na_int64()
    ))),
    validate = FALSE
  )
  long <- data.frame(b = structure(0, class = "integer64"))
  failed <- as_chunk_source(function() stop("disk on fire"))
  try(next_chunk(failed), silent = TRUE)
  ended <- frame_source(ToothGrowth)
  while (!is.null(next_chunk(ended))) NULL
  once <- as_chunk_source(function() cars)
  next_chunk(once)
  shared <- frame_source(cars, 20)
  fit <- lines_fit()
  one <- predict(fit, shared)
  next_chunk(one)
  next_chunk(predict(fit, shared))
  depends <- quickly(sgmoe(
    dist ~ I(speed - mean(speed)), cars,
    k = 1, starts = 1, ridge = 0
  ))
  expect_said({
    said(as_chunk_source("table.csv"))
    said(as_chunk_source(con))
    said(next_chunk(file_source("table.csv", classes = c(A = "factor"))))
    said(next_chunk(file_source("days.csv", classes = c(day = "Date"))))
    said(next_chunk(file_source("wide.csv")))
    said(read_all(file_source("joined.csv")))
    said(sgmoe(dist ~ speed, file_source("days.csv"), k = 1))
    said(frame_source(1))
    said(next_chunk(cars))
    said(reset_source(once))
    said(next_chunk(failed))
    said(next_chunk(as_chunk_source(function() 1)))
    said(next_chunk(as_chunk_source(function() shared)))
    said(read_all(as_chunk_source(function() cars)))
    said(read_all(as_chunk_source(function(reset = FALSE) cars)))
    said(read_all(as_chunk_source(list(cars, cars["dist"]))))
    said(read_all(as_chunk_source(list(cars, transform(cars, dist = "near")))))
    said(with_replaced(
      "number_of_halves", function(high, low) 2^60,
      next_chunk(as_chunk_source(list(long)))
    ))
    said(file_source(1))
    said(file_source("nowhere.csv"))
    said(file_source("table.csv", classes = "numeric"))
    said(file_source("table.csv", nrows = 3))
    said(read_all(file_source("table.csv", 2)))
    said(read_all(file_source(c("table.csv", "other.csv"))))
    said(next_chunk(file_source("empty.csv")))
    said(next_chunk(file_source("comma.csv")))
    said(read_all(file_source("cut.csv.gz")))
    said(dbi_source("data.sqlite", "SELECT 1"))
    said(dbi_source(con, 1))
    said(next_chunk(dbi_source(con, "SELECT missing FROM t")))
    said(next_chunk(dbi_source(con, "SELECT * FROM t")))
    said(with_replaced(
      "has_package", function(package) FALSE, dbi_source(con, "SELECT 1")
    ))
    said(arrow_source(1))
    said(next_chunk(as_chunk_source(large)))
    said(consume(tooth_stream(), ended))
    said(consume(
      tooth_stream(), ToothGrowth[order(ToothGrowth$dose), ][rep(1:60, each = 9), ],
      chunk_size = 135
    ))
    said(sgmoe_stream(len ~ dose, frame_source(ToothGrowth[0, ]), k = 2))
    said(sgmoe_stream(len ~ dose, ToothGrowth, k = 2, pilot = 10))
    said(next_chunk(one))
    said(next_chunk(predict(depends, frame_source(cars))))
    said(score(fit, frame_source(cars), weights = 1))
  })
})

test_that("fits of sources", {
  source <- as_chunk_source(cars, chunk = 20)
  fit_it <- function(...) {
    sgmoe(dist ~ speed, source, k = 2, ridge = 1, starts = 1, ...)
  }
  fit <- fit_it()
  full <- function(...) {
    stop(structure(
      class = c("sgmoe::SpillError", "C++Error", "error", "condition"),
      list(message = "cannot write", call = NULL)
    ))
  }
  room <- function(free, memory) {
    function(folder) list(free = free, memory = memory)
  }
  changing_cars <- function(longer) {
    readings <- 0
    function(reset = FALSE) {
      if (reset) {
        readings <<- readings + 1
        waiting <<- TRUE
      } else if (waiting) {
        waiting <<- FALSE
        other <- if (longer) rbind(cars, cars[1:3, ]) else cars[50:1, ]
        if (readings > 3) other else cars
      }
    }
  }
  waiting <- TRUE
  far_rows <- function() {
    set.seed(1)
    data <- simulate_moe(1500, k = 2, p = 1, gate_scale = 3)
    far <- seq(1, 1500, 20)
    data$y[far] <- data$y[far] + 30 * rt(length(far), 1.5)
    data
  }
  expect_said({
    said(fit_it(method = "em"))
    said(fit_it(method = "incremental"))
    said(sgmoe(dist ~ speed, source, k = 2, ridge = "cv"))
    said(fit_it(start = factor(rep(1:2, 25))))
    said(fit_it(subset = 1:10))
    said(fit_it(subset = speed))
    said(fit_it(subset = speed > mean(speed)))
    said(fit_it(weights = rep(1, 20)))
    said(tune_experts(dist ~ speed, source))
    said(select_experts(dist ~ speed, source, criterion = "CV"))
    said(select_experts(dist ~ speed, source, background = TRUE))
    set.seed(1)
    said(select_experts(y ~ x1, as_chunk_source(far_rows()), 5))
    said(vcov(fit, "sandwich", cluster = rep(1:2, length.out = nobs(fit))))
    said(fit_it(subset = speed > 99))
    said(sgmoe(dist ~ poly(speed, 2), source, k = 2))
    said(fit_it(spill = 3))
    said(fit_it(spill = "/dev/null/rows"))
    for (longer in c(FALSE, TRUE)) {
      changing <- as_chunk_source(changing_cars(longer))
      said(sgmoe(dist ~ speed, changing, k = 2, ridge = 1, spill = FALSE))
    }
    said(sgmoe(dist ~ speed, partitions(list(cars)), k = 2, spill = FALSE))
    said(with_replaced("core_free_space", room(1e12, TRUE), fit_it()))
    said(with_replaced("core_free_space", room(1000, FALSE), fit_it()))
    said(with_replaced("core_spill_append", full, fit_it()))
    said(fit_it(checkpoint = 1))
    said(fit_it(checkpoint = "/dev/null/log"))
    said(sgmoe(dist ~ speed, cars, k = 2, ridge = 1, checkpoint = "log"))
    said(column_moments(spilled_columns(
      list(path = "/no/such.spill", rows = 9L), 1
    ), numeric()))
    said(residuals(fit))
    said(predict(fit))
    said(partitions(cars))
    said(sgmoe(dist ~ speed, partitions(list(cars, function(reset = FALSE) {
      if (!reset) stop("there is no such table")
    })), k = 2, ridge = 1, starts = 1))
    said(sgmoe(dist ~ speed, partitions(list(
      cars, transform(cars, speed = "fast")
    )), k = 2, ridge = 1, starts = 1))
  })
})
