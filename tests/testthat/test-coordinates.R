# The coordinates of R/spec-coordinates.R: their maps are inverse to each other,
# and the Jacobian is that of numerical differences.

# Every family and structure; NA covariance for families without one.
coordinate_cases <- function() {
  set.seed(3)
  data <- random_data(60, 2)
  data$x1 <- 3 + 2 * data$x1
  data$y2 <- 10 + 5 * data$y2
  data$y3 <- data$y2 + stats::rnorm(60)
  data$g <- factor(sample(c("a", "b", "c"), 60, TRUE))
  data$h <- data$g == "a"
  numbers <- expand.grid(
    left = c("y1", "cbind(y1, y2)", "cbind(y1, y2, y3)"),
    covariance = c("full", "diagonal", "spherical"), shared = c(FALSE, TRUE),
    right = c("x1 + f", "0 + x1 + x2"), stringsAsFactors = FALSE
  )
  classes <- expand.grid(
    left = c("g", "h"), covariance = NA, shared = FALSE,
    right = c("x1 + f", "0 + x1 + x2", "x1 + I(2 * x1)"),
    stringsAsFactors = FALSE
  )
  cases <- rbind(numbers, classes)
  lapply(seq_len(nrow(cases)), function(i) {
    case <- cases[i, ]
    k <- c(2, 3, 1)[[1L + i %% 3L]]
    problem <- quietly(make_problem(
      stats::as.formula(paste(case$left, "~", case$right)), data, k,
      gate = list(NULL, ~v, ~ 0 + x1 + v)[[1L + i %% 2L]],
      covariance = if (is.na(case$covariance)) NULL else case$covariance,
      shared = case$shared
    ))
    parameters <- random_parameters(problem)
    list(
      spec = problem$spec, parameters = parameters, model = problem$model,
      label = paste(case, collapse = ", ")
    )
  })
}

# A step in free coordinates, as the core takes it (`move()` in block/logit.hpp
# and family/*.hpp), in plain R.
move_logits <- function(logits, step) {
  logits[, -ncol(logits)] <- logits[, -ncol(logits)] + step
  logits - rowMeans(logits)
}

move_free <- function(case, step) {
  parameters <- case$parameters
  spec <- case$spec
  k <- spec$k
  gate <- seq_len(nrow(parameters$gate) * (k - 1))
  parameters$gate <- move_logits(parameters$gate, step[gate])
  step <- step[setdiff(seq_along(step), gate)]
  q <- length(spec$responses)
  if (is.null(parameters$covariance)) {
    steps <- matrix(step, ncol = k)
    parameters$expert <- do.call(cbind, lapply(seq_len(k), function(i) {
      move_logits(reference_own(parameters$expert, i, q), steps[, i])
    }))
    return(parameters)
  }
  at <- length(parameters$expert)
  parameters$expert <- parameters$expert + step[seq_len(at)]
  for (i in seq_len(k)) {
    own <- (i - 1) * q + seq_len(q)
    factor <- t(chol(parameters$covariance[, own, drop = FALSE]))
    if (q == 1 || spec$covariance == "spherical") {
      factor <- factor * exp(step[[at + 1]])
      used <- 1
    } else if (spec$covariance == "diagonal") {
      diag(factor) <- diag(factor) * exp(step[at + seq_len(q)])
      used <- q
    } else {
      used <- q * (q + 1) / 2
      change <- matrix(0, q, q)
      change[lower.tri(change, diag = TRUE)] <- step[at + seq_len(used)]
      scaled <- diag(factor) * exp(diag(change))
      factor <- factor + change
      diag(factor) <- scaled
    }
    parameters$covariance[, own] <- factor %*% t(factor)
    if (!spec$shared) {
      at <- at + used
    }
  }
  parameters
}

test_that("the Jacobian is the derivative of the coefficients", {
  skip_if_not_installed("numDeriv")
  for (case in coordinate_cases()) {
    kept <- !is.na(user_coefficients(case$parameters, case$spec))
    size <- count_parameters(case$spec)
    expect_identical(sum(kept), as.integer(size), label = case$label)
    numeric <- numDeriv::jacobian(function(step) {
      unname(user_coefficients(move_free(case, step), case$spec))[kept]
    }, numeric(size))
    jacobian <- user_jacobian(case$spec, case$parameters)
    expect_equal(
      unname(jacobian), numeric,
      tolerance = 1e-7, label = case$label
    )
    expect_identical(
      rownames(jacobian),
      names(user_coefficients(case$parameters, case$spec))[kept]
    )
  }
})

