# Gaussian experts in the battery (helper-families.R).

# A mixture whose likelihood has a good maximum, and a posterior close to it.
good_numbers <- function(n = 600, seed = 31, p = 2, k = 3) {
  set.seed(seed)
  data <- simulate_moe(n, k = k, p = p, gate_scale = 2)
  expert <- attr(data, "truth")$expert
  posterior <- matrix(0.1 / k, n, k)
  posterior[cbind(seq_len(n), expert)] <- 0.9 + 0.1 / k
  list(data = data, start = posterior)
}

# The seed-th random data set and model: for fit_case(). list(data, arguments
# of sgmoe(), start, weighted)
random_case <- function(seed) {
  set.seed(seed)
  pick <- function(...) sample(list(...), 1L)[[1L]]
  q <- pick(1, 1, 2, 3)
  wide <- seed %% 10 == 0 # more covariates than rows, with a ridge
  n <- if (wide) 25 else pick(30, 60, 120)
  data <- random_data(n, q, if (wide) 30 else 2)
  right <- if (wide) {
    paste0("x", 1:30, collapse = " + ")
  } else {
    pick("x1 + x2", "x1", "poly(x1, 2) + f", "0 + x1 + x2")
  }
  k <- pick(2, 2, 3, 4, 6)
  certainty <- pick(1, 1, 3)
  posterior <- random_posterior(n, k, certainty)
  data$w <- data$w * 10^pick(0, 0, -9, 6)
  if (seed %% 4 == 0) { # an expert that is about to die
    posterior[, 1L] <- posterior[, 1L] * 10^pick(-1, -2, -12)
    posterior <- posterior / rowSums(posterior)
  }
  list(
    data = data,
    start = posterior,
    weighted = pick(TRUE, FALSE),
    arguments = list(
      formula = response_formula(q, right), k = k,
      gate = pick(NULL, NULL, ~ v + x1, ~1, ~ 0 + x1),
      covariance = pick("full", "diagonal", "spherical"),
      shared = pick(TRUE, FALSE, FALSE),
      ridge = if (wide) pick(0.1, 1, 10) else pick(0, 0, 0.01, 1)
    )
  )
}

number_optima <- function() {
  set.seed(21)
  data <- simulate_moe(500, k = 3, p = 2, gate_scale = 2)
  data$y2 <- data$y * data$x1 + stats::rnorm(500)
  data$v <- stats::rnorm(500)
  data$w <- stats::rexp(500)
  list(
    data = data, k = 3, arguments = list(starts = 2), cases = list(
      list(formula = y ~ x1 + x2),
      list(formula = y ~ x1 + x2, gate = ~v, shared = TRUE, weights = quote(w)),
      list(formula = cbind(y, y2) ~ x1),
      list(formula = cbind(y, y2) ~ x1, covariance = "diagonal", ridge = 2),
      list(formula = cbind(y, y2) ~ x1, covariance = "spherical", shared = TRUE)
    )
  )
}

# Experts by their sigma, which are far apart. A standard error is about
# sigma/80 of an expert's coefficient, and about 0.05 of a gate's.
number_truth <- function() {
  set.seed(32)
  data <- simulate_moe(
    20000,
    k = 3, gate = cbind(c(0.5, 0, 0), c(0, 2, -1), c(0, -1, 2)),
    mean = cbind(c(3, 1, 0), c(0, -1, 1), c(-3, 0, 2)),
    sigma = c(0.3, 0.5, 0.8)
  )
  list(data = data, arguments = list(starts = 3), distance = function(fit) {
    truth <- attr(data, "truth")
    fit <- relabel(fit, order(sigma(fit)))
    max(
      abs(coef(fit, "scale") - truth$sigma) / 0.05,
      abs(coef(fit, "expert") - c(truth$mean)) / 0.06,
      abs(coef(fit, "gate") - c(truth$gate[, -1] - truth$gate[, 1])) / 0.25
    )
  })
}

number_threads <- function() {
  set.seed(41)
  data <- simulate_moe(5000, k = 3, p = 3, gate_scale = 2)
  data$y2 <- data$x1 * data$y + stats::rnorm(5000)
  data$w <- stats::rexp(5000)
  list(data = data, k = 3, arguments = list(starts = 2), cases = list(
    list(y ~ x1 + x2 + x3), list(y ~ x1 * x2, curvature = "bound"),
    list(cbind(y, y2) ~ x1, gate = ~x2, ridge = 1),
    list(y ~ x1 + x2, method = "em", max_passes = 60)
  ))
}

# y -> shift + scale y
number_units <- function(data) {
  Map(function(shift, scale) {
    data$y <- shift + scale * data$y
    list(
      data = data, loss = log(abs(scale)),
      back = function(expert, scales) {
        expert[1L, ] <- expert[1L, ] - shift
        list(expert = expert / scale, scale = scales / abs(scale))
      }
    )
  }, c(1000, 0, -30), c(1, -1e-4, 1e5))
}

