# Where fits start, what is recorded of it, and `start =`.

# The search -------------------------------------------------------------------

slow_test("the default starts find the best likelihood of mcycle", {
  skip_if_not_installed("MASS")
  data <- MASS::mcycle
  n <- nrow(data)
  fits <- lapply(1:10, function(seed) {
    set.seed(seed)
    quietly(sgmoe(accel ~ times, data, k = 4, ridge = 0))
  })
  found <- vapply(fits, function(fit) c(logLik(fit)), 0)
  # Another route to the best known one: four segments of time, cut at random.
  set.seed(1)
  searched <- vapply(1:400, function(i) {
    cuts <- sort(runif(3, min(data$times), max(data$times)))
    segment <- findInterval(data$times, cuts) + 1L
    start <- matrix(0.02, n, 4)
    start[cbind(seq_len(n), segment)] <- 0.94
    c(logLik(quietly(sgmoe(accel ~ times, data,
      k = 4, start = start,
      ridge = 0
    ))))
  }, 0)
  best <- max(searched, found)
  expect_gte(sum(found >= best - 1e-3 * n), 9)
  # The search is worth the name: its starts differ, few find the best.
  expect_gt(best - median(searched), 1e-3 * n)
  for (fit in fits) {
    expect_identical(nrow(fit$starts), 10L)
    expect_equal(max(fit$starts$logLik), c(logLik(fit)), tolerance = 1e-9)
  }
})

make_mixture <- function(n = 300, seed = 51) {
  set.seed(seed)
  simulate_moe(n, k = 3, p = 2, gate_scale = 2)
}

slow_test("every start is recorded", {
  data <- make_mixture()
  fit <- quietly(sgmoe(y ~ x1 + x2, data, k = 3, starts = 6, ridge = 0))
  expect_s3_class(fit$starts, "data.frame")
  expect_named(fit$starts, c(
    "start", "type", "logLik", "objective", "passes", "reason", "chosen"
  ))
  expect_identical(fit$starts$start, 1:6)
  best <- which(fit$starts$chosen)
  expect_identical(best, which.max(fit$starts$objective))
  # Without a ridge the objective is the log-likelihood.
  expect_equal(fit$starts$objective, fit$starts$logLik)
  expect_equal(fit$starts$logLik[[best]], c(logLik(fit)))
  expect_identical(fit$starts$passes[[best]], fit$passes)
  expect_true(all(is.finite(fit$starts$logLik)))
  expect_identical(
    nrow(quietly(sgmoe(y ~ x1, data, k = 2, starts = 1, ridge = 0))$starts), 1L
  )
})

slow_test("on large data starts are chosen on a subsample", {
  data <- make_mixture(30000)
  truth <- attr(data, "truth")
  set.seed(2)
  fit <- sgmoe(y ~ x1 + x2, data, k = 3, starts = 5, ridge = 0)
  expect_identical(nrow(fit$starts), 5L)
  gone_on <- !fit$starts$reason %in% c("not_continued", "same_optimum")
  expect_gte(sum(gone_on), 1)
  # A log-likelihood of the subsample is not one of the data.
  expect_identical(is.na(fit$starts$logLik), !gone_on)
  expect_gte(c(logLik(fit)), truth$log_likelihood)
})

slow_test("set.seed() reproduces a fit, and only fits with starts draw", {
  data <- make_mixture()
  fit <- function(...) quietly(sgmoe(y ~ x1 + x2, data, k = 3, ...))
  set.seed(7)
  one <- fit(starts = 3)
  after <- .Random.seed
  set.seed(7)
  two <- fit(starts = 3)
  expect_identical(.Random.seed, after)
  expect_identical(serialize_fit(one), serialize_fit(two))
  set.seed(8)
  three <- fit(starts = 3)
  expect_false(identical(one$starts, three$starts))

  before <- .Random.seed
  fit(start = one)
  fit(start = coef(one))
  fit(start = predict(one, type = "posterior"))
  fit(start = predict(one, type = "posterior"), method = "em")
  summary(one)
  quietly(sgmoe(y ~ x1, data, k = 1))
  expect_identical(.Random.seed, before)
})

