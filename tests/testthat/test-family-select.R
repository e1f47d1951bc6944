# How many experts, of any family (helper-families.R).

test_families("the number of experts is found, one included", slow = TRUE, function(case) {
  for (truth in case$selected) {
    for (seed in 1:3) {
      for (criterion in case$selected_with) {
        data <- case$selection(truth, seed)
        set.seed(seed)
        found <- select_experts(
          case$selected_by, data,
          k_max = 5, criterion = criterion, ridge = 0.1, family = case$name
        )
        expect_equal(found$k, truth, info = paste(truth, seed, criterion))
      }
    }
  }
})

test_families("criteria are those of likelihood, parameters, rows and entropy", function(case) {
  for (fit in merge_fits(case)) {
    weights <- if (is.null(weights(fit))) 1 else weights(fit)
    found <- select_quietly(fit, background = FALSE)
    path <- found$path
    n <- nobs(fit)
    for (k in seq_len(fit$k)) {
      at <- coef(found$dendrogram, k)
      joint <- hand_joint(hand_atoms(at, fit), fit)
      density <- reference_log_sum_exp(joint)
      tau <- exp(joint - density)
      entropy <- -sum(weights * ifelse(tau > 0, tau * log(tau), 0))
      loss <- -2 * sum(weights * density)
      df <- length(at)
      hand <- c(
        loss / -2, df, loss + 2 * df, loss + 3 * df * log(log(n)),
        loss + df * log(n), loss + df * log(n) + 2 * entropy
      )
      columns <- c("logLik", "df", "AIC", "HQ", "BIC", "ICL")
      expect_equal(
        unlist(path[k, columns], use.names = FALSE), hand,
        tolerance = 1e-8
      )
    }
    # The first level is the fit that was given.
    tau <- predict(fit, type = "posterior")
    entropy <- -sum(weights * ifelse(tau > 0, tau * log(tau), 0))
    expect_equal(path$AIC[[fit$k]], AIC(fit), tolerance = 1e-10)
    expect_equal(path$BIC[[fit$k]], BIC(fit), tolerance = 1e-10)
    expect_equal(
      path$ICL[[fit$k]], BIC(fit) + 2 * entropy,
      tolerance = 1e-10
    )
  }
})

test_families("a row of weight two is two rows", function(case) {
  data <- merge_data()
  data$w <- rep(c(2, 1, 2), 50)
  set.seed(3)
  formula <- case$merges[[1L]][[1L]]
  weighted <- rough_fit(
    formula, data, 4,
    weights = w, passes = 20, family = case$name
  )
  weighted <- fit_at(
    formula, data, coef(weighted), 4,
    weights = w, family = case$name
  )
  rows <- data[rep(seq_len(150), data$w), ]
  repeated <- fit_at(formula, rows, coef(weighted), 4, family = case$name)
  for (refine in c(FALSE, TRUE)) {
    one <- select_quietly(weighted, refine = refine)
    two <- select_quietly(repeated, refine = refine)
    expect_identical(two$k, one$k)
    expect_equal(two$path, one$path, tolerance = 1e-6)
    expect_identical(two$dendrogram$merge, one$dendrogram$merge)
  }
})

test_families("any number of threads gives the same selection, bit for bit", slow = TRUE, function(case) {
  data <- case$clear(6000)
  if (is_in_units(case)) { # with outliers, which get a background
    data$y[1:200] <- data$y[1:200] + 30 * (-1)^(1:200)
  }
  select <- function(threads) {
    set.seed(1)
    outcome(suppressMessages(select_quietly(
      y ~ x1 + x2, data,
      k_max = 4, threads = threads, family = case$name
    )))
  }
  one <- select(1)
  expect_identical(select(2), one)
  expect_identical(select(5), one)
})
