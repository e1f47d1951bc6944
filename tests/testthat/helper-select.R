# Selections for the tests.

# Up to three lines that the gate tells apart.
clear_data <- function(n = 600, k = 3, seed = 1) {
  set.seed(seed)
  used <- seq_len(k)
  simulate_moe(
    n, k,
    p = 1, sigma = 0.4,
    gate = cbind(c(0, -4), c(1, 0), c(0, 4))[, used, drop = FALSE],
    mean = cbind(c(3, 2), c(0, -3), c(-3, 2))[, used, drop = FALSE]
  )
}

# What must not change; calls and settings aside.
outcome <- function(selection) {
  serialize(list(
    selection$k, selection$path, coef(selection),
    logLik(selection), selection$background,
    selection$dendrogram[c("merge", "height", "selected")]
  ), NULL)
}
