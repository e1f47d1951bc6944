# Methods of fits with classes, and what separation gets.

set.seed(61)
overlapping <- good_classes(500)
overlapping$fit <- sgmoe(
  y ~ x1 + x2, overlapping$data,
  k = 2, start = overlapping$start, ridge = 0.2
)

test_that("coefficients are named as the interface says", {
  fit <- overlapping$fit
  columns <- c("(Intercept)", "x1", "x2")
  expect_identical(names(coef(fit)), c(
    paste0("gate2:", columns), paste0("expert1[b]:", columns),
    paste0("expert1[c]:", columns), paste0("expert2[b]:", columns),
    paste0("expert2[c]:", columns)
  ))
  expect_identical(
    coef(fit), c(coef(fit, "gate"), coef(fit, "expert"))
  )
  expect_length(coef(fit, "scale"), 0)
  one <- sgmoe(Species ~ Sepal.Width, shuffled_iris(), k = 1)
  expect_true("expert1[virginica]:Sepal.Width" %in% names(coef(one)))
  expect_length(coef(one, "gate"), 0)
})

test_that("residuals are observed less fitted, and scaled", {
  fit <- overlapping$fit
  p <- predict(fit)
  observed <- diag(3)[overlapping$data$y, ]
  expect_equal(residuals(fit), observed - p, tolerance = 1e-12)
  expect_identical(residuals(fit), residuals(fit, "response"))
  expect_equal(
    residuals(fit, "pearson"), (observed - p) / sqrt(p * (1 - p)),
    tolerance = 1e-12
  )
  expect_identical(
    dimnames(residuals(fit)), list(as.character(1:500), c("a", "b", "c"))
  )
  # Two classes as glm() has them, counts and weights of trials included.
  set.seed(1)
  data <- data.frame(x = rnorm(40), size = sample.int(9, 40, TRUE))
  data$hit <- rbinom(40, data$size, plogis(data$x))
  data$miss <- data$size - data$hit
  fit <- sgmoe(
    cbind(miss, hit) ~ x, data,
    k = 1, family = "binomial", tolerance = 1e-13
  )
  expected <- glm(cbind(hit, miss) ~ x, binomial, data, epsilon = 1e-14)
  for (type in c("response", "pearson")) {
    expect_equal(
      residuals(fit, type)[, "hit"], residuals(expected, type),
      tolerance = 1e-5
    )
  }
})

test_that("a certain prediction that is right has no residual", {
  data <- data.frame(x = c(-(1:50), 1:50))
  data$y <- data$x > 0
  fit <- quietly(sgmoe(y ~ x, data, k = 1))
  for (type in c("response", "pearson")) {
    expect_lt(max(abs(residuals(fit, type))), 0.1)
  }
})

test_that("the columns of tidy and augment are named by classes", {
  fit <- overlapping$fit
  tidied <- tidy(fit)
  expect_identical(
    tidied$response, c(rep(NA, 3), rep(rep(c("b", "c"), each = 3), 2))
  )
  one <- tidy(sgmoe(y ~ x1, crossed_classes(), k = 1))
  expect_identical(one$response, c("up", "up"))
  expect_identical(one$expert, c(1L, 1L))
  names <- c(
    ".fitted_a", ".fitted_b", ".fitted_c", ".class", ".gate_1", ".gate_2",
    ".posterior_1", ".posterior_2", ".expert"
  )
  expect_identical(names(augment(fit)), c("y", "x1", "x2", names))
  new <- overlapping$data[3:5, c("x2", "x1")]
  expect_identical(
    names(augment(fit, newdata = new)), c(".rownames", "x2", "x1", names[1:6])
  )
  # Two classes, one expert, one row: still a column each.
  two <- sgmoe(y ~ x1, crossed_classes(), k = 1)
  expect_identical(
    names(augment(two, newdata = data.frame(x1 = 1))),
    c("x1", ".fitted_down", ".fitted_up", ".class", ".gate_1")
  )
})

