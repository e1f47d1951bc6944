# Formulas and data that a design cannot be made of.

slow_test("formulas that are none", {
  d <- design_example()
  expect_match(refusal(front("y ~ x", d), "formula"), "character")
  expect_match(refusal(front(~x, d), "formula"), "no response")
  expect_match(refusal(front(y ~ x | v, d), "formula"), "gate = ~ v")
  expect_match(refusal(front(y ~ x + y, d), "formula"), "`y`")
  expect_match(refusal(front(y ~ x, d, gate = y ~ x), "gate"), "y ~ x")
  expect_match(refusal(front(y ~ x, d, gate = "x"), "gate"), "character")
  expect_match(refusal(front(y ~ x, d, gate = ~ x + y), "gate"), "`y`")
})

slow_test("data that are none, and columns that are not there", {
  d <- design_example()
  expect_match(refusal(front(y ~ x, as.matrix(d)), "data"), "as.data.frame")
  expect_match(refusal(front(y ~ x, mean), "data"), "function")
  expect_match(refusal(front(y ~ x, "d"), "data"), "character")
  text <- refusal(
    front(y ~ volme, transform(d, volume = v)),
    "missing_column"
  )
  expect_match(text, "`volme` is missing from `data`.*mean `volume`")
  # A function of that name is no column.
  expect_match(refusal(front(y ~ df, d), "missing_column"), "`df`")
  expect_match(refusal(front(y ~ x, d, gate = ~t), "missing_column"), "`t`")
  expect_match(refusal(front(nope ~ x, d), "missing_column"), "`nope`")
  expect_match(refusal(front(nope ~ x), "missing_column"), "no `data`")
  expect_match(
    refusal(front(y ~ x, d, weights = ww), "missing_column"), "`ww`"
  )
  expect_match(
    refusal(front(y ~ x, d, weights = weights), "missing_column"),
    "`weights`"
  )
  expect_match(
    refusal(front(y ~ x, d, subset = nope > 1), "missing_column"), "`nope`"
  )
  expect_match(
    refusal(front(y ~ nofun(x), d), "variable"),
    "nofun\\(x\\).*find function"
  )
  short <- 1:3
  expect_match(
    refusal(front(y ~ x + short, d), "variable_length"), "`short` has 3.*40"
  )
})

slow_test("responses that Gaussian experts cannot have", {
  d <- design_example()
  for (name in c("f", "s", "g", "o")) {
    formula <- reformulate("x", name)
    text <- refusal(front(formula, d, family = "gaussian"), "response_type")
    expect_match(text, paste0("`", name, "`"))
  }
  expect_identical(front(y ~ x, d, family = "gaussian")$y, front(y ~ x, d)$y)
  d$day <- Sys.Date() + 1:40
  d$l <- as.list(1:40)
  both <- d[c("y", "y2")]
  expect_match(refusal(front(day ~ x, d), "response_type"), "Date")
  expect_match(refusal(front(l ~ x, d), "response_type"), "list")
  expect_match(refusal(front(both ~ x, d), "response_type"), "cbind")
  d$i64 <- structure(d$y, class = "integer64")
  expect_match(refusal(front(i64 ~ x, d), "response_type"), "integer64")
})

test_that("a response without spread, among the rows that count", {
  d <- design_example()
  d$one <- 3
  expect_match(
    refusal(front(cbind(y, one) ~ x, d), "constant_response"),
    "`one` is constant: it is 3 in all 40 rows"
  )
  d$nearly <- 0.1 + c(0.2, 0.2 + 1e-17)
  expect_match(refusal(front(nearly ~ x, d), "constant_response"), "nearly")
  d$far <- 1e9 + d$y
  expect_silent(front(far ~ x, d))
  d$one[1:2] <- 5
  d$w[1:2] <- 0
  expect_match(
    refusal(front(one ~ x, d, weights = w), "constant_response"), "38 rows"
  )
  expect_silent(front(one ~ x, d))
})

