# Damaged objects: kinds that the fuzzer found (tests/fuzz).

set.seed(1)
rows <- simulate_moe(120, k = 2, p = 2)
rows$n <- rpois(120, exp(rows$x1 / 2))
fit <- quiet(sgmoe(y ~ x1 + x2, rows, k = 2, starts = 1, ridge = 0.1))

test_that("a stream's sums of squares are not negative", {
  set.seed(1)
  data <- simulate_moe(1500, k = 2, p = 1)
  stream <- sgmoe_stream(y ~ x1, data[1:500, ], k = 2, ridge = 1, starts = 1)
  stream <- update(stream, data[501:1500, ])
  expect_gt(nrow(stream$state$score_outer), 0)
  for (name in c("score_outer", "score_outer_weight")) {
    damaged <- stream
    damaged$state[[name]] <- -damaged$state[[name]]
    expect_error(vcov(damaged), class = "sgmoe_error_damaged")
  }
})

test_that("a tree of a selection is a tree", {
  set.seed(1)
  data <- simulate_moe(1500, k = 2, p = 1)
  stream <- sgmoe_stream(y ~ x1, data[1:500, ], k = 2, ridge = 1, starts = 1)
  selection <- quiet(select_experts(stream, data[501:1500, ]))
  expect_s3_class(as.hclust(selection), "hclust")
  selection$dendrogram <- c(selection$dendrogram, selection$dendrogram)
  expect_error(as.hclust(selection), class = "sgmoe_error_damaged")
})

test_that("dates are no numbers of a stored object", {
  tree <- expert_dendrogram(sgmoe(mpg ~ wt, mtcars, k = 3, ridge = 1))
  tree$height <- as.Date(tree$height, origin = "1970-01-01")
  expect_error(as.hclust(tree), class = "sgmoe_error_damaged")
  expect_error(plot(tree), class = "sgmoe_error_damaged")
  stream <- sgmoe_stream(mpg ~ wt, mtcars, k = 2, ridge = 1, starts = 1)
  stream$state$delay <- as.Date(stream$state$delay, origin = "1970-01-01")
  expect_error(summary(stream), class = "sgmoe_error_damaged")
})

test_that("contrasts that are none, and tests that are NaN, are damage", {
  data <- transform(mtcars, cyl = factor(cyl))
  fit <- sgmoe(mpg ~ cyl, data, k = 2, ridge = 1, starts = 1)
  for (junk in list(sum, function(x) x, matrix(NaN, 3, 2))) {
    damaged <- fit
    damaged$blueprint$contrasts$expert$cyl <- junk
    expect_error(predict(damaged, data), class = "sgmoe_error_damaged")
  }
  own <- sgmoe(mpg ~ cyl, data,
    k = 2, ridge = 1, starts = 1, contrasts = list(cyl = contr.sum)
  )
  expect_length(predict(own, data), nrow(data))
  for (column in 1:4) {
    summary <- summary(fit)
    summary$coefficients[2L, column] <- NaN
    expect_error(coef(summary), class = "sgmoe_error_damaged")
  }
})

test_that("a selection whose call is none is not evaluated again", {
  selection <- select_experts(mpg ~ wt, mtcars, k_max = 2, ridge = 1)
  selection["call"] <- list(-1)
  expect_error(update(selection, k_max = 3), class = "sgmoe_error_damaged")
  selection["call"] <- list(NULL)
  expect_error(update(selection, k_max = 3), class = "sgmoe_error_damaged")
})

test_that("damage to what a stream was begun with is noticed", {
  set.seed(1)
  data <- simulate_moe(300, k = 2, p = 1)
  waiting <- sgmoe_stream(y ~ x1, data[1:5, ], k = 2)
  waiting$request$model$family <- -1
  expect_error(update(waiting, data), class = "sgmoe_error_damaged")
  stream <- sgmoe_stream(y ~ x1, data[1:200, ], k = 2, ridge = 1, starts = 1)
  damaged <- stream
  damaged$pilot$starts$reason <- NULL
  expect_error(predict(damaged, data), class = "sgmoe_error_damaged")
  selection <- select_experts(stream, data[1:200, ])
  selection$start$path$k[[2L]] <- 1e9
  expect_error(update(selection, data[201:300, ]), class = "sgmoe_error_damaged")
})

test_that("tables with a matrix as column, a fit without its ridge and a path with Inf are damaged", {
  set.seed(1)
  data <- simulate_moe(300, k = 2, p = 1)
  fit <- sgmoe(y ~ x1, data, k = 2, starts = 1)
  effects <- average_effects(fit)
  effects <- rbind(effects, effects, effects, effects)
  junk <- unclass(effects)
  junk$std.error <- matrix(1, 2L, nrow(effects) / 2L)
  class(junk) <- class(effects)
  expect_error(plot(junk), class = "sgmoe_error_damaged")
  fit$ridge <- NULL
  expect_error(print(fit), class = "sgmoe_error_damaged")
  stream <- sgmoe_stream(y ~ x1, data[1:200, ], k = 2, ridge = 1, starts = 1)
  selection <- select_experts(stream, data[1:200, ])
  selection$start$path$logLik[[1L]] <- Inf
  expect_error(update(selection, data[201:300, ]), class = "sgmoe_error_damaged")
})

