# How sgmoe() calls build_design(): arguments unevaluated, as lm() does it.
front <- function(formula, data, gate = NULL, weights, offset, subset,
                  na.action = getOption("na.action"), family = NULL) {
  call <- match.call()
  build_design(
    formula, gate, if (!missing(data)) data,
    weights = call[["weights"]],
    offset = call[["offset"]], subset = call[["subset"]],
    na.action = na.action, family = family, env = parent.frame(), call = call
  )
}

make_data <- function(n = 40, seed = 1) {
  set.seed(seed)
  data.frame(
    y = rnorm(n), y2 = rnorm(n), x = rnorm(n), v = runif(n, 1, 2),
    f = factor(sample(c("a", "b", "c"), n, TRUE)),
    s = sample(c("u", "w"), n, TRUE), g = sample(c(TRUE, FALSE), n, TRUE),
    o = ordered(
      sample(c("low", "mid", "high"), n, TRUE),
      c("low", "mid", "high")
    ),
    w = runif(n)
  )
}
bare <- function(x) {
  attributes(x) <- list(dim = dim(x), dimnames = list(NULL, colnames(x)))
  x
}
lm_matrix <- function(formula, data) {
  bare(model.matrix(formula, data))
}
size <- function(object) length(serialize(object, NULL))
# The error, for its message without line breaks.
message_of <- function(expression, class) {
  error <- tryCatch(expression, error = identity)
  expect_s3_class(error, paste0("sgmoe_error_", class))
  expect_s3_class(error, "sgmoe_error")
  gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
}

# Matrices ---------------------------------------------------------------------

slow_test("design matrices are those of lm, also on new data", {
  d <- make_data()
  new <- make_data(7, seed = 2)
  right <- list(
    ~x, ~1, ~ 0 + f, ~ x * f + s + g + o, ~ poly(x, 3, raw = TRUE),
    ~ poly(x, 2) + scale(v), ~ splines::ns(x, 3) * s, ~ splines::bs(v, df = 5),
    ~ log(v) + I(x^2) + cut(v, c(0, 1.5, 2)), ~ (x + v + f)^2 - x,
    ~ factor(o, ordered = FALSE) %in% s, ~ C(f, contr.sum) + x,
    ~ poly(x, 3, raw = T) # nolint: a name that is no column
  )
  for (formula in right) {
    formula <- update(formula, y ~ .)
    fit <- lm(formula, d)
    design <- front(formula, d)
    expect_identical(design$z, design$x)
    expect_identical(bare(design$z), bare(model.matrix(fit)))
    expect_identical(attr(design$z, "assign"), fit$assign)
    expect_setequal(names(attributes(design$z)), c("dim", "dimnames", "assign"))
    expect_null(rownames(design$z))
    # Every row alone, so that one-row and one-level data are covered.
    replayed <- replay_design(design$blueprint, d)
    expect_equal(bare(replayed$z), bare(design$z), tolerance = 1e-12)
    if (!grepl("C(f", deparse1(formula), fixed = TRUE)) {
      for (i in 1:5) {
        row <- replay_design(design$blueprint, d[i, ])
        expect_equal(
          bare(row$z), bare(design$z)[i, , drop = FALSE],
          tolerance = 1e-12
        )
      }
    }
    expected <- suppressWarnings(model.matrix(
      delete.response(terms(fit)),
      model.frame(delete.response(terms(fit)), new, xlev = fit$xlevels),
      contrasts.arg = fit$contrasts
    ))
    expect_equal(
      bare(suppressWarnings(replay_design(design$blueprint, new))$z),
      bare(expected),
      tolerance = 1e-12
    )
  }
})

