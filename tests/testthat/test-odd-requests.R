# Things that users write and that mean something else, or the same thing in another
# way.

test_that("a bar in the response is explained where nothing is left to explain", {
  set.seed(1)
  data <- data.frame(y = rexp(30), x1 = rnorm(30), x2 = rnorm(30))
  for (formula in list(log(y | x1) ~ x2, y | x1 ~ x2, y + 1 | x1 ~ x2)) {
    error <- expect_error(sgmoe(formula, data, k = 2), class = "sgmoe_error")
    expect_match(conditionMessage(error), "logical .*or")
  }
  error <- expect_error(
    sgmoe(I(0 * y) ~ x2, data, k = 2),
    class = "sgmoe_error_constant_response"
  )
  expect_false(grepl("logical", conditionMessage(error)))
  # It may be meant.
  fit <- sgmoe((x1 > 1 | x2 > 0) ~ y, data, k = 1, ridge = 1)
  expect_identical(fit$responses, c("FALSE", "TRUE"))
})

test_that("logical labels are labels", {
  far <- cars$dist > 40
  fit <- function(start) {
    quietly(sgmoe(dist ~ speed, cars, k = 2, ridge = 1, start = start))
  }
  expect_identical(coef(fit(far)), coef(fit(factor(far))))
  expect_identical(coef(fit(far)), coef(fit(1 + far)))
  expect_identical(fit(far)$starts$type, "labels")
  expect_error(fit(c(far[-1], NA)), "missing", class = "sgmoe_error_start")
  expect_error(fit(rep(TRUE, 50)), "2 levels", class = "sgmoe_error_start")
  expect_error(fit(TRUE), class = "sgmoe_error_start")
})

test_that("folds are given for the rows of the data or for those used", {
  data <- cars
  data$dist[c(3, 20)] <- NA
  fold <- rep(1:5, 10)
  fit <- quietly(sgmoe(
    dist ~ speed, data,
    k = 1, na.action = na.omit, ridge = 1
  ))
  expect_identical(
    conformal_scores(fit, folds = fold),
    conformal_scores(fit, folds = fold[-c(3, 20)])
  )
  tuned <- function(folds) {
    quietly(tune_experts(
      dist ~ speed, data,
      k = 1, ridge = 1, folds = folds, na.action = na.omit
    ))$table
  }
  expect_identical(tuned(fold), tuned(fold[-c(3, 20)]))
  for (folds in list(fold[-1], replace(fold, 5, NA), rep(1, 50), list(1, 2))) {
    expect_error(
      conformal_scores(fit, folds = folds),
      class = "sgmoe_error_argument"
    )
    expect_error(tuned(folds), class = "sgmoe_error_argument")
  }
})

test_that("the log score of counts of classes is of single observations", {
  set.seed(2)
  data <- data.frame(x = 1:24, size = rep(c(1, 30), 12))
  data$yes <- rbinom(24, data$size, plogis((data$x - 12) / 6))
  data$no <- data$size - data$yes
  # The same observations, each a row of its own, held out with the others of its
  # row.
  long <- data[rep(1:24, data$size), ]
  long$one <- factor(unlist(lapply(1:24, function(i) {
    rep(c("yes", "no"), c(data$yes[i], data$no[i]))
  })), c("yes", "no"))
  fold <- rep(1:4, 6)
  counts <- tune_experts(
    cbind(yes, no) ~ x, data,
    k = 1, ridge = 0.1, folds = fold, family = "multinomial", tolerance = 1e-12
  )
  single <- tune_experts(
    one ~ x, long,
    k = 1, ridge = 0.1, folds = fold[rep(1:24, data$size)], tolerance = 1e-12
  )
  # (Columns are scaled by rows, which the ridge notices a little.)
  expect_equal(counts$table$score, single$table$score, tolerance = 1e-4)
})

test_that("experts that diverge are found by position, whatever labels say", {
  spec <- list(k = 3, responses = c("a", "expert2[b]"))
  fit <- list(spec = spec, diverging = c(
    gate = "x", "expert3[expert2[b]]" = "z", "expert1[a]" = "x"
  ))
  expect_identical(sgmoe:::diverging_experts(fit), c(NA, 3L, 1L))
  moved <- sgmoe:::relabel_diverging(fit$diverging, spec, c(3, 1, 2))
  expect_identical(moved, c(
    gate = "x", "expert1[expert2[b]]" = "z", "expert2[a]" = "x"
  ))
})
