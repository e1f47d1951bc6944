# Motorcycle crashes in miniature: three lines along x.
three_regimes <- function(n = 400, seed = 1) {
  set.seed(seed)
  simulate_moe(n, 3,
    p = 1, sigma = 0.4, gate = cbind(c(0, -6), c(2, 0), c(0, 6)),
    mean = cbind(c(3, 2), c(0, -3), c(-3, 2))
  )
}

test_that("a selection is its fit", {
  data <- three_regimes()
  set.seed(2)
  selection <- select_experts(y ~ x1, data, k_max = 5)
  expect_equal(selection$k, 3)
  fit <- as_sgmoe(selection)
  expect_s3_class(selection, c("sgmoe_selection", "sgmoe"), exact = TRUE)
  expect_s3_class(fit, "sgmoe", exact = TRUE)
  # The same fields; only the call is that of the selection.
  shared <- setdiff(names(fit), "call")
  expect_identical(unclass(selection)[shared], unclass(fit)[shared])
  expect_identical(selection$call[[1]], quote(select_experts))
  expect_identical(fit$call[[1]], quote(sgmoe))
  expect_setequal(
    setdiff(names(selection), names(fit)),
    c(
      "path", "dendrogram", "criterion", "regimes", "background",
      "sgmoe_call", "sgmoe_ridge"
    )
  )
  expect_null(selection$fit) # nor by partial matching
  for (answer in list(
    function(x) predict(x, data[1:5, ]), function(x) coef(x, part = "gate"),
    BIC, sigma, residuals, weights, tidy, glance, augment, nobs, formula,
    function(x) coef(expert_dendrogram(x))
  )) {
    expect_identical(answer(selection), answer(fit))
  }
  expect_identical(coef(relabel(selection, 3:1)), coef(relabel(fit, 3:1)))
  # It can be a start, and a selection can begin with it.
  again <- sgmoe(y ~ x1, data, k = 3, start = selection)
  expect_equal(c(logLik(again)), c(logLik(fit)), tolerance = 1e-5)
  expect_equal(coef(selection$dendrogram), coef(fit), tolerance = 0.05)
})

test_that("other levels can be fitted from the path", {
  data <- three_regimes()
  set.seed(2)
  found <- select_experts(y ~ x1, data, k_max = 5)
  expect_identical(as_sgmoe(found, k = 2)$control$ridge, "auto")
  expect_gt(as_sgmoe(found, k = 2)$ridge[["gate"]], 0)
  set.seed(2)
  selection <- select_experts(y ~ x1, data, k_max = 5, ridge = 0)
  expect_identical(selection$path, found$path)
  for (k in c(1, 2, 4)) {
    fit <- as_sgmoe(selection, k = k)
    expect_identical(fit$k, k)
    # The walk has a little ridge, the fit none.
    expect_gte(c(logLik(fit)), selection$path$logLik[[k]] - 1e-6)
  }
  expect_equal(
    coef(as_sgmoe(selection, k = 1)), coef(sgmoe(y ~ x1, data, k = 1)),
    tolerance = 1e-8
  )
  expect_error(as_sgmoe(selection, k = 6), class = "sgmoe_error_argument")
  # One expert has no ridge, the others have that of the call.
  single <- select_experts(dist ~ speed, cars, k_max = 3, criterion = "ICL")
  expect_identical(single$k, 1)
  expect_gt(as_sgmoe(single, k = 2)$ridge[["gate"]], 0)
})

test_that("update() of a selection selects again", {
  data <- three_regimes()
  set.seed(2)
  selection <- select_experts(y ~ x1, data, k_max = 5)
  set.seed(2)
  again <- update(selection)
  expect_identical(again[c("path", "call")], selection[c("path", "call")])
  expect_identical(coef(again), coef(selection))
  aic <- update(selection, criterion = "AIC", k_max = 4) |>
    suppressWarnings(classes = "sgmoe_warning_largest_k")
  expect_identical(aic$criterion, "AIC")
  expect_identical(aic$path$k, 1:4)
  quadratic <- update(selection, . ~ . + I(x1^2), k_max = 2, ridge = 0.1) |>
    suppressWarnings(classes = "sgmoe_warning_largest_k")
  expect_identical(labels(quadratic), c("x1", "I(x1^2)"))
  expect_identical(
    update(selection, k_max = 3, evaluate = FALSE),
    quote(select_experts(object = y ~ x1, data = data, k_max = 3))
  )
  from_fit <- suppressWarnings(
    select_experts(again),
    classes = "sgmoe_warning_largest_k"
  )
  expect_error(update(from_fit, . ~ 1), class = "sgmoe_error_argument")
})

