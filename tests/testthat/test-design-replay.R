# Designs of new data, and what a blueprint keeps for them.

# New data ----------------------------------------------------------------------

test_that("NA rows of new data stay, or go as na.action says", {
  d <- design_example()
  design <- front(y ~ x * f + g + offset(w), d, gate = ~ splines::ns(v, 2))
  new <- d[1:6, ]
  new$x[2] <- NA
  new$f[3] <- NA
  new$v[4] <- NA
  new$w[5] <- NA
  new$g[6] <- NA
  replayed <- replay_design(design$blueprint, new)
  expect_identical(nrow(replayed$x), 6L)
  expect_identical(nrow(replayed$z), 6L)
  expect_identical(
    rowSums(is.na(replayed$z)) > 0, c(FALSE, TRUE, TRUE, FALSE, FALSE, TRUE)
  )
  expect_identical(which(rowSums(is.na(replayed$x)) > 0), 4L)
  expect_identical(which(is.na(replayed$offset)), 5L)
  dropped <- replay_design(design$blueprint, new, na.action = na.exclude)
  expect_identical(nrow(dropped$x), 1L)
  expect_s3_class(dropped$na_action, "exclude")
  expect_match(
    refusal(
      replay_design(design$blueprint, new, na.action = na.fail),
      "missing_values"
    ), "`x` \\(1 row\\)"
  )
  # A column of nothing but NA is logical in R.
  none <- replay_design(design$blueprint, transform(d[1, ], x = NA, f = NA))
  expect_identical(nrow(none$z), 1L)
  design <- front(y ~ x * f + poly(x, 2, raw = TRUE), d)
  expect_identical(nrow(replay_design(design$blueprint, d[0, ])$z), 0L)
})

test_that("the response is replayed on request only", {
  d <- design_example()
  design <- front(cbind(y, log(v)) ~ x, d)
  expect_null(replay_design(design$blueprint, d["x"])$y)
  expect_equal(replay_design(design$blueprint, d, response = TRUE)$y, design$y)
  expect_match(
    refusal(
      replay_design(design$blueprint, d[c("x", "v")], response = TRUE),
      "missing_column"
    ), "`y`"
  )
  new <- d[1:3, ]
  new$y[2] <- NA
  replayed <- replay_design(design$blueprint, new, response = TRUE)
  expect_identical(dim(replayed$y), c(3L, 2L))
})

test_that("intercept-only models give one row per row", {
  d <- design_example()
  design <- front(y ~ 1, d)
  expect_identical(dim(replay_design(design$blueprint, d[1:5, ])$x), c(5L, 1L))
  empty <- data.frame(row.names = 1:3)
  expect_identical(dim(replay_design(design$blueprint, empty)$x), c(3L, 1L))
})

test_that("a missing column is named, never taken from elsewhere", {
  d <- design_example()
  design <- front(y ~ x + v, d, gate = ~f, offset = w)
  assign("x", d$x, globalenv())
  on.exit(rm("x", envir = globalenv()))
  v <- d$v
  new <- d["f"]
  text <- refusal(replay_design(design$blueprint, new), "missing_column")
  expect_match(text, "Columns `x`, `v` and `w` are missing from `newdata`")
  d$Vol <- d$v
  design <- front(y ~ Vol, d)
  text <- refusal(
    replay_design(design$blueprint, data.frame(vol = 1)), "missing_column"
  )
  expect_match(text, "Did you mean `vol`")
})

slow_test("a wrong type is named with what was expected and found", {
  d <- design_example()
  d$day <- as.Date("2024-01-01") + seq_len(40)
  d$m <- matrix(rnorm(80), 40)
  design <- front(y ~ x + f + g + day + m, d)
  wrong <- function(...) {
    new <- d[1:2, ]
    values <- list(...)
    new[[names(values)]] <- values[[1]]
    refusal(replay_design(design$blueprint, new), "wrong_type")
  }
  expect_match(
    wrong(x = factor(1:2)), "`x`.*Expected: numeric. Found: factor"
  )
  expect_match(wrong(x = c("1", "2")), "Found: character")
  expect_match(wrong(x = c(TRUE, FALSE)), "Found: logical")
  expect_match(wrong(f = 1:2), "`f`.*Expected: factor. Found: numeric")
  expect_match(wrong(g = 0:1), "`g`.*Expected: logical")
  expect_match(wrong(day = Sys.time() + 1:2), "`day`.*Date.*POSIXct")
  expect_match(wrong(m = diag(2)[, 1, drop = FALSE]), "2 columns.*1 columns")
  # A computed variable that comes out differently.
  widths <- function(x) if (length(x) > 3) cbind(x, x^2) else x
  design <- front(y ~ widths(x), d)
  expect_match(
    refusal(replay_design(design$blueprint, d[1:2, ]), "wrong_type"),
    "widths\\(x\\).*2 columns.*numeric"
  )
})

