# Random data sets and models, shared by several test files.

# What sgmoe() hands to the core, without the fit, and the model as the core
# takes it. `weighted`: by the column w.
make_problem <- function(formula, data, k, gate = NULL, covariance = "full",
                         shared = FALSE, weighted = FALSE,
                         control = sgmoe_control(ridge = 0), method = "mm",
                         family = NULL) {
  design <- build_design(
    formula, gate, data,
    if (weighted) list(weights = list(expression = quote(w), env = parent.frame())),
    na.action = getOption("na.action"), family = family,
    env = parent.frame(), call = quote(sgmoe())
  )
  if (!has_part(design$blueprint, "sigma")) {
    covariance <- NULL
  }
  wanted <- list(k = k, covariance = covariance, shared = shared)
  problem <- new_problem(design, wanted, control, method)
  problem$model <- spec_model(problem$spec)
  problem$k <- problem$spec$k
  problem
}

# A posterior with random rows; a large `certainty` makes them nearly 0 and 1.
random_posterior <- function(n, k, certainty = 1) {
  posterior <- matrix(stats::rexp(n * k)^certainty, n)
  posterior / rowSums(posterior)
}

# Random parameters of a problem, in its working basis, in the right structure.
random_parameters <- function(problem, spread = 1) {
  model <- problem$model
  p <- length(model$gate_penalty)
  gate <- matrix(stats::rnorm(p * model$experts, sd = spread), p)
  c(
    list(gate = gate - rowMeans(gate)),
    reference_twin(model)$random(model, spread)
  )
}

# Data whose regressions differ between regions of x1, with up to three
# responses, a factor, a separate gate covariate and weights.
random_data <- function(n, q = 1, p = 2) {
  x <- matrix(stats::rnorm(n * p), n, dimnames = list(NULL, paste0("x", 1:p)))
  group <- 1L + (x[, 1L] + stats::rnorm(n, sd = 0.5) > 0)
  slope <- matrix(stats::rnorm(2 * q, sd = 2), 2)
  y <- slope[group, , drop = FALSE] * x[, p] +
    matrix(stats::rnorm(n * q, sd = 0.4), n)
  colnames(y) <- paste0("y", seq_len(q))
  data <- data.frame(
    y, x,
    v = stats::runif(n),
    f = factor(sample(c("a", "b", "c"), n, TRUE)), w = stats::rexp(n) + 0.01
  )
  data$w[sample.int(n, 2L)] <- 0
  data
}

# Formula for `q` responses and `right` covariates.
response_formula <- function(q, right) {
  left <- paste0("y", seq_len(q), collapse = ", ")
  stats::as.formula(
    paste0(if (q > 1) paste0("cbind(", left, ")") else left, " ~ ", right)
  )
}

# Fits quietly: the conditions that random data provoke are not at issue.
quietly <- function(expression) quietly_but(expression, NULL)

# The same, but for one warning that is.
quietly_but <- function(expression, shown) {
  classes <- paste0("sgmoe_warning_", setdiff(c(
    "pass_limit", "separated", "floored", "starved", "overfitted", "spurious"
  ), shown))
  suppressMessages(
    suppressWarnings(expression, classes = classes),
    classes = paste0("sgmoe_message_", c("aliased", "one_expert", "few_rows"))
  )
}

fit_case <- function(case, ...) {
  arguments <- c(
    case$arguments, list(data = quote(case$data), start = quote(case$start)),
    if (case$weighted) list(weights = quote(w)), list(...)
  )
  quietly(eval(as.call(c(quote(sgmoe), arguments))))
}

serialized_size <- function(object) {
  length(serialize(object, NULL))
}

# A fit as bytes: identical() follows environments only by their address.
serialize_fit <- function(fit) {
  serialize(fit, NULL)
}

# Evaluates `code` with another function in the place of one of the package.
# (testthat's local_mocked_bindings() is younger than Debian's testthat.)
with_binding <- function(name, value, code) {
  namespace <- environment(sgmoe)
  bind <- function(value) {
    unlockBinding(name, namespace)
    assign(name, value, namespace)
    lockBinding(name, namespace)
  }
  original <- get(name, namespace)
  on.exit(bind(original))
  bind(value)
  code
}