# A run of the core whose likelihood became undefined.
failed_run <- function(run) {
  run$objective <- run$log_likelihood <- NaN
  run$reason <- "non_finite"
  run
}

# Of the runs that the core makes one by one and many at a time, those for which
# `fails(number of the run)` fail.
with_failures <- function(fails, code) {
  calls <- 0
  wrapped <- function(run) {
    calls <<- calls + 1
    if (fails(calls)) failed_run(run) else run
  }
  core <- run_core
  each <- run_each
  value <- with_binding("run_core", function(...) wrapped(core(...)), {
    with_binding("run_each", function(...) lapply(each(...), wrapped), code)
  })
  list(value = value, calls = calls)
}

test_that("a failed start is recorded, never fatal", {
  data <- make_mixture()
  # The whole search of the first start fails, and some runs later on.
  set.seed(1)
  result <- with_failures(
    function(i) i <= 60 || i > 240 && i <= 255 || i %% 7 == 0,
    quietly(sgmoe(y ~ x1 + x2, data, k = 2, starts = 4, ridge = 0)) # without moves
  )
  fit <- result$value
  expect_gt(result$calls, 240)
  expect_identical(nrow(fit$starts), 4L)
  expect_identical(fit$starts$reason[[1]], "non_finite")
  expect_true(is.na(fit$starts$logLik[[1]]))
  expect_true(fit$converged)
  expect_equal(max(fit$starts$logLik, na.rm = TRUE), c(logLik(fit)))
  # The fit is one like any other.
  expect_true(all(is.finite(coef(fit))))
  expect_output(print(summary(fit)))
})

test_that("that all starts failed is an error that says why", {
  data <- make_mixture()
  error <- expect_error(
    with_failures(
      function(i) TRUE,
      sgmoe(y ~ x1 + x2, data, k = 3, starts = 2, ridge = 0)
    ),
    class = "sgmoe_error_start"
  )
  expect_match(conditionMessage(error), "non_finite")
})

test_that("an error in a run is raised, not taken for a bad start", {
  for (name in c("run_core", "run_each")) {
    expect_error(
      with_binding(
        name, function(...) stop("a defect"),
        sgmoe(y ~ x1, make_mixture(), k = 2, starts = 2, ridge = 0)
      ),
      "a defect"
    )
  }
})

# start = ----------------------------------------------------------------------

# The objective before the first step: what the start is worth.
first_value <- function(fit) {
  fit$trace[[1L]]
}

test_that("a posterior is a start", {
  data <- make_mixture()
  posterior <- random_posterior(300, 3)
  fit <- sgmoe(y ~ x1 + x2, data, k = 3, start = posterior, ridge = 0)
  expect_identical(nrow(fit$starts), 1L)
  expect_identical(fit$starts$type, "posterior")
  # Rows are normalised.
  other <- sgmoe(y ~ x1 + x2, data, k = 3, start = posterior * 1:300, ridge = 0)
  expect_equal(coef(other), coef(fit), tolerance = 1e-6)
  # A row for each row used.
  data$y[5] <- NA
  used <- sgmoe(y ~ x1 + x2, data,
    k = 3, subset = x1 < 1,
    start = posterior[data$x1 < 1 & !is.na(data$y), ], ridge = 0
  )
  expect_lt(used$nobs, 299)
  # A partition, as whole numbers.
  hard <- matrix(0L, 300, 2)
  hard[cbind(1:300, 1:2)] <- 1L
  expect_true(all(is.finite(
    coef(quietly(sgmoe(x1 ~ x2, data, k = 2, start = hard, ridge = 0)))
  )))
})

