# nnet::multinom() as sgmoe() names its results.

# multinom() at its optimum: BFGS by its own tolerance stops short of it.
multinom_optimum <- function(formula, data, ..., weighted = FALSE) {
  eval(as.call(c(
    quote(nnet::multinom), formula,
    list(
      data = quote(data), trace = FALSE, maxit = 5000, reltol = 1e-15,
      abstol = 0
    ),
    if (weighted) c(weights = quote(w)), list(...)
  )))
}

expected_of_multinom <- function(formula, data, classes, weighted = FALSE) {
  model <- multinom_optimum(formula, data, weighted = weighted)
  coefficients <- stats::coef(model)
  if (!is.matrix(coefficients)) { # two classes
    coefficients <- rbind(coefficients)
    rownames(coefficients) <- classes[[2L]]
  }
  names <- outer(
    colnames(coefficients), rownames(coefficients),
    function(column, class) paste0("expert1[", class, "]:", column)
  )
  fitted <- stats::fitted(model)
  list(
    coefficients = stats::setNames(as.vector(t(coefficients)), names),
    unit = 1,
    fitted = if (ncol(fitted) == 1L) cbind(1 - fitted, fitted) else fitted,
    n = if (weighted) sum(data$w) else nrow(data),
    log_likelihood = c(stats::logLik(model)), df = model$edf,
    scale = numeric()
  )
}

class_singles <- function() {
  set.seed(4)
  iris <- shuffled_iris()
  data <- class_data(200, 3)
  two <- crossed_classes()
  two$y <- factor(two$y)
  cases <- list(
    list(Species ~ scale(Sepal.Length) + scale(Sepal.Width), iris),
    list(Species ~ scale(Sepal.Length) * scale(Petal.Width), iris),
    list(Species ~ 1, iris), list(Species ~ poly(Petal.Length, 2), iris),
    list(m ~ x1 + x2 + f, data), list(y ~ x1 + offset(o), data),
    list(y ~ x1 * x2, two)
  )
  classes <- list(levels(iris$Species), letters[1:3], levels(two$y))
  classes <- classes[c(1, 1, 1, 1, 2, 2, 3)]
  singles <- list()
  for (i in seq_along(cases)) {
    formula <- cases[[i]][[1L]]
    for (weighted in c(FALSE, TRUE)) {
      label <- paste(deparse1(formula), if (weighted) "weighted")
      singles[[label]] <- list(
        data = cases[[i]][[2L]],
        arguments = c(formula, if (weighted) list(weights = quote(w))),
        expected = expected_of_multinom(
          formula, cases[[i]][[2L]], classes[[i]], weighted
        )
      )
    }
  }
  singles
}
