# What goes wrong with spills and checkpoints: disks, processes, bits.

faulty_code <- function(...) {
  c(
    "set.seed(1)",
    "data <- simulate_moe(30000, k = 2, p = 2)",
    "source <- as_chunk_source(data, chunk = 5000)",
    "said <- function(expression) tryCatch(expression, error = function(e) {",
    "  cat(class(e)[[1L]], '\\n', conditionMessage(e), '\\n')",
    "})",
    ...
  )
}

test_that("a full disk is an error that says so, and leaves nothing behind", {
  folder <- tempfile("full")
  on.exit(unlink(folder, recursive = TRUE))
  # Blocks of 512 bytes: the chunks fit, the spill does not.
  output <- run_child(faulty_code(
    sprintf(
      "said(sgmoe(y ~ x1 + x2, source, k = 2, spill = %s))", deparse(folder)
    ),
    "cat('alive\\n')"
  ), "ulimit -f 1000")
  expect_match(output, "sgmoe_error_spill", all = FALSE)
  expect_match(output, "Is the disk full", all = FALSE)
  expect_match(output, "alive", all = FALSE)
  expect_length(list.files(folder, recursive = TRUE), 0)
  # Not even a chunk.
  output <- run_child(faulty_code(
    "said(sgmoe(y ~ x1 + x2, source, k = 2))",
    "cat('left', list.files(tempdir(), '^sgmoe'), '\\n')"
  ), "ulimit -f 100")
  expect_match(output, "sgmoe_error_spill", all = FALSE)
  expect_match(output, "^left *$", all = FALSE)
})

test_that("a checkpoint on a full disk keeps the passes before", {
  path <- tempfile(fileext = ".log")
  on.exit(unlink(path))
  code <- faulty_code(
    "options(warn = -1)",
    "begin <- sgmoe(y ~ x1 + x2, data[1:200, ], k = 3, starts = 1, ridge = 0.1)",
    "source <- as_chunk_source(data[1:600, ], chunk = 300)",
    sprintf(
      "fit <- said(sgmoe(y ~ x1 + x2, source, k = 3, start = begin, ridge = 0.1,
         acceleration = 'none', tolerance = 0, max_passes = 120,
         checkpoint = %s))", deparse(path)
    ),
    "if (is.list(fit)) cat('trace', fit$trace[120], fit$passes, '\\n')"
  )
  limit <- "ulimit -f 100"
  expect_match(run_child(code, limit), "sgmoe_error_checkpoint", all = FALSE)
  size <- file.size(path)
  expect_gt(size, 4e4)
  resumed <- grep("^trace", run_child(code), value = TRUE)
  expect_length(resumed, 1)
  expect_gt(file.size(path), size)
  unlink(path)
  expect_identical(grep("^trace", run_child(code), value = TRUE), resumed)
})

slow_test("a fit that is killed again and again ends with the same bits", {
  path <- tempfile(fileext = ".log")
  folder <- tempfile("killed")
  result <- tempfile(fileext = ".rds")
  on.exit(unlink(c(path, folder, result), recursive = TRUE))
  code <- function(kill) {
    faulty_code(
      "begin <- sgmoe(y ~ x1 + x2, data[1:200, ], k = 3, starts = 1, ridge = 0.1,
         max_passes = 5)",
      "source <- as_chunk_source(data[1:3000, ], chunk = 900)",
      "passes <- 0",
      sprintf("kill <- %g", kill),
      "fit <- withCallingHandlers(",
      "  sgmoe(y ~ x1 + x2, source, k = 3, start = begin, ridge = 0.1,",
      sprintf("    checkpoint = %s, spill = %s,", deparse(path), deparse(folder)),
      "    progress = 'lines'),",
      "  message = function(m) {",
      "    passes <<- passes + 1",
      "    if (passes == kill) tools::pskill(Sys.getpid(), 9)",
      "    invokeRestart('muffleMessage')",
      "  })",
      sprintf(
        "saveRDS(fit[c('coefficients', 'trace', 'starts')], %s)", deparse(result)
      ),
      "cat('passes', passes, '\\n')"
    )
  }
  output <- run_child(code(Inf))
  total <- as.numeric(sub("passes", "", grep("^passes", output, value = TRUE)))
  expected <- readRDS(result)
  whole <- readBin(path, "raw", file.size(path))
  set.seed(5)
  for (round in 1:2) {
    unlink(c(path, result))
    for (kill in sort(sample(total, 2))) {
      run_child(code(kill))
      expect_false(file.exists(result))
      if (file.exists(path)) {
        # As if the last record had been cut in its middle.
        torn <- readBin(path, "raw", file.size(path) - sample(200, 1L))
        if (length(torn) > core_checkpoint_note(path)$offset) {
          writeBin(torn, path)
        }
      }
    }
    run_child(code(Inf))
    expect_identical(readRDS(result), expected)
    expect_identical(readBin(path, "raw", file.size(path)), whole)
  }
})

