slow_test("an expert that fits a few rows exactly does not outlive the others", {
  # The price of homes is capped at 50: an expert can take just these. Walks that
  # kept it to the end had nothing left to choose but one expert.
  chosen <- vapply(c(4, 8, 9, 10, 11), function(seed) {
    set.seed(seed)
    selection <- suppressMessages(quietly(select_experts(
      medv ~ lstat + rm, MASS::Boston
    )))
    expect_false(all(selection$path$spurious[-1L]))
    selection$k
  }, 0)
  expect_true(all(chosen > 1))
})

slow_test("of two ways to merge the likelier is taken", {
  set.seed(1)
  data <- simulate_moe(600, 3,
    p = 1, sigma = 0.4, gate = cbind(c(0, -6), c(2, 0), c(0, 6)),
    mean = cbind(c(3, 2), c(0, -3), c(-3, 2))
  )
  fit <- quietly(sgmoe(y ~ x1, data, k = 5, starts = 1))
  rule <- list(dissimilarity = "likelihood", refine = FALSE)
  problem <- tree_problem(fit, NULL, rule)
  level <- evaluate_level(problem, fit$parameters, fit$control)
  after <- with_experts(problem, 4)
  value <- function(parameters) {
    evaluate_parameters(after, parameters, fit$control)$objective
  }
  wins <- apply(utils::combn(5, 2), 2, function(pair) {
    one <- function(weights) {
      value(core_merge(
        spec_model(fit$spec), level$parameters, weights,
        pair[[1L]], pair[[2L]], TRUE
      ))
    }
    ways <- c(one(level$expert_weight), one(numeric()))
    better <- better_merge(problem, after, level, pair, fit$control)
    expect_equal(value(better), max(ways), tolerance = 1e-8)
    which.max(ways)
  })
  # Each way is the better one somewhere: it does matter which is taken.
  expect_setequal(wins, 1:2)
})
