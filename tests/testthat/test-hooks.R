# What other packages ask of a fit, against what it says itself. Methods for
# packages that are not suggested are tested without these, too.

hooked <- function() {
  set.seed(1)
  n <- 200
  data <- data.frame(
    x = stats::rnorm(n), v = stats::runif(n, 1, 3),
    f = factor(sample(c("a", "b", "c"), n, TRUE))
  )
  data$y <- data$x * ifelse(data$v > 2, 2, -1) + (data$f == "b") +
    stats::rnorm(n, sd = 0.3)
  data$z <- data$y + stats::rnorm(n)
  data$n <- stats::rpois(n, exp(0.5 + 0.3 * data$x))
  data$g <- factor(ifelse(data$y > 0, "up", ifelse(data$x > 0, "mid", "low")))
  set.seed(2)
  fits <- lapply(list(
    y = y ~ x + f, g = g ~ x + f, z = cbind(y, z) ~ x + f
  ), function(formula) {
    quietly(sgmoe(formula, data, k = 2, gate = ~ x + v, ridge = 0.5, starts = 1))
  })
  fits$n <- quietly(sgmoe(
    n ~ x + f, data,
    k = 2, gate = ~ x + v, ridge = 0.5, starts = 1, family = "poisson"
  ))
  list(fits = fits, data = data)
}

test_that("coefficients that are set predict as they should", {
  hooks <- hooked()
  for (fit in hooks$fits) {
    expect_identical(names(get_coef.sgmoe(fit)), names(coef(fit)))
    same <- set_coef.sgmoe(fit, get_coef.sgmoe(fit))
    expect_equal(coef(same), coef(fit))
    expect_equal(predict(same, hooks$data), predict(fit, hooks$data))
    # From others to its own, by position or by name in any order.
    moved <- set_coef.sgmoe(fit, coef(fit) + 0.1)
    expect_false(isTRUE(all.equal(fitted(moved), fitted(fit))))
    back <- set_coef.sgmoe(moved, unname(coef(fit)))
    expect_equal(back$parameters, fit$parameters)
    expect_equal(set_coef.sgmoe(moved, rev(coef(fit))), back)
    expect_identical(get_vcov.sgmoe(fit), vcov(fit))
    expect_identical(get_vcov.sgmoe(fit, "sandwich"), vcov(fit, "sandwich"))
    expect_identical(get_vcov.sgmoe(fit, function(x) vcov(x, "opg")), vcov(fit, "opg"))
    expect_null(get_vcov.sgmoe(fit, FALSE))
    for (type in c("response", "gate", "expert")) {
      found <- get_predict.sgmoe(fit, hooks$data[3:7, ], type)
      value <- predict(fit, hooks$data[3:7, ], type = type)
      expect_identical(found$estimate, as.vector(value))
      expect_identical(found$rowid, rep(1:5, length(value) / 5))
      expect_identical(is.null(found$group), is.null(dim(value)))
    }
    class_condition(
      get_predict.sgmoe(fit, hooks$data, "class"), "error", "argument"
    )
  }
})

test_that("marginaleffects gives the effects that the package gives", {
  announce_marginaleffects()
  expect_true("sgmoe" %in% getOption("marginaleffects_model_classes"))
  # (Some versions use an operator of R 4.4 wherever they run.)
  works <- requireNamespace("marginaleffects", quietly = TRUE) && tryCatch(
    is.data.frame(marginaleffects::avg_slopes(lm(dist ~ speed, cars))),
    error = function(error) FALSE
  )
  fits <- if (works) hooked()$fits[c("y", "g", "n")]
  for (fit in fits) {
    theirs <- marginaleffects::avg_slopes(fit, variables = "x")
    ours <- average_effects(fit, covariates = "x")
    expect_equal(theirs$estimate, ours$estimate, tolerance = 1e-4)
    expect_equal(theirs$std.error, ours$std.error, tolerance = 1e-3)
  }
  expect_identical(works, length(fits) == 3L)
})

