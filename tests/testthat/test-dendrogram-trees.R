# Dendrograms as trees of the package stats.

# Trees of two to ten experts by every rule, some of whose heights fall.
some_trees <- function() {
  data <- merge_data()
  set.seed(1)
  list(
    expert_dendrogram(rough_fit(y1 ~ x1 + x2, data, 2)),
    expert_dendrogram(rough_fit(y1 ~ x1 + x2, data, 3), "likelihood"),
    expert_dendrogram(rough_fit(y1 ~ x1 + x2, data, 5), "likelihood"),
    expert_dendrogram(rough_fit(y1 ~ x1 + x2, data, 10), refine = TRUE),
    expert_dendrogram(rough_fit(g ~ x1 + x2, data, 6), refine = TRUE),
    expert_dendrogram(
      rough_fit(g ~ x1 + x2, data, 6), "likelihood",
      refine = TRUE
    )
  )
}

# The fit's experts below a node of hclust's `merge`.
leaves_below <- function(merge, node) {
  if (node < 0) {
    return(-node)
  }
  sort(unlist(lapply(merge[node, ], leaves_below, merge = merge)))
}

# Who is with whom, whatever the groups are called.
partition <- function(groups) {
  outer(groups, groups, `==`) * 1
}

slow_test("heights are kept as they are, and trees never fall", {
  trees <- some_trees()
  fell <- vapply(trees, function(tree) any(diff(tree$height) < 0), NA)
  expect_true(any(fell)) # the case did occur
  for (tree in trees) {
    hclust <- as.hclust(tree)
    expect_identical(hclust$height, cummax(pmax(tree$height, 0)))
    expect_identical(summary(tree)$height, tree$height)
    expect_false(is.unsorted(hclust$height))
  }
})

slow_test("as.hclust() is what hclust() would give", {
  for (tree in some_trees()) {
    hclust <- as.hclust(tree)
    k <- tree$k
    expect_s3_class(hclust, "hclust")
    expect_type(hclust$merge, "integer")
    expect_identical(dim(hclust$merge), c(as.integer(k) - 1L, 2L))
    expect_setequal(hclust$merge, setdiff(-k:(k - 2), 0))
    for (step in seq_len(k - 1)) {
      pair <- hclust$merge[step, ]
      expect_true(all(pair < step))
      # Experts before clusters, each in ascending order.
      expect_identical(pair, pair[order(pair > 0, abs(pair))])
    }
    expect_length(hclust$labels, k)
    expect_identical(hclust$order, tree$order)
    # The ultrametric distances of a tree are those of its dendrogram.
    expect_equal(
      as.matrix(stats::cophenetic(hclust)),
      as.matrix(stats::cophenetic(as.dendrogram(tree)))[
        hclust$labels, hclust$labels
      ]
    )
  }
})

slow_test("no lines cross: every cluster lies side by side", {
  for (tree in some_trees()) {
    expect_setequal(tree$order, seq_len(tree$k))
    for (step in seq_len(tree$k - 1)) {
      place <- sort(match(leaves_below(tree$merge, step), tree$order))
      expect_identical(diff(place), rep(1L, length(place) - 1L))
    }
  }
})

slow_test("cutree() gives the members of each level", {
  for (tree in some_trees()) {
    for (level in tree$levels) {
      group <- rep(NA, tree$k)
      for (i in seq_along(level$members)) {
        group[level$members[[i]]] <- i
      }
      expect_length(level$members, level$k)
      expect_identical(ncol(level$parameters$gate), as.integer(level$k))
      for (cut in list(
        stats::cutree(as.hclust(tree), k = level$k),
        stats::cutree(tree, k = level$k)
      )) {
        expect_equal(partition(unname(cut)), partition(group))
      }
    }
  }
})

slow_test("as.dendrogram() has the experts as leaves", {
  for (tree in some_trees()) {
    dendrogram <- as.dendrogram(tree)
    expect_s3_class(dendrogram, "dendrogram")
    expect_identical(stats::order.dendrogram(dendrogram), tree$order)
    expect_identical(labels(dendrogram), as.hclust(tree)$labels[tree$order])
    expect_setequal(labels(dendrogram), tree$labels)
    expect_identical(stats::nobs(dendrogram), as.integer(tree$k))
    expect_equal(attr(dendrogram, "height"), max(0, tree$height))
  }
})

test_that("tied heights make a tree", {
  data <- merge_data()
  set.seed(2)
  fit <- rough_fit(y1 ~ x1, data, k = 2)
  # Two experts, each of them twice.
  atoms <- hand_atoms(coef(fit), fit)[c(1, 2, 1, 2)]
  fit <- fit_at(y1 ~ x1, data, hand_coefficients(atoms, fit), 4)
  tree <- expert_dendrogram(fit)
  expect_lt(max(abs(tree$height[1:2])), 1e-12)
  expect_gt(tree$height[[3]], 1e-3)
  likelihood <- vapply(tree$levels, `[[`, 0, "log_likelihood")
  expect_equal(likelihood[1:3], rep(likelihood[[1]], 3))
  twins <- stats::cutree(tree, k = 2)
  expect_identical(anyDuplicated(round(sigma(fit), 6)[twins == 1]), 2L)
  # All alike: every height is zero.
  same <- fit_at(y1 ~ x1, data, hand_coefficients(atoms[c(1, 1, 1, 1)], fit), 4)
  flat <- expert_dendrogram(same)
  expect_lt(max(abs(flat$height)), 1e-12)
  expect_identical(stats::order.dendrogram(as.dendrogram(flat)), flat$order)
  for (tree in list(tree, flat)) {
    expect_identical(sort(unname(stats::cutree(tree, 4))), 1:4)
  }
})

slow_test("summary() and print() name the experts that were merged", {
  tree <- some_trees()[[3]]
  table <- summary(tree)
  expect_identical(table$experts, 5 + 1 - seq_len(4))
  for (step in seq_len(4)) {
    named <- lapply(strsplit(table$merged[[step]], ", ")[[1]], function(part) {
      as.integer(strsplit(part, "+", fixed = TRUE)[[1]])
    })
    expect_identical(
      lapply(tree$merge[step, ], leaves_below, merge = tree$merge), named
    )
  }
  expect_identical(
    table$logLik, vapply(tree$levels[-1], `[[`, 0, "log_likelihood")
  )
  expect_output(print(tree), "5 experts, merged by the log-likelihood lost")
  tree$selected <- 2
  expect_output(print(tree), "Selected: 2 experts")
  expect_identical(coef(tree), coef(tree, 2))
})