# Problems of every covariance structure, shared or not, with one and several
# responses, with weights, ridge and a separate gate in turn.
number_problems <- function() {
  set.seed(11)
  cases <- expand.grid(
    q = c(1, 3), covariance = c("full", "diagonal", "spherical"),
    shared = c(FALSE, TRUE), stringsAsFactors = FALSE
  )
  three <- lapply(seq_len(nrow(cases)), function(i) {
    case <- cases[i, ]
    make_problem(
      response_formula(
        case$q, if (i %% 4 == 0) "0 + x1 + f" else "x1 + x2 + f"
      ),
      random_data(300, case$q), 3,
      gate = list(NULL, ~ v + x1, ~ 0 + v)[[i %% 3 + 1]],
      covariance = case$covariance, shared = case$shared,
      weighted = i %% 2 == 0,
      control = sgmoe_control(ridge = c(0, 0.7)[[(i %/% 2) %% 2 + 1]])
    )
  })
  c(three, lapply(c(1, 2, 6), function(k) {
    make_problem(y2 ~ x1 * f, random_data(400, 2), k, gate = ~ v + x2)
  }))
}

number_rows <- function(n) {
  data <- random_data(n, 2)
  data$y <- data$y1
  data$o <- matrix(stats::rnorm(2 * n), n)
  data
}

# Means and log-densities, n x q x K and n x K, by coef(). `offset` may have a
# column for each response.
number_experts <- function(fit, data, z, offset) {
  k <- fit$k
  y <- as.matrix(data[fit$responses])
  q <- ncol(y)
  slopes <- array(coef(fit, "expert"), c(ncol(z), q, k))
  values <- matrix(coef(fit, "scale"), ncol = if (fit$shared) 1 else k)
  mean <- array(0, c(nrow(z), q, k))
  log_density <- matrix(0, nrow(z), k)
  for (i in seq_len(k)) {
    mean[, , i] <- z %*% slopes[, , i] + if (is.null(offset)) 0 else offset
    own <- values[, if (fit$shared) 1 else i]
    sigma <- if (q == 1 || fit$covariance == "spherical") {
      diag(own^2, q)
    } else if (fit$covariance == "diagonal") {
      diag(own^2)
    } else {
      matrix(own[c(1, 2, 2, 3)], 2)
    }
    rest <- y - mean[, , i]
    log_density[, i] <- -0.5 * (q * log(2 * pi) + log(det(sigma)) +
      rowSums(rest %*% solve(sigma) * rest))
  }
  list(expert = mean, log_density = log_density)
}

number_predicted <- list(
  list(gate = ~v, k = 3, weights = quote(w)), list(), list(k = 1),
  list(formula = cbind(y1, y2) ~ x1, offset = quote(cbind(v, 2 * x2))),
  list(formula = cbind(y1, y2) ~ x1, covariance = "diagonal", gate = ~ v + f),
  list(formula = cbind(y1, y2) ~ x1 + offset(o), covariance = "spherical"),
  list(formula = cbind(y1, y2) ~ x1 + offset(v), shared = TRUE, k = 3)
)

number_streams <- list(
  gaussian = list(y ~ x1 + x2),
  gate = list(y ~ x1 + f, gate = ~x2, weights = quote(w)),
  several = list(
    cbind(y, v) ~ x1,
    covariance = "diagonal", average = "tail", minibatch = 10
  ),
  offset = list(
    y ~ x1 + offset(o),
    gate = ~1, ridge = 0.5, average = "polyak", curvature = "bound"
  ),
  drift = list(y ~ 0 + x1, constant = 0.05, minibatch = 7)
)

number_merges <- list(
  one = list(y1 ~ x1 + x2),
  gate = list(y1 ~ x1 + f, gate = ~ v + x2),
  constant = list(y1 ~ x1, gate = ~1, weights = quote(w)),
  flat = list(y2 ~ 1, gate = ~x1),
  origin = list(y1 ~ 0 + x1 + x2, gate = ~x1, weights = quote(w)),
  full = list(cbind(y1, y2) ~ x1 + x2, weights = quote(w)),
  shared = list(cbind(y1, y2) ~ x1, shared = TRUE, gate = ~v),
  several = list(cbind(y1, y2) ~ 0 + x1 + x2, gate = ~x2),
  diagonal = list(cbind(y1, y2) ~ x1, covariance = "diagonal"),
  spherical = list(cbind(y1, y2) ~ x1, covariance = "spherical")
)

