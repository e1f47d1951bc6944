# Predictions: their shapes, and that they are what the formulas say.

make_data <- function(n = 80) {
  set.seed(31)
  data <- data.frame(
    x = rnorm(n), v = runif(n, 1, 3), w = runif(n, 0.5, 1.5), u = rnorm(n),
    f = factor(sample(c("a", "b", "c"), n, TRUE))
  )
  data$y <- ifelse(
    runif(n) < plogis(2 * data$x), 1 + 2 * data$x, -2 - data$x
  ) + 0.5 * (data$f == "b") + rnorm(n, sd = 0.4)
  data$y2 <- data$x + rnorm(n)
  data
}
quick <- function(...) {
  set.seed(4)
  sgmoe(..., starts = 1)
}
types <- c("response", "gate", "expert", "posterior", "logdensity")
# Every type for all rows, for each row alone, and for rows in another order.
expect_rowwise <- function(fit, data) {
  for (type in types) {
    all <- predict(fit, data, type = type)
    rows <- c(7, 2)
    some <- if (length(dim(all)) == 3L) {
      all[rows, , , drop = FALSE]
    } else if (is.matrix(all)) {
      all[rows, , drop = FALSE]
    } else {
      all[rows]
    }
    expect_equal(predict(fit, data[rows, ], type = type), some)
    one <- predict(fit, data[7, ], type = type)
    expect_equal(c(one), c(if (is.matrix(all)) {
      all[7, ]
    } else if (is.array(all)) {
      all[7, , ]
    } else {
      all[7]
    }), ignore_attr = TRUE)
    expect_false(anyNA(all))
  }
}

test_that("dimensions are never dropped", {
  d <- make_data()
  for (k in 1:2) {
    fit <- quick(y ~ x, d, k = k)
    fit2 <- quick(cbind(y, y2) ~ x, d, k = k)
    for (n in c(1, 2, 0)) {
      rows <- d[seq_len(n), ]
      names <- as.character(seq_len(n))
      experts <- paste0("expert", seq_len(k))
      for (type in c("gate", "expert", "posterior")) {
        expect_identical(
          dimnames(predict(fit, rows, type = type)),
          if (n) list(names, experts) else list(NULL, experts)
        )
        expect_equal(dim(predict(fit, rows, type = type)), c(n, k))
      }
      for (type in c("response", "logdensity")) {
        value <- predict(fit, rows, type = type)
        expect_null(dim(value))
        expect_length(value, n)
        if (n > 0) expect_named(value, names)
      }
      expect_equal(dim(predict(fit2, rows)), c(n, 2))
      expect_equal(dim(predict(fit2, rows, type = "expert")), c(n, 2, k))
      expect_identical(
        dimnames(predict(fit2, rows, type = "expert"))[2:3],
        list(c("y", "y2"), experts)
      )
      expect_length(predict(fit2, rows, type = "logdensity"), n)
    }
  }
})

test_that("every type is what its formula says, from coef() alone", {
  d <- make_data()
  fit <- quick(y ~ x + f, d, k = 3, gate = ~v, weights = w)
  z <- model.matrix(~ x + f, d)
  x <- model.matrix(~v, d)
  logits <- cbind(0, x %*% matrix(coef(fit, "gate"), 2))
  gate <- exp(logits) / rowSums(exp(logits))
  means <- z %*% matrix(coef(fit, "expert"), 4)
  density <- dnorm(d$y, means, rep(coef(fit, "scale"), each = nrow(d)))
  joint <- gate * density
  expect_equal(predict(fit, d, type = "gate"), gate, ignore_attr = TRUE)
  expect_equal(predict(fit, d, type = "expert"), means, ignore_attr = TRUE)
  expect_equal(predict(fit, d), rowSums(gate * means), ignore_attr = TRUE)
  posterior <- predict(fit, d, type = "posterior")
  expect_equal(posterior, joint / rowSums(joint), ignore_attr = TRUE)
  expect_equal(unname(rowSums(posterior)), rep(1, nrow(d)))
  logdensity <- predict(fit, d, type = "logdensity")
  expect_equal(logdensity, log(rowSums(joint)), ignore_attr = TRUE)
  expect_equal(sum(d$w * logdensity), c(logLik(fit)))
})

test_that("with several responses and an n x q offset, too", {
  d <- make_data()
  shift <- cbind(d$u, 2 * d$v)
  for (covariance in c("full", "diagonal", "spherical")) {
    fit <- quick(
      cbind(y, y2) ~ x, d,
      k = 2, covariance = covariance,
      offset = cbind(u, 2 * v)
    )
    z <- model.matrix(~x, d)
    gate <- plogis(-z %*% coef(fit, "gate"))
    gate <- cbind(gate, 1 - gate)
    slopes <- array(coef(fit, "expert"), c(2, 2, 2))
    means <- predict(fit, d, type = "expert")
    values <- matrix(coef(fit, "scale"), ncol = 2)
    joint <- gate
    for (i in 1:2) {
      expect_equal(means[, , i], z %*% slopes[, , i] + shift,
        ignore_attr = TRUE
      )
      sigma <- switch(covariance,
        full = matrix(values[c(1, 2, 2, 3), i], 2),
        diagonal = diag(values[, i]^2),
        spherical = diag(values[, i]^2, 2)
      )
      rest <- as.matrix(d[c("y", "y2")]) - means[, , i]
      distance <- rowSums(rest %*% solve(sigma) * rest)
      joint[, i] <- gate[, i] * exp(-distance / 2) /
        (2 * pi * sqrt(det(sigma)))
    }
    expect_equal(
      predict(fit, d), gate[, 1] * means[, , 1] + gate[, 2] * means[, , 2],
      ignore_attr = TRUE
    )
    expect_equal(predict(fit, d, type = "posterior"), joint / rowSums(joint),
      ignore_attr = TRUE
    )
    expect_equal(sum(predict(fit, d, type = "logdensity")), c(logLik(fit)))
    expect_equal(predict(fit, d, type = "logdensity"), log(rowSums(joint)),
      ignore_attr = TRUE
    )
    expect_rowwise(fit, d)
  }
})

