# Responses of few or of repeated values are found before a fit.

facts <- function(y) {
  describe <- getFromNamespace("describe_discrete", "sgmoe")
  paste(describe(y, "y"), collapse = " ")
}

test_that("numbers that are labels point to factor()", {
  set.seed(1)
  expect_match(facts(rbinom(100, 1, 0.5)), "only 2 values \\(0, 1\\)")
  expect_match(facts(rbinom(100, 1, 0.5)), "factor\\(y\\)")
  expect_match(facts(sample(1:5, 60, TRUE)), "only 5 values")
  # A few measurements are no labels.
  expect_identical(facts(rnorm(8)), "")
})

test_that("a value that many rows share is named with its share", {
  set.seed(1)
  y <- rexp(1000)
  y[1:170] <- 0
  expect_match(facts(y), "exactly 0, its smallest value, in 17% of the rows")
  capped <- pmin(rnorm(500), 1.5)
  expect_match(facts(capped), "exactly 1.5, its largest value \\(capped\\?\\)")
  both <- c(rep(0, 60), rep(9, 30), runif(210, 1, 8))
  expect_match(facts(both), paste(
    "exactly 0, its smallest value, in 20% and exactly 9, its largest value",
    "\\(capped\\?\\), in 10% of the rows"
  ))
  inner <- rnorm(500)
  inner[1:60] <- 0
  expect_match(facts(inner), "exactly 0, in 12% of the rows")
})

test_that("one expert alone cannot settle on a value", {
  set.seed(1)
  data <- data.frame(x = 1:300, y = c(rep(0, 60), runif(240)), grade = rep(1:3, 100))
  data$twice <- 2 * data$x
  expect_silent(sgmoe(y ~ x, data, k = 1))
  expect_message(sgmoe(y ~ x, data, k = 2, starts = 1), "exactly 0, its smallest")
  heard <- testthat::capture_messages(sgmoe(grade ~ x, data, k = 1))
  expect_match(heard, "factor\\(grade\\)")
  expect_no_match(heard, "expert")
  # Nor has it a gate, whose columns could be aliased.
  expect_message(sgmoe(y ~ x + twice, data, k = 1), "1 column of the expert design")
})

test_that("measurements are left in peace, rounded ones too", {
  set.seed(1)
  expect_identical(facts(rnorm(500)), "")
  expect_identical(facts(round(rnorm(500), 1)), "")
  expect_identical(facts(quakes$mag), "")
  expect_identical(facts(faithful$eruptions), "")
  expect_identical(facts(mtcars$mpg), "")
  # The dummy rests before the crash; Boston's prices are capped at 50.
  expect_match(facts(MASS::mcycle$accel), "exactly -2.7, in 11% of the rows")
  expect_match(facts(MASS::Boston$medv), "exactly 50, its largest value")
})

test_that("counts point to experts for them, other numbers do not", {
  told <- function(y) {
    heard <- character()
    withCallingHandlers(
      suppressWarnings(sgmoe(y ~ x, data.frame(y, x = seq_along(y)), k = 1)),
      sgmoe_message_discrete = function(message) {
        heard <<- conditionMessage(message)
        tryInvokeRestart("muffleMessage")
      }
    )
    heard
  }
  set.seed(1)
  expect_match(told(rpois(100, 1)), "poisson")
  expect_no_match(told(rbinom(100, 1, 0.5)), "poisson")
  expect_no_match(told(sample(5:6, 100, TRUE)), "poisson")
  expect_no_match(told(sample(c(-1, 0, 2), 100, TRUE)), "poisson")
  expect_no_match(told(sample(c(0.5, 1, 2), 100, TRUE)), "poisson")
  expect_identical(told(rnorm(100)), character())
})
