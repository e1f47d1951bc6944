# What bad input gets where the response is classes.

test_that("one class is nothing to learn", {
  data <- crossed_classes(40)
  up <- data[data$y == "up", ]
  expect_match(
    class_condition(sgmoe(y ~ x1, up, k = 2), "error", "one_class"),
    "`y` has a single class.*It is \"up\" in all rows used\\."
  )
  expect_match(
    class_condition(
      sgmoe(y ~ x1, data, k = 2, subset = y == "down"), "error", "one_class"
    ),
    "It is \"down\" in all rows used"
  )
  # Rows without weight do not count.
  data$w <- as.numeric(data$y == "up")
  expect_match(
    class_condition(
      sgmoe(y ~ x1, data, k = 2, weights = w), "error", "one_class"
    ),
    "It is \"up\" in all rows .*positive weight"
  )
  data$m <- cbind(a = rep(2, 40), b = 0)
  class_condition(
    sgmoe(m ~ x1, data, k = 2, family = "multinomial"), "error", "one_class"
  )
  class_condition(
    sgmoe(y ~ x1, data[1, ], k = 1), "error", "one_class"
  )
})

test_that("a class without rows is left out, with a warning", {
  data <- shuffled_iris()
  few <- data[data$Species != "virginica", ]
  expect_match(
    class_condition(
      sgmoe(Species ~ Sepal.Length, few, k = 1), "warning", "empty_class"
    ),
    "\"virginica\" of `Species` has no row"
  )
  fit <- suppressWarnings(
    sgmoe(
      Species ~ Sepal.Length, data,
      k = 1, subset = Species != "setosa"
    ),
    classes = "sgmoe_warning_empty_class"
  )
  expect_identical(fit$responses, c("versicolor", "virginica"))
  expect_identical(
    levels(predict(fit, type = "class")), levels(data$Species)
  )
  expect_identical(dim(predict(fit, data)), c(150L, 2L))
  # The class left out is unseen.
  class_condition(
    predict(fit, data, type = "posterior"), "error", "unseen_level"
  )
  # Counts, too; and there a class may be empty in new data.
  set.seed(1)
  counts <- class_data(50)
  counts$m[, "b"] <- 0
  counts <- counts[rowSums(counts$m) > 0, ]
  expect_match(
    class_condition(
      sgmoe(m ~ x1, counts, k = 1, family = "multinomial"),
      "warning", "empty_class"
    ),
    "\"b\" of `m`"
  )
  fit <- suppressWarnings(
    sgmoe(m ~ x1, counts, k = 1, family = "multinomial")
  )
  expect_identical(fit$responses, c("a", "c"))
  expect_length(predict(fit, counts, type = "logdensity"), nrow(counts))
  counts$m[3, "b"] <- 1
  class_condition(
    predict(fit, counts, type = "logdensity"), "error", "unseen_level"
  )
})

slow_test("responses that are no classes", {
  data <- crossed_classes(40)
  data$m <- cbind(a = 1, b = rep(c(1, 2), 20))
  data$c <- data$x1 + 1i
  data$day <- Sys.Date() + 1:40
  data$text <- cbind(as.character(data$y), "a")
  for (name in c("c", "day", "text", "x1")) {
    text <- class_condition(
      sgmoe(reformulate("x2", name), data, k = 2, family = "multinomial"),
      "error", "response_type"
    )
    expect_match(text, paste0("`", name, "`"), label = name)
  }
  expect_match(
    class_condition(
      sgmoe(x1 ~ x2, data, k = 2, family = "multinomial"),
      "error", "response_type"
    ),
    "not whole.*cut\\(\\)"
  )
  data$m[7, 2] <- -1
  expect_match(
    class_condition(
      sgmoe(m ~ x1, data, k = 2, family = "multinomial"), "error", "counts"
    ),
    "`m` must not be negative.*Row 7"
  )
  data$m[7, ] <- 0
  expect_match(
    class_condition(
      sgmoe(m ~ x1, data, k = 2, family = "multinomial"), "error", "counts"
    ),
    "`m`.*positive count.*row 7"
  )
  # NA in one row must not hide a negative count in another.
  data$m[7, ] <- c(NA, 1)
  data$m[9, 1] <- -3
  expect_match(
    class_condition(
      sgmoe(m ~ x1, data, k = 2, family = "multinomial"), "error", "counts"
    ),
    "Row 9"
  )
  data$m[9, 1] <- Inf
  class_condition(
    sgmoe(m ~ x1, data, k = 2, family = "multinomial"), "error", "non_finite"
  )
})

