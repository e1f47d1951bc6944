# Poisson experts in the battery (helper-families.R).

# Counts with one distribution on the left and another on the right, and a
# posterior close to the truth.
good_counts <- function(n = 600, seed = 31) {
  set.seed(seed)
  data <- simulate_moe(
    n, 2,
    family = "poisson", gate = cbind(c(0.2, 2, 0), c(-0.2, -2, 0)),
    mean = cbind(c(0.5, 0.6, -0.3), c(2, -0.4, 0.5))
  )
  posterior <- matrix(0.1, n, 2)
  posterior[cbind(seq_len(n), attr(data, "truth")$expert)] <- 0.9
  list(data = data, start = posterior)
}

# Columns for every kind of model: counts `y` and, with exposures `e`, `m`,
# covariates, weights (two of them zero) and a factor.
count_rows <- function(n) {
  data <- simulate_moe(n, 2, family = "poisson", mean_scale = 0.7)
  data$e <- exp(stats::rnorm(n, sd = 0.5))
  data$m <- stats::rpois(n, data$e * (1 + abs(data$x1)))
  data$v <- stats::runif(n)
  data$f <- factor(sample(c("a", "b", "c"), n, TRUE))
  data$w <- stats::rexp(n) + 0.01
  data$w[sample.int(n, 2L)] <- 0
  data
}

random_count_case <- function(seed) {
  set.seed(seed)
  pick <- function(...) sample(list(...), 1L)[[1L]]
  k <- pick(1, 2, 2, 3, 4)
  n <- pick(40, 80, 120)
  data <- count_rows(n)
  if (seed %% 3 == 0) { # a region of zeros only
    data$y[data$x2 > 0] <- 0
  }
  # Magnitudes that ask for long steps. (Much larger ones drive gates beyond
  # exp(-700), where the core's probabilities end and its twin's do not.)
  if (seed %% 5 == 0) {
    data$y <- data$y * 10^pick(1, 2, 3)
  }
  data$y[[1L]] <- data$y[[1L]] + 1
  posterior <- random_posterior(n, k, pick(1, 1, 3))
  data$w <- (data$w + 0.01) * 10^pick(0, 0, -9, 6)
  if (k > 1 && seed %% 3 == 1) { # an expert that is about to die
    posterior[, 1L] <- posterior[, 1L] * 10^pick(-1, -2, -12)
    posterior <- posterior / rowSums(posterior)
  }
  right <- pick("x1 + x2", "x1", "poly(x1, 2) + f", "0 + x1 + x2")
  left <- if (seed %% 4 == 1) "m" else "y"
  if (left == "m") {
    right <- paste(right, "+ offset(log(e))")
  }
  list(
    data = data, start = posterior, weighted = pick(TRUE, FALSE),
    arguments = list(
      formula = stats::as.formula(paste(left, "~", right)), k = k,
      family = "poisson", gate = pick(NULL, NULL, ~ v + x1, ~1, ~ 0 + x1),
      ridge = pick(0, 0, 0.01, 1)
    )
  )
}

count_optima <- function() {
  good <- good_counts(500, 21)
  data <- cbind(good$data, count_rows(500)[c("v", "w", "f")])
  data$e <- exp(stats::rnorm(500, sd = 0.5))
  data$m <- stats::rpois(500, data$e * (data$y + 0.1))
  list(
    data = data, k = 2,
    arguments = list(
      starts = 1, tolerance = 1e-11, family = "poisson"
    ),
    cases = list(
      list(formula = y ~ x1 + x2),
      list(formula = y ~ x1 + x2, ridge = 1, gate = ~v, weights = quote(w)),
      list(formula = m ~ x1 + offset(log(e)), ridge = 2),
      list(formula = y ~ x1 + f, ridge = 0.3)
    )
  )
}

# Standard errors are below 0.02 in the experts, 0.05 in the gate.
count_truth <- function() {
  good <- good_counts(20000)
  truth <- attr(good$data, "truth")
  list(
    data = good$data, arguments = list(start = good$start),
    distance = function(fit) {
      fit <- relabel(fit, order(coef(fit, "expert")[c(1, 4)]))
      max(
        abs(coef(fit, "expert") - c(truth$mean)) / 0.08,
        abs(coef(fit, "gate") - (truth$gate[, 2] - truth$gate[, 1])) / 0.3
      )
    }
  )
}

count_threads <- function() {
  good <- good_counts(5000, 41)
  data <- cbind(good$data, count_rows(5000)[c("v", "w", "e")])
  list(
    data = data, k = 2, arguments = list(starts = 1, max_passes = 100),
    cases = list(
      list(y ~ x1 + x2), list(y ~ x1 * x2, curvature = "bound"),
      list(y ~ x1 + offset(log(e)), gate = ~v, ridge = 1),
      list(y ~ x1 + x2, method = "em")
    )
  )
}