test_that("x and z are one object if the parts have the same terms", {
  # Two names for one vector have one address.
  address <- function(x) capture.output(.Internal(address(x)))
  same_object <- function(design) {
    identical(address(design$x), address(design$z))
  }
  expect_false(same_object(list(x = c(1, 2), z = c(1, 2))))
  d <- make_data()
  for (gate in list(NULL, ~ x + f, ~ f * 1 + x - f:x - f + x + f)) {
    design <- front(y ~ x + f, d, gate = gate)
    if (design$blueprint$same) {
      expect_true(same_object(design))
      expect_true(same_object(replay_design(design$blueprint, d)))
    }
  }
  expect_true(front(y ~ x + f, d, gate = ~ x + f)$blueprint$same)
  expect_true(front(y ~ x + offset(v), d, gate = ~x)$blueprint$same)
  expect_false(front(y ~ x + f, d, gate = ~ f + x)$blueprint$same)
  expect_false(front(y ~ x, d, gate = ~ x - 1)$blueprint$same)
})

test_that("a gate of its own has its own matrix", {
  d <- make_data()
  design <- front(y ~ poly(x, 2), d, gate = ~ splines::ns(v, 2) + f - 1)
  expect_identical(
    bare(design$z), lm_matrix(~ poly(x, 2), d)
  )
  expect_identical(
    bare(design$x), lm_matrix(~ splines::ns(v, 2) + f - 1, d)
  )
  expect_true(design$blueprint$expert_intercept)
  expect_false(design$blueprint$gate_intercept)
  expect_false(design$blueprint$same)
  row <- replay_design(design$blueprint, d[9, c("x", "v", "f")])
  expect_equal(bare(row$x), bare(design$x)[9, , drop = FALSE])
  expect_equal(bare(row$z), bare(design$z)[9, , drop = FALSE])
})

test_that("each part keeps its own contrasts", {
  d <- make_data()
  contrasts(d$o) <- contr.sum(3)
  old <- options(contrasts = c("contr.helmert", "contr.poly"))
  design <- front(y ~ f + o, d, gate = ~ o + f - 1)
  expected <- lm_matrix(~ f + o, d)
  options(old)
  expect_identical(bare(design$z), expected)
  replayed <- replay_design(design$blueprint, d[5, ])
  expect_identical(bare(replayed$z), expected[5, , drop = FALSE])
  expect_identical(bare(replayed$x), bare(design$x)[5, , drop = FALSE])
})

test_that("the dot means all columns but the response variables", {
  d <- make_data()[c("y", "y2", "x", "v")]
  design <- front(log(abs(y)) ~ x, d, gate = ~.)
  expect_identical(colnames(design$x), c("(Intercept)", "y2", "x", "v"))
  design <- front(cbind(y, y2) ~ ., d)
  expect_identical(colnames(design$z), c("(Intercept)", "x", "v"))
  design <- front(cbind(y, y2) ~ . - v, d, gate = ~ .^2)
  expect_identical(colnames(design$z), c("(Intercept)", "x"))
  expect_identical(colnames(design$x), c("(Intercept)", "x", "v", "x:v"))
  expect_match(message_of(front(y ~ .), "formula"), "columns of `data`")
})

test_that("awkward column names work", {
  d <- data.frame(
    y = rnorm(9), `a b` = rnorm(9), `(weights)` = 1:9 / 9, `x{y}` = rnorm(9),
    check.names = FALSE
  )
  design <- front(y ~ ., d, weights = `(weights)`)
  expect_identical(
    colnames(design$z), c("(Intercept)", "`a b`", "`(weights)`", "`x{y}`")
  )
  expect_identical(design$weights, d[["(weights)"]])
  expect_identical(bare(replay_design(design$blueprint, d)$z), bare(design$z))
  d[["x{y}"]][4] <- Inf
  expect_match(message_of(front(y ~ ., d), "non_finite"), "x{y}", fixed = TRUE)
})

# Response and offset ----------------------------------------------------------