test_that("without newdata the data of the fit are used", {
  d <- make_data()
  fit <- quick(y ~ x + f, d, k = 2, subset = x > -1)
  for (type in types) {
    expect_equal(
      predict(fit, type = type), predict(fit, d[d$x > -1, ], type = type)
    )
  }
  expect_identical(fitted(fit), predict(fit))
  bare <- quick(y ~ x + f, d, k = 2, subset = x > -1, model = FALSE)
  expect_equal(predict(bare, d), predict(fit, d))
  error <- expect_error(predict(bare), class = "sgmoe_error_no_model")
  expect_match(conditionMessage(error), "newdata")
})

test_that("na.exclude pads vectors, matrices and arrays, in order", {
  d <- make_data()
  rownames(d) <- paste0("r", seq_len(nrow(d)))
  d$x[c(1, 5)] <- NA
  d$y[9] <- NA
  lost <- c(1, 5, 9)
  for (formula in c(y ~ x, cbind(y, y2) ~ x)) {
    fit <- quick(formula, d, k = 2, na.action = na.exclude)
    short <- quick(formula, d, k = 2, na.action = na.omit)
    for (type in types) {
      padded <- predict(fit, type = type)
      kept <- predict(short, type = type)
      expect_identical(NROW(kept), nrow(d) - 3L)
      expect_identical(NROW(padded), nrow(d))
      pick <- function(i) {
        if (is.null(dim(padded))) {
          padded[i]
        } else if (is.matrix(padded)) {
          padded[i, , drop = FALSE]
        } else {
          padded[i, , , drop = FALSE]
        }
      }
      expect_true(all(is.na(pick(lost))))
      expect_equal(pick(-lost), kept, ignore_attr = TRUE)
      names <- if (is.null(dim(padded))) {
        names(padded)
      } else {
        dimnames(padded)[[1L]]
      }
      expect_identical(names, rownames(d))
    }
    expect_identical(is.na(as.matrix(residuals(fit))[, 1]),
      is.na(d$x) | is.na(d$y),
      ignore_attr = TRUE
    )
  }
})

test_that("NA in newdata gives NA where it is needed, or goes", {
  d <- make_data()
  fit <- quick(y ~ x, d, k = 2, gate = ~v)
  new <- d[1:4, ]
  new$x[2] <- NA
  new$y[3] <- NA
  for (type in types) {
    needs_y <- type %in% c("posterior", "logdensity")
    value <- as.matrix(predict(fit, new, type = type))
    expect_identical(
      unname(is.na(value[, 1])), c(FALSE, TRUE, needs_y, FALSE)
    )
    value <- predict(fit, new, type = type, na.action = na.omit)
    expect_identical(NROW(value), 3L - needs_y)
  }
  expect_error(
    predict(fit, new, na.action = na.fail), "`x` \\(1 row\\)",
    class = "sgmoe_error_missing_values"
  )
})

test_that("relabelled experts predict the same in another order", {
  d <- make_data()
  fit <- quick(y ~ x, d, k = 3)
  order <- c(3, 1, 2)
  moved <- relabel(fit, order)
  for (type in types) {
    value <- predict(fit, d, type = type)
    expect_equal(
      predict(moved, d, type = type),
      if (is.matrix(value)) value[, order] else value,
      ignore_attr = TRUE
    )
  }
})

test_that("the most probable expert, by gate or by posterior", {
  d <- make_data()
  d$x[4] <- NA
  fit <- quick(y ~ x, d, k = 3, ridge = 0.1, na.action = na.exclude)
  for (by in c("gate", "posterior")) {
    share <- predict(fit, type = by)
    expert <- predict(fit, type = paste0("expert_", by))
    expect_identical(levels(expert), paste0("expert", 1:3))
    expect_identical(names(expert), rownames(share))
    expect_identical(which(is.na(expert)), c(`4` = 4L))
    expect_identical(
      as.integer(expert)[-4], max.col(share[-4, ], "first")
    )
    error <- expect_error(
      predict(fit, type = "cluster"),
      class = "sgmoe_error_argument"
    )
    expect_match(conditionMessage(error), paste0("expert_", by))
  }
  expect_false(identical(
    predict(fit, type = "expert_gate"), predict(fit, type = "expert_posterior")
  ))
  # Only the posterior needs the response.
  expect_s3_class(predict(fit, d["x"], type = "expert_gate"), "factor")
  expect_error(
    predict(fit, d["x"], type = "expert_posterior"),
    class = "sgmoe_error_missing_column"
  )
  expect_length(predict(fit, d[0, ], type = "expert_gate"), 0)
})
