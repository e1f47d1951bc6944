# Fits that keep no rows have standard errors all the same, those of the rows.

# A fit of rows in memory, and the same of the rows in chunks.
twins <- function(case, ...) {
  set.seed(3)
  data <- simulate_moe(600, k = 2, p = 2, family = case$family)
  data$w <- rep(c(1, 2, 0.5), 200)
  fit_of <- function(data, ...) {
    quietly(sgmoe(
      y ~ x1 + x2, data,
      k = 2, gate = ~x1, weights = w, family = case$family, ...
    ))
  }
  memory <- fit_of(data, starts = 2, ...)
  list(
    memory = memory, data = data,
    source = fit_of(as_chunk_source(data, chunk = 170), start = memory, ...),
    light = fit_of(data, start = memory, model = FALSE, ...)
  )
}

test_families("fits without rows have the covariances of the rows", function(case) {
  for (ridge in c(0, 0.5)) {
    fits <- twins(case, ridge = ridge)
    for (type in covariance_types) {
      expected <- vcov(sgmoe(
        y ~ x1 + x2, fits$data, 2, ~x1,
        weights = w, family = case$family, start = fits$memory, ridge = ridge
      ), type)
      expect_equal(vcov(fits$light, type), expected, tolerance = 1e-6)
      expect_equal(vcov(fits$source, type), expected, tolerance = 1e-6)
    }
  }
})

test_families("kept covariances follow their experts", function(case) {
  fits <- twins(case, ridge = 0.5)
  for (type in c("bayes", "sandwich")) {
    expect_equal(
      vcov(relabel(fits$light, c(2, 1)), type),
      vcov(relabel(fits$memory, c(2, 1)), type),
      tolerance = 1e-5
    )
  }
})

test_that("three experts with covariances in common, in any order", {
  set.seed(4)
  data <- data.frame(x = runif(900, -2, 2))
  data$y1 <- ifelse(data$x < 0, 1 + data$x, 3 - data$x) + rnorm(900, sd = 0.4)
  data$y2 <- sin(2 * data$x) + rnorm(900, sd = 0.4)
  for (shared in c(FALSE, TRUE)) {
    fit_of <- function(...) {
      quietly(sgmoe(
        cbind(y1, y2) ~ x, data,
        k = 3, ridge = 1, shared = shared, ...
      ))
    }
    memory <- fit_of(starts = 2)
    memory <- fit_of(start = memory)
    light <- fit_of(start = memory, model = FALSE)
    for (order in list(c(2, 3, 1), c(3, 1, 2), c(1, 3, 2))) {
      expect_equal(
        vcov(relabel(light, order)), vcov(relabel(memory, order)),
        tolerance = 1e-5
      )
    }
  }
})

test_that("what is built on covariances works without rows", {
  fits <- twins(list(family = "gaussian"), ridge = 0.5)
  memory <- fits$memory
  for (fit in fits[c("source", "light")]) {
    expect_equal(
      coef(summary(fit)), coef(summary(memory)),
      tolerance = 1e-4
    )
    expect_equal(confint(fit), confint(memory), tolerance = 1e-4)
    expect_equal(tidy(fit), tidy(memory), tolerance = 1e-4)
    new <- fits$data[1:20, ]
    expect_equal(
      predict(fit, new, interval = "confidence"),
      predict(memory, new, interval = "confidence"),
      tolerance = 1e-4
    )
    # Rows are needed for these.
    expect_error(
      vcov(fit, "sandwich", cluster = rep(1:300, 2)), "did not keep",
      class = "sgmoe_error_no_model"
    )
    expect_error(
      confint(fit, method = "profile"), "did not keep",
      class = "sgmoe_error_no_model"
    )
    expect_error(estfun.sgmoe(fit), class = "sgmoe_error_no_model")
  }
})

test_that("partitions and selections have standard errors", {
  data <- simulate_moe(2000, k = 2, p = 1)
  halves <- partitions(list(data[1:900, ], data[901:2000, ]))
  fit <- quietly(sgmoe(y ~ x1, halves, k = 2, ridge = 0.5, starts = 1))
  whole <- quietly(sgmoe(y ~ x1, data, k = 2, ridge = 0.5, start = fit))
  expect_equal(vcov(fit, "sandwich"), vcov(whole, "sandwich"), tolerance = 1e-5)
  selection <- quietly(select_experts(y ~ x1, as_chunk_source(data, chunk = 170), k_max = 3))
  expect_false(anyNA(vcov(selection)))
})

test_that("fits with very many coefficients keep no sums, and say so", {
  set.seed(5)
  data <- simulate_moe(1000, k = 8, p = 40)
  light <- quietly(sgmoe(
    y ~ ., data,
    k = 8, ridge = 1, starts = 1, max_passes = 2, model = FALSE
  ))
  expect_null(light$curvature)
  expect_error(
    vcov(light), "It has 623 coefficients",
    class = "sgmoe_error_no_model"
  )
})

test_that("damaged sums are refused, and clusters need rows", {
  data <- simulate_moe(300, k = 2, p = 1)
  light <- quietly(sgmoe(
    y ~ x1, data,
    k = 2, ridge = 1, starts = 1, model = FALSE
  ))
  turned <- light
  turned$curvature$outer <- -turned$curvature$outer
  expect_error(vcov(turned, "opg"), class = "sgmoe_error_damaged")
  skewed <- light
  skewed$curvature$information[1, 2] <- 0
  expect_error(vcov(skewed), class = "sgmoe_error_damaged")
  for (cluster in list(~x1, 1:300)) {
    expect_error(
      vcov(light, "sandwich", cluster = cluster),
      class = "sgmoe_error_no_model"
    )
  }
})
