# Every generic of stats (and of the packages in use) that takes a fitted model
# answers for fits, selections, streams and trees with a method of ours, with a
# classed error, or with a default of R that an independent computation confirms.
# No default may answer for us with numbers that mean nothing.

# Generics of stats and base that are of data or of other objects; all others
# are of fitted models, new ones of later versions of R, too.
not_of_models <- c(
  "aggregate", "ansari.test", "ar.burg", "ar.yw", "as.dist", "as.stepfun",
  "as.ts", "bartlett.test", "cor.test", "cycle", "deltat", "density", "deriv",
  "deriv3", "diffinv", "end", "fligner.test", "frequency", "friedman.test",
  "ftable", "getInitial", "kernapply", "knots", "kruskal.test", "ks.test",
  "lag", "makepredictcall", "mantelhaen.test", "mauchly.test", "median",
  "monthplot", "mood.test", "na.contiguous", "na.exclude", "na.fail", "na.omit",
  "napredict", "naprint", "naresid", "NLSstAsymptotic", "NLSstClosestX",
  "NLSstLfAsymptote", "NLSstRtAsymptote", "nls", "pacf", "plclust", "ppr",
  "prcomp", "princomp", "qqnorm", "quade.test", "quantile", "relevel",
  "reorder", "selfStart", "sortedXyData", "start", "t.test", "time", "tsdiag",
  "tsSmooth", "var.test", "weighted.mean", "wilcox.test", "window", "window<-"
)

calls_usemethod <- function(f) {
  is.function(f) && "UseMethod" %in% all.names(body(f))
}

stats_generics <- function() {
  names <- sort(getNamespaceExports("stats"))
  generics <- Filter(function(name) {
    calls_usemethod(getExportedValue("stats", name))
  }, names)
  setdiff(generics, not_of_models)
}

model_generics <- function() {
  generics <- lapply(
    stats::setNames(nm = stats_generics()), getExportedValue,
    ns = "stats"
  )
  c(
    generics,
    list(
      print = print, summary = summary, plot = plot, labels = labels, qr = qr,
      kappa = kappa, tidy = generics::tidy, glance = generics::glance,
      augment = generics::augment, calibration = calibration, score = score,
      relabel = relabel, as_sgmoe = as_sgmoe, icl = icl,
      expert_dendrogram = expert_dendrogram, select_experts = select_experts
    ),
    if (requireNamespace("ggplot2", quietly = TRUE)) {
      list(autoplot = ggplot2::autoplot)
    }
  )
}

# Responses in the data below; a new family needs one.
generic_formulas <- list(
  gaussian = y ~ x1, multinomial = g ~ x1, poisson = n ~ x1
)

# The objects, and rows to be given to what needs some.
generic_objects <- function() {
  set.seed(1)
  data <- simulate_moe(300, 2, p = 1, gate_scale = 3)
  data$g <- factor(ifelse(data$y > 0, "p", "q"))
  data$n <- round(exp(data$y / 4))
  made <- list()
  for (family in names(families)) {
    formula <- generic_formulas[[family]]
    fit <- quietly(sgmoe(
      formula, data,
      k = 2, family = family, starts = 1, ridge = 0.5
    ))
    selection <- suppressWarnings(suppressMessages(
      select_experts(formula, data, k_max = 3, family = family, ridge = 0.5)
    ))
    stream <- quietly(sgmoe_stream(
      formula, data[1:150, ],
      k = 3, family = family, starts = 1, ridge = 0.5
    ))
    stream <- quietly(update(stream, data[151:300, ]))
    levels <- quietly(select_experts(stream, data[1:150, ]))
    levels <- quietly(update(levels, data[151:300, ]))
    own <- list(
      fit = fit, selection = selection, stream = stream, levels = levels,
      tree = selection$dendrogram
    )
    names(own) <- paste(family, names(own))
    made <- c(made, own)
  }
  list(objects = made, data = data)
}

