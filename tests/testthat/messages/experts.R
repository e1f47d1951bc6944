# What a user reads: numbers of experts, tuning, pictures. See test-messages.R.

test_that("numbers of experts", {
  # Few rows only wait, and would not reach the core.
  local_replaced("wait_for_others", function(...) NULL)
  fit <- lines_fit()
  lean <- lines_fit(model = FALSE)
  stream <- tooth_stream()
  free <- quickly(sgmoe(
    dist ~ speed, cars,
    k = 2, gate = ~ 0 + speed, starts = 1, ridge = 0
  ))
  set.seed(1)
  chosen <- quickly(select_experts(stream, ToothGrowth))
  spread <- transform(cars, dist = 2 * speed + rnorm(50))
  spread$dist[c(5, 20, 40)] <- c(150, -90, 260)
  roof <- data.frame(x = runif(200))
  roof$y <- 2 - 4 * abs(roof$x - 0.5) + rnorm(200, sd = 0.1)
  roof$y[1:10] <- rnorm(10, sd = 5)
  bent <- data.frame(x = runif(800, -1, 1))
  bent$y <- 2 * bent$x + (0.2 + 0.8 * (bent$x > 0)) * (rexp(800) - 1)
  steep <- quickly(sgmoe(
    dist ~ speed, transform(cars, dist = ifelse(speed > 20, 99, 0) + rnorm(50)),
    k = 2, start = 1 + (cars$speed > 20), ridge = 0
  ))
  expect_said({
    said(select_experts())
    said(select_experts("dist ~ speed", cars))
    said(select_experts(dist ~ speed, cars, k = 3))
    said(select_experts(dist ~ speed, cars, starts = 3))
    said(select_experts(dist ~ speed, cars, criterion = "bic"))
    said(select_experts(fit, k_max = 5))
    said(select_experts(lean))
    said(select_experts(free))
    said(select_experts(stream))
    said(expert_dendrogram(lean, "likelihood"))
    said(expert_dendrogram(steep))
    said(expert_dendrogram(lines_fit(), data = transform(cars, speed = 1e300)))
    said(select_experts(mpg ~ ., mtcars))
    said(invisible(select_experts(Ozone ~ Solar.R + Wind + Temp, airquality)))
    said(select_experts(
      dist ~ speed, cars,
      k_max = 2, ridge = 0, criterion = "AIC"
    ))
    said(select_experts(fit, criterion = "AIC"))
    said(update(select_experts(fit, criterion = "AIC"), dist ~ 1))
    said(select_experts(dist ~ speed, spread, k_max = 3, ridge = 0))
    said(select_experts(y ~ x, roof, k_max = 4, ridge = 0.01))
    said(select_experts(y ~ x, bent, k_max = 6))
    said(with_replaced(
      "core_fit_each", answering_each("core_fit_each", reason = "interrupted"),
      select_experts(dist ~ speed, cars, k_max = 2, ridge = 0)
    ))
    said(with_replaced(
      "core_stream_learn", answering("core_stream_learn", taken = 20),
      update(chosen, ToothGrowth)
    ))
  })
})

test_that("tuning", {
  same <- data.frame(y = rep(1:2, 6), half = rep(1:2, each = 6))
  expect_said({
    said(tune_experts(data = cars))
    said(tune_experts(dist ~ speed, cars, start = 1))
    said(tune_experts(dist ~ speed, cars, k_max = 3))
    said(tune_experts(dist ~ speed, cars, k = c(1, 2.5)))
    said(tune_experts(dist ~ speed, cars, ridge = c("auto", "cv")))
    said(tune_experts(dist ~ speed, cars, folds = 1))
    said(tune_experts(dist ~ speed, cars, folds = rep(1, 50)))
    said(tune_experts(dist ~ speed, cars, group = 1:3))
    said(tune_experts(dist ~ speed, cars, group = c(NA, 2:50)))
    said(tune_experts(dist ~ speed, cars, group = nobody))
    said(tune_experts(dist ~ speed, cars, score = "brier"))
    said(tune_experts(Species ~ ., iris, score = "rmse"))
    said(tune_experts(Species ~ ., iris, score = "crps"))
    said(tune_experts(y ~ 1, same, k = 3, folds = same$half, ridge = 1))
    said(with_replaced(
      "core_fit", answering("core_fit", reason = "interrupted"),
      tune_experts(dist ~ speed, cars, k = 1, ridge = 1)
    ))
    said(select_experts(dist ~ speed, cars, ridge = "cv"))
    said(sgmoe_stream(dist ~ speed, cars, k = 2, ridge = "cv"))
    said(select_experts(
      y ~ 1, data.frame(y = c(1, 2, 3)),
      k_max = 3, criterion = "CV"
    ))
  })
})

test_that("pictures", {
  fit <- lines_fit()
  stream <- tooth_stream()
  learnt <- update(tooth_stream(minibatch = 5), ToothGrowth)
  earlier <- sgmoe(dist ~ log(speed), cars, k = 1)
  earlier["variables"] <- list(NULL)
  changed <- sgmoe(dist ~ log(speed), cars, k = 1)
  changed$variables$speed <- rev(changed$variables$speed)
  constant <- quickly(sgmoe(dist ~ 1, cars, k = 2, starts = 1, ridge = 0))
  chosen <- quickly(select_experts(dist ~ speed, cars, k_max = 2, ridge = 0))
  expect_said({
    said(plot(fit, which = "expert"))
    said(plot(fit, which = 3))
    said(plot(fit, response = "speed"))
    said(plot(fit, col = "red"))
    said(plot(fit, covariate = "dist"))
    said(plot(constant, which = "experts"))
    said(plot(fit, which = "trace", covariate = "speed", main = "A fit"))
    said(plot(fit, colour = "red"))
    said(plot(fit, xlim = c(-1e308, 1e308)))
    said(plot(fit, NULL, NULL, NULL, NULL, NULL, "red"))
    said(plot(fit, data = data.frame(speed = NA, dist = 1)))
    said(plot(earlier))
    said(plot(changed))
    said(plot(stream))
    said(plot(learnt, which = "scores"))
    said(plot(chosen, which = "criterion"))
    said(plot(chosen, criteria = "DIC"))
    said(plot(expert_dendrogram(lines_fit(), "voronoi"), criteria = 1))
    said(ggplot2::autoplot(stream))
    said(plot(expert_dendrogram(sgmoe(dist ~ speed, cars, k = 1))))
  })
})
