# Multinomial experts in the battery (helper-families.R).

class_optima <- function() {
  set.seed(22)
  list(
    data = class_data(800, 3, 2, 2), k = 2,
    arguments = list(starts = 1, tolerance = 1e-11), cases = list(
      list(formula = y ~ x1 + x2),
      list(formula = y ~ x1 + x2, ridge = 1, gate = ~v, weights = quote(w)),
      list(
        formula = m ~ x1 + x2 + offset(o), ridge = 2, family = "multinomial"
      ),
      list(formula = y ~ x1 + f, ridge = 0.3)
    )
  )
}

# Standard errors are about 0.05 to 0.15.
class_truth <- function() {
  good <- good_classes(20000)
  truth <- attr(good$data, "truth")
  list(
    data = good$data, arguments = list(start = good$start),
    distance = function(fit) {
      if (mean(predict(fit, type = "gate")[truth$expert == 1, 1]) < 0.5) {
        fit <- relabel(fit, 2:1)
      }
      gate <- truth$gate[, 2] - truth$gate[, 1]
      expert <- truth$mean - truth$mean[, c(1, 1, 1, 4, 4, 4)]
      expert <- as.vector(expert[, c(2, 3, 5, 6)])
      max(
        abs(coef(fit, "gate") - gate) / 0.6,
        abs(coef(fit, "expert") - expert) / 0.5
      )
    }
  )
}

class_threads <- function() {
  set.seed(41)
  list(
    data = class_data(5000, 3, 3, 2), k = 2,
    arguments = list(starts = 1, max_passes = 100), cases = list(
      list(y ~ x1 + x2), list(y ~ x1 * x2, curvature = "bound"),
      list(m ~ x1 + offset(o), gate = ~v, ridge = 1),
      list(y ~ x1 + x2, method = "em")
    )
  )
}

# Labels and counts, offsets, weights, ridge, a separate gate, one to four
# experts, two to five classes, in turn.
class_problems <- function() {
  set.seed(21)
  lapply(1:16, function(i) {
    classes <- 2 + i %% 4
    left <- if (i %% 3 == 0) "m" else "y"
    right <- c(
      "x1 + x2", "x1 + f", "x1 + offset(o)", "0 + x1 + x2", "poly(x2, 2)"
    )[[i %% 5 + 1]]
    make_problem(
      stats::as.formula(paste(left, "~", right)), class_data(300, classes),
      k = 1 + (i %/% 4) %% 4,
      gate = list(NULL, ~ v + x1, ~ 0 + v)[[i %% 3 + 1]],
      weighted = i %% 2 == 0,
      control = sgmoe_control(ridge = c(0, 0.7)[[(i %/% 2) %% 2 + 1]]),
      family = "multinomial"
    )
  })
}

# Probabilities and their logarithms for what was observed, counts without the
# multinomial coefficient, by coef().
class_experts <- function(fit, data, z, offset) {
  k <- fit$k
  classes <- fit$responses
  y <- data[[deparse1(formula(fit)[[2L]])]]
  y <- if (is.matrix(y)) y else diag(length(classes))[y, ]
  log_odds <- array(
    coef(fit, "expert"), c(ncol(z), length(classes) - 1, k)
  )
  expert <- array(0, c(nrow(z), length(classes), k))
  for (i in seq_len(k)) {
    logits <- cbind(0, z %*% matrix(log_odds[, , i], ncol(z)))
    expert[, , i] <- softmax_rows(
      logits + if (is.null(offset)) 0 else offset
    )
  }
  list(expert = expert, log_density = vapply(seq_len(k), function(i) {
    rowSums(y * log(matrix(expert[, , i], nrow(z))))
  }, numeric(nrow(z))))
}

class_predicted <- list(
  list(gate = ~ v + f, weights = quote(w)), list(k = 1), list(k = 3),
  list(formula = two ~ x1 + x2, k = 3),
  list(formula = y ~ x1 + x2 + f + offset(o), gate = ~ v + f),
  list(formula = m ~ x1 + x2 + f, k = 3), list(formula = m ~ x1, offset = quote(o))
)

class_streams <- list(
  classes = list(g ~ x1 + x2),
  counts = list(
    m ~ x1,
    family = "multinomial", gate = ~ 0 + x2, weights = quote(w),
    average = "none", update_every = 3, minibatch = 16
  )
)

class_merges <- list(
  classes = list(g ~ x1 + x2),
  class_gate = list(g ~ 0 + x1, gate = ~ x2 + v, weights = quote(w)),
  class_flat = list(g ~ 1, gate = ~x1),
  class_weights = list(g ~ x1 + f, weights = quote(w))
)

