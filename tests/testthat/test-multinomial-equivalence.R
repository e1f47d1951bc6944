# Special cases of multinomial experts that other software computes.

one_class_expert <- function(formula, data, ..., weighted = FALSE) {
  eval(as.call(c(
    quote(sgmoe), formula, quote(data), 1,
    if (weighted) c(weights = quote(w)), list(...)
  )))
}

expect_multinom <- function(fit, expected) {
  expect_identical(fit$reason, "converged")
  expect_lt(abs(c(logLik(fit)) - c(logLik(expected))), 1e-6)
  found <- coef(fit, "expert")
  coefficients <- coef(expected)
  if (is.matrix(coefficients)) { # more than two classes
    names <- outer(
      colnames(coefficients), rownames(coefficients),
      function(column, class) paste0("expert1[", class, "]:", column)
    )
    expect_identical(names(found), as.vector(names))
    coefficients <- as.vector(t(coefficients))
  }
  expect_lt(
    max(abs(found - coefficients) / pmax(1, abs(coefficients))), 1e-4
  )
  expect_equal(attr(logLik(fit), "df"), expected$edf)
}

# multinom(), k = 1 ------------------------------------------------------------

test_that("one expert is multinom() on overlapping classes", {
  skip_if_not_installed("nnet")
  data <- shuffled_iris()
  for (formula in list(
    Species ~ scale(Sepal.Length) + scale(Sepal.Width),
    Species ~ scale(Sepal.Length) * scale(Petal.Width), Species ~ 1,
    Species ~ poly(Petal.Length, 2)
  )) {
    for (weighted in c(FALSE, TRUE)) {
      fit <- one_class_expert(formula, data, weighted = weighted)
      expected <- multinom_optimum(formula, data, weighted = weighted)
      expect_multinom(fit, expected)
      expect_equal(
        predict(fit), fitted(expected),
        tolerance = 1e-4, ignore_attr = TRUE
      )
      if (!identical(formula, Species ~ 1)) { # where classes are tied
        expect_identical(
          unname(predict(fit, type = "class")), predict(expected)
        )
      }
    }
  }
})

test_that("one expert is multinom() on the data of MASS", {
  skip_if_not_installed("nnet")
  skip_if_not_installed("MASS")
  glass <- MASS::fgl
  glass[c("RI", "Si", "Na")] <- scale(glass[c("RI", "Si", "Na")])
  survey <- MASS::survey
  survey$Height <- survey$Height / 100
  birth <- MASS::birthwt
  birth$lwt <- birth$lwt / 100
  birth$age <- birth$age / 10
  birth$race <- factor(birth$race)
  birth$low <- factor(birth$low)
  for (case in list(
    list(type ~ RI + Si, glass), list(type ~ RI + Na, glass),
    list(Exer ~ Sex + Height, survey), # with missing values
    list(race ~ low + age + smoke, birth),
    list(low ~ age + lwt + race + smoke, birth)
  )) {
    fit <- one_class_expert(case[[1]], case[[2]])
    expect_multinom(fit, multinom_optimum(case[[1]], case[[2]]))
  }
})

test_that("a matrix of counts is multinom() with a matrix", {
  skip_if_not_installed("nnet")
  set.seed(4)
  data <- class_data(200, 3)
  for (weighted in c(FALSE, TRUE)) {
    fit <- one_class_expert(
      m ~ x1 + x2 + f, data,
      family = "multinomial", weighted = weighted
    )
    expected <- multinom_optimum(m ~ x1 + x2 + f, data, weighted = weighted)
    expect_multinom(fit, expected)
    expect_equal(
      predict(fit), fitted(expected),
      tolerance = 1e-4, ignore_attr = TRUE
    )
  }
  # The same as each count in a row of its own.
  times <- rep(rep(seq_len(200), 3), as.vector(data$m))
  long <- data[times, c("x1", "x2", "f")]
  long$y <- factor(rep(rep(letters[1:3], each = 200), as.vector(data$m)))
  labels <- one_class_expert(y ~ x1 + x2 + f, long)
  counts <- one_class_expert(m ~ x1 + x2 + f, data, family = "multinomial")
  expect_equal(coef(counts), coef(labels), tolerance = 1e-6)
  expect_equal(c(logLik(counts)), c(logLik(labels)), tolerance = 1e-10)
  expect_equal(nobs(counts), 200)
})

