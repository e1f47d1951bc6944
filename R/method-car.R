# The package car: what of it works by coef() and vcov(), and what has no answer.
#
# linearHypothesis() and deltaMethod() do. Anova(), Boot() and vif() have defaults
# that take any model's coefficients for those of one linear predictor.

#' @param what The function, `why` it has no answer, and what to do `instead`.
#' @noRd
refuse_car <- function(what, why, instead, call = rlang::caller_env()) {
  abort("unsupported", c(
    "{.fn {what}} has no answer for a mixture of experts: {why}.",
    "i" = instead
  ), call)
}

#' @exportS3Method car::Anova sgmoe
Anova.sgmoe <- function(mod, ...) {
  refuse_car(
    "Anova", "a term has coefficients in the gate and in every expert",
    "Compare nested formulas by {.fn anova}; {.fn linearHypothesis} tests
     coefficients that are zero together."
  )
}

#' @exportS3Method car::Boot sgmoe
Boot.sgmoe <- function(object, ...) {
  refuse_car(
    "Boot", "experts of refits have to be put in the same order",
    "{.fn bootstrap} does that; {.fn confint} and {.fn vcov} take its result."
  )
}

#' @exportS3Method car::vif sgmoe
vif.sgmoe <- function(mod, ...) {
  refuse_car(
    "vif", "gate and experts have a design each, weighted by row",
    "{.fn vcov} warns where coefficients can hardly be told apart."
  )
}
