# Fits from a source against fits in memory: seconds a pass, of a whole fit, and
# peak resident memory.
#
#   Rscript bench/scale.R [rows ...]        by default 1e5 and 1e6
#
# Simulated, 10 covariates, three experts, one start, ridge 0.1, 20 passes at most;
# one thread. `memory` fits a data frame, made or fetched before; `frame` is the same
# as a source in chunks of 1e5 rows; `sqlite` is a query, if RSQLite is there. Seconds are those of
# the processor. Each case is a process of its own. `fetch` are the seconds that one dbFetch() of all
# rows takes; `pass` is the time of a pass alone, by the difference of fits with 65
# and 5 passes over all rows from a given start; `peak` the megabytes of resident
# memory at the peak beyond those of R with the package loaded (and, for `frame`
# and `memory`, with the data).
own <- commandArgs(TRUE)

make_rows <- function(n) {
  set.seed(1)
  data <- as.data.frame(matrix(rnorm(n * 10), n))
  names(data) <- paste0("x", 1:10)
  left <- runif(n) < plogis(1 + 2 * data$x1)
  data$y <- ifelse(left, 1 + data$x1 + data$x2, -1 - data$x3) +
    rnorm(n, sd = 0.5)
  data
}

memory_now <- function(field) {
  line <- grep(field, readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

one_case <- function(kind, n) {
  suppressPackageStartupMessages(library(sgmoe))
  formula <- y ~ .
  fetch <- NA
  if (kind == "sqlite") {
    path <- file.path(dirname(tempdir()), sprintf("sgmoe-bench-%g.sqlite", n))
    con <- DBI::dbConnect(RSQLite::SQLite(), path)
    formula <- y ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10
    data <- dbi_source(con, "select * from rows", chunk = 1e5)
  } else {
    data <- make_rows(n)
    if (kind == "frame") {
      data <- as_chunk_source(data, chunk = 1e5)
    }
  }
  small <- make_rows(2000)
  given <- suppressWarnings(
    sgmoe(y ~ ., small, k = 3, starts = 1, ridge = 0.1, max_passes = 3)
  )
  gc()
  cat("5", file = "/proc/self/clear_refs")
  before <- memory_now("VmRSS")
  # Few passes first: what is done once is in both.
  seconds <- vapply(c(5, 65), function(passes) {
    sum(system.time(suppressWarnings(sgmoe(
      formula, data,
      k = 3, ridge = 0.1, start = given, max_passes = passes, tolerance = 0,
      acceleration = "none", model = FALSE
    )))[1:2])
  }, 0)
  peak <- memory_now("VmHWM") - before
  set.seed(1)
  whole <- sum(system.time(suppressWarnings(sgmoe(
    formula, data,
    k = 3, ridge = 0.1, starts = 1, max_passes = 20, model = FALSE
  )))[1:2])
  if (kind == "sqlite") {
    fetch <- sum(system.time(DBI::dbGetQuery(con, "select * from rows"))[1:2])
    DBI::dbDisconnect(con)
  }
  cat(paste(
    kind, n, signif(diff(seconds) / 60, 3), signif(whole, 3),
    signif(fetch, 3), round(peak),
    sep = ","
  ), "\n")
}

if (length(own) && own[[1L]] == "case") {
  one_case(own[[2L]], as.numeric(own[[3L]]))
} else {
  sizes <- if (length(own)) as.numeric(own) else c(1e5, 1e6)
  sqlite <- requireNamespace("RSQLite", quietly = TRUE)
  lines <- character()
  for (n in sizes) {
    if (sqlite) {
      path <- file.path(dirname(tempdir()), sprintf("sgmoe-bench-%g.sqlite", n))
      con <- DBI::dbConnect(RSQLite::SQLite(), path)
      DBI::dbWriteTable(con, "rows", make_rows(n), overwrite = TRUE)
      DBI::dbDisconnect(con)
    }
    for (kind in c("memory", "frame", if (sqlite) "sqlite")) {
      line <- system2(
        file.path(R.home("bin"), "Rscript"),
        c("bench/scale.R", "case", kind, n),
        stdout = TRUE
      )
      message(line)
      lines <- c(lines, trimws(line))
    }
    if (sqlite) unlink(path)
  }
  table <- utils::read.csv(text = lines, header = FALSE)
  names(table) <- c("kind", "rows", "pass", "fit", "fetch", "peak")
  utils::write.csv(table, "bench/scale.csv", row.names = FALSE, quote = FALSE)
  print(table)
}
