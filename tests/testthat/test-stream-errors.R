# Standard errors of streams: those of the same rows in one fit.

learnt <- function(data, ..., pilot = 500) {
  stream <- quietly(sgmoe_stream(y ~ x1 + x2, data[seq_len(pilot), ], ...))
  quietly(update(stream, data[-seq_len(pilot), ]))
}

test_that("standard errors of a stream are those of all its rows", {
  for (family in c("gaussian", "poisson")) {
    set.seed(5)
    data <- simulate_moe(8000, k = 2, p = 2, family = family)
    stream <- learnt(data, k = 2, starts = 2, family = family)
    fit <- sgmoe(
      y ~ x1 + x2, data, 2,
      family = family, ridge = stream$spec$ridge, start = as_sgmoe(stream)
    )
    ratio <- sqrt(diag(vcov(stream)) / diag(vcov(fit, "opg")))
    expect_true(all(abs(log(ratio)) < 0.1))
    # Correlations too.
    expect_lt(max(abs(
      cov2cor(vcov(stream)) - cov2cor(vcov(fit, "opg"))
    )), 0.15)
  }
})

test_that("one expert of two classes has the standard errors of glm()", {
  set.seed(6)
  data <- data.frame(x1 = rnorm(8000), x2 = rnorm(8000))
  data$y <- factor(runif(8000) < plogis(0.5 + data$x1 - 2 * data$x2))
  stream <- learnt(data, k = 1)
  expected <- sqrt(diag(vcov(glm(y ~ x1 + x2, binomial, data))))
  expect_lt(max(abs(sqrt(diag(vcov(stream))) / expected - 1)), 0.1)
})

test_that("the reported parameters vary as their standard errors say", {
  truth <- c(1, 2, -1)
  z <- vapply(1:40, function(seed) {
    set.seed(seed)
    data <- data.frame(x1 = rnorm(3000), x2 = runif(3000))
    data$y <- drop(cbind(1, data$x1, data$x2) %*% truth) + rnorm(3000)
    stream <- learnt(data, k = 1)
    (coef(stream)[1:3] - truth) / sqrt(diag(vcov(stream)))[1:3]
  }, numeric(3))
  # 120 squares of mean one: mean 1 and deviation 0.13.
  expect_gt(mean(z^2), 0.6)
  expect_lt(mean(z^2), 1.4)
})

test_that("what is built on covariances works for streams", {
  set.seed(7)
  data <- simulate_moe(3000, k = 2, p = 2)
  stream <- learnt(data, k = 2, starts = 2)
  fit <- as_sgmoe(stream)
  errors <- sqrt(diag(vcov(stream)))
  expect_identical(vcov(fit), vcov(stream))
  expect_identical(vcov(stream, type = "opg"), vcov(stream))
  expect_equal(
    confint(stream, 1:3),
    coef(stream)[1:3] + errors[1:3] %o% stats::qnorm(c(0.025, 0.975)),
    ignore_attr = TRUE
  )
  expect_equal(tidy(stream)$std.error, unname(errors))
  expect_equal(coef(summary(fit))[names(coef(fit))[1:3], 2L], errors[1:3])
  expect_true(all(is.finite(
    predict(stream, data[1:5, ], interval = "confidence")
  )))
  expect_error(vcov(stream, "sandwich"), "second derivatives", class = "sgmoe_error_no_model")
  expect_error(vcov(stream, cluster = 1:5), class = "sgmoe_error_argument")
  expect_error(
    confint(stream, method = "profile"),
    class = "sgmoe_error_no_model"
  )
})

test_that("a fit says itself that nobody summed its second derivatives", {
  set.seed(7)
  fit <- as_sgmoe(learnt(simulate_moe(3000, k = 2, p = 2), k = 2, starts = 2))
  expect_null(fit$curvature$information)
  # Whatever its ending is called, and in any order of the experts.
  for (own in list(
    fit, replace(fit, "reason", "converged"), relabel(fit, 2:1),
    unserialize(serialize(fit, NULL))
  )) {
    expect_error(
      vcov(own, "sandwich"), "second derivatives",
      class = "sgmoe_error_no_model"
    )
  }
  back <- relabel(relabel(fit, 2:1), 2:1)
  expect_equal(vcov(back), vcov(fit))
  # Damaged sums are found.
  for (part in c("information", "penalty_hessian", "outer")) {
    broken <- fit
    broken$curvature[[part]] <- diag(2)
    expect_error(vcov(broken), class = "sgmoe_error_damaged")
  }
  broken$curvature <- fit$curvature["outer"]
  expect_error(vcov(broken), class = "sgmoe_error_damaged")
})

test_that("streams without sums of scores have no standard errors", {
  set.seed(8)
  data <- simulate_moe(1500, k = 2, p = 2)
  for (own in list(list(constant = 0.05), list(average = "tail"))) {
    stream <- do.call(learnt, c(list(data, k = 2, starts = 2), own))
    expect_error(vcov(stream), "vcov.sgmoe", class = "sgmoe_error_no_model")
    expect_true(all(is.na(tidy(stream)$std.error)))
  }
})

test_that("after the pilot a stream has the standard errors of its fit", {
  set.seed(8)
  data <- simulate_moe(1500, k = 2, p = 2)
  stream <- quietly(sgmoe_stream(y ~ x1 + x2, data, k = 2, starts = 2))
  fit <- sgmoe(
    y ~ x1 + x2, data, 2,
    ridge = stream$spec$ridge, start = as_sgmoe(stream)
  )
  expect_equal(vcov(stream), vcov(fit, "opg"), tolerance = 1e-5)
})

test_that("an aliased column of a stream has NA, the others their errors", {
  set.seed(9)
  data <- simulate_moe(3000, k = 2, p = 2)
  data$x3 <- 2 * data$x1
  data$x4 <- 5
  for (gate in list(NULL, ~ x1 + x4)) {
    fit <- function(formula) {
      stream <- quietly(sgmoe_stream(
        formula, data[1:500, ],
        k = 2, starts = 1, ridge = 0.1, gate = gate
      ))
      vcov(quietly(update(stream, data[-(1:500), ])))
    }
    whole <- fit(y ~ x1 + x2)
    more <- fit(y ~ x1 + x2 + x3 + x4)
    names <- rownames(whole)
    kept <- !grepl("x3|x4", names)
    errors <- sqrt(diag(more))[names[kept]]
    expect_equal(errors, sqrt(diag(whole))[kept], tolerance = 0.05)
    expect_true(all(is.na(diag(more)[grepl("x3|x4", rownames(more))])))
  }
})
