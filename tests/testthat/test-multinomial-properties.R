# Properties of multinomial experts that no other family has.

test_that("the order of classes does not matter", {
  case <- family_case("multinomial")
  good <- case$good()
  fit <- precise(case, good)
  for (levels in list(c("c", "a", "b"), c("b", "a", "c"))) {
    moved <- good
    moved$data$y <- factor(good$data$y, levels)
    other <- precise(case, moved)
    expect_lt(abs(logLik(other) - logLik(fit)) / 800, 1e-8)
    expect_identical(colnames(predict(other)), levels)
    expect_equal(
      predict(other)[, c("a", "b", "c")], predict(fit),
      tolerance = 1e-6
    )
    expect_identical(
      as.character(predict(other, type = "class")),
      as.character(predict(fit, type = "class"))
    )
    # The reference class is another; differences of log-odds are the same.
    slope <- function(fit, class) {
      name <- paste0("expert1[", class, "]:x2")
      if (name %in% names(coef(fit))) coef(fit)[[name]] else 0
    }
    expect_equal(
      slope(other, "a") - slope(other, "c"), slope(fit, "a") - slope(fit, "c"),
      tolerance = 1e-5
    )
  }
})

test_that("indicators are labels, and a row of counts comes from one expert", {
  case <- family_case("multinomial")
  good <- case$good()
  labels <- precise(case, good)
  good$data$m <- diag(3)[good$data$y, ]
  colnames(good$data$m) <- c("a", "b", "c")
  counts <- precise(case, good, formula = m ~ x1 + x2)
  expect_lt(abs(logLik(counts) - logLik(labels)) / 800, 1e-10)
  expect_equal(coef(counts), coef(labels), tolerance = 1e-6)
  expect_equal(predict(counts), predict(labels), tolerance = 1e-7)
  # Twice the same label is not two independent rows where k > 1 ...
  good$data$m <- 2 * good$data$m
  double <- precise(case, good, formula = m ~ x1 + x2, ridge = 1)
  twice <- precise(case, rows_of(good, rep(1:800, 2)), ridge = 1)
  expect_equal(nobs(double), 800)
  expect_equal(nobs(twice), 1600)
  expect_gt(abs(logLik(double) - logLik(twice)), 1)
  # ... but its density is known.
  hand <- probabilities_by_hand(
    double, model.matrix(~ x1 + x2, good$data),
    model.matrix(~ x1 + x2, good$data)
  )
  own <- vapply(1:2, function(k) {
    hand$expert[cbind(1:800, as.integer(good$data$y), k)]^2
  }, numeric(800))
  expect_equal(
    c(logLik(double)), sum(log(rowSums(hand$gate * own))),
    tolerance = 1e-9
  )
})

test_that("the problems of the battery have labels and counts, offsets, few and many classes", {
  problems <- class_problems()
  count <- function(has) sum(vapply(problems, has, NA))
  expect_identical(count(function(one) ncol(one$data$response$values) > 1), 5L)
  expect_identical(count(function(one) !is.null(one$data$offset)), 3L)
  expect_setequal(vapply(problems, function(one) one$model$experts, 0), 1:4)
  expect_setequal(
    vapply(problems, function(one) one$model$responses, 0L), 2:5
  )
})

test_that("a fit of other classes is no start", {
  good <- good_classes()
  fit <- quietly(sgmoe(
    y ~ x1 + x2, good$data,
    k = 2, start = good$start, max_passes = 5
  ))
  good$data$z <- factor(good$data$y, labels = c("a", "b", "d"))
  expect_match(
    class_condition(
      sgmoe(z ~ x1 + x2, good$data, k = 2, start = fit), "error", "start"
    ),
    "expert1\\[d\\]:"
  )
})
