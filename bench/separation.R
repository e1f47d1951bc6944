# What accelerates a fit of classes, on sets from well-conditioned to separable:
# passes of every curvature and acceleration from the same start, and what a
# Newton step with the mixture's observed information would save.
#
# A start is thirty plain passes of the bound from a random posterior, so that
# most methods end in the same optimum; `objective` shows who does not.

source("bench/lib/common.R")

fgl <- stats::setNames(MASS::fgl, c(names(MASS::fgl)[1:9], "y"))
flowers <- stats::setNames(iris, c(names(iris)[1:4], "y"))
simulated <- function(seed, n, k, gate_scale, mean_scale) {
  set.seed(seed)
  simulate_moe(n, k,
    family = "multinomial", classes = 3, gate_scale = gate_scale, mean_scale = mean_scale
  )
}
one <- function(set, data, k, ridge = 0) {
  list(set = set, data = data, k = k, ridge = ridge)
}
cases <- c(
  lapply(1:3, function(seed) {
    one("well-conditioned", simulated(seed, 5000, 2, 2, 1), 2)
  }),
  lapply(1:3, function(seed) {
    one("overlapping", simulated(seed, 2000, 3, 2, 1), 3)
  }),
  lapply(1:3, function(seed) {
    one("sharp", simulated(seed, 2000, 3, 20, 8), 3)
  }),
  list(
    one("separable", flowers, 2), one("separable", fgl, 1),
    one("separable", fgl, 2), one("tiny ridge", flowers, 2, 0.01),
    one("tiny ridge", fgl, 2, 0.1), one("tiny ridge", fgl, 3, 0.1)
  )
)
if (quick) cases <- cases[c(1, 11)]
most <- if (quick) 500 else 10000

settings <- list(
  default = list(memory = 20),
  `memory 10` = list(),
  anderson = list(acceleration = "anderson"),
  `fisher, plain` = list(acceleration = "none"),
  `bound, quasi-newton` = list(curvature = "bound", memory = 20),
  `bound, anderson` = list(curvature = "bound", acceleration = "anderson"),
  `bound, plain` = list(curvature = "bound", acceleration = "none"),
  em = list(method = "em", acceleration = "none")
)

# Newton steps until the objective stands still, from `parameters`: the observed
# information by differences of the core's gradient, eigenvalues of the wrong
# sign turned, steps shortened until the objective does not fall.
newton <- function(problem, parameters, negligible) {
  core_pass <- core("core_pass")
  value <- function(x) {
    core_pass(problem$data, problem$model, x, "bound", 1)
  }
  point <- core("core_pack")(problem$model, parameters)
  current <- value(point)
  steps <- 0
  repeat {
    hessian <- vapply(seq_along(point), function(i) {
      width <- 1e-5 * max(1, abs(point[[i]]))
      left <- replace(point, i, point[[i]] - width)
      right <- replace(point, i, point[[i]] + width)
      (value(right)$gradient - value(left)$gradient) / (2 * width)
    }, numeric(length(point)))
    split <- eigen(-(hessian + t(hessian)) / 2, TRUE)
    size <- abs(split$values)
    inverse <- ifelse(size > 1e-7 * max(size), 1 / size, 0)
    step <- as.vector(split$vectors %*% (inverse * crossprod(
      split$vectors, current$gradient
    )))
    steps <- steps + 1
    length <- 1
    repeat {
      tried <- value(point + length * step)
      rises <- is.finite(tried$objective) &&
        tried$objective >= current$objective
      if (rises || length < 1e-8) break
      length <- length / 4
    }
    if (!rises) break
    gain <- tried$objective - current$objective
    point <- point + length * step
    current <- tried
    if (gain < negligible || steps >= 100) break
  }
  list(steps = steps, objective = current$objective)
}

run_case <- function(case) {
  n <- nrow(case$data)
  problem <- core_problem(list(
    formula = y ~ ., data = case$data, k = case$k
  ), ridge = case$ridge)
  set.seed(1)
  posterior <- matrix(rexp(n * case$k), n)
  start <- core_run(problem, list(posterior = posterior / rowSums(posterior)),
    curvature = "bound", acceleration = "none", max_passes = 30
  )$parameters
  line <- function(method, run, passes = run$passes, rejected = run$rejected) {
    data.frame(
      set = case$set, n = n, k = case$k, ridge = case$ridge, method = method,
      passes = passes, rejected = rejected, objective = run$objective / n
    )
  }
  rows <- lapply(names(settings), function(name) {
    run <- do.call(core_run, c(
      list(problem, start, max_passes = most), settings[[name]]
    ))
    line(name, run)
  })
  # A Newton pass costs about three of Fisher's: with D free logits of gate and
  # experts a row, D (D + 1) / 2 weight columns.
  after <- lapply(if (length(unlist(start)) < 80) c(40, 80), function(passes) {
    run <- core_run(problem, start, memory = 20, max_passes = passes)
    result <- newton(problem, run$parameters, 1e-9 * n)
    line(
      paste("newton steps after", passes), result, result$steps, NA
    )
  })
  do.call(rbind, c(rows, after))
}

table <- NULL
for (case in cases) {
  message(case$set, ", k = ", case$k)
  table <- rbind(table, run_case(case))
  save_table(table, "separation")
}
publish(table, "separation", "Passes on sets from well-conditioned to separable")
