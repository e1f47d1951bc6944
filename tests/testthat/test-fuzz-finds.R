# Arguments that nobody should give: kinds that the fuzzer found (tests/fuzz).

set.seed(1)
rows <- simulate_moe(120, k = 2, p = 2)
rows$n <- rpois(120, exp(rows$x1 / 2))
fit <- quiet(sgmoe(y ~ x1 + x2, rows, k = 2, starts = 1, ridge = 0.1))

test_that("the distance of counts far out is found, and found at once", {
  # Two standard deviations of the difference apart, and none.
  for (mean in c(1e9, 0.9e12, 1.1e12, 1e20, 1e304)) {
    spread <- sqrt(2 * mean)
    expect_equal(count_distance(mean, mean), spread * 2 * dnorm(0), tolerance = 1e-7)
  }
  expect_equal(
    count_distance(c(1.1e12 + 3e6, 7), c(1.1e12, 7)),
    c(count_distance(1.1e12 + 3e6, 1.1e12), count_distance(7, 7))
  )
  below <- 0.999e12 + 2e6 * 0:1
  spread <- sqrt(sum(below))
  away <- diff(below) / spread
  expect_equal(
    count_distance(below[[2L]], below[[1L]]),
    spread * (2 * dnorm(away) + away * (2 * pnorm(away) - 1)),
    tolerance = 1e-9
  )
  counts <- quiet(sgmoe(n ~ x1, rows, k = 2, family = "poisson", ridge = 0.1, starts = 1))
  far <- transform(rows[1:3, ], x1 = 500)
  expect_true(all(is.finite(score(counts, far)$value)))
})

test_that("junk is refused in words of our own", {
  refused <- function(expression, what = "argument") {
    expect_error(quiet(expression), class = paste0("sgmoe_error_", what))
  }
  refused(extractAIC(fit, k = "a"))
  refused(case.names(fit, full = list()))
  refused(variable.names(fit, full = NA))
  refused(bootstrap(fit, nsim = 1, seed = 1e10))
  refused(bootstrap_lrt(fit, fit, seed = "a"))
  refused(update_matrix(1, 1, 1))
  refused(update(fit, evaluate = NA))
  refused(calibration(cbind(p = c(0.2, 0.7), q = c(0.8, 0.3)), c("p", "q"), class = sum))
  for (junk in list("a", sum, list(1), 1i, character())) {
    refused(update(fit, junk), "formula")
  }
  pdf(NULL)
  on.exit(dev.off())
  refused(plot(fit, covariate = "x1", interval = globalenv()))
})

test_that("coefficients of other packages are numbers that a fit can have", {
  set_coef <- function(coefs) quiet(set_coef.sgmoe(fit, coefs))
  own <- coef(fit)
  expect_equal(coef(set_coef(own * 1.5)), own * 1.5)
  expect_equal(coef(set_coef(unname(own))), own)
  for (junk in list(
    NULL, "a", raw(2), globalenv(), list(1), c(own[-1L], NA), c(nobody = 1),
    replace(own, "expert1:(sigma)", -1)
  )) {
    expect_error(set_coef(junk), class = "sgmoe_error_argument")
  }
  for (type in list(sum, list(), globalenv(), "no type")) {
    expect_error(
      get_predict.sgmoe(fit, rows, type = type),
      class = "sgmoe_error_argument"
    )
  }
})

test_that("draws for DHARMa are of one response", {
  two <- quiet(sgmoe(cbind(y, x2) ~ x1, rows, k = 2, starts = 1, ridge = 0.1))
  expect_error(getSimulations.sgmoe(two), class = "sgmoe_error_unsupported")
  expect_identical(dim(getSimulations.sgmoe(fit, nsim = 2)), c(120L, 2L))
})

test_that("rows with an infinite covariate have no part in effects", {
  infinite <- rows
  infinite$x1[c(3, 7)] <- c(Inf, -Inf)
  with_warning <- function(expression) {
    expect_warning(value <- expression, class = "sgmoe_warning_non_finite")
    value
  }
  expect_identical(
    with_warning(average_effects(fit, data = infinite)),
    average_effects(fit, data = rows[-c(3, 7), ])
  )
  set.seed(2)
  found <- quiet(permutation_importance(fit, data = infinite, nsim = 2))
  set.seed(2)
  expect_identical(
    found, permutation_importance(fit, data = rows[-c(3, 7), ], nsim = 2)
  )
  infinite$x1 <- Inf
  expect_error(
    quiet(average_effects(fit, data = infinite)),
    class = "sgmoe_error_no_rows"
  )
  # A response that has no density is no sign of a covariate's importance.
  infinite <- transform(rows, y = 1e200)
  expect_error(
    permutation_importance(fit, data = infinite, nsim = 2),
    class = "sgmoe_error_extreme_values"
  )
})