test_that("what a waiting stream asks for, the prior of a model and colours are looked at", {
  set.seed(1)
  data <- simulate_moe(300, k = 2, p = 1)
  waiting <- sgmoe_stream(y ~ x1, data[1:5, ], k = 2)
  for (change in list(
    list(settings = NULL), list(settings = list(stream = 1)), list(env = 1),
    list(formula = 1), list(gate = "x1")
  )) {
    damaged <- waiting
    damaged$request[names(change)] <- change
    expect_error(
      update(damaged, data),
      class = "sgmoe_error_damaged", label = names(change)
    )
  }
  damaged <- waiting
  damaged$request$settings$pilot$starts <- -1
  expect_error(update(damaged, data), class = "sgmoe_error_damaged")

  stream <- sgmoe_stream(y ~ x1, data[1:200, ], k = 2)
  fit <- sgmoe(y ~ x1, data, k = 2, starts = 1)
  without <- stream
  without$spec["prior"] <- list(NULL)
  expect_error(coef(without), class = "sgmoe_error_damaged")
  expect_error(update(without, data[201:300, ]), class = "sgmoe_error_damaged")
  without <- fit
  without$spec["prior"] <- list(NULL)
  expect_error(predict(without, data), class = "sgmoe_error_damaged")
  # A ridge that is not that of the prior says another objective.
  other <- fit
  other$spec$ridge <- 2 * fit$spec$ridge
  expect_error(predict(other, data), class = "sgmoe_error_damaged")
  plain <- sgmoe(y ~ x1, data, k = 2, ridge = 0, starts = 1)
  plain$spec$prior <- fit$spec$prior
  expect_error(predict(plain, data), class = "sgmoe_error_damaged")

  effects <- average_effects(fit, of = "expert")
  for (col in list(c(-2147483648, 2), c(NA, 2), c(Inf, 2), c(1.5, 2))) {
    expect_error(plot(effects, col = col), class = "sgmoe_error_argument")
  }
})

test_that("what is damaged is said, not what follows from it", {
  set.seed(1)
  fit <- quick_fit(dist ~ speed, cars, 2)
  classes <- quick_fit(Species ~ Sepal.Width, iris, 2)
  damaged <- function(object, change) {
    expect_error(print(change(object)), class = "sgmoe_error_damaged")
  }
  damaged(fit, function(fit) {
    fit$coefficients <- -fit$coefficients
    fit
  })
  damaged(fit, function(fit) {
    fit$coefficients[] <- 0
    fit
  })
  # What the frame was computed from is not what it was.
  curved <- quick_fit(dist ~ log(speed), cars, 2)
  for (value in list(NaN, 3, "text")) {
    broken <- curved
    broken$variables$speed[[7L]] <- value
    expect_error(plot(broken), class = "sgmoe_error_no_data")
  }
  for (value in list(NULL, 1:3, "text", list())) {
    broken <- curved
    broken$variables["speed"] <- list(value)
    expect_error(print(broken), class = "sgmoe_error_damaged")
  }
  # The stored counts are what has changed, not the user's.
  counts <- quick_fit(carb ~ wt, mtcars, 2, family = "poisson")
  counts$model$carb <- -counts$model$carb
  expect_error(plot(counts), class = "sgmoe_error_damaged")
  two <- quick_fit(cbind(Sepal.Length, Petal.Length) ~ Sepal.Width, iris, 2, gate = ~Petal.Width)
  damaged(two, function(fit) {
    fit$blueprint$terms <- classes$blueprint$terms
    fit
  })
  damaged(classes, function(fit) {
    fit$blueprint["response_order"] <- list(NULL)
    fit
  })
  damaged(classes, function(fit) {
    fit$blueprint$response_levels <- rep(fit$blueprint$response_levels, 2)
    fit
  })
  damaged(classes, function(fit) {
    fit$blueprint["response_levels"] <- list(NULL)
    fit
  })
  stream <- sgmoe_stream(y ~ x1, rows, k = 2, ridge = 0.1, starts = 1, minibatch = 10)
  stream <- update(stream, rows)
  expect_gt(stream$state$score_outer_weight, 0)
  stream$state$score_outer_weight <- 0
  expect_error(confint(stream), class = "sgmoe_error_damaged")
  source <- quick_fit(dist ~ speed, frame_source(cars), 2, ridge = 1)
  damaged(source, function(fit) {
    fit$curvature["information"] <- list(NULL)
    fit
  })
  damaged(classes, function(fit) {
    attr(fit$blueprint$terms, "variables") <- quote(list(other))
    fit
  })
  damaged(fit, function(fit) {
    fit$spec$variance_floor <- 0
    fit
  })
  table <- partial_dependence(fit, "speed")
  columns <- unclass(table)
  columns$value <- matrix(columns$value)
  expect_error(plot(structure(columns, class = class(table))), class = "sgmoe_error_damaged")
  class_condition(score(), "error", "unsupported")
  class_condition(expert_dendrogram(), "error", "argument")
  class_condition(consume(), "error", "argument")
})
