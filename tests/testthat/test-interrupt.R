# What the help promises about interrupts, by a real SIGINT from this process to
# another that is in the middle of its work.

setup <- c(
  "set.seed(1)",
  "data <- simulate_moe(60000, k = 3, p = 3)",
  "begin <- function() suppressMessages(sgmoe_stream(",
  "  y ~ ., data[1:1000, ], k = 3, ridge = 0.1, starts = 1",
  "))",
  # Says that the core is at work at its n-th call.
  "tell <- function(name, call = 1) {",
  "  count <- 0",
  "  work <- get(name, asNamespace('sgmoe'))",
  "  slow <- function(...) {",
  "    arguments <- list(...)", # they take their time
  "    count <<- count + 1",
  "    if (count == call) ready()",
  "    do.call(work, arguments)",
  "  }",
  "  utils::assignInNamespace(name, slow, 'sgmoe')",
  "}"
)

interrupted <- function(work, before, after = 0.05) {
  skip_on_os("windows")
  skip_on_cran()
  interrupt_child(c(setup, before), work, after, calls_ready = TRUE)
}

expect_told <- function(child) {
  expect_null(child$error)
  expect_identical(
    vapply(child$warnings, `[[`, "", 1L), "sgmoe_warning_interrupted"
  )
  expect_lt(child$seconds, 30)
}

slow_test("update() returns the stream with the minibatches learnt so far", {
  child <- interrupted(
    "update(begin(), data[rep(1001:60000, 40), ])",
    "tell('core_stream_learn')",
    after = 0.5
  )
  expect_told(child)
  rows <- child$value$state$rows
  expect_gt(rows, 0)
  expect_lt(rows, 40 * 59000)
  expect_identical(rows %% 64, 0)
})

slow_test("what update() returns after an interrupt is that of its rows", {
  child <- interrupted(
    "list(update(s <- begin(), data[rep(1001:60000, 40), ]), s)",
    "tell('core_stream_learn')",
    after = 0.5
  )
  expect_told(child)
  set.seed(1)
  data <- simulate_moe(60000, k = 3, p = 3)
  learnt <- child$value[[1L]]$state$rows
  again <- update(
    child$value[[2L]], data[rep(1001:60000, 40)[seq_len(learnt)], ]
  )
  expect_identical(child$value[[1L]]$state, again$state)
})

test_that("update() returns the stream as it was if no row is learnt", {
  child <- interrupted(
    "{ s <- begin(); list(before = s, after = update(s, data)) }",
    c(
      "utils::assignInNamespace('learn_chunk', function(...) {",
      "  ready()",
      "  Sys.sleep(20)",
      "}, 'sgmoe')"
    )
  )
  expect_told(child)
  expect_identical(child$value$after, child$value$before)
})

test_that("consume() returns the chunks learnt before an interrupt", {
  child <- interrupted(
    paste(
      "consume(begin(), local({ i <- 0; function() { i <<- i + 1;",
      "if (i == 4) { ready(); Sys.sleep(20) }; data[i * 1000 + 1:1000, ] } }))"
    ),
    character()
  )
  expect_told(child)
  state <- child$value$state
  expect_identical(state$rows + nrow(state$pending), 3000)
})

test_that("a chunk that an interrupt kept from being learnt is the next one again", {
  skip_on_os("windows")
  skip_on_cran()
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  path <- file.path(folder, "rows.csv")
  child <- interrupt_child(
    c(
      "set.seed(1)",
      "data <- simulate_moe(6000, k = 2, p = 1)",
      paste0("utils::write.csv(data, ", deparse(path), ", row.names = FALSE)"),
      # While the second chunk is prepared.
      "slow <- function(x) {",
      "  at <- getOption('wait_at')",
      "  if (!is.null(at) && any(abs(x - at) < 1e-9)) {", # a file has 15 digits
      "    options(wait_at = NULL)",
      "    getOption('tell')()",
      "    Sys.sleep(20)",
      "  }",
      "  x + 0",
      "}",
      "begin <- sgmoe_stream(y ~ slow(x1), data[1:500, ], k = 2, ridge = 0.1, starts = 1)",
      "learn <- function(source) {",
      "  options(wait_at = data$x1[[1600]], tell = ready)",
      "  part <- consume(begin, source)",
      "  suppressWarnings(consume(part, source))",
      "}"
    ),
    paste0(
      "list(learn(file_source(", deparse(path), ", chunk = 1000)), ",
      "consume(begin, file_source(", deparse(path), ")))"
    ),
    0.05,
    calls_ready = TRUE
  )
  expect_told(child)
  expect_identical(child$value[[1L]]$state, child$value[[2L]]$state)
})

