# Standard errors and confidence intervals of predictions, against lm() and
# glm(), and where there are none.

delta_data <- function(n = 150) {
  set.seed(3)
  data <- simulate_moe(
    n, 2,
    p = 1,
    gate = cbind(c(0, 1), c(0, -1)), mean = cbind(c(2, 1), c(-2, -1))
  )
  data$f <- factor(rep(c("a", "b", "c"), length.out = n))
  data$n <- stats::rpois(n, exp(0.5 + 0.4 * data$x1))
  data$b <- factor(ifelse(data$y + stats::rnorm(n) > 0, "yes", "no"))
  data$z <- stats::rnorm(n)
  data$w <- rep(1:3, length.out = n)
  data
}

test_that("of one expert they are those of lm() and glm()", {
  data <- delta_data()
  new <- data[c(3, 50, 120), ]
  # Far from zero, no digits are lost.
  data$x1 <- data$x1 + 1e5
  new$x1 <- new$x1 + 1e5
  fit <- sgmoe(y ~ x1 + f, data, k = 1, ridge = 0)
  model <- lm(y ~ x1 + f, data)
  theirs <- predict(model, new, se.fit = TRUE)
  ours <- predict(fit, new, se.fit = TRUE)
  expect_equal(ours$fit, theirs$fit, tolerance = 1e-7)
  # The variance is the maximum-likelihood estimate.
  convention <- sqrt(model$df.residual / nobs(model))
  expect_equal(ours$se.fit, theirs$se.fit * convention, tolerance = 1e-6)
  found <- predict(fit, new, interval = "confidence", level = 0.9)
  theirs <- predict(model, new, interval = "confidence", level = 0.9)
  expect_identical(dimnames(found), dimnames(theirs))
  quantiles <- qnorm(0.95) / qt(0.95, model$df.residual)
  expect_equal(
    found[, "upr"] - found[, "fit"],
    (theirs[, "upr"] - theirs[, "fit"]) * convention * quantiles,
    tolerance = 1e-6
  )

  counts <- sgmoe(
    n ~ x1 + f, data,
    k = 1, ridge = 0, family = "poisson", weights = w, tolerance = 1e-13
  )
  model <- glm(n ~ x1 + f, poisson, data, weights = w)
  classes <- sgmoe(b ~ x1 + f, data, k = 1, ridge = 0, tolerance = 1e-13)
  logistic <- glm(b ~ x1 + f, binomial, data)
  for (pair in list(list(counts, model), list(classes, logistic))) {
    glm <- pair[[2]]
    of <- function(values) if (is.matrix(values)) values[, 2] else values
    theirs <- predict(glm, new, type = "response", se.fit = TRUE)
    ours <- predict(pair[[1]], new, se.fit = TRUE)
    expect_equal(of(ours$fit), theirs$fit, tolerance = 1e-5)
    expect_equal(of(ours$se.fit), theirs$se.fit, tolerance = 1e-4)
    link <- predict(glm, new, se.fit = TRUE)
    limits <- predict(pair[[1]], new, interval = "confidence")
    limits <- if (length(dim(limits)) == 3) limits[, 2, ] else limits
    reach <- qnorm(0.975) * link$se.fit
    expect_equal(
      unname(limits[, 2:3]),
      unname(family(glm)$linkinv(cbind(link$fit - reach, link$fit + reach))),
      tolerance = 1e-4
    )
  }
})

test_that("they cover the truth", {
  truth <- NULL
  new <- data.frame(x1 = c(-1, 0, 0.7))
  inside <- replicate(60, {
    data <- simulate_moe(
      400, 2,
      p = 1,
      gate = cbind(c(0, 1), c(0, -1)), mean = cbind(c(2, 1), c(-2, -1))
    )
    share <- 1 / (1 + exp(-2 * new$x1))
    truth <- share * (2 + new$x1) + (1 - share) * (-2 - new$x1)
    fit <- quietly(sgmoe(y ~ x1, data, k = 2, starts = 1, ridge = 0))
    limits <- predict(fit, new, interval = "confidence", level = 0.9)
    limits[, "lwr"] < truth & truth < limits[, "upr"]
  })
  # 180 intervals of 90 %: 162, with a standard deviation of about 5.
  expect_gt(sum(inside), 145)
  expect_lt(sum(inside), 178)
})

test_that("what a covariance says is taken over, however it is given", {
  data <- delta_data()
  fit <- quietly(sgmoe(y ~ x1 + f, data, k = 2, starts = 1, ridge = 0.1))
  errors <- function(vcov) predict(fit, data[1:5, ], se.fit = TRUE, vcov = vcov)$se.fit
  clustered <- vcov(fit, "sandwich", cluster = ~f)
  expect_equal(errors(vcov(fit)), errors("bayes"), tolerance = 1e-7)
  expect_equal(errors(function(x) vcov(x, "opg")), errors("opg"), tolerance = 1e-7)
  expect_equal(errors(4 * clustered), 2 * errors(clustered))
  expect_equal(errors(unname(clustered)), errors(clustered))
  # It serves a fit without data, too.
  bare <- fit
  bare["model"] <- list(NULL)
  class_condition(predict(bare, data, se.fit = TRUE), "error", "no_model")
  expect_equal(
    predict(bare, data[1:5, ], se.fit = TRUE, vcov = vcov(fit))$se.fit,
    errors("bayes"),
    tolerance = 1e-7
  )
  # Aliased columns have no part in it.
  data$twice <- 2 * data$x1
  posterior <- predict(fit, type = "posterior")
  aliased <- quietly(sgmoe(
    y ~ x1 + twice, data,
    k = 2, gate = ~x1, ridge = 0, start = posterior
  ))
  plain <- quietly(sgmoe(
    y ~ x1, data,
    k = 2, ridge = 0, start = posterior
  ))
  expected <- predict(plain, data[1:5, ], se.fit = TRUE)
  expect_equal(
    predict(aliased, data[1:5, ], se.fit = TRUE), expected,
    tolerance = 1e-5
  )
  for (complete in c(TRUE, FALSE)) {
    expect_equal(
      predict(
        aliased, data[1:5, ],
        se.fit = TRUE, vcov = vcov(aliased, complete = complete)
      ), expected,
      tolerance = 1e-5
    )
  }
  for (wrong in list("hac", vcov(fit)[1:2, 1:2], vcov(fit)[7:1, 7:1], 1)) {
    class_condition(errors(wrong), "error", "argument")
  }
})

