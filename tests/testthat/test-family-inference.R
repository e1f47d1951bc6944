# Standard errors of every family: scores of rows and covariances against
# numerical derivatives, on the scale of coef().

test_families("scores of rows are the derivatives of their log-densities", function(case) {
  for (problem in case$information()) {
    model <- problem$model
    free <- free_coordinates(random_parameters(problem, 0.5), model)
    rows <- reference_rows(problem$data)
    scores <- core_row_scores(
      problem$data, model, free_parameters(free, model), 1
    )
    slope <- numDeriv::jacobian(function(free) {
      reference_expectation(rows, free_parameters(free, model), model)$log_density
    }, free)
    expect_lt(max(abs(scores - slope)), 1e-6 * max(abs(slope)))
    expect_equal(
      colSums(case_weights(problem) * scores), core_at(problem, free)$score,
      tolerance = 1e-10
    )
    expect_identical(
      core_row_scores(problem$data, model, free_parameters(free, model), 3),
      scores
    )
    products <- core_score_products(
      problem$data, model, free_parameters(free, model), 1
    )
    expect_equal(
      products, crossprod(scores, case_weights(problem) * scores),
      tolerance = 1e-10
    )
    expect_identical(
      core_score_products(problem$data, model, free_parameters(free, model), 3),
      products
    )
  }
})

test_families("vcov() is the inverse of the objective's negative curvature", slow = TRUE, function(case) {
  for (fit in inference_fits(case)) {
    hessian <- numDeriv::hessian(user_objective(fit), coef(fit))
    expected <- solve(-hessian)
    dimnames(expected) <- list(names(coef(fit)), names(coef(fit)))
    # (Second differences of a sum of some thousand.)
    expect_same_covariance(vcov(fit), expected, 1e-3)
    expect_identical(vcov(fit), t(vcov(fit)))
    if (fit$spec$ridge == 0) {
      expect_identical(vcov(fit, "observed"), vcov(fit))
    }
  }
})

test_families("estfun() sums to the gradient of the penalty", function(case) {
  for (fit in inference_fits(case)) {
    scores <- estfun.sgmoe(fit)
    expect_identical(colnames(scores), names(coef(fit)))
    expect_identical(rownames(scores), row.names(fit$model))
    gradient <- numDeriv::grad(user_penalty(fit), coef(fit))
    # In units of what a row adds, as a column's unit is arbitrary.
    size <- sqrt(colSums(scores^2))
    expect_lt(max(abs(colSums(scores) - gradient) / size), 1e-5)
  }
})

test_families("opg and sandwich are made of the scores", function(case) {
  for (fit in inference_fits(case)) {
    weights <- weights(fit)
    if (is.null(weights)) weights <- rep(1, fit$rows)
    scores <- estfun.sgmoe(fit)[weights > 0, ]
    weights <- weights[weights > 0]
    outer <- crossprod(scores / sqrt(weights))
    bread <- vcov(fit)
    expect_same_covariance(
      vcov(fit, "sandwich"), bread %*% outer %*% bread, 1e-8
    )
    if (fit$spec$ridge == 0) {
      expect_same_covariance(vcov(fit, "opg"), solve(outer), 1e-6)
    }
    groups <- rep(1:50, length.out = fit$rows)
    sums <- rowsum(estfun.sgmoe(fit), groups)
    expect_same_covariance(
      vcov(fit, "sandwich", cluster = groups),
      bread %*% crossprod(sums) %*% bread * 50 / 49, 1e-8
    )
    if (is.null(weights(fit))) {
      expect_equal(sandwich::sandwich(fit), vcov(fit, "sandwich"))
      expect_equal(
        sandwich::vcovCL(fit, groups, type = "HC0"),
        vcov(fit, "sandwich", cluster = groups)
      )
    }
    expect_equal(
      unclass(lmtest::coeftest(fit, df = Inf))[rownames(coef(summary(fit))), ],
      coef(summary(fit)),
      ignore_attr = TRUE
    )
  }
})

test_families("a row of weight two is the row twice", function(case) {
  good <- case$good(200)
  good$data$id <- seq_len(200)
  twice <- rows_of(good, rep(1:200, rep(c(1, 3), 100)))
  good$data$w <- rep(c(1, 3), 100)
  weighted <- precise(case, good, weighted = TRUE, ridge = 1)
  repeated <- precise(case, twice, ridge = 1)
  data <- good$data # where the call's data are looked for
  for (type in covariance_types) {
    expect_same_covariance(vcov(weighted, type), vcov(repeated, type), 1e-4)
  }
  expect_same_covariance(
    vcov(weighted, "sandwich", cluster = ~id),
    vcov(repeated, "sandwich", cluster = twice$data$id), 1e-4
  )
})

