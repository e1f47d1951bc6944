# Predictions of fits with classes: values, shapes, names, missing values.

# A fit with a factor, a spline and a gate of its own, by few passes.
predicted_fit <- function(k = 2, classes = 3, formula = y ~ x1 + x2 + f, ...) {
  set.seed(51)
  data <- class_data(250, classes)
  fit <- quietly_classes(sgmoe(
    formula, data,
    k = k, family = "multinomial", start = random_posterior(250, k),
    max_passes = 25, ridge = 0.1, ...
  ))
  list(fit = fit, data = data)
}
types <- c(
  "response", "prob", "class", "gate", "expert", "posterior", "logdensity"
)

test_that("every type is what plain R makes of coef()", {
  for (case in list(
    list(gate = ~ v + f), list(k = 1), list(k = 3, classes = 2),
    list(classes = 5, formula = y ~ x1 + x2 + f + offset(o), gate = ~ v + f),
    list(k = 3, formula = m ~ x1 + x2 + f)
  )) {
    made <- do.call(predicted_fit, case)
    fit <- made$fit
    data <- made$data
    classes <- fit$responses
    z <- model.matrix(~ x1 + x2 + f, data)
    x <- if (is.null(case$gate)) z else model.matrix(case$gate, data)
    offset <- if (any(all.vars(case$formula) == "o")) data$o
    hand <- probabilities_by_hand(fit, x, z, offset)
    prob <- mixture_by_hand(hand)
    dimnames(prob) <- list(as.character(1:250), classes)
    experts <- paste0("expert", seq_len(fit$k))
    expect_equal(predict(fit, type = "prob"), prob, tolerance = 1e-9)
    expect_identical(predict(fit, type = "response"), fitted(fit))
    expect_identical(predict(fit, type = "response"), predict(fit, data))
    expect_identical(predict(fit, type = "prob"), predict(fit))
    expect_equal(
      predict(fit, type = "class"),
      setNames(factor(classes[max.col(prob)], classes), 1:250)
    )
    gate <- predict(fit, type = "gate")
    expect_equal(unname(gate), hand$gate, tolerance = 1e-9)
    expect_identical(dimnames(gate), list(as.character(1:250), experts))
    expert <- predict(fit, type = "expert")
    expect_identical(
      dimnames(expert), list(as.character(1:250), classes, experts)
    )
    expect_equal(unname(expert), unname(hand$expert), tolerance = 1e-9)

    # What was observed: labels or counts, and Bayes.
    y <- if (is.matrix(fit$model[[1]])) data$m else diag(5)[data$y, ]
    y <- y[, seq_along(classes)]
    own <- sapply(seq_len(fit$k), function(k) {
      exp(rowSums(y * log(matrix(hand$expert[, , k], 250))))
    })
    joint <- hand$gate * own
    expect_equal(
      predict(fit, type = "logdensity"), setNames(log(rowSums(joint)), 1:250),
      tolerance = 1e-9
    )
    posterior <- predict(fit, type = "posterior")
    expect_equal(
      unname(posterior), joint / rowSums(joint),
      tolerance = 1e-9
    )
    expect_identical(dimnames(posterior), list(as.character(1:250), experts))
    expect_equal(
      sum(predict(fit, type = "logdensity")), c(logLik(fit)),
      tolerance = 1e-10
    )
    if (!is.matrix(fit$model[[1]])) {
      observed <- cbind(1:250, as.integer(data$y))
      expect_equal(
        unname(predict(fit, type = "logdensity")), log(prob[observed]),
        tolerance = 1e-9
      )
    }
    # New data in another order are the same predictions.
    for (type in types) {
      whole <- predict(fit, type = type)
      part <- predict(fit, data[c(7, 3, 9), ], type = type)
      at <- c(7, 3, 9)
      expect_equal(part, switch(length(dim(whole)) + 1,
        whole[at],
        NULL,
        whole[at, , drop = FALSE],
        whole[at, , , drop = FALSE]
      ), tolerance = 1e-14)
    }
  }
})

test_that("probabilities sum to one", {
  for (k in 1:3) {
    made <- predicted_fit(k, 4)
    expect_equal(
      unname(rowSums(predict(made$fit))), rep(1, 250),
      tolerance = 1e-14
    )
    for (type in c("gate", "posterior")) {
      expect_equal(
        unname(rowSums(predict(made$fit, type = type))), rep(1, 250),
        tolerance = 1e-14
      )
    }
    expect_equal(
      unname(apply(predict(made$fit, type = "expert"), c(1, 3), sum)),
      matrix(1, 250, k),
      tolerance = 1e-14
    )
  }
})

