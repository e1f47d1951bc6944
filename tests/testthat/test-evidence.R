# The ridge by evidence: the update against the prototype's plain numerical
# version, its invariances, and what it is for.

# theta'S theta and the information by numerical derivatives, for one response
# or classes with gate and experts on the same covariates; the update in them.
numerical_update <- function(problem, parameters, ridge) {
  model <- problem$model
  model$gate_penalty <- model$gate_penalty / ridge
  model$expert_penalty <- model$expert_penalty / ridge
  rows <- reference_rows(problem$data)
  free <- free_coordinates(parameters, model)
  scales <- length(free) + 1 - rev(seq_along(spec_labels(problem$spec)$scale))
  information <- -numDeriv::hessian(function(free) {
    step <- reference_expectation(rows, free_parameters(free, model), model)
    sum(rows$weights * step$log_density)
  }, free)
  penalty <- function(free) {
    reference_penalty(free_parameters(free, model), model)
  }
  all <- function(free) {
    reference_prior(free_parameters(free, model), model)
  }
  unit <- numDeriv::hessian(penalty, free)
  unit[scales, ] <- 0
  unit[, scales] <- 0
  parts <- eigen((information + t(information)) / 2, TRUE)
  positive <- parts$vectors %*% (t(parts$vectors) * pmax(parts$values, 0))
  other <- numDeriv::hessian(function(x) all(x) - penalty(x), free)
  inverse <- solve(positive + ridge * unit + other)
  rank <- qr(unit)$rank
  step <- log((rank - ridge * sum(inverse * unit)) / (2 * penalty(free)) /
    ridge)
  list(
    ridge = ridge * exp(min(max(step, -1.5), 1.5)),
    df = sum(inverse * positive)
  )
}

slow_test("an update is that of the plain numerical version", {
  set.seed(1)
  problems <- list(
    make_problem(mpg ~ wt + hp, mtcars, 2),
    make_problem(Species ~ ., iris, 2)
  )
  control <- sgmoe_control(starts = 2)
  ridge <- 3
  for (problem in problems) {
    prior <- problem_prior(problem, control, ridge)
    problem <- with_ridge(problem, prior)
    run <- fit_starts(problem, NULL, control)$best
    slow <- numerical_update(problem, run$parameters, ridge)
    found <- problem_information(problem, run$parameters, control)
    expect_equal(
      unname(evidence_update(found, c(gate = ridge, expert = ridge))),
      rep(slow$ridge, 2),
      tolerance = 1e-4
    )
    expect_equal(
      effective_parameters(problem$spec, found), slow$df,
      tolerance = 1e-4
    )
  }
})

evidence_of <- function(found, control) {
  laplace_evidence(found$problem, found$best, control)
}

slow_test("the chosen ridge has the greatest evidence", {
  set.seed(1)
  control <- sgmoe_control(starts = 2)
  for (problem in list(
    make_problem(dist ~ speed, cars, 2),
    make_problem(Species ~ Sepal.Length + Petal.Width, iris, 2)
  )) {
    found <- fit_evidence(problem, NULL, control)
    best <- evidence_of(found, control)
    for (factor in c(1 / 3, 3)) {
      ridge <- found$evidence$ridge * factor
      other <- found$problem
      other <- with_ridge(other, problem_prior(other, control, ridge, found$best))
      run <- run_core(other, found$best$parameters, control)
      expect_lt(laplace_evidence(other, run, control), best + 0.1)
    }
    # What a strong or a weak ridge leads to is not better.
    for (ridge in c(0.1, 3)) {
      fixed <- problem
      fixed$spec$ridge <- ridge
      fixed <- fit_fixed(fixed, NULL, control)$best
      other <- fit_evidence(problem, list(
        start = fixed$parameters, type = "given", ridge = ridge, run = fixed
      ), control)
      expect_lt(evidence_of(other, control), best + 0.1)
    }
  }
})

test_that("some starts on small data are no best of several candidates", {
  problem <- make_problem(medv ~ ., MASS::Boston, 2)
  problem <- with_ridge(problem, problem_prior(problem, sgmoe_control(), 1.5))
  starts_of <- function(plain) {
    set.seed(1)
    fit_starts(problem, NULL, sgmoe_control(starts = 3), budget = search_budget(plain = plain))
  }
  without <- starts_of(0)
  with <- starts_of(9)
  expect_identical(nrow(without$table), 3L)
  expect_identical(nrow(with$table), 12L)
  expect_gte(start_objective(with$best), start_objective(without$best) - 1e-6)
  # Those that are chosen of several end alike, the others do not.
  ends <- function(rows) length(unique(round(with$table$objective[rows], 2)))
  expect_gt(ends(4:12), ends(1:3))
  small <- make_problem(dist ~ speed, cars, 2)
  expect_identical(plain_starts(small, 10, 0.5), 9)
  expect_identical(plain_starts(small, 1, 1), 0)
  large <- small
  large$rows <- 1e6
  expect_identical(plain_starts(large, 10, 0.5), 0)
})

