# What a user reads: new data, predictions, effects and scores. See test-messages.R.

test_that("new data", {
  fit <- lines_fit()
  wool <- quickly(sgmoe(
    breaks ~ tension, warpbreaks,
    k = 1, model = FALSE
  ))
  fixed <- do.call(sgmoe, list(dist ~ speed, cars, k = 1, offset = cars$speed))
  shifted <- sgmoe(dist ~ speed, cars, k = 1, offset = rep(1:2, 25))
  counting <- sgmoe(dist ~ I(1:50 %% 7), cars, k = 1)
  large <- as.numeric(1:5000)
  indexed <- sgmoe(dist ~ large[speed], cars, k = 1)
  literal <- quickly(sgmoe(dist ~ cars$speed, cars, k = 1))
  root <- function(x) if (any(x < 0)) factor(x) else sqrt(x)
  rooted <- sgmoe(dist ~ root(speed), cars, k = 1)
  expect_said({
    said(predict(fit, data.frame(sped = 1)))
    said(predict(fit, data.frame(speed = c(1, Inf))))
    said(predict(fit, data.frame(speed = 1e308)))
    said(simulate(fit, 1e9))
    said(predict(fit, as.matrix(cars)))
    said(predict(fit, data.frame(speed = "fast")))
    said(predict(wool, data.frame(tension = c("L", "X"))))
    said(predict(fixed, cars))
    said(predict(shifted, cars[1:3, ]))
    said(predict(counting, cars[1:3, ]))
    said(predict(indexed, cars))
    said(predict(literal, cars[1:3, ]))
    said(predict(rooted, data.frame(speed = -1)))
    said(residuals(wool))
    said(model.frame(wool))
  })
})

test_that("distributions, intervals and scores", {
  fit <- lines_fit()
  flowers <- flowers_fit()
  stream <- tooth_stream()
  single <- sgmoe(dist ~ speed, cars[1:30, ], k = 1, ridge = 0)
  petals <- quickly(sgmoe(Species ~ Petal.Width, iris, k = 1, ridge = 0))
  expect_said({
    said(predict(flowers, type = "quantile"))
    said(predict(flowers, interval = "prediction"))
    said(predict(fit, p = 0.9))
    said(predict(fit, type = "quantile", p = 90))
    said(predict(fit, interval = "tolerance"))
    said(predict(fit, type = "variance", interval = "confidence"))
    said(predict(fit, se.fit = TRUE, vcov = diag(2)))
    said(predict(fit, se.fit = TRUE, vcov = function(fit) stop("no clusters")))
    said(predict(fit, vcov = "sandwich"))
    said(predict(recalibrate(flowers, iris), se.fit = TRUE))
    said(predict(petals, data.frame(Petal.Width = 0:2), se.fit = TRUE))
    said(predict(fit, type = "gate", interval = "prediction"))
    said(predict(fit, interval = "prediction", method = "conformal"))
    said(predict(fit, interval = "prediction", calibration = cars))
    said(predict(fit, method = "conformal"))
    said(predict(
      single, cars,
      interval = "prediction", method = "conformal",
      calibration = cars[31:40, ]
    ))
    said(predict(
      single, cars,
      interval = "prediction", method = "conformal", level = 0.9,
      calibration = transform(cars[31:50, ], dist = 1e6)
    ))
    said(predict(
      single, cars,
      interval = "prediction", method = "conformal",
      calibration = conformal_scores(fit)
    ))
    said(conformal_scores(stream))
    said(conformal_scores(flowers))
    said(conformal_scores(fit, folds = 1))
    said(conformal_scores(fit, folds = 1:3))
    said(conformal_scores(fit, folds = rep("a", 50)))
    said(residuals(fit, type = "deviance"))
    said(residuals(flowers, type = "deviance"))
    said(simulate(fit, seed = "today"))
    said(simulate(stream))
    said(score(cars))
    said(score(fit, weights = 1))
    said(score(fit, data.frame(speed = NA, dist = 1)))
  })
})

test_that("effects", {
  fit <- lines_fit()
  stream <- tooth_stream()
  constant <- sgmoe(dist ~ 1, cars, k = 1, ridge = 0)
  expect_said({
    said(average_effects(cars))
    said(average_effects(fit, of = "posterior"))
    said(average_effects(fit, "gate"))
    said(average_effects(stream))
    said(gate_effects(fit, "sped"))
    said(gate_effects(constant))
    said(expert_effects(fit, data = data.frame(speed = NA_real_)))
    said(partial_dependence(fit))
    said(partial_dependence(fit, "speed", points = 1))
    said(plot(average_effects(fit)[0, ]))
    said(permutation_importance(fit, data = data.frame(speed = 1, dist = NA_real_)))
    said(permutation_importance(fit, data = data.frame(speed = 1, dist = 1e200)))
    said(emmeans::emmeans(fit, ~speed, offset = 1))
  })
})

test_that("scores of classes", {
  flowers <- flowers_fit()
  p <- matrix(
    c(0.5, 0.3, 0.2), 150, 3,
    byrow = TRUE, dimnames = list(NULL, levels(iris$Species))
  )
  half <- rep(0.5, 150)
  expect_said({
    said(class_scores(c(0.2, 0.8), list(1, "a")))
    said(class_scores(flowers, iris$Species))
    said(class_scores(half, iris$Species))
    said(class_scores(p[1:9, ], iris$Species))
    said(class_scores(letters, iris$Species))
    said(class_scores(2 * p, iris$Species))
    said(class_scores(p, rep("rose", 150)))
    said(class_scores(p, replace(iris$Species, 3, NA)))
    said(class_scores(p, iris$Species, weights = 0 * half))
    said(calibration(p))
    said(calibration(p, iris$Species, class = "rose"))
    said(calibration(p, iris$Species, weights = 0 * half))
    said(calibration(flowers, iris, weights = 0 * half))
  })
})

test_that("recalibration", {
  fit <- flowers_fit()
  lost <- transform(iris, Sepal.Width = NA_real_)
  expect_said({
    said(recalibrate(lines_fit(), cars))
    said(recalibrate(flowers_stream(), iris))
    said(recalibrate(fit))
    said(recalibrate(fit, iris, "platt"))
    said(recalibrate(fit, iris[51:53, ]))
    said(recalibrate(fit, lost))
  })
})

test_that("pictures that base graphics refuse", {
  fit <- lines_fit()
  shown <- calibration(flowers_fit())
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expect_said({
    said(plot(fit, las = 7))
    said(plot(shown, col = "no colour"))
  })
})
