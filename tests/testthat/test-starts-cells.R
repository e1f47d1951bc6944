# The partitions that starts begin from, and many runs at once.

# Twins in R, on what was drawn.
twin_nearest <- function(points, centres) {
  distance <- apply(centres, 1L, function(centre) {
    colSums((t(points) - centre)^2)
  })
  max.col(-distance, ties.method = "first")
}

line_errors <- function(points, draw) {
  vapply(seq_along(draw$rows), function(i) {
    distance <- colSums((t(points$all) - points$all[draw$rows[[i]], ])^2)
    chosen <- order(distance)[draw$ranks[, i]]
    slopes <- qr.coef(
      qr(points$z[chosen, , drop = FALSE], tol = 1e-4),
      points$y[chosen, , drop = FALSE]
    )
    slopes[is.na(slopes)] <- 0
    rowSums((points$y - points$z %*% slopes)^2)
  }, numeric(nrow(points$z)))
}

some_points <- function(n = 60) {
  x <- matrix(rnorm(2 * n), n)
  # Columns that are constant, or nearly a sum of others, on a few rows.
  rare <- as.numeric(seq_len(n) %% 9 == 0)
  z <- cbind(1, x, rare, x[, 1] + rare)
  y <- cbind(rnorm(n), rnorm(n))
  list(z = z, y = y, all = cbind(x, rare, y), covariates = cbind(x, rare))
}

test_that("cells are those of twins in R", {
  for (seed in 1:20) {
    set.seed(seed)
    points <- some_points()
    k <- 2 + seed %% 3
    types <- c("regions", "segments", "lines", "k-means")
    draws <- lapply(types, draw_partition, points, k)
    cells <- core_cells(points, draws)
    expect_identical(
      cells[[1L]], twin_nearest(points$all, draws[[1L]]$centres)
    )
    expect_identical(
      cells[[2L]], twin_nearest(points$covariates, draws[[2L]]$centres)
    )
    # (A row that decides a coefficient is met by several lines, to rounding.)
    error <- line_errors(points, draws[[3L]])
    own <- error[cbind(seq_along(cells[[3L]]), cells[[3L]])]
    expect_lt(max(own - apply(error, 1L, min)), 1e-12)
    lloyd <- suppressWarnings(stats::kmeans(
      points$all, draws[[4L]]$centres,
      iter.max = 10, algorithm = "Lloyd"
    ))
    expect_identical(cells[[4L]], lloyd$cluster)
  }
})

small_problem <- function(n = 150) {
  set.seed(3)
  data <- simulate_moe(n, k = 2, p = 2)
  fitted_problem(sgmoe(y ~ x1 + x2, data, k = 2, starts = 1, ridge = 0))
}

test_that("many runs are what each is by itself, for any number of threads", {
  problem <- small_problem()
  set.seed(1)
  starts <- random_starts(
    problem, c("regions", "lines", "random", "k-means", "segments")
  )
  control <- sgmoe_control()
  most <- c(3, 5, 100, 20, 7)
  alone <- lapply(seq_along(starts), function(i) {
    start <- starts[[i]]
    if (!is.null(start$cell)) {
      posterior <- matrix(0.1 / 2, problem$rows, 2)
      posterior[cbind(seq_len(problem$rows), start$cell)] <- 0.9 + 0.1 / 2
      start <- list(posterior = posterior)
    }
    run_core(problem, start, replace(control, "max_passes", most[[i]]))
  })
  for (threads in 1:3) {
    control$threads <- threads
    expect_identical(
      run_each(problem, starts, control, max_passes = most), alone
    )
  }
  # From parameters, too.
  expect_identical(
    run_each(problem, lapply(alone, `[[`, "parameters"), control)[[1L]],
    run_core(problem, alone[[1L]]$parameters, control)
  )
})

test_that("a run is the same optimum as another only if both say the same", {
  problem <- small_problem()
  control <- sgmoe_control()
  set.seed(2)
  run <- run_each(problem, random_starts(problem, "lines"), control)[[1L]]
  swapped <- run
  swapped$parameters <- lapply(run$parameters, function(part) {
    if (is.list(part)) part[2:1] else part[, 2:1, drop = FALSE]
  })
  other <- run
  other$parameters$expert <- other$parameters$expert + 0.05
  lower <- run
  lower$objective <- run$objective - 1
  limited <- replace(run, "reason", "pass_limit")
  same <- function(...) promising_runs(problem, list(...), 1:2, control)$same
  expect_identical(same(run, swapped), 2L)
  expect_identical(
    promising_runs(problem, list(swapped, run), 2:1, control),
    list(go_on = 2L, same = 1L)
  )
  for (one in list(other, lower, limited)) {
    expect_length(same(run, one), 0L)
  }
})

test_that("a run stays behind only if the rows say clearly that it is worse", {
  problem <- small_problem()
  control <- sgmoe_control()
  set.seed(2)
  run <- run_each(problem, random_starts(problem, "lines"), control)[[1L]]
  # Runs at parameters nearby, with the objective that they have there.
  moved <- function(by) {
    other <- run
    other$parameters$expert <- run$parameters$expert + by
    after <- evaluate_parameters(problem, other$parameters, control)
    replace(other, "objective", list(after$objective))
  }
  density <- function(run) {
    posterior_of(problem, run$parameters, control)$log_density
  }
  stays <- vapply(c(0.01, 0.05, 0.5, 2), function(by) {
    other <- moved(by)
    rows <- density(run) - density(other)
    gap <- run$objective - other$objective
    # Vuong's statistic by its textbook formula; the ridge here is none.
    expect_equal(gap, sum(rows), tolerance = 1e-6)
    statistic <- sqrt(length(rows)) * mean(rows) / sqrt(mean((rows - mean(rows))^2))
    go_on <- promising_runs(problem, list(run, other), 1:2, control)$go_on
    expect_identical(go_on, if (statistic > 4) 1L else 1:2)
    length(go_on) == 1L
  }, NA)
  expect_setequal(stays, c(FALSE, TRUE)) # both happen
})
