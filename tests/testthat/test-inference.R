# Standard errors: where there are none, and what other software has.

two_lines <- function(n = 300, seed = 5) {
  set.seed(seed)
  data <- simulate_moe(
    n, 2,
    p = 1,
    gate = cbind(c(0, 1), c(0, -1)), mean = cbind(c(2, 1), c(-2, -1))
  )
  data$f <- factor(rep(c("a", "b", "c"), length.out = n))
  data$twice <- 2 * data$x1
  data
}

lines_of <- function(data, ..., formula = y ~ x1) {
  set.seed(1)
  quietly(sgmoe(formula, data, k = 2, starts = 1, ridge = 0, ...))
}

# Standard errors of flexmix, in its order of components.
flexmix_errors <- function(fit, data, driver) {
  model <- flexmix::flexmix(
    y ~ x1, data,
    k = 2, cluster = predict(fit, type = "posterior"), model = driver,
    concomitant = flexmix::FLXPmultinom(~x1),
    control = list(tolerance = 1e-13, iter.max = 5000, minprior = 0)
  )
  refit <- flexmix::refit(model, method = "optim")
  errors <- sqrt(diag(refit@vcov))
  of <- function(pattern) unname(errors[grep(pattern, names(errors))])
  list(
    gate = of("^concomitant"), expert = of("_coef[.]"), scale = of("log[(]sigma")
  )
}

slow_test("standard errors are those of flexmix, to three digits", {
  gate <- cbind(c(0, 1), c(0, -1))
  for (case in list(
    list("gaussian", cbind(c(2, 1), c(-2, -1)), flexmix::FLXMRglm()),
    list(
      "poisson", cbind(c(2, 0.3), c(0.5, -0.3)),
      flexmix::FLXMRglm(family = "poisson")
    )
  )) {
    set.seed(5)
    # (Its variances have another divisor, which shows in few rows.)
    data <- simulate_moe(
      3000, 2,
      p = 1, family = case[[1]], gate = gate, mean = case[[2]]
    )
    fit <- lines_of(data, gate = ~x1, tolerance = 1e-13, family = case[[1]])
    theirs <- flexmix_errors(fit, data, case[[3]])
    error <- lapply(coefficient_parts(fit$spec), function(at) {
      unname(sqrt(diag(vcov(fit)))[at])
    })
    error$scale <- error$scale / unname(coef(fit, "scale")) # of the logarithm
    expect_equal(error$gate, theirs$gate, tolerance = 5e-4)
    expect_equal(error$expert, theirs$expert, tolerance = 5e-4)
    if (length(error$scale)) {
      expect_equal(error$scale, theirs$scale, tolerance = 5e-4)
    }
  }
})

test_that("a selection has the standard errors of its fit", {
  set.seed(1)
  selection <- suppressWarnings(suppressMessages(
    select_experts(y ~ x1, two_lines(), k_max = 3)
  ))
  expect_identical(vcov(selection), vcov(as_sgmoe(selection)))
  expect_identical(confint(selection), confint(as_sgmoe(selection)))
  expect_identical(
    coef(summary(selection)), coef(summary(as_sgmoe(selection)))
  )
  expect_identical(
    tidy(selection, conf.int = TRUE), tidy(as_sgmoe(selection), conf.int = TRUE)
  )
})

test_that("aliased columns have NA, and no part in what is inverted", {
  data <- two_lines()
  fit <- lines_of(data, formula = y ~ x1 + twice, gate = ~x1)
  plain <- lines_of(data, gate = ~x1)
  covariance <- vcov(fit)
  expect_identical(rownames(covariance), names(coef(fit)))
  expect_identical(is.na(diag(covariance)), is.na(coef(fit)))
  expect_equal(
    vcov(fit, complete = FALSE), vcov(plain),
    tolerance = 1e-6
  )
  expect_identical(colnames(estfun.sgmoe(fit)), names(coef(plain)))
  expect_equal(
    sandwich::sandwich(fit), vcov(fit, "sandwich", complete = FALSE)
  )
  expect_true(all(is.na(confint(fit)[is.na(coef(fit)), ])))
  expect_output(print(summary(fit)), "2 not defined because of aliased")
})

test_that("what the rows do not determine is NA, with a warning that names it", {
  # Separated classes.
  classes <- quietly(sgmoe(Species ~ Petal.Width, iris, k = 1, ridge = 0))
  text <- class_condition(vcov(classes), "warning", "standard_errors")
  expect_match(text, "Separation.*virginica.*ridge")
  expect_true(all(is.na(suppressWarnings(vcov(classes)))))
  # An expert on a repeated value: nothing of it, all of the others.
  data <- two_lines()
  data$y[data$x1 > 0.5] <- 7
  labels <- 1 + (data$x1 > 0.5)
  fit <- quietly(sgmoe(
    y ~ x1, data,
    k = 2, gate = ~1, start = factor(labels), ridge = 0
  ))
  expect_identical(sum(fit$floored), 1L)
  lost <- paste0("expert", which(fit$floored), ":")
  text <- class_condition(vcov(fit), "warning", "standard_errors")
  expect_match(text, "floor")
  errors <- sqrt(diag(suppressWarnings(vcov(fit))))
  expect_identical(is.na(errors), startsWith(names(errors), lost),
    ignore_attr = TRUE
  )
  expect_identical(
    summary(fit)$problems$floored, names(errors)[is.na(errors)]
  )
  expect_output(print(summary(fit)), "held at its floor")
  # Standard errors of the others are those of their rows.
  other <- which(!fit$floored)
  alone <- lm(y ~ x1, data, subset = x1 <= 0.5)
  expect_equal(
    unname(errors[paste0("expert", other, c(":(Intercept)", ":x1"))]),
    unname(sqrt(diag(vcov(alone)) * alone$df.residual / nobs(alone))),
    tolerance = 1e-4
  )
})

