# Settings of the algorithm, and where a fit starts.

make_data <- function(n = 60) {
  set.seed(12)
  data <- data.frame(x = rnorm(n), v = rnorm(n))
  data$y <- ifelse(
    runif(n) < plogis(3 * data$x), 1 + 2 * data$x, -2 - data$x
  ) + rnorm(n, sd = 0.3)
  data$y2 <- data$x + rnorm(n)
  data
}

slow_test("settings out of range are named with their value", {
  bad <- list(
    max_passes = 0, max_passes = 1.5, max_passes = 1e10, tolerance = -1,
    tolerance = NA, curvature = "newton", curvature = 1, acceleration = "fast",
    acceleration = NA, history = 0, history = 2.5, history = 1e10, starts = 0,
    starts = -1, starts = "ten", starts = 1e10, threads = 0, threads = 0.5,
    threads = 1e10, ridge = -1, ridge = Inf, ridge = NaN, ridge = c(1, 2),
    ridge = NULL, variance_floor = 0, variance_floor = -1, variance_floor = 2,
    progress = NA, progress = "yes"
  )
  for (i in seq_along(bad)) {
    name <- names(bad)[[i]]
    value <- bad[[i]]
    text <- refusal(do.call(sgmoe_control, bad[i]), "control")
    expect_match(text, paste0("^`", name, "` must be"))
    shown <- if (length(value) == 1L) {
      format(value)
    } else {
      paste("length", length(value))
    }
    expect_match(text, shown, fixed = TRUE)
    # Through the dots of sgmoe() as well.
    arguments <- c(list(y ~ x, make_data(), k = 2), bad[i])
    expect_match(refusal(do.call(sgmoe, arguments), "control"), name)
  }
})

slow_test("settings pass through control and dots, which win", {
  d <- make_data()
  control <- sgmoe_control(starts = 2, ridge = 0.5)
  expect_s3_class(control, "sgmoe_control")
  expect_named(control, setdiff(names(formals(sgmoe_control)), "..."))
  expect_identical(sgmoe(y ~ x, d, k = 2, control = control)$control, control)
  fit <- sgmoe(y ~ x, d, k = 2, control = control, ridge = 1)
  expect_identical(fit$control$ridge, 1)
  expect_identical(nrow(fit$starts), 2L)
  fit <- sgmoe(y ~ x, d, k = 2, control = list(starts = 1, tolerance = 1e-8))
  expect_identical(fit$control$tolerance, 1e-8)
  expect_match(
    refusal(sgmoe(y ~ x, d, k = 2, control = 5), "control"),
    "`control`.*sgmoe_control.*numeric"
  )
  expect_match(
    refusal(sgmoe(y ~ x, d, k = 2, control = list(rigde = 1)), "argument"),
    "rigde"
  )
})

test_that("a fit shows all its starts; set.seed() makes it reproducible", {
  d <- make_data()
  run <- function() {
    set.seed(5)
    sgmoe(y ~ x, d, k = 2, starts = 3, ridge = 0)
  }
  fit <- run()
  expect_identical(coef(fit), coef(run()))
  expect_named(fit$starts, c(
    "start", "type", "logLik", "objective", "passes", "reason", "chosen"
  ))
  expect_identical(fit$starts$start, 1:3)
  expect_equal(max(fit$starts$logLik), c(logLik(fit)))
})

test_that("a fit starts from posteriors, an earlier fit or coefficients", {
  d <- make_data()
  set.seed(5)
  fit <- sgmoe(y ~ x, d, k = 2, starts = 2, ridge = 0)
  posterior <- predict(fit, type = "posterior")
  for (start in list(
    fit, coef(fit), unname(coef(fit)), rev(coef(fit)),
    posterior, 3 * posterior
  )) {
    again <- sgmoe(y ~ x, d, k = 2, start = start, ridge = 0)
    expect_identical(nrow(again$starts), 1L)
    expect_equal(c(logLik(again)), c(logLik(fit)), tolerance = 1e-8)
    expect_equal(coef(again), coef(fit), tolerance = 1e-5)
  }
  # The start counts: coefficients of a fit leave nothing to do.
  expect_lt(sgmoe(y ~ x, d, k = 2, start = fit, ridge = 0)$passes, fit$passes)
  # A fit to other rows is a start, too.
  expect_s3_class(sgmoe(y ~ x, d[1:50, ], k = 2, start = fit), "sgmoe")
})

slow_test("a posterior matrix of the wrong shape or content is refused", {
  d <- make_data()
  from <- function(start) {
    refusal(sgmoe(y ~ x, d, k = 2, start = start), "start")
  }
  expect_match(from(matrix(1, 3, 2)), "`start`.*3 x 2; expected 60 x 2")
  expect_match(from(matrix(1, 60, 3)), "60 x 3; expected 60 x 2")
  half <- matrix(0.5, 60, 2)
  for (row in list(c(NA, 1), c(0, 0), c(-1, 2), c(Inf, 1))) {
    bad <- half
    bad[4, ] <- row
    expect_match(from(bad), "`start`.*1 row is.*row 4")
  }
  for (start in list(
    "a", TRUE, list(1), matrix("a", 60, 2),
    as.data.frame(half)
  )) {
    expect_match(from(start), "`start` must be a posterior matrix.*of type")
  }
})

slow_test("coefficients that do not fit the model are refused", {
  d <- make_data()
  set.seed(5)
  fit <- sgmoe(y ~ x, d, k = 2, starts = 1)
  from <- function(start, ...) {
    refusal(sgmoe(y ~ x, d, ..., start = start), "start")
  }
  values <- coef(fit)
  expect_match(from(values[-1], k = 2), "Missing: \"gate2:\\(Intercept\\)\"")
  expect_match(from(c(values, other = 1), k = 2), "Unknown: \"other\"")
  expect_match(from(c(values, values[2]), k = 2), "gate2:x")
  expect_match(from(1:3, k = 2), "3 values for 8")
  values[["expert2:x"]] <- NA
  expect_match(from(values, k = 2), "finite.*\"expert2:x\" is not")
  # A square would make a standard deviation of anything.
  values <- coef(fit)
  for (bad in c(-1, 0)) {
    values[["expert1:(sigma)"]] <- bad
    expect_match(from(values, k = 2), "expert1:(sigma)", fixed = TRUE)
  }
  expect_match(from(fit, k = 3), "`start`.*lacks \"gate3:")
  expect_match(from(fit, k = 1), "`start`.*has more")
  expect_match(
    refusal(sgmoe(y ~ x + v, d, k = 2, start = fit), "start"),
    "lacks \"gate2:v\""
  )
})

test_that("a covariance that is none is refused as a start", {
  d <- make_data()
  set.seed(5)
  fit <- sgmoe(cbind(y, y2) ~ x, d, k = 2, starts = 1, ridge = 0)
  values <- coef(fit)
  expect_equal(
    c(logLik(sgmoe(cbind(y, y2) ~ x, d, k = 2, start = values, ridge = 0))),
    c(logLik(fit)),
    tolerance = 1e-8
  )
  values[["expert1:(sigma)[y,y2]"]] <- 1e3
  expect_match(
    refusal(sgmoe(cbind(y, y2) ~ x, d, k = 2, start = values), "start"),
    "expert1:\\(sigma\\)"
  )
})