test_that("values that are not finite", {
  d <- design_example()
  d$v[c(7, 9)] <- 0
  text <- refusal(front(y ~ x, d, gate = ~ log(v)), "non_finite")
  expect_match(text, "`log(v)` is not finite in 2 rows", fixed = TRUE)
  expect_match(text, "row 7, where it is -Inf", fixed = TRUE)
  # Rows are named as the user knows them.
  text <- refusal(front(y ~ log(v), d, subset = 8:20), "non_finite")
  expect_match(text, "1 row.*row 9,")
  # They do not matter in a row that is dropped anyway.
  d$x[3] <- Inf
  d$y[3] <- NaN
  expect_identical(nrow(front(y ~ x, d)$y), 39L)
  d$y[4] <- Inf
  expect_match(refusal(front(y ~ x, d), "non_finite"), "`y`.*row 4")
  d$m <- cbind(d$y2, ifelse(seq_len(40) == 11, Inf, 1))
  expect_match(refusal(front(y2 ~ m, d), "non_finite"), "`m`.*row 11.*Inf")
  # Finite values whose sum overflows are fine.
  d$huge <- rep(c(1e308, 1.5e308), 20)
  expect_silent(front(y2 ~ huge, d))
})

test_that("covariates that a matrix cannot hold", {
  d <- design_example()
  d$l <- as.list(1:40)
  d$z <- complex(40, 1, 1)
  d$i64 <- structure(d$x, class = "integer64")
  d$day <- as.Date("2024-01-01") + 0:39
  d$time <- as.POSIXct("2024-01-01", tz = "UTC") + 0:39
  d$lag <- d$time - d$time[1]
  expect_match(refusal(front(y ~ l, d), "covariate_type"), "`l`.*list")
  expect_match(
    refusal(front(y ~ x, d, gate = ~z), "covariate_type"), "`z`.*complex"
  )
  expect_match(
    refusal(front(y ~ i64, d), "covariate_type"), "integer64.*as.numeric"
  )
  design <- front(y ~ day + time + lag, d)
  expect_equal(bare(design$z), lm_matrix(~ day + time + lag, d))
  expect_equal(
    bare(replay_design(design$blueprint, d[3, ])$z),
    bare(design$z)[3, , drop = FALSE]
  )
})

test_that("weights that are none", {
  d <- design_example()
  with_weight <- function(value, row = 3) {
    d$w[row] <- value
    d$y[3] <- NA
    refusal(front(y ~ x, d, weights = w, subset = x < 99), "weights")
  }
  expect_match(with_weight(-1), "1 is not.*row 3, which is -1")
  expect_match(with_weight(Inf, 4:6), "3 are not.*row 4, which is Inf")
  expect_match(refusal(front(y ~ x, d, weights = 0 * w), "weights"), "zero")
  expect_match(refusal(front(y ~ x, d, weights = s), "weights"), "character")
  expect_match(
    refusal(front(y ~ x, d, weights = 1:3), "weights"), "3 values for 40"
  )
  # A row that the subset leaves out may have any weight.
  d$w[3] <- -1
  expect_length(front(y ~ x, d, weights = w, subset = -3)$weights, 39)
})

test_that("errors name the function that the user called", {
  error <- tryCatch(front(y ~ nope, design_example()), error = identity)
  expect_identical(conditionCall(error)[[1L]], quote(front))
})

test_that("comparisons and interactions keep their parentheses in the gate", {
  data <- simulate_moe(60, k = 2, p = 3)
  for (formula in list(
    y ~ (x1 > 0.3) + x2, y ~ x3 * (x1 > x2), y ~ !(x1 > 0) - 1, y ~ (x1 > 0 & x2 < 1):x3 + x1
  )) {
    both <- quietly(sgmoe(formula, data, k = 2, ridge = 1, starts = 1))
    names <- colnames(model.matrix(formula, data))
    expect_identical(colnames(model.matrix(both, "gate")), names)
    expect_identical(labels(both$blueprint$gate_terms), labels(terms(formula)))
    expect_silent(predict(both, data[1:2, ]))
  }
})
