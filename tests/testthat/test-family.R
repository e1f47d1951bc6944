# Families as objects.

test_that("every registered family has all its parts, and no others", {
  expect_identical(names(families), unname(vapply(families, `[[`, "", "name")))
  for (family in families) {
    expect_s3_class(family, "moe_family")
    expect_true(all(family_parts %in% names(family)))
    expect_true(all(names(family) %in% c(family_parts, optional_parts)))
    expect_true(family$offset %in% c("subtract", "predictor"))
  }
  parts <- unclass(families[[1L]])
  expect_error(new_family(parts[names(parts) != "basis"]), "missing basis")
  expect_error(new_family(c(parts, list(colour = 1))), "unknown colour")
})

test_that("what a family lacks is refused in one way", {
  set.seed(1)
  numbers <- sgmoe(dist ~ speed, cars, k = 1)
  classes <- sgmoe(Species ~ Sepal.Width, iris, k = 1, ridge = 1)
  refused <- list(
    quote(sigma(classes)), quote(residuals(classes, "quantile")),
    quote(sgmoe(Species ~ Sepal.Width, iris, k = 1, shared = TRUE)),
    quote(predict(numbers, type = "class")), quote(calibration(numbers)),
    quote(predict(numbers, type = "prob"))
  )
  for (call in refused) {
    text <- class_condition(eval(call), "error", "unsupported")
    expect_match(text, "is not for (Gaussian|multinomial) experts")
  }
})

test_that("families are asked for by their names or those of glm()", {
  data <- transform(cars, y = dist > 30)
  family_of_fit <- function(formula, family) {
    sgmoe(formula, data, k = 1, family = family, ridge = 1)$family
  }
  for (family in list("gaussian", gaussian, gaussian(), NULL)) {
    expect_identical(family_of_fit(dist ~ speed, family), "gaussian")
  }
  for (family in list("multinomial", "binomial", binomial, binomial(), NULL)) {
    expect_identical(family_of_fit(y ~ speed, family), "multinomial")
  }
  for (family in list(binomial("probit"), gaussian("log"), "gamma", Gamma)) {
    class_condition(family_of_fit(y ~ speed, family), "error", "argument")
  }
})

test_that("data are simulated by the family, with its own arguments", {
  set.seed(1)
  numbers <- simulate_moe(50, 2, sigma = c(1, 2))
  expect_type(numbers$y, "double")
  expect_identical(attr(numbers, "truth")$sigma, c(1, 2))
  classes <- simulate_moe(50, 2, family = binomial, classes = 2)
  expect_identical(levels(classes$y), c("1", "2"))
  expect_null(attr(classes, "truth")$sigma)
  class_condition(simulate_moe(5, 2, classes = 3), "error", "argument")
  class_condition(
    simulate_moe(5, 2, family = "multinomial", sigma = 3), "error", "argument"
  )
  class_condition(
    simulate_moe(5, 2, family = "multinomial", classes = 1), "error", "argument"
  )
})

# A third family, as its author would write it: no other function of the package
# is changed. (The core knows nothing of it: what is tested is the R side.)
third_family <- function() {
  list(
    name = "tally", title = "tally", help = c(family = "models of counts"),
    glm = c(quasipoisson = "log"),
    instead = c(sigma = "The variance of a count is its mean."),
    chosen_for = function(response) FALSE,
    check_response = function(response, name, call) {
      if (any(response < 0)) {
        abort("response_type", "Counts must not be negative.", call)
      }
    },
    read_response = function(response, expression, weights, keep_levels, call) {
      y <- response_matrix(response, expression)
      list(values = y, names = colnames(y), kind = "numbers")
    },
    replay_response = function(response, blueprint, call) {
      response_matrix(response, blueprint$response_call)
    },
    read_numbers = function(y, blueprint, call) matrix(as.double(y)),
    basis = function(y, weights, names, covariance, intercept) {
      list(centre = 0, scale = 1, intercept = intercept)
    },
    offset = "predictor",
    predictors = function(spec) NULL,
    n_par = function(columns, spec) spec$k * columns,
    to_user = function(parameters, spec) {
      list(expert = parameters$expert, scale = NULL)
    },
    from_user = function(expert, scale, spec) list(expert = expert),
    jacobian = function(parameters, spec) {
      kronecker(diag(spec$k), basis_change(spec$basis$expert))
    },
    mean_slopes = function(means, spec, response) means,
    start_coordinates = function(y, spec) log1p(y),
    defaults = list(
      ridge = 0.1, finalists = 6, screen_rows = 2000, moves = 3e8
    ),
    residuals = list(
      response = response_residuals,
      pearson = function(at) pearson_residuals(at, at$means)
    ),
    describe = function(spec) "",
    draw = function(expert, at) {
      mean <- at$means[cbind(seq_along(expert), 1L, expert)]
      matrix(stats::rpois(length(mean), mean))
    },
    simulator = function(k) {
      list(columns = k, draw = function(predictor, expert) {
        mean <- exp(predictor)
        y <- stats::rpois(nrow(mean), mean[cbind(seq_len(nrow(mean)), expert)])
        list(y = y, density = stats::dpois(y, mean))
      })
    }
  )
}

test_that("a third family is one list of parts", {
  with_third <- function(code) {
    with_binding(
      "families",
      c(families, list(tally = new_family(third_family()))), code
    )
  }
  with_third({
    set.seed(1)
    data <- simulate_moe(60, 2, family = quasipoisson)
    data$x2 <- 5 + 3 * data$x2
    expect_true(all(data$y == round(data$y)))
    expect_identical(check_family(quasipoisson()), "tally")
    class_condition(check_family(quasipoisson("sqrt")), "error", "argument")
    problem <- make_problem(y ~ x1 + x2 + offset(x1), data, 2, ~x1,
      family = "tally"
    )
    # What the core is to be given: counts as they are, offsets apart.
    expect_equal(problem$data$response$values[, 1], data$y)
    expect_equal(problem$data$response$scale, 1)
    expect_equal(problem$data$offset[, 1], data$x1)
    spec <- problem$spec
    expect_identical(count_parameters(spec), 2 + 6)
    expect_identical(spec_labels(spec)$scale, character())
    parameters <- list(gate = cbind(c(1, 2), -c(1, 2)), expert = diag(2)[
      c(1, 2, 1),
    ])
    coefficients <- user_coefficients(parameters, spec)
    expect_named(coefficients, c(
      "gate2:(Intercept)", "gate2:x1", paste0(
        "expert", rep(1:2, each = 3), ":", c("(Intercept)", "x1", "x2")
      )
    ))
    back <- unflatten_parameters(coefficients, spec)
    expect_equal(
      move_parameters(back, user_basis(spec$basis), spec$basis, spec),
      parameters
    )
    expect_identical(dim(user_jacobian(spec, parameters)), c(8L, 8L))
    expect_identical(
      describe_model(list(k = 2, spec = spec)),
      "Mixture of 2 tally experts"
    )
    text <- class_condition(
      require_part(spec, "sigma", "{.fn sigma}"), "error", "unsupported"
    )
    expect_match(text, "tally.*variance")
    for (arguments in list(list(shared = TRUE), list(covariance = "full"))) {
      class_condition(do.call(sgmoe, c(
        list(y ~ x1, data, k = 2, family = quasipoisson), arguments
      )), "error", "unsupported")
    }
    # Only the core is missing.
    class_condition(
      sgmoe(y ~ x1, data, k = 1, family = quasipoisson), "error", "core"
    )
  })
  expect_null(families$tally)
  class_condition(check_family(quasipoisson()), "error", "argument")
})