# What a call gives: "ours", "error <class>", or "default" with its value.
answer <- function(name, generic, object) {
  drawn <- name %in% c("plot", "autoplot", "print")
  value <- tryCatch(
    withCallingHandlers(
      if (drawn) utils::capture.output(generic(object)) else generic(object),
      message = function(m) tryInvokeRestart("muffleMessage"),
      warning = function(w) tryInvokeRestart("muffleWarning")
    ),
    error = identity
  )
  if (inherits(value, "sgmoe_error")) {
    return(list(kind = class(value)[[1L]]))
  }
  if (inherits(value, "error")) {
    return(list(kind = "foreign error", value = conditionMessage(value)))
  }
  methods <- vapply(class(object), function(class) {
    home <- topenv(environment(generic))
    !is.null(utils::getS3method(name, class, optional = TRUE, envir = home))
  }, NA)
  list(kind = if (any(methods)) "ours" else "default", value = value)
}

# Defaults of R that are right for us, each with another way to the same value.
confirmed_defaults <- list(
  # `df` is checked in test-evidence.R.
  AIC = function(x) 2 * x$df + deviance(x),
  BIC = function(x) log(nobs(x)) * x$df + deviance(x),
  getCall = function(x) x$call,
  na.action = function(x) {
    if (inherits(x, "sgmoe")) x$na.action # NULL: no row was left out
  },
  update = function(x) {
    set.seed(4)
    eval(x$call)
  },
  # The height at which two leaves come into one cluster.
  cophenetic = function(x) {
    tree <- as.hclust(x)
    k <- length(tree$order)
    joined <- matrix(0, k, k, dimnames = list(tree$labels, tree$labels))
    height <- function(i, j) {
      together <- vapply(seq_len(k), function(groups) {
        cut <- stats::cutree(tree, groups)
        cut[[i]] == cut[[j]]
      }, NA)
      tree$height[[k - max(which(together))]]
    }
    for (i in seq_len(k)) {
      for (j in seq_len(i - 1L)) joined[i, j] <- height(i, j)
    }
    joined + t(joined)
  }
)

test_that("the list of generics is that of stats", {
  expect_true(all(c(
    "AIC", "logLik", "nobs", "deviance", "df.residual", "residuals", "resid",
    "fitted", "fitted.values", "predict", "simulate", "coef", "coefficients",
    "vcov", "confint", "anova", "add1", "drop1", "extractAIC", "model.frame",
    "model.matrix", "formula", "terms", "weights", "sigma", "family", "update",
    "influence", "hatvalues", "cooks.distance", "rstandard", "rstudent",
    "dfbeta", "dfbetas", "dummy.coef", "effects", "alias", "case.names",
    "variable.names", "profile", "proj", "se.contrast", "getCall", "na.action"
  ) %in% stats_generics()))
})

slow_test("no default of R answers for us", {
  made <- generic_objects()
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  data <- made$data # update() evaluates calls here
  generics <- model_generics()
  for (kind in names(made$objects)) {
    object <- made$objects[[kind]]
    # update() evaluates calls with these here.
    family <- sub(" .*", "", kind)
    formula <- generic_formulas[[family]]
    for (name in names(generics)) {
      label <- paste0(name, "(", kind, ")")
      set.seed(4)
      found <- answer(name, generics[[name]], object)
      if (found$kind == "default") {
        expected <- confirmed_defaults[[name]]
        expect_false(is.null(expected), label = paste("a default of", label))
        if (!is.null(expected)) {
          value <- found$value
          if (inherits(value, "dist")) value <- as.matrix(value)
          expect_equal(value, expected(object), label = label)
        }
      } else {
        expect_match(
          found$kind, "^(ours|sgmoe_error_.*)$",
          label = paste(label, found$value)
        )
      }
    }
  }
})

