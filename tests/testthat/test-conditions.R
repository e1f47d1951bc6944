test_that("conditions carry their class, their call and evaluated markup", {
  raise_it <- function(value) {
    abort("demo", c("Found {.val {value}}.", "i" = "Do that."), quote(fit(x)))
  }
  error <- expect_error(raise_it("a{b"), class = "sgmoe_error_demo")
  expect_s3_class(error, "sgmoe_error")
  expect_match(conditionMessage(error), "a{b", fixed = TRUE)
  expect_match(conditionMessage(error), "Do that")
  expect_identical(conditionCall(error), quote(fit(x)))
  expect_warning(warn("demo", "w"), class = "sgmoe_warning_demo")
  expect_warning(warn("demo", "w"), class = "sgmoe_warning")
  expect_message(inform("demo", "m"), class = "sgmoe_message_demo")
  expect_message(inform("demo", "m"), class = "sgmoe_message")
})

test_that("a frame is shown as its call, short and by its name", {
  error_of <- function(expression) tryCatch(expression, error = identity)
  shown <- function(error) deparse1(conditionCall(error))
  error <- error_of(sgmoe(y ~ nope, cars, k = 2))
  expect_identical(shown(error), "sgmoe(y ~ nope, cars, k = 2)")
  # do.call() inlines function and data.
  error <- error_of(do.call(sgmoe, list(dist ~ nope, cars, k = 2)))
  expect_identical(conditionCall(error)[[1L]], quote(sgmoe))
  expect_lt(nchar(shown(error)), 80)
  fit <- do.call(sgmoe, list(dist ~ speed, data = cars, k = 1))
  expect_lt(nchar(deparse1(fit$call)), 80)
  expect_output(print(fit), "data = data", fixed = TRUE)
  # Methods are named as their generics are.
  error <- error_of(predict(fit, type = "x"))
  expect_identical(conditionCall(error)[[1L]], quote(predict))
  error <- error_of(sgmoe_control(ridge = -1))
  expect_identical(conditionCall(error), quote(sgmoe_control(ridge = -1)))
  # A condition holds no frame, and with it no data.
  expect_false(is.environment(conditionCall(error)))
})

test_that("types are named in plain words", {
  kinds <- list(
    numeric = 1, numeric = 1L, numeric = I(1), logical = NA,
    character = "a", factor = factor("a"), `ordered factor` = ordered("a"),
    Date = Sys.Date(), POSIXct = Sys.time(), complex = 1i, list = list(),
    `function` = mean, `data frame` = data.frame(), `NULL` = NULL,
    `numeric matrix (2 columns)` = diag(2), numeric = ts(1:3),
    `character matrix (1 columns)` = matrix("a"),
    `numeric array` = array(1, c(1, 1, 1)),
    integer64 = structure(1, class = "integer64")
  )
  expect_identical(unname(vapply(kinds, kind_of, "")), names(kinds))
})
