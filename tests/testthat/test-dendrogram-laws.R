# What dendrograms must not depend on, and their limits.

# The same model of the same data in other units: x1 -> a x1 + c, y -> u y + t.
rescaled_fit <- function(fit, data, a = 25, c = -400, u = 1e3, t = 7) {
  atoms <- lapply(hand_atoms(coef(fit), fit), function(atom) {
    atom$w0 <- atom$w0 - atom$gate[["x1"]] * c / a
    atom$gate[["x1"]] <- atom$gate[["x1"]] / a
    atom$intercept <- u * (atom$intercept - atom$slope[1L, ] * c / a) + t
    atom$slope[1L, ] <- atom$slope[1L, ] / a
    atom$slope <- u * atom$slope
    atom$covariance <- u^2 * atom$covariance
    atom
  })
  data <- transform(data, x1 = a * x1 + c, y1 = u * y1 + t)
  start <- hand_coefficients(atoms, fit)
  other <- fit_at(formula(fit), data, start, fit$k)
  expect_equal(coef(other), start[names(coef(other))], tolerance = 1e-10)
  other
}

criteria <- c("HQ", "BIC", "AIC", "ICL", "DSC")

# Selections by every criterion, from paths as published.
selections <- function(fit) {
  lapply(stats::setNames(nm = criteria), function(criterion) {
    select_quietly(
      fit,
      criterion = criterion, refine = FALSE, dissimilarity = "voronoi",
      background = FALSE
    )
  })
}

test_that("units and shifts do not matter", {
  data <- merge_data()
  set.seed(1)
  fit <- rough_fit(y1 ~ x1 + x2, data)
  fit <- fit_at(y1 ~ x1 + x2, data, coef(fit), 5)
  other <- rescaled_fit(fit, data)
  tree <- expert_dendrogram(fit)
  moved <- expert_dendrogram(other)
  expect_identical(moved$merge, tree$merge)
  expect_equal(moved$height, tree$height, tolerance = 1e-8)
  expect_equal(moved$weight, tree$weight, tolerance = 1e-8)
  one <- selections(fit)
  two <- selections(other)
  for (criterion in criteria) {
    expect_identical(two[[criterion]]$k, one[[criterion]]$k)
  }
  path <- one$HQ$path
  there <- two$HQ$path
  expect_equal(there$DSC, path$DSC, tolerance = 1e-8)
  # A thousand times the response: each row loses log(1000).
  loss <- 150 * log(1e3)
  expect_equal(there$logLik, path$logLik - loss, tolerance = 1e-8)
  for (criterion in c("AIC", "BIC", "HQ", "ICL")) {
    expect_equal(
      there[[criterion]], path[[criterion]] + 2 * loss,
      tolerance = 1e-8
    )
  }
  # On the user's scale they do matter, or nothing was shown.
  raw <- expert_dendrogram(fit, standardise = FALSE)
  expect_gt(max(abs(
    expert_dendrogram(other, standardise = FALSE)$height / raw$height - 1
  )), 1)
})

test_that("units do not matter where merges are refined", {
  set.seed(2)
  data <- simulate_moe(400, k = 3, p = 2, gate_scale = 2, mean_scale = 2)
  data$y1 <- data$y
  start <- random_posterior(400, 4, 3)
  fit <- quietly(sgmoe(y1 ~ x1 + x2, data, 4, start = start))
  other <- rescaled_fit(fit, data)
  for (dissimilarity in c("voronoi", "likelihood")) {
    tree <- expert_dendrogram(fit, dissimilarity, refine = TRUE)
    moved <- expert_dendrogram(other, dissimilarity, refine = TRUE)
    expect_identical(moved$merge, tree$merge)
    expect_lt(max(abs(moved$height - tree$height)), 1e-6)
  }
})

test_that("the order of experts and the gate's reference do not matter", {
  data <- merge_data()
  set.seed(3)
  for (fit in list(
    rough_fit(cbind(y1, y2) ~ x1, data, gate = ~ x2 + v),
    rough_fit(g ~ x1 + x2, data)
  )) {
    order <- c(3L, 5L, 1L, 4L, 2L)
    other <- relabel(fit, order)
    for (standardise in c(TRUE, FALSE)) {
      for (dissimilarity in c("voronoi", "likelihood")) {
        walk <- function(fit) {
          expert_dendrogram(fit, dissimilarity, standardise = standardise)
        }
        tree <- walk(fit)
        moved <- walk(other)
        expect_equal(moved$height, tree$height, tolerance = 1e-8)
        expect_equal(moved$weight, tree$weight[order], tolerance = 1e-10)
        for (level in seq_along(tree$levels)) {
          named <- lapply(moved$levels[[level]]$members, function(members) {
            sort(order[members])
          })
          expect_true(setequal(named, tree$levels[[level]]$members))
          expect_equal(
            moved$levels[[level]]$log_likelihood,
            tree$levels[[level]]$log_likelihood
          )
        }
      }
    }
    one <- selections(fit)
    two <- selections(other)
    for (criterion in criteria) {
      expect_identical(two[[criterion]]$k, one[[criterion]]$k)
      expect_equal(
        two[[criterion]]$path, one[[criterion]]$path,
        tolerance = 1e-8
      )
    }
  }
})

