# Dendrograms of mixing measures against the formulas in plain R.

# Every kind of model that has a mixing measure.
merge_cases <- function() {
  data <- merge_data()
  set.seed(3)
  list(
    one = rough_fit(y1 ~ x1 + x2, data),
    gate = rough_fit(y1 ~ x1 + f, data, gate = ~ v + x2),
    constant = rough_fit(y1 ~ x1, data, gate = ~1, weights = w),
    flat = rough_fit(y2 ~ 1, data, gate = ~x1),
    origin = rough_fit(y1 ~ 0 + x1 + x2, data, gate = ~x1, weights = w),
    full = rough_fit(cbind(y1, y2) ~ x1 + x2, data, weights = w),
    shared = rough_fit(cbind(y1, y2) ~ x1, data, shared = TRUE, gate = ~v),
    several = rough_fit(cbind(y1, y2) ~ 0 + x1 + x2, data, gate = ~x2),
    diagonal = rough_fit(cbind(y1, y2) ~ x1, data, covariance = "diagonal"),
    spherical = rough_fit(cbind(y1, y2) ~ x1, data, covariance = "spherical"),
    classes = rough_fit(g ~ x1 + x2, data),
    class_gate = rough_fit(g ~ 0 + x1, data, gate = ~ x2 + v, weights = w)
  )
}

test_that("the transcription reads and writes coef()", {
  for (fit in merge_cases()) {
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

test_that("heights, merges, parameters and DSC are those of the formulas", {
  cases <- merge_cases()
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

test_that("without a refinement a walk without data is that with data", {
  for (fit in merge_cases()[c("one", "full", "class_gate")]) {
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

# After a refinement everything is recomputed from where it led.
test_that("each refined level merges its own nearest atoms", {
  cases <- merge_cases()[c("gate", "shared", "origin", "classes")]
  for (fit in cases) {
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
