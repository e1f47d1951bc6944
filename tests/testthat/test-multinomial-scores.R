# calibration(), and the scores that summary() shows.

# A fit whose probabilities are what is asked for: one row of `probability` for
# each level of a factor, k = 1.
known_fit <- function(probability) {
  classes <- ncol(probability)
  levels <- seq_len(nrow(probability))
  data <- data.frame(
    g = factor(rep(levels, each = classes)),
    y = factor(rep(letters[seq_len(classes)], length(levels)))
  )
  data$w <- as.vector(t(probability))
  fit <- sgmoe(y ~ 0 + g, data, k = 1, weights = w, tolerance = 1e-14)
  expect_equal(
    unname(predict(fit, data.frame(g = factor(levels)))), probability,
    tolerance = 1e-6
  )
  fit
}

# Agresti and Coull: two successes and two failures more.
interval <- function(observed, n) {
  centre <- (n * observed + 2) / (n + 4)
  centre + c(-2, 2) * sqrt(centre * (1 - centre) / (n + 4))
}

# The table by a plain loop over bins.
table_by_hand <- function(p, hit, w, bins) {
  bin <- cut(p, (0:bins) / bins, labels = FALSE, right = FALSE)
  bin[p == 1] <- bins
  do.call(rbind, lapply(sort(unique(bin[w > 0])), function(b) {
    own <- bin == b
    n <- sum(w[own])
    observed <- sum(w[own] * hit[own]) / n
    data.frame(
      lower = (b - 1) / bins, upper = b / bins, n = n,
      predicted = sum(w[own] * p[own]) / n, observed = observed,
      low = max(0, interval(observed, n)[[1]]),
      high = min(1, interval(observed, n)[[2]])
    )
  }))
}

probability <- rbind(
  c(0.72, 0.17, 0.11), c(0.05, 0.54, 0.41), c(0.31, 0.28, 0.41)
)

slow_test("calibration() is what a loop over bins computes", {
  fit <- known_fit(probability)
  set.seed(1)
  new <- data.frame(
    g = factor(sample(3, 80, TRUE)),
    y = factor(sample(letters[1:3], 80, TRUE)), w = round(rexp(80), 2)
  )
  new$w[1:3] <- 0
  p <- probability[new$g, ]
  for (bins in c(1, 3, 10)) {
    for (weighted in c(FALSE, TRUE)) {
      w <- if (weighted) new$w else rep(1, 80)
      check <- function(class, p, hit) {
        found <- calibration(
          fit, new, class, bins,
          weights = if (weighted) new$w
        )
        expected <- table_by_hand(p, hit, w, bins)
        expect_s3_class(found, c("sgmoe_calibration", "data.frame"),
          exact = TRUE
        )
        expect_equal(
          as.data.frame(unclass(found)[names(expected)]), expected,
          tolerance = 1e-6, ignore_attr = TRUE
        )
        expect_equal(
          attr(found, "calibration_error"),
          sum(expected$n * abs(expected$predicted - expected$observed)) /
            sum(w),
          tolerance = 1e-6
        )
        expect_equal(sum(found$n), sum(w))
        found
      }
      best <- max.col(p, "first")
      top <- check(NULL, p[cbind(1:80, best)], as.integer(new$y) == best)
      expect_null(attr(top, "target"))
      for (class in letters[1:3]) {
        own <- check(class, p[, match(class, letters)], new$y == class)
        expect_identical(attr(own, "target"), class)
      }
    }
  }
})

test_that("calibration() of the data of the fit has their weights", {
  data <- shuffled_iris()
  fit <- sgmoe(Species ~ Sepal.Length, data, k = 1, weights = w)
  found <- calibration(fit)
  p <- predict(fit)
  best <- max.col(p)
  expected <- table_by_hand(
    p[cbind(1:150, best)], as.integer(data$Species) == best, data$w, 10
  )
  expect_equal(
    as.data.frame(unclass(found)[names(expected)]), expected,
    ignore_attr = TRUE
  )
  expect_equal(
    attr(found, "calibration_error"),
    summary(fit)$scores[["calibration_error"]]
  )
  small <- sgmoe(Species ~ Sepal.Length, data, k = 1, model = FALSE)
  class_condition(calibration(small), "error", "no_model")
  expect_s3_class(calibration(small, data), "sgmoe_calibration")
})

