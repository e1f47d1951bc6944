# Which rows a design has, and which levels.

# Missing values ----------------------------------------------------------------

test_that("a row with NA in any part is dropped from all of them", {
  d <- design_example()
  d$y[1] <- NA
  d$x[2] <- NA
  d$v[3] <- NA
  d$w[4] <- 0
  d$f[6] <- NA
  design <- front(y ~ x + f, d, gate = ~v, weights = w, offset = y2)
  keep <- -c(1, 2, 3, 6)
  expect_equal(design$y[, 1], d$y[keep])
  expect_equal(design$x[, 2], d$v[keep])
  expect_equal(design$weights, d$w[keep])
  expect_equal(design$offset[, 1], d$y2[keep])
  expect_s3_class(design$na_action, "omit")
  expect_equal(as.integer(design$na_action), c(1, 2, 3, 6))
  excluded <- front(y ~ x + f, d, gate = ~v, na.action = "na.exclude")
  expect_s3_class(excluded$na_action, "exclude")
  expect_length(naresid(excluded$na_action, excluded$y), 40)
  expect_null(front(y2 ~ o, d)$na_action)
  # The frame's terms survive the dropping.
  expect_s3_class(terms(design$frame), "terms")
})

test_that("na.fail and na.pass name the columns", {
  d <- design_example()
  d$x[2:4] <- NA
  d$y[1] <- NA
  for (action in list(na.fail, na.pass, NULL)) {
    text <- refusal(front(y ~ x, d, na.action = action), "missing_values")
    expect_match(text, "`y` (1 row) and `x` (3 rows)", fixed = TRUE)
    expect_match(text, "na.omit")
  }
  expect_match(refusal(front(y ~ x, d, na.action = 3), "na_action"), "omit")
})

test_that("no rows: what took them is said", {
  d <- design_example()
  d$x <- c(NA, 1:39)
  text <- refusal(front(y ~ x, d, subset = 1), "no_rows")
  expect_match(text, "Of 40 rows, 39 were left out by `subset` and 1 was")
  expect_match(text, "`x` \\(1 row\\)")
  expect_match(refusal(front(y ~ x, d, subset = x > 99), "no_rows"), "40 w")
  expect_match(refusal(front(y ~ x, d[0, ]), "no_rows"), "no rows")
})

test_that("a subset is checked; NA in its condition leaves the row out", {
  d <- design_example()
  d$v[5] <- NA
  expect_identical(front(y ~ x, d, subset = v > 0)$row_names, (1:40)[-5])
  expect_equal(front(y ~ x, d, subset = -(1:30))$y[, 1], d$y[31:40])
  expect_equal(front(y ~ x, d, subset = c("3", "9"))$y[, 1], d$y[c(3, 9)])
  expect_match(refusal(front(y ~ x, d, subset = 41), "subset"), "41 of 40")
  expect_match(refusal(front(y ~ x, d, subset = "99"), "subset"), "99")
  expect_match(refusal(front(y ~ x, d, subset = f), "subset"), "factor")
  expect_match(
    refusal(front(y ~ x, d, subset = c(TRUE, FALSE)), "subset"), "2 values"
  )
})

# Levels ------------------------------------------------------------------------

test_that("unused levels are dropped and characters become factors", {
  d <- design_example()
  design <- front(y ~ f + s, d, subset = f != "b")
  expect_identical(colnames(design$z), c("(Intercept)", "fc", "sw"))
  expect_identical(
    design$blueprint$xlevels, list(f = c("a", "c"), s = c("u", "w"))
  )
  expect_s3_class(design$frame$s, "factor")
  expect_match(
    refusal(front(y ~ x + s, d, subset = s == "u"), "one_level"),
    "`s`.*\"u\""
  )
  contrasts(d$f) <- contr.sum(3)
  expect_warning(
    front(y ~ f, d, subset = f != "b"),
    class = "sgmoe_warning_contrasts"
  )
})

test_that("new data may hold some levels, as factor, character or ordered", {
  d <- design_example()
  design <- front(y ~ f * o + s + relevel(f, "b") + as.integer(f), d)
  new <- data.frame(f = "c", o = "mid", s = "w")
  expected <- lm_matrix(
    ~ f * o + s + relevel(f, "b") + as.integer(f),
    rbind(
      transform(new,
        f = factor("c", levels(d$f)),
        o = ordered("mid", levels(d$o))
      ),
      d[c("f", "o", "s")]
    )
  )[1, , drop = FALSE]
  variants <- list(
    new, transform(new, f = factor(f), o = factor(o), s = factor(s)),
    transform(new, f = ordered(f, c("c", "a")), o = ordered(o))
  )
  for (variant in variants) {
    replayed <- replay_design(design$blueprint, variant)
    expect_equal(bare(replayed$z), expected)
  }
})

test_that("an unseen level is named, but only if the model needs it", {
  d <- design_example()
  design <- front(y ~ f + s, d, gate = ~ (o == "low"), subset = f != "b")
  new <- d[1:3, ]
  new$f <- c("a", "zz{z}", NA)
  text <- refusal(replay_design(design$blueprint, new), "unseen_level")
  expect_match(text, "`f`.*zz{z}.*\"a\" and \"c\"", perl = TRUE)
  # A level that the data had, but the rows used had not.
  new$f <- "b"
  text <- refusal(replay_design(design$blueprint, new), "unseen_level")
  expect_match(text, "New: \"b\"")
  new$f <- "a"
  new$o <- "unheard of"
  expect_equal(unname(replay_design(design$blueprint, new)$x[, 2]), c(0, 0, 0))
})