test_that("few rows have no search from a weak ridge", {
  fit <- function(data) {
    set.seed(1)
    sgmoe(mpg ~ wt + hp, data, k = 2, starts = 1)$starts$type
  }
  types <- c("annealed", "weak")
  expect_identical(intersect(fit(mtcars), types), "annealed")
  expect_false(has_rows_for_evidence(make_problem(mpg ~ wt + hp, mtcars, 2)))
  expect_true(has_rows_for_evidence(make_problem(dist ~ speed, cars, 2)))
})

test_that("without a ridge every parameter counts", {
  fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 1, ridge = 0)
  expect_identical(fit$df, 8)
  expect_identical(fit$ridge, 0)
})

slow_test("the chosen ridge is a fixed point and says so", {
  set.seed(1)
  fit <- sgmoe(type ~ ., MASS::Pima.tr, k = 2, ridge = "auto", starts = 2)
  expect_identical(fit$control$ridge, "auto")
  expect_true(fit$evidence$settled)
  expect_false(identical(fit$reason, "separated"))
  expect_true(fit$df > 2 && fit$df < count_parameters(fit$spec))
  updates <- fit$evidence$updates
  expect_lt(
    max(abs(diff(log(utils::tail(updates[, 1], 2))))), 0.1
  )
  expect_output(print(fit), "Ridge .* \\(by evidence\\)")
  expect_output(print(summary(fit)), "ridge .* \\(by evidence\\)")
  # Started from where it ended, it stays.
  set.seed(2)
  again <- update(fit, start = fit)
  expect_equal(log(again$ridge), log(fit$ridge), tolerance = 0.3)
})

test_that("a ridge at its limit is said, and that of a fit can be given", {
  set.seed(1)
  noise <- data.frame(x = rnorm(400), y = factor(rbinom(400, 1, 0.4)))
  fit <- sgmoe(y ~ x, noise, k = 2, starts = 2)
  expect_equal(max(fit$ridge), 1e4)
  expect_output(print(fit), "by evidence, at its limit")
  cars2 <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
  again <- update(cars2, ridge = cars2$ridge)
  expect_equal(again$ridge, cars2$ridge[[1L]])
  expect_error(
    update(cars2, ridge = c(gate = 1, expert = 2)),
    class = "sgmoe_error_control"
  )
})

test_that("one expert has no ridge", {
  fit <- sgmoe(dist ~ speed, cars, k = 1, ridge = "auto")
  expect_identical(fit$ridge, 0)
  expect_equal(
    unname(coef(fit)[1:2]), unname(stats::coef(stats::lm(dist ~ speed, cars))),
    tolerance = 1e-10
  )
})

test_that("neither units nor the order of rows change the ridge", {
  data <- transform(mtcars, wt = 100 * wt + 7)
  ridge <- function(data, formula) {
    set.seed(4)
    start <- random_posterior(nrow(data), 2, 3)
    start[order(row.names(data)), ] <- start
    sgmoe(formula, data, k = 2, ridge = "auto", start = start)$ridge
  }
  first <- ridge(mtcars, mpg ~ wt + hp)
  expect_equal(
    log(ridge(data, I(mpg / 3) ~ wt + hp)), log(first),
    tolerance = 1e-6
  )
  expect_equal(
    log(ridge(mtcars[32:1, ], mpg ~ wt + hp)), log(first),
    tolerance = 1e-6
  )
})

test_that("an expert with one class only keeps finite coefficients", {
  data <- stats::na.omit(airquality)
  set.seed(1)
  fit <- sgmoe(
    factor(Ozone > 60) ~ Wind + Temp, data,
    k = 2, ridge = "auto", starts = 2
  )
  expect_lt(max(abs(fit$parameters$expert)), 15)
  further <- sgmoe(
    factor(Ozone > 60) ~ Wind + Temp, data,
    k = 2, ridge = "auto", start = fit, max_passes = 20000
  )
  expect_lt(max(abs(further$parameters$expert)), 15)
})

# The priors in the core: value, slope and curvature, and ascent.
with_test_prior <- function(problem, rows = 1.3) {
  q <- problem$model$responses
  prior <- list(
    ridge = c(gate = 0.4, expert = 0.7), gate_prior = rows,
    expert_prior = rows / 2
  )
  if (problem$model$family == "multinomial") {
    prior$prior_target <- cbind(seq_len(q) / sum(seq_len(q)))
  } else {
    prior$prior_covariance <- diag(seq_len(q), q) + 0.2
  }
  with_ridge(problem, prior)
}

