# Dendrograms of Gaussian experts: their variances.

# The variance floor is a share of the response's variance; on the user's scale
# the same number would swallow the variances of a response in small units.
test_that("responses in small units keep their variances", {
  data <- transform(merge_data(), y1 = y1 * 1e-5, y2 = y2 * 1e5)
  set.seed(4)
  for (formula in list(y1 ~ x1, cbind(y1, y2) ~ x1)) {
    fit <- rough_fit(formula, data)
    hand <- hand_path(fit, FALSE)
    refined <- expert_dendrogram(fit, standardise = FALSE, refine = TRUE)
    tree <- expert_dendrogram(fit, standardise = FALSE)
    expect_equal(refined$height[[1]], hand$height[[1]], tolerance = 1e-10)
    expect_equal(tree$height, hand$height, tolerance = 1e-10)
    for (level in hand$levels) {
      found <- merge_coef(tree, length(level))
      # Each by its own size: what is lost is lost in the small ones.
      ratio <- found / hand_coefficients(level, fit)[names(found)]
      expect_lt(max(abs(ratio - 1)), 1e-7)
    }
  }
})
