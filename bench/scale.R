# Fits from sources against fits in memory: seconds a pass and a fit, peak resident
# memory, and workers.
#
#   Rscript bench/scale.R PART [rows ...]   one part, some minutes; by default 1e6 rows
#   Rscript bench/scale.R all [rows ...]    all of them
#
# Parts:
#   pass     a pass over a spill against one in memory, fits interleaved in one process
#            (processor seconds, the least of seven); must be at most 1.1
#   grid     the same with 10 and 30 covariates and three and eight experts
#   memory   peak resident memory of a whole fit from SQLite beyond that of R with
#            the package loaded; must be at most 150 MB, whatever the rows
#   sqlite   a whole fit from SQLite against one dbFetch() of all rows and the fit in
#            memory; must be at most 1.3
#   sources  whole fits from a data frame in chunks, SQLite, an Arrow stream and
#            gzipped CSV
#   reading  all rows of these sources, once
#   no_spill twenty passes over SQLite from one start, with and without a spill
#   workers  one partition after the other against two workers, and the processor
#            time of the main process a pass beyond that of empty futures; must be at
#            least 1.6 and at most 0.02 s, on an idle machine of two cores
#   peers    one expert: bigglm() with the same function
#
# Simulated, 10 covariates, three experts (peers: one), ridge 0.1, one thread. Results
# go to bench/scale.csv: part, rows, what, value; those of a part that is run again are
# replaced. Each case is a process of its own; data of 1e7 rows take 0.9 GB of disk as
# SQLite, and as much as a spill.

own <- commandArgs(TRUE)
formula <- y ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10
table_file <- "bench/scale.csv"

make_rows <- function(n, seed = 1) {
  set.seed(seed)
  data <- as.data.frame(matrix(stats::rnorm(n * 10), n))
  names(data) <- paste0("x", 1:10)
  left <- stats::runif(n) < stats::plogis(1 + 2 * data$x1)
  data$y <- ifelse(left, 1 + data$x1 + data$x2, -1 - data$x3) +
    stats::rnorm(n, sd = 0.5)
  data
}

# Rows in pieces of 1e5, so that many of them need no memory.
in_pieces <- function(n, work) {
  for (piece in seq_len(ceiling(n / 1e5))) {
    work(make_rows(min(1e5, n - (piece - 1) * 1e5), piece), piece)
  }
}

all_rows <- function(n) {
  rows <- list()
  in_pieces(n, function(data, piece) rows[[piece]] <<- data)
  do.call(rbind, rows)
}

# What is written once is there for all parts.
stored <- function(name, n, write) {
  folder <- Sys.getenv("SGMOE_BENCH_DATA", file.path(dirname(tempdir()), "sgmoe-bench"))
  dir.create(folder, showWarnings = FALSE, recursive = TRUE)
  path <- file.path(folder, sprintf(name, n))
  if (!file.exists(path)) {
    part <- sub("^(.*/)", "\\1part-", path)
    unlink(part)
    write(part)
    file.rename(part, path)
  }
  path
}

sqlite_file <- function(n) {
  stored("rows-%g.sqlite", n, function(path) {
    con <- DBI::dbConnect(RSQLite::SQLite(), path)
    in_pieces(n, function(data, piece) {
      DBI::dbWriteTable(con, "rows", data, append = TRUE)
    })
    DBI::dbDisconnect(con)
  })
}

csv_file <- function(n) {
  stored("rows-%g.csv.gz", n, function(path) {
    out <- gzfile(path, "w")
    in_pieces(n, function(data, piece) {
      utils::write.table(
        data, out,
        sep = ",", row.names = FALSE, col.names = piece == 1
      )
    })
    close(out)
  })
}

arrow_file <- function(n) {
  stored("rows-%g.arrows", n, function(path) {
    nanoarrow::write_nanoarrow(all_rows(n), path)
  })
}

query <- function(con) {
  dbi_source(con, paste("select", paste(all.vars(formula), collapse = ", "), "from rows"))
}

seconds <- function(expression) sum(system.time(expression)[1:2])

elapsed <- function(expression) system.time(expression)[[3L]]

# Covariates that say nothing, up to a number of them.
widened <- function(data, columns) {
  more <- setdiff(paste0("x", seq_len(columns)), names(data))
  data[more] <- lapply(more, function(name) stats::rnorm(nrow(data)))
  data
}