test_that("the response is a named numeric matrix", {
  d <- make_data()
  y_names <- function(...) colnames(front(...)$y)
  expect_identical(front(y ~ x, d)$y, cbind(y = d$y))
  expect_identical(y_names(log(v) ~ x, d), "log(v)")
  expect_identical(y_names(cbind(y, log(v)) ~ x, d), c("y", "log(v)"))
  expect_identical(y_names(cbind(a = y, y2) ~ x, d), c("a", "y2"))
  expect_identical(y_names(cbind(y, y) ~ x, d), c("y", "y.1"))
  m <- unname(as.matrix(d[c("y", "y2")]))
  expect_identical(y_names(m ~ x, d), c("m1", "m2"))
  d$count <- seq_len(40)
  expect_identical(front(count ~ x, d)$y, cbind(count = as.double(1:40)))
  expect_null(rownames(front(y ~ x, d)$y))
})

test_that("offsets of formula and argument add up, n x q", {
  d <- make_data()
  expect_null(front(y ~ x, d)$offset)
  design <- front(y ~ x + offset(v) + offset(2 * w), d, offset = x)
  expect_equal(design$offset, matrix(d$v + 2 * d$w + d$x))
  expect_identical(colnames(design$z), c("(Intercept)", "x"))
  replayed <- replay_design(design$blueprint, d[3:4, ])
  expect_equal(replayed$offset, design$offset[3:4, , drop = FALSE])
  design <- front(cbind(y, y2) ~ x + offset(v), d)
  expect_equal(design$offset, cbind(d$v, d$v))
  design <- front(cbind(y, y2) ~ x + offset(v), d, offset = cbind(x, w))
  expect_equal(design$offset, unname(cbind(d$v + d$x, d$v + d$w)))
  replayed <- replay_design(design$blueprint, d[3, ])
  expect_equal(replayed$offset, design$offset[3, , drop = FALSE])
  # Dropped rows are dropped from the offset too.
  d$x[2] <- NA
  expect_equal(front(y ~ x, d, offset = v)$offset, matrix(d$v[-2]))
})

slow_test("bad offsets are named", {
  d <- make_data()
  expect_match(
    message_of(front(y ~ x, d, gate = ~ x + offset(v)), "gate_offset"),
    "offset\\(v\\)"
  )
  expect_match(message_of(front(y ~ x, d, offset = 1:3), "offset"), "3 values")
  expect_match(message_of(front(y ~ x, d, offset = s), "offset"), "character")
  expect_match(
    message_of(front(y ~ x + offset(f), d), "offset"), "offset\\(f\\).*factor"
  )
  expect_match(
    message_of(front(y ~ x, d, offset = cbind(x, w)), "offset"), "2 columns"
  )
  d$v[7] <- Inf
  expect_match(
    message_of(front(y ~ x + offset(v), d), "non_finite"),
    "offset\\(v\\).*row 7"
  )
  expect_match(
    message_of(front(y ~ x, d, offset = v), "non_finite"), "`offset`.*row 7"
  )
  # Values, as do.call() gives them, cannot be repeated for new data.
  design <- do.call(front, list(y ~ x, data = d, offset = d$w))
  expect_match(
    message_of(replay_design(design$blueprint, d), "offset"), "formula"
  )
})

# Where arguments are looked up ------------------------------------------------

