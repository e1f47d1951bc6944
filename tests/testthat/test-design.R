# From a formula to design matrices, response and offset.

# Matrices ----------------------------------------------------------------------

slow_test("design matrices are those of lm, also on new data", {
  d <- design_example()
  new <- design_example(7, seed = 2)
  right <- list(
    ~x, ~1, ~ x + log(v), ~ 0 + v + x, ~ 0 + f, ~ x * f + s + g + o, ~ poly(x, 3, raw = TRUE),
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
  d <- design_example()
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
  d <- design_example()
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
  d <- design_example()
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
  d <- design_example()[c("y", "y2", "x", "v")]
  design <- front(log(abs(y)) ~ x, d, gate = ~.)
  expect_identical(colnames(design$x), c("(Intercept)", "y2", "x", "v"))
  design <- front(cbind(y, y2) ~ ., d)
  expect_identical(colnames(design$z), c("(Intercept)", "x", "v"))
  design <- front(cbind(y, y2) ~ . - v, d, gate = ~ .^2)
  expect_identical(colnames(design$z), c("(Intercept)", "x"))
  expect_identical(colnames(design$x), c("(Intercept)", "x", "v", "x:v"))
  expect_match(refusal(front(y ~ .), "formula"), "columns of `data`")
})

test_that("awkward column names work", {
  d <- data.frame(
    y = rnorm(9), `a b` = rnorm(9), `(w)` = 1:9 / 9, `x{y}` = rnorm(9),
    check.names = FALSE
  )
  design <- front(y ~ ., d, weights = `(w)`)
  expect_identical(
    colnames(design$z), c("(Intercept)", "`a b`", "`(w)`", "`x{y}`")
  )
  expect_identical(design$weights, d[["(w)"]])
  expect_identical(bare(replay_design(design$blueprint, d)$z), bare(design$z))
  d[["x{y}"]][4] <- Inf
  expect_match(refusal(front(y ~ ., d), "non_finite"), "x{y}", fixed = TRUE)
})

# Response and offset -----------------------------------------------------------

test_that("the response is a named numeric matrix", {
  d <- design_example()
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
  d <- design_example()
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
  d <- design_example()
  expect_match(
    refusal(front(y ~ x, d, gate = ~ x + offset(v)), "gate_offset"),
    "offset\\(v\\)"
  )
  expect_match(refusal(front(y ~ x, d, offset = 1:3), "offset"), "3 values")
  expect_match(refusal(front(y ~ x, d, offset = s), "offset"), "character")
  expect_match(
    refusal(front(y ~ x + offset(f), d), "offset"), "offset\\(f\\).*factor"
  )
  expect_match(
    refusal(front(y ~ x, d, offset = cbind(x, w)), "offset"), "2 columns"
  )
  d$v[7] <- Inf
  expect_match(
    refusal(front(y ~ x + offset(v), d), "non_finite"),
    "offset\\(v\\).*row 7"
  )
  expect_match(
    refusal(front(y ~ x, d, offset = v), "non_finite"), "`offset`.*row 7"
  )
  # Values, as do.call() gives them, cannot be repeated for new data.
  design <- do.call(front, list(y ~ x, data = d, offset = d$w))
  expect_match(
    refusal(replay_design(design$blueprint, d), "offset"), "formula"
  )
})

# Where arguments are looked up -------------------------------------------------

test_that("weights, subset and offset name columns or the caller's variables", {
  d <- design_example()
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
  d <- design_example()
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
    refusal(replay_design(design$blueprint, d["x"]), "missing_column"), "`v`"
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
  d <- design_example()
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

test_that("a column that a formula takes out has no part in anything", {
  set.seed(1)
  rows <- data.frame(x = rnorm(60), z = rnorm(60), id = paste0("s", 1:60))
  rows$y <- rows$x + rnorm(60)
  plain <- sgmoe(y ~ x + z, rows, k = 1)
  expect_no_message(fit <- sgmoe(y ~ . - id, rows, k = 1))
  expect_identical(coef(fit), coef(plain))
  new <- data.frame(x = 1, z = 2)
  expect_identical(predict(fit, new), predict(plain, new))
  expect_identical(predict(fit, cbind(new, id = "new")), predict(plain, new))
  stream <- sgmoe_stream(y ~ . - id, rows[1:40, ], k = 1, ridge = 1)
  stream <- update(stream, rows[41:60, ])
  expect_identical(nobs(stream) + nrow(stream$state$pending), 60)
  expect_identical(
    coef(sgmoe(y ~ . - id - z + offset(z), rows, k = 1)),
    coef(sgmoe(y ~ x + offset(z), rows, k = 1))
  )
  expect_identical(
    coef(sgmoe(y ~ x - x, rows, k = 1)), coef(sgmoe(y ~ 1, rows, k = 1))
  )
  gate <- quick_fit(y ~ x, rows, 2, gate = ~ . - id, ridge = 1)
  expect_identical(coef(gate), coef(quick_fit(y ~ x, rows, 2, gate = ~ x + z, ridge = 1)))
})

test_that("a formula may have thousands of terms", {
  names <- paste0("v", 1:3000)
  right <- stats::reformulate(names)[[2L]]
  parts <- operands(right, "+")
  expect_identical(vapply(parts, as.character, ""), names)
  expect_null(find_bar(right))
  deep <- call("+", right, quote((a | b)))
  for (i in 1:3000) deep <- call("+", deep, quote(z))
  expect_identical(find_bar(deep), quote(a | b))
  expect_identical(plain_names(quote(I(a + log(b) * a - f(d)))), c("a", "b"))
  set.seed(1)
  data <- as.data.frame(matrix(stats::rnorm(700 * 40), 40))
  data$y <- stats::rnorm(40)
  fit <- quietly(sgmoe(
    stats::reformulate(paste0("V", 1:700), "y"), data,
    k = 1, ridge = 1
  ))
  expect_length(fit$spec$columns$expert, 701L)
})
