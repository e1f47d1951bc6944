# Atoms of Gaussian experts by their formulas (helper-merge.R): intercept, slope
# (columns x responses), covariance.

number_atom <- function(coefficients, expert, z, fit) {
  middle <- if (length(fit$responses) > 1L) {
    paste0("[", fit$responses, "]")
  } else {
    ""
  }
  mean <- vapply(middle, function(response) {
    coefficients[paste0(expert, response, ":", z)]
  }, numeric(length(z)))
  mean <- matrix(mean, length(z))
  list(
    intercept = mean[z == "(Intercept)", ],
    slope = mean[z != "(Intercept)", , drop = FALSE],
    covariance = hand_covariance(coefficients, fit, expert)
  )
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

number_atom_coefficients <- function(atom, expert, z, fit) {
  result <- numeric()
  q <- length(fit$responses)
  for (l in seq_len(q)) {
    middle <- if (q > 1L) paste0("[", fit$responses[[l]], "]") else ""
    result[paste0(expert, middle, ":", z)] <- c(
      if ("(Intercept)" %in% z) atom$intercept[[l]], atom$slope[, l]
    )
  }
  name <- paste0(if (!fit$shared) paste0(expert, ":"), "(sigma)")
  own <- atom$covariance
  if (q == 1L || fit$covariance == "spherical") {
    result[name] <- sqrt(own[1L, 1L])
  } else if (fit$covariance == "diagonal") {
    result[paste0(name, "[", fit$responses, "]")] <- sqrt(diag(own))
  } else {
    for (j in seq_len(q)) {
      for (i in j:q) {
        entry <- paste0(
          name, "[", fit$responses[[j]], ",", fit$responses[[i]], "]"
        )
        result[entry] <- own[i, j]
      }
    }
  }
  result
}

number_atoms <- list(
  read = number_atom,
  write = number_atom_coefficients,
  standardise = function(atom, x, y) {
    if (x$intercept) {
      atom$intercept <- (atom$intercept + colSums(atom$slope * x$centre) -
        y$centre) / y$scale
    }
    atom$slope <- atom$slope * x$scale / rep(y$scale, each = nrow(atom$slope))
    atom$covariance <- atom$covariance / tcrossprod(y$scale)
    atom
  },
  restore = function(atom, x, y) {
    atom$slope <- atom$slope / x$scale * rep(y$scale, each = nrow(atom$slope))
    if (x$intercept) {
      atom$intercept <- atom$intercept * y$scale + y$centre -
        colSums(atom$slope * x$centre)
    }
    atom$covariance <- atom$covariance * tcrossprod(y$scale)
    atom
  },
  difference = function(one, other) {
    square <- function(name) sum((one[[name]] - other[[name]])^2)
    square("intercept") + sqrt(square("slope") + square("covariance"))
  },
  density = function(atom, z, y, fit) {
    slope <- z[, colnames(z) != "(Intercept)", drop = FALSE] %*% atom$slope
    residual <- as.matrix(y) - slope
    if (length(atom$intercept)) {
      residual <- residual - rep(atom$intercept, each = nrow(z))
    }
    -0.5 * (ncol(residual) * log(2 * pi) + log(det(atom$covariance)) +
      rowSums((residual %*% solve(atom$covariance)) * residual))
  },
  scales = function(moments, intercept, fit) {
    own <- moments(stats::model.response(fit$model), intercept)
    if (fit$covariance == "spherical") {
      own$scale[] <- sqrt(mean(own$scale^2))
    }
    own
  }
)