test_that("dimensions are never dropped", {
  for (k in 1:2) {
    for (classes in 2:3) {
      for (formula in list(y ~ x1, y ~ 1, m ~ x1)) {
        made <- predicted_fit(k, classes, formula)
        for (rows in list(integer(), 1L, 4:5)) {
          n <- length(rows)
          new <- made$data[rows, ]
          shape <- function(type) dim(predict(made$fit, new, type = type))
          expect_identical(shape("response"), c(n, classes))
          expect_identical(shape("prob"), c(n, classes))
          expect_equal(shape("gate"), c(n, k))
          expect_equal(shape("posterior"), c(n, k))
          expect_equal(shape("expert"), c(n, classes, k))
          expect_length(predict(made$fit, new, type = "logdensity"), n)
          class <- predict(made$fit, new, type = "class")
          expect_s3_class(class, "factor")
          expect_length(class, n)
          expect_identical(levels(class), letters[seq_len(classes)])
        }
      }
    }
  }
})

test_that("rows with missing values are NA, or left out", {
  made <- predicted_fit(gate = ~v)
  new <- made$data[1:6, ]
  new$x1[[2]] <- NA
  new$v[[3]] <- NA
  new$f[[4]] <- NA
  new$y[[5]] <- NA
  bad <- c(FALSE, TRUE, TRUE, TRUE, FALSE, FALSE)
  for (type in types) {
    whole <- predict(made$fit, made$data[1:6, ], type = type)
    found <- predict(made$fit, new, type = type)
    needs_response <- type %in% c("posterior", "logdensity")
    absent <- bad | needs_response & 1:6 == 5
    # Part of the answer could be known: a row is used as a whole.
    expect_identical(dim(found), dim(whole))
    expect_identical(
      which(is.na(as.vector(found))), which(rep(absent, length(found) / 6))
    )
    expect_equal(
      found[!is.na(found)], whole[!is.na(found)],
      ignore_attr = TRUE
    )
    kept <- predict(made$fit, new, type = type, na.action = na.omit)
    expect_identical(NROW(kept), sum(!absent))
    expect_false(anyNA(kept))
    excluded <- predict(made$fit, new, type = type, na.action = na.exclude)
    expect_identical(is.na(excluded), is.na(found), ignore_attr = TRUE)
  }
  expect_identical(
    levels(predict(made$fit, new, type = "class")), made$fit$responses
  )
})

test_that("NA in the data of the fit are padded under na.exclude", {
  data <- shuffled_iris()
  data$Sepal.Length[c(3, 70)] <- NA
  data$Species[9] <- NA
  fit <- function(action) {
    sgmoe(Species ~ Sepal.Length, data, k = 1, na.action = action)
  }
  omitted <- fit(na.omit)
  excluded <- fit(na.exclude)
  expect_identical(coef(omitted), coef(excluded))
  expect_equal(nobs(excluded), 147)
  for (type in types) {
    short <- predict(omitted, type = type)
    long <- predict(excluded, type = type)
    expect_identical(NROW(short), 147L)
    expect_identical(NROW(long), 150L)
    gone <- matrix(is.na(unclass(long)), 150)
    expect_identical(which(gone[, 1]), c(3L, 9L, 70L))
    expect_equal(
      as.vector(long)[!is.na(long)], as.vector(short),
      tolerance = 1e-14
    )
  }
  for (type in c("response", "pearson")) {
    long <- residuals(excluded, type)
    expect_identical(dim(long), c(150L, 3L))
    expect_identical(which(is.na(long[, 1])), c(`3` = 3L, `9` = 9L, `70` = 70L))
  }
  expect_identical(dim(fitted(excluded)), c(150L, 3L))
})

test_that("logits of ten thousand and more give probabilities", {
  data <- crossed_classes()
  set.seed(1)
  fit <- quietly(sgmoe(y ~ x1 + x2, data, k = 3, starts = 1, max_passes = 40))
  corners <- expand.grid(x1 = c(-1, 0, 1), x2 = c(-1, 0, 1))
  for (far in c(1e4, 1e6, 1e12, 1e150)) {
    new <- far * corners
    new$y <- rep(c("up", "down", "up"), 3)
    for (type in c("prob", "gate", "expert", "posterior")) {
      found <- predict(fit, new, type = type)
      expect_false(anyNA(found), label = paste(type, far))
      expect_true(all(found >= 0 & found <= 1))
    }
    expect_equal(unname(rowSums(predict(fit, new))), rep(1, 9))
    expect_equal(
      unname(rowSums(predict(fit, new, type = "posterior"))), rep(1, 9)
    )
    expect_false(anyNA(predict(fit, new, type = "class")))
    density <- predict(fit, new, type = "logdensity")
    expect_false(anyNA(density))
    expect_true(all(density <= 0))
  }
  # Infinite covariates have no prediction, and no error.
  new <- data.frame(x1 = c(Inf, 0), x2 = c(0, 0))
  expect_identical(unname(is.na(predict(fit, new)[, 1])), c(TRUE, FALSE))
  expect_identical(
    unname(is.na(predict(fit, new, type = "class"))), c(TRUE, FALSE)
  )
})

