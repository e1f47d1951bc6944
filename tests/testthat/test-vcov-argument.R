# The argument `vcov` is read alike wherever there is one: predict(), effects, and
# methods for insight, parameters, marginaleffects and emmeans.

argument_fits <- function() {
  set.seed(1)
  n <- 120
  data <- data.frame(x = stats::rnorm(n), f = factor(sample(c("a", "b"), n, TRUE)))
  data$twice <- 2 * data$x
  data$y <- data$x * ifelse(data$f == "a", 2, -1) + stats::rnorm(n, sd = 0.3)
  fit <- function(formula, gate) {
    quietly(sgmoe(formula, data, k = 2, gate = gate, ridge = 0.1, starts = 1))
  }
  list(
    data = data, plain = fit(y ~ x, ~f), aliased = fit(y ~ x + twice, ~f)
  )
}

# What each reader makes of `vcov`, as numbers that differ between covariances.
vcov_readers <- function(fit, data) {
  readers <- list(
    predict = function(vcov) {
      predict(fit, data[1:4, ], se.fit = TRUE, vcov = vcov)$se.fit
    },
    effects = function(vcov) {
      average_effects(fit, covariates = "x", vcov = vcov)$std.error
    },
    varcov = function(vcov) get_varcov.sgmoe(fit, vcov = vcov),
    error = function(vcov) standard_error.sgmoe(fit, vcov = vcov)$SE,
    p = function(vcov) p_value.sgmoe(fit, vcov = vcov)$p,
    limits = function(vcov) ci.sgmoe(fit, vcov = vcov)$CI_low,
    marginaleffects = function(vcov) get_vcov.sgmoe(fit, vcov)
  )
  if (requireNamespace("emmeans", quietly = TRUE)) {
    readers$emmeans <- function(vcov) {
      as.data.frame(emmeans::emmeans(fit, ~f, vcov. = vcov))$SE
    }
  }
  readers
}

test_that("a type, a matrix and a function of either say the same to all", {
  fits <- argument_fits()
  for (fit in fits[c("plain", "aliased")]) {
    whole <- vcov(fit, "sandwich")
    known <- vcov(fit, "sandwich", complete = FALSE)
    ways <- list(
      whole, known, unname(known), function(x) vcov(x, "sandwich"),
      function(x) "sandwich"
    )
    readers <- vcov_readers(fit, fits$data)
    for (name in names(readers)) {
      read <- readers[[name]]
      expected <- read("sandwich")
      for (way in ways) {
        expect_equal(read(way), expected, tolerance = 1e-6, label = name)
      }
      default <- read("bayes")
      expect_false(isTRUE(all.equal(default, expected)), label = name)
      expect_identical(read(NULL), default, label = name)
      expect_identical(read(TRUE), default, label = name)
      for (wrong in list(
        "hac", 1, known[1:2, 1:2], whole[rev(rownames(whole)), rev(rownames(whole))],
        matrix("a", nrow(known), nrow(known))
      )) {
        class_condition(read(wrong), "error", "argument")
      }
    }
  }
})

test_that("a table of parameters is made of one covariance", {
  skip_if_not_installed("parameters")
  fits <- argument_fits()
  fit <- fits$plain
  table <- parameters::model_parameters(fit, vcov = "sandwich")
  error <- sqrt(diag(vcov(fit, "sandwich")))[table$Parameter]
  expect_equal(table$SE, unname(error))
  # (Those of scales are symmetric on a scale of their own.)
  linear <- table$Component != "scale"
  expect_equal(
    (table$CI_high - table$CI_low)[linear],
    unname(2 * stats::qnorm(0.975) * error)[linear]
  )
  clustered <- vcov(fit, "sandwich", cluster = fits$data$f)
  expect_equal(
    parameters::standard_error(fit, vcov = clustered)$SE,
    unname(sqrt(diag(clustered)))
  )
  # Settings of a type are not passed over.
  class_condition(
    parameters::standard_error(
      fit,
      vcov = "sandwich", vcov_args = list(cluster = ~f)
    ), "error", "unsupported"
  )
})

test_that("a function as vcov for which memory is not enough says so", {
  fit <- sgmoe(dist ~ speed, cars, k = 1)
  large <- function(fit) stop("cannot allocate vector of size 1.0 Gb")
  expect_error(predict(fit, se.fit = TRUE, vcov = large), class = "sgmoe_error_memory")
  expect_error(
    predict(fit, se.fit = TRUE, vcov = function(fit) stop("no")),
    class = "sgmoe_error_argument"
  )
})
