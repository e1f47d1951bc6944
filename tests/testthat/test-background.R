# Outliers are no experts.

# Two lines; of the rows in `bad`, wide noise takes the response's place.
noisy_lines <- function(seed = 1, n = 600, share = 0.05) {
  set.seed(seed)
  data <- simulate_moe(
    n, 2,
    p = 1, sigma = 0.4, gate = cbind(c(0, -3), c(0, 3)),
    mean = cbind(c(2, 2), c(-2, 1))
  )
  bad <- seq_len(n * share)
  data$y[bad] <- 8 * stats::rt(length(bad), 2)
  line <- attr(data, "truth")$mean
  own <- cbind(1, data$x1) %*% line
  # How far off both lines, in standard deviations.
  data$off <- apply(abs(data$y - own), 1, min) / 0.4
  data$bad <- seq_len(n) %in% bad
  data$w <- stats::runif(n, 0.5, 2)
  data
}

# A selection and whether it told of a background.
told <- function(expression) {
  message <- FALSE
  result <- withCallingHandlers(
    expression,
    sgmoe_message_background = function(condition) {
      message <<- TRUE
      invokeRestart("muffleMessage")
    }
  )
  list(result = result, message = message)
}

slow_test("heavy-tailed noise does not count as experts", {
  # In 12 and 14 both tails have an expert: one of them in the background does
  # not pay.
  for (seed in c(1, 2, 3, 12, 14)) {
    data <- noisy_lines(seed)
    set.seed(1)
    with <- told(select_experts(y ~ x1, data, k_max = 6))
    set.seed(1)
    without <- told(quietly(
      select_experts(y ~ x1, data, k_max = 6, background = FALSE)
    ))
    found <- with$result
    expect_true(with$message)
    expect_false(without$message)
    expect_equal(found$k, 2)
    expect_gt(without$result$k, 2)
    expect_null(without$result$background)
    # The path is that of the model without a background.
    expect_identical(found$path, without$result$path)
    own <- found$background
    expect_named(
      own, c("share", "location", "scale", "df", "weights", "value")
    )
    expect_lt(abs(own$share - 0.05), 0.025)
    expect_lt(own$value, min(found$path$HQ))
    expect_length(own$weights, 600)
    expect_true(all(own$weights >= 0 & own$weights <= 1))
    expect_equal(mean(1 - own$weights), own$share, tolerance = 1e-2)
    expect_lt(max(own$weights[data$bad & data$off > 6]), 0.1)
    expect_gt(stats::quantile(own$weights[!data$bad], 0.02), 0.5)
    expect_gt(mean(own$weights[!data$bad]), 0.97)
    expect_gte(own$scale, 2 * max(sigma(found)) * 0.99)
    # The fit knows of the background by its weights alone.
    fit <- as_sgmoe(found)
    expect_true(fit$converged)
    expect_equal(unname(weights(fit)), unname(own$weights))
    expect_identical(names(own$weights), rownames(data))
    expect_equal(nobs(fit), sum(own$weights))
    expect_lt(max(abs(sigma(fit) - 0.4)), 0.06)
    # The tree is that of models without a background.
    expect_null(found$dendrogram$selected)
  }
})

slow_test("clean data have no background, and nothing changes", {
  set.seed(2)
  three <- simulate_moe(
    600, 3,
    p = 1, sigma = 0.4, gate = cbind(c(0, -4), c(1, 0), c(0, 4)),
    mean = cbind(c(3, 2), c(0, -3), c(-3, 2))
  )
  for (data in list(noisy_lines(3, share = 0), three)) {
    select <- function(background) {
      set.seed(1)
      found <- told(
        select_experts(y ~ x1, data, k_max = 6, background = background)
      )
      expect_false(found$message)
      found$result
    }
    with <- select(TRUE)
    without <- select(FALSE)
    expect_null(with$background)
    same <- c("k", "path", "criterion", "dendrogram")
    expect_identical(with[same], without[same])
    expect_identical(coef(with), coef(without))
    expect_identical(with$trace, without$trace)
  }
})

