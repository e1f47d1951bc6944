# The picture of a fit for ggplot2: the numbers of predict(), in two panels.

built <- function(...) ggplot2::ggplot_build(ggplot2::autoplot(...))

test_that("autoplot() draws means, gate and bands as predict() gives them", {
  skip_if_not_installed("ggplot2")
  fit <- sgmoe(dist ~ speed, cars, k = 2, ridge = 0.5, starts = 2)
  drawn <- built(fit, interval = "prediction")$data
  # Band, points, experts, mean, gate, its numbers.
  at <- data.frame(speed = drawn[[4]]$x)
  expect_identical(range(at$speed), as.numeric(range(cars$speed)))
  expect_equal(drawn[[4]]$y, unname(predict(fit, at)))
  gate <- drawn[[5]]
  expect_equal(gate$y[gate$group == 2], unname(predict(fit, at, type = "gate")[, 2]))
  limits <- predict(fit, at, interval = "prediction", level = 0.9)
  inside <- limits[, "lwr"] > min(drawn[[1]]$ymin)
  expect_equal(drawn[[1]]$ymin[inside], unname(limits[inside, "lwr"]))
  expect_identical(nrow(drawn[[2]]), 50L)
  expect_identical(drawn[[7]]$label, factor(1:2))
  expect_setequal(drawn[[5]]$PANEL, 2)
  expect_setequal(drawn[[3]]$PANEL, 1)
  mean <- built(fit, interval = "confidence", level = 0.95)$data[[1]]
  found <- predict(fit, data.frame(speed = mean$x), interval = "confidence")
  expect_equal(mean$ymax, unname(found[, "upr"]))
})

test_that("autoplot() has factors, dates, one expert and each response", {
  skip_if_not_installed("ggplot2")
  one <- built(sgmoe(dist ~ speed, cars, k = 1))
  expect_length(unique(one$layout$layout$PANEL), 1L)
  fit <- sgmoe(breaks ~ tension, warpbreaks, k = 2, ridge = 0.5, starts = 2)
  drawn <- built(fit, interval = "prediction")$data
  bars <- drawn[[5]] # of the gate, stacked
  levels <- data.frame(tension = levels(warpbreaks$tension))
  expect_equal(
    bars$ymax[bars$group == 1], unname(predict(fit, levels, type = "gate")[, 1])
  )
  data <- data.frame(day = as.Date("2024-01-01") + 0:59, y = rep(1:2, each = 30) + sin(1:60))
  fit <- sgmoe(y ~ day, data, k = 2, ridge = 0.5, starts = 2)
  expect_s3_class(built(fit)$plot$layers[[1]]$data$x, "Date")
  both <- sgmoe(cbind(mpg, qsec) ~ wt, mtcars, k = 2, ridge = 0.5, starts = 2)
  second <- built(both, response = "qsec")
  expect_identical(second$plot$labels$subtitle, "response 2 of 2")
  expect_equal(second$data[[1]]$y, mtcars$qsec)
  class_condition(ggplot2::autoplot(both, which = "gate"), "error", "argument")
  class_condition(ggplot2::autoplot(both, level = 0.5), "error", "argument")
})

test_that("plot() says which of several responses or classes it draws", {
  fit <- sgmoe(Species ~ Sepal.Length, iris, k = 1, ridge = 1)
  expect_identical(which_response(fit, 2L), "class 2 of 3")
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  graphics::plot.new()
  expect_identical(describe_held(list(), "class 2 of 3"), "class 2 of 3")
  expect_identical(describe_held(list(x = 1), "class 2 of 3"), "class 2 of 3, at x = 1")
  expect_identical(describe_held(list(x = 1)), "at x = 1")
  expect_null(which_response(sgmoe(am ~ wt, transform(mtcars, am = am > 0), k = 1), 2L))
  expect_null(which_response(sgmoe(dist ~ speed, cars, k = 1), 1L))
})
