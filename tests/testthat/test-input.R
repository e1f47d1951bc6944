# What bad input gets (design.md, section 9), through sgmoe() itself.

make_data <- function(n = 40) {
  set.seed(11)
  data <- data.frame(
    x = rnorm(n), v = runif(n, 1, 2), w = runif(n, 0.5, 1.5),
    f = factor(rep(c("a", "b"), length.out = n))
  )
  data$y <- ifelse(data$x > 0, 2 + data$x, -1 - data$x) + rnorm(n, sd = 0.3)
  data$y2 <- data$x + rnorm(n)
  data
}
quick <- function(...) sgmoe(..., starts = 1)

slow_test("k must be a whole number that the data can bear", {
  d <- make_data()
  expect_match(refusal(sgmoe(y ~ x, d), "k"), "`k`.*must be given")
  expect_match(refusal(sgmoe(), "k"), "`k`.*must be given")
  bad <- list(
    0, -1, 1.5, NA, NA_real_, NaN, Inf, TRUE, "2", c(1, 2), NULL,
    numeric(), list(2)
  )
  found <- c(
    "0", "-1", "1.5", "NA", "NA", "NaN", "Inf", "TRUE", "\"2\"",
    "length 2", "NULL", "length 0", "list"
  )
  for (i in seq_along(bad)) {
    text <- refusal(quick(y ~ x, d, k = bad[[i]]), "k")
    expect_match(text, "`k` must be a whole number")
    expect_match(text, found[[i]], fixed = TRUE)
  }
  expect_match(
    refusal(quick(y ~ x, d, k = 41), "k"), "`k` is 41.*only 40 distinct"
  )
  # Copies of a row, and rows without weight, do not count.
  copies <- d[c(1, 1, 2, 2, 3), ]
  expect_match(refusal(quick(y ~ x, copies, k = 4), "k"), "3 distinct rows")
  copies$w[5] <- 0
  expect_match(
    refusal(quick(y ~ x, copies, k = 3, weights = w), "k"), "2 distinct rows"
  )
})

slow_test("infinite and non-numeric columns are named", {
  d <- make_data()
  d$x[7] <- Inf
  expect_match(
    refusal(quick(y ~ x, d, k = 2), "non_finite"), "`x` is not finite.*row 7"
  )
  expect_match(
    refusal(quick(y ~ v, d, k = 2, gate = ~x), "non_finite"), "`x`.*row 7"
  )
  d$y2[3] <- -Inf
  expect_match(
    refusal(quick(cbind(y, y2) ~ v, d, k = 2), "non_finite"),
    "`cbind\\(y, y2\\)` is not finite.*row 3.*-Inf"
  )
  d$l <- as.list(d$v)
  expect_match(
    refusal(quick(y ~ l, d, k = 2), "covariate_type"), "`l`.*list"
  )
  expect_match(
    refusal(quick(I(as.list(y)) ~ v, d, k = 2), "response_type"),
    "numeric response.*list"
  )
})

slow_test("a family is known however it is written", {
  d <- make_data()
  for (family in list(NULL, "gaussian", gaussian, gaussian())) {
    expect_identical(sgmoe(y ~ x, d, k = 1, family = family)$family, "gaussian")
  }
  for (family in list("Gamma", Gamma, Gamma())) {
    expect_match(
      refusal(quick(y ~ x, d, k = 2, family = family), "argument"),
      "`family` must be one of \"gaussian\".*\"Gamma\""
    )
  }
  expect_match(
    refusal(quick(y ~ x, d, k = 2, family = 3), "argument"), "`family`.*3"
  )
  # Another link is another model: it must not be dropped silently.
  expect_match(
    refusal(quick(y ~ x, d, k = 2, family = gaussian("log")), "argument"),
    "`family`.*log"
  )
  # Numbers that are not whole are no classes.
  for (family in list("multinomial", "binomial", binomial())) {
    expect_match(
      refusal(quick(y ~ x, d, k = 2, family = family), "response_type"),
      "classes.*`y`"
    )
  }
})

