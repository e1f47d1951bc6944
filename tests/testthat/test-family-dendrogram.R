# Dendrograms of mixing measures of any family: what the formulas in plain R
# (helper-merge.R) say, and what trees do not depend on.

test_families("the transcription reads and writes coef()", function(case) {
  for (fit in merge_fits(case)) {
    atoms <- hand_atoms(coef(fit), fit)
    expect_equal(hand_coefficients(atoms, fit)[names(coef(fit))], coef(fit))
    scales <- hand_scales(fit)
    there <- lapply(atoms, hand_standardise, scales)
    back <- lapply(there, hand_restore, scales)
    expect_equal(
      hand_coefficients(back, fit), hand_coefficients(atoms, fit),
      tolerance = 1e-11
    )
    expect_equal(
      hand_log_likelihood(atoms, fit), c(logLik(fit)),
      tolerance = 1e-10
    )
  }
})

test_families("heights, merges, parameters and DSC are those of the formulas", slow = TRUE, function(case) {
  cases <- merge_fits(case)
  for (name in names(cases)) {
    fit <- cases[[name]]
    weights <- if (is.null(weights(fit))) 1 else weights(fit)
    average <- colSums(weights * predict(fit, type = "gate"))
    for (standardise in c(TRUE, FALSE)) {
      for (atom_weight in c("intercept", "average")) {
        label <- paste(name, standardise, atom_weight)
        weight <- if (atom_weight == "average") average
        hand <- hand_path(fit, standardise, weight)
        tree <- expert_dendrogram(
          fit,
          standardise = standardise, atom_weight = atom_weight
        )
        expect_equal(
          tree$height, hand$height,
          tolerance = 1e-10, label = label
        )
        expect_identical(
          lapply(tree$levels, `[[`, "members"), hand$members,
          label = label
        )
        for (level in hand$levels) {
          found <- merge_coef(tree, length(level))
          expect_equal(
            found, hand_coefficients(level, fit)[names(found)],
            tolerance = 1e-10, label = label
          )
        }
        criteria <- hand_criteria(hand, fit, standardise)
        expect_equal(
          vapply(tree$levels, `[[`, 0, "log_likelihood"),
          criteria$log_likelihood,
          tolerance = 1e-10, label = label
        )
        table <- select_quietly(
          fit,
          criterion = "DSC", refine = FALSE, standardise = standardise,
          atom_weight = atom_weight, background = FALSE
        )$path
        expect_equal(
          table$DSC, criteria$dsc,
          tolerance = 1e-10, label = label
        )
        expect_equal(
          tree$weight,
          exp(vapply(hand_weigh(
            lapply(hand_atoms(coef(fit), fit), if (standardise) {
              function(atom) hand_standardise(atom, hand_scales(fit))
            } else {
              identity
            }), weight
          ), `[[`, 0, "log_weight")),
          tolerance = 1e-10, label = label
        )
      }
    }
  }
})

test_families("without a refinement a walk without data is that with data", function(case) {
  for (fit in merge_fits(case)) {
    bare <- fit
    bare$model <- NULL
    for (standardise in c(TRUE, FALSE)) {
      tree <- expert_dendrogram(fit, standardise = standardise)
      blind <- expert_dendrogram(bare, standardise = standardise)
      expect_identical(blind[c("merge", "height")], tree[c("merge", "height")])
      expect_identical(coef(blind, 2), merge_coef(tree, 2))
      expect_identical(blind$levels[[2]]$log_likelihood, NA_real_)
    }
  }
})

# After a refinement everything is recomputed from where it led.
test_families("each refined level merges its own nearest atoms", function(case) {
  for (fit in merge_fits(case)) {
    for (atom_weight in c("intercept", "average")) {
      tree <- expert_dendrogram(
        fit,
        refine = TRUE, standardise = FALSE, atom_weight = atom_weight
      )
      members <- lapply(tree$levels, `[[`, "members")
      for (step in seq_along(tree$height)) {
        atoms <- hand_atoms(merge_coef(tree, fit$k + 1 - step), fit)
        weight <- if (atom_weight == "average") {
          weights <- if (is.null(weights(fit))) 1 else weights(fit)
          colSums(weights * hand_gate(atoms, fit))
        }
        distance <- hand_distances(hand_weigh(atoms, weight))
        expect_equal(tree$height[[step]], min(distance), tolerance = 1e-8)
        pair <- arrayInd(which.min(distance), dim(distance))
        expect_true(list(sort(unlist(members[[step]][pair]))) %in%
          members[[step + 1L]])
      }
    }
  }
})

