# How many experts: the truth is found, and what is returned is what it says.

slow_test("a selection has all that its page promises", {
  data <- clear_data()
  set.seed(1)
  found <- select_experts(y ~ x1, data, k_max = 5, ridge = 0)
  expect_s3_class(found, c("sgmoe_selection", "sgmoe"), exact = TRUE)
  expect_named(found$path, c(
    "k", "height", "logLik", "df", "DSC", "AIC", "HQ", "BIC", "ICL", "spurious"
  ))
  expect_identical(found$path$k, 1:5)
  expect_identical(found$criterion, "HQ")
  expect_identical(found$path$k[[which.min(found$path$HQ)]], 3L)
  tree <- found$dendrogram
  expect_s3_class(tree, "expert_dendrogram")
  expect_identical(tree$selected, found$k)
  expect_identical(found$path$height, c(NA, rev(tree$height)))
  expect_identical(
    rev(found$path$logLik), vapply(tree$levels, `[[`, 0, "log_likelihood")
  )
  fit <- as_sgmoe(found)
  expect_s3_class(fit, "sgmoe")
  expect_true(fit$converged)
  expect_equal(fit$k, 3)
  expect_identical(found$k, fit$k)
  expect_gte(c(logLik(fit)), found$path$logLik[[3]] - 1e-6)
  expect_identical(names(coef(fit)), names(coef(tree)))
  expect_identical(attr(logLik(fit), "df"), found$path$df[[3]])
  # It is a fit like any other.
  expect_identical(fit$call[[1]], quote(sgmoe))
  set.seed(1)
  again <- eval(fit$call)
  expect_identical(again$k, fit$k)
  expect_equal(c(logLik(again)), c(logLik(fit)), tolerance = 1e-6)
  expect_equal(
    predict(fit, data[1:5, ]), fitted(fit)[1:5],
    ignore_attr = TRUE
  )
  expect_null(select_experts(y ~ x1, data, k_max = 5, model = FALSE)$model)
})

slow_test("arguments of sgmoe() mean what they mean there", {
  data <- clear_data()
  data$o <- data$x1^2
  data$z <- data$x1
  data$moved <- data$y + data$o
  data$keep <- rep(c(TRUE, TRUE, FALSE), 200)
  set.seed(5)
  data$v <- stats::runif(600, 0.5, 2)
  select <- function(formula, data, ...) {
    set.seed(1)
    suppressWarnings(
      eval(substitute(select_experts(formula, data, k_max = 4, ...))),
      classes = "sgmoe_warning_largest_k"
    )
  }
  plain <- select(y ~ x1, data)
  same <- function(other) {
    expect_identical(other$k, plain$k)
    expect_equal(other$path, plain$path, tolerance = 1e-6)
  }
  same(select(moved ~ x1, data, offset = o))
  same(select(moved ~ x1 + offset(o), data))
  same(select(y ~ x1, data, gate = ~z))
  same(select(y ~ x1, data, weights = rep(1, 600)))
  expect_identical(
    outcome(select(y ~ x1, data, subset = keep)),
    outcome(select(y ~ x1, data[data$keep, ]))
  )
  other <- select(y ~ x1, data, gate = ~1, shared = TRUE, ridge = 0.3)
  expect_identical(deparse(formula(other, "gate")), "~1")
  expect_true(other$shared)
  expect_identical(other$control$ridge, 0.3)
  expect_identical(other$path$df, 2 * (1:4) + 1 + 0:3)
  weighted <- select(y ~ x1, data, weights = v)
  expect_equal(unname(weights(weighted)), data$v)
  expect_equal(nobs(weighted), sum(data$v))
  expect_equal(
    c(logLik(weighted)),
    sum(data$v * predict(weighted, type = "logdensity"))
  )
  # From inside a function, and by do.call().
  inside <- function(own) select_experts(y ~ x1, own, k_max = 2, weights = v)
  expect_identical(nobs(suppressWarnings(inside(data))), sum(data$v))
  called <- suppressWarnings(do.call(
    select_experts, list(y ~ x1, data, k_max = 2)
  ))
  expect_identical(called$path$k, 1:2)
})

slow_test("nothing is random where a fit is given", {
  small <- clear_data()
  large <- clear_data(9000) # merges are tried on some of the rows
  one <- clear_data(k = 1)
  noisy <- small
  noisy$y[1:30] <- noisy$y[1:30] + 40 * (-1)^(1:30)
  for (data in list(small, large, one, noisy)) {
    set.seed(1)
    fit <- quietly(sgmoe(y ~ x1, data, 4, starts = 1, max_passes = 50))
    before <- .Random.seed
    first <- suppressMessages(select_quietly(fit))
    expert_dendrogram(fit, "likelihood", refine = TRUE)
    expect_identical(.Random.seed, before)
    set.seed(2)
    expect_identical(
      outcome(suppressMessages(select_quietly(fit))), outcome(first)
    )
  }
})

test_that("refined fits of separate starts find the number, too", {
  data <- clear_data(k = 2, seed = 4)
  fit <- sgmoe(y ~ x1, data, 4, starts = 1)
  for (dissimilarity in c("voronoi", "likelihood")) {
    expect_equal(
      select_experts(fit, criterion = "BIC", dissimilarity = dissimilarity)$k, 2
    )
  }
})
