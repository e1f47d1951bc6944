# Methods as users of lm() and glm() expect them.

make_data <- function(n = 80) {
  set.seed(41)
  data <- data.frame(
    x = rnorm(n), v = rnorm(n), w = runif(n, 0.5, 1.5),
    f = factor(sample(c("a", "b", "c"), n, TRUE))
  )
  data$y <- ifelse(
    runif(n) < plogis(2 * data$x), 1 + 2 * data$x, -2 - data$x
  ) + rnorm(n, sd = 0.4)
  data$y2 <- data$x + rnorm(n)
  data
}
quick <- function(...) {
  set.seed(4)
  sgmoe(..., starts = 1)
}

test_that("every method that was promised is there", {
  generics <- c(
    "print", "summary", "coef", "logLik", "nobs", "df.residual", "deviance",
    "formula", "terms", "model.frame", "model.matrix", "fitted", "residuals",
    "predict", "weights", "sigma", "relabel", "plot", "tidy", "glance",
    "augment"
  )
  has_method <- function(generic) {
    !is.null(utils::getS3method(
      generic, "sgmoe",
      optional = TRUE, envir = asNamespace("sgmoe")
    ))
  }
  missing <- Filter(Negate(has_method), generics)
  expect_identical(missing, character())
})

test_that("coefficients have the documented names and parts", {
  d <- make_data()
  fit <- quick(y ~ x + f, d, k = 2, gate = ~v)
  gate <- c("gate2:(Intercept)", "gate2:v")
  columns <- c("(Intercept)", "x", "fb", "fc")
  expert <- c(paste0("expert1:", columns), paste0("expert2:", columns))
  scale <- c("expert1:(sigma)", "expert2:(sigma)")
  expect_named(coef(fit), c(gate, expert, scale))
  expect_identical(coef(fit, part = "gate"), coef(fit)[gate])
  expect_identical(coef(fit, part = "expert"), coef(fit)[expert])
  expect_identical(coef(fit, part = "scale"), coef(fit)[scale])
  expect_identical(coef(fit, part = "all"), coef(fit))
  expect_error(coef(fit, part = "gates"), class = "sgmoe_error_argument")
  expect_named(
    coef(quick(y ~ x, d, k = 2, shared = TRUE), "scale"),
    "(sigma)"
  )
  single <- sgmoe(y ~ x, d, k = 1)
  expect_length(coef(single, "gate"), 0)
  expect_named(coef(single), c(
    "expert1:(Intercept)", "expert1:x",
    "expert1:(sigma)"
  ))
})

test_that("names with several responses follow the covariance", {
  d <- make_data()
  scales <- list(
    full = c("(sigma)[y,y]", "(sigma)[y,y2]", "(sigma)[y2,y2]"),
    diagonal = c("(sigma)[y]", "(sigma)[y2]"), spherical = "(sigma)"
  )
  means <- c("[y]:(Intercept)", "[y]:x", "[y2]:(Intercept)", "[y2]:x")
  for (covariance in names(scales)) {
    for (shared in c(FALSE, TRUE)) {
      fit <- quick(cbind(y, y2) ~ x, d,
        k = 2, gate = ~1, shared = shared,
        covariance = covariance
      )
      expect_named(
        coef(fit, "expert"),
        c(paste0("expert1", means), paste0("expert2", means))
      )
      owners <- if (shared) "" else c("expert1:", "expert2:")
      names <- outer(scales[[covariance]], owners, function(a, b) paste0(b, a))
      expect_named(coef(fit, "scale"), as.vector(names))
      expect_equal(attr(logLik(fit), "df"), length(coef(fit)))
      # sigma() shows standard deviations for every structure.
      sigmas <- sigma(fit)
      expect_identical(
        dimnames(sigmas),
        list(c("expert1", "expert2"), c("y", "y2"))
      )
      first <- coef(fit, "scale")[[1L]]
      expect_equal(
        sigmas[["expert1", "y"]],
        if (covariance == "full") sqrt(first) else first
      )
    }
  }
})

