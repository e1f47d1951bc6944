# Passes to the optimum from the same start: plain MM, the package's two
# accelerations, and two that it does not have, SQUAREM and damped Anderson
# (DAAREM), written here around single passes of the core. All keep a point only
# if the objective did not fall, and stop by the same rule. Seconds are not taken:
# R would cost SQUAREM and DAAREM more than their passes do. A minute or two.

source("bench/lib/common.R")

tolerance <- 1e-10
most_passes <- 5000
memory <- 10

# --- Guarded runs around core_pass() ------------------------------------------

# The passes of one run: evaluate(packed) gives a point with its objective and
# the plain next point (`image`); plain(point) goes there, or by the bound where
# the Fisher step fails; kept(new, old) is the guard.
pass_tools <- function(problem, curvature) {
  single <- function(packed, curvature) {
    core("core_pass")(problem$data, problem$model, packed, curvature, 1)
  }
  tools <- new.env()
  tools$passes <- 0
  tools$evaluate <- function(packed) {
    tools$passes <- tools$passes + 1
    parameters <- core("core_unpack")(problem$model, packed)
    packed <- core("core_pack")(problem$model, parameters) # variance floor
    c(single(packed, curvature), list(packed = packed))
  }
  tools$kept <- function(new, old) {
    isTRUE(new$objective >= old$objective - 1e-12 * (1 + abs(old$objective)))
  }
  tools$plain <- function(point) {
    new <- tools$evaluate(point$image)
    if (curvature == "fisher" && !tools$kept(new, point)) {
      new <- tools$evaluate(single(point$packed, "bound")$image)
    }
    new
  }
  tools
}

# From `start` to convergence. `method(tools)` returns a function from a point
# to the next, which must not be lower.
guarded_run <- function(problem, start, curvature, method) {
  tools <- pass_tools(problem, curvature)
  advance <- method(tools)
  negligible <- tolerance * problem$rows
  point <- tools$evaluate(start)
  while (tools$passes < most_passes) {
    check <- point$gain < negligible
    new <- if (check) tools$plain(point) else advance(point)
    gained <- new$objective - point$objective
    point <- new
    if (check && gained < negligible) {
      break
    }
  }
  list(objective = point$objective, passes = tools$passes)
}

# Varadhan and Roland (2008), step length S3. A cycle is two passes: the plain
# point, then the extrapolated one.
squarem <- function(tools) {
  function(point) {
    middle <- tools$plain(point)
    first <- middle$packed - point$packed
    curve <- middle$image - middle$packed - first
    length <- max(1, sqrt(sum(first^2) / sum(curve^2)))
    new <- tools$evaluate(
      point$packed + 2 * length * first + length^2 * curve
    )
    if (tools$kept(new, middle)) new else middle
  }
}

# Henderson and Varadhan (2019): Anderson acceleration restarted every `memory`
# steps, damped so that the squared norm of the coefficients is a share of the
# undamped one; the share grows with success.
daarem <- function(tools) {
  trust <- 0
  last <- moves <- changes <- NULL
  function(point) {
    step <- point$image - point$packed
    if (!is.null(last)) {
      moves <<- cbind(moves, point$packed - last$packed)
      changes <<- cbind(changes, step - (last$image - last$packed))
    }
    last <<- point
    if (is.null(moves)) {
      return(tools$plain(point))
    }
    coefficients <- damped(changes, step, 1 / (1 + 1.2^(25 - trust)))
    new <- tools$evaluate(
      as.vector(point$image - (moves + changes) %*% coefficients)
    )
    if (ncol(moves) == memory) {
      moves <<- changes <<- NULL
    }
    if (tools$kept(new, point)) {
      trust <<- trust + 1
      return(new)
    }
    trust <<- max(0, trust - memory)
    tools$plain(point)
  }
}

# Ridge regression of `step` on `changes`, with the ridge at which the squared
# norm of the coefficients is `delta` times that of least squares.
damped <- function(changes, step, delta) {
  parts <- svd(changes)
  use <- parts$d > 1e-10 * parts$d[1]
  d <- parts$d[use]
  projected <- drop(crossprod(parts$u[, use, drop = FALSE], step))
  norm <- function(ridge) sum((d * projected / (d^2 + ridge))^2)
  excess <- function(log_ridge) norm(exp(log_ridge)) - delta * norm(0)
  range <- 2 * log(d[1]) + c(-80, 40)
  ridge <- if (excess(range[1]) <= 0) 0 else exp(uniroot(excess, range)$root)
  parts$v[, use, drop = FALSE] %*% (d * projected / (d^2 + ridge))
}

# --- The comparison -----------------------------------------------------------

designs <- data.frame(
  columns = c(3, 6, 6, 6, 11, 11), k = c(2, 3, 3, 5, 5, 5),
  gate_scale = c(2, 2, 4, 2, 2, 3), sigma = c(1.5, 0.6, 1.5, 1, 0.6, 1.5)
)
problems <- merge(designs, data.frame(seed = seq_len(if (quick) 1 else 4)))
if (quick) {
  problems <- problems[1:3, ]
}
own <- c(
  `plain MM` = "none", `quasi-newton` = "quasi-newton",
  anderson = "anderson"
)
here <- list(SQUAREM = squarem, DAAREM = daarem)

run_problem <- function(i) {
  case <- do.call(simulated_case, c(n = 3000, problems[i, ]))
  problem <- core_problem(case)
  # One M-step from the posterior.
  start <- core_run(problem, list(posterior = case$posterior), max_passes = 1)
  start <- start$parameters
  packed <- core("core_pack")(problem$model, start)
  run_curvature <- function(curvature) {
    rows <- lapply(names(own), function(name) {
      run <- core_run(problem, start,
        curvature = curvature, acceleration = own[[name]],
        max_passes = most_passes, tolerance = tolerance
      )
      data.frame(method = name, passes = run$passes, objective = run$objective)
    })
    rows <- c(rows, lapply(names(here), function(name) {
      run <- guarded_run(problem, packed, curvature, here[[name]])
      data.frame(method = name, passes = run$passes, objective = run$objective)
    }))
    cbind(problem = i, curvature = curvature, do.call(rbind, rows))
  }
  rows <- do.call(rbind, lapply(c("bound", "fisher"), run_curvature))
  # Nats per observation below the best that any method found.
  rows$below_best <- (max(rows$objective) - rows$objective) / case$n
  rows
}

runs <- do.call(rbind, lapply(seq_len(nrow(problems)), run_problem))
groups <- split(runs, list(
  factor(runs$method, unique(runs$method)),
  runs$curvature
))
table <- do.call(rbind, lapply(groups, function(rows) {
  data.frame(
    curvature = rows$curvature[1], method = rows$method[1],
    problems = nrow(rows), passes_mean = mean(rows$passes),
    passes_median = median(rows$passes), passes_max = max(rows$passes),
    at_limit = sum(rows$passes >= most_passes),
    worse_optimum = sum(rows$below_best > 1e-6)
  )
}))
publish(
  table, "acceleration",
  "Passes from the same start (n = 3000)"
)
