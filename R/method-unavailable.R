# Generics that have no answer for an object. Without this R's defaults would
# answer, with numbers that mean nothing (`sigma()` from a deviance) or with NULL.

# Why, for kinds of objects.
no_fit <- list(
  of = "expert_dendrogram", why = "a dendrogram of experts is not a fit",
  instead = "{.fn select_experts} chooses the number of experts; {.code as_sgmoe(selection,
    k)} gives the fit with another, {.code coef(tree, k)} its coefficients."
)
no_tests <- list(
  of = "sgmoe_stream", what = "no_data",
  why = "it needs the rows, and a stream keeps none",
  instead = "Fit some rows that you have kept, from where the stream is:
    {.code sgmoe(..., start = as_sgmoe(stream))}, and ask the fit."
)
no_rows_kept <- list(
  of = "sgmoe_stream", what = "no_data", why = "a stream keeps no rows",
  instead = "Give rows to {.code predict(stream, newdata)},
    {.code augment(stream, newdata)} or {.code model.matrix(stream, newdata)}."
)

# Which generics have no answer for objects of which classes, why, and what to do
# instead. `home` is the package of the generics, by default stats (with base,
# which it imports). Classes that inherit from these inherit the refusal.
unavailable <- list(
  c(no_tests, list(generics = c("profile", "anova"))),
  list(
    of = "sgmoe", generics = "profile",
    why = "only limits of intervals are found by profiles of the objective",
    instead = "See {.code confint(fit, method = \"profile\")}."
  ),
  list(
    of = "sgmoe_stream", generics = c("add1", "drop1"),
    why = "another formula needs a stream of its own",
    instead = "Begin one with each formula, and compare them over the same rows by
      {.fn logLik}."
  ),
  list(
    of = "sgmoe", generics = c("add1", "drop1"),
    why = "with a term more or less the likelihood has other maxima, which must
      be searched for, and another ridge",
    instead = "Fit both formulas by {.fn update} and compare the fits by
      {.fn anova} or {.fn BIC}, numbers of experts by {.fn select_experts}."
  ),
  list(
    of = "sgmoe",
    generics = c(
      "influence", "hatvalues", "cooks.distance", "dfbeta", "dfbetas",
      "rstandard", "rstudent"
    ),
    why = "a mixture has no hat matrix, and this version of sgmoe no measures of
      influence",
    instead = "For residuals with their scale taken out see {.code
      residuals(type = \"pearson\")}."
  ),
  list(
    of = c("sgmoe", "sgmoe_stream"),
    generics = c(
      "alias", "dummy.coef", "effects", "estVar", "kappa", "model.tables",
      "preplot", "proj", "qr", "screeplot", "biplot", "se.contrast", "SSD",
      "TukeyHSD"
    ),
    why = "it is for linear models and decompositions, which a mixture is not",
    instead = "{.fn coef} has NA for aliased columns; see {.fn summary} for what
      a fit can tell."
  ),
  list(
    of = c("sgmoe", "sgmoe_stream"), generics = c("as.hclust", "as.dendrogram"),
    why = "a mixture is not a tree",
    instead = "{.fn expert_dendrogram} makes a tree of its experts."
  ),
  list(
    of = "sgmoe_stream", generics = c("AIC", "BIC", "extractAIC"),
    why = "its log-likelihood scores rows before they are learnt, and needs no
      correction for the number of parameters",
    instead = "Compare streams over the same rows by {.fn logLik}, numbers of
      experts by {.fn select_experts}."
  ),
  c(no_rows_kept, list(
    generics = c(
      "case.names", "cooks.distance", "dfbeta", "dfbetas", "fitted", "hatvalues",
      "influence", "model.frame", "na.action", "residuals", "rstandard", "rstudent",
      "weights"
    )
  )),
  c(no_fit, list(
    generics = c(
      "add1", "AIC", "alias", "anova", "BIC", "biplot", "case.names", "confint",
      "cooks.distance", "deviance", "df.residual", "dfbeta", "dfbetas", "drop1",
      "dummy.coef", "effects", "estVar", "extractAIC", "family", "fitted",
      "formula", "getCall", "hatvalues", "influence", "kappa", "logLik",
      "model.frame", "model.matrix", "model.tables", "na.action", "nobs",
      "predict", "preplot", "profile", "proj", "qr", "residuals", "rstandard",
      "rstudent", "screeplot", "se.contrast", "sigma", "simulate", "SSD", "terms",
      "TukeyHSD", "update", "variable.names", "vcov", "weights"
    )
  )),
  c(no_fit, list(home = "generics", generics = c("tidy", "glance", "augment"))),
  c(no_fit, list(
    home = "sandwich",
    generics = c("bread", "estfun", "vcovBS", "vcovHAC", "vcovHC")
  )),
  c(no_fit, list(
    home = "lmtest",
    generics = c("coefci", "coeftest", "lrtest", "waldtest")
  )),
  c(no_fit, list(
    home = "insight",
    generics = c(
      "find_algorithm", "find_formula", "find_parameters", "find_predictors",
      "find_random", "find_response", "find_terms", "find_weights", "get_call",
      "get_data", "get_datagrid", "get_deviance", "get_df", "get_family",
      "get_intercept", "get_loglikelihood", "get_modelmatrix", "get_parameters",
      "get_predicted", "get_predicted_ci", "get_priors", "get_random",
      "get_residuals", "get_statistic", "get_varcov", "get_variance",
      "get_weights", "is_converged", "is_nullmodel", "link_function",
      "link_inverse", "loglikelihood", "model_info", "n_obs", "n_parameters"
    )
  )),
  c(no_tests, list(
    home = "sandwich", generics = c("estfun", "vcovBS", "vcovHAC", "vcovHC")
  )),
  c(no_tests, list(home = "lmtest", generics = c("lrtest", "waldtest"))),
  c(no_rows_kept, list(
    home = "insight",
    generics = c("get_data", "get_modelmatrix", "get_residuals", "get_weights")
  )),
  list(
    of = "sgmoe", home = "sandwich", generics = c("vcovHC", "vcovHAC"),
    why = "it looks at residuals and columns as those of a linear model",
    instead = "See {.code vcov(fit, type = \"sandwich\", cluster = ~ id)}."
  ),
  list(
    of = "sgmoe", home = "sandwich", generics = "vcovBS",
    why = "refits are of other starts and orders of the experts",
    instead = "See {.code vcov(bootstrap(fit))}."
  ),
  list(
    of = "sgmoe", home = "lmtest", generics = "waldtest",
    why = "it fits again without terms, from other starts",
    instead = "{.fn anova} tests nested formulas, {.fn summary} single
      coefficients."
  ),
  list(
    of = "sgmoe", home = "performance",
    generics = c(
      "check_autocorrelation", "check_collinearity", "check_heteroscedasticity",
      "check_homogeneity", "check_model", "check_normality", "check_outliers",
      "check_predictions", "performance_mae"
    ),
    why = "it looks at residuals and coefficients as those of one linear model",
    instead = "{.code plot(fit, which = \"residuals\")} draws quantile residuals,
      {.fn score} says how good predictions are, and {.fn vcov} warns where coefficients
      can hardly be told apart."
  ),
  list(
    of = "sgmoe", home = "parameters", generics = "bootstrap_model",
    why = "experts of refits have to be put in the same order",
    instead = "{.fn bootstrap} does that; {.fn confint} and {.fn vcov} take its result."
  ),
  list(
    of = c("sgmoe", "sgmoe_stream"), home = "insight",
    generics = c("get_datagrid", "get_predicted", "get_predicted_ci"),
    why = "its predictions are of several kinds",
    instead = "See {.code predict(fit, newdata, type)} and, along a covariate,
      {.fn partial_dependence}."
  ),
  list(
    of = c("sgmoe", "sgmoe_stream"), home = "insight",
    generics = c(
      "find_algorithm", "get_intercept", "get_priors", "get_random",
      "get_variance"
    ),
    why = "it has experts and a gate, each with coefficients of its own, and no
      random effects",
    instead = "See {.fn coef}, {.fn sigma} and {.fn summary}."
  )
)

class_words <- c(
  sgmoe = "a mixture of experts", sgmoe_stream = "a stream",
  expert_dendrogram = "a dendrogram of experts"
)

#' The method that says that there is none
#'
#' @param generic Its name.
#' @param class The class that has no answer.
#' @param entry A row of the table: message and hint.
#' @noRd
refusing_method <- function(generic, class, entry) {
  force(generic)
  force(entry) # both change in the loop
  kind <- class_words[[class]]
  function(object, ...) {
    what <- entry$what %||% "unsupported"
    abort(what, c(
      "{.fn {generic}} has no answer for {kind}: {entry$why}.",
      "i" = entry$instead
    ))
  }
}

#' Registers them when the package is loaded, those of packages that may not be
#' loaded yet when these are. They have no help pages
#' @noRd
register_unavailable <- function() {
  for (entry in unavailable) {
    home <- entry$home %||% "stats"
    if (isNamespaceLoaded(home)) {
      register_entry(entry, home)
    } else {
      register_later(entry, home)
    }
  }
}

#' @param entry A row of the table.
#' @param home The package of its generics, loaded.
#' @noRd
register_entry <- function(entry, home) {
  namespace <- asNamespace(home)
  for (generic in entry$generics) {
    if (!exists(generic, namespace)) {
      next # another version of the package
    }
    for (class in entry$of) {
      registerS3method(
        generic, class, refusing_method(generic, class, entry),
        envir = namespace
      )
    }
  }
}

#' @param entry,home As in register_entry().
#' @noRd
register_later <- function(entry, home) {
  force(entry)
  force(home)
  setHook(packageEvent(home, "onLoad"), function(...) {
    register_entry(entry, home)
  })
}

#' @noRd
.onLoad <- function(libname, pkgname) {
  register_unavailable()
  if (isNamespaceLoaded("marginaleffects")) announce_marginaleffects()
  setHook(packageEvent("marginaleffects", "onLoad"), announce_marginaleffects)
}
