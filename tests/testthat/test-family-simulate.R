# Simulated data of any family (helper-families.R).

test_families("the simulator's truth is the truth", function(case) {
  for (k in 1:3) {
    set.seed(2)
    data <- do.call(simulate_moe, c(
      list(400, k, p = 2, family = case$name), case$simulated
    ))
    truth <- attr(data, "truth")
    x <- cbind(1, data$x1, data$x2)
    gate <- softmax_rows(x %*% truth$gate)
    # Densities and expected values by formulas, n x K
    hand <- case$simulated_by_hand(data, x, truth)
    expect_equal(
      truth$log_likelihood, sum(log(rowSums(gate * hand$density)))
    )
    expect_true(all(truth$expert %in% seq_len(k)))
    own <- cbind(seq_len(400), truth$expert)
    # Experts are drawn by the gate, responses by the expert: sums of residuals
    # are within five standard deviations.
    drawn <- diag(k)[truth$expert, , drop = FALSE] - gate
    expect_true(all(
      abs(colSums(drawn)) <= 5 * sqrt(colSums(gate * (1 - gate))) + 1e-9
    ))
    residual <- (hand$value - hand$mean[own]) / sqrt(hand$variance[own])
    expect_lt(abs(sum(residual)), 5 * sqrt(400))
    expect_lt(abs(mean(residual^2) - 1), 5 * sqrt(mean(residual^4) / 400))
  }
})
