# The order of experts is a matter of labels alone, for any family
# (helper-families.R).

test_families("experts come by average gate probability, whatever the start", function(case) {
  good <- case$good()
  fit <- precise(case, good)
  expect_false(is.unsorted(rev(fit$gate_share)))
  expect_equal(fit$gate_share, unname(colMeans(predict(fit, type = "gate"))))
  expect_equal(
    fit$posterior_weight, unname(colSums(predict(fit, type = "posterior")))
  )
  for (order in list(rev(seq_len(case$k)), c(case$k, seq_len(case$k - 1)))) {
    turned <- good
    turned$start <- good$start[, order]
    other <- precise(case, turned)
    expect_equal(coef(other), coef(fit), tolerance = case$precision)
  }
})

labelled_fits <- function(case) {
  set.seed(51)
  data <- case$rows(150)
  lapply(case$predicted, function(arguments) {
    arguments$k <- NULL
    if (is.null(arguments$formula)) {
      arguments$formula <- y ~ x1
    }
    quietly(call_sgmoe(data, arguments, list(
      k = 3, family = case$name, start = random_posterior(150, 3),
      ridge = 0.1, max_passes = 20
    )))
  })
}

test_families("relabel() and its inverse give the fit back", function(case) {
  for (fit in labelled_fits(case)) {
    expect_identical(relabel(fit, 1:3), fit)
    for (order in list(c(2, 1, 3), c(2, 3, 1), 3:1)) {
      back <- relabel(relabel(fit, order), order(order))
      expect_identical(back$parameters, fit$parameters)
      expect_equal(back, fit, tolerance = 1e-12)
    }
  }
})

test_families("relabel() moves everything that belongs to an expert", function(case) {
  order <- c(3, 1, 2)
  for (fit in labelled_fits(case)) {
    moved <- relabel(fit, order)
    expect_identical(names(coef(moved)), names(coef(fit)))
    # Blocks of coefficients by expert
    expert <- matrix(coef(fit, "expert"), ncol = 3)
    expect_equal(
      matrix(coef(moved, "expert"), ncol = 3), expert[, order],
      tolerance = 1e-12
    )
    scale <- coef(fit, "scale")
    if (!fit$shared) {
      scale <- matrix(scale, ncol = 3)[, order]
    }
    expect_equal(c(unname(scale)), unname(coef(moved, "scale")))
    if (has_part(fit, "sigma")) {
      expect_equal(
        as.matrix(sigma(moved)), as.matrix(sigma(fit))[order, , drop = FALSE],
        ignore_attr = TRUE
      )
    }
    for (field in c("gate_share", "posterior_weight", "starved", "floored")) {
      expect_identical(moved[[field]], fit[[field]][order])
    }
    # The gate's reference is the new first expert.
    gate <- cbind(0, matrix(coef(fit, "gate"), ncol = 2))[, order]
    expect_equal(
      matrix(coef(moved, "gate"), ncol = 2),
      (gate - gate[, 1])[, -1, drop = FALSE]
    )
    expect_identical(logLik(moved), logLik(fit))
    expect_equal(fitted(moved), fitted(fit))
    for (type in residual_types(fit)) {
      expect_equal(residuals(moved, type), residuals(fit, type))
    }
  }
})
