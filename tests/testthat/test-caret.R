# The list of vignettes/tuning.Rmd that caret takes, as it stands there.

caret_list <- function() {
  eval(vignette_chunk("tuning.Rmd", "caret-list"), globalenv())
}

caret_train <- function(...) {
  # Else lubridate, which caret loads, asks the system's services.
  if (Sys.getenv("TZ") == "") {
    Sys.setenv(TZ = "UTC")
    on.exit(Sys.unsetenv("TZ"))
  }
  skip_if_not_installed("caret")
  attached <- search()
  restore <- function() {
    for (package in setdiff(search(), attached)) detach(package, character.only = TRUE)
  }
  on.exit(restore(), add = TRUE)
  suppressPackageStartupMessages(caret::train(..., trControl = caret::trainControl("none")))
}

test_that("caret fits numbers, with and without weights, as sgmoe() does", {
  data <- mtcars[c("mpg", "wt", "hp")]
  w <- rep(c(1, 2), 16)
  for (weights in list(NULL, w)) {
    model <- caret_train(data[-1], data$mpg,
      method = caret_list(), weights = weights, tuneGrid = data.frame(k = 1)
    )
    plain <- lm(mpg ~ ., data, weights = weights)
    expect_equal(predict(model, data), predict(plain, data), tolerance = 1e-7)
  }
})

test_that("caret fits classes as sgmoe() does", {
  set.seed(1)
  model <- caret_train(Species ~ .,
    data = iris, method = caret_list(), ridge = 1, starts = 1, tuneGrid = data.frame(k = 2)
  )
  set.seed(1)
  fit <- model$finalModel
  expect_s3_class(fit, "sgmoe")
  expect_equal(
    as.matrix(predict(model, iris, type = "prob")), predict(fit, iris, type = "prob"),
    ignore_attr = TRUE
  )
  expect_identical(
    as.character(predict(model, iris)), as.character(predict(fit, iris, type = "class"))
  )
})
