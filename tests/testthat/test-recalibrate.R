# Calibration after the fact, against other ways to the same numbers.

set.seed(1)
make_rows <- function(n) {
  data <- data.frame(x = stats::rnorm(n), z = stats::rnorm(n))
  data$two <- factor(stats::runif(n) < stats::plogis(data$x), labels = c("no", "yes"))
  data$three <- factor(
    max.col(cbind(data$x, data$z, 0) - log(-log(matrix(stats::runif(3 * n), n)))),
    labels = c("a", "b", "c")
  )
  data
}
train <- make_rows(60)
held <- make_rows(150)
new <- make_rows(40)
fits <- list(
  two = quiet(sgmoe(two ~ x + z, train, k = 3, ridge = 0.01, starts = 1)),
  three = quiet(sgmoe(three ~ x + z, train, k = 2, ridge = 0.01, starts = 1))
)
methods <- c("temperature", "isotonic")
prob <- function(fit, rows = new) predict(fit, rows, type = "prob")
loss <- function(fit, rows, weights = NULL) {
  response <- all.vars(formula(fit))[[1L]]
  class_scores(prob(fit, rows), rows[[response]], weights)[["log_loss"]]
}

test_that("a temperature of one changes nothing", {
  fit <- recalibrate(fits$three, held)
  expect_false(isTRUE(all.equal(prob(fit), prob(fits$three))))
  fit$calibration$temperature <- 1
  expect_identical(prob(fit), prob(fits$three))
})

test_that("the log-loss of the rows given is never worse, and is what is said", {
  weights <- rep(c(1, 0, 3), 50)
  for (fit in fits) {
    for (method in methods) {
      for (rows in list(held, new, train)) {
        # (Some of these fits know nothing: their temperature is at its limit.)
        own <- suppressWarnings(
          recalibrate(fit, rows, method),
          classes = "sgmoe_warning_calibration"
        )
        expect_lte(loss(own, rows), loss(fit, rows) + 1e-12)
        expect_equal(
          unname(own$calibration$log_loss), c(loss(fit, rows), loss(own, rows)),
          tolerance = 1e-10
        )
        expect_identical(own$calibration$nobs, as.numeric(nrow(rows)))
      }
      own <- recalibrate(fit, held, method, weights = weights)
      expect_lt(loss(own, held, weights), loss(fit, held, weights))
    }
  }
})

test_that("probabilities sum to one and lie between zero and one", {
  for (fit in fits) {
    for (method in methods) {
      own <- prob(recalibrate(fit, held, method))
      expect_equal(unname(rowSums(own)), rep(1, nrow(new)), tolerance = 1e-12)
      expect_true(all(own >= 0 & own <= 1))
      expect_identical(dimnames(own), dimnames(prob(fit)))
    }
  }
})

test_that("a temperature keeps the order of the classes", {
  for (fit in fits) {
    own <- recalibrate(fit, held)
    expect_identical(
      apply(prob(own), 1, order), apply(prob(fit), 1, order)
    )
    expect_identical(
      predict(own, new, type = "class"), predict(fit, new, type = "class")
    )
  }
})

test_that("the temperature of two classes is a logistic regression's", {
  own <- recalibrate(fits$two, held)
  logit <- stats::qlogis(prob(fits$two, held)[, "yes"])
  # (The regression stops at a relative change of its deviance.)
  by_glm <- stats::glm(
    held$two == "yes" ~ 0 + logit, stats::binomial,
    control = list(epsilon = 1e-14)
  )
  expect_equal(
    1 / own$calibration$temperature, unname(coef(by_glm)),
    tolerance = 1e-5
  )
  expect_equal(
    unname(prob(own, held)[, "yes"]), unname(stats::fitted(by_glm)),
    tolerance = 1e-5
  )
})

test_that("isotonic regression is that of isoreg(), weights count rows", {
  points <- getFromNamespace("isotonic_points", "sgmoe")
  x <- round(stats::runif(200), 2) # with ties
  y <- as.numeric(stats::runif(200) < x^2)
  found <- points(x, y, rep(1, 200))
  # Ties share their mean.
  mean <- tapply(y, x, mean)
  repeated <- stats::isoreg(sort(x), ave(y, x)[order(x)])
  expect_equal(
    stats::approx(found$at, found$value, sort(x))$y, repeated$yf,
    tolerance = 1e-12
  )
  times <- sample(1:3, 200, TRUE)
  expect_equal(
    points(x, y, times),
    points(rep(x, times), rep(y, times), rep(1, sum(times)))
  )
  expect_identical(points(c(2, 2), c(0, 1), c(1, 1))$value, c(0.5, 0.5))
})

test_that("counts are their single observations", {
  grouped <- data.frame(x = new$x, yes = 1:40 %% 4 + 1, no = 1:40 %% 3)
  fit <- quiet(sgmoe(
    cbind(no, yes) ~ x, grouped,
    k = 2, family = "multinomial", ridge = 0.1, starts = 1
  ))
  other <- transform(grouped, yes = rev(yes), no = rev(no))
  own <- recalibrate(fit, other)
  probability <- prob(fit, other)
  total <- function(temperature) {
    powers <- probability^(1 / temperature)
    powers <- powers / rowSums(powers)
    -sum(other$no * log(powers[, 1]) + other$yes * log(powers[, 2]))
  }
  found <- own$calibration$temperature
  if (found < 19) {
    expect_lt(total(found), total(found * 1.01))
    expect_lt(total(found), total(found / 1.01))
  }
  expect_equal(
    own$calibration$log_loss[["after"]], total(found) / sum(other[c("no", "yes")]),
    tolerance = 1e-10
  )
})

test_that("what a recalibrated fit is", {
  own <- recalibrate(fits$three, held, "isotonic")
  expect_s3_class(own, "sgmoe", exact = TRUE)
  expect_identical(fitted(own), predict(own, train, type = "prob"))
  expect_equal(unname(residuals(own)), unname(
    outer(as.character(train$three), levels(train$three), `==`) - fitted(own)
  ))
  expect_identical(
    unname(as.matrix(as.data.frame(augment(own))[paste0(".fitted_", c("a", "b", "c"))])),
    unname(fitted(own))
  )
  # The model is as it was.
  for (type in c("gate", "expert")) {
    expect_identical(predict(own, new, type = type), predict(fits$three, new, type = type))
  }
  expect_identical(logLik(own), logLik(fits$three))
  # Again is anew, not on top; refitting forgets it.
  expect_identical(recalibrate(own, held, "isotonic"), own)
  expect_equal(prob(relabel(own, 2:1)), prob(own), tolerance = 1e-12)
  expect_null(quiet(update(own, ridge = 1))$calibration)
  for (text in list(
    utils::capture.output(print(own)), utils::capture.output(summary(own))
  )) {
    expect_match(paste(text, collapse = " "), "recalibrated by isotonic")
  }
  expect_error(
    recalibrate(quiet(sgmoe(dist ~ speed, cars, k = 1)), cars),
    class = "sgmoe_error_unsupported"
  )
  own$calibration$share <- 2
  expect_error(predict(own, new), class = "sgmoe_error_damaged")
})
