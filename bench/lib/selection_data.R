# Settings with a known number of experts.

uniform_covariates <- function(n, p) {
  covariates <- as.data.frame(matrix(stats::runif(n * p), n))
  stats::setNames(covariates, paste0("x", seq_len(p)))
}

# Experiments 5 and 6 of arXiv:2510.12744.
truth_5 <- list(
  gate = cbind(c(-8, 25), 0), mean = cbind(c(15, -20), c(-5, 20)),
  sigma = c(0.3, 0.4)
)
truth_6 <- list(
  gate = cbind(c(0.3, 1, -1), c(0.5, 1, 0.5), 0),
  mean = cbind(c(0.5, 1.5, 0.9), c(0.5, 0.6, 0.5), c(0.5, 1.1, -0.3)),
  sigma = c(0.2, 0.3, 0.2)
)

draw_gaussian <- function(truth) {
  function(n) {
    simulate_moe(n, ncol(truth$gate),
      gate = truth$gate, mean = truth$mean, sigma = truth$sigma,
      covariates = uniform_covariates(n, nrow(truth$gate) - 1)
    )
  }
}

# Five percent of the responses are replaced by noise without finite variance
# (t, 2 degrees of freedom), three standard deviations wide.
contaminated <- function(draw) {
  function(n) {
    data <- draw(n)
    noise <- stats::runif(n) < 0.05
    data$y[noise] <- mean(data$y) +
      3 * stats::sd(data$y) * stats::rt(sum(noise), 2)
    data
  }
}

# One expert: a regression on two covariates.
draw_one <- function(n) {
  simulate_moe(n, 1,
    gate = matrix(0, 3, 1), mean = cbind(c(0.5, 1, 0.5)), sigma = 0.3,
    covariates = uniform_covariates(n, 2)
  )
}

# Three classes, two normal covariates.
draw_classes_2 <- function(n) {
  simulate_moe(n, 2,
    family = "multinomial", classes = 3,
    gate = cbind(c(0.5, 2, -1), 0),
    mean = cbind(
      c(1, 2, 0), c(-1, -1, 1), 0,
      c(0, -2, 1), c(1, 1, -2), 0
    )
  )
}
draw_classes_3 <- function(n) {
  simulate_moe(n, 3,
    family = "multinomial", classes = 3,
    gate = cbind(c(0, 3, 0), c(0, -1.5, 3), c(0, -1.5, -3)),
    mean = cbind(
      c(1, 2, 0), c(-1, -1, 2), 0,
      c(0, -2, 2), c(1, 1, -2), 0,
      c(-1, 1, -2), c(1, 0, 2), 0
    )
  )
}

settings <- list(
  experiment_5 = list(draw = draw_gaussian(truth_5), k = 4, truth = 2),
  experiment_5_wide = list(draw = draw_gaussian(truth_5), k = 8, truth = 2),
  experiment_6 = list(draw = draw_gaussian(truth_6), k = 5, truth = 3),
  experiment_6_wide = list(draw = draw_gaussian(truth_6), k = 8, truth = 3),
  contaminated_5 = list(
    draw = contaminated(draw_gaussian(truth_5)), k = 4, truth = 2
  ),
  contaminated_6 = list(
    draw = contaminated(draw_gaussian(truth_6)), k = 5, truth = 3
  ),
  one_expert = list(draw = draw_one, k = 5, truth = 1),
  classes_2 = list(draw = draw_classes_2, k = 5, truth = 2),
  classes_3 = list(draw = draw_classes_3, k = 5, truth = 3)
)
