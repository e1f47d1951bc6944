# Fits of partitions: several sources, maybe on several workers.

partition_data <- function(n = 3000) {
  set.seed(11)
  data <- simulate_moe(n, k = 2, p = 2)
  data$group <- sample(c("a", "b"), n, TRUE)
  data$group[n - 3:5] <- "late" # in the last partition only
  data$w <- sample(c(0, 1, 2), n, TRUE)
  data
}

expect_close_fit <- function(fit, to) {
  expect_equal(fit$log_likelihood, to$log_likelihood, tolerance = 1e-8)
  expect_equal(coef(fit), coef(to), tolerance = 1e-6)
  expect_equal(fit$df, to$df, tolerance = 1e-6)
  expect_identical(fit$nobs, to$nobs)
  expect_identical(fit$dropped, to$dropped)
}

test_that("a fit of partitions is that of all rows", {
  data <- partition_data()
  data$x1[7] <- NA
  parts <- partitions(list(
    data[1:700, ], chunks_of(data[701:1800, ], 400),
    data[0, ], function() as_chunk_source(data[1801:3000, ], chunk = 500)
  ))
  set.seed(1)
  memory <- sgmoe(y ~ x1 + x2 + group, data, k = 2, starts = 1, weights = w)
  set.seed(1)
  fit <- sgmoe(y ~ x1 + x2 + group, parts, k = 2, starts = 1, weights = w)
  expect_close_fit(fit, memory)
  expect_length(spill_folders(), 0)
  expect_output(print(parts), "4 partitions")
})

test_that("large partitions draw the subsample that memory draws", {
  data <- partition_data(15000)
  parts <- partitions(list(data[1:9000, ], data[9001:15000, ]))
  set.seed(2)
  memory <- sgmoe(y ~ x1 + x2, data, k = 2, starts = 1, ridge = 0)
  set.seed(2)
  fit <- sgmoe(y ~ x1 + x2, parts, k = 2, starts = 1, ridge = 0)
  expect_close_fit(fit, memory)
  set.seed(3)
  classes <- simulate_moe(12000, k = 2, p = 1, family = "multinomial")
  # This optimum is flat: both run to its end.
  set.seed(3)
  memory <- sgmoe(y ~ x1, classes, k = 2, starts = 1, tolerance = 1e-15)
  set.seed(3)
  fit <- sgmoe(y ~ x1, partitions(list(
    classes[1:5000, ], classes[5001:12000, ]
  )), k = 2, starts = 1, tolerance = 1e-15)
  expect_close_fit(fit, memory)
})

test_that("aliased columns are found across partitions", {
  data <- partition_data(900)
  data$half <- rep(0:1, c(300, 600)) # constant in each partition
  data$other <- data$x1 - data$half
  fit <- suppressMessages(sgmoe(
    y ~ x1 + half + other,
    partitions(list(data[1:300, ], data[301:900, ])),
    k = 1
  ))
  expect_true(is.na(coef(fit)[["expert1:other"]]))
  expect_false(is.na(coef(fit)[["expert1:half"]]))
})

test_that("a partition that fails is named", {
  data <- partition_data(300)
  parts <- partitions(list(data, function(reset = FALSE) {
    if (!reset) stop("no such table")
  }))
  error <- expect_error(
    sgmoe(y ~ x1, parts, k = 2),
    "Partition 2",
    class = "sgmoe_error_partition"
  )
  expect_identical(error$partition, 2L)
  expect_match(conditionMessage(error$parent$parent), "no such table")
  # One that cannot be with the others is, too, and not the first.
  other <- data
  other$x1 <- as.character(other$x1)
  error <- expect_error(
    sgmoe(y ~ x1, partitions(list(data, data[0, ], other)), k = 2),
    "Partition 3.*text in it, and a number in partition 1",
    class = "sgmoe_error_partition"
  )
  expect_identical(error$partition, 3L)
  other$x1 <- NA
  set.seed(1)
  fit <- sgmoe(
    y ~ x1, partitions(list(other, data)),
    k = 2, ridge = 1, starts = 1
  )
  expect_identical(fit$dropped, 300L)
  expect_error(partitions(data), class = "sgmoe_error_source")
  expect_error(
    sgmoe(y ~ x1, partitions(list(data[0, ])), k = 2),
    class = "sgmoe_error_no_rows"
  )
  expect_length(spill_folders(), 0)
})

