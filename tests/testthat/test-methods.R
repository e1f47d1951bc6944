# Methods as users of lm() and glm() expect them.

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

test_that("augment() replaces its own columns and keeps all rows", {
  d <- methods_data()
  fit <- quick_fit(y ~ x, d, k = 2)
  once <- augment(fit, newdata = d)
  expect_identical(augment(fit, newdata = once), once)
  shifted <- augment(fit, newdata = transform(once, .fitted = 0))
  expect_equal(shifted$.fitted, unname(predict(fit, d)))
  d$x[c(1, 5)] <- NA
  omitted <- quick_fit(y ~ x, d, k = 2)
  expect_identical(nrow(augment(omitted)), 78L)
  fit <- quick_fit(y ~ x, d, k = 2, na.action = na.exclude)
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
  expect_error(augment(fit, se.fit = TRUE), "se_fit", class = "sgmoe_error_argument")
  expect_error(tidy(fit, se = TRUE), class = "sgmoe_error_unsupported")
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
  d <- methods_data()
  fit <- sgmoe(y ~ x, d, k = 1)
  expect_false(".rownames" %in% names(augment(fit)))
  expect_false(".rownames" %in% names(augment(fit, tibble::as_tibble(d))))
  expect_identical(augment(fit, newdata = rows <- augment(fit, d[3:4, ])), rows)
  # Without tibble, the row names stay where they are.
  plain <- as_tidy_frame(mtcars, has_tibble = FALSE)
  expect_identical(plain, mtcars)
})