test_that("a fit is a start, and a converged one stays where it is", {
  data <- make_mixture()
  set.seed(1)
  fit <- sgmoe(y ~ x1 + x2, data, k = 3, starts = 2, ridge = 0)
  again <- sgmoe(y ~ x1 + x2, data, k = 3, start = fit, ridge = 0)
  expect_identical(again$starts$type, "fit")
  expect_equal(first_value(again), c(logLik(fit)), tolerance = 1e-12)
  expect_lte(again$passes, 10)
  expect_equal(coef(again), coef(fit), tolerance = 1e-4)
  # In two stages, the likelihood goes on where it was.
  set.seed(1)
  expect_warning(
    half <- sgmoe(y ~ x1 + x2, data,
      k = 3, starts = 1, max_passes = 5,
      ridge = 0
    ),
    class = "sgmoe_warning_pass_limit"
  )
  expect_equal(
    first_value(sgmoe(y ~ x1 + x2, data, k = 3, start = half, ridge = 0)),
    c(logLik(half)),
    tolerance = 1e-12
  )
  # Without its model frame, too.
  small <- sgmoe(y ~ x1 + x2, data,
    k = 3, start = fit, model = FALSE,
    ridge = 0
  )
  expect_equal(
    first_value(sgmoe(y ~ x1 + x2, data, k = 3, start = small, ridge = 0)),
    c(logLik(small)),
    tolerance = 1e-12
  )
})

test_that("aliased columns do not stop coefficients from being a start", {
  data <- make_mixture()
  data$x3 <- data$x1 + data$x2
  fit <- quietly(sgmoe(y ~ x1 + x2 + x3, data, k = 2, starts = 1, ridge = 0))
  expect_true(anyNA(coef(fit)))
  for (start in list(fit, coef(fit))) {
    again <- quietly(sgmoe(
      y ~ x1 + x2 + x3, data,
      k = 2, start = start, max_passes = 1, ridge = 0
    ))
    expect_equal(first_value(again), c(logLik(fit)), tolerance = 1e-10)
    expect_identical(is.na(coef(again)), is.na(coef(fit)))
  }
})

test_that("a relabelled fit is the same start", {
  data <- make_mixture()
  set.seed(1)
  fit <- quietly(sgmoe(y ~ x1 + x2, data,
    k = 3, starts = 1, max_passes = 10,
    ridge = 0
  ))
  orders <- list(c(2, 3, 1), 3:1)
  straight <- quietly(sgmoe(y ~ x1 + x2, data, k = 3, start = fit, ridge = 0))
  for (order in orders) {
    other <- relabel(fit, order)
    expect_equal(
      predict(other, type = "response"), predict(fit, type = "response")
    )
    again <- quietly(sgmoe(y ~ x1 + x2, data, k = 3, start = other, ridge = 0))
    expect_equal(first_value(again), c(logLik(fit)), tolerance = 1e-12)
    expect_equal(c(logLik(again)), c(logLik(straight)), tolerance = 1e-8)
    expect_equal(coef(again), coef(straight), tolerance = 1e-3)
  }
})

slow_test("what cannot be a start is refused by name", {
  data <- make_mixture()
  fit <- quietly(sgmoe(y ~ x1 + x2, data, k = 3, starts = 1, ridge = 0))
  refused <- function(start, pattern, ...) {
    error <- expect_error(
      sgmoe(y ~ x1 + x2, data, k = 3, start = start, ...),
      class = "sgmoe_error_start"
    )
    expect_match(gsub("\\s+", " ", conditionMessage(error)), pattern)
  }
  refused("random", "character")
  refused(list(1), "list")
  refused(matrix(1, 300, 2), "300 x 2.*300 x 3")
  refused(matrix(1, 299, 3), "299 x 3.*300 x 3")
  bad <- matrix(1, 300, 3)
  bad[7, ] <- 0
  refused(bad, "row 7")
  bad[7, 2] <- NA
  refused(bad, "row 7")
  bad[7, ] <- c(2, -1, 1)
  refused(bad, "row 7")
  refused(coef(fit)[-2], "gate2:x1")
  refused(c(coef(fit), other = 1), "other")
  infinite <- coef(fit)
  infinite[["expert2:x1"]] <- Inf
  refused(infinite, "expert2:x1")
  refused(quietly(sgmoe(y ~ x1, data, k = 3, starts = 1, ridge = 0)), "x2")
  refused(quietly(sgmoe(y ~ x1 + x2, data,
    k = 2, starts = 1,
    ridge = 0
  )), "gate3")
  refused(fit, "expert1:\\(sigma|lacks", shared = TRUE)
})