test_that("weights, subset and offset name columns or the caller's variables", {
  d <- make_data()
  reference <- front(y ~ x, d, weights = w, subset = x > 0, offset = v)
  expect_identical(reference$weights, d$w[d$x > 0])
  expect_identical(reference$y[, 1], d$y[d$x > 0])
  expect_identical(reference$row_names, which(d$x > 0))
  same <- function(design) {
    parts <- c("x", "y", "weights", "offset", "row_names")
    expect_equal(design[parts], reference[parts])
  }
  in_function <- function(data) {
    case <- data$w
    keep <- data$x > 0
    shift <- data$v
    front(y ~ x, data, weights = case, subset = keep, offset = shift)
  }
  same(in_function(d))
  # The formula comes from elsewhere; the arguments belong to the caller.
  with_formula <- function(formula, data) {
    case <- data$w
    front(formula, data, weights = case, subset = which(x > 0), offset = v)
  }
  case <- "not this one"
  same(with_formula(y ~ x, d))
  # The arguments pass through dots; they belong to the formula's place.
  wrapper <- function(...) front(...)
  outer <- function(data) {
    mine <- data$w
    floor <- 0
    wrapper(y ~ x, data, weights = mine, subset = x > floor, offset = v)
  }
  same(outer(d))
  twice <- function(...) wrapper(...)
  far <- function(data) {
    mine <- data$w
    twice(y ~ x, data, weights = mine, subset = data$x > 0, offset = data$v)
  }
  same(far(d))
  named <- function(formula, data, weights) {
    front(formula, data, weights = weights, subset = x > 0, offset = v)
  }
  same(named(y ~ x, d, d$w))
  same(do.call(front, list(
    y ~ x,
    data = d, weights = d$w, subset = d$x > 0, offset = d$v
  )))
  same(do.call("front", list(
    y ~ x,
    data = quote(d), weights = quote(w), subset = quote(x > 0),
    offset = quote(v)
  )))
  expect_null(front(y ~ x, d, weights = NULL)$weights)
  nothing <- NULL
  expect_null(front(y ~ x, d, weights = nothing)$weights)
})

test_that("variables may come from the formula's environment", {
  d <- make_data()
  expected <- front(y ~ x, d, gate = ~v, weights = w)
  local_fit <- function() {
    y <- d$y
    x <- d$x
    v <- d$v
    w <- d$w
    front(y ~ x, gate = ~v, weights = w)
  }
  design <- local_fit()
  expect_equal(bare(design$z), bare(expected$z))
  expect_equal(bare(design$x), bare(expected$x))
  expect_equal(design$weights, expected$weights)
  # They are columns all the same: new data must have them.
  expect_equal(
    bare(replay_design(design$blueprint, d[2, ])$x),
    bare(design$x)[2, , drop = FALSE]
  )
  v <- d$v
  expect_match(
    message_of(replay_design(design$blueprint, d["x"]), "missing_column"), "`v`"
  )
  # Gate and formula written in different places.
  make_gate <- function() {
    double <- function(x) 2 * x
    ~ double(v)
  }
  design <- front(y ~ x, d, gate = make_gate())
  expect_equal(design$x[, 2], 2 * d$v)
  expect_equal(replay_design(design$blueprint, d[3, ])$x[, 2], 2 * d$v[[3]],
    ignore_attr = TRUE
  )
})

test_that("data may be a list or an environment; tibbles are data frames", {
  d <- make_data()
  hinge <- function(x, knots) cbind(x, pmax(x - knots, 0))
  design <- front(y ~ hinge(x, knots), c(as.list(d), list(knots = 0.1)))
  expect_equal(design$z[, 3], pmax(d$x - 0.1, 0))
  expect_equal(
    bare(replay_design(design$blueprint, d[1:2, ])$z), bare(design$z)[1:2, ]
  )
  design <- front(y ~ x, list2env(d), weights = w)
  expect_equal(design$weights, d$w)
  expect_equal(bare(design$z), lm_matrix(~x, d))
  skip_if_not_installed("tibble")
  design <- front(y ~ x + f, tibble::as_tibble(d), weights = w)
  expect_equal(bare(design$z), lm_matrix(~ x + f, d))
  row <- replay_design(design$blueprint, tibble::as_tibble(d[4, ]))
  expect_equal(bare(row$z), bare(design$z)[4, , drop = FALSE])
})

test_that("update() works on a formula whose environment was slimmed", {
  fit_it <- function() {
    set.seed(3)
    y <- rnorm(20)
    x <- rnorm(20)
    z <- rnorm(20)
    formula <- formula(front(y ~ x)$blueprint$expert_terms)
    front(update(formula, . ~ . + z))
  }
  expect_identical(colnames(fit_it()$z), c("(Intercept)", "x", "z"))
})

# Missing values ---------------------------------------------------------------