test_that("standard errors of derivatives that overflow are NA, not NaN", {
  covariance <- list(
    matrix = matrix(c(1, -2, -2, 5), 2), scale = c(1, 1),
    unknown = c(FALSE, FALSE), lost = matrix(0, 2, 0)
  )
  found <- delta_errors(rbind(c(1, 1), c(1e200, 1e200)), covariance)
  expect_identical(found, c(sqrt(2), NA))
  expect_false(any(is.nan(found)))
  # Nor are the effects themselves.
  set.seed(1)
  data <- data.frame(x = rnorm(40), y = rpois(40, 2))
  fit <- sgmoe(y ~ scale(x), data, k = 2, family = "poisson", ridge = 1, starts = 1)
  data$x[[3L]] <- 1e200
  effect <- suppressWarnings(average_effects(fit, "x", data = data))$estimate
  expect_true(is.na(effect) && !is.nan(effect))
})

test_that("a row without a response has no score: NA, not NaN", {
  missing <- rows[1:3, ]
  missing$y[[2L]] <- NaN
  found <- score(fit, missing, per_row = TRUE)
  expect_true(all(is.na(found[2L, ])))
  expect_false(any(is.nan(unlist(found))))
})

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

test_that("a setting that is in a control twice is refused", {
  twice <- list(ridge = 1, starts = 2, ridge = 3)
  expect_error(
    sgmoe(mpg ~ wt, mtcars, k = 2, control = twice), "`ridge` is there twice",
    class = "sgmoe_error_control"
  )
  settings <- stream_control(ridge = 1)
  settings$pilot <- list(ridge = 1)
  expect_error(
    sgmoe_stream(mpg ~ wt, mtcars, k = 2, control = settings),
    "`ridge` is there twice",
    class = "sgmoe_error_control"
  )
})

test_that("responses of update_matrix() that are no numbers are refused", {
  data <- data.frame(x = rnorm(100), a = rnorm(100), b = rnorm(100))
  stream <- sgmoe_stream(cbind(a, b) ~ x, data, k = 2, ridge = 1, starts = 1)
  classes <- sgmoe_stream(Species ~ Sepal.Length, iris, k = 2, ridge = 1, starts = 1)
  for (y in list(globalenv(), "a", list(1, 2), quote(a))) {
    expect_error(
      update_matrix(stream, cbind(1, 0.5), y),
      class = "sgmoe_error_chunk"
    )
    expect_error(
      update_matrix(classes, cbind(1, 5), y),
      class = "sgmoe_error_unseen_level"
    )
  }
  expect_error(update_matrix(stream), class = "sgmoe_error")
  expect_error(update_matrix(stream, y = 1), class = "sgmoe_error")
  expect_error(update_matrix(stream, cbind(1, 0.5)), class = "sgmoe_error")
  classes$blueprint$response_levels <- "setosa"
  expect_error(predict(classes, iris), class = "sgmoe_error_damaged")
})

test_that("a selection whose call is none is not evaluated again", {
  selection <- select_experts(mpg ~ wt, mtcars, k_max = 2, ridge = 1)
  selection["call"] <- list(-1)
  expect_error(update(selection, k_max = 3), class = "sgmoe_error_damaged")
  selection["call"] <- list(NULL)
  expect_error(update(selection, k_max = 3), class = "sgmoe_error_damaged")
})

test_that("rows far from those of a stream or a fit make no tree of NaN", {
  set.seed(1)
  data <- simulate_moe(200, k = 2, p = 1)
  stream <- sgmoe_stream(y ~ x1, data, k = 3, ridge = 1, starts = 1)
  far <- data
  far$x1[[7L]] <- -1e300
  expect_error(
    select_experts(stream, far), "Row 7 of `data`",
    class = "sgmoe_error_extreme_values"
  )
  fit <- sgmoe(y ~ x1, data, k = 3, ridge = 1, starts = 1, model = FALSE)
  expect_error(
    expert_dendrogram(fit, data = far), "Row 7 of `data`",
    class = "sgmoe_error_extreme_values"
  )
})

test_that("a stream whose covariates have not varied yet answers", {
  set.seed(1)
  data <- data.frame(x1 = rep(1, 60), x2 = rep(2, 60), y = rpois(60, 3))
  stream <- sgmoe_stream(y ~ x1 + x2, data, k = 1, family = "poisson", ridge = 0.1)
  means <- predict(stream, data[1:2, ])
  expect_equal(unname(means), rep(mean(data$y), 2L), tolerance = 0.05)
})

test_that("a response of NaN has no density: NA, as without one", {
  fit <- sgmoe(mpg ~ wt, mtcars, k = 2, ridge = 1, starts = 1)
  new <- mtcars[1:3, ]
  new$mpg[2:3] <- c(NaN, NA)
  for (type in c("density", "cdf")) {
    value <- predict(fit, new, type = type)
    expect_identical(is.na(value) & !is.nan(value), c(FALSE, TRUE, TRUE),
      ignore_attr = TRUE
    )
  }
})

test_that("levels of a score must be numbers, also if there are none", {
  fit <- sgmoe(mpg ~ wt, mtcars, k = 2, ridge = 1, starts = 1)
  expect_error(score(fit, p = list(), per_row = TRUE), class = "sgmoe_error_argument")
  expect_named(score(fit, p = numeric(), per_row = TRUE))
})

