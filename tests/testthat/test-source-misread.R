# What would be read as something else: a source is never misread in silence.

in_chunks <- function(data, size = 50) as_chunk_source(data, chunk = size)
eruptions <- waiting ~ eruptions

test_that("a subset that depends on other rows is refused, one on each row is not", {
  for (refused in expression(
    Temp > mean(Temp), !duplicated(Wind), seq_along(Temp) <= 10,
    runif(length(Temp)) > 0.5
  )) {
    expect_error(
      eval(bquote(sgmoe(
        Ozone ~ Wind, in_chunks(airquality, 30), 1,
        subset = .(refused)
      ))),
      class = "sgmoe_error_row_dependent"
    )
  }
  warm <- quote(Temp > 75 & !is.na(Solar.R))
  expect_equal(
    nobs(eval(bquote(sgmoe(
      Ozone ~ Wind, in_chunks(airquality, 30), 1,
      subset = .(warm)
    )))),
    nobs(eval(bquote(sgmoe(Ozone ~ Wind, airquality, 1, subset = .(warm)))))
  )
})

test_that("values beside a source are not taken again for every chunk", {
  rows <- faithful[1:250, ]
  alternate <- rep(c(TRUE, FALSE), 25)
  refused <- function(code) {
    error <- expect_error(code, class = "sgmoe_error_source")
    expect_match(conditionMessage(error$parent), "columns of the source")
  }
  refused(sgmoe(eruptions, in_chunks(rows), 1, weights = rep(1:2, 25)))
  refused(sgmoe(eruptions, in_chunks(rows), 1, offset = rep(1:2 * 5, 25)))
  refused(sgmoe(eruptions, in_chunks(rows), 1, subset = alternate))
  refused(do.call(sgmoe, list(
    eruptions, in_chunks(rows), 1,
    weights = rep(1:2, 25)
  )))
  # Through a wrapper, too, an expression in columns is one.
  wrapper <- function(...) sgmoe(eruptions, in_chunks(rows), 1, ...)
  expect_equal(
    coef(wrapper(weights = eruptions)),
    coef(sgmoe(eruptions, rows, 1, weights = eruptions)),
    tolerance = 1e-10
  )
})

test_that("a source is fitted from its beginning, wherever it stands", {
  source <- in_chunks(faithful)
  next_chunk(source)
  expect_identical(nobs(sgmoe(eruptions, source, 1)), 272L)
  expect_identical(nobs(sgmoe(eruptions, source, 1)), 272L)
  once <- local({
    given <- 0
    function() {
      given <<- given + 1
      if (given < 3) faithful[given * 100 + 1:100, ]
    }
  })
  source <- as_chunk_source(once)
  next_chunk(source)
  expect_error(
    sgmoe(eruptions, source, 1), "only once",
    class = "sgmoe_error_source"
  )
})

test_that("searches that need all rows refuse a source", {
  expect_error(
    tune_experts(eruptions, in_chunks(faithful)), "source",
    class = "sgmoe_error_unsupported"
  )
  fit <- quietly(sgmoe(eruptions, in_chunks(faithful), 2, starts = 1, ridge = 1))
  expect_error(estfun.sgmoe(fit), "keeps no rows", class = "sgmoe_error_no_model")
})

test_that("classes of columns that a file does not have are refused", {
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  utils::write.csv(warpbreaks, path, row.names = FALSE)
  error <- expect_error(
    next_chunk(file_source(path, classes = c(Tension = "factor"))),
    class = "sgmoe_error_source"
  )
  expect_match(conditionMessage(error$parent), "`Tension`")
})

test_that("columns of a matrix in another order are refused", {
  set.seed(1)
  data <- simulate_moe(300, 2, p = 2)
  stream <- quietly(sgmoe_stream(
    y ~ x1 + x2, data[1:200, ],
    k = 2, starts = 1, ridge = 1
  ))
  x <- model.matrix(stream, data[201:300, ])
  expect_error(
    update_matrix(stream, x[, c(1, 3, 2)], data$y[201:300]), "another order",
    class = "sgmoe_error_chunk"
  )
  expected <- update_matrix(stream, x, data$y[201:300])
  expect_identical(
    update_matrix(stream, unname(x), data$y[201:300]), expected
  )
})

test_that("predictions over a source leave its columns as they were", {
  source <- in_chunks(warpbreaks, 20)
  fit <- sgmoe(breaks ~ tension, warpbreaks, 1)
  next_chunk(predict(fit, source))
  expect_named(next_chunk(reset_source(source)), names(warpbreaks))
})

test_that("rows that are drawn twice keep names of their own", {
  rows <- cars[c(1, 1, 2), ]
  fit <- sgmoe(dist ~ speed, cars, 1)
  given <- next_chunk(predict(fit, as_chunk_source(rows)))
  expect_identical(anyDuplicated(row.names(given)), 0L)
})

test_that("a row without all fields is counted from where its chunk begins", {
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  lines <- c("a,b", rep("1,2", 200), "5", "6,7")
  writeLines(lines, path)
  source <- file_source(path, chunk = 150)
  next_chunk(source)
  error <- expect_error(next_chunk(source), class = "sgmoe_error_source")
  expect_match(conditionMessage(error), "150 rows were read")
  expect_match(conditionMessage(error$parent), "row 51 of this chunk .* 2 fields")
})