test_that("likelihood statistics agree with each other", {
  d <- make_data()
  fit <- quick(y ~ x, d, k = 2, weights = w, ridge = 0.2)
  value <- logLik(fit)
  expect_s3_class(value, "logLik")
  expect_equal(c(value), sum(d$w * predict(fit, d, type = "logdensity")))
  expect_equal(quick(y ~ x, d, k = 2, weights = w)$df, 8)
  # A ridge takes a little of the slopes, never an intercept or a variance.
  df <- attr(value, "df")
  expect_true(df < 8 && df > 7.5)
  expect_equal(nobs(fit), sum(d$w))
  expect_equal(attr(value, "nobs"), sum(d$w))
  expect_equal(deviance(fit), -2 * c(value))
  expect_equal(df.residual(fit), sum(d$w) - df)
  expect_equal(AIC(fit), -2 * c(value) + 2 * df)
  expect_equal(BIC(fit), -2 * c(value) + log(sum(d$w)) * df)
  # The penalty is in the objective, not in the likelihood.
  expect_lt(fit$objective, c(value))
  expect_equal(nobs(quick(y ~ x, d, k = 2)), nrow(d))
  models <- list(sgmoe(y ~ x, d, k = 1), lm(y ~ x, d))
  expect_equal(AIC(models[[1]]), AIC(models[[2]]))
  expect_equal(BIC(models[[1]]), BIC(models[[2]]))
  expect_equal(AIC(models[[1]], models[[2]])$df, c(3, 3))
})

test_that("formula, terms, model frame and matrix are those of the parts", {
  d <- make_data()
  fit <- quick(y ~ x * f, d, k = 2, gate = ~ v + f, weights = w)
  expect_equal(formula(fit), y ~ x * f, ignore_formula_env = TRUE)
  expect_equal(formula(fit, "gate"), ~ v + f, ignore_formula_env = TRUE)
  expect_s3_class(terms(fit), "terms")
  expect_identical(attr(terms(fit), "term.labels"), c("x", "f", "x:f"))
  expect_identical(attr(terms(fit, "gate"), "term.labels"), c("v", "f"))
  expect_error(terms(fit, "both"), class = "sgmoe_error_argument")
  frame <- model.frame(fit)
  expect_identical(nrow(frame), nrow(d))
  expect_true(all(c("y", "x", "f", "v") %in% names(frame)))
  expect_identical(unname(weights(fit)), d$w)
  expect_null(weights(quick(y ~ x, d, k = 2)))
  bare <- function(x) {
    attributes(x) <- attributes(x)[c("dim", "dimnames")]
    x
  }
  # k = 1: as lm, entry by entry.
  single <- sgmoe(y ~ x * f, d, k = 1, gate = ~ v + f)
  expect_identical(
    bare(model.matrix(single)), bare(model.matrix(lm(y ~ x * f, d)))
  )
  expect_identical(
    bare(model.matrix(single, "gate")), bare(model.matrix(~ v + f, d))
  )
})

test_that("what needs the data says so where they were not kept", {
  d <- make_data()
  fit <- quick(y ~ x, d, k = 2, model = FALSE)
  for (method in list(model.frame, model.matrix, weights, fitted, residuals)) {
    error <- expect_error(method(fit), class = "sgmoe_error_no_model")
    expect_match(conditionMessage(error), "model = TRUE")
  }
  expect_equal(coef(fit), coef(quick(y ~ x, d, k = 2)))
  expect_equal(nobs(fit), 80)
})

test_that("update() changes formula, k, weights and settings", {
  d <- make_data()
  # Not by quick(), whose call would be about its own dots.
  set.seed(4)
  fit <- sgmoe(y ~ x, d, k = 2, starts = 1)
  again <- function(...) {
    set.seed(4)
    update(...)
  }
  expect_equal(coef(again(fit, . ~ . + v)), coef(quick(y ~ x + v, d, k = 2)))
  expect_equal(
    coef(again(fit, log(y + 9) ~ .)),
    coef(quick(log(y + 9) ~ x, d, k = 2))
  )
  expect_equal(coef(again(fit, k = 1)), coef(sgmoe(y ~ x, d, k = 1)))
  expect_equal(
    coef(again(fit, weights = w)),
    coef(quick(y ~ x, d, k = 2, weights = w))
  )
  expect_equal(
    coef(again(fit, gate = ~v)),
    coef(quick(y ~ x, d, k = 2, gate = ~v))
  )
  expect_identical(again(fit, ridge = 1)$control$ridge, 1)
  call <- update(fit, . ~ v, k = 3, evaluate = FALSE)
  expect_identical(call$k, 3)
  # In a function, the data are found where update() is called.
  in_function <- function() {
    local_data <- d[1:60, ]
    fit <- sgmoe(y ~ x, local_data, k = 2, starts = 1)
    update(fit, . ~ v, k = 1)
  }
  expect_equal(coef(in_function()), coef(sgmoe(y ~ v, d[1:60, ], k = 1)))
})

