# New data of all shapes, and formulas of all kinds, through predict().

make_data <- function(n = 80) {
  set.seed(32)
  data <- data.frame(
    x = rnorm(n), v = runif(n, 1, 3), w = runif(n, 0.5, 1.5), u = rnorm(n),
    f = factor(sample(c("a", "b", "c"), n, TRUE))
  )
  data$y <- ifelse(
    runif(n) < plogis(2 * data$x), 1 + 2 * data$x, -2 - data$x
  ) + 0.5 * (data$f == "b") + rnorm(n, sd = 0.4)
  data$y2 <- data$x + rnorm(n)
  data
}
all_types <- function(fit, data) {
  lapply(
    c("response", "gate", "expert", "posterior", "logdensity"),
    function(type) unname(predict(fit, data, type = type))
  )
}

slow_test("one row or one level of newdata is enough, for any formula", {
  d <- make_data()
  formulas <- list(
    y ~ x + f, y ~ x * f, y ~ splines::ns(x, 3) + f, y ~ poly(x, 2) + scale(v),
    y ~ x:f + v, y ~ x - 1, y ~ 1, y ~ factor(v > 2) + x, y ~ f
  )
  for (formula in formulas) {
    fit <- quick_fit(formula, d, k = 2, gate = ~ x + f, ridge = 0.01)
    whole <- predict(fit, d)
    expect_equal(
      vapply(1:6, function(i) predict(fit, d[i, ])[[1L]], 0),
      unname(whole[1:6])
    )
    level <- d[d$f == "b", ]
    level$f <- factor(level$f)
    expect_equal(predict(fit, level), whole[d$f == "b"])
    # k = 1 is lm: the same columns, replayed the same way.
    single <- sgmoe(formula, d, k = 1)
    expect_equal(predict(single, d[3, ]), predict(lm(formula, d), d[3, ]),
      tolerance = 1e-8
    )
  }
})

test_that("order, type and number of other columns do not matter", {
  d <- make_data()
  fit <- quick_fit(y ~ x + f, d, k = 2, gate = ~ v + f)
  expected <- all_types(fit, d)
  expect_equal(all_types(fit, rev(d)), expected)
  expect_equal(all_types(fit, cbind(other = "z", d, T = NA)), expected)
  expect_equal(
    all_types(fit, transform(d, f = as.character(f))), expected
  )
  expect_equal(
    all_types(fit, transform(d, f = factor(f, c("c", "b", "a")))), expected
  )
  expect_equal(predict(fit, d[c("f", "v", "x")]), predict(fit, d))
  skip_if_not_installed("tibble")
  expect_equal(all_types(fit, tibble::as_tibble(d)), expected)
  from_tibble <- quick_fit(y ~ x + f, tibble::as_tibble(d), k = 2, gate = ~ v + f)
  expect_equal(all_types(from_tibble, d), expected)
})

slow_test("new data that cannot be used are refused by name", {
  d <- make_data()
  fit <- quick_fit(y ~ x + f, d, k = 2, gate = ~v)
  expect_match(
    refusal(predict(fit, transform(d[1:2, ], f = "zz")), "unseen_level"),
    "`f`.*\"zz\".*Known: \"a\""
  )
  for (name in c("x", "f", "v")) {
    expect_match(
      refusal(predict(fit, d[setdiff(names(d), name)]), "missing_column"),
      paste0("`", name, "` is missing from `newdata`")
    )
  }
  for (type in c("posterior", "logdensity")) {
    expect_match(
      refusal(predict(fit, d[c("x", "f", "v")], type = type), "missing_column"),
      "`y` is missing"
    )
  }
  expect_match(
    refusal(predict(fit, transform(d, x = "a")), "wrong_type"),
    "`x`.*numeric.*character"
  )
  expect_match(refusal(predict(fit, "a"), "newdata"), "`newdata`.*character")
  expect_match(refusal(predict(fit, d, type = "class"), "unsupported"), "class")
  expect_match(refusal(predict(fit, d, type = "odds"), "argument"), "\"odds\"")
})

test_that("an infinite value in newdata never gives a number made up", {
  d <- make_data()
  fit <- quick_fit(y ~ x, d, k = 2)
  new <- data.frame(x = c(1, Inf), y = 0)
  for (type in c("response", "gate", "expert", "posterior", "logdensity")) {
    expect_warning(
      value <- predict(fit, new, type = type),
      "1 row has .*`newdata`.*row 2",
      class = "sgmoe_warning_non_finite"
    )
    expect_true(all(is.na(as.matrix(value)[2, ])))
  }
  value <- predict(fit, data.frame(x = 1, y = Inf), type = "posterior")
  expect_true(all(is.na(value)))
})

test_that("huge finite values do not overflow the gate", {
  d <- make_data()
  fit <- quick_fit(y ~ x, d, k = 2)
  gate <- predict(fit, data.frame(x = c(-1e300, 1e300)), type = "gate")
  expect_equal(unname(rowSums(gate)), c(1, 1))
  slope <- coef(fit, "gate")[["gate2:x"]]
  expect_equal(unname(gate[, 2]), if (slope > 0) c(0, 1) else c(1, 0))
})

