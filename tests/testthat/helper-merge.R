# The merging of experts by its formulas, in plain R from nothing but coef() and
# the data: what the dendrograms of the package are compared with.
#
# An atom is list(log_weight, w0, gate, intercept, slope, covariance), or with
# `logit` (rows of the design x classes, sum-zero) in place of the last three.

# Data off the centre and in different units, so that bases differ.
merge_data <- function(n = 150, seed = 1) {
  set.seed(seed)
  data <- random_data(n, 2)
  data$x1 <- 3 + 2 * data$x1
  data$x2 <- -1 + 0.3 * data$x2
  data$y1 <- 10 + 5 * data$y1
  data$y2 <- 0.2 * data$y2
  data$g <- factor(sample(c("a", "b", "c"), n, TRUE))
  data
}

# A fit that is far from any optimum: formulas hold everywhere.
rough_fit <- function(formula, data, k = 5, ..., passes = 3) {
  start <- random_posterior(nrow(data), k, 3)
  may_go_on(
    quietly(sgmoe(formula, data, k, start = start, max_passes = passes, ...))
  )
}

# Walks keep to the settings of the fit, but not to those that made it rough.
may_go_on <- function(fit) {
  fit$control$max_passes <- sgmoe_control()$max_passes
  fit
}

# The fit with given coefficients: one pass evaluates and does not move.
fit_at <- function(formula, data, coefficients, k, ...) {
  may_go_on(quietly(sgmoe(
    formula, data, k,
    start = coefficients, max_passes = 1, ...
  )))
}

# From a path to its criteria; warnings about its last fit are not at issue.
select_quietly <- function(...) {
  suppressWarnings(
    quietly(select_experts(...)),
    classes = "sgmoe_warning_largest_k"
  )
}

# Atoms on the user's scale ----------------------------------------------------

hand_atoms <- function(coefficients, fit) {
  x <- colnames(model.matrix(fit, "gate"))
  z <- colnames(model.matrix(fit, "expert"))
  k <- sum(grepl("^gate.*\\(Intercept\\)$", names(coefficients))) + 1L
  lapply(seq_len(k), function(i) {
    gate <- if (i == 1L) {
      numeric(length(x))
    } else {
      coefficients[paste0("gate", i, ":", x)]
    }
    names(gate) <- x
    expert <- paste0("expert", i)
    atom <- list(
      w0 = gate[[which(x == "(Intercept)")]], gate = gate[x != "(Intercept)"]
    )
    if (fit$family == "multinomial") {
      logit <- vapply(fit$responses[-1L], function(class) {
        coefficients[paste0(expert, "[", class, "]:", z)]
      }, numeric(length(z)))
      logit <- cbind(0, matrix(logit, length(z)))
      atom$logit <- logit - rowMeans(logit)
      return(atom)
    }
    middle <- if (length(fit$responses) > 1L) {
      paste0("[", fit$responses, "]")
    } else {
      ""
    }
    mean <- vapply(middle, function(response) {
      coefficients[paste0(expert, response, ":", z)]
    }, numeric(length(z)))
    mean <- matrix(mean, length(z))
    atom$intercept <- mean[z == "(Intercept)", ]
    atom$slope <- mean[z != "(Intercept)", , drop = FALSE]
    atom$covariance <- hand_covariance(coefficients, fit, expert)
    atom
  })
}

hand_covariance <- function(coefficients, fit, expert) {
  q <- length(fit$responses)
  name <- paste0(if (!fit$shared) paste0(expert, ":"), "(sigma)")
  if (q == 1L || fit$covariance == "spherical") {
    return(diag(coefficients[[name]]^2, q))
  }
  if (fit$covariance == "diagonal") {
    return(diag(coefficients[paste0(name, "[", fit$responses, "]")]^2))
  }
  first <- outer(seq_len(q), seq_len(q), pmin)
  second <- outer(seq_len(q), seq_len(q), pmax)
  entry <- paste0(
    name, "[", fit$responses[first], ",", fit$responses[second], "]"
  )
  matrix(coefficients[entry], q)
}