test_that("an offset is multinom()'s", {
  skip_if_not_installed("nnet")
  set.seed(5)
  data <- class_data(250, 3)
  fit <- one_class_expert(y ~ x1 + offset(o), data)
  expect_multinom(fit, multinom_optimum(y ~ x1 + offset(o), data))
  # A common shift of a row's offsets is nothing.
  data$o <- data$o + 10 * data$x2
  shifted <- one_class_expert(y ~ x1 + offset(o), data)
  expect_equal(coef(shifted), coef(fit), tolerance = 1e-5)
})

test_that("an aliased column is NA, as in glm()", {
  data <- crossed_classes()
  data$sum <- data$x1 + 2 * data$x2
  expect_message(
    fit <- one_class_expert(y ~ x1 + x2 + sum, data),
    class = "sgmoe_message_aliased"
  )
  expected <- glm(y ~ x1 + x2 + sum, binomial, data)
  expect_equal(
    unname(coef(fit)), unname(coef(expected)),
    tolerance = 1e-6
  )
})

# glm(), two classes -----------------------------------------------------------

slow_test("two classes are glm(binomial)", {
  data <- crossed_classes()
  data$f <- factor(rep(c("p", "q", "r", "q"), 100))
  data$o <- data$x1^2
  for (formula in list(
    y ~ x1 + x2, y ~ x1 * x2 + f, y ~ 0 + f, y ~ x1 + offset(o),
    y ~ poly(x1, 3), y ~ offset(o)
  )) {
    for (weighted in c(FALSE, TRUE)) {
      data$a <- if (weighted) data$w else 1
      fit <- one_class_expert(
        formula, data,
        weighted = weighted, tolerance = 1e-13
      )
      expected <- suppressWarnings(glm( # weights that are not whole
        formula, binomial, data,
        weights = a, epsilon = 1e-14
      ))
      expect_equal(
        unname(coef(fit)), unname(coef(expected)),
        tolerance = 1e-6
      )
      expect_equal(deviance(fit), deviance(expected), tolerance = 1e-9)
      expect_equal(
        predict(fit, type = "prob")[, "up"], fitted(expected),
        tolerance = 1e-6, ignore_attr = TRUE
      )
      if (!weighted) {
        expect_equal(AIC(fit), AIC(expected), tolerance = 1e-9)
        expect_equal(BIC(fit), BIC(expected), tolerance = 1e-9)
        expect_equal(df.residual(fit), df.residual(expected))
      }
    }
  }
})

test_that("offset = is glm()'s; two columns are their difference", {
  data <- crossed_classes()
  data$o <- data$x1^2
  data$two <- cbind(data$x2, data$o + data$x2)
  expected <- glm(y ~ x1, binomial, data, offset = o, epsilon = 1e-14)
  for (fit in list(
    sgmoe(y ~ x1, data, k = 1, offset = o),
    sgmoe(y ~ x1, data, k = 1, offset = two),
    sgmoe(y ~ x1 + offset(o / 2), data, k = 1, offset = o / 2)
  )) {
    expect_equal(
      unname(coef(fit)), unname(coef(expected)),
      tolerance = 1e-6
    )
    new <- data[5:1, ]
    expect_equal(
      predict(fit, new)[, "up"], predict(expected, new, type = "response"),
      tolerance = 1e-6
    )
  }
})

test_that("successes and failures are glm()'s", {
  set.seed(6)
  data <- data.frame(
    x = rnorm(60), w = runif(60, 0.5, 2), size = sample.int(9, 60, TRUE)
  )
  data$hit <- rbinom(60, data$size, plogis(0.5 + data$x))
  data$miss <- data$size - data$hit
  for (weighted in c(FALSE, TRUE)) {
    data$a <- if (weighted) data$w else 1
    fit <- one_class_expert(
      cbind(miss, hit) ~ x, data,
      family = "binomial", weighted = weighted, tolerance = 1e-13
    )
    expected <- suppressWarnings(glm(
      cbind(hit, miss) ~ x, binomial, data,
      weights = a, epsilon = 1e-14
    ))
    expect_identical(fit$responses, c("miss", "hit"))
    expect_equal(
      unname(coef(fit)), unname(coef(expected)),
      tolerance = 1e-6
    )
    expect_equal(
      predict(fit)[, "hit"], fitted(expected),
      tolerance = 1e-6, ignore_attr = TRUE
    )
    if (!weighted) { # glm() has the binomial coefficient
      expect_equal(
        c(logLik(fit)) + sum(lchoose(data$size, data$hit)),
        c(logLik(expected)),
        tolerance = 1e-9
      )
    }
  }
})

