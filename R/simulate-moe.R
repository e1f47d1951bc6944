# Data from mixtures of experts with known truth.

#' Simulate data from a mixture of experts with known truth
#'
#' Draws covariates, experts and responses from a softmax-gated mixture of
#' Gaussian or multinomial-logistic experts, with given or random parameters.
#' Used by the tests, the vignettes and the benchmarks of this package.
#'
#' @param n Number of rows.
#' @param k Number of experts.
#' @param p Number of covariates (without the intercept), drawn as independent
#'   standard normal variables unless `covariates` is given.
#' @param gate A matrix of gate coefficients, a row for the intercept and each
#'   covariate and a column for each expert. `NULL`, the default, draws normal
#'   coefficients with standard deviation `gate_scale`.
#' @param mean A matrix of expert coefficients, of the same shape; for classes
#'   it has a column for each class of the first expert, then of the second, and
#'   so on (logits). `NULL` draws normal coefficients with standard deviation
#'   `mean_scale`.
#' @param sigma Standard deviations of the experts, one or `k` numbers.
#' @param gate_scale Standard deviation of random gate coefficients: larger
#'   values make the gate more certain. Default 1.
#' @param mean_scale Standard deviation of random expert coefficients. Default
#'   1.
#' @param classes Number of classes, at least 2; `NULL`, the default, gives a
#'   numeric response from Gaussian experts.
#' @param covariates A data frame or matrix of covariates to use.
#' @return A data frame with the response `y` (numeric, or a factor with levels
#'   "1", "2", ...) and the covariates `x1`, `x2`, ...
#'   (or the columns of `covariates`). Its attribute `truth` is a list with
#'   `gate`, `mean`, `sigma`, `expert` (the expert that each row came from) and
#'   `log_likelihood` (of the data at the true parameters). Arguments out of
#'   range or matrices of another shape raise `sgmoe_error_argument`.
#' @examples
#' set.seed(1)
#' data <- simulate_moe(500, k = 2, p = 1, gate_scale = 3)
#' fit <- sgmoe(y ~ x1, data, k = 2, starts = 2)
#' logLik(fit) >= attr(data, "truth")$log_likelihood
#'
#' # Two experts that disagree about three classes
#' table(simulate_moe(500, k = 2, classes = 3, mean_scale = 3)$y)
#' @export
simulate_moe <- function(n, k, p = 2, gate = NULL, mean = NULL, sigma = 0.5,
                         gate_scale = 1, mean_scale = 1, classes = NULL,
                         covariates = NULL) {
  n <- check_number(n, "n", 1, whole = TRUE, what = "argument")
  k <- check_number(k, "k", 1, whole = TRUE, what = "argument")
  if (!is.null(classes)) {
    classes <- check_number(
      classes, "classes", 2,
      whole = TRUE, what = "argument"
    )
  }
  if (is.null(covariates)) {
    p <- check_number(p, "p", 0, whole = TRUE, what = "argument")
    covariates <- matrix(stats::rnorm(n * p), n)
    colnames(covariates) <- sprintf("x%d", seq_len(p))
  }
  covariates <- as.data.frame(covariates)
  design <- cbind(1, as.matrix(covariates))
  gate <- true_coefficients(gate, ncol(design), k, gate_scale, "gate")
  mean <- true_coefficients(
    mean, ncol(design), k * max(1, classes), mean_scale, "mean"
  )
  probability <- row_softmax(design %*% gate)
  expert <- draw_columns(probability)
  own <- design %*% mean
  if (is.null(classes)) {
    sigma <- rep_len(sigma, k)
    y <- own[cbind(seq_len(n), expert)] + stats::rnorm(n, sd = sigma[expert])
    density <- stats::dnorm(y, own, rep(sigma, each = n))
  } else {
    own <- array(own, c(n, classes, k))
    for (i in seq_len(k)) {
      own[, , i] <- row_softmax(matrix(own[, , i], n))
    }
    choice <- cbind(rep(seq_len(n), classes), rep(seq_len(classes), each = n))
    y <- draw_columns(matrix(own[cbind(choice, rep(expert, classes))], n))
    density <- vapply(seq_len(k), function(i) {
      own[cbind(seq_len(n), y, i)]
    }, numeric(n))
    dim(density) <- c(n, k)
    y <- factor(y, seq_len(classes))
  }
  structure(
    data.frame(y = y, covariates),
    truth = list(
      gate = gate, mean = mean, sigma = if (is.null(classes)) sigma,
      expert = expert, log_likelihood = sum(log(rowSums(probability * density)))
    )
  )
}

#' Given coefficients, checked, or random ones
#' @noRd
true_coefficients <- function(given, rows, columns, scale, name) {
  if (is.null(given)) {
    return(matrix(stats::rnorm(rows * columns, sd = scale), rows))
  }
  given <- as.matrix(given)
  if (nrow(given) != rows || ncol(given) != columns) {
    abort("argument", c(
      "{.arg {name}} must have {rows} row{?s} (intercept and covariates) and
       {columns} column{?s} (experts, or experts times classes).",
      "x" = "It is {nrow(given)} x {ncol(given)}."
    ), parent.frame(2L))
  }
  given
}

#' @noRd
row_softmax <- function(logits) {
  probability <- exp(logits - apply(logits, 1L, max))
  probability / rowSums(probability)
}

#' For each row, a column drawn with the row's probabilities
#' @noRd
draw_columns <- function(probability) {
  n <- nrow(probability)
  columns <- ncol(probability)
  threshold <- stats::runif(n)
  cumulative <- probability %*% upper.tri(diag(columns), diag = TRUE)
  pmin(1L + rowSums(cumulative < threshold), columns)
}