test_that("few rows of many counts are not too few", {
  # A saturated model of a contingency table is an everyday thing.
  table <- data.frame(
    g = factor(1:3), no = c(200, 300, 500), yes = c(500, 100, 200)
  )
  expect_silent(
    fit <- sgmoe(cbind(no, yes) ~ g, table, k = 1, family = "multinomial")
  )
  expected <- glm(cbind(yes, no) ~ g, binomial, table)
  expect_equal(unname(coef(fit)), unname(coef(expected)), tolerance = 1e-6)
  # Three rows with labels are separated by three coefficients.
  few <- data.frame(x = c(1, 3, 2), z = c(0, 1, 5), y = c("a", "b", "a"))
  fit <- NULL
  expect_warning(
    suppressWarnings(
      fit <- sgmoe(y ~ x + z, few, k = 1),
      classes = "sgmoe_warning_separated"
    ),
    class = "sgmoe_warning_overfitted"
  )
  expect_identical(fit$reason, "separated")
})

slow_test("what is for Gaussian experts only", {
  data <- crossed_classes(40)
  for (call in list(
    quote(sgmoe(y ~ x1, data, k = 2, covariance = "diagonal")),
    quote(sgmoe(y ~ x1, data, k = 2, covariance = "full")),
    quote(sgmoe(y ~ x1, data, k = 2, shared = TRUE))
  )) {
    expect_match(
      class_condition(eval(call), "error", "unsupported"),
      "`covariance` or `shared` is not for multinomial experts.*leave"
    )
  }
  fit <- sgmoe(y ~ x1, data, k = 1, ridge = 1)
  expect_null(fit$covariance)
  class_condition(sigma(fit), "error", "unsupported")
  expect_match(
    class_condition(predict(fit, type = "quantile"), "error", "unsupported"),
    "Classes are not numbers"
  )
  class_condition(
    sgmoe(y ~ x1, data, k = 2, family = "gaussian"), "error", "response_type"
  )
})

test_that("an offset has a column for each class", {
  data <- shuffled_iris()
  data$o <- data$w
  data$two <- cbind(data$w, 1)
  data$four <- cbind(data$two, data$two)
  for (name in c("o", "two", "four")) {
    formula <- reformulate(
      c("Sepal.Length", paste0("offset(", name, ")")), "Species"
    )
    expect_match(
      class_condition(sgmoe(formula, data, k = 1), "error", "offset"),
      "one column for each class \\(3\\)"
    )
  }
  # Two classes take one or two columns.
  data <- droplevels(data[data$Species != "setosa", ])
  expect_match(
    class_condition(
      sgmoe(Species ~ Sepal.Width + offset(four), data, k = 1),
      "error", "offset"
    ),
    "one column or one column for each class \\(2\\)"
  )
  data$o <- as.character(data$o)
  class_condition(
    sgmoe(Species ~ Sepal.Width, data, k = 1, offset = o), "error", "offset"
  )
})

test_that("NA in the response follows na.action", {
  data <- shuffled_iris()
  complete <- data[-c(4, 20), ]
  data$Species[c(4, 20)] <- NA
  expected <- sgmoe(Species ~ Sepal.Length, complete, k = 1)
  for (action in list(na.omit, na.exclude, "na.omit")) {
    fit <- sgmoe(Species ~ Sepal.Length, data, k = 1, na.action = action)
    expect_equal(coef(fit), coef(expected))
    expect_equal(nobs(fit), 148)
    expect_identical(fit$dropped, 2L)
  }
  for (action in list(na.fail, na.pass, NULL)) {
    expect_match(
      class_condition(
        sgmoe(Species ~ Sepal.Length, data, k = 1, na.action = action),
        "error", "missing_values"
      ),
      "`Species` (2 rows)",
      fixed = TRUE
    )
  }
  # A row of counts of which one is missing.
  set.seed(1)
  counts <- class_data(60)
  counts$m[5, 2] <- NA
  fit <- sgmoe(m ~ x1, counts, k = 1, family = "multinomial")
  expect_equal(nobs(fit), 59)
  expect_equal(coef(fit), coef(sgmoe(
    m ~ x1, counts[-5, ],
    k = 1, family = "multinomial"
  )))
  expect_identical(
    is.na(predict(fit, counts[4:6, ], type = "logdensity")),
    c(`4` = FALSE, `5` = TRUE, `6` = FALSE)
  )
})

slow_test("infinite covariates, too many experts, bad starts", {
  data <- crossed_classes(40)
  expect_match(
    class_condition(
      sgmoe(y ~ x1, transform(data, x1 = replace(x1, 7, Inf)), k = 2),
      "error", "non_finite"
    ),
    "`x1`.*row 7"
  )
  class_condition(sgmoe(y ~ x1, data, k = 41), "error", "k")
  few <- data.frame(
    y = rep(c("a", "b"), 10), x = rep(1:2, each = 10)
  )
  expect_match(
    class_condition(sgmoe(y ~ x, few, k = 5), "error", "k"),
    "4 distinct rows"
  )
  fit <- sgmoe(y ~ x1, data, k = 1)
  for (start in list(
    coef(fit)[-1], replace(coef(fit), 1, NA), "a", matrix(1, 3, 1)
  )) {
    class_condition(
      sgmoe(y ~ x1, data, k = 1, start = start), "error", "start"
    )
  }
  class_condition(
    sgmoe(x1 ~ x2, data, k = 1, start = fit), "error", "start"
  )
})