# Exposures, weights, ridge, a separate gate, one to four experts, in turn.
count_problems <- function() {
  set.seed(21)
  lapply(1:12, function(i) {
    right <- c(
      "x1 + x2", "x1 + f", "x1 + offset(log(e))", "0 + x1 + x2", "poly(x2, 2)"
    )[[i %% 5 + 1]]
    make_problem(
      stats::as.formula(paste(if (i %% 5 == 2) "m" else "y", "~", right)),
      count_rows(300),
      k = 1 + (i %/% 3) %% 4,
      gate = list(NULL, ~ v + x1, ~ 0 + v)[[i %% 3 + 1]],
      weighted = i %% 2 == 0,
      control = sgmoe_control(ridge = c(0, 0.7)[[(i %/% 2) %% 2 + 1]]),
      family = "poisson"
    )
  })
}

count_information <- function() {
  set.seed(12)
  lapply(1:6, function(i) {
    make_problem(
      list(y ~ x1 + x2, m ~ x1 + offset(log(e)), y ~ 0 + x1)[[i %% 3 + 1]],
      count_rows(300), 1 + i %% 3,
      gate = list(NULL, ~ v + x1, ~ 0 + v)[[i %% 3 + 1]],
      weighted = i %% 2 == 0,
      control = sgmoe_control(ridge = c(0, 0.7)[[i %/% 2 %% 2 + 1]]),
      family = "poisson"
    )
  })
}

# glm() as sgmoe() names its results; log-likelihood by its formula, as glm()
# takes weights for counts of rows, too.
count_singles <- function() {
  set.seed(4)
  data <- count_rows(200)
  formulas <- list(
    y ~ x1 + x2, y ~ 1, y ~ 0 + f, y ~ x1 * f, y ~ poly(x1, 3),
    m ~ x1 + offset(log(e)), m ~ 0 + x1 + x2, I(y * 1000) ~ x1 * x2
  )
  singles <- list()
  for (formula in formulas) {
    for (weighted in c(FALSE, TRUE)) {
      data$a <- if (weighted) data$w else rep(1, 200)
      model <- stats::glm(
        formula, stats::poisson, data,
        weights = a, control = list(epsilon = 1e-15, maxit = 100)
      )
      label <- paste(deparse1(formula), if (weighted) "weighted")
      coefficients <- stats::coef(model)
      singles[[label]] <- list(
        data = data, arguments = c(
          formula, if (weighted) list(weights = quote(w)),
          tolerance = 1e-13
        ),
        expected = list(
          coefficients = stats::setNames(
            coefficients, paste0("expert1:", names(coefficients))
          ),
          unit = sqrt(diag(stats::vcov(model))),
          fitted = stats::fitted(model), n = sum(data$a),
          log_likelihood = sum(data$a * stats::dpois(
            stats::model.response(stats::model.frame(model)),
            stats::fitted(model),
            log = TRUE
          )),
          df = length(coefficients), scale = numeric()
        )
      )
    }
  }
  singles
}

count_experts <- function(fit, data, z, offset) {
  y <- data[[fit$responses]]
  mean <- exp(
    z %*% matrix(coef(fit, "expert"), ncol(z)) +
      if (is.null(offset)) 0 else offset
  )
  list(
    expert = array(mean, c(nrow(z), 1, fit$k)),
    log_density = matrix(stats::dpois(y, mean, log = TRUE), nrow(z))
  )
}

# Atoms (helper-merge.R): all coefficients alike, an intercept first.
count_atoms <- list(
  read = function(coefficients, expert, z, fit) {
    list(log_mean = unname(coefficients[paste0(expert, ":", z)]))
  },
  write = function(atom, expert, z, fit) {
    stats::setNames(atom$log_mean, paste0(expert, ":", z))
  },
  standardise = function(atom, x, y) {
    slopes <- seq_along(atom$log_mean)[if (x$intercept) -1L else TRUE]
    if (x$intercept) {
      atom$log_mean[[1L]] <- atom$log_mean[[1L]] +
        sum(atom$log_mean[slopes] * x$centre)
    }
    atom$log_mean[slopes] <- atom$log_mean[slopes] * x$scale
    atom
  },
  restore = function(atom, x, y) {
    slopes <- seq_along(atom$log_mean)[if (x$intercept) -1L else TRUE]
    atom$log_mean[slopes] <- atom$log_mean[slopes] / x$scale
    if (x$intercept) {
      atom$log_mean[[1L]] <- atom$log_mean[[1L]] -
        sum(atom$log_mean[slopes] * x$centre)
    }
    atom
  },
  difference = function(one, other) sum((one$log_mean - other$log_mean)^2),
  density = function(atom, z, y, fit) {
    stats::dpois(y, exp(drop(z %*% atom$log_mean)), log = TRUE)
  },
  scales = function(moments, intercept, fit) list(centre = 0, scale = 1)
)

