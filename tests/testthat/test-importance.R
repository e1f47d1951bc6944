# Permutation importance.

importance_data <- function(n = 300) {
  set.seed(1)
  data <- data.frame(
    x = stats::rnorm(n), v = stats::runif(n), noise = stats::rnorm(n),
    f = factor(sample(c("a", "b"), n, TRUE)), w = rep(0:2, length.out = n),
    exposure = stats::runif(n, 1, 3)
  )
  data$y <- 2 * data$x + (data$f == "b") + stats::rnorm(n)
  data$n <- stats::rpois(n, data$exposure * exp(data$x / 2))
  data
}

test_that("it is what shuffling costs the log-density, and puts the seed back", {
  data <- importance_data()
  fit <- sgmoe(y ~ x + v + noise + f, data, k = 1, ridge = 0, weights = w)
  set.seed(5)
  before <- .Random.seed
  found <- permutation_importance(fit, nsim = 20, seed = 3)
  expect_identical(.Random.seed, before)
  expect_identical(found, permutation_importance(fit, nsim = 20, seed = 3))
  expect_identical(found$covariate[1:2], c("x", "f"))
  expect_true(all(abs(found$importance[3:4]) < 0.02))
  expect_equal(
    attr(found, "log_score"), c(logLik(fit)) / nobs(fit),
    tolerance = 1e-10
  )
  # Of a linear model: (b (x - x'))^2 / 2 sigma^2 on average, b^2 var / sigma^2.
  spread <- cov.wt(data["x"], data$w, method = "ML")$cov[[1]]
  expect_equal(
    found$importance[[1]], coef(fit)[["expert1:x"]]^2 * spread / sigma(fit)[[1]]^2,
    tolerance = 0.1
  )
  one <- permutation_importance(fit, "x", nsim = 1)
  expect_true(is.na(one$std.error))
})

test_that("other data, streams, classes and offsets", {
  data <- importance_data()
  fit <- quietly(sgmoe(y ~ x + f, data, k = 2, starts = 1, ridge = 0.5))
  new <- importance_data()[1:50, ]
  new$y[3] <- NA
  new$x[4] <- NA
  expect_equal(
    permutation_importance(fit, data = new, seed = 1),
    permutation_importance(fit, data = new[-(3:4), ], seed = 1)
  )
  expect_equal(
    attr(permutation_importance(fit, data = new[-(3:4), ]), "log_score"),
    mean(predict(fit, new[-(3:4), ], type = "logdensity"))
  )
  stream <- quietly(sgmoe_stream(y ~ x + f, data, k = 2, starts = 1, ridge = 1))
  expect_equal(
    permutation_importance(stream, data = data, seed = 1),
    permutation_importance(as_sgmoe(stream), data = data, seed = 1)
  )
  for (counts in list(
    sgmoe(n ~ x, data, k = 1, ridge = 0, family = "poisson", offset = log(exposure)),
    sgmoe(n ~ x + offset(log(exposure)), data, k = 1, ridge = 0, family = "poisson"),
    sgmoe(f ~ x + y, data, k = 1, ridge = 0.1)
  )) {
    found <- permutation_importance(counts, seed = 1)
    expect_equal(attr(found, "log_score"), c(logLik(counts)) / nobs(counts))
    expect_true(all(found$importance > 0))
  }
  class_condition(permutation_importance(stream), "error", "no_data")
  class_condition(permutation_importance(data), "error", "argument")
  class_condition(permutation_importance(fit, "y"), "error", "covariate")
  class_condition(permutation_importance(fit, nsim = 0), "error", "argument")
  class_condition(
    permutation_importance(fit, data = transform(new, y = NA_real_)),
    "error", "no_rows"
  )
})