test_that("counts are checked in new data, too", {
  set.seed(9)
  d <- data.frame(x = rnorm(30))
  d$m <- cbind(u = rpois(30, 3) + 1, v = rpois(30, 2))
  fit <- sgmoe(m ~ x, d, k = 1, family = "multinomial")
  new <- d[1:2, ]
  new$m[2, "u"] <- -1
  for (type in c("posterior", "logdensity")) {
    expect_match(
      class_condition(predict(fit, new, type = type), "error", "counts"),
      "Row 2"
    )
  }
  class_condition(calibration(fit, new), "error", "counts")
})

test_that("an indicator matrix may be logical", {
  d <- data.frame(x = c(1:6, 3), z = c(TRUE, FALSE, TRUE, TRUE, FALSE, FALSE, TRUE))
  one <- sgmoe(cbind(a = z, b = !z) ~ x, d, k = 1, family = "multinomial")
  other <- sgmoe(factor(z, c(TRUE, FALSE)) ~ x, d, k = 1)
  expect_equal(unname(coef(one)), unname(coef(other)))
})

test_that("a class without weight is named, not called separated", {
  condition <- class_condition(
    sgmoe(
      Species ~ Sepal.Width, iris,
      k = 1, weights = as.numeric(Species != "virginica"), ridge = 0.1
    ),
    "warning", "empty_class"
  )
  expect_match(condition, "virginica.*positive weight.*subset")
})

test_that("predicted classes have the order and the levels of the data", {
  data <- crossed_classes(60)
  data$o <- factor(data$y, c("up", "down", "never"), ordered = TRUE)
  fit <- suppressWarnings(sgmoe(o ~ x1, data, k = 2, ridge = 1, starts = 1))
  predicted <- predict(fit, data, type = "class")
  expect_s3_class(predicted, "ordered")
  expect_identical(levels(predicted), levels(data$o))
  # A class without rows has no probability.
  expect_identical(colnames(predict(fit, data)), c("up", "down"))
  expect_identical(
    as.character(predicted),
    c("up", "down")[max.col(predict(fit, data), "first")]
  )
  expect_identical(augment(fit)$.class, unname(predicted))
  plain <- sgmoe(y ~ x1, data, k = 2, ridge = 1, starts = 1)
  expect_false(is.ordered(predict(plain, data, type = "class")))
  stream <- quietly(sgmoe_stream(o ~ x1, data, k = 2, ridge = 1, starts = 1))
  predicted <- predict(stream, data, type = "class")
  expect_identical(levels(predicted), levels(data$o))
  expect_s3_class(predicted, "ordered")
})

test_that("warnings of empty classes are grammatical", {
  data <- crossed_classes(60)
  warned <- function(levels, ...) {
    data$y <- factor(data$y, c("up", "down", levels))
    class_condition(
      sgmoe(y ~ x1, data, k = 1, ...), "warning", "empty_class"
    )
  }
  expect_match(
    warned("a"), "Class \"a\" of `y` has no row and is left out"
  )
  expect_match(
    warned(c("a", "b")),
    "Classes \"a\" and \"b\" of `y` have no row and are left out"
  )
  few <- iris
  few$w <- as.numeric(few$Species != "setosa")
  expect_match(
    class_condition(
      sgmoe(Species ~ Sepal.Width, few, k = 1, weights = w, ridge = 0.1),
      "warning", "empty_class"
    ),
    "Class \"setosa\" of `Species` has no row.*: its coefficients have"
  )
})

test_that("binomial() is for two classes", {
  for (family in list(binomial(), binomial, "binomial")) {
    text <- class_condition(
      sgmoe(Species ~ Sepal.Width, iris, k = 1, family = family),
      "error", "response_type"
    )
    expect_match(text, "has 3.*\"virginica\".*\"multinomial\".*Species != \"setosa\"")
  }
  class_condition(
    sgmoe_stream(Species ~ Sepal.Width, iris, k = 1, family = binomial),
    "error", "response_type"
  )
  class_condition(
    sgmoe(Species ~ Sepal.Width, frame_source(iris, 40), k = 1, family = binomial),
    "error", "response_type"
  )
  counts <- data.frame(a = 1:4, b = 4:1, c = 1, x = 1:4)
  class_condition(
    sgmoe(cbind(a, b, c) ~ x, counts, k = 1, family = binomial),
    "error", "response_type"
  )
  # Two of them are what glm() fits, the others being left out.
  two <- iris[51:150, ]
  fit <- suppressWarnings(
    sgmoe(Species ~ Sepal.Width, two, k = 1, family = binomial, ridge = 0)
  )
  expect_equal(
    unname(coef(fit)), unname(coef(glm(Species == "virginica" ~ Sepal.Width, binomial, two))),
    tolerance = 1e-5
  )
  two$share <- 0.25
  expect_match(
    class_condition(
      sgmoe(share ~ Sepal.Width, two, k = 1, family = binomial), "error", "response_type"
    ),
    "cbind\\(successes, failures\\)"
  )
})