slow_test("formulas that are none, or have no column", {
  d <- make_data()
  expect_match(refusal(sgmoe(data = d, k = 2), "formula"), "`formula`")
  expect_match(refusal(quick(~x, d, k = 2), "formula"), "no response")
  for (gate in list(NULL, ~x)) {
    expect_match(
      refusal(quick(y ~ 0, d, k = 2, gate = gate), "no_columns"),
      "formula of the experts"
    )
  }
  expect_match(
    refusal(quick(y ~ x, d, k = 2, gate = ~0), "no_columns"),
    "formula of the gate"
  )
  expect_match(
    refusal(quick(y ~ x, d, k = 2, gate = y ~ x), "gate"),
    "`gate` must be a one-sided formula.*`y ~ x`"
  )
  expect_match(
    refusal(quick(y ~ x, d, k = 2, gate = ~ x + offset(v)), "gate_offset"),
    "offset in `gate`.*`offset\\(v\\)`.*`formula`"
  )
  expect_match(refusal(quick(y ~ x, 3, k = 2), "data"), "`data`.*numeric")
})

slow_test("missing columns are named wherever they are used", {
  d <- make_data()
  cases <- list(
    quote(quick(nope ~ x, d, k = 2)), quote(quick(y ~ nope, d, k = 2)),
    quote(quick(y ~ x, d, k = 2, gate = ~nope)),
    quote(quick(y ~ x, d, k = 2, weights = nope)),
    quote(quick(y ~ x, d, k = 2, offset = nope)),
    quote(quick(y ~ x, d, k = 2, subset = nope > 1))
  )
  for (case in cases) {
    expect_match(
      refusal(eval(case), "missing_column"), "`nope` is missing from `data`"
    )
  }
})

test_that("a constant response is named", {
  d <- make_data()
  d$y2 <- 5
  expect_match(
    refusal(quick(cbind(y, y2) ~ x, d, k = 2), "constant_response"),
    "`y2` is constant: it is 5"
  )
  # One row has no spread either.
  expect_match(
    refusal(sgmoe(y ~ x, d[1, ], k = 1), "constant_response"), "only row"
  )
})

test_that("weights that are none", {
  d <- make_data()
  weighted <- function(weights) {
    d$w <- weights
    refusal(quick(y ~ x, d, k = 2, weights = w), "weights")
  }
  expect_match(weighted(replace(d$w, 4, -1)), "`weights`.*row 4.*-1")
  expect_match(weighted(replace(d$w, 4, Inf)), "`weights`.*row 4.*Inf")
  expect_match(weighted(0), "All `weights` of the 40 rows used are zero")
  expect_match(weighted("1"), "`weights`.*numeric.*character")
  expect_match(
    refusal(quick(y ~ x, d, k = 2, weights = 1:3), "weights"),
    "`weights`.*3 values for 40 rows"
  )
})

test_that("no rows: the message says who took them", {
  d <- make_data()
  expect_match(refusal(quick(y ~ x, d[0, ], k = 2), "no_rows"), "have no rows")
  expect_match(
    refusal(quick(y ~ x, d, k = 2, subset = x > 99), "no_rows"), "`subset`"
  )
  d$v <- NA_real_
  expect_match(
    refusal(quick(y ~ x, d, k = 2, gate = ~v), "no_rows"),
    "missing values in `v` \\(40 rows\\)"
  )
})

test_that("NA follows na.action", {
  d <- make_data()
  d$x[c(2, 5)] <- NA
  d$y[9] <- NA
  d$v[5] <- NA
  complete <- d[-c(2, 5, 9), ]
  reference <- sgmoe(y ~ x, complete, k = 1, gate = ~v)
  for (action in list(na.omit, na.exclude, "na.omit")) {
    fit <- sgmoe(y ~ x, d, k = 1, gate = ~v, na.action = action)
    expect_equal(coef(fit), coef(reference))
    expect_equal(nobs(fit), 37)
    expect_identical(fit$dropped, 3L)
  }
  for (action in list(na.fail, na.pass, NULL)) {
    text <- refusal(
      sgmoe(y ~ x, d, k = 1, gate = ~v, na.action = action), "missing_values"
    )
    expect_match(text, "`x` (2 rows)", fixed = TRUE)
    expect_match(text, "`y` (1 row)", fixed = TRUE)
    expect_match(text, "`v` (1 row)", fixed = TRUE)
  }
  expect_match(
    refusal(sgmoe(y ~ x, d, k = 1, na.action = "nonsense"), "na_action"),
    "`na.action`"
  )
})