test_that("print and summary name the classes and the scores", {
  fit <- overlapping$fit
  expect_output(print(fit), "Mixture of 2 multinomial experts, 3 classes")
  expect_output(print(fit), "log-odds relative to class a")
  expect_output(print(fit), "expert2[c]", fixed = TRUE)
  expect_output(expect_invisible(print(fit)))
  text <- paste(capture.output(print(summary(fit))), collapse = "\n")
  scores <- summary(fit)$scores
  expect_match(text, paste("accuracy", signif(scores[["accuracy"]], 4)))
  expect_match(text, paste("log-loss", signif(scores[["log_loss"]], 4)))
  expect_match(text, "Brier score 0\\.[0-9]+,\\s+expected calibration error 0")
  expect_no_match <- function(x, pattern) expect_false(grepl(pattern, x))
  expect_no_match(text, "sigma|Covariance")
  one <- sgmoe(y ~ x1, crossed_classes(), k = 1)
  expect_output(print(one), "Mixture of 1 multinomial expert, 2 classes")
  expect_output(print(summary(one)), "accuracy")
  # A fit without data has no scores.
  small <- sgmoe(y ~ x1, crossed_classes(), k = 1, model = FALSE)
  expect_failure(expect_output(print(summary(small)), "accuracy"))
})

test_that("summary()'s rate is a rate", {
  summarised <- summary(overlapping$fit)
  fit <- overlapping$fit
  design <- fitted_design(fit)
  data <- design_data(fit$spec, design, core_response(design))
  # Steps of the plain algorithm from nearby shrink by it.
  at <- core_pack(spec_model(fit$spec), fit$parameters)
  at[2] <- at[2] + 1e-3
  at[5] <- at[5] - 1e-3
  size <- numeric(61)
  for (i in 1:61) {
    image <- core_pass(data, spec_model(fit$spec), at, "fisher", 1)$image
    size[[i]] <- sqrt(sum((image - at)^2))
    at <- image
  }
  expect_gt(summarised$rate, 0.1)
  expect_equal((size[61] / size[41])^(1 / 20), summarised$rate,
    tolerance = 0.01
  )
})

# Separation -------------------------------------------------------------------

test_that("separated classes are named, with a pointer to ridge", {
  for (case in list(
    list(Species ~ Petal.Length, "Petal.Length"),
    list(Species ~ Petal.Width + Sepal.Width, "Petal.Width|Sepal.Width")
  )) {
    text <- class_condition(
      sgmoe(case[[1]], datasets::iris, k = 1), "warning", "separated"
    )
    expect_match(text, paste0("`expert1.setosa.` along `(", case[[2]], ")`"))
    expect_match(text, "ridge = 0.1")
    fit <- quietly(sgmoe(case[[1]], datasets::iris, k = 1))
    expect_identical(fit$reason, "separated")
    expect_false(fit$converged)
    expect_identical(names(fit$diverging), "expert1[setosa]")
    expect_match(fit$diverging[[1]], case[[2]])
    # What is found is finite and as good as one likes.
    expect_true(all(is.finite(coef(fit))))
    expect_output(print(fit), "Separation")
  }
})

slow_test("complete separation, of two classes and of three", {
  set.seed(1)
  data <- data.frame(x = rnorm(100), other = rnorm(100))
  data$two <- data$x > 0
  data$three <- cut(data$x, c(-Inf, -0.5, 0.5, Inf), c("a", "b", "c"))
  for (formula in list(two ~ x + other, three ~ x + other)) {
    for (k in 1:2) {
      for (arguments in list(list(), list(acceleration = "anderson"))) {
        set.seed(1)
        text <- class_condition(
          do.call(sgmoe, c(
            list(formula, data, k = k, starts = 1, ridge = 0), arguments
          )), "warning", "separated"
        )
        expect_match(text, "along `x`", label = paste(deparse(formula), k))
      }
      set.seed(1)
      fit <- quietly(sgmoe(formula, data, k = k, starts = 1, ridge = 0))
      expect_gt(c(logLik(fit)), -0.1)
    }
  }
})

