# Generics that have no answer for an object. Without this R's defaults would
# answer, with numbers that mean nothing (`sigma()` from a deviance) or with NULL.

# Which generics have no answer for objects of which classes, why, and what to do
# instead. Classes that inherit from these inherit the refusal.
unavailable <- list(
  list(
    of = "sgmoe_stream", what = "no_data",
    generics = c("vcov", "confint", "profile", "anova"),
    why = "standard errors and tests need the rows, and a stream keeps none",
    instead = "Fit some rows that you have kept, from where the stream is:
      {.code sgmoe(..., start = as_sgmoe(stream))}, and ask the fit."
  ),
  list(
    of = "sgmoe", generics = "profile",
    why = "only limits of intervals are found by profiles of the objective",
    instead = "See {.code confint(fit, method = \"profile\")}."
  ),
  list(
    of = c("sgmoe", "sgmoe_stream"), generics = c("add1", "drop1"),
    why = "with a term more or less the likelihood has other maxima, which must
      be searched for, and another ridge",
    instead = "Fit both formulas by {.fn update} and compare the fits by
      {.fn anova} or {.fn BIC}, numbers of experts by {.fn select_experts}."
  ),
  list(
    of = c("sgmoe", "sgmoe_stream"),
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
    why = "a mixture is no tree",
    instead = "{.fn expert_dendrogram} makes a tree of its experts."
  ),
  list(
    of = "sgmoe_stream", generics = c("AIC", "BIC", "extractAIC"),
    why = "its log-likelihood scores rows before they are learnt, and needs no
      correction for the number of parameters",
    instead = "Compare streams over the same rows by {.fn logLik}, numbers of
      experts by {.fn select_experts}."
  ),
  list(
    of = "sgmoe_stream", what = "no_data",
    generics = c(
      "case.names", "fitted", "model.frame", "na.action", "residuals", "weights"
    ),
    why = "a stream keeps no rows",
    instead = "Give rows to {.code predict(stream, newdata)},
      {.code augment(stream, newdata)} or {.code model.matrix(stream, newdata)}."
  ),
  list(
    of = "expert_dendrogram",
    generics = c(
      "add1", "AIC", "alias", "anova", "BIC", "biplot", "case.names", "confint",
      "cooks.distance", "deviance", "df.residual", "dfbeta", "dfbetas", "drop1",
      "dummy.coef", "effects", "estVar", "extractAIC", "family", "fitted",
      "formula", "getCall", "hatvalues", "influence", "kappa", "logLik",
      "model.frame", "model.matrix", "model.tables", "na.action", "nobs",
      "predict", "preplot", "profile", "proj", "qr", "residuals", "rstandard",
      "rstudent", "screeplot", "se.contrast", "sigma", "simulate", "SSD", "terms",
      "TukeyHSD", "update", "variable.names", "vcov", "weights", "tidy",
      "glance", "augment"
    ),
    why = "a dendrogram of experts is no fit",
    instead = "{.fn select_experts} chooses a level; {.code as_sgmoe(selection,
      k)} gives the fit of another, {.code coef(tree, k)} its coefficients."
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
    what <- if (is.null(entry$what)) "unsupported" else entry$what
    abort(what, c(
      "{.fn {generic}} has no answer for {kind}: {entry$why}.",
      "i" = entry$instead
    ))
  }
}

#' Registers them when the package is loaded: they are of generics of several
#' packages, and have no help pages
#' @noRd
register_unavailable <- function() {
  for (entry in unavailable) {
    for (generic in entry$generics) {
      home <- if (generic %in% c("tidy", "glance", "augment")) {
        "generics"
      } else {
        "stats" # and base, which it imports
      }
      for (class in entry$of) {
        registerS3method(
          generic, class, refusing_method(generic, class, entry),
          envir = asNamespace(home)
        )
      }
    }
  }
}

#' @noRd
.onLoad <- function(libname, pkgname) {
  register_unavailable()
  if (isNamespaceLoaded("marginaleffects")) announce_marginaleffects()
  setHook(packageEvent("marginaleffects", "onLoad"), announce_marginaleffects)
}
