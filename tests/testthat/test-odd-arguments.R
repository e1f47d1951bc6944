# Arguments that nobody should give: kinds that the fuzzer found (tests/fuzz).

set.seed(1)
rows <- simulate_moe(120, k = 2, p = 2)
rows$n <- rpois(120, exp(rows$x1 / 2))
fit <- quiet(sgmoe(y ~ x1 + x2, rows, k = 2, starts = 1, ridge = 0.1))

test_that("junk is refused in words of our own", {
  refused <- function(expression, what = "argument") {
    expect_error(quiet(expression), class = paste0("sgmoe_error_", what))
  }
  refused(extractAIC(fit, k = "a"))
  refused(case.names(fit, full = list()))
  refused(variable.names(fit, full = NA))
  refused(bootstrap(fit, nsim = 1, seed = 1e10))
  refused(bootstrap_lrt(fit, fit, seed = "a"))
  refused(update_matrix(1, 1, 1))
  refused(update(fit, evaluate = NA))
  refused(calibration(cbind(p = c(0.2, 0.7), q = c(0.8, 0.3)), c("p", "q"), class = sum))
  for (junk in list("a", sum, list(1), 1i, character())) {
    refused(update(fit, junk), "formula")
  }
  pdf(NULL)
  on.exit(dev.off())
  refused(plot(fit, covariate = "x1", interval = globalenv()))
})

test_that("coefficients of other packages are numbers that a fit can have", {
  set_coef <- function(coefs) quiet(set_coef.sgmoe(fit, coefs))
  own <- coef(fit)
  expect_equal(coef(set_coef(own * 1.5)), own * 1.5)
  expect_equal(coef(set_coef(unname(own))), own)
  for (junk in list(
    NULL, "a", raw(2), globalenv(), list(1), c(own[-1L], NA), c(nobody = 1),
    replace(own, "expert1:(sigma)", -1)
  )) {
    expect_error(set_coef(junk), class = "sgmoe_error_argument")
  }
  for (type in list(sum, list(), globalenv(), "no type")) {
    expect_error(
      get_predict.sgmoe(fit, rows, type = type),
      class = "sgmoe_error_argument"
    )
  }
})

test_that("draws for DHARMa are of one response", {
  two <- quiet(sgmoe(cbind(y, x2) ~ x1, rows, k = 2, starts = 1, ridge = 0.1))
  expect_error(getSimulations.sgmoe(two), class = "sgmoe_error_unsupported")
  expect_identical(dim(getSimulations.sgmoe(fit, nsim = 2)), c(120L, 2L))
})

test_that("a setting that is in a control twice is refused", {
  twice <- list(ridge = 1, starts = 2, ridge = 3)
  expect_error(
    sgmoe(mpg ~ wt, mtcars, k = 2, control = twice), "`ridge` is there twice",
    class = "sgmoe_error_control"
  )
  settings <- stream_control(ridge = 1)
  settings$pilot <- list(ridge = 1)
  expect_error(
    sgmoe_stream(mpg ~ wt, mtcars, k = 2, control = settings),
    "`ridge` is there twice",
    class = "sgmoe_error_control"
  )
})

test_that("responses of update_matrix() that are no numbers are refused", {
  data <- data.frame(x = rnorm(100), a = rnorm(100), b = rnorm(100))
  stream <- sgmoe_stream(cbind(a, b) ~ x, data, k = 2, ridge = 1, starts = 1)
  classes <- sgmoe_stream(Species ~ Sepal.Length, iris, k = 2, ridge = 1, starts = 1)
  for (y in list(globalenv(), "a", list(1, 2), quote(a))) {
    expect_error(
      update_matrix(stream, cbind(1, 0.5), y),
      class = "sgmoe_error_chunk"
    )
    expect_error(
      update_matrix(classes, cbind(1, 5), y),
      class = "sgmoe_error_unseen_level"
    )
  }
  expect_error(update_matrix(stream), class = "sgmoe_error")
  expect_error(update_matrix(stream, y = 1), class = "sgmoe_error")
  expect_error(update_matrix(stream, cbind(1, 0.5)), class = "sgmoe_error")
  classes$blueprint$response_levels <- "setosa"
  expect_error(predict(classes, iris), class = "sgmoe_error_damaged")
})

test_that("levels of a score must be numbers, also if there are none", {
  fit <- sgmoe(mpg ~ wt, mtcars, k = 2, ridge = 1, starts = 1)
  expect_error(score(fit, p = list(), per_row = TRUE), class = "sgmoe_error_argument")
  expect_named(score(fit, p = numeric(), per_row = TRUE))
})

test_that("what a plot shows is asked for in words or numbers", {
  set.seed(1)
  data <- simulate_moe(300, k = 2, p = 1)
  stream <- sgmoe_stream(y ~ x1, data[1:100, ], k = 2, ridge = 1, starts = 1)
  stream <- update(stream, data[101:300, ])
  for (junk in list(sum, globalenv(), 1, character(), "all")) {
    expect_error(plot(stream, which = junk), class = "sgmoe_error_argument")
  }
  fit <- as_sgmoe(stream)
  for (junk in list(sum, globalenv(), NA, "z")) {
    expect_error(
      plot(fit, covariate = "x1", response = junk, data = data),
      class = "sgmoe_error_argument"
    )
  }
})

test_that("what helpers found by hand is answered", {
  set.seed(1)
  data <- data.frame(x = runif(60))
  data$y <- 3 * data$x + rnorm(60) / 5
  # Terms and responses of which new rows would have something else.
  for (formula in list(y ~ I(x - mean(x)), y ~ rank(x), log(y - min(y) + 1) ~ x)) {
    class_condition(sgmoe(formula, data, k = 1), "warning", "row_dependent")
  }
  for (formula in list(y ~ scale(x), y ~ poly(x, 2), log(y + 9) ~ I(x^2), y ~ splines::ns(x, 3))) {
    expect_no_warning(sgmoe(formula, data, k = 1))
  }
  # Two columns of one name.
  twofold <- cbind(data, x = 1)
  class_condition(sgmoe(y ~ x, twofold, k = 1), "error", "duplicated_column")
  class_condition(sgmoe(y ~ ., twofold, k = 1), "error", "duplicated_column")
  fit <- sgmoe(y ~ x, data, k = 1)
  class_condition(predict(fit, twofold), "error", "duplicated_column")
  expect_identical(predict(fit, cbind(data, a = 1, a = 2)), predict(fit, data))
  # Numbers as text, a class each.
  class_condition(
    sgmoe(y ~ x, data.frame(x = runif(200), y = as.character(rnorm(200))), k = 2),
    "error", "many_classes"
  )
  missing <- replace(data, cbind(3L, 2L), NA)
  class_condition(
    sgmoe(y ~ x, missing, k = 1, na.action = function(x) 5), "error", "missing_values"
  )
  class_condition(confint(fit, "\xff"), "error", "argument")
  class_condition(confint(fit, NA_character_), "error", "argument")
  class_condition(relabel(fit, globalenv()), "error", "order")
  stream <- sgmoe_stream(y ~ x, data[rep(1:60, 20), ], k = 1)
  old <- options(OutDec = ",", warn = 1)
  on.exit(options(old))
  expect_no_warning(capture.output(print(stream), print(summary(stream))))
})