test_that("separation is the reason, even if the passes ran out first", {
  set.seed(1)
  data <- data.frame(x = rnorm(100), other = rnorm(100))
  data$y <- data$x > 0
  # EM solves each M-step, which has no solution: it only creeps.
  text <- class_condition(
    sgmoe(y ~ x + other, data, k = 1, method = "em"), "warning", "separated"
  )
  expect_match(text, "along `x`.*ridge")
})

test_that("one level of a factor can separate", {
  data <- crossed_classes()
  set.seed(1)
  data$f <- factor(sample(c("p", "q", "r"), 400, TRUE))
  data$y[data$f == "q"] <- "up"
  fit <- quietly(sgmoe(y ~ x1 + f, data, k = 1))
  expect_identical(fit$reason, "separated")
  expect_identical(unname(unlist(fit$diverging)), "fq")
  # The name leads to the coefficient that grows.
  expect_true("expert1[up]:fq" %in% names(coef(fit)))
  expect_identical(names(fit$diverging), "expert1[up]")
  expect_type(fit$diverging, "character")
})

test_that("with a ridge it converges without a warning", {
  expect_silent(
    fit <- sgmoe(Species ~ ., datasets::iris, k = 1, ridge = 0.1)
  )
  expect_identical(fit$reason, "converged")
  expect_null(fit$diverging)
  set.seed(1)
  expect_silent(
    fit <- sgmoe(Species ~ ., datasets::iris, k = 2, ridge = 0.1, starts = 1)
  )
  expect_identical(fit$reason, "converged")
  expect_gt(summary(fit)$scores[["accuracy"]], 0.95)
  # The ridge's optimum does not depend on the algorithm.
  other <- sgmoe(
    Species ~ ., datasets::iris,
    k = 2, ridge = 0.1, start = fit,
    acceleration = "none", curvature = "bound", max_passes = 1e5
  )
  expect_equal(other$objective, fit$objective, tolerance = 1e-6)
})

test_that("overlapping classes are not called separated", {
  data <- shuffled_iris()
  for (formula in list(
    Species ~ Sepal.Length, Species ~ . - w, Species ~ poly(Petal.Width, 3)
  )) {
    expect_silent(fit <- sgmoe(formula, data, k = 1))
    expect_identical(fit$reason, "converged")
  }
  # Sharp, but finite: a few labels in five hundred are on the wrong side.
  for (seed in 1:5) {
    set.seed(seed)
    sharp <- data.frame(x = rnorm(500))
    sharp$y <- sharp$x > 0
    wrong <- c(which.max(sharp$x), which.min(sharp$x))
    sharp$y[wrong] <- !sharp$y[wrong]
    expect_silent(fit <- sgmoe(y ~ x, sharp, k = 1))
    expect_identical(fit$reason, "converged")
    # Two on either side of the limit: by four in a row, the limit would move.
    sharp$y <- sharp$x > 0
    near <- order(sharp$x)[sum(!sharp$y) + (-1:2)]
    sharp$y[near] <- !sharp$y[near]
    expect_silent(fit <- sgmoe(y ~ x, sharp, k = 1))
    expect_identical(fit$reason, "converged")
  }
  expect_silent(fit <- sgmoe(
    y ~ x1 + x2, overlapping$data,
    k = 2, start = overlapping$start
  ))
  expect_identical(fit$reason, "converged")
})

test_that("relabel() renames what diverges", {
  set.seed(2)
  data <- data.frame(x = rnorm(300), z = rnorm(300))
  left <- data$x < 0
  data$y <- factor(ifelse(left, data$z > 0, runif(300) < plogis(data$z)))
  fit <- quietly(sgmoe(
    y ~ z, data,
    k = 2, gate = ~x, start = cbind(left, !left) * 0.98 + 0.01, ridge = 0
  ))
  expect_type(fit$diverging, "character")
  turned <- relabel(fit, 2:1)
  flipped <- chartr("12", "21", names(fit$diverging))
  expect_identical(names(turned$diverging), flipped)
  expect_identical(unname(turned$diverging), unname(fit$diverging))
})
