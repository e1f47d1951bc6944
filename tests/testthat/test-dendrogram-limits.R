# Dendrograms of many experts, and of one that has next to no weight.

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