# Coefficients as coef() has them; each by its name.
hand_coefficients <- function(atoms, fit) {
  x <- colnames(model.matrix(fit, "gate"))
  z <- colnames(model.matrix(fit, "expert"))
  result <- numeric()
  put <- function(names, values) {
    result[names] <<- values
  }
  for (i in seq_along(atoms)) {
    atom <- atoms[[i]]
    expert <- paste0("expert", i)
    if (i > 1L) {
      put(paste0("gate", i, ":(Intercept)"), atom$w0 - atoms[[1L]]$w0)
      put(
        paste0("gate", i, ":", setdiff(x, "(Intercept)"), recycle0 = TRUE),
        atom$gate - atoms[[1L]]$gate
      )
    }
    if (fit$family == "multinomial") {
      for (m in seq_along(fit$responses)[-1L]) {
        put(
          paste0(expert, "[", fit$responses[[m]], "]:", z),
          atom$logit[, m] - atom$logit[, 1L]
        )
      }
      next
    }
    q <- length(fit$responses)
    for (l in seq_len(q)) {
      middle <- if (q > 1L) paste0("[", fit$responses[[l]], "]") else ""
      put(paste0(expert, middle, ":", z), c(
        if ("(Intercept)" %in% z) atom$intercept[[l]], atom$slope[, l]
      ))
    }
    name <- paste0(if (!fit$shared) paste0(expert, ":"), "(sigma)")
    own <- atom$covariance
    if (q == 1L || fit$covariance == "spherical") {
      put(name, sqrt(own[1L, 1L]))
    } else if (fit$covariance == "diagonal") {
      put(paste0(name, "[", fit$responses, "]"), sqrt(diag(own)))
    } else {
      for (j in seq_len(q)) {
        for (i2 in j:q) {
          put(
            paste0(
              name, "[", fit$responses[[j]], ",", fit$responses[[i2]], "]"
            ),
            own[i2, j]
          )
        }
      }
    }
  }
  result
}

# Standard columns -------------------------------------------------------------

# Weighted means and standard deviations; no mean is taken off where there is no
# intercept to take it up.
hand_scales <- function(fit) {
  moments <- function(values, intercept) {
    values <- as.matrix(values)
    weights <- if (is.null(weights(fit))) rep(1, nrow(values)) else weights(fit)
    mean <- colSums(weights * values) / sum(weights)
    square <- colSums(weights * (values - rep(mean, each = nrow(values)))^2)
    list(
      centre = mean * intercept, scale = sqrt(square / sum(weights))
    )
  }
  slopes <- function(part) {
    values <- model.matrix(fit, part)
    intercept <- "(Intercept)" %in% colnames(values)
    own <- moments(
      values[, colnames(values) != "(Intercept)", drop = FALSE], intercept
    )
    own$intercept <- intercept
    own
  }
  expert <- slopes("expert")
  list(
    gate = slopes("gate"), expert = expert,
    response = if (fit$family == "gaussian") {
      own <- moments(stats::model.response(fit$model), expert$intercept)
      if (fit$covariance == "spherical") {
        own$scale[] <- sqrt(mean(own$scale^2))
      }
      own
    }
  )
}

# The atom on standard columns.
hand_standardise <- function(atom, scales) {
  atom$w0 <- atom$w0 + sum(atom$gate * scales$gate$centre)
  atom$gate <- atom$gate * scales$gate$scale
  x <- scales$expert
  if (!is.null(atom$logit)) {
    slope <- if (x$intercept) atom$logit[-1L, , drop = FALSE] else atom$logit
    atom$logit <- rbind(
      if (x$intercept) atom$logit[1L, ] + colSums(slope * x$centre),
      slope * x$scale
    )
    return(atom)
  }
  y <- scales$response
  if (x$intercept) {
    atom$intercept <- (atom$intercept + colSums(atom$slope * x$centre) -
      y$centre) / y$scale
  }
  atom$slope <- atom$slope * x$scale / rep(y$scale, each = nrow(atom$slope))
  atom$covariance <- atom$covariance / tcrossprod(y$scale)
  atom
}

# And back.
hand_restore <- function(atom, scales) {
  atom$gate <- atom$gate / scales$gate$scale
  atom$w0 <- atom$w0 - sum(atom$gate * scales$gate$centre)
  x <- scales$expert
  if (!is.null(atom$logit)) {
    slope <- if (x$intercept) atom$logit[-1L, , drop = FALSE] else atom$logit
    slope <- slope / x$scale
    atom$logit <- rbind(
      if (x$intercept) atom$logit[1L, ] - colSums(slope * x$centre), slope
    )
    return(atom)
  }
  y <- scales$response
  atom$slope <- atom$slope / x$scale * rep(y$scale, each = nrow(atom$slope))
  if (x$intercept) {
    atom$intercept <- atom$intercept * y$scale + y$centre -
      colSums(atom$slope * x$centre)
  }
  atom$covariance <- atom$covariance * tcrossprod(y$scale)
  atom
}

# Coefficients at a level with its experts in the order of the merges. (coef()
# puts them in that of their gate probabilities, where these are known.)
merge_coef <- function(tree, k) {
  tree$levels <- lapply(tree$levels, function(level) {
    level$gate_share <- NULL
    level
  })
  coef(tree, k)
}