# Limits -----------------------------------------------------------------------

test_that("one expert and two are trees, too", {
  data <- merge_data()
  one <- sgmoe(y1 ~ x1, data, 1)
  for (dissimilarity in c("voronoi", "likelihood")) {
    for (refine in c(FALSE, TRUE)) {
      tree <- expert_dendrogram(one, dissimilarity, refine = refine)
      expect_identical(tree$height, numeric())
      expect_identical(dim(tree$merge), c(0L, 2L))
      expect_identical(tree$weight, 1)
      expect_length(tree$levels, 1)
      expect_equal(coef(tree), coef(one), tolerance = 1e-12)
      expect_equal(tree$levels[[1]]$log_likelihood, c(logLik(one)))
      expect_identical(nrow(summary(tree)), 0L)
      expect_output(print(tree), "1 expert,")
      expect_error(as.hclust(tree), class = "sgmoe_error_tree")
    }
  }
  set.seed(5)
  two <- rough_fit(y1 ~ x1, data, k = 2)
  hand <- hand_path(two)
  tree <- expert_dendrogram(two)
  expect_equal(tree$height, hand$height, tolerance = 1e-10)
  expect_identical(tree$merge, matrix(c(-1L, -2L), 1))
  expect_identical(unname(cutree(as.hclust(tree), 1)), c(1L, 1L))
  expect_identical(order.dendrogram(as.dendrogram(tree)), 1:2)
})

test_that("one expert has one level by every criterion", {
  data <- merge_data()
  fit <- sgmoe(y1 ~ x1, data, 1)
  for (criterion in criteria) {
    found <- select_experts(fit, criterion = criterion)
    expect_identical(found$k, 1)
    expect_identical(found$path$k, 1L)
    expect_equal(c(logLik(found)), c(logLik(fit)))
  }
})

test_that("thirty experts merge as the formulas say", {
  data <- merge_data(300)
  set.seed(6)
  fit <- rough_fit(y1 ~ x1 + x2, data, k = 30)
  hand <- hand_path(fit)
  tree <- expert_dendrogram(fit)
  expect_equal(tree$height, hand$height, tolerance = 1e-9)
  expect_identical(lapply(tree$levels, `[[`, "members"), hand$members)
  expect_identical(nrow(summary(tree)), 29L)
  expect_identical(sort(tree$order), 1:30)
  expect_output(print(tree), "30 experts")
})

test_that("an expert of weight 1e-12 merges first and leaves no trace", {
  data <- merge_data()
  set.seed(7)
  fit <- rough_fit(y1 ~ x1 + x2, data, k = 3)
  start <- coef(rough_fit(y1 ~ x1 + x2, data, k = 4))
  scales <- hand_scales(fit)
  atoms <- lapply(hand_atoms(coef(fit), fit), hand_standardise, scales)
  atoms <- hand_weigh(atoms)
  light <- atoms[[1]]
  light$slope <- light$slope + 20
  light$w0 <- light$w0 - light$log_weight - 12 * log(10)
  atoms <- lapply(c(atoms, list(light)), hand_restore, scales)
  with_light <- fit_at(
    y1 ~ x1 + x2, data, hand_coefficients(atoms, fit)[names(start)], 4
  )
  expect_equal(min(with_light$gate_share), 1e-12, tolerance = 1)
  plain <- expert_dendrogram(fit)
  hand <- hand_path(with_light)
  tree <- expert_dendrogram(with_light)
  expect_equal(min(tree$weight), 1e-12, tolerance = 1e-6)
  expect_lt(tree$height[[1]], 1e-9)
  expect_equal(tree$height, hand$height, tolerance = 1e-8)
  expect_equal(tree$height[-1], plain$height, tolerance = 1e-8)
  expect_equal(
    vapply(tree$levels[-1], `[[`, 0, "log_likelihood"),
    vapply(plain$levels, `[[`, 0, "log_likelihood"),
    tolerance = 1e-8
  )
  expect_match(leaf_labels(tree)[[which.min(tree$weight)]], "<0.1%")
  for (refine in c(FALSE, TRUE)) {
    walked <- expert_dendrogram(with_light, "likelihood", refine = refine)
    expect_true(all(is.finite(walked$height)))
  }
})
