# Functions of other packages that have no answer: their defaults take the
# coefficients of any model for those of one linear predictor. (What needs coef()
# and vcov() alone, such as linearHypothesis() of car, works.)

#' @param what The function, `why` it has no answer, and what to do `instead`.
#' @noRd
refuse_foreign <- function(what, why, instead, call = rlang::caller_env()) {
  abort("unsupported", c(
    "{.fn {what}} has no answer for a mixture of experts: {why}.",
    "i" = instead
  ), call)
}

#' Refuse `mcp()` of multcomp, which looks for the coefficients of a factor in the
#' columns of one design
#'
#' It asks for the design before anything else, so that is where it is refused.
#' @noRd
refuse_mcp <- function() {
  for (caller in sys.calls()) {
    if (identical(caller[[1L]], quote(mcp2matrix))) {
      refuse_foreign(
        "mcp", "a factor has coefficients in the gate and in every expert",
        "{.code pairs(emmeans::emmeans(fit, ~ f))} compares the means of its levels;
         {.code glht(fit, linfct = K)} takes a matrix over {.code coef(fit)}.",
        quote(mcp())
      )
    }
  }
}

#' @exportS3Method car::Anova sgmoe
Anova.sgmoe <- function(mod, ...) {
  refuse_foreign(
    "Anova", "a term has coefficients in the gate and in every expert",
    "Compare nested formulas by {.fn anova}; {.fn linearHypothesis} tests
     coefficients that are zero together."
  )
}

#' @exportS3Method car::Boot sgmoe
Boot.sgmoe <- function(object, ...) {
  refuse_foreign(
    "Boot", "experts of refits have to be put in the same order",
    "{.fn bootstrap} does that; {.fn confint} and {.fn vcov} take its result."
  )
}

#' @exportS3Method car::vif sgmoe
vif.sgmoe <- function(mod, ...) {
  refuse_foreign(
    "vif", "gate and experts have a design each, weighted by row",
    "{.fn vcov} warns where coefficients can hardly be told apart."
  )
}

#' @exportS3Method effects::Effect sgmoe
Effect.sgmoe <- function(focal.predictors, mod, ...) {
  refuse_foreign(
    "Effect", "predictions are not those of one linear predictor",
    "{.fn partial_dependence} averages over rows; {.code emmeans::emmeans()} takes
     other covariates at their means."
  )
}
