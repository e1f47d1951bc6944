# Averaged effects, against coefficients, formulas and predict().

effect_data <- function(n = 200) {
  set.seed(1)
  data <- data.frame(
    x = stats::rnorm(n), v = stats::runif(n, 1, 3),
    f = factor(sample(c("a", "b", "c"), n, TRUE)), s = sample(c(TRUE, FALSE), n, TRUE),
    w = sample(0:3, n, TRUE)
  )
  data$y <- data$x * ifelse(data$v > 2, 2, -1) + (data$f == "b") +
    stats::rnorm(n, sd = 0.3)
  data$n <- stats::rpois(n, exp(0.5 + 0.3 * data$x))
  data$g <- factor(ifelse(data$y > 0, "up", ifelse(data$x > 0, "mid", "low")))
  data
}

test_that("of one expert they are coefficients, or what glm() gives", {
  data <- effect_data()
  fit <- sgmoe(y ~ x + v + f + s, data, k = 1, ridge = 0, weights = w)
  found <- average_effects(fit)
  model <- lm(y ~ x + v + f + s, data, weights = w)
  expect_equal(found$estimate, unname(coef(model)[-1]), tolerance = 1e-7)
  expect_identical(
    found$contrast, c("slope", "slope", "b - a", "c - a", "TRUE - FALSE")
  )
  expect_identical(unique(found$response), "y")
  counts <- sgmoe(n ~ x, data, k = 1, family = "poisson", ridge = 0)
  glm <- glm(n ~ x, poisson, data)
  expect_equal(
    average_effects(counts)$estimate, mean(fitted(glm)) * coef(glm)[["x"]],
    tolerance = 1e-5
  )
})

test_that("those of the gate are the derivatives of the softmax", {
  data <- effect_data()
  fit <- quietly(sgmoe(y ~ x + v + f, data,
    k = 3, ridge = 0.3, starts = 1, weights = w
  ))
  gate <- predict(fit, type = "gate")
  for (name in c("x", "v")) {
    slope <- c(0, coef(fit)[paste0("gate", 2:3, ":", name)])
    centred <- outer(rep(1, 200), slope) - drop(gate %*% slope)
    expected <- colSums(data$w * gate * centred) / sum(data$w)
    found <- gate_effects(fit, name)
    expect_equal(found$estimate, unname(expected), tolerance = 1e-6)
    expect_identical(found$expert, 1:3)
    expect_lt(abs(sum(found$estimate)), 1e-9)
    expect_equal(
      expert_effects(fit, name)$estimate,
      unname(coef(fit)[paste0("expert", 1:3, ":", name)]),
      tolerance = 1e-7
    )
  }
})

test_that("contrasts and partial dependence are means of predict()", {
  data <- effect_data()
  fits <- list(
    quietly(sgmoe(y ~ x + log(v) + f, data, k = 2, ridge = 0.3, starts = 1)),
    quietly(sgmoe(cbind(y, v) ~ x + f, data, k = 2, ridge = 0.3, starts = 1)),
    quietly(sgmoe(g ~ x + f + s, data, k = 2, ridge = 1, starts = 1))
  )
  for (fit in fits) {
    q <- length(fit$responses)
    with_value <- function(name, value, type) {
      data[[name]][] <- value
      predict(fit, data, type = type)
    }
    mean_of <- function(values) {
      as.vector(apply(as.matrix(values), 2L, mean))
    }
    for (of in c("mean", "gate", "expert")) {
      type <- c(mean = "response", gate = "gate", expert = "expert")[[of]]
      flat <- function(values) matrix(values, 200)
      contrasts <- average_effects(fit, "f", of)
      low <- mean_of(flat(with_value("f", "a", type)))
      for (level in c("b", "c")) {
        expect_equal(
          contrasts$estimate[contrasts$contrast == paste(level, "- a")],
          mean_of(flat(with_value("f", level, type))) - low
        )
      }
      line <- partial_dependence(fit, "x", of, points = 4)
      expect_identical(range(line$value), range(data$x))
      for (value in unique(line$value)) {
        expect_equal(
          line$estimate[line$value == value],
          mean_of(flat(with_value("x", value, type)))
        )
      }
      levels <- partial_dependence(fit, "f", of)
      expect_s3_class(levels$value, "factor")
      expect_equal(nrow(levels), nrow(line) / 4 * 3)
    }
  }
})