test_families("tables, intervals and tests are made of vcov()", function(case) {
  fit <- precise(case, case$good(300), ridge = 1)
  error <- sqrt(diag(vcov(fit)))
  z <- coef(fit) / error
  table <- coef(summary(fit))
  parts <- coefficient_parts(fit$spec)
  tested <- c(parts$expert, parts$gate)
  expect_equal(table, cbind(
    Estimate = coef(fit), `Std. Error` = error, `z value` = z,
    `Pr(>|z|)` = 2 * pnorm(abs(z), lower.tail = FALSE)
  )[tested, ])
  expect_equal(
    summary(fit)$scales[, 2], error[parts$scale],
    ignore_attr = TRUE
  )
  tidied <- tidy(fit, conf.int = TRUE, conf.level = 0.9)
  expect_identical(tidied$term, names(coef(fit)))
  expect_equal(tidied$std.error, unname(error))
  expect_equal(tidied$statistic[tested], unname(z[tested]))
  expect_true(all(is.na(tidied$p.value[parts$scale])))
  limits <- confint(fit, level = 0.9)
  expect_identical(colnames(limits), c("5 %", "95 %"))
  expect_equal(cbind(tidied$conf.low, tidied$conf.high), unname(limits))
  half <- qnorm(0.95)
  gate <- parts$gate
  expect_equal(unname(limits[gate, 2]), unname(coef(fit) + half * error)[gate])
  for (i in parts$scale) {
    # On the log scale, by the delta method.
    expect_equal(unname(log(limits[i, ])), log(coef(fit)[[i]]) +
      c(-1, 1) * half * error[[i]] / coef(fit)[[i]])
  }
  expect_identical(confint(fit, 2:1, 0.9), limits[2:1, ])
  expect_identical(
    confint(fit, names(coef(fit))[[2]], 0.9), limits[2, , drop = FALSE]
  )
  sandwiched <- confint(fit, type = "sandwich")
  expect_equal(
    sandwiched[1, 2] - coef(fit)[[1]],
    qnorm(0.975) * sqrt(vcov(fit, "sandwich")[1, 1]),
    ignore_attr = TRUE
  )
})

test_families("relabel() only permutes", function(case) {
  fit <- precise(case, case$good(300))
  order <- rev(seq_len(fit$k))
  map <- relabel_matrix(fit, order)
  other <- relabel(fit, order)
  expected <- map %*% vcov(fit) %*% t(map)
  dimnames(expected) <- dimnames(vcov(other))
  expect_same_covariance(vcov(other), expected, 1e-7)
})

test_that("one expert: lm() but for the divisor, multinom() and glm()", {
  data <- transform(mtcars, w = rep(1:4, 8), g = factor(gear), a = am > 0)
  fit <- sgmoe(mpg ~ wt + hp, data, k = 1, weights = w)
  model <- lm(mpg ~ wt + hp, data, weights = w)
  n <- nobs(fit)
  expected <- summary(model)$cov.unscaled * sum(data$w * resid(model)^2) / n
  expect_equal(unname(vcov(fit)[1:3, 1:3]), unname(expected), tolerance = 1e-8)
  expect_equal(
    vcov(fit)[4, 4], sigma(fit)[[1]]^2 / (2 * n),
    tolerance = 1e-8
  )
  expect_equal(unname(vcov(fit)[4, 1:3]), rep(0, 3), tolerance = 1e-8)
  many <- sgmoe(cbind(mpg, qsec) ~ wt, data, k = 1)
  expect_equal(
    unname(vcov(many)[1:4, 1:4]),
    unname(vcov(lm(cbind(mpg, qsec) ~ wt, data))) * 30 / 32,
    tolerance = 1e-7
  )
  # Entries of a normal sample's covariance matrix.
  sigma <- matrix(coef(many, "scale")[c(1, 2, 2, 3)], 2)
  at <- cbind(c(1, 1, 2), c(1, 2, 2))
  expected <- outer(1:3, 1:3, Vectorize(function(a, b) {
    i <- at[a, ]
    j <- at[b, ]
    sigma[i[1], j[1]] * sigma[i[2], j[2]] + sigma[i[1], j[2]] * sigma[i[2], j[1]]
  })) / 32
  expect_equal(unname(vcov(many)[5:7, 5:7]), expected, tolerance = 1e-7)
  classes <- sgmoe(g ~ wt, data, k = 1, tolerance = 1e-13)
  multinom <- nnet::multinom(
    g ~ wt, data,
    Hess = TRUE, trace = FALSE, reltol = 1e-14, maxit = 1000
  )
  expect_equal(unname(vcov(classes)), unname(vcov(multinom)), tolerance = 1e-3)
  logit <- sgmoe(a ~ wt, data, k = 1, tolerance = 1e-13)
  model <- glm(a ~ wt, binomial, data, epsilon = 1e-14)
  expect_equal(unname(vcov(logit)), unname(vcov(model)), tolerance = 1e-6)
  counts <- sgmoe(carb ~ wt, data, k = 1, family = "poisson", tolerance = 1e-13)
  model <- glm(carb ~ wt, poisson, data, epsilon = 1e-14)
  expect_equal(unname(vcov(counts)), unname(vcov(model)), tolerance = 1e-6)
})