number_coordinates <- local({
  cases <- expand.grid(
    left = c("y1", "cbind(y1, y2)", "cbind(y1, y2, y3)"),
    covariance = c("full", "diagonal", "spherical"), shared = c(FALSE, TRUE),
    stringsAsFactors = FALSE
  )
  right <- rep_len(c("x1 + f", "0 + x1 + x2"), nrow(cases))
  Map(function(left, right, covariance, shared) {
    list(
      formula = stats::as.formula(paste(left, "~", right)),
      covariance = covariance, shared = shared
    )
  }, cases$left, right, cases$covariance, cases$shared)
})

# Means move by themselves, Cholesky factors by entries, the diagonal by factors.
move_numbers <- function(parameters, step, spec) {
  q <- length(spec$responses)
  at <- length(parameters$expert)
  parameters$expert <- parameters$expert + step[seq_len(at)]
  for (i in seq_len(spec$k)) {
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

# Covariances of every structure, shared or not, with one and several responses,
# weights, ridge and a separate gate in turn.
number_information <- function() {
  set.seed(12)
  cases <- expand.grid(
    q = c(1, 3), covariance = c("full", "diagonal", "spherical"),
    shared = c(FALSE, TRUE), stringsAsFactors = FALSE
  )
  lapply(seq_len(nrow(cases)), function(i) {
    case <- cases[i, ]
    make_problem(
      response_formula(case$q, if (i %% 4 == 0) "0 + x1" else "x1 + x2"),
      random_data(300, case$q), 2 + i %% 2,
      gate = list(NULL, ~ v + x1, ~ 0 + v)[[i %% 3 + 1]],
      covariance = case$covariance, shared = case$shared,
      weighted = i %% 2 == 0,
      control = sgmoe_control(ridge = c(0, 0.7)[[i %/% 2 %% 2 + 1]])
    )
  })
}

family_cases$gaussian <- list(
  k = 3,
  good = good_numbers,
  steady = list(),
  precision = 1e-6,
  random_case = random_case,
  provoked = function(run, weight) {
    c(starved = any(run$starved), floored = any(run$floored))
  },
  provoked_often = c(starved = 20, floored = 20),
  optima = number_optima,
  truth = number_truth,
  default = list(gate_scale = 2),
  threads = number_threads,
  response_units = number_units,
  spoil = function(data, rows) {
    data$y[rows] <- 1e3
    data
  },
  reference = reference_gaussian,
  maximises = TRUE,
  pass_precision = 1e-8,
  problems = number_problems,
  starved = function() {
    lapply(c(FALSE, TRUE), function(shared) {
      make_problem(
        cbind(y1, y2) ~ x1 + f, random_data(80, 2), 3,
        shared = shared
      )
    })
  },
  repeated = function() {
    make_problem(y1 ~ x1 + x2 + x3, random_data(60, 1, 4), 2)
  },
  far_factor = list(gate = 1e4, expert = 1e4),
  far = function() make_problem(y1 ~ x1, random_data(100), 3),
  singles = number_singles,
  single_precision = c(coefficients = 1e-8, fitted = 1e-8, likelihood = 1e-8),
  rows = number_rows,
  responses = c("y", "cbind(y1, y2)"),
  experts_by_hand = number_experts,
  distribution = function(fit) {
    s <- matrix(sigma(fit), fit$k)
    list(
      whole = FALSE,
      cdf = function(y, mean, i, j, lower.tail = TRUE) {
        stats::pnorm((y - mean) / s[i, j], lower.tail = lower.tail)
      },
      density = function(y, mean, i, j) stats::dnorm(y, mean, s[i, j]),
      variance = function(mean, i, j) s[i, j]^2
    )
  },
  predicted = number_predicted,
  generic = y ~ x1,
  simulated = list(sigma = 0.7),
  simulated_by_hand = function(data, x, truth) {
    mean <- x %*% truth$mean
    sigma <- rep(truth$sigma, length.out = ncol(mean))
    list(
      density = matrix(
        stats::dnorm(data$y, mean, rep(sigma, each = nrow(x))), nrow(x)
      ),
      value = data$y, mean = mean,
      variance = matrix(sigma^2, nrow(x), ncol(mean), byrow = TRUE)
    )
  },
  flexmix = function() flexmix::FLXMRglm(),
  streams = number_streams,
  stream_numbers = list(
    gaussian = quote(list(y = y)), gate = quote(list(y = y, weights = w)),
    several = quote(list(y = cbind(y, v))),
    offset = quote(list(y = y, offset = o)), drift = quote(list(y = y))
  ),
  clear = function(n) simulate_moe(n, 2, gate_scale = 1.5, mean_scale = 2),
  merges = number_merges,
  atoms = number_atoms,
  selected = 1:3,
  selected_with = c("HQ", "BIC", "ICL"),
  selected_by = y ~ x1,
  selection = function(k, seed) clear_data(k = k, seed = seed),
  coordinates = number_coordinates,
  move = move_numbers,
  information = number_information,
  observed = function(fit, data) unname(as.matrix(data[fit$responses]))
)