slow_test("files are read on after an interrupt, wherever it comes", {
  skip_on_os("windows")
  skip_on_cran()
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  for (after in c(0.02, 0.1, 0.2)) {
    child <- interrupt_child(
      c(
        setup, "stream <- begin()",
        paste0("utils::write.csv(data, ", deparse(path), ", row.names = FALSE)"),
        "learn <- function(source) {",
        "  ready()",
        "  part <- consume(stream, source)",
        "  if (source$ended) part else consume(part, source)",
        "}"
      ),
      paste0(
        "list(learn(file_source(", deparse(path), ", chunk = 100)), ",
        "consume(stream, data))"
      ),
      after,
      calls_ready = TRUE
    )
    expect_null(child$error)
    expect_identical(nobs(child$value[[1L]]), nobs(child$value[[2L]]))
    expect_equal(coef(child$value[[1L]]), coef(child$value[[2L]]))
  }
})

test_that("a search that is stopped at once leaves what earlier ones found", {
  set.seed(1)
  data <- simulate_moe(300, k = 2, p = 2)
  search <- search_starts
  # The fit whose `last` search is interrupted before it begins.
  stopped <- function(last) {
    searches <- 0
    local_replaced("search_starts", function(problem, control, report, found, ...) {
      searches <<- searches + 1
      if (searches == last) rlang::interrupt()
      search(problem, control, report, found, ...)
    })
    sgmoe(y ~ x1 + x2, data, k = 2, starts = 1)
  }
  for (last in 2:3) {
    fit <- suppressWarnings(stopped(last), classes = "sgmoe_warning_interrupted")
    expect_identical(fit$reason, "interrupted")
    expect_true(is.finite(logLik(fit)))
  }
  # Of the first there is nothing to return.
  class_condition(stopped(1), "error", "interrupted")
  expect_identical(search_starts, search)
})

test_that("sgmoe() returns what an interrupted search has found", {
  child <- interrupted(
    "sgmoe(y ~ ., data, k = 4, tolerance = 0, curvature = 'bound', threads = 2)",
    "tell('core_fit_each', 3)" # the longest of its calls
  )
  expect_told(child)
  expect_identical(child$value$reason, "interrupted")
  expect_false(child$value$converged)
  expect_true(is.finite(logLik(child$value)))
})

slow_test("an interrupt at the last moment does not lose the fit", {
  child <- interrupted(
    "sgmoe(y ~ ., data[1:500, ], k = 2, starts = 1, ridge = 0.1)",
    c(
      "describe <- get('core_describe', asNamespace('sgmoe'))",
      "utils::assignInNamespace('core_describe', function(...) {",
      "  ready()",
      # (A machine at work may take its time.)
      "  end <- Sys.time() + 60",
      "  while (!sent() && Sys.time() < end) sqrt(2)",
      "  for (i in 1:1e5) sqrt(2)", # the signal is on its way
      "  describe(...)",
      "}, 'sgmoe')"
    )
  )
  expect_told(child)
  expect_true(child$value$converged)
})

slow_test("incremental fits return the epochs they had", {
  run <- function(call) {
    interrupted(
      paste(
        "sgmoe(y ~ ., data, k = 3, method = 'incremental', epochs = 200,",
        "ridge = 0.1)"
      ),
      sprintf("tell('core_stream_learn', %d)", call)
    )
  }
  for (call in c(2, 5)) {
    child <- run(call)
    expect_told(child)
    expect_identical(child$value$reason, "interrupted")
    # The signal may come within that call, whose epoch is then not whole.
    expect_gte(length(child$value$trace), call - 1)
    expect_lt(length(child$value$trace), 200)
    expect_true(all(is.finite(coef(child$value))))
  }
})

slow_test("an interrupt in the pilot of an incremental fit ends the fit", {
  child <- interrupted(
    paste(
      "sgmoe(y ~ ., data, k = 3, method = 'incremental', epochs = 200,",
      "ridge = 0.1)"
    ),
    "tell('core_fit_each', 3)" # the longest of its calls
  )
  expect_told(child)
  expect_identical(child$value$reason, "interrupted")
  expect_length(child$value$trace, 1)
})

slow_test("select_experts() ends soon, with nothing", {
  child <- interrupted(
    "select_experts(y ~ ., data, k_max = 5)", "tell('core_fit', 12)"
  )
  expect_true(inherits(
    child$error, c("sgmoe_error_interrupted", "interrupt")
  ))
  expect_lt(child$seconds, 30)
})

