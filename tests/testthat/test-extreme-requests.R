# What is asked for at the limits: probabilities 0 and 1, infinite values, more
# numbers than the memory holds.

set.seed(1)
exposed <- data.frame(x = rnorm(60), e = runif(60, 1, 10))
exposed$n <- rpois(60, exposed$e * exp(0.5 * exposed$x))
asked_fit <- function(formula, data, k = 2, ...) {
  set.seed(1)
  quietly(sgmoe(formula, data, k = k, starts = 1, ridge = 0.1, ...))
}

test_that("the pinball loss of 0 and 1 is the limit", {
  fit <- asked_fit(dist ~ speed, cars)
  loss <- function(p) {
    found <- score(fit, p = p)
    found$value[found$score == "pinball"]
  }
  expect_identical(loss(c(0, 1)), c(0, 0))
  near <- loss(c(1e-300, 1e-12, 1 - 1e-12))
  expect_true(all(near < 1e-9 & near >= 0))
  found <- score(fit, transform(cars, dist = replace(dist, 1, NA)), p = 0:1)
  expect_identical(found$n[found$score == "pinball"], c(49, 49))
  # Of counts the lowest quantile is finite.
  counts <- asked_fit(count ~ spray, InsectSprays, family = "poisson")
  found <- score(counts, p = c(0, 1))
  expect_identical(found$value[found$score == "pinball"], c(0, 0))
  # A quantile above what can be (of a single value) has its own loss.
  expect_identical(sgmoe:::pinball_loss(c(1, 3), c(2, 2), 0), c(1, 0))
  expect_identical(sgmoe:::pinball_loss(c(1, NA), c(-Inf, -Inf), 0), c(0, NA))
})

test_that("an infinite response is not scored", {
  for (value in c(Inf, -Inf)) {
    data <- transform(cars, dist = replace(dist, 3, value))
    error <- expect_error(
      score(asked_fit(dist ~ speed, cars), data),
      class = "sgmoe_error_non_finite"
    )
    expect_match(conditionMessage(error), "row 3", fixed = TRUE)
  }
})

test_that("infinite covariates and offsets are said", {
  fit <- asked_fit(n ~ x + offset(log(e)), exposed, family = "poisson")
  new <- data.frame(x = c(0, Inf, 0, NA), e = c(1, 1, Inf, 1), n = 1)
  said <- expect_warning(
    found <- predict(fit, new),
    class = "sgmoe_warning_non_finite"
  )
  expect_match(conditionMessage(said), "2 rows have an infinite covariate")
  expect_identical(unname(is.na(found)), c(FALSE, TRUE, TRUE, TRUE))
  for (ask in list(
    function() augment(fit, newdata = new), function() score(fit, new),
    function() simulate(fit, newdata = new),
    function() predict(asked_fit(dist ~ speed, cars), data.frame(speed = Inf))
  )) {
    expect_warning(ask(), class = "sgmoe_warning_non_finite")
  }
  expect_no_warning(predict(fit, new[c(1, 4), ]))
})

test_that("without exposure nothing is counted", {
  formula <- asked_fit(n ~ x + offset(log(e)), exposed, family = "poisson")
  argument <- asked_fit(n ~ x, exposed, family = "poisson", offset = log(e))
  new <- data.frame(x = c(0.2, 0.2, 0.2), e = c(3, 0, 0), n = c(2, 0, 1))
  for (fit in list(formula, argument)) {
    ask <- function(...) unname(predict(fit, new, ...))
    expect_identical(ask()[2:3], c(0, 0))
    expect_identical(ask(type = "expert")[2, ], c(0, 0))
    expect_identical(ask(type = "gate")[2, ], ask(type = "gate")[1, ])
    expect_identical(ask(type = "variance")[2:3], c(0, 0))
    expect_identical(
      ask(type = "quantile", p = c(0, 0.01, 0.5, 0.99))[2, ], numeric(4)
    )
    expect_identical(ask(interval = "prediction")[2, ], numeric(3))
    expect_identical(ask(type = "logdensity")[2:3], c(0, -Inf))
    expect_identical(ask(type = "density")[2:3], c(1, 0))
    expect_identical(ask(type = "cdf")[2:3], c(1, 1))
    # Zero tells nothing of the expert; one is impossible.
    expect_identical(ask(type = "posterior")[2, ], ask(type = "gate")[2, ])
    expect_identical(ask(type = "posterior")[3, ], c(NA_real_, NA_real_))
    expect_identical(simulate(fit, 20, newdata = new[2, ])[1, ] == 0, matrix(
      TRUE, 1, 20,
      dimnames = list("2", paste0("sim_", 1:20))
    ))
    expect_identical(score(fit, new[2, ], p = 0.5)$value, c(0, 0, 0))
    expect_identical(score(fit, new[3, ], p = 0.5)$value, c(Inf, 1, 0.5))
    # The limit of small exposures.
    near <- predict(fit, transform(new, e = 1e-12), type = "logdensity")
    expect_equal(near[[2L]], 0, tolerance = 1e-9)
  }
  # Elsewhere an infinite offset means nothing.
  fit <- asked_fit(dist ~ speed + offset(log(e)), transform(cars, e = 1:50))
  expect_warning(
    expect_identical(
      unname(predict(fit, data.frame(speed = 3, e = 0))), NA_real_
    ),
    class = "sgmoe_warning_non_finite"
  )
})

test_that("more than the memory holds is not asked for", {
  fit <- asked_fit(dist ~ speed, cars)
  said <- function(code, class = "memory", what) {
    time <- system.time(
      error <- expect_error(code, class = paste0("sgmoe_error_", class))
    )
    expect_lt(time[["elapsed"]], 5)
    expect_match(conditionMessage(error), what)
  }
  said(simulate(fit, 1e9), what = "5e\\+10 numbers")
  said(simulate(fit, 1e10), "argument", "nsim")
  said(bootstrap(fit, nsim = 1e9), what = "refits")
  said(simulate_moe(1e9, 2, p = 10), what = "rows have")
  said(
    tune_experts(dist ~ speed, cars, k = 1, repeats = 1e9),
    what = "repeats"
  )
  said(partial_dependence(fit, "speed", points = 1e9), "argument", "100000")
  said(bootstrap_lrt(fit, fit, nsim = 1e9), "argument", "1000000")
  two <- asked_fit(cbind(Sepal.Length, Sepal.Width) ~ 1, iris)
  said(score(two, draws = 1e9), "argument", "1000000")
  expect_gt(sgmoe:::free_numbers(), 1e6)
})

test_that("calibrating by a few rows is warned of", {
  fit <- asked_fit(Species ~ Petal.Length, iris)
  for (method in c("temperature", "isotonic")) {
    said <- expect_warning(
      recalibrate(fit, iris[1, ], method),
      class = "sgmoe_warning_calibration"
    )
    expect_match(conditionMessage(said), "1 observation\\.")
  }
  # A cautious model of classes that rows always tell apart.
  shy <- sgmoe(Species ~ Petal.Length, iris, k = 1, ridge = 10)
  own <- iris[rep(c(1, 60, 119), 30), ]
  expect_true(all(predict(shy, own, type = "class") == own$Species))
  said <- expect_warning(
    recalibrate(shy, own),
    class = "sgmoe_warning_calibration"
  )
  expect_match(conditionMessage(said), "limit, 0.05")
  expect_no_warning(recalibrate(fit, iris))
})