test_that("counts are observations, in the table and in the scores", {
  set.seed(2)
  data <- class_data(120)
  fit <- sgmoe(
    m ~ x1 + x2, data,
    k = 1, family = "multinomial", weights = w
  )
  times <- rep(rep(seq_len(120), 3), as.vector(data$m))
  long <- data[times, c("x1", "x2", "w")]
  long$m <- diag(3)[rep(rep(1:3, each = 120), as.vector(data$m)), ]
  colnames(long$m) <- letters[1:3]
  for (class in list(NULL, "b")) {
    one <- calibration(fit, data, class, bins = 40, weights = data$w)
    other <- calibration(fit, long, class, bins = 40, weights = long$w)
    expect_gt(nrow(one), 2)
    for (column in names(one)) {
      expect_equal(one[[column]], other[[column]], tolerance = 1e-9)
    }
    expect_lt(
      abs(attr(one, "calibration_error") - attr(other, "calibration_error")),
      1e-12
    )
  }
  p <- predict(fit, long)
  observed <- max.col(long$m)
  a <- long$w / sum(long$w)
  scores <- summary(fit)$scores
  expect_equal(scores[["accuracy"]], sum(a * (max.col(p) == observed)))
  expect_equal(
    scores[["log_loss"]],
    -sum(a * log(p[cbind(seq_along(observed), observed)]))
  )
  expect_equal(scores[["brier"]], sum(a * rowSums((p - long$m)^2)))
  expect_equal(
    scores[["calibration_error"]],
    attr(calibration(fit, data, weights = data$w), "calibration_error")
  )
})

test_that("summary() has the scores of the training data", {
  set.seed(3)
  data <- crossed_classes()
  fit <- quietly(sgmoe(
    y ~ x1 + x2, data,
    k = 2, weights = w, starts = 1, ridge = 0.1
  ))
  p <- predict(fit)
  observed <- as.integer(data$y)
  a <- data$w / sum(data$w)
  expect_equal(summary(fit)$scores, c(
    accuracy = sum(a * (max.col(p) == observed)),
    log_loss = -sum(a * log(p[cbind(1:400, observed)])),
    brier = sum(a * rowSums((p - diag(2)[observed, ])^2)),
    calibration_error = attr(calibration(fit), "calibration_error")
  ))
  # Without offset and ridge, the log-loss of labels is the log-likelihood.
  expect_equal(
    summary(fit)$scores[["log_loss"]], -c(logLik(fit)) / sum(data$w)
  )
  expect_null(summary(sgmoe(
    y ~ x1, data,
    k = 1, model = FALSE
  ))$scores)
  expect_null(summary(sgmoe(dist ~ speed, cars, k = 1))$scores)
})

test_that("perfect and terrible predictions", {
  certain <- diag(3)
  weights <- c(1, 2, 3)
  expect_equal(
    score_classes(certain, certain, weights),
    c(accuracy = 1, log_loss = 0, brier = 0, calibration_error = 0)
  )
  expect_equal(
    score_classes(certain, certain[c(2, 3, 1), ], weights),
    c(accuracy = 0, log_loss = Inf, brier = 2, calibration_error = 1)
  )
  expect_equal(
    score_classes(matrix(1 / 3, 3, 3), certain, rep(1, 3)),
    c(
      accuracy = 1 / 3, log_loss = log(3), brier = 2 / 3,
      calibration_error = 0
    )
  )
  # A probability of one is in the last bin, of zero in the first.
  table <- reliability_table(c(1, 0, 0.5), c(1, 0, 1), c(1, 1, 0), 4)
  expect_equal(table$lower, c(0, 0.75))
  expect_equal(table$n, c(1, 1))
  expect_equal(table$low, pmax(0, c(0.4, 0.6) - 2 * sqrt(0.24 / 5)))
  expect_equal(table$high, pmin(1, c(0.4, 0.6) + 2 * sqrt(0.24 / 5)))
})

test_that("a bin's limits hold its predictions", {
  # 0.7 * 10 and 0.29 * 100 are rounded the other way.
  for (bins in c(3, 7, 10, 100)) {
    p <- seq_len(bins - 1) / bins
    table <- reliability_table(p, p, rep(1, bins - 1), bins)
    expect_true(all(table$predicted >= table$lower - 1e-12))
    expect_true(all(table$predicted < table$upper + 1e-12))
    expect_lte(max(table$upper), 1 + 1e-12)
  }
})

test_that("rows without prediction or response are counted", {
  fit <- known_fit(probability)
  new <- data.frame(g = factor(c(1, 2, NA, 3)), y = c("a", NA, "b", "c"))
  found <- calibration(fit, new)
  expect_identical(attr(found, "dropped"), 2L)
  expect_equal(sum(found$n), 2)
  expect_output(print(found), "2 rows without prediction or response")
  expect_output(
    print(calibration(fit, new[-3, ])), "1 row without prediction or response"
  )
  expect_failure(expect_output(
    print(calibration(fit, new[c(1, 4), ])), "left out"
  ))
})