given_start <- function(data = make_rows(2000), k = 3) {
  suppressWarnings(sgmoe(
    y ~ ., data,
    k = k, starts = 1, ridge = 0.1, max_passes = 3
  ))
}

# From given parameters, a number of passes.
fixed_fit <- function(data, passes, start, ...) {
  suppressWarnings(sgmoe(
    stats::formula(start), data,
    k = start$k, ridge = 0.1, start = start, max_passes = passes, tolerance = 0,
    acceleration = "none", model = FALSE, ...
  ))
}

# Processor seconds of a pass over rows in memory and over their spill, one row for
# each round.
pass_seconds <- function(data, start, passes, rounds = 7) {
  cases <- list(memory = data, spill = as_chunk_source(data, chunk = 1e5))
  t(vapply(seq_len(rounds), function(round) {
    # What is done once is in both.
    vapply(cases, function(rows) {
      once <- seconds(fixed_fit(rows, 1, start))
      (seconds(fixed_fit(rows, 1 + passes, start)) - once) / passes
    }, 0)
  }, c(memory = 0, spill = 0)))
}

whole_fit <- function(data, ...) {
  set.seed(1)
  suppressWarnings(sgmoe(
    formula, data,
    k = 3, ridge = 0.1, starts = 1, model = FALSE, ...
  ))
}

said <- function(what, value) cat("result", what, signif(value, 4), "\n")

parts <- list(
  pass = function(n) {
    # What is done once takes seconds.
    rounds <- pass_seconds(all_rows(n), given_start(), max(5, ceiling(1e8 / n)))
    least <- apply(rounds, 2L, min)
    said("memory_nanoseconds_a_row", least[["memory"]] / n * 1e9)
    said("spill_nanoseconds_a_row", least[["spill"]] / n * 1e9)
    said("ratio", least[["spill"]] / least[["memory"]])
    said("ratio_median", stats::median(rounds[, "spill"] / rounds[, "memory"]))
  },
  grid = function(n) {
    data <- all_rows(n)
    for (columns in c(10, 30)) {
      data <- widened(data, columns)
      for (k in c(3, 8)) {
        start <- given_start(data[1:5000, ], k)
        passes <- max(20, ceiling(2e9 / (n * columns * k)))
        least <- apply(pass_seconds(data, start, passes, 3), 2L, min)
        case <- sprintf("_%dx%d", columns, k)
        said(paste0("memory", case), least[["memory"]] / n * 1e9)
        said(paste0("ratio", case), least[["spill"]] / least[["memory"]])
      }
    }
  },
  memory = function(n) {
    resident <- function(field) {
      line <- grep(field, readLines("/proc/self/status"), value = TRUE)
      as.numeric(gsub("[^0-9]", "", line)) / 1024
    }
    con <- DBI::dbConnect(RSQLite::SQLite(), sqlite_file(n))
    gc()
    cat("5", file = "/proc/self/clear_refs") # the peak begins here
    before <- resident("VmRSS")
    fit <- whole_fit(query(con))
    said("megabytes", resident("VmHWM") - before)
    said("passes", fit$passes)
  },
  sqlite = function(n) {
    con <- DBI::dbConnect(RSQLite::SQLite(), sqlite_file(n))
    source <- elapsed(fit <- whole_fit(query(con)))
    fetch <- elapsed(data <- DBI::dbGetQuery(con, "select * from rows"))
    memory <- elapsed(same <- whole_fit(data))
    stopifnot(identical(stats::coef(fit), stats::coef(same)))
    said("source_seconds", source)
    said("fetch_seconds", fetch)
    said("memory_seconds", memory)
    said("ratio", source / (fetch + memory))
  },
  sources = function(n) {
    data <- all_rows(n)
    con <- DBI::dbConnect(RSQLite::SQLite(), sqlite_file(n))
    said("memory", elapsed(whole_fit(data)))
    said("frame", elapsed(whole_fit(frame_source(data))))
    said("sqlite", elapsed(whole_fit(query(con))))
    if (requireNamespace("nanoarrow", quietly = TRUE)) {
      path <- arrow_file(n)
      said("arrow", elapsed(whole_fit(arrow_source(function() {
        nanoarrow::read_nanoarrow(path)
      }))))
    }
    path <- csv_file(n) # written before the clock starts
    said("gz_csv", elapsed(whole_fit(file_source(path))))
  },
  reading = function(n) {
    read <- function(source) {
      while (!is.null(next_chunk(source))) NULL
      close_source(source)
    }
    con <- DBI::dbConnect(RSQLite::SQLite(), sqlite_file(n))
    said("sqlite", elapsed(read(query(con))))
    if (requireNamespace("nanoarrow", quietly = TRUE)) {
      path <- arrow_file(n)
      said("arrow", elapsed(read(arrow_source(function() {
        nanoarrow::read_nanoarrow(path)
      }))))
    }
    path <- csv_file(n)
    said("gz_csv", elapsed(read(file_source(path))))
  },
  no_spill = function(n) {
    con <- DBI::dbConnect(RSQLite::SQLite(), sqlite_file(n))
    start <- given_start()
    passes <- 20
    said("passes", passes)
    said("spill", elapsed(fixed_fit(query(con), passes, start)))
    said("no_spill", elapsed(fixed_fit(query(con), passes, start, spill = FALSE)))
  },
  workers = function(n) {
    path <- sqlite_file(n)
    half <- floor(n / 2)
    part <- function(first, last) {
      force(path)
      text <- sprintf(
        "select %s from rows where rowid between %d and %d",
        paste(all.vars(formula), collapse = ", "), first, last
      )
      function() {
        dbi_source(DBI::dbConnect(RSQLite::SQLite(), path), text)
      }
    }
    rows <- partitions(list(part(1, half), part(half + 1, n)))
    passes <- 40
    start <- given_start()
    alone <- elapsed(fit <- fixed_fit(rows, passes, start))
    future::plan("multisession", workers = 2)
    empty <- function() {
      futures <- lapply(1:2, function(i) future::future(NULL, seed = NULL))
      lapply(futures, future::value)
    }
    empty()
    nothing <- seconds(for (i in seq_len(passes)) empty())
    main <- seconds({
      two <- elapsed(same <- fixed_fit(rows, passes, start))
    })
    stopifnot(identical(stats::coef(fit), stats::coef(same)))
    said("one_seconds", alone)
    said("two_seconds", two)
    said("speedup", alone / two)
    said("main_seconds_a_pass", (main - nothing) / passes)
    future::plan("sequential")
  },
  peers = function(n) {
    data <- all_rows(n)
    chunks <- function(reset = FALSE) {
      if (reset) {
        at <<- 0
      } else if (at < n) {
        at <<- at + 1e5
        data[seq(at - 1e5 + 1, min(at, n)), ]
      }
    }
    at <- 0
    said("sgmoe", elapsed(
      sgmoe(formula, chunks, k = 1, ridge = 0, model = FALSE)
    ))
    if (requireNamespace("biglm", quietly = TRUE)) {
      at <- 0
      said("bigglm", elapsed(biglm::bigglm(formula, chunks)))
    }
    said("lm", elapsed(stats::lm(formula, data, model = FALSE)))
  }
)