# The same model of the same data in other units: x1 -> a x1 + c, y -> u y + t
# if the response has units.
rescaled_fit <- function(fit, data, arguments, u, a = 25, c = -400, t = 7) {
  x <- function(part) {
    columns <- setdiff(colnames(model.matrix(fit, part)), "(Intercept)")
    list(
      centre = c * (columns == "x1"), scale = ifelse(columns == "x1", a, 1),
      intercept = TRUE
    )
  }
  scales <- list(
    gate = x("gate"), expert = x("expert"),
    response = list(centre = t, scale = u)
  )
  atoms <- lapply(hand_atoms(coef(fit), fit), hand_restore, scales)
  data$x1 <- a * data$x1 + c
  if (u != 1) {
    name <- all.vars(formula(fit))[[1L]]
    data[[name]] <- u * data[[name]] + t
  }
  start <- hand_coefficients(atoms, fit)
  other <- fit_with(arguments, data, start, fit)
  expect_equal(coef(other), start[names(coef(other))], tolerance = 1e-10)
  other
}

fit_with <- function(arguments, data, start, fit) {
  eval(as.call(c(quote(fit_at), arguments, list(
    data = quote(data), start, fit$k,
    family = fit$family
  ))))
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

test_families("units and shifts do not matter", function(case) {
  data <- merge_data()
  arguments <- case$merges[[1L]]
  u <- if (is_in_units(case)) 1e3 else 1
  set.seed(1)
  fit <- merge_fits(case, data)[[1L]]
  fit <- fit_with(arguments, data, coef(fit), fit)
  other <- rescaled_fit(fit, data, arguments, u)
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
  loss <- 150 * log(u)
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
  )), if (u == 1) 0.5 else 1)
})

test_families("units do not matter where merges are refined", function(case) {
  set.seed(2)
  data <- case$clear(400)
  u <- if (is_in_units(case)) 1e3 else 1
  start <- random_posterior(400, 4, 3)
  arguments <- list(y ~ x1 + x2)
  fit <- quietly(sgmoe(
    y ~ x1 + x2, data, 4,
    start = start, ridge = 0.1, family = case$name
  ))
  other <- rescaled_fit(fit, data, c(arguments, list(ridge = 0.1)), u)
  for (dissimilarity in c("voronoi", "likelihood")) {
    tree <- expert_dendrogram(fit, dissimilarity, refine = TRUE)
    moved <- expert_dendrogram(other, dissimilarity, refine = TRUE)
    expect_identical(moved$merge, tree$merge)
    expect_lt(max(abs(moved$height - tree$height)), 1e-6)
  }
})

test_families("the order of experts and the gate's reference do not matter", slow = TRUE, function(case) {
  for (fit in merge_fits(case)[1:2]) {
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

test_families("one expert and two are trees, too", function(case) {
  data <- merge_data()
  formula <- case$merges[[1L]][[1L]]
  one <- quietly(sgmoe(formula, data, 1, family = case$name))
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
  two <- rough_fit(formula, data, k = 2, family = case$name)
  hand <- hand_path(two)
  tree <- expert_dendrogram(two)
  expect_equal(tree$height, hand$height, tolerance = 1e-10)
  expect_identical(tree$merge, matrix(c(-1L, -2L), 1))
  expect_identical(unname(cutree(as.hclust(tree), 1)), c(1L, 1L))
  expect_identical(order.dendrogram(as.dendrogram(tree)), 1:2)
})

test_families("one expert has one level by every criterion", function(case) {
  data <- merge_data()
  fit <- quietly(sgmoe(case$merges[[1L]][[1L]], data, 1, family = case$name))
  for (criterion in criteria) {
    found <- select_experts(fit, criterion = criterion)
    expect_identical(found$k, 1)
    expect_identical(found$path$k, 1L)
    expect_equal(c(logLik(found)), c(logLik(fit)))
  }
})

test_families("a level's likelihood is that of a fit with its coefficients", slow = TRUE, function(case) {
  set.seed(11)
  data <- case$clear(300)
  formula <- y ~ x1 + x2
  fit <- may_go_on(quietly(sgmoe(
    formula, data, 5,
    start = random_posterior(300, 5), max_passes = 30, ridge = 0.01,
    family = case$name
  )))
  trees <- list(
    expert_dendrogram(fit),
    expert_dendrogram(fit, refine = TRUE),
    expert_dendrogram(fit, refine = TRUE, standardise = FALSE),
    expert_dendrogram(fit, "likelihood"),
    expert_dendrogram(fit, "likelihood", refine = TRUE)
  )
  for (tree in trees) {
    for (k in seq_len(tree$k)) {
      at <- fit_at(formula, data, coef(tree, k), k, family = case$name)
      expect_equal(
        tree$levels[[tree$k + 1 - k]]$log_likelihood, c(logLik(at)),
        tolerance = 1e-9
      )
    }
  }
})
