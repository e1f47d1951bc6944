# The coordinates of R/spec-coordinates.R for every family: their maps are inverse
# to each other, and the Jacobian is that of numerical differences.

# Parameters of every structure.
coordinate_cases <- function(case) {
  set.seed(3)
  data <- random_data(60, 2)
  data$x1 <- 3 + 2 * data$x1
  data$y2 <- 10 + 5 * data$y2
  data$y3 <- data$y2 + stats::rnorm(60)
  data$g <- factor(sample(c("a", "b", "c"), 60, TRUE))
  data$h <- data$g == "a"
  data <- with_columns(data)
  lapply(seq_along(case$coordinates), function(i) {
    arguments <- case$coordinates[[i]]
    k <- c(2, 3, 1)[[1L + (i + i %/% 3L + i %/% 9L) %% 3L]]
    arguments["gate"] <- list(
      list(NULL, ~v, ~ 0 + x1 + v)[[1L + (i - 1) %% 3L]]
    )
    problem <- problem_of(data, arguments, k, family = case$name)
    list(
      spec = problem$spec, parameters = random_parameters(problem),
      model = problem$model,
      label = paste(deparse1(arguments$formula), arguments$covariance, k)
    )
  })
}

# A step in free coordinates, as the core takes it (`move()` in block/logit.hpp
# and family/*.hpp), in plain R.
move_free <- function(case, at, step) {
  parameters <- at$parameters
  gate <- seq_len(nrow(parameters$gate) * (at$spec$k - 1))
  parameters$gate <- move_logits(parameters$gate, step[gate])
  case$move(parameters, step[setdiff(seq_along(step), gate)], at$spec)
}

test_families("the Jacobian is the derivative of the coefficients", function(case) {
  skip_if_not_installed("numDeriv")
  for (at in coordinate_cases(case)) {
    kept <- !is.na(user_coefficients(at$parameters, at$spec))
    size <- count_parameters(at$spec)
    expect_identical(sum(kept), as.integer(size), label = at$label)
    numeric <- numDeriv::jacobian(function(step) {
      unname(user_coefficients(move_free(case, at, step), at$spec))[kept]
    }, numeric(size))
    jacobian <- user_jacobian(at$spec, at$parameters)
    expect_equal(
      unname(jacobian), numeric,
      tolerance = 1e-7, label = at$label
    )
    expect_identical(
      rownames(jacobian),
      names(user_coefficients(at$parameters, at$spec))[kept]
    )
  }
})

test_families("coefficients lead back to the parameters", function(case) {
  for (at in coordinate_cases(case)) {
    spec <- at$spec
    coefficients <- user_coefficients(at$parameters, spec)
    expect_false(anyDuplicated(names(coefficients)) > 0)
    back <- move_parameters(
      unflatten_parameters(unname(coefficients), spec),
      user_basis(spec$basis), spec$basis, spec
    )
    expect_equal(back, at$parameters, label = at$label)
    positions <- unlist(coefficient_parts(spec), use.names = FALSE)
    expect_identical(positions, seq_along(coefficients))
  }
})

test_families("a tangent changes the model, what it leaves out does not", function(case) {
  for (at in coordinate_cases(case)) {
    set.seed(1)
    packed <- core_pack(at$model, at$parameters)
    direction <- stats::rnorm(length(packed))
    tangent <- tangent_direction(direction, at$spec)
    moved <- function(along) {
      user_coefficients(
        core_unpack(at$model, packed + 1e-3 * along), at$spec
      )
    }
    expect_equal(tangent_direction(tangent, at$spec), tangent)
    expect_equal(moved(direction), moved(tangent), label = at$label)
  }
})