slow_test("arguments that do not exist or cannot be", {
  d <- make_data()
  expect_match(
    refusal(sgmoe(y ~ x, d, k = 2, rigde = 1), "argument"),
    "no argument `rigde`.*`ridge`"
  )
  # The name is what is wrong, not that its value is a column.
  expect_match(
    refusal(sgmoe(y ~ x, d, k = 2, wieghts = w), "argument"),
    "no argument `wieghts`"
  )
  expect_match(
    refusal(sgmoe(y ~ x, d, k = 2, method = "newton"), "argument"),
    "`method`.*\"mm\", \"em\", or \"incremental\".*\"newton\""
  )
  expect_match(
    refusal(sgmoe(y ~ x, d, k = 2, epochs = 3), "argument"),
    "`epochs`.*incremental"
  )
  expect_match(
    refusal(sgmoe(y ~ x, d, k = 2, covariance = "ful"), "argument"),
    "`covariance`.*\"ful\""
  )
  expect_match(
    refusal(sgmoe(y ~ x, d, k = 2, shared = NA), "argument"), "`shared`.*NA"
  )
  expect_match(
    refusal(sgmoe(y ~ x, d, k = 2, model = "yes"), "argument"), "`model`.*yes"
  )
})

test_that("a refusal names sgmoe() as the function that was called", {
  d <- make_data()
  for (call in list(
    quote(sgmoe(y ~ nope, d, k = 2)), quote(sgmoe(y ~ x, d, k = 99)),
    quote(sgmoe(y ~ x, d, k = "a")), quote(sgmoe(y ~ x, d, k = 2, a = 1)),
    quote(sgmoe(y ~ x, d, k = 2, starts = "a"))
  )) {
    error <- tryCatch(eval(call), error = identity)
    expect_true(as.character(conditionCall(error)[[1L]]) %in%
      c("sgmoe", "sgmoe_control"))
  }
})

# What other packages and habits bring ----------------------------------------

test_that("missing weights, offsets and NaN follow na.action, as in lm", {
  d <- make_data()
  d$o <- d$x
  d$x[2] <- NaN
  d$w[4] <- NA
  d$w[5] <- NaN
  d$o[7] <- NA
  d$y[9] <- NaN
  fit <- sgmoe(y ~ x, d, k = 1, weights = w, offset = o)
  expected <- lm(y ~ x, d, weights = w, offset = o)
  expect_equal(coef(fit)[1:2], coef(expected), ignore_attr = TRUE)
  expect_identical(fit$dropped, 5L)
  expect_equal(nobs(fit), sum(d$w[-c(2, 4, 5, 7, 9)]))
  padded <- sgmoe(y ~ x, d, k = 1, weights = w, na.action = na.exclude)
  expect_identical(which(is.na(weights(padded))), c(2L, 4L, 5L, 9L))
  expect_identical(unname(which(is.na(fitted(padded)))), c(2L, 4L, 5L, 9L))
  expect_match(
    refusal(
      sgmoe(y ~ v, d, k = 1, weights = w, na.action = na.fail),
      "missing_values"
    ),
    "`weights` (2 rows)",
    fixed = TRUE
  )
  # A weight that is negative is not missing.
  d$w[6] <- -1
  expect_match(refusal(sgmoe(y ~ v, d, k = 1, weights = w), "weights"), "row 6")
  # New data: NaN predicts NA.
  expect_identical(
    is.na(predict(fit, data.frame(x = c(NaN, 1), o = 0))),
    c(`1` = TRUE, `2` = FALSE)
  )
})

