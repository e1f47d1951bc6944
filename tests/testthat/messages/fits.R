# What a user reads: where fits start, and how they went. See test-messages.R.

test_that("starts", {
  fit <- lines_fit()
  other <- quickly(sgmoe(dist ~ 1, cars, k = 2, starts = 1, ridge = 0))
  expect_said({
    said(sgmoe(dist ~ speed, cars, k = 2, start = list()))
    said(sgmoe(dist ~ speed, cars, k = 2, start = factor(1:3)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = c(NA, rep(1:2, c(20, 29)))))
    said(sgmoe(dist ~ speed, cars, k = 2, start = rep(1, 50)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = matrix(0.5, 40, 2)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = matrix(-1, 50, 2)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = other))
    said(sgmoe(dist ~ 1, cars, k = 2, start = fit))
    said(sgmoe(dist ~ speed, cars, k = 2, start = c(1, 2, 7)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = c(a = 1, a = 2)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = coef(fit) * NA))
    said(sgmoe(dist ~ speed, cars, k = 2, start = -abs(coef(fit))))
    said(sgmoe(
      cbind(Sepal.Length, Sepal.Width) ~ 1, iris,
      k = 1, start = c(1, 2, 1, 3, 1)
    ))
    said(with_replaced(
      "core_fit",
      answering("core_fit", objective = -Inf, reason = "non_finite"),
      sgmoe(dist ~ speed, cars, k = 2, starts = 1, ridge = 0)
    ))
  })
})

test_that("how a fit went", {
  set.seed(1)
  apart <- transform(cars, dist = ifelse(speed > 15, 99, 0) + rnorm(50))
  thin <- transform(cars, dist = ifelse(speed > 15, 2 * speed, dist))
  thinner <- transform(cars, dist = ifelse(speed > 23, 2 * speed, dist))
  heap <- transform(cars, dist = ifelse(speed < 16, 0, dist))
  expect_said({
    said(suppressMessages(sgmoe(dist ~ 1, heap, k = 2, starts = 1, ridge = 0)))
    said(sgmoe(
      dist ~ speed, cars,
      k = 2, starts = 1, ridge = 0, max_passes = 3
    ))
    said(sgmoe(
      dist ~ speed, apart,
      k = 2, start = 1 + (apart$speed > 15), ridge = 0
    ))
    said(sgmoe(Species ~ Petal.Length, iris, k = 1, ridge = 0))
    said(sgmoe(
      dist ~ speed, thinner,
      k = 2, start = 1 + (thinner$speed > 23), ridge = 0, gate = ~1,
      variance_prior = 0
    ))
    said(sgmoe(
      dist ~ speed, thin,
      k = 2, start = 1 + (thin$speed > 15), ridge = 0, gate = ~1,
      variance_prior = 0
    ))
    said(sgmoe(mpg ~ wt + hp + qsec, mtcars[1:5, ], k = 1, ridge = 0))
    said(sgmoe(mpg ~ wt + hp, mtcars[1:15, ], k = 2, ridge = 1, starts = 1))
    said(sgmoe(
      dist ~ speed, cars,
      k = 2, start = rep(1:2, c(3, 47)), ridge = 0, gate = ~1,
      variance_prior = 0
    ))
    said(with_replaced(
      "core_fit", answering("core_fit", reason = "non_finite"),
      sgmoe(dist ~ speed, cars, k = 1)
    ))
    said(with_replaced(
      "core_fit", answering("core_fit", reason = "interrupted"),
      sgmoe(dist ~ speed, cars, k = 1)
    ))
    said(with_replaced(
      "core_fit",
      answering("core_fit", reason = "interrupted", log_likelihood = NaN),
      sgmoe(dist ~ speed, cars, k = 1)
    ))
    said(with_replaced(
      "core_fit", answering("core_fit", log_likelihood = NaN),
      sgmoe(dist ~ speed, cars, k = 1)
    ))
    said(with_replaced(
      "core_fit_each", function(...) rlang::interrupt(),
      sgmoe(dist ~ speed, cars, k = 2, ridge = 0)
    ))
    said(with_replaced(
      "core_fit", function(...) {
        stop(structure(
          class = c("C++Error", "error", "condition"),
          list(message = "gate: 3 rows, expected 4", call = NULL)
        ))
      },
      sgmoe(dist ~ speed, cars, k = 2, ridge = 0)
    ))
    said(refuse_memory("cannot allocate vector of size 7.6 Mb"))
    said(to_the_end(rlang::interrupt()))
  })
})

test_that("what fits and trees do not answer", {
  fit <- lines_fit()
  other <- replace(fit, "k", 3)
  lean <- lines_fit(model = FALSE)
  lost <- local({
    there <- cars
    sgmoe(dist ~ speed, there, k = 1)
  })
  leaner <- local({
    there <- cars
    sgmoe(dist ~ speed, there, k = 1, model = FALSE)
  })
  tree <- expert_dendrogram(fit)
  expect_said({
    said(predict(other, cars))
    said(profile(fit))
    said(drop1(fit))
    said(hatvalues(fit))
    said(kappa(fit))
    said(as.hclust(fit))
    said(predict(tree))
    said(relabel(fit))
    said(relabel(fit, c(1, 1)))
    said(relabel(cars))
    said(update(lost, . ~ . + log(time)))
    said(update(leaner, k = 2))
    said(expert_dendrogram(cars))
    said(as_sgmoe(tree))
  })
})

test_that("what data look like, and terms of all rows", {
  set.seed(1)
  text <- data.frame(x = runif(60), y = as.character(rnorm(60)))
  expect_said({
    said(sgmoe(y ~ x, text, k = 2))
    said(sgmoe(dist ~ speed, cbind(cars, speed = 1), k = 1))
    said(sgmoe(dist ~ I(speed - mean(speed)), cars, k = 1))
  })
})