prior_problems <- function() {
  set.seed(5)
  data <- random_data(150, 2)
  cases <- expand.grid(
    covariance = c("full", "diagonal", "spherical"), shared = c(FALSE, TRUE),
    stringsAsFactors = FALSE
  )
  numbers <- lapply(seq_len(nrow(cases)), function(i) {
    make_problem(
      cbind(y1, y2) ~ x1, data, 2,
      covariance = cases$covariance[[i]], shared = cases$shared[[i]]
    )
  })
  lapply(c(numbers, list(
    make_problem(y ~ x1 + x2, class_data(150, 3), 3, weighted = TRUE)
  )), with_test_prior)
}

slow_test("value and derivatives of the priors are exact", {
  for (problem in prior_problems()) {
    model <- problem$model
    parameters <- random_parameters(problem, 0.5)
    free <- free_coordinates(parameters, model)
    at <- core_at(problem, free)
    penalty <- function(free) {
      reference_prior(free_parameters(free, model), model)
    }
    expect_equal(at$penalty, penalty(free), tolerance = 1e-12)
    expect_equal(
      sum(at$ridge), reference_penalty(parameters, model),
      tolerance = 1e-12
    )
    slope <- numDeriv::grad(penalty, free)
    expect_lt(max(abs(at$penalty_gradient - slope)), 1e-6 * max(abs(slope)))
    expect_same_matrix(at$penalty_hessian, numDeriv::jacobian(
      function(free) core_at(problem, free)$penalty_gradient, free
    ))
    packed <- core_pack(model, parameters)
    pass <- core_pass(problem$data, model, packed, "bound", 1)
    expect_equal(
      pass$objective, at$log_likelihood - at$penalty,
      tolerance = 1e-12
    )
    objective <- function(packed) {
      core_pass(problem$data, model, packed, "bound", 1)$objective
    }
    slope <- numDeriv::grad(objective, packed)
    expect_lt(max(abs(pass$gradient - slope)), 1e-6 * max(abs(slope)))
  }
})

test_that("the plain algorithm climbs the objective with priors", {
  for (problem in prior_problems()) {
    for (certainty in c(1, 4)) {
      start <- list(
        posterior = random_posterior(problem$rows, problem$k, certainty)
      )
      run <- run_core(problem, start, sgmoe_control(
        acceleration = "none", curvature = "bound", max_passes = 300
      ))
      expect_gt(min(diff(run$trace)), -1e-9 * abs(run$objective))
    }
  }
})

test_that("the variance prior's maximiser is the closed form", {
  problem <- make_problem(y1 ~ x1, random_data(60), 2)
  posterior <- random_posterior(60, 2, 2)
  prior <- list(
    ridge = c(gate = 0, expert = 0), expert_prior = 1.5,
    prior_covariance = matrix(0.3)
  )
  problem <- with_ridge(problem, prior)
  parameters <- run_core(
    problem, list(posterior = posterior), sgmoe_control(max_passes = 1)
  )$parameters
  rows <- reference_rows(problem$data)
  for (k in 1:2) {
    fit <- stats::lm.wfit(rows$z, rows$y[, 1], posterior[, k])
    expected <- (sum(posterior[, k] * fit$residuals^2) + 1.5 * 0.3) /
      (sum(posterior[, k]) + 1.5)
    expect_equal(parameters$covariance[[k]], expected, tolerance = 1e-10)
  }
})

test_that("no ridge is told of where there is nothing for it to act on", {
  set.seed(1)
  fit <- sgmoe(waiting ~ 1, faithful, k = 2, starts = 2)
  for (shown in list(fit, summary(fit))) {
    expect_no_match(paste(capture.output(print(shown)), collapse = " "), "[Rr]idge [0-9]")
  }
  fit <- sgmoe(waiting ~ 1, faithful, k = 2, gate = ~eruptions, starts = 2)
  expect_output(print(fit), "Ridge .* \\(by evidence\\)")
})

