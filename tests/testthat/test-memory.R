# Memory that is not enough, in a process that has little of it.

starved <- function(megabytes, call) {
  skip_if_not(file.exists("/proc/self/status"), "Linux")
  skip_on_cran()
  run_child(c(
    "n <- 4e5",
    "set.seed(1)",
    "d <- data.frame(a = rnorm(n), b = rnorm(n), c = rnorm(n))",
    "d$y <- d$a + rnorm(n)",
    "s <- suppressMessages(",
    "  sgmoe_stream(y ~ a, d[1:200, ], k = 2, starts = 1, ridge = 0.1))",
    "invisible(suppressWarnings(sgmoe(y ~ a, d[1:200, ], k = 2, starts = 1)))",
    "invisible(gc())",
    "now <- grep('^VmSize', readLines('/proc/self/status'), value = TRUE)",
    "now <- as.numeric(gsub('[^0-9]', '', now)) * 1024",
    sprintf("limit <- now + %g * 2^20", megabytes),
    "system2('prlimit', c(",
    "  paste0('--pid=', Sys.getpid()), sprintf('--as=%.0f', limit)))",
    sprintf("result <- tryCatch(%s, error = identity, warning = identity)", call),
    "cat(class(result)[[1L]], '\\n')",
    "if (inherits(result, 'error')) cat(conditionMessage(result), '\\n')"
  ), "export R_ENABLE_JIT=0")
}

expect_memory <- function(output) {
  expect_match(output[[1L]], "^sgmoe_error_memory")
  expect_match(output, "memory is not enough", all = FALSE)
  expect_match(output, "size|asked|exhausted", all = FALSE)
}

slow_test("a fit says that memory is not enough, and how much it asked for", {
  for (megabytes in c(8, 16, 24)) {
    expect_memory(starved(
      megabytes, "sgmoe(y ~ a + b + c, d, k = 2, starts = 1, model = FALSE)"
    ))
  }
})

slow_test("so do streams and predictions", {
  expect_memory(starved(8, "update(s, d)"))
  expect_memory(starved(8, "predict(s, d)"))
})

test_that("what C++ cannot allocate is told beside the size of the data", {
  failure <- structure(
    class = c("std::bad_alloc", "C++Error", "error", "condition"),
    list(message = "std::bad_alloc", call = NULL)
  )
  error <- expect_error(
    in_core(stop(failure), data = numeric(1e6)),
    class = "sgmoe_error_memory"
  )
  expect_match(conditionMessage(error), "7.6 Mb")
})

test_that("R's own message is known, and no other", {
  text <- "cannot allocate vector of size 1.0 Gb"
  error <- expect_error(in_memory(stop(text)), class = "sgmoe_error_memory")
  expect_match(conditionMessage(error), text, fixed = TRUE)
  other <- expect_error(in_memory(stop("something else")))
  expect_identical(class(other), c("simpleError", "error", "condition"))
})

test_that("an error in a start is not taken for a start that failed", {
  local_replaced("core_fit", function(...) stop("a defect"))
  expect_error(
    sgmoe(dist ~ speed, cars, k = 2, starts = 2), "a defect",
    fixed = TRUE
  )
})