slow_test("a bar between terms is refused, wherever it is", {
  d <- make_data()
  bars <- list(
    y ~ x | f, y ~ (x | f), y ~ x + (1 | f), y ~ v * (1 + x | f) - 1,
    y ~ (1 || f)
  )
  for (formula in bars) {
    for (data in list(d, NULL)) {
      text <- refusal(quick(formula, data, k = 2), "formula")
      expect_match(text, "`formula` has a `|`", fixed = TRUE)
      expect_match(text, "Random effects.*not supported.*gate = ~ f")
    }
    expect_match(
      refusal(quick(y ~ x, d, k = 2, gate = formula[-2]), "formula"),
      "`gate` has a `|`",
      fixed = TRUE
    )
  }
  # Inside a function it is the logical "or".
  fit <- sgmoe(y ~ I(x > 0 | v > 1.5), d, k = 1)
  expect_equal(
    coef(fit)[1:2], coef(lm(y ~ I(x > 0 | v > 1.5), d)),
    ignore_attr = TRUE
  )
})

slow_test("arguments of other packages point to ours, everywhere", {
  d <- make_data()
  words <- c(
    K = "k", G = "k", nclasses = "k", concomitant = "gate", gating = "gate",
    nrep = "starts", nstart = "starts", maxit = "max_passes",
    iter.max = "max_passes", tol = "tolerance", lambda = "ridge",
    cluster = "start", labels = "start", seed = "set.seed()",
    wieghts = "weights"
  )
  for (word in names(words)) {
    given <- stats::setNames(list(2), word)
    for (what in c("sgmoe", "sgmoe_stream", "select_experts")) {
      text <- refusal(
        do.call(what, c(list(y ~ x, d), given)), "argument"
      )
      expect_match(text, paste0("no argument `", word, "`"), fixed = TRUE)
      ours <- words[[word]]
      if (ours == "k" && what == "select_experts") ours <- "k_max"
      expect_match(text, paste0("`", ours, "`"), fixed = TRUE)
    }
  }
  for (what in c("sgmoe_control", "stream_control")) {
    for (word in c("K", "maxiter", "lambda", "seed", "cluster")) {
      text <- refusal(
        do.call(what, stats::setNames(list(2), word)), "argument"
      )
      expect_match(text, paste0("no argument `", word, "`"), fixed = TRUE)
    }
  }
  expect_match(refusal(sgmoe_control(lambda = 1), "argument"), "`ridge`")
  expect_match(
    refusal(sgmoe_control(K = 1), "argument"), "`k` here.*`sgmoe\\(\\)`"
  )
  expect_match(
    refusal(sgmoe(y ~ x, d, k = 1:5), "k"), "select_experts.*k_max = 5"
  )
})

test_that("a function's name is blamed only where a column would help", {
  d <- make_data()
  expect_match(
    refusal(quick(y ~ match.arg(x, mean), d, k = 2), "variable"),
    "`match.arg\\(x, mean\\)` cannot be computed"
  )
  expect_match(
    refusal(quick(y ~ sapply(f, sqrt), d, k = 2), "variable"), "sqrt"
  )
  expect_match(
    refusal(quick(y ~ C(nope, contr.sum), d, k = 2), "missing_column"),
    "Column `nope`"
  )
  expect_match(
    refusal(quick(y ~ log(df), d, k = 2), "missing_column"), "Column `df`"
  )
  expect_match(
    refusal(quick(y ~ x, d, k = 2, weights = sapply(f, sqrt)), "variable"),
    "sapply"
  )
})