test_that("where the information costs much, that of a part of the rows serves", {
  set.seed(1)
  data <- simulate_moe(3000, k = 2, p = 2)
  fit <- sgmoe(y ~ x1 + x2, data, k = 2, starts = 1, ridge = 0.5)
  problem <- fitted_problem(fit)
  information <- function() {
    quick_information(problem, fit$parameters, fit$control)
  }
  exact <- problem_information(problem, fit$parameters, fit$control)
  expect_identical(information(), exact)
  before <- .Random.seed
  local_replaced("evidence_settings", replace(evidence_settings, "arithmetic", 1))
  part <- information()
  expect_identical(.Random.seed, before)
  expect_identical(information(), part)
  # What it is made for: the same number of parameters, to the noise of rows.
  expect_false(identical(part, exact))
  count <- function(found) effective_parameters(problem$spec, found)
  expect_equal(count(part), count(exact), tolerance = 0.02)
  # Rows that weigh twice are two.
  problem$data$weights <- rep(2, problem$rows)
  problem$weight <- 2 * problem$rows
  expect_equal(information()$information, 2 * part$information)
})

test_that("the best few maxima are told apart, spikes are none of them", {
  problem <- make_problem(dist ~ speed, cars, 2)
  run <- function(objective, starved = FALSE, likelihood = objective) {
    list(
      objective = objective, log_likelihood = likelihood, starved = c(starved, FALSE),
      floored = c(FALSE, FALSE), expert_weight = c(25, 25)
    )
  }
  near <- 0.5 * same_maximum * problem$weight
  runs <- list(
    run(-5), run(0), run(-near), run(3, starved = TRUE), run(-12), run(NaN),
    run(-7), run(-8)
  )
  expect_identical(best_maxima(runs, problem), c(2L, 1L, 7L))
  expect_identical(best_maxima(runs[4], problem), 1L)
  expect_identical(best_maxima(runs[c(4, 5, 6)], problem), 2L)
  # Two maxima may have one height by chance, and other likelihoods.
  runs[[3L]] <- run(-near, likelihood = -2)
  expect_identical(best_maxima(runs, problem), c(2L, 3L, 1L))
})

slow_test("seeds agree where ridges have maxima of their own", {
  for (set in list(
    list(type ~ ., MASS::Pima.tr, 2, "multinomial"),
    list(y ~ base + age + trt, MASS::epil, 3, "poisson")
  )) {
    fits <- lapply(1:2, function(seed) {
      set.seed(seed)
      suppressMessages(sgmoe(set[[1]], set[[2]], k = set[[3]], family = set[[4]]))
    })
    expect_equal(fits[[1]]$log_likelihood, fits[[2]]$log_likelihood, tolerance = 1e-4)
    starts <- fits[[1]]$starts
    expect_true(all(c("annealed", "weak") %in% starts$type))
    expect_identical(starts$start, seq_len(nrow(starts)))
    expect_identical(sum(starts$chosen), 1L)
    # Objectives at the other ridge cannot be compared and are not shown.
    expect_gt(sum(is.na(starts$objective)), 5)
  }
})

slow_test("with thousands of coefficients all count, and no information is made", {
  set.seed(1)
  x <- matrix(rnorm(80 * 1100), 80)
  data <- data.frame(y = x[, 1] + rnorm(80), x)
  made <- 0
  suppressMessages(trace(
    "problem_information", function() made <<- made + 1,
    print = FALSE, where = asNamespace("sgmoe")
  ))
  on.exit(suppressMessages(
    untrace("problem_information", where = asNamespace("sgmoe"))
  ))
  fit <- function(...) {
    suppressMessages(suppressWarnings(
      sgmoe(..., k = 2, ridge = 1, starts = 1, max_passes = 3)
    ))
  }
  many <- fit(y ~ ., data)
  expect_identical(many$df, length(coef(many)) + 0)
  expect_identical(made, 0)
  expect_lt(fit(y ~ ., data[1:20])$df, length(coef(fit(y ~ ., data[1:20]))))
  expect_gt(made, 0)
  expect_identical(check_stored(many), many)
})

test_that("fits say their evidence, and seeds can be compared by it", {
  set.seed(1)
  fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
  expect_equal(
    fit$evidence$log_evidence,
    laplace_evidence(fitted_problem(fit), fit, sgmoe_control()),
    tolerance = 1e-6
  )
})

test_that("a row of weight zero is a row that is not there", {
  data <- na.omit(airquality)
  more <- rbind(data, data[1, ])
  more$w <- rep(c(1, 0), c(nrow(data), 1))
  set.seed(1)
  fit <- sgmoe(Ozone ~ Wind + Temp, data, k = 3, starts = 4)
  set.seed(1)
  weighted <- sgmoe(Ozone ~ Wind + Temp, more, k = 3, starts = 4, weights = w)
  expect_equal(weighted$log_likelihood, fit$log_likelihood, tolerance = 1e-8)
  expect_equal(weighted$ridge, fit$ridge, tolerance = 1e-6)
  expect_equal(nobs(weighted), nobs(fit))
  expect_identical(weighted$starts$type, fit$starts$type)
  expect_length(predict(weighted), nrow(more))
})