slow_test("a fit of a source goes on from its checkpoint, to the same bits", {
  path <- tempfile(fileext = ".log")
  on.exit(unlink(path))
  fit_source <- function(checkpoint) {
    sprintf(
      "{ set.seed(4); sgmoe(y ~ ., as_chunk_source(data, chunk = 20000), k = 3,
         starts = 1, ridge = 0.5, checkpoint = %s, tolerance = 0,
         curvature = 'bound', acceleration = 'none', max_passes = 300) }",
      checkpoint
    )
  }
  # In the long run over all rows, which takes a second or two.
  child <- interrupted(fit_source(deparse(path)), "tell('core_fit', 3)", after = 0.3)
  expect_told(child)
  expect_identical(child$value$reason, "interrupted")
  set.seed(1)
  data <- simulate_moe(60000, k = 3, p = 3)
  run <- function(checkpoint) {
    # Without a tolerance all passes are taken, in both.
    expect_warning(
      fit <- eval(str2lang(fit_source(checkpoint))),
      class = "sgmoe_warning_pass_limit"
    )
    fit
  }
  plain <- run("NULL")
  again <- run(deparse(path))
  fields <- c("coefficients", "trace", "log_likelihood", "starts", "df")
  expect_identical(unclass(again)[fields], unclass(plain)[fields])
})

slow_test("an interrupt while a source is read ends the fit, and leaves no spill", {
  folder <- tempfile("spill")
  on.exit(unlink(folder, recursive = TRUE))
  child <- interrupted(
    sprintf(
      "sgmoe(y ~ ., local({ i <- 0; function(reset = FALSE) {
         if (reset) { i <<- 0; return(NULL) }
         i <<- i + 1
         if (i == 2) { ready(); Sys.sleep(20) }
         if (i <= 3) data[i * 1000 + 1:1000, ]
       } }), k = 2, spill = %s)", deparse(folder)
    ),
    character()
  )
  expect_true(inherits(
    child$error, c("sgmoe_error_interrupted", "interrupt")
  ))
  expect_lt(child$seconds, 30)
  expect_length(list.files(folder, recursive = TRUE), 0)
})

slow_test("wherever a search for the ridge is stopped, it returns what it has found", {
  set.seed(1)
  small <- simulate_moe(200, k = 2, p = 2, family = "multinomial")
  set.seed(1)
  large <- simulate_moe(12000, k = 2, p = 1)
  # A fit that is stopped at the n-th call of a function: by the core, which returns
  # what it has, or by an interrupt of R itself; and the runs of the core after it.
  stopped_fit <- function(data, name, n, by_core) {
    calls <- after <- 0
    work <- get(name, asNamespace("sgmoe"))
    replaced <- function(...) {
      calls <<- calls + 1
      if (calls != n) {
        after <<- after + (calls > n)
        return(work(...))
      }
      if (!by_core) rlang::interrupt()
      if (name == "run_core") replace(work(...), "reason", "interrupted")
    }
    local_replaced(name, replaced)
    set.seed(2)
    fit <- suppressMessages(suppressWarnings(
      sgmoe(y ~ ., data, k = 2, starts = 2),
      classes = "sgmoe_warning_interrupted"
    ))
    list(fit = fit, calls = calls, after = after)
  }
  for (data in list(small, large)) {
    for (name in c("run_core", "problem_information")) {
      all <- stopped_fit(data, name, Inf, TRUE)
      expect_identical(all$fit$reason, "converged")
      # The last informations describe the fit that is ready.
      last <- all$calls - if (name == "run_core") 0 else 1
      # (The first run is the single regression: nothing is fitted yet.)
      for (n in unique(round(seq(4, last, length.out = 12)))) {
        for (by_core in c(TRUE, FALSE)) {
          found <- stopped_fit(data, name, n, by_core)
          fit <- found$fit
          label <- paste(name, n, by_core)
          expect_identical(fit$reason, "interrupted", label = label)
          expect_identical(sum(fit$starts$chosen), 1L, label = label)
          # What is returned is evaluated, on all rows if need be.
          expect_lte(found$after, 2, label = label)
          expect_true(all(fit$ridge == fit$spec$prior$ridge), label = label)
          expect_equal(
            as.numeric(logLik(fit)),
            sum(predict(fit, data, type = "logdensity")),
            tolerance = 1e-8, label = label
          )
          expect_lt(
            abs(fit$starts$logLik[fit$starts$chosen] - fit$log_likelihood),
            0.01 * fit$nobs,
            label = label
          )
        }
      }
    }
  }
})
