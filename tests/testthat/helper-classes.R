# Random data with classes, and what tests of multinomial experts share.

# Labels `y`, counts `m` (a matrix column) with the same classes, covariates,
# offsets `o` (a matrix column) and weights. A large `scale` makes the classes
# nearly separable.
class_data <- function(n, classes = 3, k = 2, scale = 1.5) {
  repeat {
    data <- simulate_moe(
      n, k,
      family = "multinomial", classes = classes, gate_scale = scale, mean_scale = scale
    )
    if (all(table(data$y) > 1)) {
      break
    }
  }
  truth <- attr(data, "truth")
  levels(data$y) <- letters[seq_len(classes)]
  size <- sample.int(4L, n, TRUE)
  m <- vapply(seq_len(n), function(i) {
    common <- if (i %% 2 == 0) rep(1, classes) else 0.1
    weight <- common + (seq_len(classes) == as.integer(data$y[[i]]))
    drop(stats::rmultinom(1L, size[[i]], weight))
  }, numeric(classes))
  data$m <- t(m)
  colnames(data$m) <- letters[seq_len(classes)]
  data$o <- matrix(stats::rnorm(n * classes), n)
  data$v <- stats::runif(n)
  data$f <- factor(sample(c("p", "q", "r"), n, TRUE))
  data$w <- stats::rexp(n) + 0.01
  data$w[sample.int(n, 2L)] <- 0
  attr(data, "truth") <- truth
  data
}

# The seed-th random data set and model, for fit_case().
random_class_case <- function(seed) {
  set.seed(seed)
  pick <- function(...) sample(list(...), 1L)[[1L]]
  classes <- pick(2, 3, 3, 4, 5)
  k <- pick(1, 2, 2, 3, 4)
  n <- pick(60, 100, 150)
  # Many data sets are nearly separable, some separable for certain.
  scale <- if (seed %% 3 == 0) pick(10, 50) else pick(0.5, 1, 2)
  data <- class_data(n, classes, 2, scale)
  if (seed %% 7 == 0) {
    data$y <- cut(data$x1, stats::quantile(data$x1, 0:classes / classes),
      letters[seq_len(classes)],
      include.lowest = TRUE
    )
  }
  data$w <- data$w * 10^pick(0, 0, -9, 6)
  posterior <- random_posterior(n, k, pick(1, 1, 3))
  if (k > 1 && seed %% 5 == 0) { # an expert that is about to die
    posterior[, 1L] <- posterior[, 1L] * 10^pick(-1, -2, -12)
    posterior <- posterior / rowSums(posterior)
  }
  right <- pick("x1 + x2", "x1", "poly(x1, 2) + f", "0 + x1 + x2")
  left <- if (seed %% 4 == 0) "m" else "y"
  if (seed %% 6 == 0) {
    right <- paste(right, "+ offset(o)")
  }
  list(
    data = data, start = posterior, weighted = pick(TRUE, FALSE),
    arguments = list(
      formula = stats::as.formula(paste(left, "~", right)), k = k,
      family = "multinomial", gate = pick(NULL, NULL, ~ v + x1, ~1, ~ 0 + x1),
      ridge = pick(0, 0, 0.01, 1)
    )
  )
}

# Few rows and many coefficients are what random cases are made for.
quietly_classes <- function(expression) {
  suppressWarnings(
    quietly(expression),
    classes = "sgmoe_warning_overfitted"
  )
}

softmax_rows <- function(logits) {
  logits <- logits - apply(logits, 1L, max)
  exp(logits) / rowSums(exp(logits))
}

# Gate (n x K) and class probabilities (n x M x K) from nothing but coef().
probabilities_by_hand <- function(fit, x, z, offset = NULL) {
  k <- fit$k
  classes <- length(fit$responses)
  expert <- vapply(seq_len(k), function(i) {
    logits <- vapply(fit$responses[-1L], function(class) {
      drop(z %*% coef(fit)[paste0("expert", i, "[", class, "]:", colnames(z))])
    }, numeric(nrow(z)))
    logits <- cbind(0, matrix(logits, nrow(z)))
    softmax_rows(if (is.null(offset)) logits else logits + offset)
  }, matrix(0, nrow(z), classes))
  gate <- vapply(seq_len(k)[-1L], function(i) {
    drop(x %*% coef(fit)[paste0("gate", i, ":", colnames(x))])
  }, numeric(nrow(x)))
  list(
    gate = softmax_rows(cbind(0, matrix(gate, nrow(x)))),
    expert = array(expert, c(nrow(z), classes, k))
  )
}

# sum_k gate_k expert_k, n x M
mixture_by_hand <- function(hand) {
  Reduce(`+`, lapply(seq_len(ncol(hand$gate)), function(i) {
    hand$gate[, i] * matrix(hand$expert[, , i], nrow(hand$gate))
  }))
}

# iris whose classes overlap: a fifth of the labels are those of other rows.
shuffled_iris <- function(seed = 1) {
  set.seed(seed)
  data <- datasets::iris
  moved <- sample.int(150L, 30L)
  data$Species[moved] <- sample(data$Species[moved])
  data$w <- stats::runif(150L, 0.2, 2)
  data
}

# Two classes that two lines of opposite slope make, a tenth of them at random.
crossed_classes <- function(n = 400, seed = 1) {
  set.seed(seed)
  data <- data.frame(x1 = stats::rnorm(n), x2 = stats::rnorm(n))
  upper <- ifelse(data$x1 > 0, data$x2 > 0, data$x2 < 0)
  flip <- stats::runif(n) < 0.1
  data$y <- factor(ifelse(xor(upper, flip), "up", "down"))
  data$w <- stats::runif(n, 0.5, 2)
  data
}

# Central differences, extrapolated twice.
numeric_gradient <- function(f, at, step = 1e-3) {
  difference <- function(i, h) {
    e <- replace(numeric(length(at)), i, h)
    (f(at + e) - f(at - e)) / (2 * h)
  }
  vapply(seq_along(at), function(i) {
    d <- vapply(step / c(1, 2, 4), difference, 0, i = i)
    first <- (4 * d[-1L] - d[-3L]) / 3
    (16 * first[[2L]] - first[[1L]]) / 15
  }, 0)
}

# The message of the first condition of sgmoe in one line, after a check of its
# class.
class_condition <- function(expression, kind, what) {
  class <- paste0("sgmoe_", kind)
  found <- NULL
  tryCatch(expression, condition = function(condition) {
    found <<- condition
  })
  expect_s3_class(found, paste0(class, "_", what))
  if (is.null(found)) {
    return("")
  }
  gsub("\\s+", " ", cli::ansi_strip(conditionMessage(found)))
}

# Three classes from two experts, and a posterior close to the truth.
good_classes <- function(n = 800, seed = 33) {
  set.seed(seed)
  gate <- cbind(c(0.3, 2, 0), c(-0.3, -2, 0))
  mean <- cbind(
    c(0, 0, 1.5), c(1, 1, -1), c(-1, -1, -0.5),
    c(0.5, 0, -1.5), c(-1, 0.5, 1), c(0.5, -0.5, 0.5)
  )
  data <- simulate_moe(n, 2, gate = gate, mean = mean, family = "multinomial", classes = 3)
  levels(data$y) <- c("a", "b", "c")
  posterior <- matrix(0.1, n, 2)
  posterior[cbind(seq_len(n), attr(data, "truth")$expert)] <- 0.9
  list(data = data, start = posterior)
}