test_that("settings come by name or in control, for a fit, too", {
  data <- three_regimes(200)
  select <- function(...) {
    set.seed(2)
    select_experts(y ~ x1, data, k_max = 4, ...)
  }
  by_name <- select(ridge = 0.2, max_passes = 500)
  by_control <- select(control = sgmoe_control(ridge = 0.2, max_passes = 500))
  both <- select(control = sgmoe_control(ridge = 0.2), max_passes = 500)
  same <- c("path", "control", "coefficients")
  expect_identical(unclass(by_control)[same], unclass(by_name)[same])
  expect_identical(unclass(both)[same], unclass(by_name)[same])
  set.seed(3)
  fit <- sgmoe(y ~ x1, data, k = 4, starts = 1, ridge = 0.2)
  expect_identical(
    select_experts(fit, tolerance = 1e-4)$control$tolerance, 1e-4
  )
  given <- select_experts(fit, control = sgmoe_control(tolerance = 1e-4))
  expect_identical(given$control$tolerance, 1e-4)
  expect_identical(given$control$ridge, 0.2) # it is part of the fit
})

slow_test("what a selection passes over is said", {
  # Thirty rows are exactly alike: an expert could have them with no variance.
  data <- three_regimes(120)
  data$y[1:20] <- 7
  expect_warning(
    selection <- quietly_but(select_experts(y ~ x1, data, k_max = 5), "spurious"),
    class = "sgmoe_warning_spurious"
  )
  passed <- selection$path$spurious &
    selection$path$HQ < selection$path$HQ[[selection$k]]
  expect_true(any(passed))
  expect_output(print(selection), "! an expert fits a few rows exactly")

  data <- three_regimes(2000)
  expect_warning(
    select_experts(y ~ x1, data, k_max = 2),
    "raise `k_max`",
    class = "sgmoe_warning_largest_k"
  )
  fit <- sgmoe(y ~ x1, data, k = 2, starts = 2)
  expect_warning(
    select_experts(fit), "begin with a fit",
    class = "sgmoe_warning_largest_k"
  )
  expect_message(
    select_experts(dist ~ speed, cars[1:9, ]),
    class = "sgmoe_message_one_expert"
  )
  for (call in list(
    quote(select_experts(dist ~ speed, cars, K = 3)),
    quote(select_experts(dist ~ speed, cars, k = 3)),
    quote(select_experts(fit, k = 3))
  )) {
    expect_error(eval(call), "`k_max`", class = "sgmoe_error_argument")
  }
  expect_error(
    select_experts(dist ~ speed, cars, max_passses = 3), "Write `max_passes`",
    class = "sgmoe_error_argument"
  )
  expect_error(select_experts(3), class = "sgmoe_error_formula")
  expect_error(
    select_experts(formula = dist ~ speed, data = cars), "`object`",
    class = "sgmoe_error_formula"
  )
  expect_error(select_experts(), class = "sgmoe_error_formula")
  expect_error(expert_dendrogram(3), class = "sgmoe_error_argument")
})

test_that("a level with less likelihood than fewer experts have is no choice", {
  table <- data.frame(
    k = 1:4, logLik = c(-100, -90, -95, -50), HQ = c(210, 205, 190, 120),
    spurious = c(FALSE, FALSE, FALSE, TRUE)
  )
  expect_identical(choose_level(table, "HQ"), 2L)
  expect_identical(passed_over(table, "HQ", 2L), c(4L))
})

