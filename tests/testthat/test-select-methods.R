# Motorcycle crashes in miniature: three lines along x.
three_regimes <- function(n = 400, seed = 1) {
  set.seed(seed)
  simulate_moe(n, 3,
    p = 1, sigma = 0.4, gate = cbind(c(0, -6), c(2, 0), c(0, 6)),
    mean = cbind(c(3, 2), c(0, -3), c(-3, 2))
  )
}

test_that("a selection answers for its fit", {
  data <- three_regimes()
  set.seed(2)
  selection <- select_experts(y ~ x1, data, k = 5)
  expect_equal(selection$k, 3)
  fit <- selection$fit
  expect_identical(as_sgmoe(selection), fit)
  expect_identical(predict(selection, data[1:5, ]), predict(fit, data[1:5, ]))
  expect_identical(coef(selection, part = "gate"), coef(fit, part = "gate"))
  expect_identical(BIC(selection), BIC(fit))
  expect_identical(summary(selection), summary(fit))
  expect_equal(coef(selection$dendrogram), coef(fit), tolerance = 0.05)
})

test_that("other levels can be fitted from the path", {
  data <- three_regimes()
  set.seed(2)
  selection <- select_experts(y ~ x1, data, k = 5)
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
})

test_that("what a selection passes over is said", {
  # Thirty rows are exactly alike: an expert could have them with no variance.
  data <- three_regimes(120)
  data$y[1:20] <- 7
  expect_warning(
    selection <- quietly_but(select_experts(y ~ x1, data, k = 5), "spurious"),
    class = "sgmoe_warning_spurious"
  )
  passed <- selection$path$spurious &
    selection$path$HQ < selection$path$HQ[[selection$k]]
  expect_true(any(passed))
  expect_output(print(selection), "! an expert fits a few rows exactly")

  data <- three_regimes(2000)
  expect_warning(
    select_experts(y ~ x1, data, k = 2),
    "raise `k`",
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
  expect_error(
    select_experts(dist ~ speed, cars, K = 3), "Write `k`",
    class = "sgmoe_error_argument"
  )
  expect_error(select_experts(3), class = "sgmoe_error_formula")
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

test_that("the cut crosses as many branches as it has experts", {
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

test_that("pictures are drawn and leave the device as it was", {
  data <- three_regimes()
  set.seed(2)
  selection <- select_experts(y ~ x1, data, k = 5)
  single <- select_experts(y ~ x1, data[data$x1 > 1, ], k = 1)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  before <- graphics::par("mar", "mfrow", "las", "cex")
  plot(selection)
  plot(selection, which = "tree")
  plot(selection, criteria = c("DSC", "ICL"), main = "Regimes")
  plot(selection$dendrogram, k = 2, col = c("red", "blue"))
  plot(expert_dendrogram(selection$fit))
  plot(single)
  expect_identical(graphics::par("mar", "mfrow", "las", "cex"), before)
  expect_error(plot(selection, which = "x"), class = "sgmoe_error_argument")
  expect_error(plot(selection, criteria = "x"), class = "sgmoe_error_argument")
  expect_error(
    plot(selection$dendrogram, k = 9),
    class = "sgmoe_error_argument"
  )
  expect_error(
    plot(expert_dendrogram(single$fit)),
    class = "sgmoe_error_tree"
  )
})

test_that("autoplot() draws the same with ggplot2", {
  skip_if_not_installed("ggplot2")
  data <- three_regimes()
  set.seed(2)
  selection <- select_experts(y ~ x1, data, k = 5)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  built <- ggplot2::ggplot_build(ggplot2::autoplot(selection))
  lines <- built$data[[1L]]
  expect_identical(nrow(lines), nrow(tree_lines(selection$dendrogram)$lines))
  tree <- ggplot2::autoplot(selection$dendrogram, k = 2)
  expect_s3_class(tree, "ggplot")
  expect_s3_class(ggplot2::ggplot_build(tree), "ggplot_built")
})
