# Designs as sgmoe() makes them, and data for them.

# How sgmoe() calls build_design(): arguments unevaluated, as lm() does it.
front <- function(formula, data, gate = NULL, weights, offset, subset,
                  na.action = getOption("na.action"), family = NULL) {
  call <- match.call()
  build_design(
    formula, gate, if (!missing(data)) data,
    row_arguments(call, parent.frame()),
    na.action = na.action, family = family, env = parent.frame(), call = call
  )
}

design_example <- function(n = 40, seed = 1) {
  set.seed(seed)
  data.frame(
    y = rnorm(n), y2 = rnorm(n), x = rnorm(n), v = runif(n, 1, 2),
    f = factor(sample(c("a", "b", "c"), n, TRUE)),
    s = sample(c("u", "w"), n, TRUE), g = sample(c(TRUE, FALSE), n, TRUE),
    o = ordered(
      sample(c("low", "mid", "high"), n, TRUE),
      c("low", "mid", "high")
    ),
    w = runif(n)
  )
}
bare <- function(x) {
  attributes(x) <- list(dim = dim(x), dimnames = list(NULL, colnames(x)))
  x
}
lm_matrix <- function(formula, data) {
  bare(model.matrix(formula, data))
}
stored_size <- function(object) length(serialize(object, NULL))
