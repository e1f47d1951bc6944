# Fits from sources: rows are read once, spilled, and fitted from there.

mixed_data <- function(n, seed = 1) {
  set.seed(seed)
  data <- simulate_moe(n, k = 2, p = 2)
  data$group <- sample(c("b", "a", "c"), n, TRUE)
  data$kind <- factor(sample(c("u", "v"), n, TRUE), c("v", "u", "absent"))
  data$w <- sample(c(0, 1, 2.5), n, TRUE)
  data
}

test_that("a fit from a source is that of memory, to the bit", {
  data <- mixed_data(3000)
  data$x1[5:9] <- NA
  data$w[c(20, 2900)] <- NA
  data$group[2999] <- "rare"
  data$group[3000] <- "rare"
  fits <- both_fits(
    y ~ x1 + log(x2 + 10) + group * kind, data,
    k = 2, gate = ~ x1 + kind, weights = w / 2, offset = x2, ridge = 0.1,
    starts = 2, subset = x2 < 2
  )
  expect_same_fit(fits)
  expect_gt(fits$source$dropped, 5)
  expect_length(spill_folders(), 0)
})

test_that("large data draw the same subsample, whatever the chunks and threads", {
  data <- mixed_data(70000)
  fits <- both_fits(
    y ~ x1 + x2, data,
    k = 2, ridge = 0, starts = 1, size = 9000, weights = w
  )
  expect_same_fit(fits)
  set.seed(1)
  again <- sgmoe(
    y ~ x1 + x2, chunks_of(data, 69999),
    k = 2, ridge = 0, starts = 1, weights = w, threads = 2
  )
  expect_same_fit(list(memory = fits$memory, source = again))
  fits <- both_fits(
    y ~ x1 + x2, data,
    k = 2, ridge = 1, start = fits$memory, size = 30000
  )
  expect_same_fit(fits)
})

test_that("classes, counts and the automatic ridge are those of memory", {
  set.seed(2)
  data <- simulate_moe(800, k = 2, p = 1, family = "multinomial")
  data$y <- factor(data$y, labels = c("z", "m", "a"))
  data <- data[order(data$y), ]
  expect_same_fit(both_fits(y ~ x1, data, k = 2, starts = 2))
  data$number <- as.integer(data$y)
  expect_same_fit(both_fits(
    number ~ x1, data,
    k = 2, starts = 2, ridge = 1, family = "multinomial"
  ))
  data$count <- rpois(800, exp(data$x1))
  data$time <- runif(800, 1, 2)
  expect_same_fit(both_fits(
    count ~ x1 + offset(log(time)), data,
    k = 2, starts = 2, family = "poisson"
  ))
  expect_same_fit(both_fits(count ~ x1, data, k = 1, family = "poisson"))
  data$other <- data$count + 1
  expect_same_fit(both_fits(
    cbind(count, other) ~ x1, data,
    k = 2, starts = 2, ridge = 1, family = "multinomial"
  ))
})

test_that("aliased columns are found as in memory", {
  data <- mixed_data(2000)
  data$sum <- data$x1 + 2 * data$x2
  data$shifted <- data$x1 * 1e-3 + 1e6
  fits <- suppressMessages(both_fits(
    y ~ x1 + x2 + sum + shifted, data,
    k = 2, ridge = 0, starts = 1
  ))
  expect_same_fit(fits)
  expect_true(is.na(coef(fits$source)[["expert1:sum"]]))
})

test_that("sorted data, and responses that are constant in a chunk, are no problem", {
  data <- mixed_data(2000)
  data <- data[order(data$x1), ]
  data$y[1:60] <- 0
  fits <- suppressMessages(both_fits(
    y ~ x1, data,
    k = 2, ridge = 1, starts = 1, size = 60
  ))
  expect_same_fit(fits)
})

test_that("terms that depend on all rows are refused, splines with knots are not", {
  data <- mixed_data(500)
  for (formula in c(
    y ~ poly(x1, 2), y ~ scale(x1), y ~ splines::ns(x1, 3),
    y ~ I(x1 - mean(x1)), y ~ cut(x1, 3)
  )) {
    expect_error(
      sgmoe(formula, chunks_of(data, 100), k = 2),
      class = "sgmoe_error_row_dependent"
    )
  }
  expect_same_fit(both_fits(
    y ~ splines::ns(x1, knots = c(-1, 1), Boundary.knots = c(-3, 3)) + I(x2^2) +
      cut(x1, c(-9, 0, 9)),
    data,
    k = 2, ridge = 1, starts = 1, size = 100
  ))
  expect_length(spill_folders(), 0)
})

test_that("what needs all rows at once is refused", {
  data <- mixed_data(200)
  source <- chunks_of(data, 50)
  expect_error(
    sgmoe(y ~ x1, source, k = 2, method = "em"),
    class = "sgmoe_error_unsupported"
  )
  expect_error(
    sgmoe(y ~ x1, source, k = 2, ridge = "cv"),
    class = "sgmoe_error_unsupported"
  )
  expect_error(
    sgmoe(y ~ x1, source, k = 2, start = factor(rep(1:2, 100))),
    class = "sgmoe_error_start"
  )
  expect_error(
    sgmoe(y ~ x1, source, k = 2, subset = 1:10),
    class = "sgmoe_error_source"
  )
  expect_error(
    sgmoe(y ~ x1, source, k = 2, spill = 3),
    class = "sgmoe_error_control"
  )
})

test_that("faults of a source are errors, and leave nothing behind", {
  data <- mixed_data(300)
  calls <- 0
  failing <- function(reset = FALSE) {
    if (!reset) {
      calls <<- calls + 1
      if (calls == 3) stop("the line is dead")
      data
    }
  }
  error <- expect_error(
    sgmoe(y ~ x1, failing, k = 2),
    class = "sgmoe_error_source"
  )
  expect_identical(error$chunk, 3)
  expect_identical(error$rows, 600)
  none <- function(reset = FALSE) NULL
  expect_error(sgmoe(y ~ x1, none, k = 2), class = "sgmoe_error_no_rows")
  expect_error(
    sgmoe(y ~ x1, chunks_of(data, 50), k = 2, subset = x1 > 1e9),
    class = "sgmoe_error_no_rows"
  )
  data$x1[250] <- Inf
  error <- expect_error(
    sgmoe(y ~ x1, chunks_of(data, 100), k = 2),
    class = "sgmoe_error_source"
  )
  expect_s3_class(error$parent, "sgmoe_error_non_finite")
  expect_identical(error$chunk, 3)
  expect_length(spill_folders(), 0)
})

test_that("a folder for the spill keeps it", {
  folder <- tempfile("kept")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  fit <- sgmoe(y ~ x1, chunks_of(mixed_data(300), 90),
    k = 2, ridge = 1, starts = 1, spill = folder
  )
  expect_true(file.exists(fit$spill$path))
  expect_true(startsWith(fit$spill$path, folder))
  expect_identical(fit$spill$rows, 300L)
})
