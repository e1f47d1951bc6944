# Columns and formulas that are rare, and right: they work, or are refused at once.

set.seed(1)
rows <- data.frame(
  x = rnorm(200), w = runif(200, 0.5, 2),
  g = factor(sample(c("a", "b", "c"), 200, TRUE))
)
rows$y <- ifelse(rows$x > 0, 3, -2) * rows$x + rnorm(200, sd = 0.5)
fit_of <- function(formula, data = rows, ...) {
  set.seed(1)
  quiet(sgmoe(formula, data, k = 2, starts = 1, ridge = 0.1, ...))
}

test_that("terms may come in any order", {
  for (formula in list(
    y ~ x:w + w, y ~ g * x - g, y ~ (x + w)^2 - x, y ~ g:x + x
  )) {
    fit <- fit_of(formula)
    expect_output(print(fit))
    expect_length(predict(fit, rows[1:3, ]), 3L)
    expect_equal(predict(fit, rows), unname(fitted(fit)), ignore_attr = TRUE)
  }
  apart <- fit_of(y ~ x, gate = ~ x:w + w)
  expect_equal(predict(apart, rows), fitted(apart), ignore_attr = TRUE)
  # The same model, whichever comes first.
  expect_equal(
    c(logLik(fit_of(y ~ x:w + w))), c(logLik(fit_of(y ~ w + x:w))),
    tolerance = 1e-6
  )
})

test_that("columns of a matrix are known by their names", {
  data <- rows["y"]
  data$m <- as.matrix(rows[c("x", "w")])
  fit <- fit_of(y ~ m, data)
  expected <- predict(fit, data)
  other <- data
  other$m <- data$m[, 2:1]
  expect_identical(predict(fit, other), expected)
  other$m <- unname(data$m)
  expect_identical(predict(fit, other), expected)
  stream <- quiet(sgmoe_stream(y ~ m, data[1:100, ], k = 2, ridge = 1, starts = 1))
  turned <- data[101:200, ]
  turned$m <- turned$m[, 2:1]
  expect_identical(
    coef(update(stream, turned)), coef(update(stream, data[101:200, ]))
  )
})

test_that("columns called as parts of a model frame are not taken for these", {
  data <- rows
  data[["(weights)"]] <- data$w
  data[["(offset)"]] <- data$w
  expect_identical(coef(fit_of(y ~ x, data)), coef(fit_of(y ~ x)))
  class_condition(fit_of(y ~ ., data), "error", "formula")
  class_condition(fit_of(y ~ x + `(offset)`, data), "error", "formula")
})

test_that("factors that are none are refused, as text without an encoding is", {
  codes <- structure(rep(1:2, 100), levels = "a", class = "factor")
  twice <- structure(rep(1:2, 100), levels = c("a", "a"), class = "factor")
  bytes <- rep(c("a", "\xff"), 100)
  Encoding(bytes) <- "bytes"
  for (bad in list(codes, twice, bytes, addNA(replace(rows$g, 1:9, NA)))) {
    class_condition(fit_of(y ~ f, cbind(rows, f = I(bad))), "error", "levels")
    data <- rows
    data$f <- bad
    class_condition(fit_of(y ~ f, data), "error", "levels")
  }
  for (bad in list(codes, twice)) {
    data <- rows
    data$f <- bad
    class_condition(fit_of(f ~ x, data), "error", "levels")
  }
})

test_that("a file is not read as one with rows that it cannot have", {
  path <- tempfile(fileext = ".csv")
  utils::write.csv(rows, path, row.names = FALSE)
  whole <- file_source(path, chunk = 1e9)
  on.exit(close_source(whole))
  expect_lt(system.time(chunk <- next_chunk(whole))[["elapsed"]], 5)
  expect_equal(nrow(chunk), 200L)
  packed <- tempfile(fileext = ".csv.gz")
  file <- gzfile(packed, "w")
  writeLines(c("y,x", rep("1,2", 5e4)), file)
  close(file)
  expect_lt(file.size(packed), 5000)
  expect_equal(nrow(next_chunk(file_source(packed, chunk = 1e9))), 50000)
})
