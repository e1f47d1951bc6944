# What a first user of the package meets: words of other packages, functions of
# other packages, and starts that the search for the ridge has found.

small <- function(...) sgmoe(..., ridge = 0.5, starts = 2)
cars_of_two <- transform(mtcars, am = factor(am, labels = c("auto", "manual")))

test_that("a limit of a profile lies before the place where experts change names", {
  set.seed(1)
  fit <- sgmoe(waiting ~ eruptions, faithful, k = 2, ridge = 0, starts = 3)
  name <- "gate2:eruptions"
  limits <- confint(fit, name, method = "profile")
  expect_identical(limits[[1]], -Inf) # the gate may be as sharp as it likes
  expect_lt(coef(fit)[[name]], limits[[2]])
  # Without a slope the gate is constant, and twice the log-likelihood lower by far.
  flat <- sgmoe(waiting ~ eruptions, faithful, k = 2, gate = ~1, ridge = 0, starts = 3)
  expect_gt(2 * c(logLik(fit) - logLik(flat)), qchisq(0.999, 1))
  expect_lt(limits[[2]], 0)
  # There the log-likelihood has fallen by what was asked for: all others by
  # an own search, with own derivatives.
  own <- function(b) {
    x <- faithful$eruptions
    eta <- b[[1]] + b[[2]] * x
    r <- faithful$waiting - cbind(b[[3]] + b[[4]] * x, b[[5]] + b[[6]] * x)
    s <- exp(b[7:8])
    gate <- cbind(plogis(-eta), plogis(eta))
    f <- gate * cbind(dnorm(r[, 1], 0, s[1]), dnorm(r[, 2], 0, s[2]))
    t <- f / rowSums(f)
    z <- t * r / rep(s^2, each = nrow(r))
    w <- t[, 2] - gate[, 2]
    list(value = sum(log(rowSums(f))), slope = c(
      sum(w), sum(w * x), sum(z[, 1]), sum(z[, 1] * x), sum(z[, 2]), sum(z[, 2] * x),
      colSums(z * r - t)
    ))
  }
  top <- coef(fit)
  top[7:8] <- log(top[7:8])
  held <- top
  held[[2]] <- limits[[2]]
  held[[1]] <- top[[1]] * held[[2]] / top[[2]] # the gate changes over at the same place
  found <- optim(
    held[-2], function(b) own(append(b, limits[[2]], 1))$value,
    function(b) own(append(b, limits[[2]], 1))$slope[-2],
    method = "BFGS", control = list(fnscale = -1, maxit = 1000, reltol = 1e-13)
  )
  expect_equal(2 * (own(top)$value - found$value), qchisq(0.95, 1), tolerance = 1e-3)
})

test_that("words of other packages are answered with ours", {
  fit <- small(dist ~ speed, cars, k = 2)
  expect_match(
    class_condition(predict(fit, type = "quantile", probs = 0.5), "error", "argument"),
    "`p` in place of `probs`",
    fixed = TRUE
  )
  expect_match(
    class_condition(bootstrap(fit, R = 20), "error", "argument"),
    "`nsim` in place of `R`",
    fixed = TRUE
  )
  expect_match(
    class_condition(augment(fit, interval = "prediction", level = 0.9), "error", "argument"),
    "`conf.level` in place of `level`",
    fixed = TRUE
  )
  expect_match(
    class_condition(predict(fit, interval = "predict"), "error", "argument"),
    "Did you mean \"prediction\"",
    fixed = TRUE
  )
  expect_match(
    class_condition(confint(fit, method = "prof"), "error", "argument"),
    "Did you mean \"profile\"",
    fixed = TRUE
  )
  expect_match(
    class_condition(bootstrap_lrt(fit), "error", "argument"),
    "It got one",
    fixed = TRUE
  )
  expect_match(
    class_condition(bootstrap_lrt(fit, 3), "error", "argument"),
    "compares two fits.",
    fixed = TRUE
  )
})