# The lines of a part in the table.
run_part <- function(part, n) {
  output <- system2(
    file.path(R.home("bin"), "Rscript"),
    c("bench/scale.R", "case", part, format(n, scientific = FALSE)),
    stdout = TRUE
  )
  found <- strsplit(grep("^result ", output, value = TRUE), " ")
  rows <- data.frame(
    part = part, rows = n, what = vapply(found, `[[`, "", 2L),
    value = as.numeric(vapply(found, `[[`, "", 3L))
  )
  before <- if (file.exists(table_file)) utils::read.csv(table_file)
  if (identical(names(before), names(rows))) {
    rows <- rbind(before[before$part != part | before$rows != n, ], rows)
  }
  utils::write.csv(rows, table_file, row.names = FALSE, quote = FALSE)
  print(rows[rows$part == part & rows$rows == n, ], row.names = FALSE)
}

if (length(own) > 2L && own[[1L]] == "case") {
  suppressPackageStartupMessages(library(sgmoe))
  parts[[own[[2L]]]](as.numeric(own[[3L]]))
} else {
  wanted <- if (length(own)) own[[1L]] else "all"
  wanted <- if (wanted == "all") names(parts) else match.arg(wanted, names(parts))
  sizes <- if (length(own) > 1L) as.numeric(own[-1L]) else 1e6
  for (n in sizes) {
    for (part in wanted) run_part(part, n)
  }
}