# Ridge, k = 1 -----------------------------------------------------------------

# Ridge regression's coefficients on standardised columns, sum-zero, r x M.
ridge_by_optim <- function(x, y, weights, ridge) {
  centre <- colSums(weights * x) / sum(weights)
  spread <- sqrt(colSums(weights * (x - rep(centre, each = nrow(x)))^2) /
    sum(weights))
  z <- cbind(1, (x - rep(centre, each = nrow(x))) / rep(spread, each = nrow(x)))
  target <- diag(nlevels(y))[y, ]
  r <- ncol(z)
  value <- function(at) {
    v <- matrix(at, r)
    logits <- z %*% v
    -sum(weights * (rowSums(target * logits) - log(rowSums(exp(logits))))) +
      ridge / 2 * sum(v[-1, ]^2)
  }
  gradient <- function(at) {
    v <- matrix(at, r)
    p <- softmax_rows(z %*% v)
    -crossprod(z, weights * (target - p)) + ridge * rbind(0, v[-1, ])
  }
  at <- numeric(r * nlevels(y))
  for (i in 1:3) {
    at <- stats::optim(
      at, value, gradient,
      method = "BFGS", control = list(maxit = 5000, reltol = 1e-16)
    )$par
  }
  list(v = matrix(at, r), value = value(at), centre = centre, spread = spread)
}

# The coefficients of one expert by class, centred over classes, r x M.
centred_coefficients <- function(fit) {
  own <- cbind(0, matrix(coef(fit, "expert"), ncol = length(fit$responses) - 1))
  own - rowMeans(own)
}

test_that("one expert with a ridge is ridge regression", {
  data <- shuffled_iris()
  x <- as.matrix(data[1:4])
  for (weighted in c(FALSE, TRUE)) {
    a <- if (weighted) data$w else rep(1, 150)
    for (ridge in c(0.01, 1, 30)) {
      fit <- one_class_expert(
        Species ~ . - w, data,
        ridge = ridge, weighted = weighted, tolerance = 1e-14
      )
      expect_identical(fit$reason, "converged")
      best <- ridge_by_optim(x, data$Species, a, ridge)
      expect_equal(fit$objective, -best$value, tolerance = 1e-9)
      expect_lte(-best$value, fit$objective + 1e-9 * 150)
      slopes <- best$v[-1, ] / best$spread
      slopes <- slopes - rowMeans(slopes)
      expect_lt(max(abs(centred_coefficients(fit)[-1, ] - slopes)), 1e-4)
    }
  }
})

slow_test("one expert with a ridge is glmnet's", {
  skip_if_not_installed("glmnet")
  data <- shuffled_iris()
  x <- as.matrix(data[1:4])
  for (weighted in c(FALSE, TRUE)) {
    a <- if (weighted) data$w else rep(1, 150)
    for (ridge in c(0.5, 5)) {
      fit <- one_class_expert(
        Species ~ . - w, data,
        ridge = ridge, weighted = weighted, tolerance = 1e-14
      )
      lambda <- ridge / sum(a)
      other <- glmnet::glmnet(
        x, data$Species, "multinomial", a,
        alpha = 0, lambda = lambda * c(100, 10, 3, 1), standardize = TRUE,
        thresh = 1e-22, maxit = 1e7
      )
      expected <- sapply(stats::coef(other, s = lambda), function(one) {
        as.numeric(one)
      })
      expected <- expected - rowMeans(expected)
      expect_lt(max(abs(centred_coefficients(fit) - expected)), 1e-5)
      expect_equal(
        unname(predict(fit)),
        unname(predict(other, x, s = lambda, type = "response")[, , 1]),
        tolerance = 1e-6
      )
    }
  }
  # Two classes have the symmetric penalty, too.
  data <- crossed_classes()
  fit <- one_class_expert(y ~ x1 + x2, data, ridge = 4, tolerance = 1e-14)
  other <- glmnet::glmnet(
    as.matrix(data[1:2]), data$y, "multinomial",
    alpha = 0, lambda = 0.01, thresh = 1e-22
  )
  expected <- sapply(stats::coef(other), as.numeric)
  expect_lt(
    max(abs(coef(fit) - (expected[, 2] - expected[, 1]))), 1e-6
  )
})

# Likelihood, k > 1 ------------------------------------------------------------
