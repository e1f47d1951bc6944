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

# The same of suggested packages. What insight says of a model's kind
# (model_info(), model_name()) is a list of words about it.
not_of_models_either <- c(
  "clean_names", "clean_parameters", "display", "ellipsis_info",
  "format_string", "format_value", "grangertest", "model_info", "model_name",
  "n_unique", "print_html", "print_md", "standardize_column_order",
  "standardize_names", "text_remove_backticks", "trim_ws"
)

calls_usemethod <- function(f) {
  is.function(f) && "UseMethod" %in% all.names(body(f))
}

generics_of <- function(package) {
  names <- sort(getNamespaceExports(package))
  Filter(function(name) calls_usemethod(getExportedValue(package, name)), names)
}

stats_generics <- function() {
  setdiff(generics_of("stats"), not_of_models)
}

# Those of suggested packages that are installed, by name.
foreign_generics <- function() {
  packages <- Filter(function(package) {
    requireNamespace(package, quietly = TRUE)
  }, c("insight", "sandwich", "lmtest"))
  unlist(lapply(packages, function(package) {
    names <- setdiff(generics_of(package), not_of_models_either)
    lapply(stats::setNames(nm = names), getExportedValue, ns = package)
  }), recursive = FALSE)
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
    },
    foreign_generics()
  )
}

# The objects, and rows to be given to what needs some.
generic_objects <- function() {
  set.seed(1)
  data <- with_columns(simulate_moe(300, 2, p = 2, gate_scale = 3))
  data$g <- factor(ifelse(data$y > 0, "p", "q"))
  data$n <- round(exp(data$y / 4))
  made <- list()
  for (family in names(families)) {
    formula <- family_case(family)$generic
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
  # Those of insight, which know formulas and calls.
  find_parameters = function(x) list(conditional = names(coef(x))),
  find_response = function(x) all.vars(formula(x)[[2]]),
  find_terms = function(x) {
    list(
      response = all.vars(formula(x)[[2]]), conditional = labels(x),
      gate = labels(x, part = "gate")
    )
  },
  find_weights = function(x) NULL, # none are given
  get_call = function(x) x$call,
  get_deviance = function(x) deviance(x),
  get_family = function(x) family(x),
  get_modelmatrix = function(x) model.matrix(x),
  get_residuals = function(x) residuals(x),
  get_weights = function(x) weights(x),
  is_mixed_model = function(x) FALSE,
  is_nullmodel = function(x) FALSE,
  n_obs = function(x) nobs(x),
  n_parameters = function(x) length(coef(x)),
  # And those of lmtest, which take the t distribution where there are residual
  # degrees of freedom.
  coefci = function(x) {
    reach <- sqrt(diag(vcov(x))) * stats::qt(0.975, df.residual(x))
    matrix(
      c(coef(x) - reach, coef(x) + reach), length(coef(x)),
      dimnames = list(names(coef(x)), c("2.5 %", "97.5 %"))
    )
  },
  coeftest = function(x) {
    error <- sqrt(diag(vcov(x)))
    t <- coef(x) / error
    cbind(
      Estimate = coef(x), `Std. Error` = error, `t value` = t,
      `Pr(>|t|)` = 2 * stats::pt(-abs(t), df.residual(x))
    )
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
    formula <- family_case(family)$generic
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
          if (inherits(value, "coeftest")) {
            value <- unclass(value)
            attributes(value) <- attributes(value)[c("dim", "dimnames")]
          }
          if (name == "find_terms") value <- unclass(value)
          expected <- suppressWarnings(expected(object))
          expect_equal(value, expected, label = label)
        }
      } else {
        expect_match(
          found$kind, "^(ours|sgmoe_error_.*)$",
          label = paste(c(label, if (is.character(found$value)) found$value), collapse = " ")
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
  refused(vcov(stream, "sandwich"), "second derivatives", "no_model")
  refused(vcov(tree), "is not a fit")
  refused(anova(fit), "two fits", "argument")
  refused(anova(stream), "start = as_sgmoe", "no_data")
  refused(drop1(fit), "other maxima")
  refused(icl(stream), "no data|keeps no rows", "no_data")
  refused(icl(as_sgmoe(stream)), "no data|keeps no rows", "no_data")
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
  refused(augment(fit, se.fit = TRUE), "Write `se_fit`", "argument")
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

slow_test("packages that ask a stream for rows get an answer of ours", {
  skip_if_not_installed("insight")
  skip_if_not_installed("sandwich")
  skip_if_not_installed("lmtest")
  set.seed(1)
  data <- simulate_moe(400, 2, p = 1)
  fit <- quietly(sgmoe(y ~ x1, data, k = 2, gate = ~1, starts = 1, ridge = 1))
  stream <- quietly(sgmoe_stream(
    y ~ x1, data[1:300, ],
    k = 2, gate = ~1, starts = 1, ridge = 1
  ))
  stream <- quietly(update(stream, data[301:400, ]))
  for (ask in list(
    function() sandwich::vcovCL(stream, cluster = 1:4),
    function() sandwich::sandwich(stream), function() sandwich::meat(stream),
    function() lmtest::lrtest(stream), function() lmtest::lrtest(stream, stream),
    function() insight::get_data(stream), function() insight::get_df(stream, "zz"),
    function() insight::get_residuals(stream),
    function() insight::get_weights(stream)
  )) {
    expect_error(ask(), class = "sgmoe_error")
  }
  expect_equal(insight::get_varcov(stream), vcov(stream))
  expect_equal(
    insight::get_statistic(stream), insight::get_statistic(as_sgmoe(stream))
  )
  # Never the rows of the pilot.
  given <- tryCatch(insight::get_response(stream), error = function(error) NULL)
  expect_null(given)
  for (x in list(fit, stream)) {
    expect_equal(
      insight::find_formula(x)[c("conditional", "gate")],
      list(conditional = y ~ x1, gate = ~1),
      ignore_attr = TRUE
    )
    expect_identical(insight::get_df(x), df.residual(x))
    expect_identical(insight::get_df(x, type = "wald"), Inf)
    expect_identical(insight::get_loglikelihood(x), logLik(x))
    expect_identical(insight::link_inverse(x)(3), 3)
    expect_identical(insight::link_function(x)(3), 3)
  }
  expect_identical(insight::get_df(fit, "model"), fit$df)
  expect_identical(insight::get_df(stream, "model"), as_sgmoe(stream)$df)
  expect_equal(
    insight::get_parameters(stream)$Estimate, unname(coef(stream))
  )
  expect_identical(insight::is_converged(fit), fit$converged)
})

test_that("refusals reach packages that are loaded later", {
  skip_if_not_installed("sandwich")
  skip_if_not_installed("insight")
  for (first in c("sgmoe", "sandwich")) {
    script <- tempfile(fileext = ".R")
    writeLines(c(
      sprintf("loadNamespace('%s')", first), "library(sgmoe)",
      "object <- structure(list(), class = 'sgmoe_stream')",
      "said <- tryCatch(sandwich::estfun(object), error = class)",
      "more <- tryCatch(insight::get_data(object), error = class)",
      "cat(said[[1]], more[[1]])"
    ), script)
    output <- system2(
      file.path(R.home("bin"), "Rscript"), c("--vanilla", script),
      stdout = TRUE, stderr = FALSE,
      env = paste0("R_LIBS=", paste(.libPaths(), collapse = .Platform$path.sep))
    )
    expect_identical(
      utils::tail(output, 1L), "sgmoe_error_no_data sgmoe_error_no_data"
    )
  }
})
