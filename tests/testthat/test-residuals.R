# Quantile and deviance residuals, against their definitions and glm().

ordered_fit <- function(...) {
  set.seed(1)
  data <- data.frame(x = stats::rnorm(400))
  data$y <- cut(data$x + stats::rlogis(400), c(-Inf, -1, 0, 1, Inf),
    c("low", "fair", "good", "top"),
    ordered_result = TRUE
  )
  list(data = data, fit = quietly(sgmoe(
    y ~ x, data,
    k = 2, starts = 1, ridge = 0.5, ...
  )))
}

places <- function(n) (seq_len(n) * 0.6180339887498949) %% 1

test_that("deviance residuals of one expert are lm()'s and glm()'s", {
  set.seed(1)
  data <- data.frame(x = stats::rnorm(80), w = sample(0:4, 80, TRUE))
  data$y <- data$x + stats::rnorm(80)
  data$n <- stats::rpois(80, exp(data$x))
  data$hit <- factor(stats::runif(80) < stats::plogis(data$x))
  data$yes <- stats::rbinom(80, 5, stats::plogis(data$x))
  data$no <- 6 - data$yes
  cases <- list(
    list(y ~ x, "gaussian", stats::lm(y ~ x, data, weights = w)),
    list(n ~ x, "poisson", stats::glm(n ~ x, stats::poisson, data, weights = w)),
    list(hit ~ x, "multinomial", stats::glm(
      hit ~ x, stats::binomial, data,
      weights = w
    )),
    list(cbind(no, yes) ~ x, "multinomial", suppressWarnings(stats::glm(
      cbind(yes, no) ~ x, stats::binomial, data,
      weights = w
    )))
  )
  for (case in cases) {
    fit <- sgmoe(case[[1L]], data,
      k = 1, family = case[[2L]], weights = w, ridge = 0, tolerance = 1e-13
    )
    expect_equal(
      residuals(fit, "deviance"), residuals(case[[3L]], "deviance"),
      tolerance = 1e-5
    )
    expect_equal(
      sum(residuals(fit, "deviance")^2), deviance(case[[3L]]),
      tolerance = 1e-8
    )
  }
  data$z <- data$y + stats::rnorm(80)
  several <- sgmoe(cbind(y, z) ~ x, data, k = 1, ridge = 0)
  expect_equal(
    residuals(several, "deviance"), residuals(lm(cbind(y, z) ~ x, data)),
    ignore_attr = TRUE
  )
})

test_that("quantile residuals of two classes lie in the jump of their number", {
  set.seed(2)
  data <- data.frame(x = stats::rnorm(300))
  data$hit <- factor(stats::runif(300) < stats::plogis(data$x), labels = c("n", "y"))
  data$yes <- stats::rbinom(300, 5, stats::plogis(data$x))
  data$no <- 6 - data$yes
  for (formula in list(hit ~ x, cbind(no, yes) ~ x)) {
    fit <- quietly(sgmoe(formula, data,
      k = 2, family = "multinomial", starts = 1, ridge = 0.3
    ))
    y <- if (formula[[2L]] == "hit") data$hit == "y" else data$yes
    size <- if (formula[[2L]] == "hit") 1 else 6
    gate <- predict(fit, type = "gate")
    p <- predict(fit, type = "expert")[, 2, ]
    below <- rowSums(gate * stats::pbinom(y - 1, size, p))
    jump <- rowSums(gate * stats::dbinom(y, size, p))
    expect_equal(
      unname(stats::pnorm(residuals(fit, "quantile"))),
      unname(below + places(300) * jump)
    )
    expect_gt(stats::shapiro.test(residuals(fit, "quantile"))$p.value, 1e-3)
  }
})

test_that("quantile residuals of ordered classes lie in the jump of the rank", {
  made <- ordered_fit()
  p <- predict(made$fit, type = "prob")
  rank <- as.integer(made$data$y)
  cumulated <- cbind(0, t(apply(p, 1L, cumsum)))
  below <- cumulated[cbind(1:400, rank)]
  at <- cumulated[cbind(1:400, rank + 1)]
  expect_equal(
    unname(stats::pnorm(residuals(made$fit, "quantile"))),
    below + places(400) * (at - below)
  )
  expect_null(dim(residuals(made$fit, "quantile")))
})

test_that("what has no such residuals is refused with the reason", {
  flowers <- quietly(sgmoe(Species ~ Sepal.Width, iris, k = 1, ridge = 1))
  expect_match(class_condition(
    residuals(flowers, "quantile"), "error", "unsupported"
  ), "Only two classes, or ordered ones, have an order")
  expect_match(class_condition(
    residuals(flowers, "deviance"), "error", "unsupported"
  ), "of two classes")
  expect_match(class_condition(
    residuals(ordered_fit()$fit, "deviance"), "error", "unsupported"
  ), "saturated model")
})