test_that("residuals are what their names say", {
  d <- make_data()
  fit <- quick(y ~ x, d, k = 2, gate = ~v)
  gate <- predict(fit, type = "gate")
  means <- predict(fit, type = "expert")
  sigma <- rep(sigma(fit), each = nrow(d))
  centre <- rowSums(gate * means)
  variance <- rowSums(gate * (means^2 + sigma^2)) - centre^2
  expect_equal(residuals(fit), d$y - centre, ignore_attr = TRUE)
  expect_equal(fitted(fit) + residuals(fit), d$y, ignore_attr = TRUE)
  expect_equal(residuals(fit, type = "pearson"),
    (d$y - centre) / sqrt(variance),
    ignore_attr = TRUE
  )
  probability <- rowSums(gate * pnorm(d$y, means, sigma))
  expect_equal(pnorm(residuals(fit, type = "quantile")), probability,
    ignore_attr = TRUE
  )
  expect_error(residuals(fit, "deviance"), "\"deviance\"",
    class = "sgmoe_error_argument"
  )
  expect_equal(residuals(sgmoe(y ~ x, d, k = 1)), residuals(lm(y ~ x, d)),
    tolerance = 1e-8
  )
  # Several responses: one at a time, as columns.
  both <- quick(cbind(y, y2) ~ x, d, k = 2, covariance = "diagonal")
  for (type in c("response", "pearson", "quantile")) {
    value <- residuals(both, type = type)
    expect_identical(dim(value), c(80L, 2L))
    expect_identical(colnames(value), c("y", "y2"))
  }
  expect_equal(residuals(both), as.matrix(d[c("y", "y2")]) - fitted(both),
    ignore_attr = TRUE
  )
})

test_that("quantile residuals of the true model are standard normal", {
  set.seed(43)
  d <- simulate_moe(2000, k = 2, p = 1, gate_scale = 2, sigma = c(0.3, 1))
  fit <- quick(y ~ x1, d, k = 2)
  quantile <- residuals(fit, type = "quantile")
  # A fit makes residuals closer to normal, never further, so the test of a
  # simple hypothesis is conservative.
  expect_gt(ks.test(quantile, "pnorm")$p.value, 0.01)
  # An outlier stays finite: the tails keep their digits.
  d$y[1] <- 30
  far <- predict(fit, d[1, ], type = "expert")
  expect_true(all(abs(d$y[1] - far) > 9 * max(sigma(fit))))
  refit <- fit
  refit$model$y[1] <- 30
  expect_no_warning(far <- residuals(refit, type = "quantile")[[1]])
  # Where 1 - p would round to zero.
  expect_gt(far, 8.3)
  expect_true(is.finite(far))
})

test_that("augment() replaces its own columns and keeps all rows", {
  d <- make_data()
  fit <- quick(y ~ x, d, k = 2)
  once <- augment(fit, newdata = d)
  expect_identical(augment(fit, newdata = once), once)
  shifted <- augment(fit, newdata = transform(once, .fitted = 0))
  expect_equal(shifted$.fitted, unname(predict(fit, d)))
  d$x[c(1, 5)] <- NA
  omitted <- quick(y ~ x, d, k = 2)
  expect_identical(nrow(augment(omitted)), 78L)
  fit <- quick(y ~ x, d, k = 2, na.action = na.exclude)
  padded <- augment(fit)
  expect_identical(nrow(padded), 80L)
  expect_equal(padded$.fitted, unname(predict(fit)))
  expect_equal(padded$.resid, unname(residuals(fit)))
  expect_identical(which(is.na(padded$.expert)), c(1L, 5L))
  expect_identical(padded$y[-c(1, 5)], d$y[-c(1, 5)])
  # With data, rows that have missing values are there as well.
  whole <- augment(fit, data = d)
  expect_identical(whole$y, d$y)
  expect_equal(whole$.fitted, padded$.fitted)
  expect_error(augment(fit, se_fit = TRUE), class = "sgmoe_error_unsupported")
  expect_error(tidy(fit, conf.int = TRUE), class = "sgmoe_error_unsupported")
})

test_that("augment() gives a tibble, with row names that say something", {
  skip_if_not_installed("tibble")
  fit <- sgmoe(mpg ~ wt, mtcars, k = 1)
  rows <- augment(fit, newdata = mtcars[3:4, ])
  expect_s3_class(rows, "tbl_df")
  expect_identical(names(rows)[[1]], ".rownames")
  expect_identical(rows$.rownames, rownames(mtcars)[3:4])
  expect_identical(augment(fit)$.rownames, rownames(mtcars))
  # Running numbers say nothing; a tibble has no row names.
  d <- make_data()
  fit <- sgmoe(y ~ x, d, k = 1)
  expect_false(".rownames" %in% names(augment(fit)))
  expect_false(".rownames" %in% names(augment(fit, tibble::as_tibble(d))))
  expect_identical(augment(fit, newdata = rows <- augment(fit, d[3:4, ])), rows)
  # Without tibble, the row names stay where they are.
  plain <- as_tidy_frame(mtcars, has_tibble = FALSE)
  expect_identical(plain, mtcars)
})