slow_test("calibration() refuses what it cannot do", {
  fit <- known_fit(probability)
  new <- data.frame(g = factor(1:3), y = c("a", "b", "c"))
  for (bins in list(0, 2.5, NA, "a", c(5, 10))) {
    expect_match(
      class_condition(calibration(fit, new, bins = bins), "error", "argument"),
      "`bins`"
    )
  }
  expect_match(
    class_condition(calibration(fit, new, class = "z"), "error", "argument"),
    "`class` must be one of \"a\", \"b\", or \"c\""
  )
  for (weights in list(1:2, c(1, -1, 1), c(1, NA, 1))) {
    expect_match(
      class_condition(
        calibration(fit, new, weights = weights), "error", "weights"
      ),
      "weights"
    )
  }
  class_condition(calibration(fit, new[1]), "error", "missing_column")
  class_condition(
    calibration(fit, transform(new, y = "z")), "error", "unseen_level"
  )
  expect_match(
    class_condition(
      calibration(sgmoe(dist ~ speed, cars, k = 1)), "error", "unsupported"
    ),
    "classes"
  )
})

slow_test("calibration()'s weights are numbers, and one a row", {
  fit <- known_fit(probability)
  new <- data.frame(g = factor(1:3), y = c("a", "b", "c"))
  for (weights in list(
    c("1", "2", "3"), c("a", "b", "c"), list(1, 2, 3), cbind(1:3, 1), TRUE,
    c(0, 0, 0)
  )) {
    expect_match(
      class_condition(
        calibration(fit, new, weights = weights), "error", "weights"
      ),
      "`weights`"
    )
  }
})

test_that("tables print and plot", {
  fit <- known_fit(probability)
  new <- data.frame(g = factor(rep(1:3, 4)), y = rep(letters[1:3], each = 4))
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  before <- graphics::par("mar", "mgp", "las")
  for (class in list(NULL, "b")) {
    table <- calibration(fit, new, class)
    expect_output(shown <- withVisible(print(table)), "calibration error 0[.]")
    expect_false(shown$visible)
    expect_identical(shown$value, table)
    expect_invisible(plot(table))
    expect_identical(
      plot(table, main = "m", xlab = "p", ylab = "f", las = 0), table
    )
  }
  expect_identical(graphics::par("mar", "mgp", "las"), before)
  expect_output(print(calibration(fit, new, "b")), "class b")
  expect_output(print(calibration(fit, new)), "most probable class")
  expect_invisible(plot(calibration(fit, new[1, ])))
  expect_error(plot(fit), NA)
})

test_that("scores of other models' probabilities are those of the fit", {
  set.seed(11)
  d <- class_data(80)
  fit <- quietly(sgmoe(y ~ x1 + x2, d, k = 2, ridge = 0.5, starts = 1))
  probability <- predict(fit, type = "prob")
  expect_equal(class_scores(probability, d$y), summary(fit)$scores)
  expect_equal(
    class_scores(probability, d$y, d$w),
    summary(quietly(sgmoe(
      y ~ x1 + x2, d,
      k = 2, ridge = 0.5, start = fit, weights = w, max_passes = 1
    )))$scores,
    tolerance = 0.1
  )
  expect_equal(calibration(probability, d$y), calibration(fit))
  # The columns' order does not matter; of two classes a vector will do.
  expect_equal(
    class_scores(probability[, 3:1], d$y), class_scores(probability, d$y)
  )
  two <- d$y == "a"
  expect_equal(
    class_scores(probability[, "a"], two),
    class_scores(
      cbind(`FALSE` = 1 - probability[, "a"], `TRUE` = probability[, "a"]), two
    )
  )
})

slow_test("probabilities that are none are refused", {
  p <- cbind(a = c(0.2, 0.5), b = c(0.8, 0.5))
  refused <- function(...) class_condition(class_scores(...), "error", "argument")
  expect_match(refused(p, c("a", "z")), "none for \"z\"")
  expect_match(refused(p, "a"), "2 rows.*1 element")
  expect_match(refused(p * 2, c("a", "b")), "sum to one")
  expect_match(refused(unname(p), c("a", "b")), "column names")
  expect_match(refused(p, c("a", NA)), "missing")
  expect_match(
    class_condition(calibration(lm(dist ~ speed, cars), 1), "error", "argument"),
    "matrix"
  )
})

test_that("a bin in which all went one way is not certain", {
  p <- cbind(a = rep(0.95, 5), b = 0.05)
  table <- calibration(p, rep("a", 5))
  expect_equal(table$observed, 1)
  expect_equal(table$low, 7 / 9 - 2 * sqrt(7 / 9 * 2 / 9 / 9))
})
