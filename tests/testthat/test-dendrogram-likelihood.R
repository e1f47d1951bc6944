# Dendrograms that are refined, and those by loss of log-likelihood.

likelihoods <- function(tree) {
  vapply(tree$levels, `[[`, 0, "log_likelihood")
}

# The ridge that walks have anyway, so that objectives can be compared.
ridge <- 0.01

# Overfitted and near its optimum, so that no merge is a spike.
overfitted <- function(weighted = FALSE, k = 5, ...) {
  set.seed(11)
  data <- simulate_moe(300, k = 2, p = 2, gate_scale = 2)
  data$w <- stats::runif(300, 0.5, 2)
  start <- random_posterior(300, k)
  formula <- y ~ x1 + x2
  fit <- quietly(if (weighted) {
    sgmoe(
      formula, data, k,
      weights = w, start = start, max_passes = 30, ridge = ridge, ...
    )
  } else {
    sgmoe(formula, data, k, start = start, max_passes = 30, ridge = ridge, ...)
  })
  list(formula = formula, data = data, fit = may_go_on(fit))
}

# All merges of two atoms of a fit, weighing what their rows do or what the
# gate's intercepts say. The objective takes the ridge off: on standard columns,
# with gates that sum to zero.
all_merges <- function(fit) {
  scales <- hand_scales(fit)
  atoms <- lapply(hand_atoms(coef(fit), fit), hand_standardise, scales)
  weights <- if (is.null(weights(fit))) 1 else weights(fit)
  by_rows <- colSums(weights * predict(fit, type = "posterior"))
  merges <- list()
  for (weight in list(by_rows, NULL)) {
    own <- hand_weigh(atoms, weight)
    for (j in 2:fit$k) {
      for (i in seq_len(j - 1)) {
        merged <- replace(own, i, list(hand_merge(own[[i]], own[[j]])))[-j]
        level <- lapply(merged, hand_restore, scales)
        gate <- vapply(merged, `[[`, numeric(2), "gate")
        steep <- vapply(merged, function(atom) {
          sum(atom$slope^2) / atom$covariance[[1]]
        }, 0)
        penalty <- ridge / 2 * (sum((gate - rowMeans(gate))^2) + sum(steep))
        log_likelihood <- hand_log_likelihood(level, fit)
        merges <- c(merges, list(list(
          pair = c(i, j), level = level, log_likelihood = log_likelihood,
          objective = log_likelihood - penalty
        )))
      }
    }
  }
  merges
}

test_that("the height is the loss of mean log-likelihood", {
  for (weighted in c(FALSE, TRUE)) {
    fit <- overfitted(weighted)$fit
    for (refine in c(FALSE, TRUE)) {
      tree <- expert_dendrogram(fit, "likelihood", refine = refine)
      expect_equal(
        tree$height, -diff(likelihoods(tree)) / nobs(fit),
        tolerance = 1e-10
      )
      expect_equal(likelihoods(tree)[[1]], c(logLik(fit)))
    }
  }
})

slow_test("unrefined, the merge is the one that costs least of all", {
  for (weighted in c(FALSE, TRUE)) {
    fit <- overfitted(weighted)$fit
    merges <- all_merges(fit)
    value <- vapply(merges, `[[`, 0, "objective")
    best <- merges[[which.max(value)]]
    tree <- expert_dendrogram(fit, "likelihood")
    expect_identical(sort(-tree$merge[1, ]), best$pair)
    expect_equal(
      likelihoods(tree)[[2]], best$log_likelihood,
      tolerance = 1e-10
    )
    found <- merge_coef(tree, fit$k - 1)
    expect_equal(
      found, hand_coefficients(best$level, fit)[names(found)],
      tolerance = 1e-8
    )
  }
})

slow_test("a refinement never loses what it maximises, at any level", {
  # The variance prior of a fit has a centre of its own, so that objectives of two
  # fits would not compare.
  case <- overfitted(variance_prior = 0)
  at <- function(tree, k) {
    fit_at(case$formula, case$data, coef(tree, k), k, ridge = ridge, variance_prior = 0)
  }
  for (dissimilarity in c("voronoi", "likelihood")) {
    tree <- expert_dendrogram(case$fit, dissimilarity, refine = TRUE)
    for (k in tree$k:2) {
      # The merge alone, from where the walk was.
      plain <- expert_dendrogram(at(tree, k), dissimilarity)
      expect_gte(
        at(tree, k - 1)$objective, at(plain, k - 1)$objective - 1e-6
      )
    }
  }
  # Nor against any other pair of experts.
  value <- vapply(all_merges(case$fit), `[[`, 0, "objective")
  expect_gte(at(tree, case$fit$k - 1)$objective, max(value) - 1e-6)
})

slow_test("a refined path is as good as fits of their own", {
  case <- overfitted()
  tree <- expert_dendrogram(case$fit, "likelihood", refine = TRUE)
  # Beyond the truth, two, likelihoods are noise.
  for (k in 1:2) {
    set.seed(1)
    fit <- quietly(sgmoe(case$formula, case$data, k, starts = 3))
    loss <- c(logLik(fit)) - likelihoods(tree)[[tree$k + 1 - k]]
    expect_lt(loss, 0.01)
  }
})

slow_test("data may come later, and from a stream", {
  case <- overfitted(TRUE)
  bare <- case$fit
  bare$model <- NULL
  walk <- function(...) {
    expert_dendrogram(..., dissimilarity = "likelihood", refine = TRUE)
  }
  expect_error(walk(bare), class = "sgmoe_error_no_model")
  expect_error(
    expert_dendrogram(bare, refine = TRUE),
    class = "sgmoe_error_no_model"
  )
  expect_error(
    expert_dendrogram(bare, atom_weight = "average"),
    class = "sgmoe_error_no_model"
  )
  tree <- walk(case$fit)
  later <- walk(bare, data = case$data)
  expect_identical(later, tree)

  rows <- stream_rows(600)
  stream <- learn(begin(list(y ~ x1 + x2), rows[1:300, ], 4), rows[301:600, ])
  fit <- as_sgmoe(stream)
  expect_identical(
    expert_dendrogram(stream)[c("merge", "height")],
    expert_dendrogram(fit)[c("merge", "height")]
  )
  expect_equal(
    likelihoods(expert_dendrogram(stream, data = rows))[[1]],
    sum(predict(stream, rows, type = "logdensity"))
  )
  expect_length(walk(stream, data = rows)$height, 3)
})

slow_test("bad arguments of expert_dendrogram() are refused", {
  fit <- overfitted()$fit
  for (call in list(
    quote(expert_dendrogram(fit, "euclid")),
    quote(expert_dendrogram(fit, refine = NA)),
    quote(expert_dendrogram(fit, standardise = 2)),
    quote(expert_dendrogram(fit, atom_weight = "equal")),
    quote(expert_dendrogram(fit, threads = 2)),
    quote(coef(expert_dendrogram(fit), 6)),
    quote(coef(expert_dendrogram(fit), 0))
  )) {
    expect_error(eval(call), class = "sgmoe_error_argument")
  }
  without <- fit_at(
    y ~ x1, overfitted()$data, random_posterior(300, 2), 2,
    gate = ~ 0 + x2
  )
  expect_error(expert_dendrogram(without), class = "sgmoe_error_no_intercept")
})
