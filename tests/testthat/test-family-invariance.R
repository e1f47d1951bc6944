# What fits of any family do not depend on (helper-families.R).

test_families("two threads give the same fit, bit for bit", slow = TRUE, function(case) {
  given <- case$threads()
  fit <- function(threads, arguments) {
    set.seed(1)
    fit <- quietly(call_sgmoe(given$data, arguments, given$arguments, list(
      k = given$k, family = case$name, weights = quote(w), threads = threads
    )))
    fit$control$threads <- fit$call <- NULL
    fit
  }
  for (arguments in given$cases) {
    one <- fit(1, arguments)
    for (threads in 2:3) {
      expect_identical(
        serialize_fit(fit(threads, arguments)), serialize_fit(one)
      )
    }
  }
})

test_families("the same seed gives the same fit, another seed another search", slow = TRUE, function(case) {
  data <- case$good()$data
  fit <- function(seed) {
    set.seed(seed)
    quietly(sgmoe(
      y ~ x1 + x2, data,
      k = case$k, starts = 2, ridge = 0.1, family = case$name
    ))
  }
  one <- fit(1)
  expect_identical(serialize_fit(fit(1)), serialize_fit(one))
  # Two seeds may draw the same partition.
  same <- vapply(2:5, function(seed) identical(fit(seed)$starts, one$starts), NA)
  expect_false(all(same))
})

test_families("the order of rows does not matter", function(case) {
  good <- case$good()
  fit <- precise(case, good)
  for (seed in 1:3) {
    set.seed(seed)
    other <- precise(case, rows_of(good, sample.int(nrow(good$data))))
    expect_same_likelihood(other, fit)
    expect_equal(coef(other), coef(fit), tolerance = case$precision)
    for (type in c("response", "posterior")) {
      expect_equal(
        predict(other, good$data, type), predict(fit, good$data, type),
        tolerance = 1e-6
      )
    }
  }
})

# u = a + b x: slopes divide by b, the intercept takes up the rest.
moved_covariates <- function(good, a, b) {
  good$data$x1 <- a[[1]] + b[[1]] * good$data$x1
  good$data$x2 <- a[[2]] + b[[2]] * good$data$x2
  good
}

moved_back <- function(coefficients, a, b) {
  rbind(c(1, a), cbind(0, diag(b))) %*% matrix(coefficients, 3)
}

expect_coefficients_near <- function(found, fit, precision) {
  expect_lt(max(abs(found - coef(fit)) / (1 + abs(coef(fit)))), precision)
}

test_families("units and origins of covariates do not matter", function(case) {
  good <- case$good()
  for (ridge in c(0, 1)) {
    fit <- precise(case, good, ridge = ridge)
    check <- function(a, b) {
      moved <- moved_covariates(good, a, b)
      other <- precise(case, moved, ridge = ridge)
      expect_same_likelihood(other, fit)
      expect_lt(abs(other$objective - fit$objective) / fit$nobs, 1e-8)
      for (type in c("response", "posterior")) {
        expect_equal(
          predict(other, moved$data, type), predict(fit, good$data, type),
          tolerance = 1e-6
        )
      }
      found <- c(
        moved_back(coef(other, "gate"), a, b),
        moved_back(coef(other, "expert"), a, b), coef(other, "scale")
      )
      expect_equal(unname(found), unname(coef(fit)), tolerance = case$precision)
      expect_coefficients_near(found, fit, case$precision)
    }
    check(c(0, 0), c(1e6, 1e-5))
    check(c(3, -200), c(1, 1))
    check(c(50, -7), c(-20, 0.1))
  }
})

