# The engine of vignettes/tuning.Rmd that parsnip takes, as it stands there.

test_that("parsnip fits and predicts as sgmoe() does", {
  skip_if_not_installed("parsnip")
  made <- new.env()
  eval(vignette_chunk("tuning.Rmd", "parsnip-engine"), made)
  made$add_engine("linear_reg", "regression", made$regression)
  made$add_engine("multinom_reg", "classification", made$classification)
  fit_both <- function(model, formula, data) {
    set.seed(1)
    engine <- parsnip::set_engine(model(penalty = 1), "sgmoe", k = 2, starts = 1)
    theirs <- parsnip::fit(engine, formula, data)
    set.seed(1)
    list(theirs, sgmoe(formula, data, k = 2, ridge = 1, starts = 1))
  }
  expect_same <- function(fits, new, type, ours, ...) {
    expect_equal(
      as.matrix(stats::predict(fits[[1]], new, type = type, ...)), ours,
      ignore_attr = TRUE
    )
  }
  numbers <- fit_both(parsnip::linear_reg, dist ~ speed, cars)
  own <- function(...) predict(numbers[[2]], cars, ...)
  expect_same(numbers, cars, "numeric", cbind(own()))
  kinds <- c(pred_int = "prediction", conf_int = "confidence")
  for (type in names(kinds)) {
    limits <- own(interval = kinds[[type]], level = 0.9)[, c("lwr", "upr")]
    expect_same(numbers, cars, type, limits, level = 0.9)
  }
  classes <- fit_both(parsnip::multinom_reg, Species ~ Sepal.Length, iris)
  expect_same(classes, iris, "prob", predict(classes[[2]], iris, type = "prob"))
  expect_identical(
    stats::predict(classes[[1]], iris)$.pred_class,
    unname(predict(classes[[2]], iris, type = "class"))
  )
})
