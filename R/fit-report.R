# Telling the user how a fit went.

#' @noRd
warn_separated <- function(fit, call = rlang::caller_env()) {
  diverging <- fit$diverging
  gate <- diverging[names(diverging) == "gate"]
  experts <- diverging[names(diverging) != "gate"]
  classes <- paste0(
    "`", names(experts), "` along `", experts, "`",
    recycle0 = TRUE
  )
  warn("separated", c(
    "Separation: coefficients grow without limit.",
    "x" = if (length(gate)) {
      "The gate separates the experts along {.code {gate}}."
    },
    "x" = if (length(classes)) {
      "Experts separate classes: {some_of(classes)}."
    },
    "x" = if (fit$gain >= fit$control$tolerance) {
      "The fit had not converged within {.code max_passes =
       {fit$control$max_passes}}."
    },
    "i" = if (fit$k == 1) {
      "A {.arg ridge} keeps them finite, for example {.code ridge = 0.1}.
       Held-out data tell which value predicts best."
    } else {
      "{.code ridge = \"auto\"}, the default, keeps them finite."
    }
  ), call)
}

#' Warn of experts whose variance is at its floor
#' @noRd
warn_floored <- function(fit, call = rlang::caller_env()) {
  few <- fit$floored & spurious_experts(
    fit$floored, fit$posterior_weight, fit$spec
  )
  if (any(few)) {
    floored <- as.character(which(few))
    warn("floored", c(
      "The variance of expert{?s} {floored} fell to its floor: {?it/they}
       {?fits/fit} a few rows exactly.",
      "i" = paste("The likelihood then says little.", if (fit$k == 1) {
        "Use fewer covariates, or a {.arg ridge}."
      } else {
        "Use fewer experts, {.code shared = TRUE} or a larger {.arg variance_floor}."
      })
    ), call)
  }
  one_value <- fit$floored & !few & (fit$point_mass %||% FALSE)
  if (any(one_value)) {
    floored <- as.character(which(one_value))
    warn("floored", c(
      "Expert{?s} {floored} {?sits/sit} on one repeated value of the response: {?it is a
       point mass/they are point masses}, with {?its/their} variance at its floor.",
      "i" = "The likelihood of such rows says little: model them apart, for instance as a
             class of their own."
    ), call)
  }
  other <- fit$floored & !few & !one_value
  if (any(other)) {
    floored <- as.character(which(other))
    warn("floored", c(
      "The variance of expert{?s} {floored} is held at its floor,
       {.arg variance_floor} times the variance of the response.",
      "i" = "A repeated value of the response, responses that depend on each
             other, or a covariate that determines the response leave no
             variance; an outlier makes the response's variance large.",
      "i" = "The likelihood of such rows says little: look at them first."
    ), call)
  }
}

#' Warn about what the user should act on
#' @noRd
report_outcome <- function(fit, call = rlang::caller_env()) {
  switch(fit$reason,
    pass_limit = warn("pass_limit", c(
      "The fit did not converge within {.code max_passes =
       {fit$control$max_passes}}.",
      "i" = "Go on from here with {.code start = fit}, or raise
             {.arg max_passes}."
    ), call),
    interrupted = warn("interrupted", c(
      "The fit was interrupted; what it had reached is returned.",
      "i" = "Go on from here with {.code start = fit}."
    ), call),
    non_finite = warn("non_finite", c(
      "The likelihood became infinite or undefined; the last parameters before
       are returned.",
      "i" = "Look for extreme values in the data."
    ), call),
    separated = warn_separated(fit, call)
  )
  warn_floored(fit, call)
  if (fit$df >= fit$rows && fit$spec$ridge == 0 &&
    !family_of(fit)$grouped(fit$blueprint)) {
    warn("overfitted", c(
      "The model has {fit$df} parameters for {fit$rows} row{?s}.",
      "i" = "Use fewer {if (fit$k > 1) 'experts or '}covariates, or a {.arg ridge}."
    ), call)
  }
  inform_few_rows(fit)
  if (any(fit$starved)) {
    starved <- as.character(which(fit$starved))
    warn("starved", c(
      "Expert{?s} {starved} {?has/have} too little weight (hardly any rows) to be
       estimated and {?was/were} kept as {?it was/they were}.",
      "i" = if (fit$spec$ridge > 0) {
        "Use fewer experts."
      } else {
        "Use fewer experts, or {.code ridge = \"auto\"}."
      }
    ), call)
  }
  invisible(fit)
}

# Rows for each parameter below which several experts with a ridge often predict worse
# than one by 0.05 per row: with fewer than two in 66 % of 80 fits of real sets, with
# two to three in 11 of 15 others, with more in 6 % of 93 (bench/defaults.csv).
least_rows <- 3

#' Say that rows are too few for the experts, ridge or not
#' @noRd
inform_few_rows <- function(fit) {
  parameters <- count_parameters(fit$spec)
  rows <- max(fit$rows, fit$nobs)
  few <- fit$k > 1 && fit$spec$ridge > 0 && rows < least_rows * parameters &&
    !family_of(fit)$grouped(fit$blueprint)
  if (few) {
    inform("few_rows", c(
      "!" = "{fit$k} experts have {parameters} parameters, and there are {fit$rows}
             row{?s}: the ridge decides much of them.",
      "i" = "With so few rows one expert often predicts better. Compare {.code k = 1},
             for instance by {.fn tune_experts}."
    ))
  }
}
