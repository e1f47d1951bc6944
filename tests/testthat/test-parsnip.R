# The engine of vignettes/tuning.Rmd that parsnip takes, as it stands there.

parsnip_engine <- function() {
  made <- new.env()
  eval(vignette_chunk("tuning.Rmd", "parsnip-engine"), made)
  made
}

# parsnip is not on all machines, and takes long to compile: what it does with an
# entry is done here too.
test_that("the entries of the engine predict as predict() does", {
  made <- parsnip_engine()
  ask <- function(entry, fit, data) {
    arguments <- lapply(entry$arguments, eval, list(level = 0.9))
    value <- do.call(stats::predict, c(list(fit, data), arguments))
    if (is.null(entry$post)) value else entry$post(value, fit)
  }
  set.seed(1)
  numbers <- sgmoe(dist ~ speed, cars, k = 2, ridge = 1, starts = 1)
  expect_identical(ask(made$regression$numeric, numbers, cars), predict(numbers, cars))
  for (kind in c("prediction", "confidence")) {
    entry <- made$regression[[c(prediction = "pred_int", confidence = "conf_int")[[kind]]]]
    limits <- predict(numbers, cars, interval = kind, level = 0.9)
    found <- ask(entry, numbers, cars)
    expect_identical(names(found), c(".pred_lower", ".pred_upper"))
    expect_equal(as.matrix(found), limits[, c("lwr", "upr")], ignore_attr = TRUE)
  }
  classes <- sgmoe(Species ~ Sepal.Length, iris, k = 2, ridge = 1, starts = 1)
  entries <- made$classification
  expect_identical(ask(entries$class, classes, iris), predict(classes, iris, type = "class"))
  expect_equal(
    as.matrix(ask(entries$prob, classes, iris)), predict(classes, iris, type = "prob"),
    ignore_attr = TRUE
  )
})

if (requireNamespace("parsnip", quietly = TRUE)) {
  test_that("parsnip fits and predicts as sgmoe() does", {
    made <- parsnip_engine()
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
}
