# lm() as sgmoe() names its results.

make_regression <- function(n = 80, seed = 1) {
  set.seed(seed)
  data <- data.frame(
    x = stats::rnorm(n), z = stats::runif(n, 1, 3),
    f = factor(sample(letters[1:3], n, TRUE)),
    w = stats::rexp(n), o = stats::rnorm(n),
    day = as.numeric(as.Date("2024-01-01")) * 86400 + stats::runif(n, 0, 1e5)
  )
  data$y <- with(data, 1 + 2 * x - z + (f == "b") + stats::rnorm(n))
  data$y2 <- with(data, 3 - x + stats::rnorm(n) + 0.5 * y)
  data$y3 <- with(data, 1e6 + 1e4 * stats::rnorm(n) * z)
  data$w[c(3, 17)] <- 0
  data
}

# Log-likelihood and variance by their formulas where there are weights; lm()
# takes them for something else.
expected_of_lm <- function(formula, data, weighted = FALSE) {
  data$a <- if (weighted) data$w else rep(1, nrow(data))
  model <- stats::lm(formula, data, weights = a)
  residual <- as.matrix(stats::residuals(model))
  n <- sum(data$a)
  covariance <- crossprod(residual, data$a * residual) / n
  q <- ncol(residual)
  coefficients <- as.matrix(stats::coef(model))
  names <- rownames(coefficients)
  owners <- if (q == 1) {
    "expert1:"
  } else {
    paste0("expert1[", colnames(coefficients), "]:")
  }
  list(
    coefficients = stats::setNames(
      c(coefficients), paste0(rep(owners, each = length(names)), names)
    ),
    # lm() itself is as precise as that, and no more.
    unit = if (q == 1) {
      sqrt(diag(stats::vcov(model, complete = TRUE)))
    } else {
      sqrt(c(outer(diag(chol2inv(model$qr$qr)), diag(covariance))))
    },
    fitted = stats::fitted(model), n = n,
    log_likelihood = if (q == 1 && !weighted) {
      c(stats::logLik(model))
    } else {
      -n / 2 * (q * log(2 * pi) + log(det(covariance)) + q)
    },
    df = q * model$rank + q * (q + 1) / 2,
    scale = if (q == 1) {
      sqrt(c(covariance))
    } else {
      covariance[lower.tri(covariance, diag = TRUE)]
    }
  )
}

number_singles <- function() {
  data <- make_regression()
  data$sum <- data$x + 2 * data$z
  formulas <- list(
    y ~ x + z, y ~ 1, y ~ 0 + f, y ~ 0 + x, y ~ x * f + log(z),
    y ~ poly(z, 3), y ~ splines::ns(z, 4) + f, y3 ~ x * z,
    y ~ poly(z, 4, raw = TRUE), y ~ day, y ~ day + I(day / 7) * x,
    y3 ~ day + f, y ~ x + offset(o), y ~ x + z + sum
  )
  weighted <- list(
    y ~ x + f, y ~ poly(z, 4, raw = TRUE), y3 ~ 0 + x, cbind(y, y2, y3) ~ x + f
  )
  single <- function(formula, weighted = FALSE) {
    list(
      data = data,
      arguments = c(formula, if (weighted) list(weights = quote(w))),
      expected = expected_of_lm(formula, data, weighted)
    )
  }
  singles <- c(
    lapply(c(formulas, cbind(y, y2, y3) ~ x + f), single),
    lapply(weighted, single, weighted = TRUE)
  )
  labels <- vapply(singles, function(one) deparse1(one$arguments[[1L]]), "")
  stats::setNames(singles, make.unique(labels))
}
