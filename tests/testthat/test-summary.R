# What print() and summary() show. The snapshots' numbers are rounded to few
# digits and come from groups that do not overlap in y, so that no BLAS and no
# start can change them.

make_data <- function() {
  x <- rep(seq(-2, 2, length.out = 20), 2)
  group <- rep(0:1, each = 20)
  noise <- rep(c(0.1, -0.1, 0.3, -0.3), 10)
  data.frame(
    x = x, y = ifelse(group == 1, 10 + 2 * x, -10 - x) + noise,
    y2 = x + rep(c(0.4, -0.2, -0.5, 0.3, 0.1), 8), truth = group
  )
}
# The number of passes depends on rounding.
no_passes <- function(lines) {
  lines <- gsub("[0-9]+ pass(es)?", "<passes>", lines)
  # The sentence about the rate has two lines.
  lines <- gsub("optimum: .*;$", "optimum: <rate>", lines)
  gsub("about .* is left to gain\\.", "about <gap>.", lines)
}
# Unequal groups: a tie of gate shares would leave the order to rounding.
local_data <- function() make_data()[-(1:4), ]
start_of <- function(data) cbind(1 - data$truth, data$truth)

test_that("print shows model, coefficients, likelihood and how it ended", {
  local_reproducible_output()
  d <- local_data()
  fit <- sgmoe(y ~ x, d, k = 2, gate = ~1, start = start_of(d))
  expect_snapshot(print(fit, digits = 3), transform = no_passes)
  capture.output(shown <- withVisible(print(fit)))
  expect_false(shown$visible)
  expect_identical(shown$value, fit)
})

test_that("print and summary with two responses and one expert", {
  local_reproducible_output()
  d <- local_data()
  fit <- sgmoe(cbind(y, y2) ~ x, d,
    k = 2, gate = ~1, start = start_of(d),
    shared = TRUE
  )
  expect_snapshot(print(fit, digits = 3), transform = no_passes)
  expect_snapshot(print(summary(fit), digits = 3), transform = no_passes)
  expect_snapshot(print(summary(sgmoe(y ~ x, d, k = 1)), digits = 3),
    transform = no_passes
  )
})

slow_test("summary holds what its help page promises", {
  set.seed(61)
  d <- simulate_moe(200, k = 2, p = 1, gate_scale = 2)
  d$x1[3] <- NA
  fit <- sgmoe(y ~ x1, d, k = 2, starts = 2)
  s <- summary(fit)
  expect_s3_class(s, "summary.sgmoe")
  expect_named(s$experts, c("gate_share", "weight", "sigma"))
  expect_equal(sum(s$experts$gate_share), 1)
  expect_equal(sum(s$experts$weight), 199)
  expect_equal(s$experts$sigma, unname(sigma(fit)))
  expect_equal(unname(as.vector(s$gate)), unname(coef(fit, "gate")))
  expect_equal(unname(as.vector(s$expert)), unname(coef(fit, "expert")))
  expect_equal(s$AIC, AIC(fit))
  expect_equal(s$BIC, BIC(fit))
  posterior <- predict(fit, type = "posterior")
  entropy <- -sum(ifelse(posterior > 0, posterior * log(posterior), 0))
  expect_equal(s$ICL, BIC(fit) + 2 * entropy, tolerance = 1e-6)
  expect_identical(s$dropped, 1L)
  # Two starts, and the one that came down from the strong ridge.
  expect_true(s$hits %in% 1:3)
  expect_gt(s$rate, 0)
  expect_lt(s$rate, 1)
  expect_output(print(s), "1 rows? dropped for NA")
  expect_true(is.na(summary(update(fit, model = FALSE))$rate))
})

test_that("the local rate is that of unaccelerated steps", {
  set.seed(62)
  d <- simulate_moe(300, k = 2, p = 1, gate_scale = 1)
  fit <- sgmoe(y ~ x1, d, k = 2, starts = 2, tolerance = 1e-14, ridge = 0)
  # Successive errors of plain steps from a point nearby: some steps away, when
  # the slowest direction is left, and well above rounding.
  near <- coef(fit)
  near[["expert1:x1"]] <- near[["expert1:x1"]] + 0.01
  plain <- function(passes) {
    suppressWarnings(sgmoe(
      y ~ x1, d,
      k = 2, start = near, acceleration = "none", max_passes = passes,
      ridge = 0
    ))
  }
  error <- vapply(c(9, 10), function(passes) {
    sqrt(sum((coef(plain(passes)) - coef(fit))^2))
  }, 0)
  # The Fisher matrix is renewed every few passes only; hence not exact.
  expect_equal(summary(fit)$rate, error[[2]] / error[[1]], tolerance = 0.1)
})

test_that("each end has its sentence", {
  local_reproducible_output()
  d <- local_data()
  fit <- sgmoe(y ~ x, d, k = 2, gate = ~1, start = start_of(d))
  last <- function(fit) {
    paste(utils::tail(capture.output(print(fit)), 2), collapse = " ")
  }
  expect_match(last(fit), "Converged after [0-9]+ passes")
  sentences <- c(
    pass_limit = "Not converged", interrupted = "Interrupted",
    non_finite = "not finite", separated = "no finite estimate"
  )
  for (reason in names(sentences)) {
    fit$reason <- reason
    expect_match(last(fit), sentences[[reason]])
    expect_output(print(summary(fit)), sentences[[reason]])
  }
  fit$floored <- c(TRUE, TRUE)
  expect_output(print(summary(fit)), "Variance at its floor: expert 1, 2")
})

test_that("the calls shown are short, whatever do.call() was given", {
  d <- local_data()[rep(1:36, 30), ]
  fit <- do.call(sgmoe, list(y ~ x,
    data = d, k = 2, gate = ~1,
    start = start_of(d)
  ))
  expect_lt(length(capture.output(print(fit))), 25)
  expect_identical(fit$call$data, quote(data))
})