slow_test("contrasts are those of lm, and are replayed", {
  d <- make_data(60)
  d$g <- rep(c("u", "v", "w"), 20)
  own <- list(f = "contr.sum", g = contr.helmert)
  fit <- sgmoe(y ~ f * x + g, d, k = 1, contrasts = own)
  expected <- lm(y ~ f * x + g, d, contrasts = own)
  columns <- seq_along(coef(expected))
  expect_equal(unname(coef(fit)[columns]), unname(coef(expected)))
  expect_equal(predict(fit, d[5, ]), predict(expected, d[5, ]))
  # Of the gate, too, and for factors that only one part has.
  mine <- function(levels) contr.sum(levels) * 2
  gated <- sgmoe(
    y ~ x, d,
    k = 2, gate = ~f, contrasts = list(f = "mine"), ridge = 1, starts = 1
  )
  rm(mine)
  matrix <- model.matrix(gated, "gate")
  expect_equal(sort(unique(matrix[, 2])), c(-2, 2))
  expect_equal(predict(gated, d[5, ]), predict(gated)[5])
  refused <- function(contrasts) {
    refusal(sgmoe(y ~ f + x, d, k = 1, contrasts = contrasts), "contrasts")
  }
  expect_match(refused(list(x = "contr.sum")), "`x`.*not a factor.*`f`")
  expect_match(refused(list(h = "contr.sum")), "`h`.*not a factor.*`f`")
  expect_match(refused("contr.sum"), "named list.*character")
  expect_match(refused(list(f = "contr.nope")), "`f` cannot be used")
  expect_match(refused(list(f = diag(3)[1, , drop = FALSE])), "2 rows")
})

test_that("time differences are read in the units of the fit", {
  d <- make_data()
  d$t <- as.difftime(d$x + 5, units = "mins")
  d$end <- as.POSIXct("2024-01-01", tz = "UTC") + 3600 * (d$x + 5)
  d$begin <- as.POSIXct("2024-01-01", tz = "UTC")
  hours <- d
  units(hours$t) <- "hours"
  fit <- sgmoe(y ~ t, d, k = 1)
  expect_equal(predict(fit, hours), predict(fit, d))
  expect_equal(
    predict(fit, hours, type = "logdensity"),
    predict(fit, type = "logdensity")
  )
  expect_match(
    refusal(predict(fit, transform(d, t = as.numeric(t))), "wrong_type"), "`t`"
  )
  # The unit of a difference depends on the values.
  fit <- sgmoe(y ~ I(end - begin), d, k = 1)
  near <- transform(d, end = begin + 1)
  expect_equal(
    predict(fit, near),
    predict(lm(y ~ as.numeric(end - begin, units = "secs"), d), near),
    tolerance = 1e-6
  )
})

test_that("a call through do.call() is short, everywhere", {
  d <- make_data()
  fit <- do.call(sgmoe, list(y ~ x, d, k = 1, weights = d$w))
  expect_identical(
    deparse1(fit$call),
    "sgmoe(formula = y ~ x, data = data, k = 1, weights = weights)"
  )
  expect_lt(max(nchar(capture.output(print(fit), summary(fit)))), 80)
  error <- tryCatch(do.call(sgmoe, list(y ~ x, d, k = 0)), error = identity)
  expect_lt(nchar(deparse1(conditionCall(error))), 80)
})

test_that("a response that its offset explains is refused in these words", {
  for (given in list(
    quote(sgmoe(dist ~ speed, cars, k = 1, offset = dist)),
    quote(sgmoe(dist ~ speed + offset(dist - 1 / 3), cars, k = 1, ridge = 0)),
    quote(sgmoe(cbind(dist, speed) ~ 1, cars, k = 2, offset = cbind(0, speed))),
    quote(sgmoe(dist ~ speed + offset(dist), frame_source(cars, 20), k = 1))
  )) {
    expect_match(
      class_condition(eval(given), "error", "constant_response"), "constant once its offset"
    )
  }
})

test_that("text of many values as response is said to be classes", {
  said <- class_condition(
    sgmoe(as.character(dist) ~ speed, cars, k = 1, ridge = 1), "message", "many_levels"
  )
  expect_match(said, "text with 35 different values in 50 rows, and each is a class")
  expect_message(sgmoe(as.character(Species) ~ 1, iris, k = 1, ridge = 1), NA)
})