slow_test("offsets shift the experts, of formula and argument", {
  d <- make_data()
  d$shifted <- d$y + 2 * d$u
  fit <- quick_fit(y ~ x, d, k = 2)
  for (offset in list(
    quick_fit(shifted ~ x + offset(2 * u), d, k = 2),
    quick_fit(shifted ~ x, d, k = 2, offset = 2 * u),
    quick_fit(shifted ~ x + offset(u), d, k = 2, offset = u)
  )) {
    expect_equal(coef(offset), coef(fit), tolerance = 1e-6)
    expect_equal(
      predict(offset, d[1:3, ]), predict(fit, d[1:3, ]) + 2 * d$u[1:3],
      tolerance = 1e-6
    )
    expect_equal(fitted(offset), fitted(fit) + 2 * d$u,
      tolerance = 1e-6,
      ignore_attr = TRUE
    )
    expect_equal(predict(offset, d[1:3, ], type = "posterior"),
      predict(fit, d[1:3, ], type = "posterior"),
      tolerance = 1e-5
    )
    expect_match(
      refusal(predict(offset, d["x"]), "missing_column"), "`u` is missing"
    )
  }
})

slow_test("weights, subset and variables are found as lm finds them", {
  d <- make_data()
  chosen <- d[d$x > -1, ]
  expected <- coef(quick_fit(y ~ x, chosen, k = 2, weights = chosen$w))
  expect_equal(
    coef(quick_fit(y ~ x, d, k = 2, weights = w, subset = x > -1)),
    expected
  )
  rule <- y ~ x
  in_function <- function(data) {
    mine <- data$w
    keep <- data$x > -1
    quick_fit(rule, data, k = 2, weights = mine, subset = keep)
  }
  fit <- in_function(d)
  expect_equal(coef(fit), expected)
  expect_equal(unname(predict(fit, d[2, ])), unname(predict(fit, d)[2]))
  each <- lapply(list(d, d), function(data) {
    quick_fit(y ~ x, data, k = 2, weights = w, subset = x > -1)
  })
  expect_equal(coef(each[[2]]), expected)
  fit <- do.call(quick_fit, list(rule, chosen, k = 2, weights = chosen$w))
  expect_equal(coef(fit), expected)
  expect_equal(
    coef(quick_fit(y ~ x, as.list(chosen), k = 2, weights = w)),
    expected
  )
  set.seed(4)
  fit <- sgmoe(y ~ x, list2env(chosen), k = 2, weights = w, starts = 1)
  expect_equal(coef(fit), expected)
  without_data <- with(chosen, quick_fit(y ~ x, k = 2, weights = w))
  expect_equal(coef(without_data), expected)
  expect_equal(
    unname(predict(without_data, d[5:6, ])),
    unname(predict(fit, d[5:6, ]))
  )
})

test_that("a dot means all other columns; a response may be transformed", {
  d <- make_data()[c("y", "x", "v")]
  expect_equal(coef(quick_fit(y ~ ., d, k = 2)), coef(quick_fit(y ~ x + v, d, k = 2)))
  d$z <- exp(d$y)
  fit <- quick_fit(log(z) ~ x, d, k = 2)
  reference <- quick_fit(y ~ x, d, k = 2)
  expect_equal(coef(fit), coef(reference), tolerance = 1e-6)
  # Predictions are on the scale of the model; posteriors read the raw column.
  expect_equal(predict(fit, d["x"]), predict(reference, d["x"]),
    tolerance = 1e-6
  )
  for (type in c("posterior", "logdensity")) {
    expect_equal(predict(fit, d[c("x", "z")], type = type),
      predict(reference, d, type = type),
      tolerance = 1e-6
    )
  }
})

test_that("a fit predicts the same after a round trip through a file", {
  d <- make_data()
  knots <- c(-0.5, 0.5)
  fit <- quick_fit(y ~ splines::ns(x, knots = knots), d, k = 2, gate = ~f)
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  saveRDS(fit, file)
  knots <- NULL
  again <- readRDS(file)
  expect_identical(all_types(again, d), all_types(fit, d))
  expect_identical(coef(again), coef(fit))
})

test_that("a column that scale() made is a vector as well as a matrix", {
  d <- transform(make_data(), v = x^2)
  d$v <- scale(d$v)
  fit <- sgmoe(y ~ v + x, d, k = 1)
  as_vector <- d
  as_vector$v <- as.vector(d$v)
  expect_equal(predict(fit, as_vector), predict(fit, d))
  expect_equal(predict(fit, data.frame(v = c(0, NA), x = 1))[[2]], NA_real_)
  expect_equal(predict(fit, data.frame(v = NA, x = 1))[[1]], NA_real_)
  of_vector <- sgmoe(y ~ v + x, as_vector, k = 1)
  expect_equal(predict(of_vector, d), predict(fit, d))
  stream <- sgmoe_stream(y ~ v + x, d, k = 1)
  expect_equal(coef(update(stream, as_vector)), coef(update(stream, d)))
  expect_match(
    refusal(predict(fit, transform(as_vector, v = cbind(v, v))), "wrong_type"), "`v`"
  )
})
