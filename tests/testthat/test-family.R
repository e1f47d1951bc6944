# Families as objects.

test_that("every registered family has all its parts, and no others", {
  expect_identical(names(families), unname(vapply(families, `[[`, "", "name")))
  for (family in families) {
    expect_s3_class(family, "moe_family")
    expect_true(all(family_parts %in% names(family)))
    expect_true(all(names(family) %in% c(family_parts, optional_parts)))
    expect_true(family$offset %in% c("subtract", "predictor"))
  }
  parts <- unclass(families[[1L]])
  expect_error(new_family(parts[names(parts) != "basis"]), "missing basis")
  expect_error(new_family(c(parts, list(colour = 1))), "unknown colour")
})

test_that("what a family lacks is refused in one way", {
  set.seed(1)
  numbers <- sgmoe(dist ~ speed, cars, k = 1)
  classes <- sgmoe(Species ~ Sepal.Width, iris, k = 1, ridge = 1)
  refused <- list(
    quote(sigma(classes)), quote(residuals(classes, "quantile")),
    quote(sgmoe(Species ~ Sepal.Width, iris, k = 1, shared = TRUE)),
    quote(predict(numbers, type = "class")), quote(calibration(numbers)),
    quote(predict(numbers, type = "prob"))
  )
  for (call in refused) {
    text <- class_condition(eval(call), "error", "unsupported")
    expect_match(text, "is not for (Gaussian|multinomial) experts")
  }
})

test_that("families are asked for by their names or those of glm()", {
  data <- transform(cars, y = dist > 30)
  family_of_fit <- function(formula, family) {
    sgmoe(formula, data, k = 1, family = family, ridge = 1)$family
  }
  for (family in list("gaussian", gaussian, gaussian(), NULL)) {
    expect_identical(family_of_fit(dist ~ speed, family), "gaussian")
  }
  for (family in list("multinomial", "binomial", binomial, binomial(), NULL)) {
    expect_identical(family_of_fit(y ~ speed, family), "multinomial")
  }
  for (family in list(binomial("probit"), gaussian("log"), "gamma", Gamma)) {
    class_condition(family_of_fit(y ~ speed, family), "error", "argument")
  }
})

test_that("data are simulated by the family, with its own arguments", {
  set.seed(1)
  numbers <- simulate_moe(50, 2, sigma = c(1, 2))
  expect_type(numbers$y, "double")
  expect_identical(attr(numbers, "truth")$sigma, c(1, 2))
  classes <- simulate_moe(50, 2, family = binomial, classes = 2)
  expect_identical(levels(classes$y), c("1", "2"))
  expect_null(attr(classes, "truth")$sigma)
  class_condition(simulate_moe(5, 2, classes = 3), "error", "argument")
  class_condition(
    simulate_moe(5, 2, family = "multinomial", sigma = 3), "error", "argument"
  )
  class_condition(
    simulate_moe(5, 2, family = "multinomial", classes = 1), "error", "argument"
  )
})
