# update() where what the call refers to is gone.

make_data <- function(n = 60) {
  set.seed(12)
  data <- data.frame(
    x = rnorm(n), v = runif(n, 1, 2), w = runif(n),
    f = rep(c("a", "b"), length.out = n)
  )
  data$y <- ifelse(data$x > 0, 3, -2) * data$x + rnorm(n, sd = 0.3)
  data
}
quick <- function(...) sgmoe(..., starts = 1)
same_fit <- function(fit, other) {
  expect_equal(coef(fit), coef(other), tolerance = 1e-4)
  expect_equal(nobs(fit), nobs(other))
}
again <- function(...) {
  set.seed(1)
  quietly(update(...))
}

slow_test("data of a function that is over are those of the fit", {
  d <- make_data()
  d$x[7] <- NA
  make <- function() {
    local_data <- d
    experts <- 2
    case <- d$w
    knot <- 0.2
    amount <- 0.3
    sgmoe(
      y ~ log(v) + I(pmax(x - knot, 0)), local_data,
      k = experts, gate = ~ f + x, weights = case, subset = x > -1,
      ridge = amount, starts = 1, na.action = na.exclude
    )
  }
  set.seed(1)
  fit <- quietly(make())
  expect_identical(fit$call$data, quote(local_data))
  same_fit(again(fit), fit)
  expect_identical(again(fit)$control$ridge, 0.3)
  rows <- which(d$x > -1)
  # `v` and `x` stand in calls only, and were kept as they are.
  expected <- sgmoe(y ~ v + x, d[rows, ], k = 1, weights = w, ridge = 0.3)
  changed <- again(fit, . ~ v + x, k = 1, gate = NULL)
  same_fit(changed, expected)
  # And once more, from a fit that was made so.
  same_fit(again(changed, . ~ v), sgmoe(
    y ~ v, d[rows, ],
    k = 1, weights = w, ridge = 0.3
  ))
  same_fit(again(fit, data = d[1:50, ], weights = w, k = 1, gate = NULL), {
    knot <- 0.2
    sgmoe(
      y ~ log(v) + I(pmax(x - knot, 0)), d[1:50, ],
      k = 1, weights = w, subset = x > -1, ridge = 0.3
    )
  })
  error <- tryCatch(update(fit, . ~ . + z), error = identity)
  expect_s3_class(error, "sgmoe_error_missing_column")
  expect_match(conditionMessage(error), "local_data.*data = ")
  fit$model <- NULL
  error <- tryCatch(update(fit, k = 1), error = identity)
  expect_s3_class(error, "sgmoe_error_no_model")
})

test_that("dots of wrappers and values of do.call() are found again", {
  d <- make_data()
  expected <- sgmoe(y ~ x, d, k = 1)
  make <- function() {
    inner <- d
    quick(y ~ x, inner, k = 2, ridge = 1)
  }
  fit <- make()
  expect_identical(
    deparse1(fit$call),
    "sgmoe(formula = y ~ x, data = inner, k = 2, ridge = 1, starts = 1)"
  )
  same_fit(again(fit, k = 1, ridge = 0), expected)
  fit <- do.call(sgmoe, list(
    y ~ x, d,
    k = 2, starts = 1, family = gaussian, na.action = na.omit, weights = d$w,
    control = sgmoe_control(ridge = 1)
  ))
  same_fit(again(fit, k = 1), sgmoe(y ~ x, d, k = 1, weights = w, ridge = 1))
})

test_that("variables without data are found again", {
  d <- make_data()
  make <- function() {
    target <- d$y
    source <- d$x
    sgmoe(target ~ source, k = 1)
  }
  fit <- make()
  same_fit(again(fit), fit)
  expect_identical(formula(again(fit, . ~ 1)), target ~ 1, ignore_attr = TRUE)
})

test_that("data that are there are taken from there", {
  d <- make_data()
  fit <- sgmoe(y ~ x, d, k = 1)
  d <- d[1:30, ]
  expect_equal(nobs(update(fit)), 30)
  expect_identical(
    update(fit, . ~ v, weights = w, k = NULL, evaluate = FALSE)$weights,
    quote(w)
  )
})

test_that("a selection of a function that is over is made again", {
  d <- make_data(90)
  make <- function() {
    local_data <- d[1:80, ]
    case <- local_data$w
    most <- 2
    formula <- y ~ x
    select_experts(formula, local_data, k_max = most, weights = case, ridge = 1)
  }
  # Two experts are the most of those that are tried.
  again <- function(...) {
    set.seed(1)
    suppressWarnings(quietly(update(...)), classes = "sgmoe_warning_largest_k")
  }
  set.seed(1)
  selection <- suppressWarnings(
    quietly(make()),
    classes = "sgmoe_warning_largest_k"
  )
  repeated <- again(selection)
  expect_s3_class(repeated, "sgmoe_selection")
  expect_equal(repeated$path, selection$path, tolerance = 1e-6)
  expect_identical(again(selection, k_max = 1)$path$k, 1L)
  expect_identical(labels(again(selection, . ~ poly(x, 2))), "poly(x, 2)")
  expect_error(again(selection, . ~ v), class = "sgmoe_error_missing_column")
})