slow_test("impossible variances are no start", {
  data <- make_mixture(100)
  data$y2 <- data$x1 * data$y + data$x2
  set.seed(1)
  fits <- list(
    quietly(sgmoe(y ~ x1, data, k = 2, starts = 1, ridge = 0)),
    quietly(sgmoe(cbind(y, y2) ~ x1, data, k = 2, starts = 1, ridge = 0))
  )
  wrong <- list(
    list(1, "expert2:(sigma)", -1), list(1, "expert2:(sigma)", 0),
    list(2, "expert1:(sigma)[y,y]", -1), list(2, "expert1:(sigma)[y,y2]", 1e3)
  )
  for (case in wrong) {
    fit <- fits[[case[[1]]]]
    start <- coef(fit)
    start[[case[[2]]]] <- case[[3]]
    error <- tryCatch(
      quietly(sgmoe(formula(fit$call), data, k = 2, start = start, ridge = 0)),
      error = identity
    )
    expect_s3_class(error, "sgmoe_error_start")
    if (inherits(error, "error")) {
      expect_match(
        conditionMessage(error), sub("[[].*", "", case[[2]]),
        fixed = TRUE
      )
    }
  }
})

slow_test("start = takes labels of the rows, as clusterings give them", {
  set.seed(5)
  data <- data.frame(x = rnorm(80), v = rnorm(80))
  data$y <- ifelse(data$v > 0, 2, -2) * data$x + rnorm(80, sd = 0.3)
  data$x[c(3, 70)] <- NA
  group <- ifelse(data$v > 0, 2, 1)
  used <- data$v > -1 & !is.na(data$x)
  posterior <- cbind(group == 1, group == 2)[used, ] * 1
  fit <- function(start, ...) {
    quietly(sgmoe(
      y ~ x, data,
      k = 2, gate = ~v, start = start, subset = v > -1, ridge = 0.1, ...
    ))
  }
  expected <- fit(posterior)
  starts <- list(
    group, as.integer(group), factor(group), c("a", "b")[group],
    factor(group, 1:5), stats::setNames(group, paste0("row", 1:80)),
    replace(group, c(3, 70), NA), replace(group, data$v <= -1, 3) |> factor(),
    group - 1, c(3, 7)[group]
  )
  for (start in starts) {
    labelled <- fit(start)
    expect_identical(labelled$starts$type, "labels")
    expect_equal(coef(labelled), coef(expected))
  }
  # The names of coefficients make a vector of coefficients.
  expect_identical(fit(coef(expected))$starts$type, "coefficients")
  expect_identical(fit(unname(coef(expected)))$starts$type, "coefficients")
  incremental <- fit(group, method = "incremental")
  expect_identical(incremental$starts$type, "labels")
  refused <- function(start) class_condition(fit(start), "error", "start")
  expect_match(refused(factor(group[-1])), "79 for 80 rows")
  expect_match(refused(factor(rep(1:3, length.out = 80))), "must have 2 levels")
  expect_match(refused(rep(1:3, length.out = 80)), "must have 2 levels")
  expect_match(refused(rep(1:2, 30)), "a label for each row")
  expect_match(refused(rep(1, 80)), "must have 2 levels")
  expect_match(refused(replace(group, 5, NA)), "row 5")
  expect_match(refused(TRUE), "labels")
})