test_that("a row with NA in any part is dropped from all of them", {
  d <- make_data()
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
  d <- make_data()
  d$x[2:4] <- NA
  d$y[1] <- NA
  for (action in list(na.fail, na.pass, NULL)) {
    text <- message_of(front(y ~ x, d, na.action = action), "missing_values")
    expect_match(text, "`y` (1 row) and `x` (3 rows)", fixed = TRUE)
    expect_match(text, "na.omit")
  }
  expect_match(message_of(front(y ~ x, d, na.action = 3), "na_action"), "omit")
})

test_that("no rows: what took them is said", {
  d <- make_data()
  d$x <- c(NA, 1:39)
  text <- message_of(front(y ~ x, d, subset = 1), "no_rows")
  expect_match(text, "Of 40 rows, 39 were left out by `subset` and 1 was")
  expect_match(text, "`x` \\(1 row\\)")
  expect_match(message_of(front(y ~ x, d, subset = x > 99), "no_rows"), "40 w")
  expect_match(message_of(front(y ~ x, d[0, ]), "no_rows"), "no rows")
})

test_that("a subset is checked; NA in its condition leaves the row out", {
  d <- make_data()
  d$v[5] <- NA
  expect_identical(front(y ~ x, d, subset = v > 0)$row_names, (1:40)[-5])
  expect_equal(front(y ~ x, d, subset = -(1:30))$y[, 1], d$y[31:40])
  expect_equal(front(y ~ x, d, subset = c("3", "9"))$y[, 1], d$y[c(3, 9)])
  expect_match(message_of(front(y ~ x, d, subset = 41), "subset"), "41 of 40")
  expect_match(message_of(front(y ~ x, d, subset = "99"), "subset"), "99")
  expect_match(message_of(front(y ~ x, d, subset = f), "subset"), "factor")
  expect_match(
    message_of(front(y ~ x, d, subset = c(TRUE, FALSE)), "subset"), "2 values"
  )
})

# Levels -----------------------------------------------------------------------

test_that("unused levels are dropped and characters become factors", {
  d <- make_data()
  design <- front(y ~ f + s, d, subset = f != "b")
  expect_identical(colnames(design$z), c("(Intercept)", "fc", "sw"))
  expect_identical(
    design$blueprint$xlevels, list(f = c("a", "c"), s = c("u", "w"))
  )
  expect_s3_class(design$frame$s, "factor")
  expect_match(
    message_of(front(y ~ x + s, d, subset = s == "u"), "one_level"),
    "`s`.*\"u\""
  )
  contrasts(d$f) <- contr.sum(3)
  expect_warning(
    front(y ~ f, d, subset = f != "b"),
    class = "sgmoe_warning_contrasts"
  )
})

test_that("new data may hold some levels, as factor, character or ordered", {
  d <- make_data()
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
  d <- make_data()
  design <- front(y ~ f + s, d, gate = ~ (o == "low"), subset = f != "b")
  new <- d[1:3, ]
  new$f <- c("a", "zz{z}", NA)
  text <- message_of(replay_design(design$blueprint, new), "unseen_level")
  expect_match(text, "`f`.*zz{z}.*\"a\" and \"c\"", perl = TRUE)
  # A level that the data had, but the rows used had not.
  new$f <- "b"
  text <- message_of(replay_design(design$blueprint, new), "unseen_level")
  expect_match(text, "New: \"b\"")
  new$f <- "a"
  new$o <- "unheard of"
  expect_equal(unname(replay_design(design$blueprint, new)$x[, 2]), c(0, 0, 0))
})

# New data ---------------------------------------------------------------------