test_that("numbers of which the formula makes a factor have contrasts", {
  data <- transform(mtcars, cyl = cyl)
  fit <- sgmoe(mpg ~ factor(cyl) + wt, data, k = 1, ridge = 0)
  found <- average_effects(fit, covariates = "cyl")
  expect_identical(found$contrast, c("6 - 4", "8 - 4"))
  expect_equal(
    found$estimate, unname(coef(lm(mpg ~ factor(cyl) + wt, data))[2:3]),
    tolerance = 1e-7
  )
  expect_identical(partial_dependence(fit, "cyl")$value, c(4, 6, 8))
})

test_that("standard errors of one expert are those of the coefficients", {
  data <- effect_data()
  fit <- sgmoe(y ~ x + v + f + s, data, k = 1, ridge = 0, weights = w)
  found <- average_effects(fit, level = 0.9)
  errors <- sqrt(diag(vcov(fit)))[c(2:6)]
  expect_equal(found$std.error, unname(errors), tolerance = 1e-6)
  expect_equal(
    found$conf.high, found$estimate + qnorm(0.95) * found$std.error
  )
  robust <- average_effects(fit, vcov = vcov(fit, "sandwich", cluster = ~f))
  expect_equal(
    robust$std.error,
    unname(sqrt(diag(vcov(fit, "sandwich", cluster = ~f)))[2:6]),
    tolerance = 1e-6
  )
  # Of the mean of counts, mean(exp(x'b)) b.
  counts <- sgmoe(n ~ x, data, k = 1, family = "poisson", ridge = 0)
  gradient <- c(
    mean(fitted(counts)) * coef(counts)[[2]],
    mean(fitted(counts) * (1 + data$x * coef(counts)[[2]]))
  )
  expect_equal(
    average_effects(counts)$std.error,
    sqrt(drop(gradient %*% vcov(counts) %*% gradient)),
    tolerance = 1e-6
  )
  # At a value of the covariate, the mean is one prediction.
  line <- partial_dependence(counts, "x", points = 3, level = 0.8)
  expect_equal(
    unname(as.matrix(line[c("estimate", "conf.low", "conf.high")])),
    unname(predict(
      counts, data.frame(x = line$value),
      interval = "confidence", level = 0.8
    ))
  )
})

test_that("standard errors are those of numerical derivatives", {
  data <- effect_data()
  fits <- list(
    quietly(sgmoe(y ~ x + f, data, k = 2, ridge = 0.3, starts = 1, weights = w)),
    quietly(sgmoe(g ~ x + s, data, k = 2, ridge = 1, starts = 1))
  )
  for (fit in fits) {
    problem <- fitted_problem(fit)
    for (effects in list(
      function(fit, ...) average_effects(fit, of = "mean", ...),
      gate_effects, expert_effects,
      function(fit, ...) partial_dependence(fit, "x", "gate", points = 3, ...)
    )) {
      jacobian <- numDeriv::jacobian(function(coefficients) {
        fit <- with_parameters(fit, start_from_coefficients(coefficients, problem))
        effects(fit, vcov = FALSE)$estimate
      }, coef(fit), method = "simple")
      expected <- sqrt(rowSums((jacobian %*% vcov(fit)) * jacobian))
      # (Simple differences have some four digits.)
      expect_equal(effects(fit)$std.error, expected, tolerance = 1e-3)
    }
  }
})

