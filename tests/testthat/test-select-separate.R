# Levels of few experts have two routes; how many experts are separate.

skewed_data <- function(n) {
  x <- runif(n, -1, 1)
  data.frame(x, y = 1 + 2 * x + (0.2 + 0.8 * (x > 0)) * (rexp(n) - 1))
}

test_that("levels of two and three experts are the better of two routes", {
  set.seed(901)
  for (data in list(quakes[1:400, ], transform(quakes, long = rev(long)))) {
    control <- sgmoe_control(progress = FALSE)
    rule <- check_selection_rule(
      "HQ", TRUE, NULL, TRUE, "intercept", FALSE
    )
    request <- fit_request(
      mag ~ depth + lat + long, data,
      k = 1, control = control, settings = list(ridge = 0)
    )
    problem <- with_experts(prepare_fit(request)$problem, 5)
    problem <- walk_problem(problem)
    run <- fit_overfitted(problem, request$control, NULL)
    walked <- merge_path(problem, run$parameters, rule, request$control)
    both <- second_route(walked, problem, rule, request$control, NULL)
    for (at in seq_along(walked$levels)) {
      before <- walked$levels[[at]]
      after <- both$levels[[at]]
      if (!identical(before, after)) {
        expect_true(after$k %in% 2:3)
        expect_true(better_level(after, before, with_experts(problem, after$k)))
        expect_length(after$gate_share, after$k)
        # What is said of a level is true of its parameters.
        again <- evaluate_level(
          with_experts(problem, after$k), after$parameters, request$control
        )
        expect_equal(again[names(after)], after, tolerance = 1e-10)
      }
    }
    level_values <- vapply(both$levels, `[[`, 0, "log_likelihood")
    heights <- vapply(both$merges, `[[`, 0, "height")
    expect_equal(heights, -diff(level_values) / problem$weight)
  }
})

test_that("a level's experts take the order of another's", {
  set.seed(902)
  data <- simulate_moe(300, k = 3, p = 1, gate_scale = 3)
  fit <- sgmoe(y ~ x1, data, k = 3, starts = 1, ridge = 0.1)
  problem <- fitted_problem(fit)
  level <- evaluate_level(problem, fit$parameters, fit$control)
  for (order in list(c(2L, 3L, 1L), c(3L, 2L, 1L))) {
    other <- level
    other$parameters <- permute_parameters(level$parameters, order)
    other <- evaluate_level(problem, other$parameters, fit$control)
    expect_equal(match_level(other, level, problem, fit$control), level)
  }
})

test_that("one regression with skewed, unequal noise is one regime", {
  set.seed(903)
  data <- skewed_data(1500)
  expect_message(
    selection <- suppressWarnings(select_experts(y ~ x, data, k_max = 6)),
    class = "sgmoe_message_regimes"
  )
  expect_gt(selection$k, selection$regimes + 1)
  expect_identical(
    selection$regimes, selection$path$k[[which.min(selection$path$ICL)]]
  )
  expect_output(print(selection), "separate regimes, by ICL: ")
  expect_null(as_sgmoe(selection)$regimes)
})

test_that("regimes that are separate are as many as experts", {
  set.seed(904)
  x <- runif(900, -3, 3)
  regime <- cut(x, c(-4, -1, 1, 4), labels = FALSE)
  y <- c(5, 0, -5)[regime] + c(2, -2, 2)[regime] * x + rnorm(900, sd = 0.3)
  selection <- select_experts(y ~ x, data.frame(x, y), k_max = 6)
  expect_identical(c(selection$k, selection$regimes), c(3, 3))
  expect_no_match(capture.output(print(selection))[[1L]], "regimes")
})