test_that("emmeans averages predictions, with their covariance", {
  skip_if_not_installed("emmeans")
  hooks <- hooked()
  fit <- hooks$fits$n
  grid <- data.frame(
    x = mean(hooks$data$x), v = mean(hooks$data$v), f = c("a", "b", "c")
  )
  found <- predict(fit, grid, se.fit = TRUE)
  table <- as.data.frame(emmeans::emmeans(fit, ~f))
  expect_equal(table$emmean, unname(found$fit))
  expect_equal(table$SE, unname(found$se.fit))
  expect_identical(unique(table$df), Inf)
  # Differences with the covariance: of one expert those of a linear model.
  single <- sgmoe(y ~ x + f, hooks$data, k = 1, ridge = 0)
  model <- lm(y ~ x + f, hooks$data)
  pairs_of <- function(fit) as.data.frame(pairs(emmeans::emmeans(fit, ~f)))
  expect_equal(pairs_of(single)$estimate, pairs_of(model)$estimate, tolerance = 1e-6)
  expect_equal(
    pairs_of(single)$SE,
    pairs_of(model)$SE * sqrt(model$df.residual / nobs(model)),
    tolerance = 1e-6
  )
  # Gate, experts, classes and responses are factors.
  gate <- as.data.frame(emmeans::emmeans(fit, ~ expert | f, mode = "gate"))
  expect_equal(
    gate$emmean, as.vector(t(predict(fit, grid, type = "gate")))
  )
  classes <- as.data.frame(emmeans::emmeans(
    hooks$fits$g, ~ class | f,
    vcov. = "sandwich"
  ))
  found <- predict(hooks$fits$g, grid, se.fit = TRUE, vcov = "sandwich")
  expect_equal(classes$emmean, as.vector(t(found$fit)))
  expect_equal(classes$SE, as.vector(t(found$se.fit)))
  both <- as.data.frame(emmeans::emmeans(
    hooks$fits$z, ~ response | expert * f,
    mode = "expert"
  ))
  expert <- aperm(predict(hooks$fits$z, grid, type = "expert"), c(2, 3, 1))
  expect_equal(both$emmean, as.vector(expert))
  class_condition(
    emmeans::emmeans(fit, ~f, mode = "latent"), "error", "argument"
  )
  constant <- as.data.frame(emmeans::emmeans(sgmoe(dist ~ 1, cars, k = 1), ~1))
  expect_equal(constant$emmean, mean(cars$dist))
  expect_equal(
    constant$SE, as.data.frame(emmeans::emmeans(lm(dist ~ 1, cars), ~1))$SE,
    tolerance = 0.02 # the maximum likelihood variance
  )
})

test_that("emmeans takes dates, time differences and scaled columns as lm() does", {
  skip_if_not_installed("emmeans")
  data <- hooked()$data
  data$date <- as.Date("2024-01-01") + seq_len(nrow(data))
  data$time <- as.POSIXct(data$date) + 3600 * data$v
  data$lag <- as.difftime(data$v, units = "mins")
  data$scaled <- scale(data$x)
  for (name in c("date", "time", "lag", "scaled")) {
    formula <- reformulate(c(name, "f"), "y")
    means <- lapply(
      list(sgmoe(formula, data, k = 1), lm(formula, data)),
      function(fit) as.data.frame(emmeans::emmeans(fit, ~f))$emmean
    )
    expect_equal(means[[1]], means[[2]], tolerance = 1e-6)
  }
})

test_that("emmeans takes numbers that the formula makes a factor as lm() does", {
  skip_if_not_installed("emmeans")
  for (formula in list(
    mpg ~ factor(cyl) + wt, mpg ~ cut(cyl, c(0, 5, 9)) + wt, mpg ~ factor(cyl) + factor(am)
  )) {
    means <- lapply(
      list(sgmoe(formula, mtcars, k = 1), lm(formula, mtcars)),
      function(fit) as.data.frame(emmeans::emmeans(fit, ~cyl))[c("cyl", "emmean")]
    )
    expect_equal(means[[1]], means[[2]], tolerance = 1e-6, ignore_attr = TRUE)
  }
})

test_that("emmeans takes the variables of an offset, not an offset of its own", {
  skip_if_not_installed("emmeans")
  skip_if_not_installed("MASS")
  rates <- Claims ~ Age + offset(log(Holders))
  fit <- sgmoe(rates, MASS::Insurance, k = 1, family = "poisson")
  means <- as.data.frame(
    emmeans::emmeans(fit, ~Age, at = list(Holders = 100))
  )
  expected <- predict(
    stats::glm(rates, stats::poisson(), MASS::Insurance),
    data.frame(Age = levels(MASS::Insurance$Age), Holders = 100),
    type = "response"
  )
  expect_equal(means$emmean, unname(expected), tolerance = 1e-6)
  for (offset in c(0, log(100))) {
    class_condition(
      emmeans::emmeans(fit, ~Age, offset = offset), "error", "unsupported"
    )
    class_condition(
      emmeans::ref_grid(fit, offset = offset), "error", "unsupported"
    )
  }
})

test_that("car and multcomp take coefficients and covariance, or refuse", {
  skip_if_not_installed("car")
  skip_if_not_installed("multcomp")
  fit <- hooked()$fits$y
  value <- coef(fit)
  difference <- value[["expert1:x"]] - value[["expert2:x"]]
  at <- c("expert1:x", "expert2:x")
  error <- sqrt(sum(vcov(fit)[at, at] * rbind(c(1, -1), c(-1, 1))))
  tested <- car::linearHypothesis(fit, "expert1:x - expert2:x")
  expect_equal(tested$Chisq[[2]], (difference / error)^2)
  ratio <- car::deltaMethod(fit, "`expert1:x` / `expert2:x`")
  gradient <- c(1, -value[["expert1:x"]] / value[["expert2:x"]]) / value[["expert2:x"]]
  expect_equal(ratio$SE, sqrt(drop(gradient %*% vcov(fit)[at, at] %*% gradient)))
  contrast <- rbind(difference = (names(value) %in% at) * c(1, -1)[1 + (names(value) == at[2])])
  joint <- summary(multcomp::glht(fit, linfct = contrast))$test
  expect_equal(unname(joint$coefficients), difference)
  expect_equal(unname(joint$sigma), error)
  class_condition(car::Anova(fit), "error", "unsupported")
  class_condition(car::Boot(fit), "error", "unsupported")
  class_condition(car::vif(fit), "error", "unsupported")
  class_condition(Effect.sgmoe("x", fit), "error", "unsupported")
})

