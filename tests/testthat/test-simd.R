# Which instructions the core runs on.

make_rows <- function(n = 700) {
  set.seed(5)
  simulate_moe(n, k = 2, p = 3)
}
run_on <- function(simd, data, ...) {
  before <- options(sgmoe.simd = simd)
  on.exit(options(before))
  set.seed(1)
  sgmoe(y ~ ., data, k = 2, starts = 2, ridge = 0, ...)
}

test_that("a fit says what it ran on, and every set finds the same optimum", {
  data <- make_rows()
  best <- run_on(NULL, data)
  expect_identical(best$simd, core_simd()[["best"]])
  expect_identical(best$simd, core_simd()[["used"]])
  expect_identical(run_on("best", data)$coefficients, best$coefficients)
  plain <- run_on("baseline", data)
  expect_identical(plain$simd, "baseline")
  expect_identical(plain$simd, core_simd()[["used"]])
  # Two sets round differently, and so may stop a pass apart.
  expect_equal(plain$log_likelihood, best$log_likelihood, tolerance = 1e-9)
  expect_equal(plain$coefficients, best$coefficients, tolerance = 1e-4)
})

test_that("threads give the same bits on every set", {
  data <- make_rows(5000)
  for (simd in c("baseline", "best")) {
    expect_identical(
      run_on(simd, data, threads = 3)$parameters,
      run_on(simd, data)$parameters
    )
  }
})

test_that("a stream knows all that its rows were learnt with", {
  data <- make_rows()
  best <- core_simd()[["best"]]
  before <- options(sgmoe.simd = "baseline")
  on.exit(options(before))
  stream <- quietly(sgmoe_stream(y ~ x1, data[1:300, ], k = 2, starts = 1, ridge = 1))
  # Whatever others compute meanwhile.
  fit <- run_on(NULL, data)
  stream <- update(stream, data[301:400, ])
  expect_identical(stream$simd, "baseline")
  options(sgmoe.simd = NULL)
  expect_identical(as_sgmoe(stream)$simd, "baseline")
  stream <- update(stream, data[401:500, ])
  expect_identical(stream$simd, unique(c("baseline", best)))
  expect_identical(as_sgmoe(stream)$simd, stream$simd)
})

test_that("a checkpoint goes on with the instructions that it was begun with", {
  data <- make_rows(600)
  path <- tempfile(fileext = ".log")
  on.exit(unlink(path))
  logged <- function(simd) {
    before <- options(sgmoe.simd = simd)
    on.exit(options(before))
    set.seed(1)
    sgmoe(
      y ~ ., chunks_of(data, 300),
      k = 2, starts = 1, ridge = 0.5, checkpoint = path
    )
  }
  # What the session computed before does not matter.
  run_on(NULL, data)
  fit <- logged("baseline")
  if (core_simd()[["best"]] != "baseline") {
    expect_error(logged(NULL), "instruction set", class = "sgmoe_error_checkpoint")
  }
  run_on(NULL, data)
  expect_identical(logged("baseline")$coefficients, fit$coefficients)
})

test_that("a set that this machine lacks is refused where a user asks for it", {
  data <- make_rows(100)
  for (simd in list("avx9", 2, c("best", "baseline"), NA_character_)) {
    error <- tryCatch(run_on(simd, data), error = identity)
    expect_s3_class(error, "sgmoe_error_option")
    expect_match(conditionMessage(error), "baseline")
    expect_identical(as.character(error$call[[1L]]), "sgmoe")
  }
  fit <- run_on("baseline", data)
  before <- options(sgmoe.simd = "avx9")
  on.exit(options(before))
  expect_error(predict(fit, data), class = "sgmoe_error_option")
})

slow_test("workers compute as the session that asks them", {
  skip_if_not_installed("future.apply")
  fit <- run_on("baseline", make_rows(300))
  parts <- partitions(list(make_rows(300), make_rows(200)))
  before <- options(sgmoe.simd = "baseline")
  on.exit(options(before))
  answers <- function() {
    set.seed(1)
    list(
      bootstrap(fit, nsim = 3, seed = 3)$t,
      sgmoe(y ~ x1, parts, k = 2, starts = 1, ridge = 0.1)$coefficients
    )
  }
  alone <- answers()
  plan <- future::plan("multisession", workers = 2)
  on.exit(future::plan(plan), add = TRUE)
  expect_identical(answers(), alone)
})