test_that("rows with what is not known have NA, with a warning, others a number", {
  set.seed(1)
  n <- 200
  data <- data.frame(x = seq(-3, 3, length.out = n))
  data$y <- ifelse(data$x > 0, 2, -2) + data$x + rnorm(n, sd = 0.2)
  fit <- quietly(sgmoe(
    y ~ x, data,
    k = 2, ridge = 0, start = factor(1 + (data$x > 0))
  ))
  expect_identical(fit$reason, "separated")
  new <- data.frame(x = c(-2, mean(data$x[100:101]), 2))
  text <- class_condition(
    found <- predict(fit, new, se.fit = TRUE), "warning", "standard_errors"
  )
  expect_match(text, "of 3 predictions.*Separation")
  errors <- suppressWarnings(predict(fit, new, se.fit = TRUE))$se.fit
  expect_identical(is.na(errors), c(FALSE, TRUE, FALSE), ignore_attr = TRUE)
  expect_no_warning(predict(fit, new[c(1, 3), , drop = FALSE], se.fit = TRUE))
  half <- lm(y ~ x, data, subset = x > 0)
  expect_equal(
    errors[[3]],
    predict(half, new[3, , drop = FALSE], se.fit = TRUE)$se.fit *
      sqrt(half$df.residual / nobs(half)),
    tolerance = 1e-4
  )
  # A matrix with NA says the same.
  given <- suppressWarnings(predict(
    fit, new,
    se.fit = TRUE, vcov = suppressWarnings(vcov(fit))
  ))$se.fit
  expect_equal(given, errors, tolerance = 1e-6)
})

test_that("missing values, padding and shapes", {
  data <- delta_data()
  data$x1[c(2, 9)] <- NA
  fits <- lapply(list(y ~ x1, cbind(y, z) ~ x1, f ~ x1), function(formula) {
    quietly(sgmoe(
      formula, data,
      k = 2, ridge = 0.5, starts = 1, na.action = na.exclude
    ))
  })
  for (fit in fits) {
    for (type in c("response", "gate", "expert")) {
      padded <- predict(fit, type = type, interval = "confidence", se.fit = TRUE)
      given <- predict(
        fit, data,
        type = type, interval = "confidence", se.fit = TRUE
      )
      expect_identical(dim(padded$fit), dim(given$fit))
      expect_equal(padded$fit, given$fit, ignore_attr = TRUE)
      expect_equal(padded$se.fit, given$se.fit, ignore_attr = TRUE)
      slices <- matrix(padded$fit, nrow(data))
      expect_identical(which(rowSums(is.na(slices)) > 0), c(2L, 9L))
      expect_no_warning(predict(fit, data, type = type, se.fit = TRUE))
      none <- predict(fit, data[0, ], type = type, interval = "confidence")
      expect_identical(dim(none), c(0L, dim(padded$fit)[-1L]))
    }
  }
  both <- predict(fits[[1]], interval = "prediction", se.fit = TRUE)
  expect_identical(both$fit, predict(fits[[1]], interval = "prediction"))
  expect_identical(both$se.fit, predict(fits[[1]], se.fit = TRUE)$se.fit)
})

test_that("selections have those of their fits; what has none says so", {
  data <- delta_data()
  set.seed(1)
  selection <- suppressWarnings(suppressMessages(
    select_experts(y ~ x1, data, k_max = 3)
  ))
  expect_equal(
    predict(selection, data[1:4, ], interval = "confidence"),
    predict(as_sgmoe(selection), data[1:4, ], interval = "confidence")
  )
  fit <- quietly(sgmoe(y ~ x1, data, k = 2, starts = 1, ridge = 0.1))
  for (type in c("posterior", "quantile", "variance", "logdensity")) {
    class_condition(
      predict(fit, type = type, se.fit = TRUE), "error", "argument"
    )
    class_condition(
      predict(fit, type = type, interval = "confidence"), "error", "argument"
    )
  }
  class_condition(predict(fit, se.fit = NA), "error", "argument")
  class_condition(
    predict(fit, interval = "confidence", level = 1), "error", "argument"
  )
  class_condition(
    predict(fit, interval = "confidence", method = "conformal"),
    "error", "argument"
  )
  stream <- quietly(sgmoe_stream(y ~ x1, data, k = 2, starts = 1, ridge = 1))
  expect_identical(
    predict(stream, data, interval = "confidence"),
    predict(as_sgmoe(stream), data, interval = "confidence")
  )
  classes <- quietly(sgmoe(b ~ x1, data, k = 2, starts = 1, ridge = 1))
  changed <- recalibrate(classes, data)
  class_condition(predict(changed, se.fit = TRUE), "error", "unsupported")
  expect_equal(
    predict(changed, type = "gate", se.fit = TRUE),
    predict(classes, type = "gate", se.fit = TRUE)
  )
})