test_that("workers give what one process gives, and may die", {
  skip_if_not_installed("future")
  data <- partition_data(4000)
  parts <- partitions(list(data[1:1500, ], data[1501:4000, ]))
  formula <- y ~ x1 + x2
  set.seed(4)
  alone <- sgmoe(formula, parts, k = 2, starts = 1, ridge = 0.1)
  plan <- future::plan("multisession", workers = 2)
  on.exit(future::plan(plan))
  set.seed(4)
  together <- sgmoe(formula, parts, k = 2, starts = 1, ridge = 0.1)
  fields <- c("coefficients", "trace", "log_likelihood", "df")
  expect_identical(unclass(together)[fields], unclass(alone)[fields])
  # The worker of the second partition dies when it is first read.
  mark <- tempfile("died")
  on.exit(unlink(mark), add = TRUE)
  main <- Sys.getpid()
  deadly <- function() {
    if (Sys.getpid() != main && !file.exists(mark)) {
      file.create(mark)
      tools::pskill(Sys.getpid(), 9)
    }
    data[1501:4000, ]
  }
  set.seed(4)
  survived <- suppressWarnings(sgmoe(
    formula, partitions(list(data[1:1500, ], deadly)),
    k = 2, starts = 1, ridge = 0.1
  ))
  expect_true(file.exists(mark))
  expect_identical(unclass(survived)[fields], unclass(alone)[fields])
})

test_that("a worker that dies between or within passes changes nothing", {
  skip_if_not_installed("future")
  skip_on_os("windows")
  data <- partition_data(4000)
  parts <- partitions(list(data[1:1500, ], data[1501:4000, ]))
  begin <- suppressWarnings(sgmoe(
    y ~ x1, data[1:300, ],
    k = 2, starts = 1, ridge = 0.1, max_passes = 3
  ))
  fit_it <- function(on_pass = identity) {
    passes <- 0
    suppressWarnings(withCallingHandlers(
      sgmoe(
        y ~ x1, parts,
        k = 2, start = begin, ridge = 0.1, tolerance = 0, max_passes = 12,
        acceleration = "none", progress = "lines"
      ),
      message = function(message) {
        passes <<- passes + 1
        on_pass(passes)
        invokeRestart("muffleMessage")
      }
    ))
  }
  alone <- fit_it()
  plan <- future::plan("multisession", workers = 2)
  on.exit(future::plan(plan))
  workers <- lapply(1:2, function(i) future::future(Sys.getpid(), seed = NULL))
  workers <- vapply(workers, future::value, 0L)
  killed <- fit_it(function(passes) {
    if (passes == 3) {
      system(sprintf("(sleep 0.01; kill -9 %d) > /dev/null 2>&1 &", workers[[1L]]))
    } else if (passes == 8) {
      tools::pskill(workers[[2L]], 9)
    }
  })
  fields <- c("coefficients", "trace", "log_likelihood")
  expect_identical(unclass(killed)[fields], unclass(alone)[fields])
})

test_that("rows that are lost are read again, and must be the same", {
  data <- partition_data(600)
  parts <- partitions(list(data[1:300, ], data[301:600, ]))
  set.seed(1)
  plain <- sgmoe(y ~ x1, parts, k = 2, ridge = 1, starts = 1)
  # Files vanish before they are written as rows of the design, or in mid-fit.
  lose <- function(name, pattern) {
    original <- get(name, asNamespace("sgmoe"))
    lost <- FALSE
    function(...) {
      if (!lost) {
        files <- list.files(
          list.files(tempdir(), "^sgmoe-", full.names = TRUE), pattern,
          recursive = TRUE, full.names = TRUE
        )
        lost <<- length(files) > 0
        unlink(files)
      }
      original(...)
    }
  }
  for (case in list(
    c("fixed_design", "chunk-000000[.]rows$"), c("core_fit", "rows[.]spill$"),
    c("core_fit", "shape[.]rds$")
  )) {
    set.seed(1)
    fit <- with_replaced(
      case[[1L]], lose(case[[1L]], case[[2L]]),
      sgmoe(y ~ x1, parts, k = 2, ridge = 1, starts = 1)
    )
    expect_identical(coef(fit), coef(plain))
  }
  calls <- 0
  growing <- function() {
    calls <<- calls + 1
    data[seq_len(400 + calls), ]
  }
  class_condition(
    with_replaced(
      "core_fit", lose("core_fit", "rows[.]spill$"),
      sgmoe(y ~ x1, partitions(list(growing)), k = 2, ridge = 1, starts = 1)
    ),
    "error", "partition"
  )
})

test_that("rows kept for a fit of another machine go with the worker's process", {
  parent <- tempfile("elsewhere")
  on.exit(unlink(parent, recursive = TRUE))
  read <- function(machine, spill = TRUE) {
    folder <- file.path(parent, paste0("sgmoe-", machine, "-1-x"), "partition-1")
    run_child(c(
      "request <- sgmoe:::light_request(list(",
      "  formula = dist ~ speed, quoted = list(), na.action = na.omit,",
      sprintf("  model = list(), env = globalenv(), control = list(spill = %s)", deparse(spill)),
      "))",
      sprintf("folder <- %s", deparse(folder)),
      "piece <- list(source = cars, request = request, folder = folder)",
      "invisible(sgmoe:::read_piece(piece))",
      "cat(length(list.files(folder)))"
    ))
  }
  expect_identical(read("other"), "2")
  expect_length(list.files(parent), 0)
  # The fit removes what is on its own machine, and nobody what is to be kept.
  expect_identical(read(machine_name()), "2")
  expect_length(list.files(parent), 1)
  expect_identical(read("other", parent), "2")
  expect_length(list.files(parent), 2)
})