test_that("icl() of several fits is like BIC() of them", {
  one <- sgmoe(dist ~ speed, cars, k = 1)
  two <- small(dist ~ speed, cars, k = 2)
  found <- icl(one, two)
  expect_identical(found$ICL, c(icl(one), icl(two)))
  expect_identical(row.names(found), row.names(BIC(one, two)))
  expect_equal(found$df, BIC(one, two)$df)
  class_condition(icl(one, 3), "error", "argument")
  class_condition(icl(one, k = 3), "error", "argument")
})

test_that("effects of a part are of its covariates, unless others are asked for", {
  fit <- small(mpg ~ wt + am, cars_of_two, k = 2, gate = ~hp)
  expect_setequal(gate_effects(fit)$covariate, "hp")
  expect_setequal(expert_effects(fit)$covariate, c("wt", "am"))
  expect_setequal(average_effects(fit)$covariate, c("wt", "am", "hp"))
  expect_identical(gate_effects(fit, "wt")$estimate, c(0, 0))
  # A gate without covariates: all have no effect.
  constant <- small(mpg ~ wt, cars_of_two, k = 2, gate = ~1)
  expect_identical(gate_effects(constant)$estimate, c(0, 0))
})

test_that("summaries say how many starts reached the chosen one, if that is known", {
  fit <- small(dist ~ speed, cars, k = 2)
  shown <- capture.output(summary(fit))
  expect_match(shown, "Best of 2 starts; [12] of ", all = FALSE)
  fit$starts$objective[fit$starts$chosen] <- NA
  expect_identical(summary(fit)$hits, NA_integer_)
  shown <- capture.output(summary(fit))
  expect_match(shown, "Best of 2 starts.", all = FALSE, fixed = TRUE)
})

test_that("functions of other packages that would mislead refuse", {
  fit <- small(mpg ~ wt + am, cars_of_two, k = 2, gate = ~hp)
  if (requireNamespace("multcomp", quietly = TRUE)) {
    said <- capture.output(
      expect_error(multcomp::glht(fit, multcomp::mcp(am = "Tukey"))),
      type = "message"
    )
    expect_match(paste(said, collapse = " "), "`mcp()` has no answer", fixed = TRUE)
    # What goes over coefficients works.
    linear <- rbind(wt = c(0, 0, 0, 1, 0, 0, -1, 0, 0, 0))
    found <- summary(multcomp::glht(fit, linear))$test
    expect_equal(
      found$sigma[[1]], sqrt(drop(linear %*% vcov(fit) %*% t(linear))),
      tolerance = 1e-10
    )
  }
  if (requireNamespace("performance", quietly = TRUE)) {
    class_condition(performance::check_collinearity(fit), "error", "unsupported")
    class_condition(performance::performance_mae(fit), "error", "unsupported")
  }
  if (requireNamespace("parameters", quietly = TRUE)) {
    class_condition(parameters::bootstrap_model(fit), "error", "unsupported")
  }
  expect_error(model.matrix(fit), NA)
})

test_that("insight finds the variables of a response that is computed", {
  skip_if_not_installed("insight")
  logged <- sgmoe(log(mpg) ~ wt, mtcars, k = 1)
  expect_identical(insight::get_response(logged), mtcars$mpg)
  expect_identical(names(insight::get_data(logged)), c("mpg", "wt"))
  both <- sgmoe(cbind(mpg, log(qsec)) ~ wt, mtcars, k = 1)
  expect_equal(
    insight::get_response(both), mtcars[c("mpg", "qsec")],
    ignore_attr = TRUE
  )
  # Data that have changed since leave what was fitted.
  own <- mtcars
  logged <- sgmoe(log(mpg) ~ wt, own, k = 1)
  own$mpg <- rev(own$mpg)
  expect_identical(insight::get_data(logged)$mpg, mtcars$mpg)
})