test_that("other data, streams and selections", {
  data <- effect_data()
  fit <- quietly(sgmoe(y ~ x + v, data, k = 2, ridge = 0.3, starts = 1))
  new <- data[1:9, ]
  new$x[[2]] <- NA
  expect_equal(
    average_effects(fit, data = new), average_effects(fit, data = new[-2, ])
  )
  stream <- quietly(sgmoe_stream(y ~ x + v, data, k = 2, starts = 1, ridge = 1))
  expect_equal(
    average_effects(stream, data = data),
    average_effects(as_sgmoe(stream), data = data)
  )
  expect_false(anyNA(average_effects(stream, data = data)$std.error))
  expect_identical(
    average_effects(fit, vcov = FALSE)[1:5], average_effects(fit)[1:5],
    ignore_attr = TRUE
  )
  expect_true(all(is.na(gate_effects(fit, vcov = FALSE)$conf.low)))
  class_condition(average_effects(fit, vcov = "hac"), "error", "argument")
  class_condition(average_effects(fit, level = 95), "error", "argument")
  class_condition(average_effects(stream), "error", "no_data")
  class_condition(average_effects(data), "error", "argument")
  class_condition(average_effects(fit, of = "posterior"), "error", "argument")
  class_condition(average_effects(fit, covariates = "y"), "error", "covariate")
  class_condition(partial_dependence(fit), "error", "covariate")
  class_condition(partial_dependence(fit, "x", points = 1), "error", "argument")
  class_condition(gate_effects(fit, data = new[2, ]), "error", "no_rows")
})

test_that("pictures of effects leave the device and the seed as they were", {
  data <- effect_data()
  fits <- list(
    quietly(sgmoe(y ~ x + v + f, data, k = 3, ridge = 0.3, starts = 1)),
    quietly(sgmoe(g ~ x + f, data, k = 2, ridge = 1, starts = 1))
  )
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  before <- graphics::par(no.readonly = TRUE)
  set.seed(3)
  seed <- .Random.seed
  for (fit in fits) {
    for (of in c("mean", "gate", "expert")) {
      found <- average_effects(fit, of = of)
      expect_identical(plot(found, main = "M"), found)
      plot(found[found$covariate == "x", ])
      for (name in c("x", "f")) {
        plot(partial_dependence(fit, name, of), xlab = "covariate")
      }
    }
  }
  expect_identical(.Random.seed, seed)
  after <- graphics::par(no.readonly = TRUE)
  same <- setdiff(names(before), c("usr", "yaxp", "xaxp", "plt", "pin", "fig", "fin"))
  expect_identical(after[same], before[same])
  expect_false(inherits(found["estimate"], "sgmoe_effects"))
  class_condition(plot(found[0, ]), "error", "argument")
  class_condition(plot(found, colour = 2), "error", "argument")
})

test_that("dates, times, their differences and scaled columns are varied as numbers", {
  data <- effect_data()
  line <- function(name) {
    fit <- sgmoe(reformulate(c(name, "f"), "y"), data, k = 2, ridge = 1, start = plain)
    found <- partial_dependence(fit, name, points = 5)
    list(
      found = found, fit = fit, slope = average_effects(fit, covariates = name)$estimate
    )
  }
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  data$number <- round(10 * data$v)
  plain <- quietly(sgmoe(y ~ number + f, data, k = 2, ridge = 1, starts = 1))
  plain <- predict(plain, type = "posterior")
  numbers <- line("number")
  data$date <- as.Date("2024-01-01") + data$number
  data$time <- as.POSIXct("2024-01-01", tz = "Pacific/Auckland") + data$number
  data$lag <- as.difftime(data$number, units = "weeks")
  data$matrix <- matrix(data$number, ncol = 1)
  for (name in c("date", "time", "lag", "matrix")) {
    own <- line(name)
    expect_equal(own$found$estimate, numbers$found$estimate, tolerance = 1e-5)
    expect_equal(own$slope, numbers$slope, tolerance = 1e-5)
    values <- own$found$value
    expect_equal(
      as.numeric(values) - as.numeric(values)[[1]],
      numbers$found$value - numbers$found$value[[1]]
    )
    expect_identical(attributes(values), attributes(if (name == "matrix") 1 else data[[name]]))
    # A line, not a bar for each date.
    expect_true(has_even_values(own$found))
    plot(own$fit, covariate = name)
    plot(own$found)
    permutation_importance(own$fit, name, nsim = 1)
  }
})