test_that("files of dead processes are removed, those that are complete stay", {
  folder <- tempfile("dead")
  on.exit(unlink(folder, recursive = TRUE))
  dead <- as.integer(run_child("cat(Sys.getpid())"))
  old <- file.path(folder, sprintf(
    "sgmoe-%s-%d-%s", machine_name(), c(dead, dead, 1L), c("a", "b", "c")
  ))
  for (name in old) dir.create(name, recursive = TRUE)
  file.create(file.path(old, c("chunk-000000.rows", "rows.spill", "x")))
  set.seed(1)
  data <- simulate_moe(300, k = 2, p = 1)
  fit <- sgmoe(y ~ x1, as_chunk_source(data), k = 2, ridge = 1, starts = 1, spill = folder)
  expect_identical(file.exists(old), c(FALSE, TRUE, TRUE))
})

test_that("two fits may use a folder at once", {
  folder <- tempfile("shared")
  on.exit(unlink(folder, recursive = TRUE))
  set.seed(1)
  data <- simulate_moe(400, k = 2, p = 1)
  fit_it <- function(source) {
    set.seed(2)
    sgmoe(y ~ x1, source, k = 2, ridge = 1, starts = 1, spill = folder)
  }
  inner <- NULL
  chunks <- chunks_of(data, 100)
  outer <- fit_it(function(reset = FALSE) {
    if (!reset && is.null(inner)) {
      seed <- .Random.seed
      inner <<- fit_it(chunks_of(data, 130))
      assign(".Random.seed", seed, globalenv())
    }
    chunks(reset)
  })
  expect_identical(coef(outer), coef(inner))
  expect_length(list.files(folder, "^rows.spill$", recursive = TRUE), 2)
})

test_that("a spill that is damaged, or gone, is an error", {
  folder <- tempfile("damaged")
  on.exit(unlink(folder, recursive = TRUE))
  set.seed(1)
  data <- simulate_moe(400, k = 2, p = 1)
  fit <- sgmoe(y ~ x1, as_chunk_source(data),
    k = 2, ridge = 1, starts = 1, spill = folder
  )
  values <- spilled_columns(fit$spill, 1:2)
  expect_identical(dim(values), c(400L, 2L))
  bytes <- readBin(fit$spill$path, "raw", file.size(fit$spill$path))
  bytes[[500]] <- xor(bytes[[500]], as.raw(1))
  writeBin(bytes, fit$spill$path)
  class_condition(column_moments(values, numeric()), "error", "spill")
  class_condition(values[1:3, ], "error", "spill")
  unlink(fit$spill$path)
  class_condition(column_moments(values, numeric()), "error", "spill")
})

test_that("a fit of a source answers what needs no rows", {
  set.seed(1)
  data <- simulate_moe(500, k = 2, p = 1)
  set.seed(2)
  memory <- sgmoe(y ~ x1, data, k = 2, starts = 1)
  set.seed(2)
  fit <- sgmoe(y ~ x1, as_chunk_source(data, chunk = 90), k = 2, starts = 1)
  expect_identical(logLik(fit), logLik(memory))
  expect_identical(BIC(fit), BIC(memory))
  expect_identical(nobs(fit), nobs(memory))
  expect_identical(predict(fit, data[1:9, ]), predict(memory, data[1:9, ]))
  expect_output(print(fit), "experts")
  expect_output(print(summary(fit)), "experts")
  expect_output(print(update(memory, start = fit)), "experts")
  class_condition(residuals(fit), "error", "no_model")
  class_condition(fitted(fit), "error", "no_model")
  class_condition(estfun.sgmoe(fit), "error", "no_model")
  expect_equal(vcov(fit), vcov(memory), tolerance = 1e-6)
  class_condition(predict(fit), "error", "no_model")
  lines <- capture.output(
    fit <- sgmoe(y ~ x1, as_chunk_source(data), k = 1, progress = "lines"),
    type = "message"
  )
  expect_match(lines, "^pass [0-9]+: objective ", all = TRUE)
})