test_that("a direction without information has NA where it reaches", {
  # Rows of weight zero hold the only values of a level.
  problem <- list(
    matrix = rbind(c(2, 1, 0), c(1, 2, 0), c(0, 0, 0)),
    jacobian = rbind(c(1, 0, 0), c(0, 1, 0), c(0, 1, 1), c(0, 0, 3))
  )
  inverse <- inverse_curvature(problem$matrix)
  expect_equal(
    reaches(problem$jacobian, inverse), c(FALSE, FALSE, TRUE, TRUE)
  )
  expect_equal(inverse$matrix[1:2, 1:2], solve(problem$matrix[1:2, 1:2]))
  # Units do not matter.
  units <- diag(c(1e-2, 1e2, 1))
  other <- inverse_curvature(units %*% problem$matrix %*% units)
  expect_equal(
    reaches(problem$jacobian %*% solve(units), other),
    c(FALSE, FALSE, TRUE, TRUE)
  )
  # A saddle: what changes along it is not known.
  saddle <- inverse_curvature(rbind(c(1, 2, 0), c(2, 1, 0), c(0, 0, 4)))
  expect_identical(reaches(diag(3), saddle), c(TRUE, TRUE, FALSE))
})

test_that("covariates that almost determine each other are told", {
  data <- two_lines()
  data$near <- data$x1 + 3e-5 * rep(c(-1, 1), 150)
  fit <- lines_of(data, formula = y ~ x1 + near, gate = ~1)
  text <- class_condition(vcov(fit), "warning", "ill_conditioned")
  expect_match(text, "condition number")
})

test_that("without sums over the rows there is an error, and in tables NA", {
  data <- two_lines()
  stream <- quietly(sgmoe_stream(
    y ~ x1, data,
    k = 2, starts = 1, constant = 0.1
  ))
  fit <- as_sgmoe(stream)
  for (call in list(
    quote(vcov(fit)), quote(confint(fit)), quote(tidy(fit, conf.int = TRUE)),
    quote(estfun.sgmoe(fit)), quote(bread.sgmoe(fit)), quote(vcov(stream)),
    quote(confint(stream)), quote(predict(stream, data, se.fit = TRUE))
  )) {
    expect_match(
      class_condition(eval(call), "error", "no_model"), "start =\\s+as_sgmoe"
    )
  }
  expect_true(all(is.na(tidy(fit)$std.error)))
  expect_output(print(summary(fit)), "No standard errors")
})

test_that("clusters are found by column, in the data, or as a vector", {
  data <- two_lines(200)
  data$id <- rep(1:40, 5)
  data$y[c(3, 50)] <- NA
  fit <- lines_of(data, formula = y ~ x1 + f, gate = ~1)
  used <- data$id[-c(3, 50)]
  expected <- vcov(fit, "sandwich", cluster = used)
  expect_equal(vcov(fit, "sandwich", cluster = ~id), expected)
  expect_equal(vcov(fit, "sandwich", cluster = data$id), expected)
  expect_equal(
    confint(fit, type = "sandwich", cluster = ~id)[, 2],
    coef(fit) + 1.959964 * sqrt(diag(expected)),
    tolerance = 1 # scales are on the log scale
  )
  expect_equal(
    vcov(fit, "sandwich", cluster = ~f),
    vcov(fit, "sandwich", cluster = data$f[-c(3, 50)])
  )
  expect_equal(
    vcov(fit, "sandwich", cluster = ~ f + id),
    vcov(fit, "sandwich", cluster = paste(data$f, data$id))
  )
  for (bad in list(~nowhere, 1:3, rep(1, 198), replace(used, 1, NA), list(1))) {
    class_condition(
      vcov(fit, "sandwich", cluster = bad), "error", "cluster"
    )
  }
  other <- fit
  data <- data[1:10, ]
  expect_match(
    class_condition(vcov(fit, "opg", cluster = ~id), "error", "cluster"),
    "other rows"
  )
})

test_that("insight reads coefficients, covariance and formulas by component", {
  fit <- lines_of(two_lines(), gate = ~f)
  parts <- coefficient_parts(fit$spec)
  expect_identical(
    insight::find_formula(fit)[c("conditional", "gate")],
    list(conditional = formula(fit), gate = formula(fit, "gate"))
  )
  parameters <- insight::get_parameters(fit)
  expect_identical(parameters$Parameter, names(coef(fit)))
  expect_identical(parameters$Estimate, unname(coef(fit)))
  expect_identical(parameters$Component, tidy(fit)$component)
  for (part in c("gate", "expert", "scale")) {
    expect_identical(
      insight::get_parameters(fit, component = part)$Estimate,
      unname(coef(fit, part))
    )
    expect_identical(
      insight::get_varcov(fit, component = part),
      vcov(fit)[parts[[part]], parts[[part]]]
    )
  }
  expect_equal(insight::get_statistic(fit)$Statistic, tidy(fit)$statistic)
  expect_identical(insight::find_response(fit), "y")
  class_condition(
    insight::get_parameters(fit, component = "zi"), "error", "argument"
  )
})