test_that("NA rows of new data stay, or go as na.action says", {
  d <- make_data()
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
    message_of(
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
  d <- make_data()
  design <- front(cbind(y, log(v)) ~ x, d)
  expect_null(replay_design(design$blueprint, d["x"])$y)
  expect_equal(replay_design(design$blueprint, d, response = TRUE)$y, design$y)
  expect_match(
    message_of(
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
  d <- make_data()
  design <- front(y ~ 1, d)
  expect_identical(dim(replay_design(design$blueprint, d[1:5, ])$x), c(5L, 1L))
  empty <- data.frame(row.names = 1:3)
  expect_identical(dim(replay_design(design$blueprint, empty)$x), c(3L, 1L))
})

test_that("a missing column is named, never taken from elsewhere", {
  d <- make_data()
  design <- front(y ~ x + v, d, gate = ~f, offset = w)
  assign("x", d$x, globalenv())
  on.exit(rm("x", envir = globalenv()))
  v <- d$v
  new <- d["f"]
  text <- message_of(replay_design(design$blueprint, new), "missing_column")
  expect_match(text, "Columns `x`, `v` and `w` are missing from `newdata`")
  d$Vol <- d$v
  design <- front(y ~ Vol, d)
  text <- message_of(
    replay_design(design$blueprint, data.frame(vol = 1)), "missing_column"
  )
  expect_match(text, "Did you mean `vol`")
})

slow_test("a wrong type is named with what was expected and found", {
  d <- make_data()
  d$day <- as.Date("2024-01-01") + seq_len(40)
  d$m <- matrix(rnorm(80), 40)
  design <- front(y ~ x + f + g + day + m, d)
  wrong <- function(...) {
    new <- d[1:2, ]
    values <- list(...)
    new[[names(values)]] <- values[[1]]
    message_of(replay_design(design$blueprint, new), "wrong_type")
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
    message_of(replay_design(design$blueprint, d[1:2, ]), "wrong_type"),
    "widths\\(x\\).*2 columns.*numeric"
  )
})

test_that("other columns of new data are harmless, other classes are not", {
  d <- make_data()
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
      message_of(replay_design(design$blueprint, bad), "newdata"), "data frame"
    )
  }
})

test_that("data$column in a formula is refused for new data", {
  d <- make_data()
  design <- front(d$y ~ d$x)
  expect_identical(nrow(design$z), 40L)
  expect_match(
    message_of(replay_design(design$blueprint, d), "missing_column"), "`d`"
  )
})

# Environments -----------------------------------------------------------------

test_that("a blueprint is small, whatever is around and however many rows", {
  fit_among <- function(n, size) {
    big <- numeric(size)
    also_big <- function(x) x + big[[1]]
    helper <- function(x) 2 * x
    twice <- function(x) helper(x) + offset_by
    offset_by <- 1
    data <- make_data(n)
    front(
      y ~ twice(x) + splines::ns(v, 3) + f, data,
      gate = ~ f + twice(v),
      weights = w
    )
  }
  small <- fit_among(50, 1)
  large <- fit_among(5000, 1e6)
  expect_lt(size(large$blueprint), 2e4)
  expect_lt(abs(size(large$blueprint) - size(small$blueprint)), 500)
  # The frame holds data, and nothing but data.
  expect_lt(size(large$frame), size(as.list(large$frame)) + 4e4)
  # Local functions, and what these use, are still there.
  blueprint <- unserialize(serialize(large$blueprint, NULL))
  new <- make_data(5000)[7:9, ]
  replayed <- replay_design(blueprint, new)
  expect_equal(replayed$z[, "twice(x)"], 2 * new$x + 1)
  expect_equal(bare(replayed$z), bare(large$z)[7:9, ])
})

test_that("names mean after slimming what they meant before", {
  d <- make_data()
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
  expect_lt(size(design$blueprint), 2e4)
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
  d <- make_data()
  design <- front(formula, d)
  rm("global_scale", "global_factor", envir = globalenv())
  expect_false(exists("global_factor"))
  expect_equal(replay_design(design$blueprint, d)$z[, 2], 5 * d$x)
})

test_that("an object too large to be kept is named", {
  d <- make_data()
  fit_it <- function() {
    big_table <- rnorm(1e4)
    front(y ~ I(x + big_table[1]), d)
  }
  design <- fit_it()
  expect_lt(size(design$blueprint), 2e4)
  expect_identical(design$blueprint$left_out, "big_table")
  expect_match(
    message_of(replay_design(design$blueprint, d), "missing_object"),
    "big_table"
  )
})

test_that("source references are not kept", {
  text <- paste0(strrep("# a long file\n", 5000), "function(x) { x + 1 }")
  next_one <- eval(parse(text = text, keep.source = TRUE))
  d <- make_data()
  expect_lt(size(front(y ~ next_one(x), d)$blueprint), 2e4)
  text <- paste0(strrep("# a long file\n", 5000), "y ~ (function(u) {u})(x)")
  formula <- eval(parse(text = text, keep.source = TRUE))
  expect_lt(size(front(formula, d)$blueprint), 2e4)
})

# Bad input --------------------------------------------------------------------

slow_test("formulas that are none", {
  d <- make_data()
  expect_match(message_of(front("y ~ x", d), "formula"), "character")
  expect_match(message_of(front(~x, d), "formula"), "no response")
  expect_match(message_of(front(y ~ x | v, d), "formula"), "gate = ~ v")
  expect_match(message_of(front(y ~ x + y, d), "formula"), "`y`")
  expect_match(message_of(front(y ~ x, d, gate = y ~ x), "gate"), "y ~ x")
  expect_match(message_of(front(y ~ x, d, gate = "x"), "gate"), "character")
  expect_match(message_of(front(y ~ x, d, gate = ~ x + y), "gate"), "`y`")
})

slow_test("data that are none, and columns that are not there", {
  d <- make_data()
  expect_match(message_of(front(y ~ x, as.matrix(d)), "data"), "as.data.frame")
  expect_match(message_of(front(y ~ x, mean), "data"), "function")
  expect_match(message_of(front(y ~ x, "d"), "data"), "character")
  text <- message_of(
    front(y ~ volme, transform(d, volume = v)),
    "missing_column"
  )
  expect_match(text, "`volme` is missing from `data`.*mean `volume`")
  # A function of that name is no column.
  expect_match(message_of(front(y ~ df, d), "missing_column"), "`df`")
  expect_match(message_of(front(y ~ x, d, gate = ~t), "missing_column"), "`t`")
  expect_match(message_of(front(nope ~ x, d), "missing_column"), "`nope`")
  expect_match(message_of(front(nope ~ x), "missing_column"), "no `data`")
  expect_match(
    message_of(front(y ~ x, d, weights = ww), "missing_column"), "`ww`"
  )
  expect_match(
    message_of(front(y ~ x, d, weights = weights), "missing_column"),
    "`weights`"
  )
  expect_match(
    message_of(front(y ~ x, d, subset = nope > 1), "missing_column"), "`nope`"
  )
  expect_match(
    message_of(front(y ~ nofun(x), d), "variable"),
    "nofun\\(x\\).*find function"
  )
  short <- 1:3
  expect_match(
    message_of(front(y ~ x + short, d), "variable_length"), "`short` has 3.*40"
  )
})

slow_test("responses that Gaussian experts cannot have", {
  d <- make_data()
  for (name in c("f", "s", "g", "o")) {
    formula <- reformulate("x", name)
    text <- message_of(front(formula, d, family = "gaussian"), "response_type")
    expect_match(text, paste0("`", name, "`"))
  }
  expect_identical(front(y ~ x, d, family = "gaussian")$y, front(y ~ x, d)$y)
  d$day <- Sys.Date() + 1:40
  d$l <- as.list(1:40)
  both <- d[c("y", "y2")]
  expect_match(message_of(front(day ~ x, d), "response_type"), "Date")
  expect_match(message_of(front(l ~ x, d), "response_type"), "list")
  expect_match(message_of(front(both ~ x, d), "response_type"), "cbind")
  d$i64 <- structure(d$y, class = "integer64")
  expect_match(message_of(front(i64 ~ x, d), "response_type"), "integer64")
})

test_that("a response without spread, among the rows that count", {
  d <- make_data()
  d$one <- 3
  expect_match(
    message_of(front(cbind(y, one) ~ x, d), "constant_response"),
    "`one` is constant: it is 3 in all 40 rows"
  )
  d$nearly <- 0.1 + c(0.2, 0.2 + 1e-17)
  expect_match(message_of(front(nearly ~ x, d), "constant_response"), "nearly")
  d$far <- 1e9 + d$y
  expect_silent(front(far ~ x, d))
  d$one[1:2] <- 5
  d$w[1:2] <- 0
  expect_match(
    message_of(front(one ~ x, d, weights = w), "constant_response"), "38 rows"
  )
  expect_silent(front(one ~ x, d))
})

test_that("values that are not finite", {
  d <- make_data()
  d$v[c(7, 9)] <- 0
  text <- message_of(front(y ~ x, d, gate = ~ log(v)), "non_finite")
  expect_match(text, "`log(v)` is not finite in 2 rows", fixed = TRUE)
  expect_match(text, "row 7, where it is -Inf", fixed = TRUE)
  # Rows are named as the user knows them.
  text <- message_of(front(y ~ log(v), d, subset = 8:20), "non_finite")
  expect_match(text, "1 row.*row 9,")
  # They do not matter in a row that is dropped anyway.
  d$x[3] <- Inf
  d$y[3] <- NaN
  expect_identical(nrow(front(y ~ x, d)$y), 39L)
  d$y[4] <- Inf
  expect_match(message_of(front(y ~ x, d), "non_finite"), "`y`.*row 4")
  d$m <- cbind(d$y2, ifelse(seq_len(40) == 11, Inf, 1))
  expect_match(message_of(front(y2 ~ m, d), "non_finite"), "`m`.*row 11.*Inf")
  # Finite values whose sum overflows are fine.
  d$huge <- rep(c(1e308, 1.5e308), 20)
  expect_silent(front(y2 ~ huge, d))
})

test_that("covariates that a matrix cannot hold", {
  d <- make_data()
  d$l <- as.list(1:40)
  d$z <- complex(40, 1, 1)
  d$i64 <- structure(d$x, class = "integer64")
  d$day <- as.Date("2024-01-01") + 0:39
  d$time <- as.POSIXct("2024-01-01", tz = "UTC") + 0:39
  d$lag <- d$time - d$time[1]
  expect_match(message_of(front(y ~ l, d), "covariate_type"), "`l`.*list")
  expect_match(
    message_of(front(y ~ x, d, gate = ~z), "covariate_type"), "`z`.*complex"
  )
  expect_match(
    message_of(front(y ~ i64, d), "covariate_type"), "integer64.*as.numeric"
  )
  design <- front(y ~ day + time + lag, d)
  expect_equal(bare(design$z), lm_matrix(~ day + time + lag, d))
  expect_equal(
    bare(replay_design(design$blueprint, d[3, ])$z),
    bare(design$z)[3, , drop = FALSE]
  )
})

test_that("weights that are none", {
  d <- make_data()
  with_weight <- function(value, row = 3) {
    d$w[row] <- value
    d$y[3] <- NA
    message_of(front(y ~ x, d, weights = w, subset = x < 99), "weights")
  }
  expect_match(with_weight(-1), "1 is not.*row 3, which is -1")
  expect_match(with_weight(Inf, 4:6), "3 are not.*row 4, which is Inf")
  expect_match(message_of(front(y ~ x, d, weights = 0 * w), "weights"), "zero")
  expect_match(message_of(front(y ~ x, d, weights = s), "weights"), "character")
  expect_match(
    message_of(front(y ~ x, d, weights = 1:3), "weights"), "3 values for 40"
  )
  # A row that the subset leaves out may have any weight.
  d$w[3] <- -1
  expect_length(front(y ~ x, d, weights = w, subset = -3)$weights, 39)
})

test_that("errors name the function that the user called", {
  error <- tryCatch(front(y ~ nope, make_data()), error = identity)
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