slow_test("case weights and those of the background multiply", {
  data <- noisy_lines(2)
  set.seed(1)
  found <- told(select_experts(y ~ x1, data, k_max = 5, weights = w))$result
  expect_equal(found$k, 2)
  expect_equal(
    unname(weights(found)), data$w * unname(found$background$weights)
  )
  expect_equal(
    sum(data$w * (1 - found$background$weights)) / sum(data$w),
    found$background$share,
    tolerance = 1e-2
  )
})

slow_test("the background moves with the units of the response", {
  data <- noisy_lines(5)
  set.seed(1)
  fit <- quietly(sgmoe(y ~ x1, data, 5, starts = 1, ridge = 0))
  scaled <- transform(data, y = 1e3 * y + 7)
  atoms <- lapply(hand_atoms(coef(fit), fit), function(atom) {
    atom$intercept <- 1e3 * atom$intercept + 7
    atom$slope <- 1e3 * atom$slope
    atom$covariance <- 1e6 * atom$covariance
    atom
  })
  other <- fit_at(y ~ x1, scaled, hand_coefficients(atoms, fit), 5)
  other$control <- fit$control
  one <- told(select_experts(fit))$result
  two <- told(select_experts(other))$result
  expect_identical(two$k, one$k)
  expect_equal(
    two$background$weights, one$background$weights,
    tolerance = 1e-3
  )
  expect_equal(
    two$background$share, one$background$share,
    tolerance = 1e-3
  )
  expect_equal(
    unname(two$background$location), unname(1e3 * one$background$location + 7),
    tolerance = 1e-3
  )
  expect_equal(
    unname(two$background$scale), unname(1e3 * one$background$scale),
    tolerance = 1e-3
  )
  expect_equal(two$background$df, one$background$df, tolerance = 1e-2)
  expect_equal(
    two$background$value, one$background$value + 2 * 600 * log(1e3),
    tolerance = 1e-5
  )
})

# The likelihood of a row is (1 - e) f + e g, g a t density.
slow_test("criterion and weights are those of the mixture with a t density", {
  data <- noisy_lines(6)
  set.seed(1)
  fit <- quietly(sgmoe(y ~ x1, data, 4, starts = 1))
  rule <- check_selection_rule(
    "BIC", TRUE, NULL, TRUE, "intercept", TRUE
  )
  problem <- tree_problem(fit, NULL, rule)
  level <- evaluate_level(problem, fit$parameters, fit$control)
  found <- replace_by_background(
    problem, level, "BIC", BIC(fit), fit$control
  )
  own <- describe_background(problem, found, fit$control)
  k <- found$level$k
  coefficients <- user_coefficients(
    found$level$parameters, with_experts(problem$spec, k)
  )
  density <- exp(reference_log_sum_exp(
    hand_joint(hand_atoms(coefficients, fit), fit)
  ))
  outside <- stats::dt((data$y - own$location) / own$scale, own$df) / own$scale
  mixture <- (1 - own$share) * density + own$share * outside
  # Share, location, scale and degrees of freedom are parameters, too.
  df <- length(coefficients) + 4
  expect_equal(
    own$value, -2 * sum(log(mixture)) + log(600) * df,
    tolerance = 1e-8
  )
  expect_equal(
    unname(own$weights), (1 - own$share) * density / mixture,
    tolerance = 1e-8
  )
})

slow_test("several responses have one background", {
  set.seed(7)
  data <- noisy_lines(7)
  data$z <- data$x1 + 0.3 * stats::rnorm(600)
  data$z[data$bad] <- 6 * stats::rt(sum(data$bad), 2)
  set.seed(1)
  found <- told(select_experts(cbind(y, z) ~ x1, data, k_max = 5))
  expect_true(found$message)
  expect_equal(found$result$k, 2)
  own <- found$result$background
  expect_length(own$location, 2)
  expect_length(own$scale, 2)
  expect_length(own$df, 1)
  expect_lt(mean(own$weights[data$bad & data$off > 6]), 0.05)
})

test_that("classes have no background, nor has DSC", {
  data <- shuffled_iris()
  set.seed(1)
  found <- told(select_quietly(Species ~ Petal.Length, data, k = 3))
  expect_null(found$result$background)
  expect_false(found$message)
  set.seed(1)
  found <- told(
    select_quietly(y ~ x1, noisy_lines(8), k = 5, criterion = "DSC")
  )
  expect_null(found$result$background)
})
