# Experts on one repeated value of the response: marked, and not chosen for the
# density that they have there.

set.seed(1)
rows <- 400
data <- data.frame(x = stats::rnorm(rows))
data$y <- ifelse(data$x > 0, 7 + data$x, 4 - 2 * data$x) + stats::rnorm(rows) / 3
data$y[stats::runif(rows) < 0.2] <- 0
fit <- quiet(sgmoe(y ~ x, data, k = 3, starts = 2))

test_that("an expert is marked if nearly all of its rows have one value", {
  posterior <- predict(fit, type = "posterior")
  at_zero <- colSums(posterior[data$y == 0, ]) / colSums(posterior)
  expect_identical(fit$point_mass, unname(at_zero >= 0.95))
  expect_identical(sum(fit$point_mass), 1L)
  expect_identical(
    relabel(fit, 3:1)$point_mass, rev(fit$point_mass)
  )
  expect_match(
    paste(utils::capture.output(summary(fit)), collapse = " "),
    paste0("Point mass, on one value of the response: expert ", which(fit$point_mass))
  )
  # The same in other units.
  other <- transform(data, y = 100 - 1000 * y)
  again <- quiet(sgmoe(y ~ x, other, k = 3, start = posterior))
  expect_identical(again$point_mass, fit$point_mass)
})

test_that("an expert that fits closely, but many values, is none", {
  own <- getFromNamespace("experts_on_one_value", "sgmoe")
  posterior <- cbind(data$y == 0, data$y != 0) + 0
  expect_identical(own(cbind(data$y), posterior), c(TRUE, FALSE))
  # A tenth of its weight elsewhere.
  zeros <- sum(data$y == 0)
  posterior[which(data$y != 0)[seq_len(ceiling(zeros / 9))], 1] <- 1
  expect_identical(own(cbind(data$y), posterior), c(FALSE, FALSE))
  # Rows without weight do not count.
  expect_identical(
    own(cbind(data$y), posterior, as.numeric(data$y == 0)), c(TRUE, FALSE)
  )
  expect_identical(own(cbind(stats::rnorm(9), rep(1, 9)), matrix(1, 9, 1)), FALSE)
  expect_identical(own(cbind(stats::rnorm(99), rep(1, 99)), matrix(1, 99, 1)), TRUE)
  flat <- quiet(sgmoe(dist ~ speed, cars, k = 2, starts = 1))
  expect_identical(flat$point_mass, c(FALSE, FALSE))
  expect_identical(
    quiet(sgmoe(Species ~ ., iris, k = 2, starts = 1))$point_mass,
    c(FALSE, FALSE)
  )
})

slow_test("many zeros beside one regression are one more expert, not many", {
  for (seed in 1:2) {
    set.seed(seed)
    x <- stats::runif(500)
    y <- ifelse(
      stats::runif(500) < 0.2, 0, 1 + 2 * x + stats::rnorm(500, 0, 0.3)
    )
    found <- quiet(select_experts(y ~ x, data.frame(x, y), k_max = 8))
    expect_lte(found$k, 3) # as what the regression lacks was paid for: all of them
    expect_identical(sum(found$point_mass), 1L)
  }
})

slow_test("criteria give a point mass the variance of the other experts", {
  grep_sigma <- function(x) x[grepl("(sigma)", names(x), fixed = TRUE)]
  set.seed(3)
  selection <- quiet(select_experts(y ~ x, data, k_max = 4, background = FALSE))
  path <- selection$path
  owed <- path$logLik - (2 * path$df - path$AIC) / 2
  expect_identical(owed[[1]], 0)
  expect_equal(owed, path$logLik - (log(rows) * path$df - path$BIC) / 2)
  # The usual variance is that of the others in the smallest level that has a mass;
  # nearly all zeros are of the narrow expert.
  zeros <- sum(data$y == 0)
  sigma_of <- function(k) sort(grep_sigma(coef(selection$dendrogram, k)))
  usual <- vapply(3:4, function(k) {
    sigma_of(k)[[1]] * exp(owed[[k]] / zeros)
  }, 0)
  expect_equal(usual[[2]], usual[[1]], tolerance = 0.02)
  if (owed[[2]] == 0) {
    others <- sqrt(mean(sigma_of(3)[2:3]^2))
  } else {
    others <- sigma_of(2)[[2]]
  }
  expect_equal(usual[[1]], others, tolerance = 0.1)
  # Two regimes beside what is at zero.
  expect_identical(sum(!selection$point_mass), 2L)
  # Units do not matter.
  other <- transform(data, y = 1e4 * y)
  set.seed(3)
  again <- quiet(select_experts(y ~ x, other, k_max = 4, background = FALSE))
  expect_equal(diff(again$path$HQ), diff(path$HQ), tolerance = 1e-4)
  expect_match(
    paste(utils::capture.output(print(selection)), collapse = " "), "Point mass"
  )
})

test_that("whoever looks at a fit or a score is told of a point mass", {
  shown <- function(x) paste(utils::capture.output(print(x)), collapse = " ")
  expect_match(shown(fit), "Point mass, on one value of the response: expert")
  mostly <- transform(data, y = ifelse(x < 0.4, 0, y))
  set.seed(1)
  expect_warning(
    suppressMessages(sgmoe(y ~ 1, mostly, k = 2, starts = 2, ridge = 0)),
    "sits on one repeated value",
    class = "sgmoe_warning_floored"
  )
  tuned <- quiet(tune_experts(y ~ x, data, k = 1:2, ridge = 0.1, folds = 2, starts = 1))
  expect_identical(
    any(tuned$point_mass),
    grepl("an expert is a point mass, whose density has no bound", shown(tuned))
  )
  # A walk over many experts has such experts, too.
  set.seed(1)
  expect_message(
    suppressWarnings(select_experts(y ~ x, data, k_max = 2)),
    class = "sgmoe_message_discrete"
  )
  expect_no_message(
    select_experts(y ~ x, data, k_max = 1),
    class = "sgmoe_message_discrete"
  )
})