test_that("a class that the fit did not see has no posterior", {
  made <- predicted_fit()
  new <- transform(made$data[1:4, ], y = c("a", "b", "z", "c"))
  for (type in c("posterior", "logdensity")) {
    text <- class_condition(
      predict(made$fit, new, type = type), "error", "unseen_level"
    )
    expect_match(text, "Response `y`.*\"z\".*\"a\", \"b\" and \"c\"")
  }
  # Where the response is not needed, it is not looked at.
  expect_identical(dim(predict(made$fit, new)), c(4L, 3L))
  new$y <- NULL
  expect_identical(dim(predict(made$fit, new)), c(4L, 3L))
  class_condition(
    predict(made$fit, new, type = "posterior"), "error", "missing_column"
  )
  # Other order, or fewer, of the levels are no matter.
  new <- made$data[1:4, ]
  new$y <- factor(as.character(new$y), rev(letters[1:5]))
  expect_identical(
    predict(made$fit, new, type = "posterior"),
    predict(made$fit, made$data[1:4, ], type = "posterior")
  )
})

test_that("any kind of class is a response", {
  data <- crossed_classes(200)
  data$g <- as.integer(data$y) + 4
  data$s <- as.character(data$y)
  data$l <- data$y == "up"
  data$o <- factor(data$y, ordered = TRUE)
  data$b <- as.numeric(data$l)
  expected <- sgmoe(y ~ x1 + x2, data, k = 1)
  kinds <- list(
    s = c("down", "up"), l = c("FALSE", "TRUE"), o = c("down", "up"),
    g = c("5", "6"), b = c("0", "1")
  )
  for (name in names(kinds)) {
    # Numbers are classes only when asked for.
    family <- if (name %in% c("g", "b")) "multinomial"
    fit <- sgmoe(
      reformulate(c("x1", "x2"), name), data,
      k = 1, family = family
    )
    expect_identical(fit$family, "multinomial")
    expect_identical(fit$responses, kinds[[name]])
    expect_equal(coef(fit), coef(expected), ignore_attr = TRUE)
    expect_identical(
      names(coef(fit))[[2]], paste0("expert1[", kinds[[name]][[2]], "]:x1")
    )
    class <- predict(fit, data[1:3, ], type = "class")
    expect_identical(levels(class), kinds[[name]])
    expect_identical(as.integer(class), as.integer(predict(
      expected, data[1:3, ],
      type = "class"
    )))
    expect_equal(
      predict(fit, data[1:3, ], type = "logdensity"),
      predict(expected, data[1:3, ], type = "logdensity")
    )
  }
  expect_identical(sgmoe(g ~ x1, data, k = 1)$family, "gaussian")
  # An expression is a response, too.
  fit <- sgmoe(x2 > 0 ~ x1, data, k = 1)
  expect_equal(
    unname(coef(fit)), unname(coef(glm(x2 > 0 ~ x1, binomial, data))),
    tolerance = 1e-5
  )
  expect_length(predict(fit, data[1:3, ], type = "logdensity"), 3)
})

test_that("numbers are classes in their numeric order", {
  data <- crossed_classes(200)
  data$g <- c(10, 9, 100)[1 + (data$x1 > 0) + (data$x2 > 0)]
  set.seed(1)
  data$g <- data$g[sample.int(200)]
  fit <- sgmoe(g ~ x1, data, k = 1, family = "multinomial")
  expect_identical(fit$responses, c("9", "10", "100"))
})

test_that("types that are for one family only", {
  made <- predicted_fit()
  class_condition(predict(made$fit, type = "quantile"), "error", "argument")
  fit <- sgmoe(dist ~ speed, cars, k = 1)
  for (type in c("prob", "class")) {
    expect_match(
      class_condition(predict(fit, type = type), "error", "unsupported"),
      "Gaussian.*classes"
    )
  }
})