test_that("coefficients lead back to the parameters", {
  for (case in coordinate_cases()) {
    spec <- case$spec
    coefficients <- user_coefficients(case$parameters, spec)
    expect_false(anyDuplicated(names(coefficients)) > 0)
    back <- move_parameters(
      unflatten_parameters(unname(coefficients), spec),
      user_basis(spec$basis), spec$basis
    )
    expect_equal(back, case$parameters, label = case$label)
    at <- unlist(coefficient_parts(spec), use.names = FALSE)
    expect_identical(at, seq_along(coefficients))
  }
})

test_that("a tangent changes the model, what it leaves out does not", {
  for (case in coordinate_cases()[c(1, 2, 37, 40)]) {
    set.seed(1)
    packed <- core_pack(case$model, case$parameters)
    direction <- stats::rnorm(length(packed))
    tangent <- tangent_direction(direction, case$spec)
    moved <- function(along) {
      user_coefficients(
        core_unpack(case$model, packed + 1e-3 * along), case$spec
      )
    }
    expect_equal(tangent_direction(tangent, case$spec), tangent)
    expect_equal(moved(direction), moved(tangent), label = case$label)
  }
})

# Names ------------------------------------------------------------------------

odd_data <- function() {
  set.seed(8)
  x <- stats::rnorm(200)
  data <- data.frame(
    y = ifelse(x > 0, 2 * x, -x) + stats::rnorm(200, sd = 0.3), x = x,
    sigma = stats::rnorm(200), gate2 = stats::rnorm(200),
    `(Intercept)` = stats::rnorm(200), `a:b` = stats::rnorm(200),
    `two words` = stats::rnorm(200), `(sigma)` = stats::rnorm(200),
    check.names = FALSE
  )
  data$g <- cut(x + data$sigma + stats::rnorm(200), 3, c("a", "sigma", "x:b"))
  data
}

test_that("covariates may have the names of coefficients", {
  data <- odd_data()
  plain <- stats::setNames(data, c(
    "y", "x", "v1", "v2", "v3", "v4", "v5", "v6", "g"
  ))
  odd_right <- y ~ x + sigma + gate2 + `(Intercept)` + `a:b` + `two words` +
    `(sigma)` + x:sigma
  plain_right <- y ~ x + v1 + v2 + v3 + v4 + v5 + v6 + x:v1
  responses <- list(quote(y), quote(cbind(y, v = x + gate2)), quote(g))
  plain_responses <- list(quote(y), quote(cbind(y, v = x + v2)), quote(g))
  for (i in seq_along(responses)) {
    odd_right[[2L]] <- responses[[i]]
    plain_right[[2L]] <- plain_responses[[i]]
    set.seed(1)
    fit <- quietly(sgmoe(odd_right, data, k = 2, starts = 1, ridge = 0.1))
    set.seed(1)
    same <- quietly(sgmoe(plain_right, plain, k = 2, starts = 1, ridge = 0.1))
    for (part in c("all", "gate", "expert", "scale")) {
      expect_identical(unname(coef(fit, part)), unname(coef(same, part)))
    }
    if (i < 3L) {
      expect_identical(unname(sigma(fit)), unname(sigma(same)))
    }
    expect_identical(tidy(fit)$term, names(coef(fit)))
    expect_identical(tidy(fit)[-(1:1)][1:2], tidy(same)[-(1:1)][1:2])
    expect_identical(tidy(fit)$estimate, tidy(same)$estimate)
    odd <- summary(fit)
    expect_equal(unname(odd$experts), unname(summary(same)$experts))
    expect_identical(unname(odd$expert), unname(summary(same)$expert))
    expect_identical(unname(odd$gate), unname(summary(same)$gate))
    # Coefficients are a start, in any order where their names tell them apart.
    again <- quietly(sgmoe(
      odd_right, data,
      k = 2, start = coef(fit), ridge = 0.1
    ))
    expect_equal(again$objective, fit$objective, tolerance = 1e-8)
    expect_identical(
      unname(coef(expert_dendrogram(fit), k = 2)), unname(coef(fit))
    )
  }
})

test_that("names say what a coefficient is", {
  data <- odd_data()
  fit <- quietly(sgmoe(y ~ x * sigma, data, k = 2, gate = ~gate2, starts = 1))
  columns <- c("(Intercept)", "x", "sigma", "x:sigma")
  expect_named(coef(fit), c(
    "gate2:(Intercept)", "gate2:gate2", paste0("expert1:", columns),
    paste0("expert2:", columns), "expert1:(sigma)", "expert2:(sigma)"
  ))
  classes <- quietly(sgmoe(g ~ x, data, k = 1, ridge = 1))
  expect_named(coef(classes), c(
    "expert1[sigma]:(Intercept)", "expert1[sigma]:x",
    "expert1[x:b]:(Intercept)", "expert1[x:b]:x"
  ))
  expect_identical(
    tidy(classes)$response, c("sigma", "sigma", "x:b", "x:b")
  )
  expect_identical(tidy(fit)$expert, c(2L, 2L, rep(1:2, each = 4), 1:2))
})