slow_test("a refusal says why, and what to do", {
  set.seed(1)
  data <- simulate_moe(200, 2, p = 1)
  fit <- quietly(sgmoe(y ~ x1, data, k = 2, starts = 1, ridge = 1))
  stream <- quietly(sgmoe_stream(y ~ x1, data, k = 2, starts = 1, ridge = 1))
  tree <- expert_dendrogram(fit)
  refused <- function(code, message, what = "unsupported") {
    expect_error(code, message, class = paste0("sgmoe_error_", what))
  }
  refused(vcov(stream), "start = as_sgmoe", "no_data")
  refused(vcov(tree), "is not a fit")
  refused(anova(fit), "two fits", "argument")
  refused(anova(stream), "start = as_sgmoe", "no_data")
  refused(drop1(fit), "other maxima")
  refused(icl(stream), "no data|keeps no rows", "no_data")
  refused(simulate(tree), "is not a fit")
  refused(simulate(stream), "newdata", "no_data")
  refused(hatvalues(fit), "hat matrix")
  refused(as.hclust(fit), "expert_dendrogram")
  refused(AIC(stream, stream), "logLik")
  refused(residuals(stream), "newdata", "no_data")
  refused(model.frame(stream), "newdata", "no_data")
  refused(augment(stream), "newdata", "no_data")
  refused(model.matrix(stream), "`data`", "no_data")
  # Arguments that a method does not have are not ignored.
  refused(glance(fit, conf.int = TRUE), "`conf.int`")
  refused(augment(fit, se_fit = TRUE), "`se_fit`")
  refused(predict(stream, data, se.fit = TRUE), "`se.fit`")
  for (refuse in list(
    tidy, glance, augment, logLik, deviance, nobs, df.residual, weights, sigma,
    family, formula, terms, model.frame, model.matrix, variable.names,
    case.names, labels, fitted, residuals, predict, coef, summary, as_sgmoe
  )) {
    expect_error(refuse(fit, unknown = 1), class = "sgmoe_error_argument")
  }
})

test_that("what is new for fits is as lm() and glm() have it", {
  data <- transform(mtcars, twice = 2 * wt, w = rep(c(1, 0), 16))
  fit <- suppressMessages(sgmoe(
    mpg ~ wt + twice + factor(cyl), data,
    k = 1, weights = w, gate = ~hp
  ))
  model <- lm(mpg ~ wt + twice + factor(cyl), data, weights = w)
  expect_identical(variable.names(fit), variable.names(model))
  expect_identical(variable.names(fit, full = TRUE), names(coef(model)))
  expect_identical(variable.names(fit, "gate"), c("(Intercept)", "hp"))
  expect_identical(case.names(fit), case.names(model))
  expect_identical(case.names(fit, full = TRUE), rownames(data))
  expect_identical(labels(fit), attr(terms(model), "term.labels"))
  expect_equal(extractAIC(fit, k = 3)[[2]], AIC(fit, k = 3))
  expect_identical(family(fit)$link, family(model)$link)
  expect_identical(family(fit)$family, family(model)$family)
  classes <- sgmoe(am ~ wt, transform(mtcars, am = am > 0), k = 1, ridge = 1)
  expect_identical(family(classes)$link, binomial()$link)
})

test_that("scores of a stream agree, and need no penalty", {
  set.seed(1)
  data <- simulate_moe(900, 2, p = 1)
  stream <- quietly(sgmoe_stream(y ~ x1, data[1:500, ], k = 2, starts = 1))
  stream <- quietly(update(stream, data[501:900, ]))
  score <- logLik(stream)
  shown <- glance(stream)
  expect_identical(shown$logLik, c(score))
  expect_equal(shown$scored, nobs(score))
  expect_equal(shown$nobs, nobs(stream))
  expect_equal(deviance(stream), -2 * c(score))
  expect_true(is.na(attr(score, "df")))
  expect_true(is.na(AIC(score)))
  expect_false(any(c("AIC", "BIC", "ICL") %in% names(shown)))
  expect_equal(
    df.residual(stream), nobs(stream) - length(coef(stream))
  )
  expect_equal(
    augment(stream, data[1:5, ])$.fitted,
    unname(predict(stream, data[1:5, ]))
  )
})
