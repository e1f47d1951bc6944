# Outliers are no experts. A few rows of heavy-tailed noise make the likelihood
# rise with every expert that is spent on them. A background density takes their
# place: a t distribution, the same everywhere, with a share of at most 15 % and
# at least twice as wide as the widest expert (the noise component of Banfield
# and Raftery, 1993, with heavier tails).
#
# The likelihood of a row is (1 - e) f(y | x) + e g(y), e the share of the
# background and g its density. Given e and g, the core maximises it over the
# mixture (`background` in inst/include/sgmoe/core/rows.hpp); in turn with that, the
# background is fitted to its part of the rows.

most_background <- 0.15
least_width <- 2

#' Replace experts by a background, one after another, as far as the criterion
#' is best
#'
#' Outliers on both sides make two experts, and with one of them left the
#' criterion may be no better: all lengths are tried. `level` is the best
#' without a background. Answers list(level, background, value), or `NULL` if no
#' background is better.
#' @noRd
replace_by_background <- function(problem, level, criterion, value, control) {
  best <- NULL
  screen <- screening_problem(problem)
  state <- list(level = level, background = NULL)
  repeat {
    state <- absorb_expert(problem, screen, state, control)
    if (is.null(state)) {
      return(best)
    }
    state$value <- background_criterion(problem, state, criterion)
    if (state$value < value) {
      best <- state
      value <- state$value
    }
  }
}

#' The criterion of a mixture with a background, which has 2 + 2 q parameters
#' @noRd
background_criterion <- function(problem, state, criterion) {
  path <- list(levels = list(state$level), merges = list())
  df <- 2 + 2 * length(problem$spec$responses)
  table <- path_table(path, problem, standardise = TRUE, more = df)
  if (table$spurious) Inf else table[[criterion]]
}

#' The model with the expert in the background that is missed least
#'
#' @param screen The rows to try it on, a problem.
#' @noRd
absorb_expert <- function(problem, screen, state, control) {
  k <- state$level$k
  share <- state$level$expert_weight / sum(state$level$expert_weight)
  able <- which(share < most_background)
  if (k < 2 || !length(able)) {
    return(NULL)
  }
  before <- with_experts(screen, k)
  after <- with_experts(screen, k - 1L)
  posterior <- posterior_of(before, state$level$parameters, control)$posterior
  part <- if (is.null(state$background)) {
    0
  } else {
    shared <- with_background(before, state$background)
    background_part(shared, state$level$parameters, control)
  }
  candidates <- lapply(able, function(j) {
    parameters <- drop_expert(state$level$parameters, j)
    row_share <- part + (1 - part) * posterior[, j]
    background <- fit_background(after, parameters, row_share, NULL)
    fit_with_background(after, parameters, background, 5, control)
  })
  value <- vapply(candidates, function(one) one$log_likelihood, 0)
  best <- candidates[[which.max(value)]]
  fitted <- fit_with_background(
    with_experts(problem, k - 1L), best$run$parameters,
    best$background, 30, control
  )
  list(level = fitted$level, background = fitted$background)
}

#' Mixture and background in turn
#'
#' @param rounds How often at most.
#' @noRd
fit_with_background <- function(problem, parameters, background, rounds,
                                control) {
  last <- -Inf
  for (round in seq_len(rounds)) {
    shared <- with_background(problem, background)
    run <- short_run(shared, parameters, 10, control)
    parameters <- run$parameters
    value <- run$log_likelihood + problem$weight * log1p(-background$share)
    if (value - last < 0.05) {
      break
    }
    last <- value
    part <- background_part(shared, parameters, control)
    background <- fit_background(problem, parameters, part, background)
  }
  shared <- with_background(problem, background)
  run <- short_run(shared, parameters, refine_passes, control)
  level <- describe_level(shared, run, control)
  level$log_likelihood <- run$log_likelihood +
    problem$weight * log1p(-background$share)
  list(
    run = run, level = level, background = background,
    log_likelihood = level$log_likelihood
  )
}

#' @noRd
with_background <- function(problem, background) {
  problem$data$background <- log(background$share) - log1p(-background$share) +
    background_density(problem, background)
  problem
}

#' Log-density of the background, on the working scale: a t distribution with a
#' diagonal scale matrix
#' @noRd
background_density <- function(problem, background) {
  y <- working_columns(problem$data$response)
  q <- ncol(y)
  df <- background$df
  distance <- squared_distance(y, background)
  lgamma((df + q) / 2) - lgamma(df / 2) - q / 2 * log(df * pi) -
    sum(log(background$scale)) - (df + q) / 2 * log1p(distance / df)
}

#' @noRd
squared_distance <- function(y, background) {
  n <- nrow(y)
  centred <- y - rep(background$location, each = n)
  rowSums((centred / rep(background$scale, each = n))^2)
}

#' Which part of each row is the background's, in a problem with one
#' @noRd
background_part <- function(problem, parameters, control) {
  log_density <- posterior_of(problem, parameters, control)$log_density
  stats::plogis(problem$data$background - log_density)
}

#' The background's share, location, scale and degrees of freedom, given its
#' part of the rows: a few steps of ECME (Liu and Rubin 1995)
#' @noRd
fit_background <- function(problem, parameters, part, background) {
  weights <- problem$data$weights
  weights <- part * if (length(weights)) weights else 1
  share <- sum(weights) / problem$weight
  used <- which(weights > 1e-8 * max(weights))
  weights <- weights[used]
  y <- working_columns(problem$data$response)[used, , drop = FALSE]
  if (is.null(background)) {
    location <- apply(y, 2L, stats::median)
    spread <- apply(abs(y - rep(location, each = nrow(y))), 2L, function(x) {
      stats::weighted.mean(x, weights)
    })
    background <- list(location = location, scale = spread, df = 3)
  }
  q <- ncol(y)
  least <- least_width *
    family_of(problem)$background_width(parameters, problem$spec)
  background$share <- min(max(share, 1e-6), most_background)
  background$scale <- pmax(background$scale, least)
  for (step in 1:3) {
    distance <- squared_distance(y, background)
    known <- weights * (background$df + q) / (background$df + distance)
    background$location <- colSums(known * y) / sum(known)
    centred <- y - rep(background$location, each = nrow(y))
    background$scale <- pmax(
      sqrt(colSums(known * centred^2) / sum(weights)), least
    )
    distance <- squared_distance(y, background)
    background$df <- exp(stats::optimize(function(log_df) {
      df <- exp(log_df)
      sum(weights) * (lgamma((df + q) / 2) - lgamma(df / 2) -
        q / 2 * log(df)) - sum(weights * log1p(distance / df)) * (df + q) / 2
    }, log(c(0.5, 30)), maximum = TRUE, tol = 0.01)$maximum)
  }
  background
}