class_coordinates <- lapply(list(
  g ~ x1 + f, h ~ x1 + f, g ~ 0 + x1 + x2, h ~ 0 + x1 + x2,
  g ~ x1 + I(2 * x1), h ~ x1 + I(2 * x1)
), function(formula) list(formula = formula))

move_classes <- function(parameters, step, spec) {
  steps <- matrix(step, ncol = spec$k)
  q <- length(spec$responses)
  parameters$expert <- do.call(cbind, lapply(seq_len(spec$k), function(i) {
    move_logits(reference_own(parameters$expert, i, q), steps[, i])
  }))
  parameters
}

class_information <- function() {
  set.seed(12)
  formulas <- list(y ~ x1 + x2, m ~ x1, y ~ x1 + offset(o), m ~ x2 + offset(o))
  lapply(1:6, function(i) {
    make_problem(
      formulas[[(i - 1) %% 4 + 1]], class_data(300, 2 + i %% 3), 1 + i %% 3,
      gate = list(NULL, ~ v + x1, ~ 0 + v)[[i %% 3 + 1]],
      weighted = i %% 2 == 0,
      control = sgmoe_control(ridge = c(0, 0.7)[[i %/% 2 %% 2 + 1]]),
      family = "multinomial"
    )
  })
}

family_cases$multinomial <- list(
  k = 2,
  good = good_classes,
  steady = list(ridge = 0.5),
  precision = 1e-5,
  random_case = random_class_case,
  provoked = function(run, weight) {
    c(
      starved = any(run$starved),
      separable = run$log_likelihood > -0.05 * weight
    )
  },
  provoked_often = c(starved = 15, separable = 30),
  optima = class_optima,
  truth = class_truth,
  default = list(classes = 3, gate_scale = 2, mean_scale = 2),
  threads = class_threads,
  response_units = function(data) list(),
  spoil = function(data, rows) {
    data$y[rows] <- "a"
    data
  },
  reference = reference_multinomial,
  maximises = TRUE,
  pass_precision = 1e-7,
  problems = class_problems,
  starved = function() list(make_problem(y ~ x1 + f, class_data(80), 3)),
  repeated = function() make_problem(y ~ x1 + x2, class_data(90), 2),
  far_factor = list(gate = 1e4, expert = 1e4),
  far = function() make_problem(y ~ x1, class_data(100), 3),
  singles = class_singles,
  single_precision = c(coefficients = 1e-4, fitted = 1e-4, likelihood = 1e-7),
  rows = function(n) {
    data <- class_data(n)
    data$two <- factor(data$y == "a")
    data
  },
  responses = c("y", "m", "two"),
  experts_by_hand = class_experts,
  predicted = class_predicted,
  generic = g ~ x1,
  simulated = list(classes = 3),
  simulated_by_hand = function(data, x, truth) {
    k <- ncol(truth$gate)
    p <- lapply(seq_len(k), function(i) {
      softmax_rows(x %*% truth$mean[, 3 * (i - 1) + 1:3])
    })
    own <- cbind(seq_len(nrow(x)), as.integer(data$y))
    last <- vapply(p, function(one) one[, 3L], numeric(nrow(x)))
    list(
      density = vapply(p, function(one) one[own], numeric(nrow(x))),
      value = as.integer(data$y) == 3, mean = last, variance = last * (1 - last)
    )
  },
  flexmix = function() flexmix::FLXMRmultinom(),
  streams = class_streams,
  stream_numbers = list(
    classes = quote(list(y = as.integer(g))),
    counts = quote(list(y = m, weights = w))
  ),
  clear = function(n) {
    simulate_moe(
      n, 2,
      gate = cbind(c(0.3, 2, 0), c(-0.3, -2, 0)),
      mean = cbind(
        c(0, 0, 1.5), c(1, 1, -1), c(-1, -1, -0.5),
        c(0.5, 0, -1.5), c(-1, 0.5, 1), c(0.5, -0.5, 0.5)
      ), family = "multinomial", classes = 3
    )
  },
  merges = class_merges,
  atoms = class_atoms,
  selected = 1:2,
  # ICL asks for clusters, which labels do not make.
  selected_with = c("HQ", "BIC"),
  selected_by = y ~ x1 + x2,
  selection = function(k, seed) {
    if (k == 2) {
      return(good_classes(1500, seed)$data)
    }
    set.seed(seed)
    simulate_moe(1500, 1, family = "multinomial", classes = 3)
  },
  coordinates = class_coordinates,
  move = move_classes,
  information = class_information,
  # Shares of what was counted
  observed = function(fit, data) {
    y <- data[[deparse1(formula(fit)[[2L]])]]
    if (is.matrix(y)) unname(y / rowSums(y)) else diag(nlevels(y))[y, ]
  }
)
