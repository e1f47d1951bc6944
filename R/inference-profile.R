# Profile intervals: where the largest objective with one coefficient held has
# fallen by half a chi-square quantile.
#
# The other coordinates maximise the objective by Newton steps with its exact
# second derivatives (core_information()), under the constraint that the
# coefficient has its value: sequential quadratic programming. A coefficient of
# gate or experts is linear in the free coordinates, and so is the logarithm of a
# standard deviation; then a whole step meets the constraint. Directions in
# which the objective curves upwards are turned, and steps are shortened until
# the objective, less a penalty on what the constraint lacks, has not fallen.

profile_settings <- list(
  steps = 100, # at most, for one value
  decrement = 1e-7, # what a step must still promise, to go on
  values = 40, # at most, for one limit
  near = 1e-4, # of the root of the fall in the objective
  first = 0.5, # of the way to a Wald limit
  far = 1e4 # standard errors from the estimate, to be infinite
)

#' The objective around a point: list(parameters, objective, gradient, hessian)
#' @noRd
objective_point <- function(problem, parameters, control) {
  found <- problem_information(problem, parameters, control)
  if (is.null(found)) {
    rlang::interrupt()
  }
  list(
    parameters = parameters, objective = found$log_likelihood - found$penalty,
    gradient = found$score - found$penalty_gradient,
    hessian = found$information + found$penalty_hessian
  )
}

#' A coefficient that is held, at a point: list(value, slope), positive ones by
#' their logarithms
#'
#' @param point What objective_point() gives.
#' @param held list(name, logged).
#' @noRd
held_at <- function(point, held, spec) {
  value <- user_coefficients(point$parameters, spec)[[held$name]]
  slope <- user_jacobian(spec, point$parameters)[held$name, ]
  if (held$logged) {
    list(value = log(value), slope = slope / value)
  } else {
    list(value = value, slope = slope)
  }
}

#' The point of the largest objective with a coefficient at a value
#'
#' @param point Where to start.
#' @param held As in held_at().
#' @param value That of the coefficient.
#' @param free Which free coordinates may move.
#' @return The point, NULL if it was not found.
#' @noRd
held_maximum <- function(point, held, value, free, problem, control) {
  spec <- problem$spec
  for (step in seq_len(profile_settings$steps)) {
    at <- held_at(point, held, spec)
    lack <- value - at$value
    move <- constrained_step(point, at$slope, lack, free)
    if (!all(is.finite(move$step))) {
      return(NULL)
    }
    if (move$promise < profile_settings$decrement &&
      abs(lack) <= 1e-8 * (1 + abs(value))) {
      return(point)
    }
    merit <- point$objective - move$price * abs(lack)
    shorter <- 1
    repeat {
      next_point <- objective_point(problem, in_core(core_move(
        spec_model(spec), point$parameters, shorter * move$step
      )), control)
      left <- abs(value - held_at(next_point, held, spec)$value)
      reached <- next_point$objective - move$price * left
      if (is.finite(reached) && reached >= merit - 1e-9 * abs(merit)) {
        break
      }
      shorter <- shorter / 2
      if (shorter < 1e-6) {
        return(NULL)
      }
    }
    point <- next_point
  }
  NULL
}

#' A Newton step along a constraint
#'
#' @param point What objective_point() gives.
#' @param slope The derivative of what is held.
#' @param lack What it lacks.
#' @param free Which coordinates may move.
#' @return list(step, promise: what it gains along the constraint, price: what a
#'   unit of the constraint is worth, and more).
#' @noRd
constrained_step <- function(point, slope, lack, free) {
  hessian <- point$hessian[free, free, drop = FALSE]
  scale <- 1 / sqrt(pmax(abs(diag(hessian)), 1e-8 * max(abs(diag(hessian)))))
  parts <- eigen(hessian * tcrossprod(scale), TRUE)
  values <- pmax(abs(parts$values), 1e-8 * max(abs(parts$values)))
  vectors <- scale * parts$vectors
  solve_for <- function(x) vectors %*% (crossprod(vectors, x) / values)
  gradient <- point$gradient[free]
  slope <- slope[free]
  plain <- solve_for(gradient)
  along <- solve_for(slope)
  price <- (sum(slope * plain) - lack) / sum(slope * along)
  own <- plain - along * (sum(slope * plain) / sum(slope * along))
  step <- numeric(length(free))
  step[free] <- plain - along * price
  list(
    step = step, promise = sum(own * gradient) / 2,
    price = 2 * abs(price)
  )
}