test_families("units and origin of the response do not matter, if it has any", function(case) {
  good <- case$good()
  fit <- precise(case, good)
  # Covariates move as well, or not.
  a <- list(c(0, 0), c(50, -7))
  b <- list(c(1, 1), c(-20, 0.1))
  for (units in case$response_units(good$data)) {
    for (i in 1:2) {
      there <- moved_covariates(
        list(data = units$data, start = good$start), a[[i]], b[[i]]
      )
      other <- precise(case, there)
      expect_lt(
        abs(c(logLik(other)) / fit$nobs + units$loss -
          c(logLik(fit)) / fit$nobs), 1e-8
      )
      back <- units$back(
        moved_back(coef(other, "expert"), a[[i]], b[[i]]),
        coef(other, "scale")
      )
      found <- c(
        moved_back(coef(other, "gate"), a[[i]], b[[i]]), back$expert, back$scale
      )
      expect_equal(unname(found), unname(coef(fit)), tolerance = case$precision)
      expect_coefficients_near(found, fit, case$precision)
    }
  }
  # A response without units cannot be in others.
  expect_identical(
    length(case$response_units(good$data)) > 0, is_in_units(case)
  )
})

test_families("a weight of two is a row twice, of zero a row that is not there", function(case) {
  good <- case$good(600)
  good$data$w <- rep(c(2, 1, 0), 200)
  times <- rep(seq_len(600), good$data$w)
  weighted <- precise(case, good, weighted = TRUE)
  repeated <- precise(case, rows_of(good, times))
  expect_equal(nobs(weighted), nobs(repeated))
  expect_same_likelihood(weighted, repeated)
  expect_equal(BIC(weighted), BIC(repeated), tolerance = 1e-9)
  expect_equal(coef(weighted), coef(repeated), tolerance = case$precision)
  expect_equal(
    summary(weighted)$scores, summary(repeated)$scores,
    tolerance = 1e-6
  )

  kept <- good$data$w > 0
  dropped <- precise(case, rows_of(good, kept), weighted = TRUE)
  expect_equal(nobs(weighted), nobs(dropped))
  expect_same_likelihood(weighted, dropped)
  expect_equal(coef(weighted), coef(dropped), tolerance = case$precision)
  # Garbage in a row without weight is no matter.
  good$data <- case$spoil(good$data, !kept)
  good$data$x1[!kept] <- -1e3
  spoilt <- precise(case, good, weighted = TRUE)
  expect_same_likelihood(weighted, spoilt)
  expect_equal(coef(weighted), coef(spoilt), tolerance = case$precision)
})

test_families("the scale of all weights leaves the coefficients", function(case) {
  good <- case$good()
  n <- nrow(good$data)
  set.seed(3)
  good$data$w <- runif(n, 0.5, 2)
  fit <- precise(case, good, weighted = TRUE)
  for (factor in c(1e-9, 1 / n, 37, 1e6)) {
    scaled <- good
    scaled$data$w <- good$data$w * factor
    other <- precise(case, scaled, weighted = TRUE)
    expect_equal(coef(other), coef(fit), tolerance = case$precision)
    expect_equal(c(logLik(other)) / factor, c(logLik(fit)), tolerance = 1e-8)
    expect_gte(min(diff(other$trace)) / other$nobs, -1e-10)
  }
})

test_families("a ridge does not see units, and shrinks", function(case) {
  good <- case$good()
  moved <- moved_covariates(good, c(5, 0), c(1000, 1 / 50))
  size <- numeric()
  for (ridge in c(0, 1, 100)) {
    # The strong one may leave an expert without rows, in both units.
    fits <- suppressWarnings(
      lapply(list(good, moved), precise, case = case, ridge = ridge),
      classes = if (ridge == 100) "sgmoe_warning_starved" else "none"
    )
    fit <- fits[[1L]]
    other <- fits[[2L]]
    expect_lt(abs(fit$objective - other$objective) / fit$nobs, 1e-8)
    size <- c(size, sum(fit$parameters$gate[-1, ]^2))
  }
  expect_true(all(diff(size) < 0))
})

test_families("without the model frame a fit is small, whatever the rows", slow = TRUE, function(case) {
  fit_among <- function(n) {
    set.seed(1)
    data <- do.call(simulate_moe, c(
      list(n, 2, family = case$name), case$default
    ))
    quietly(sgmoe(
      y ~ x1, data,
      k = 2, model = FALSE, start = random_posterior(n, 2), max_passes = 3,
      family = case$name
    ))
  }
  small <- serialized_size(fit_among(500))
  large <- serialized_size(fit_among(50000))
  expect_lt(large, 1e5)
  expect_lt(abs(large - small), 500)
})