test_that("slopes of a logarithm or root stay within the sign of the covariate", {
  set.seed(1)
  # Nearly all values are less than a step in units of the spread.
  data <- data.frame(size = exp(stats::rnorm(200, sd = 4)), w = stats::runif(200))
  data$y <- log(data$size) + stats::rnorm(200)
  for (sign in c(1, -1)) {
    data$x <- sign * data$size
    formula <- if (sign == 1) y ~ log(x) else y ~ log(-x)
    fit <- sgmoe(formula, data, k = 1, weights = w)
    found <- expect_silent(expert_effects(fit))
    slope <- stats::weighted.mean(1 / data$x, data$w) * coef(fit)[[2]]
    expect_equal(found$estimate, slope, tolerance = 1e-5)
    expect_equal(found$std.error, abs(found$estimate / coef(fit)[[2]]) *
      sqrt(vcov(fit)[2, 2]), tolerance = 1e-5)
  }
  data$x <- replace(data$size, 1:50, 0)
  for (formula in list(y ~ log1p(x), y ~ x, y ~ splines::bs(x, 4))) {
    fit <- sgmoe(formula, data, k = 1)
    found <- expect_silent(average_effects(fit))
    expect_true(is.finite(found$estimate))
    if (identical(formula[[3]], quote(log1p(x)))) {
      slope <- mean(1 / (1 + data$x)) * coef(fit)[[2]]
      expect_equal(found$estimate, slope, tolerance = 1e-3)
    }
  }
})

test_that("autoplot() draws the same with ggplot2", {
  skip_if_not_installed("ggplot2")
  data <- effect_data()
  fits <- list(
    quietly(sgmoe(y ~ x + f, data, k = 2, ridge = 0.3, starts = 1)),
    quietly(sgmoe(g ~ x + f, data, k = 2, ridge = 1, starts = 1))
  )
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  layer <- function(effects, i) {
    ggplot2::ggplot_build(ggplot2::autoplot(effects))$data[[i]]
  }
  for (fit in fits) {
    for (of in c("mean", "gate", "expert")) {
      effects <- average_effects(fit, of = of)
      expect_setequal(layer(effects, 3)$x, effects$estimate)
      expect_setequal(layer(effects, 2)$xmin, effects$conf.low)
      line <- partial_dependence(fit, "x", of, points = 5)
      expect_setequal(layer(line, 1)$ymax, line$conf.high)
      expect_setequal(layer(line, 2)$y, line$estimate)
      places <- partial_dependence(fit, "f", of)
      expect_setequal(layer(places, 2)$y, places$estimate)
    }
  }
  class_condition(
    ggplot2::autoplot(average_effects(fits[[1]]), col = "red"), "error", "argument"
  )
})

test_that("only the columns of the covariate are computed anew, to the same numbers", {
  data <- effect_data()
  names(data)[names(data) == "v"] <- "v v"
  data$twice <- 2 * data$x # aliased
  fits <- lapply(list(
    list(y ~ x + twice + `v v` + f + s),
    list(y ~ x * f + splines::ns(`v v`, 3) + poly(w, 2)),
    list(y ~ x + factor(w) + s, gate = ~ f + x:`v v`),
    list(g ~ x + f + log(`v v`), gate = ~1),
    list(n ~ x + f + offset(log(`v v`)), family = "poisson"),
    list(y ~ f + s, offset = data$x)
  ), function(given) {
    quietly(do.call(sgmoe, c(given, list(data = data, k = 2, ridge = 0.3, starts = 1))))
  })
  for (fit in fits) {
    for (of in effects_of) {
      quick <- average_effects(fit, of = of)
      line <- partial_dependence(fit, "f", of)
      # Differences of a ten-thousandth of the spread lose four digits.
      expect_equal(with_replaced(
        "own_columns", function(...) NULL, average_effects(fit, of = of)
      ), quick, tolerance = 1e-10)
      expect_equal(with_replaced(
        "own_columns", function(...) NULL, partial_dependence(fit, "f", of)
      ), line, tolerance = 1e-10)
    }
    set.seed(2)
    shuffled <- permutation_importance(fit)
    set.seed(2)
    expect_equal(with_replaced(
      "own_columns", function(...) NULL, permutation_importance(fit)
    ), shuffled, tolerance = 1e-10)
  }
})

test_that("covariates come before what effects are on, as in the other functions", {
  fit <- quietly(sgmoe(y ~ x + f, effect_data(), k = 2, ridge = 0.3, starts = 1))
  expect_identical(
    average_effects(fit, "x", "expert"), expert_effects(fit, "x")
  )
  error <- class_condition(average_effects(fit, "gate"), "error", "covariate")
  expect_match(error, "is said by `of = \"gate\"`")
})