test_that("easystats read what summary() says", {
  skip_if_not_installed("parameters")
  skip_if_not_installed("performance")
  hooks <- hooked()
  for (fit in hooks$fits) {
    table <- parameters::model_parameters(fit)
    expect_setequal(table$Parameter, names(coef(fit)))
    own <- tidy(fit)
    own <- own[match(table$Parameter, own$term), ]
    expect_equal(table$Coefficient, own$estimate)
    expect_equal(table$SE, own$std.error)
    expect_equal(table$p, own$p.value)
    expect_identical(table$Component, own$component)
    limits <- confint(fit)[table$Parameter, ]
    expect_equal(table$CI_low, unname(limits[, 1]))
    expect_equal(table$CI_high, unname(limits[, 2]))
    expect_identical(
      parameters::p_value(fit, component = "gate")$Parameter,
      names(coef(fit, "gate"))
    )
    measured <- performance::model_performance(fit)
    expect_equal(measured$BIC, BIC(fit))
    expect_equal(measured$RMSE, sqrt(mean(residuals(fit)^2)))
    expect_identical(
      insight::find_predictors(fit),
      list(conditional = c("x", "f"), gate = c("x", "v"))
    )
    known <- c(names(fit$model), names(fit$variables))
    expect_identical(setdiff(names(insight::get_data(fit)), known), character())
    # What is there beside the model frame's columns is what they are computed from.
    expect_true(all(
      setdiff(names(insight::get_data(fit)), names(fit$model)) %in%
        all.vars(fit$blueprint$response_call)
    ))
    expect_true("v" %in% names(insight::get_data(fit)))
    expect_equal(
      insight::link_inverse(fit)(0.3),
      c(gaussian = 0.3, poisson = exp(0.3), multinomial = plogis(0.3))[[fit$family]]
    )
  }
})

test_that("fits are pooled after relabel(to = )", {
  data <- hooked()$data
  set.seed(4)
  fits <- lapply(1:4, function(i) {
    quietly(sgmoe(
      y ~ x, data[sample(200, replace = TRUE), ],
      k = 3, gate = ~v, ridge = 0.5, starts = 1
    ))
  })
  aligned <- lapply(fits, relabel, to = fits[[1]])
  expect_equal(aligned[[1]], fits[[1]])
  for (i in seq_along(fits)) {
    # It only permutes.
    expect_equal(
      sort(coef(aligned[[i]], "scale")), sort(coef(fits[[i]], "scale")),
      ignore_attr = TRUE
    )
    expect_equal(predict(aligned[[i]], data), predict(fits[[i]], data))
    expect_equal(logLik(aligned[[i]]), logLik(fits[[i]]))
    # A turned fit comes back.
    turned <- relabel(fits[[i]], c(2, 3, 1))
    expect_equal(relabel(turned, to = fits[[i]])$coefficients, fits[[i]]$coefficients)
    expect_equal(
      relabel(turned, to = fits[[1]])$coefficients, aligned[[i]]$coefficients
    )
  }
  # What mice::pool() asks of tidy().
  asked <- tidy(
    fits[[1]],
    effects = "fixed", parametric = TRUE, exponentiate = FALSE
  )
  expect_identical(asked, tidy(fits[[1]]))
  class_condition(tidy(fits[[1]], exponentiate = TRUE), "error", "unsupported")
  pooled <- function(fits) {
    data.frame(mice::pool(mice::as.mira(fits))$pooled)
  }
  # (Versions of dplyr and vctrs that do not go together stop it for all models.)
  works <- requireNamespace("mice", quietly = TRUE) && tryCatch(
    is.data.frame(pooled(list(lm(dist ~ speed, cars), lm(dist ~ speed, cars)))),
    error = function(error) FALSE
  )
  if (works) {
    found <- pooled(aligned)
    expect_equal(found$estimate, unname(rowMeans(sapply(aligned, coef))))
  }
  other <- quietly(sgmoe(y ~ x, data, k = 2, gate = ~v, ridge = 0.5, starts = 1))
  class_condition(relabel(fits[[1]], to = other), "error", "argument")
  class_condition(relabel(fits[[1]], to = data), "error", "argument")
  class_condition(relabel(fits[[1]], 1:3, to = fits[[2]]), "error", "order")
})

test_that("as.formula() and get_all_vars() take a fit", {
  hooks <- hooked()
  fit <- hooks$fits$y
  expect_equal(stats::as.formula(fit), formula(fit))
  expect_identical(
    names(stats::get_all_vars(fit, hooks$data)), c("y", "x", "f")
  )
})
