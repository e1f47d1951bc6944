# Data from mixtures of experts with known truth.

#' Simulate data from a mixture of experts with known truth
#'
#' Draws covariates, experts and responses from a softmax-gated mixture of
#' Gaussian experts, with given or random parameters. Used by the tests, the
#' vignettes and the benchmarks of this package.
#'
#' @param n Number of rows.
#' @param k Number of experts.
#' @param p Number of covariates (without the intercept), drawn as independent
#'   standard normal variables unless `covariates` is given.
#' @param gate A matrix of gate coefficients, a row for the intercept and each
#'   covariate and a column for each expert. `NULL`, the default, draws normal
#'   coefficients with standard deviation `gate_scale`.
#' @param mean A matrix of expert coefficients, of the same shape. `NULL` draws
#'   standard normal coefficients.
#' @param sigma Standard deviations of the experts, one or `k` numbers.
#' @param gate_scale Standard deviation of random gate coefficients: larger
#'   values make the gate more certain. Default 1.
#' @param covariates A data frame or matrix of covariates to use.
#' @return A data frame with the response `y` and the covariates `x1`, `x2`, ...
#'   (or the columns of `covariates`). Its attribute `truth` is a list with
#'   `gate`, `mean`, `sigma`, `expert` (the expert that each row came from) and
#'   `log_likelihood` (of the data at the true parameters).
#' @examples
#' set.seed(1)
#' data <- simulate_moe(500, k = 2, p = 1, gate_scale = 3)
#' fit <- sgmoe(y ~ x1, data, k = 2, starts = 2)
#' logLik(fit) >= attr(data, "truth")$log_likelihood
#' @export
simulate_moe <- function(n, k, p = 2, gate = NULL, mean = NULL, sigma = 0.5,
                         gate_scale = 1, covariates = NULL) {
  n <- check_number(n, "n", 1, whole = TRUE, what = "argument")
  k <- check_number(k, "k", 1, whole = TRUE, what = "argument")
  if (is.null(covariates)) {
    p <- check_number(p, "p", 0, whole = TRUE, what = "argument")
    covariates <- matrix(stats::rnorm(n * p), n)
    colnames(covariates) <- sprintf("x%d", seq_len(p))
  }
  covariates <- as.data.frame(covariates)
  design <- cbind(1, as.matrix(covariates))
  coefficients <- function(given, scale, name) {
    if (is.null(given)) {
      return(matrix(stats::rnorm(ncol(design) * k, sd = scale), ncol(design)))
    }
    given <- as.matrix(given)
    if (!identical(dim(given), c(ncol(design), as.integer(k)))) {
      abort("argument", c(
        "{.arg {name}} must have {ncol(design)} row{?s} (intercept and
         covariates) and {k} column{?s} (experts).",
        "x" = "It is {nrow(given)} x {ncol(given)}."
      ), parent.frame(2L))
    }
    given
  }
  gate <- coefficients(gate, gate_scale, "gate")
  mean <- coefficients(mean, 1, "mean")
  sigma <- rep_len(sigma, k)
  logits <- design %*% gate
  probability <- exp(logits - apply(logits, 1L, max))
  probability <- probability / rowSums(probability)
  threshold <- stats::runif(n)
  cumulative <- probability %*% upper.tri(diag(k), diag = TRUE)
  expert <- pmin(1L + rowSums(cumulative < threshold), k)
  means <- design %*% mean
  y <- means[cbind(seq_len(n), expert)] + stats::rnorm(n, sd = sigma[expert])
  density <- stats::dnorm(y, means, rep(sigma, each = n))
  structure(
    data.frame(y = y, covariates),
    truth = list(
      gate = gate, mean = mean, sigma = sigma, expert = expert,
      log_likelihood = sum(log(rowSums(probability * density)))
    )
  )
}
