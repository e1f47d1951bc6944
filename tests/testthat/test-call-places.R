# Fits that functions make: weights, offset and subset mean what they meant where
# they were written, for rows in memory, from a source and in partitions.

called_data <- function() {
  set.seed(1)
  data <- simulate_moe(300, k = 2, p = 1)
  data$w <- rep(1:2, 150)
  data
}

# The same rows, as each kind of data.
data_kinds <- function(data) {
  file <- tempfile(fileext = ".csv")
  utils::write.csv(data, file, row.names = FALSE)
  list(
    memory = data, source = as_chunk_source(data, chunk = 110),
    # It reads only the columns that are named.
    file = file_source(file, chunk = 110),
    partitions = partitions(list(data[1:140, ], data[141:300, ]))
  )
}

test_that("what comes through dots is found where it was written", {
  data <- called_data()
  kinds <- data_kinds(data)
  for (name in names(kinds)) {
    source <- kinds[[name]]
    fit_all <- function(...) {
      fit <- quietly(sgmoe(..., ridge = 1, starts = 1, max_passes = 9))
      c(nobs(fit), logLik(fit))
    }
    fit <- function(...) {
      set.seed(1)
      fit_all(...)
    }
    same <- function(found, expected) {
      expect_equal(found, expected, tolerance = 1e-8, label = name)
    }
    weighted <- fit(y ~ x1, source, 2, weights = w)
    set.seed(1)
    own <- function(...) fit_all(..., weights = w)
    same(own(y ~ x1, source, 2), weighted)
    outer <- function(...) fit(y ~ x1, source, k = 2, ...)
    same(outer(weights = w), weighted)
    twice <- function(...) outer(...)
    same(twice(weights = w), weighted)
    # With variables of the function in which it was written.
    local({
      factor <- 3
      column <- "w"
      same(twice(weights = factor * w / 3), weighted)
      same(twice(weights = get(column) * (factor - 2) + 0 * w), weighted)
      floor <- -0.5
      same(
        twice(subset = x1 > floor, offset = x1 * factor),
        fit(y ~ x1, source, 2, subset = x1 > -0.5, offset = 3 * x1)
      )
    })
    # Values that R has already.
    known <- function(...) {
      list(...)
      fit(y ~ x1, source, k = 2, weights = w, ...)
    }
    same(known(gate = NULL, subset = NULL), weighted)
    # Lists of calls.
    set.seed(1)
    listed <- lapply(list(source), fit_all, formula = y ~ x1, k = 2, weights = w)
    same(listed[[1]], weighted)
    set.seed(1)
    mapped <- Map(function(k, source) {
      fit_all(y ~ x1, source, k = k, weights = w)
    }, 2, list(source))
    same(mapped[[1]], weighted)
    set.seed(1)
    made <- do.call(fit_all, list(y ~ x1, source, 2, weights = quote(w)))
    same(made, weighted)
    # A call that is made from another.
    wrapper <- function(formula, data, weights) {
      call <- match.call()
      call[[1L]] <- quote(fit)
      call$k <- 2
      eval(call, parent.frame())
    }
    environment(wrapper) <- environment()
    same(wrapper(y ~ x1, source, w), weighted)
  }
})

test_that("updates in functions, tuning, selections and streams take dots, too", {
  data <- called_data()
  for (source in data_kinds(data)) {
    fit <- quietly(sgmoe(
      y ~ x1, source,
      k = 1, weights = w, ridge = 1, starts = 1
    ))
    change <- function(...) quietly(update(fit, ...))
    expect_equal(nobs(change(weights = w^2)), sum(data$w^2))
    expect_identical(change(weights = w^2)$call$weights, quote(w^2))
    expect_equal(
      sapply(1:2, function(k) nobs(change(k = k, subset = x1 > 0))),
      rep(sum(data$w[data$x1 > 0]), 2)
    )
    select <- function(...) quietly(select_experts(..., k_max = 1))
    expect_equal(nobs(select(y ~ x1, source, weights = w, ridge = 1)), 450)
    open <- function(...) {
      quietly(sgmoe_stream(y ~ x1, k = 1, ridge = 1, ...))
    }
    if (!inherits(source, "partitions")) {
      expect_equal(nobs(open(data = source, weights = w)), 450)
    }
  }
  tune <- function(...) {
    set.seed(1)
    quietly(tune_experts(
      y ~ x1, data,
      k = 1, ridge = 1, folds = 2, starts = 1, ...
    ))$table
  }
  expected <- quietly(tune(weights = data$w, group = data$w))
  expect_equal(tune(weights = w, group = w), expected)
  # A pilot that waits for more rows.
  wait <- function(...) sgmoe_stream(y ~ x1, data[1:9, ], k = 1, ridge = 1, ...)
  go_on <- function(stream) quietly(update(stream, data[10:300, ]))
  through <- go_on(unserialize(serialize(wait(weights = w), NULL)))
  direct <- go_on(
    sgmoe_stream(y ~ x1, data[1:9, ], k = 1, ridge = 1, weights = w)
  )
  expect_gt(nobs(direct), 300)
  expect_equal(nobs(through), nobs(direct))
  expect_equal(coef(through), coef(direct))
})

test_that("a name of dots where there are none is an error", {
  data <- called_data()
  error <- tryCatch(
    sgmoe(y ~ x1, data, k = 1, weights = ..3),
    error = identity
  )
  expect_s3_class(error, "sgmoe_error")
})

test_that("an argument of a function that cannot be evaluated says why", {
  data <- called_data()
  named <- function(data, case) sgmoe(y ~ x1, data, k = 1, weights = case)
  error <- expect_no_warning(tryCatch(named(data, w), error = identity))
  expect_s3_class(error, "sgmoe_error_variable")
  expect_match(conditionMessage(error), "case.*'w'")
})