# A count `n1` with regimes, and its exposure, for rows with x1 and x2.
count_columns <- function(data) {
  right <- stats::runif(nrow(data)) < stats::plogis(2 * data$x1 -
    2 * mean(data$x1))
  slope <- (data$x2 - mean(data$x2)) / stats::sd(data$x2)
  data$e1 <- exp(stats::rnorm(nrow(data), sd = 0.3))
  data$n1 <- stats::rpois(
    nrow(data), data$e1 * exp(ifelse(right, 2 + 0.3 * slope, 0.5 - 0.5 * slope))
  )
  data
}

count_streams <- list(
  rates = list(n1 ~ x1 + x2, family = "poisson"),
  exposed = list(
    n1 ~ x1 + offset(log(e1)),
    family = "poisson", gate = ~x2, weights = quote(w), average = "tail",
    minibatch = 16
  ),
  pulsed = list(
    n1 ~ 0 + x1 + f,
    family = "poisson", constant = 0.05, minibatch = 7
  )
)

count_merges <- list(
  rates = list(n1 ~ x1 + x2, family = "poisson"),
  gate = list(n1 ~ x1 + f, gate = ~ v + x2),
  constant = list(n1 ~ x1, gate = ~1, weights = quote(w)),
  flat = list(n1 ~ 1, gate = ~x1),
  origin = list(n1 ~ 0 + x2, gate = ~x1, weights = quote(w))
)
count_merges$rates$family <- NULL

family_cases$poisson <- list(
  k = 2,
  good = good_counts,
  steady = list(),
  precision = 1e-5,
  random_case = random_count_case,
  provoked = function(run, weight) {
    c(starved = any(run$starved), long = any(abs(run$parameters$expert) > 10))
  },
  # Sums of counts times logarithms are rounded in their own size.
  row_size = function(problem) {
    y <- problem$data$response$values
    mean(y * log1p(y))
  },
  provoked_often = c(starved = 15, long = 30),
  optima = count_optima,
  truth = count_truth,
  default = list(gate_scale = 2),
  threads = count_threads,
  response_units = function(data) list(), # counts have none
  spoil = function(data, rows) {
    data$y[rows] <- 1e6
    data
  },
  reference = reference_poisson,
  maximises = FALSE,
  pass_precision = 1e-8,
  problems = count_problems,
  starved = function() {
    list(make_problem(y ~ x1 + f, count_rows(80), 3, family = "poisson"))
  },
  repeated = function() {
    make_problem(y ~ x1 + x2, count_rows(90), 2, family = "poisson")
  },
  far = function() make_problem(y ~ x1, count_rows(100), 3, family = "poisson"),
  far_factor = list(gate = 1e4, expert = 1e4),
  singles = count_singles,
  single_precision = c(coefficients = 1e-6, fitted = 1e-6, likelihood = 1e-8),
  rows = count_rows,
  responses = c("y", "m"),
  experts_by_hand = count_experts,
  distribution = function(fit) {
    list(
      whole = TRUE,
      cdf = function(y, mean, i, j, lower.tail = TRUE) {
        stats::pgamma(mean, floor(y) + 1, lower.tail = !lower.tail)
      },
      density = function(y, mean, i, j) stats::dpois(y, mean),
      variance = function(mean, i, j) mean
    )
  },
  observed = function(fit, data) as.matrix(as.double(data[[fit$responses]])),
  predicted = list(
    list(gate = ~ v + f, weights = quote(w)), list(k = 1), list(k = 3),
    list(formula = m ~ x1 + x2 + offset(log(e)), gate = ~ v + f),
    list(formula = m ~ x1, offset = quote(log(e)), k = 3),
    list(formula = y ~ 0 + x1 + f)
  ),
  generic = n ~ x1,
  simulated = list(mean_scale = 0.7),
  simulated_by_hand = function(data, x, truth) {
    mean <- exp(x %*% truth$mean)
    list(
      density = matrix(stats::dpois(data$y, mean), nrow(x)), value = data$y,
      mean = mean, variance = mean
    )
  },
  flexmix = function() flexmix::FLXMRglm(family = "poisson"),
  columns = count_columns,
  streams = count_streams,
  stream_numbers = list(
    rates = quote(list(y = n1)),
    exposed = quote(list(y = n1, offset = log(e1), weights = w)),
    pulsed = quote(list(y = n1))
  ),
  clear = function(n) good_counts(n, sample.int(1e6, 1L))$data,
  merges = count_merges,
  atoms = count_atoms,
  coordinates = lapply(list(
    n1 ~ x1 + f, n1 ~ 0 + x1 + x2, n1 ~ x1 + I(2 * x1), n1 ~ 1, n1 ~ x1 * x2,
    n1 ~ f
  ), function(formula) list(formula = formula)),
  move = function(parameters, step, spec) {
    parameters$expert <- parameters$expert + step
    parameters
  },
  information = count_information,
  selection = function(k, seed) {
    if (k == 2) {
      return(good_counts(1500, seed)$data)
    }
    set.seed(seed)
    simulate_moe(1500, 1, family = "poisson", mean_scale = 0.7)
  },
  selected = 1:2,
  selected_with = c("HQ", "BIC"),
  selected_by = y ~ x1 + x2
)