test_that("other columns of new data are harmless, other classes are not", {
  d <- design_example()
  double <- function(x) 2 * x
  shift <- 3
  design <- front(y ~ double(x) + I(v - shift), d, gate = ~f)
  new <- d[1:3, ]
  expected <- replay_design(design$blueprint, new)
  for (name in c(
    "Cluster", ".gate", "(weights)", "(offset)", "shift",
    "double", "terms", "frame", "data", "newdata", "subset"
  )) {
    new[[name]] <- "anything"
  }
  replayed <- replay_design(design$blueprint, new)
  expect_identical(replayed[c("x", "z")], expected[c("x", "z")])
  for (bad in list(as.matrix(d["x"]), as.list(d), 1:3, NULL, mean)) {
    expect_match(
      refusal(replay_design(design$blueprint, bad), "newdata"), "data frame"
    )
  }
})

test_that("data$column in a formula is refused for new data", {
  d <- design_example()
  design <- front(d$y ~ d$x)
  expect_identical(nrow(design$z), 40L)
  expect_match(
    refusal(replay_design(design$blueprint, d), "missing_column"), "`d`"
  )
})

# Environments ------------------------------------------------------------------

test_that("a blueprint is small, whatever is around and however many rows", {
  fit_among <- function(n, size) {
    big <- numeric(size)
    also_big <- function(x) x + big[[1]]
    helper <- function(x) 2 * x
    twice <- function(x) helper(x) + offset_by
    offset_by <- 1
    data <- design_example(n)
    front(
      y ~ twice(x) + splines::ns(v, 3) + f, data,
      gate = ~ f + twice(v),
      weights = w
    )
  }
  small <- fit_among(50, 1)
  large <- fit_among(5000, 1e6)
  expect_lt(stored_size(large$blueprint), 2e4)
  expect_lt(abs(stored_size(large$blueprint) - stored_size(small$blueprint)), 500)
  # The frame holds data, and nothing but data.
  expect_lt(stored_size(large$frame), stored_size(as.list(large$frame)) + 4e4)
  # Local functions, and what these use, are still there.
  blueprint <- unserialize(serialize(large$blueprint, NULL))
  new <- design_example(5000)[7:9, ]
  replayed <- replay_design(blueprint, new)
  expect_equal(replayed$z[, "twice(x)"], 2 * new$x + 1)
  expect_equal(bare(replayed$z), bare(large$z)[7:9, ])
})

test_that("names mean after slimming what they meant before", {
  d <- design_example()
  make_scaler <- function(by) {
    big <- numeric(1e6)
    function(x) x * by
  }
  fit_it <- function() {
    by <- -100
    a <- make_scaler(2)
    b <- make_scaler(3)
    tools <- list(half = function(x) x / 2 + by, n = 4)
    odd <- function(x, n = 3) if (n == 0) x else even(x, n - 1)
    even <- function(x, n) if (n == 0) -x else odd(x, n - 1)
    front(y ~ a(x) + b(x) + tools$half(x) + odd(x) + I(x + by), d)
  }
  design <- fit_it()
  expect_lt(stored_size(design$blueprint), 2e4)
  replayed <- replay_design(design$blueprint, d[1:3, ])
  x <- d$x[1:3]
  expect_equal(
    unname(bare(replayed$z)), cbind(1, 2 * x, 3 * x, x / 2 - 100, -x, x - 100)
  )
})

test_that("functions and constants of the global environment are kept", {
  global_scale <- function(x) x * global_factor
  environment(global_scale) <- globalenv()
  assign("global_scale", global_scale, globalenv())
  assign("global_factor", 5, globalenv())
  formula <- y ~ global_scale(x)
  environment(formula) <- globalenv()
  d <- design_example()
  design <- front(formula, d)
  rm("global_scale", "global_factor", envir = globalenv())
  expect_false(exists("global_factor"))
  expect_equal(replay_design(design$blueprint, d)$z[, 2], 5 * d$x)
})

test_that("an object too large to be kept is named", {
  d <- design_example()
  fit_it <- function() {
    big_table <- rnorm(1e4)
    front(y ~ I(x + big_table[1]), d)
  }
  design <- fit_it()
  expect_lt(stored_size(design$blueprint), 2e4)
  expect_identical(design$blueprint$left_out, "big_table")
  expect_match(
    refusal(replay_design(design$blueprint, d), "missing_object"),
    "big_table"
  )
})

test_that("source references are not kept", {
  text <- paste0(strrep("# a long file\n", 5000), "function(x) { x + 1 }")
  next_one <- eval(parse(text = text, keep.source = TRUE))
  d <- design_example()
  expect_lt(stored_size(front(y ~ next_one(x), d)$blueprint), 2e4)
  text <- paste0(strrep("# a long file\n", 5000), "y ~ (function(u) {u})(x)")
  formula <- eval(parse(text = text, keep.source = TRUE))
  expect_lt(stored_size(front(formula, d)$blueprint), 2e4)
})
