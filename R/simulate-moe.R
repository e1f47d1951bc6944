# Data from mixtures of experts with known truth.

#' Simulate data from a mixture of experts with known truth
#'
#' Draws covariates, experts and responses from a softmax-gated mixture of
#' experts, with given or random parameters.
#' Used by the tests, the vignettes and the benchmarks of this package.
#'
#' @param n Number of rows.
#' @param k Number of experts.
#' @param p Number of covariates (without the intercept), drawn as independent
#'   standard normal variables. With `covariates` it is an error, as `gate_scale`
#'   is with `gate` and `mean_scale` with `mean`.
#' @param gate A matrix of gate coefficients, a row for the intercept and each
#'   covariate and a column for each expert. `NULL`, the default, draws normal
#'   coefficients with standard deviation `gate_scale`.
#' @param mean A matrix of expert coefficients, of the same shape if an expert
#'   has one linear predictor. `NULL` draws normal coefficients with standard
#'   deviation `mean_scale`.
#' @param gate_scale Standard deviation of random gate coefficients: larger
#'   values make the gate more certain. Default 1.
#' @param mean_scale Standard deviation of random expert coefficients. Default
#'   1.
#' @param covariates A data frame or matrix of covariates to use.
#' @param family The kind of experts, as in [sgmoe()]; `NULL`, the default, are
#'   Gaussian ones.
#' @param ... Arguments of the family.
#'   `r describe_families("simulator")`
#' @return A data frame with the response `y` (numeric; classes are a factor with
#'   levels "1", "2", ...) and the covariates `x1`, `x2`, ...
#'   (or the columns of `covariates`). Its attribute `truth` is a list with
#'   `gate`, `mean`, `expert` (the expert that each row came from),
#'   `log_likelihood` (of the data at the true parameters) and what the family
#'   has beside, such as `sigma`. Arguments out of
#'   range or matrices of another shape raise `sgmoe_error_argument`.
#' @examples
#' set.seed(1)
#' data <- simulate_moe(500, k = 2, p = 1, gate_scale = 3)
#' fit <- sgmoe(y ~ x1, data, k = 2, starts = 2)
#' logLik(fit) >= attr(data, "truth")$log_likelihood
#'
#' # Two experts that disagree about three classes
#' table(simulate_moe(
#'   500,
#'   k = 2, family = "multinomial", classes = 3, mean_scale = 3
#' )$y)
#' @export
simulate_moe <- function(n, k, p = 2, gate = NULL, mean = NULL,
                         gate_scale = 1, mean_scale = 1, covariates = NULL,
                         family = NULL, ...) {
  call <- rlang::current_env()
  n <- check_number(n, "n", 1, whole = TRUE, what = "argument")
  k <- check_number(k, "k", 1, whole = TRUE, what = "argument")
  family <- check_family(family, call)
  simulator <- family_simulator(family %||% 1L, k, ...)
  refuse_idle(
    c(
      p = !missing(p) && !is.null(covariates),
      gate_scale = !missing(gate_scale) && !is.null(gate),
      mean_scale = !missing(mean_scale) && !is.null(mean)
    ),
    "What would be drawn by it is given: {.arg covariates}, {.arg gate} or
     {.arg mean}.", call
  )
  if (is.null(covariates)) {
    p <- check_number(p, "p", 0, whole = TRUE, what = "argument")
    check_size(n * (p + 2 * k + 1), "{.arg n} rows have", call)
    covariates <- matrix(stats::rnorm(n * p), n)
    colnames(covariates) <- sprintf("x%d", seq_len(p))
  }
  covariates <- as.data.frame(covariates)
  design <- cbind(1, as.matrix(covariates))
  gate <- true_coefficients(gate, ncol(design), k, gate_scale, "gate")
  mean <- true_coefficients(
    mean, ncol(design), simulator$columns, mean_scale, "mean"
  )
  probability <- row_softmax(design %*% gate)
  expert <- draw_columns(probability)
  drawn <- simulator$draw(design %*% mean, expert)
  log_likelihood <- sum(log(rowSums(probability * drawn$density)))
  structure(
    data.frame(y = drawn$y, covariates),
    truth = c(
      list(gate = gate, mean = mean, expert = expert),
      drawn$truth, list(log_likelihood = log_likelihood)
    )
  )
}

#' The simulator of a family, with the family's own arguments
#' @noRd
family_simulator <- function(family, k, ..., call = rlang::caller_env()) {
  make <- families[[family]]$simulator
  refuse_unknown(list(...), argument_names(make)[-1L], "simulate_moe", call)
  make(k, ...)
}

#' Given coefficients, checked, or random ones
#'
#' @param scale Standard deviation of drawn coefficients.
#' @noRd
true_coefficients <- function(given, rows, columns, scale, name,
                              call = rlang::caller_env()) {
  if (is.null(given)) {
    return(matrix(stats::rnorm(rows * columns, sd = scale), rows))
  }
  given <- as.matrix(given)
  if (nrow(given) != rows || ncol(given) != columns) {
    abort("argument", c(
      "{.arg {name}} must have {rows} row{?s} (intercept and covariates) and
       {columns} column{?s} (experts, or experts times classes).",
      "x" = "It is {nrow(given)} x {ncol(given)}."
    ), call)
  }
  given
}
