# What a user reads: arguments, formulas and data of a fit. See test-messages.R.

test_that("arguments: unknown, missing or of the wrong kind", {
  fit <- lines_fit()
  expect_said({
    said(sgmoe(dist ~ speed, cars))
    said(sgmoe(data = cars, k = 2))
    said(sgmoe(dist ~ speed, cars, K = 2))
    said(sgmoe(dist ~ speed, cars, k = 2, lambda = 1, tol = 1e-6, seed = 1))
    said(sgmoe(dist ~ speed, cars, k = 2, colour = "red"))
    said(sgmoe(dist ~ speed, cars, k = 2, control = list(10)))
    said(sgmoe(dist ~ speed, cars, k = 2, control = 10))
    said(sgmoe(dist ~ speed, cars, k = 2, control = list(ridge = 1, ridge = 2)))
    said(sgmoe(dist ~ speed, cars, k = 2, epochs = 3))
    said(sgmoe(dist ~ speed, cars, k = 2, method = "incremental", control = 10))
    said(sgmoe(dist ~ speed, cars, k = 1.5))
    said(sgmoe(dist ~ speed, cars, k = 1:3))
    said(sgmoe(dist ~ speed, cars, k = 60))
    said(sgmoe(dist ~ speed, cars, k = 2, covariance = "fulll"))
    said(sgmoe(dist ~ speed, cars, k = 2, shared = "yes"))
    said(sgmoe_control(ridge = -1))
    said(predict(fit, type = "cluster"))
    said(predict(fit, type = "rsponse"))
    said(coef(fit, "gate", 3))
    said(glance(fit, conf.int = TRUE))
    said(tidy(fit, conf.int = TRUE, conf.level = 95))
    said(simulate_moe(10, k = 2, p = 1, gate = diag(3)))
    said(simulate_moe(10))
  })
})

test_that("families", {
  fit <- lines_fit()
  flowers <- flowers_fit()
  expect_said({
    said(sgmoe(dist ~ speed, cars, k = 2, family = "gamma"))
    said(sgmoe(dist ~ speed, cars, k = 2, family = gaussian("log")))
    said(sgmoe(Species ~ ., iris, k = 2, shared = TRUE))
    said(predict(fit, type = "prob"))
    said(calibration(fit))
    said(sigma(flowers))
    said(residuals(flowers, type = "quantile"))
    said(sgmoe(Species ~ ., iris, k = 2, family = "poisson"))
    said(sgmoe(cbind(dist, speed) ~ 1, cars, k = 2, family = "poisson"))
    said(sgmoe(I(dist / 7) ~ speed, cars, k = 2, family = "poisson"))
    said(sgmoe(I(0 * dist) ~ speed, cars, k = 2, family = "poisson"))
  })
})

test_that("formulas", {
  expect_said({
    said(sgmoe("dist ~ speed", cars, k = 2))
    said(sgmoe(~speed, cars, k = 2))
    said(sgmoe(dist ~ speed + dist, cars, k = 2))
    said(sgmoe(dist ~ speed | speed, cars, k = 2))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = ~ (1 | speed)))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = "speed"))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = dist ~ speed))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = ~ speed + dist))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = ~ offset(speed)))
    said(sgmoe(dist ~ ., k = 2))
    said(sgmoe(dist ~ speed^x, cars, k = 2))
    said(sgmoe(dist ~ 0, cars, k = 2))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = ~0))
  })
})

test_that("columns: absent, of the wrong type or length", {
  tags <- structure(as.numeric(1:50), class = "integer64")
  expect_said({
    said(sgmoe(dist ~ sped, cars, k = 2))
    said(sgmoe(dist ~ sped + time, cars, k = 2))
    said(sgmoe(dist ~ speed, k = 2))
    said(sgmoe(dist ~ speed, as.matrix(cars), k = 2))
    said(sgmoe(dist ~ speed, "cars.csv", k = 2))
    said(sgmoe(dist ~ log(speed, "e"), cars, k = 2))
    said(sgmoe(dist ~ speed[1:9], cars, k = 2))
    said(sgmoe(dist ~ airquality$Temp, cars, k = 2))
    said(sgmoe(dist ~ I(as.list(speed)), cars, k = 2))
    said(sgmoe(dist ~ tags, cars, k = 2))
    said(sgmoe(dist ~ factor("a"), cars, k = 2))
    said(sgmoe(Sepal.Length ~ Species, iris[1:50, ], k = 2))
    said(sgmoe(dist ~ I(1 / (speed - 4)), cars, k = 2))
    said(sgmoe(Ozone ~ Temp, airquality, k = 2, na.action = na.fail))
    said(sgmoe(Ozone ~ Temp, airquality, k = 2, na.action = na.pass))
    said(sgmoe(Ozone ~ Temp, airquality, k = 2, na.action = 3))
    said(sgmoe(Ozone ~ Temp, airquality, k = 2, subset = is.na(Ozone)))
    said(sgmoe(dist ~ speed, cars[0, ], k = 2))
  })
})