test_that("a response so far out that its square overflows has density zero", {
  fit <- sgmoe(mpg ~ wt, mtcars, k = 2, ridge = 1, starts = 1)
  new <- mtcars[1:2, ]
  new$mpg[[2L]] <- 1e271
  expect_identical(is.infinite(predict(fit, new, type = "logdensity")), c(FALSE, TRUE),
    ignore_attr = TRUE
  )
  expect_identical(is.na(predict(fit, new, type = "posterior")[, 1L]), c(FALSE, TRUE),
    ignore_attr = TRUE
  )
  scores <- score(fit, new)
  expect_identical(scores$value[[1L]], Inf)
  expect_identical(scores$n[[1L]], 2)
})

test_that("what a plot shows is asked for in words or numbers", {
  set.seed(1)
  data <- simulate_moe(300, k = 2, p = 1)
  stream <- sgmoe_stream(y ~ x1, data[1:100, ], k = 2, ridge = 1, starts = 1)
  stream <- update(stream, data[101:300, ])
  for (junk in list(sum, globalenv(), 1, character(), "all")) {
    expect_error(plot(stream, which = junk), class = "sgmoe_error_argument")
  }
  fit <- as_sgmoe(stream)
  for (junk in list(sum, globalenv(), NA, "z")) {
    expect_error(
      plot(fit, covariate = "x1", response = junk, data = data),
      class = "sgmoe_error_argument"
    )
  }
})

test_that("variances of next to nothing are not below zero", {
  # Four experts of which three are the same: their gates have no variance.
  data <- data.frame(x = rep(c(-1, 1, 2), 20L), y = factor(rep(c("a", "b"), 30L)))
  fit <- suppressMessages(suppressWarnings(
    sgmoe(y ~ x - 1, data, k = 4, starts = 1, max_passes = 50, tolerance = 0)
  ))
  for (type in c("bayes", "observed", "opg", "sandwich")) {
    own <- suppressWarnings(diag(vcov(fit, type = type)))
    expect_true(all(own >= 0, na.rm = TRUE), label = type)
  }
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

test_that("covariances and scores know units of any size", {
  data <- transform(cars, speed = speed * 1e100, dist = dist * 1e-20)
  fit <- sgmoe(dist ~ speed, data, k = 1)
  plain <- sgmoe(dist ~ speed, cars, k = 1)
  expect_equal(
    average_effects(fit, vcov = vcov(fit))$std.error * 1e120,
    average_effects(plain, vcov = vcov(plain))$std.error,
    tolerance = 1e-6
  )
  expect_equal(
    estfun.sgmoe(fit)[, 2L] * 1e-120, estfun.sgmoe(plain)[, 2L],
    tolerance = 1e-6
  )
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

test_that("what helpers found by hand is answered", {
  set.seed(1)
  data <- data.frame(x = runif(60))
  data$y <- 3 * data$x + rnorm(60) / 5
  # Terms and responses of which new rows would have something else.
  for (formula in list(y ~ I(x - mean(x)), y ~ rank(x), log(y - min(y) + 1) ~ x)) {
    class_condition(sgmoe(formula, data, k = 1), "warning", "row_dependent")
  }
  for (formula in list(y ~ scale(x), y ~ poly(x, 2), log(y + 9) ~ I(x^2), y ~ splines::ns(x, 3))) {
    expect_no_warning(sgmoe(formula, data, k = 1))
  }
  # Two columns of one name.
  twofold <- cbind(data, x = 1)
  class_condition(sgmoe(y ~ x, twofold, k = 1), "error", "duplicated_column")
  class_condition(sgmoe(y ~ ., twofold, k = 1), "error", "duplicated_column")
  fit <- sgmoe(y ~ x, data, k = 1)
  class_condition(predict(fit, twofold), "error", "duplicated_column")
  expect_identical(predict(fit, cbind(data, a = 1, a = 2)), predict(fit, data))
  # Numbers as text, a class each.
  class_condition(
    sgmoe(y ~ x, data.frame(x = runif(200), y = as.character(rnorm(200))), k = 2),
    "error", "many_classes"
  )
  missing <- replace(data, cbind(3L, 2L), NA)
  class_condition(
    sgmoe(y ~ x, missing, k = 1, na.action = function(x) 5), "error", "missing_values"
  )
  class_condition(confint(fit, "\xff"), "error", "argument")
  class_condition(confint(fit, NA_character_), "error", "argument")
  class_condition(relabel(fit, globalenv()), "error", "order")
  stream <- sgmoe_stream(y ~ x, data[rep(1:60, 20), ], k = 1)
  old <- options(OutDec = ",", warn = 1)
  on.exit(options(old))
  expect_no_warning(capture.output(print(stream), print(summary(stream))))
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
  # The stored counts are what has changed, not the user's.
  counts <- quick_fit(carb ~ wt, mtcars, 2, family = "poisson")
  counts$model$carb <- -counts$model$carb
  expect_error(plot(counts), class = "sgmoe_error_damaged")
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