#' One limit of a profile interval, the one nearest to the estimate
#'
#' Beyond it the objective may rise again: it is as large as that of the fit where
#' experts have changed places. A step that makes them do so is too long.
#'
#' @param best The point of the fit.
#' @param held As in held_at().
#' @param unit A step to begin with, with its sign: a standard error.
#' @param fall The root of what twice the objective must fall by.
#' @param free Which free coordinates may move.
#' @return list(value: infinite where the objective does not fall so far, NA
#'   where it was not found; better: by how much the objective rose instead).
#' @noRd
profile_limit <- function(best, held, unit, fall, free, problem, control) {
  estimate <- held_at(best, held, problem$spec)$value
  low <- list(distance = 0, root = 0, point = best)
  high <- NULL
  distance <- fall * profile_settings$first
  for (i in seq_len(profile_settings$values)) {
    point <- held_maximum(
      low$point, held, estimate + distance * unit, free, problem, control
    )
    apart <- distance - low$distance
    if (is.null(point) || apart > 0.01 * fall &&
      have_swapped(low$point, point, problem, control)) {
      # Too far for one step.
      distance <- (low$distance + distance) / 2
      if (distance - low$distance < 1e-3 * fall) {
        return(list(value = NA_real_, better = 0))
      }
      next
    }
    rise <- point$objective - best$objective
    if (rise > 1e-4) {
      return(list(value = NA_real_, better = rise))
    }
    own <- list(
      distance = distance, root = sqrt(2 * max(0, -rise)), point = point
    )
    if (abs(own$root - fall) < profile_settings$near) {
      return(list(value = estimate + distance * unit, better = 0))
    }
    if (own$root < fall) low <- own else high <- own
    if (low$distance > profile_settings$far) {
      return(list(value = sign(unit) * Inf, better = 0))
    }
    distance <- next_distance(low, high, fall, i)
  }
  list(value = NA_real_, better = 0)
}

#' Have experts changed places between two points?
#'
#' @param from,to What objective_point() gives.
#' @noRd
have_swapped <- function(from, to, problem, control) {
  posterior <- lapply(list(from, to), function(point) {
    posterior_of(problem, point$parameters, control)$posterior
  })
  order <- matching_order(posterior[[1L]], posterior[[2L]], case_weights(problem))
  is.unsorted(order)
}

#' Where to look next: the root is nearly a line
#'
#' @param low,high Values on both sides of the limit, list(distance, root);
#'   `high` may be NULL.
#' @param fall What the root is to be.
#' @param i Number of the value.
#' @noRd
next_distance <- function(low, high, fall, i) {
  if (is.null(high)) {
    factor <- fall / max(low$root, fall / 3)
    return(low$distance * min(max(1.02 * factor, 1.05), 3))
  }
  share <- (fall - low$root) / (high$root - low$root)
  if (i %% 4L == 0L) {
    share <- 0.5
  }
  low$distance + share * (high$distance - low$distance)
}

#' Profile intervals of some coefficients
#'
#' @param at Their positions.
#' @param level That of the intervals.
#' @noRd
profile_intervals <- function(fit, at, level, call = rlang::caller_env()) {
  problem <- inference_problem(fit, call)
  found <- coefficient_covariance(fit, "bayes", NULL, call, problem)
  covariance <- warn_of_covariance(found, "bayes", fit, call)
  table <- coefficient_table(fit, covariance)
  free <- !held_coordinates(fit)
  best <- objective_point(problem, fit$parameters, fit$control)
  fall <- stats::qnorm((1 + level) / 2)
  logged <- seq_along(fit$coefficients) %in% positive_coefficients(fit$spec)
  limits <- matrix(NA_real_, length(at), 2L, dimnames = list(
    names(fit$coefficients)[at], limit_names(level)
  ))
  better <- 0
  for (i in seq_along(at)) {
    error <- table[at[[i]], 2L]
    if (is.na(error)) {
      next
    }
    held <- list(name = rownames(limits)[[i]], logged = logged[[at[[i]]]])
    if (held$logged) {
      error <- error / fit$coefficients[[at[[i]]]]
    }
    for (side in 1:2) {
      limit <- profile_limit(
        best, held, c(-1, 1)[[side]] * error, fall, free, problem, fit$control
      )
      limits[i, side] <- if (held$logged) exp(limit$value) else limit$value
      better <- max(better, limit$better)
    }
  }
  warn_of_profile(limits, better, is.na(table[at, 2L]), call)
  limits
}

#' Warn of limits that were not found
#'
#' @param limits A matrix, a row for each coefficient.
#' @param better By how much the objective rose above that of the fit.
#' @param known Which coefficients have none for another reason.
#' @noRd
warn_of_profile <- function(limits, better, known,
                            call = rlang::caller_env()) {
  lost <- rownames(limits)[rowSums(is.na(limits)) > 0 & !known]
  if (length(lost)) {
    rise <- format(signif(better, 2))
    warn("profile", c(
      "Not all limits were found: they are NA.",
      "x" = "Those of {.val {some_of(lost)}}.",
      "i" = if (better > 0) {
        "On the way the objective rose by {rise} above that of the fit, which is
         not its highest maximum: fit again with more {.arg starts}."
      } else {
        "See {.code method = \"bootstrap\"}."
      }
    ), call)
  }
}