test_that("weights, offset, subset, contrasts", {
  odd <- warpbreaks
  contrasts(odd$tension) <- contr.helmert(3)
  fit <- lines_fit()
  expect_said({
    said(sgmoe(dist ~ speed, cars, k = 2, weights = -speed))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = letters))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = 1:3))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = wight))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = log(speed, "e")))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = mean))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = 0 * speed))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = 1e200 * speed))
    said(sgmoe(dist ~ speed, cars, k = 2, offset = letters[1:3]))
    said(sgmoe(dist ~ speed + offset(cbind(speed, speed)), cars, k = 2))
    said(sgmoe(Species ~ 1 + offset(Petal.Width), iris, k = 2))
    said(sgmoe(dist ~ speed, cars, k = 2, subset = c(TRUE, FALSE, TRUE)))
    said(sgmoe(mpg ~ wt, mtcars, k = 2, subset = c("Fiat 128", "Fiat 129")))
    said(sgmoe(dist ~ speed, cars, k = 2, subset = 1:99))
    said(sgmoe(dist ~ speed, cars, k = 2, subset = list(1)))
    said(sgmoe(dist ~ speed, cars, k = 2, subset = c(-1, 2)))
    # What model.frame() alone knows.
    said(explain_frame_error(
      simpleError("why"), terms(dist ~ speed), cars, "data", NULL, NULL, NULL
    ))
    said(sgmoe(breaks ~ tension, warpbreaks, k = 2, contrasts = "contr.sum"))
    said(sgmoe(
      breaks ~ tension, warpbreaks,
      k = 2, contrasts = list(wool = "contr.sum")
    ))
    said(sgmoe(
      breaks ~ tension, warpbreaks,
      k = 2, contrasts = list(tension = "contr.some")
    ))
    said(sgmoe(breaks ~ tension, odd, k = 1, subset = tension != "L"))
    said({
      old <- options(contrasts = c("contr.unknown", "contr.poly"))
      on.exit(options(old))
      sgmoe(breaks ~ tension, warpbreaks, k = 1)
    })
    said(sgmoe(dist ~ ., stats::setNames(cars, c(".", "dist")), k = 1))
    said(sgmoe(dist ~ ., stats::setNames(cars, c("(weights)", "dist")), k = 1))
    said(sgmoe(dist ~ ., stats::setNames(cars, c(NA, "dist")), k = 1))
    said(update(fit, . ~ ., 3))
  })
})

test_that("columns that are not what they seem", {
  several <- addNA(replace(iris$Species, 1:50, NA))
  codes <- structure(rep(1:3, 50), levels = c("a", "b"), class = "factor")
  lasts <- asS4(structure(cars$speed, class = "period"))
  swapped <- sgmoe(breaks ~ tension, warpbreaks, k = 1)
  swapped$blueprint$xlevels$tension <- c("M", "L", "H")
  wide <- data.frame(y = cars$dist)
  wide$m <- cbind(a = cars$speed, b = sqrt(cars$speed))
  fit <- sgmoe(y ~ m, wide, k = 1)
  colnames(wide$m) <- c("a", "c")
  expect_said({
    said(sgmoe(iris$Sepal.Width ~ several, k = 1))
    said(sgmoe(iris$Sepal.Width ~ codes, k = 1))
    said(sgmoe(cars$dist ~ lasts, k = 1))
    said(sgmoe(lasts ~ cars$dist, k = 1))
    said(predict(swapped, warpbreaks))
    said(predict(fit, wide))
  })
})

test_that("responses", {
  shapes <- transform(cars, when = Sys.Date() + speed)
  shapes$lasts <- structure(cbind(cars$dist, 1), class = "Surv")
  some <- iris
  some$Species[some$Species == "virginica"] <- "setosa"
  hidden <- transform(iris, weight = as.numeric(Species != "virginica"))
  expect_said({
    said(sgmoe(speed > 10 ~ dist, cars, k = 2, family = "gaussian"))
    said(sgmoe(list(speed, dist) ~ 1, cars, k = 2))
    said(sgmoe(when ~ dist, shapes, k = 2))
    said(sgmoe(lasts ~ speed, shapes, k = 2))
    said(sgmoe(I(0 * dist + 7) ~ speed, cars, k = 2))
    said(sgmoe(I(dist * 1e200) ~ I(speed * 1e200), cars, k = 2))
    said(sgmoe(when ~ dist, shapes, k = 2, family = "multinomial"))
    said(sgmoe(I(dist / 8) ~ speed, cars, k = 2, family = "multinomial"))
    said(sgmoe(I(dist / 200) ~ speed, cars, k = 2, family = binomial()))
    said(sgmoe(Species ~ Sepal.Width, iris, k = 2, family = binomial()))
    said(sgmoe(addNA(Species) ~ Petal.Width, iris, k = 2))
    said(sgmoe(cbind(yes, -no) ~ x, ballots, k = 2, family = "multinomial"))
    said(sgmoe(cbind(yes, 0 * no) ~ x, ballots, k = 2, family = "multinomial"))
    said(sgmoe(Species ~ Petal.Width, iris[1:50, ], k = 2))
    said(sgmoe(Species ~ Sepal.Width, some, k = 1, ridge = 1))
    said(sgmoe(
      Species ~ Sepal.Width, hidden,
      k = 1, ridge = 1, weights = weight
    ))
  })
})

test_that("what is odd about the data", {
  set.seed(1)
  capped <- transform(quakes, mag = pmin(mag + rnorm(1000) / 100, 5))
  dated <- transform(cars, day = as.character(Sys.Date() + 1:50))
  expect_said({
    said(sgmoe(dist ~ day, dated, k = 1, ridge = 1))
    said(sgmoe(day ~ dist, dated, k = 1, ridge = 1))
    said(sgmoe(dist ~ speed + offset(dist), cars, k = 1))
    said(sgmoe(cyl ~ wt, mtcars, k = 1))
    said(sgmoe(mag ~ depth, capped, k = 2, ridge = 1, starts = 1))
    said(sgmoe(
      dist ~ speed + I(2 * speed) + I(speed / 2), cars,
      k = 1, ridge = 0
    ))
  })
})