slow_test("the cut crosses as many branches as it has experts", {
  data <- three_regimes()
  set.seed(3)
  fit <- quietly(sgmoe(y ~ x1, data, k = 6, starts = 1))
  for (tree in list(
    expert_dendrogram(fit), expert_dendrogram(fit, "likelihood", TRUE)
  )) {
    for (cut in 1:6) {
      parts <- tree_lines(tree, cut)
      lines <- parts$lines
      up <- lines[lines$x0 == lines$x1, ]
      bars <- lines[lines$x0 != lines$x1, ]
      expect_identical(sort(parts$leaves), 1:6)
      expect_identical(c(nrow(up), nrow(bars)), c(10L, 5L))
      if (cut > 1) {
        crossed <- up$y0 < parts$cut_height & up$y1 > parts$cut_height
        expect_identical(sum(crossed), cut)
      }
      # So do regimes; where they are the cut, its line is enough.
      tree$regimes <- cut
      expect_identical(tree_lines(tree, cut)$regime_height, NA_real_)
      expect_identical(
        tree_lines(tree, 7 - cut)$regime_height,
        if (cut == 7 - cut) NA_real_ else parts$cut_height
      )
      tree$regimes <- NULL
      of_node <- cut_of_nodes(tree, cut)
      owner <- vapply(-(1:6), of_node, 0L)
      expect_identical(sort(unique(owner)), seq_len(cut))
      expect_identical(
        unname(lengths(split(owner, cutree(tree, cut)))),
        unname(as.vector(table(cutree(tree, cut))))
      )
      one <- tapply(owner, cutree(tree, cut), function(x) length(unique(x)))
      expect_true(all(one == 1L))
    }
  }
})

slow_test("pictures are drawn and leave the device as it was", {
  data <- three_regimes()
  set.seed(2)
  selection <- select_experts(y ~ x1, data, k_max = 5)
  single <- select_experts(y ~ x1, data[data$x1 > 1, ], k_max = 1)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  before <- graphics::par("mar", "mfrow", "las", "cex")
  plot(selection)
  plot(selection, which = "tree")
  plot(selection, criteria = c("DSC", "ICL"), main = "Regimes")
  plot(selection$dendrogram, k = 2, col = c("red", "blue"))
  expect_identical(selection$dendrogram$regimes, selection$regimes)
  several <- selection$dendrogram
  several$regimes <- several$selected
  expect_output(print(several), "Selected: 3 experts(\n|$)")
  several$regimes <- 1L
  expect_output(print(several), "Selected: 3 experts; 1 separate by ICL")
  plot(several)
  plot(expert_dendrogram(selection))
  plot(single)
  expect_identical(graphics::par("mar", "mfrow", "las", "cex"), before)
  expect_error(plot(selection, which = "x"), class = "sgmoe_error_argument")
  expect_error(plot(selection, criteria = "x"), class = "sgmoe_error_argument")
  expect_error(
    plot(selection$dendrogram, k = 9),
    class = "sgmoe_error_argument"
  )
  expect_error(
    plot(expert_dendrogram(single)),
    class = "sgmoe_error_tree"
  )
})

slow_test("autoplot() draws the same with ggplot2", {
  skip_if_not_installed("ggplot2")
  data <- three_regimes()
  set.seed(2)
  selection <- select_experts(y ~ x1, data, k_max = 5)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  built <- ggplot2::ggplot_build(ggplot2::autoplot(selection))
  lines <- built$data[[1L]]
  expect_identical(nrow(lines), nrow(tree_lines(selection$dendrogram)$lines))
  tree <- ggplot2::autoplot(selection$dendrogram, k = 2)
  expect_s3_class(tree, "ggplot")
  expect_s3_class(ggplot2::ggplot_build(tree), "ggplot_built")
})

test_that("levels are named whose criteria are no criteria", {
  selection <- list(
    rows = 100, nobs = 100,
    path = data.frame(k = 1:4, logLik = c(-200, -150, -160, -149.999), df = 3 * 1:4)
  )
  selection$path$AIC <- with(selection$path, -2 * logLik + 2 * df)
  said <- function(describe) describe(structure(selection, class = "sgmoe"))
  expect_match(said(describe_rough_levels), "Fits with 3 experts have less")
  expect_null(said(describe_adjusted_levels))
  selection$path$logLik[[3L]] <- -150.001 # as good as equal
  selection$path$AIC <- with(selection$path, -2 * logLik + 2 * df)
  selection$path$AIC[[2L]] <- 500
  expect_null(said(describe_rough_levels))
  expect_match(said(describe_adjusted_levels), "Criteria for 2 experts count")
})
