# The order of experts is a matter of labels alone.

make_fit <- function(...) {
  set.seed(51)
  data <- simulate_moe(150, k = 3, p = 2, gate_scale = 2)
  data$y2 <- data$x1 + rnorm(150)
  sgmoe(data = data, k = 3, starts = 2, ridge = 0.1, ...)
}

slow_test("what is no permutation is refused", {
  fit <- make_fit(y ~ x1)
  for (order in list(
    c(1, 1, 2), 1:2, 1:4, "a", NA, c(NA, 1, 2), c(1, 2, 3.5),
    numeric(), NULL, list(1, 2, 3)
  )) {
    expect_error(relabel(fit, order), "`order` must be a permutation.*1 to 3",
      class = "sgmoe_error_order"
    )
  }
})
