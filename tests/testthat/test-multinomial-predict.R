# Predictions of fits with classes: values, shapes, names, missing values.

# A fit with a factor, a spline and a gate of its own, by few passes.
predicted_fit <- function(k = 2, classes = 3, formula = y ~ x1 + x2 + f, ...) {
  set.seed(51)
  data <- class_data(250, classes)
  fit <- quietly_classes(sgmoe(
    formula, data,
    k = k, family = "multinomial", start = random_posterior(250, k),
    max_passes = 25, ridge = 0.1, ...
  ))
  list(fit = fit, data = data)
}
types <- c(
  "response", "prob", "class", "gate", "expert", "posterior", "logdensity"
)

slow_test("logits of ten thousand and more give probabilities", {
  data <- crossed_classes()
  set.seed(1)
  fit <- quietly(sgmoe(y ~ x1 + x2, data, k = 3, starts = 1, max_passes = 40))
  corners <- expand.grid(x1 = c(-1, 0, 1), x2 = c(-1, 0, 1))
  for (far in c(1e4, 1e6, 1e12, 1e150)) {
    new <- far * corners
    new$y <- rep(c("up", "down", "up"), 3)
    for (type in c("prob", "gate", "expert", "posterior")) {
      found <- predict(fit, new, type = type)
      expect_false(anyNA(found), label = paste(type, far))
      expect_true(all(found >= 0 & found <= 1))
    }
    expect_equal(unname(rowSums(predict(fit, new))), rep(1, 9))
    expect_equal(
      unname(rowSums(predict(fit, new, type = "posterior"))), rep(1, 9)
    )
    expect_false(anyNA(predict(fit, new, type = "class")))
    density <- predict(fit, new, type = "logdensity")
    expect_false(anyNA(density))
    expect_true(all(density <= 0))
  }
  # Infinite covariates have no prediction, and no error.
  new <- data.frame(x1 = c(Inf, 0), x2 = c(0, 0))
  for (type in c("response", "class")) {
    expect_warning(
      found <- predict(fit, new, type = type),
      class = "sgmoe_warning_non_finite"
    )
    expect_identical(unname(is.na(as.matrix(found)[, 1])), c(TRUE, FALSE))
  }
})

test_that("a class that the fit did not see has no posterior", {
  made <- predicted_fit()
  new <- transform(made$data[1:4, ], y = c("a", "b", "z", "c"))
  for (type in c("posterior", "logdensity")) {
    text <- class_condition(
      predict(made$fit, new, type = type), "error", "unseen_level"
    )
    expect_match(text, "Response `y`.*\"z\".*\"a\", \"b\" and \"c\"")
  }
  # Where the response is not needed, it is not looked at.
  expect_identical(dim(predict(made$fit, new)), c(4L, 3L))
  new$y <- NULL
  expect_identical(dim(predict(made$fit, new)), c(4L, 3L))
  class_condition(
    predict(made$fit, new, type = "posterior"), "error", "missing_column"
  )
  # Other order, or fewer, of the levels are no matter.
  new <- made$data[1:4, ]
  new$y <- factor(as.character(new$y), rev(letters[1:5]))
  expect_identical(
    predict(made$fit, new, type = "posterior"),
    predict(made$fit, made$data[1:4, ], type = "posterior")
  )
})

test_that("any kind of class is a response", {
  data <- crossed_classes(200)
  data$g <- as.integer(data$y) + 4
  data$s <- as.character(data$y)
  data$l <- data$y == "up"
  data$o <- factor(data$y, ordered = TRUE)
  data$b <- as.numeric(data$l)
  expected <- sgmoe(y ~ x1 + x2, data, k = 1)
  kinds <- list(
    s = c("down", "up"), l = c("FALSE", "TRUE"), o = c("down", "up"),
    g = c("5", "6"), b = c("0", "1")
  )
  for (name in names(kinds)) {
    # Numbers are classes only when asked for.
    family <- if (name %in% c("g", "b")) "multinomial"
    fit <- sgmoe(
      reformulate(c("x1", "x2"), name), data,
      k = 1, family = family
    )
    expect_identical(fit$family, "multinomial")
    expect_identical(fit$responses, kinds[[name]])
    expect_equal(coef(fit), coef(expected), ignore_attr = TRUE)
    expect_identical(
      names(coef(fit))[[2]], paste0("expert1[", kinds[[name]][[2]], "]:x1")
    )
    class <- predict(fit, data[1:3, ], type = "class")
    expect_identical(levels(class), kinds[[name]])
    expect_identical(as.integer(class), as.integer(predict(
      expected, data[1:3, ],
      type = "class"
    )))
    expect_equal(
      predict(fit, data[1:3, ], type = "logdensity"),
      predict(expected, data[1:3, ], type = "logdensity")
    )
  }
  expect_identical(sgmoe(g ~ x1, data, k = 1)$family, "gaussian")
  # An expression is a response, too.
  fit <- sgmoe(x2 > 0 ~ x1, data, k = 1)
  expect_equal(
    unname(coef(fit)), unname(coef(glm(x2 > 0 ~ x1, binomial, data))),
    tolerance = 1e-5
  )
  expect_length(predict(fit, data[1:3, ], type = "logdensity"), 3)
})

test_that("numbers are classes in their numeric order", {
  data <- crossed_classes(200)
  data$g <- c(10, 9, 100)[1 + (data$x1 > 0) + (data$x2 > 0)]
  set.seed(1)
  data$g <- data$g[sample.int(200)]
  fit <- sgmoe(g ~ x1, data, k = 1, family = "multinomial")
  expect_identical(fit$responses, c("9", "10", "100"))
})

test_that("types that are for one family only", {
  made <- predicted_fit()
  class_condition(predict(made$fit, type = "quantile"), "error", "unsupported")
  fit <- sgmoe(dist ~ speed, cars, k = 1)
  for (type in c("prob", "class")) {
    expect_match(
      class_condition(predict(fit, type = type), "error", "unsupported"),
      "Gaussian.*classes"
    )
  }
})
