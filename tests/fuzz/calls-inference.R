# Standard errors, intervals, tests and effects.

covariances <- c("bayes", "observed", "opg", "sandwich")

# What an argument `vcov` may be.
draw_vcov <- function(fit) {
  maybe_junk(one_of(
    NULL, "bayes", "opg", "sandwich", function(x) stats::vcov(x),
    quiet(stats::vcov(fit)), "observed"
  ), 0.1)
}

inference_methods <- list(
  vcov = function(fit, data) {
    complete <- maybe_junk(chance(0.7), 0.05)
    value <- if (chance(0.6)) {
      quiet(stats::vcov(fit, maybe_junk(sample(covariances, 1L)), complete = complete))
    } else {
      quiet(stats::vcov(
        fit, maybe_junk("sandwich", 0.2),
        cluster = maybe_junk(one_of(~s, ~x3, ~ s + x3, data$x3, data$s), 0.1),
        complete = complete
      ))
    }
    checked(value, check_covariance(value, fit, isTRUE(complete)))
  },
  confint = function(fit, data) {
    arguments <- list(fit)
    if (chance(0.3)) {
      arguments["parm"] <- list(maybe_junk(one_of(1, names(stats::coef(fit))[1L]), 0.3))
    }
    if (chance(0.3)) arguments["level"] <- list(maybe_junk(0.5, 0.3))
    if (chance(0.3)) arguments["type"] <- list(maybe_junk(sample(covariances, 1L), 0.2))
    if (chance(0.1)) arguments["cluster"] <- list(maybe_junk(~s, 0.2))
    value <- quiet(do.call(stats::confint, arguments))
    checked(value, check_limits(value))
  },
  profile = function(fit, data) {
    value <- quiet(stats::confint(
      fit, sample.int(length(stats::coef(fit)), 1L),
      level = 0.5, method = maybe_junk("profile")
    ))
    checked(value, check_limits(value))
  },
  bootstrap_intervals = function(fit, data) {
    value <- quiet(stats::confint(fit, method = "bootstrap", nsim = maybe_junk(2)))
    checked(value, check_limits(value))
  },
  bootstrap = function(fit, data) {
    quiet(sgmoe::bootstrap(
      fit, maybe_junk(one_of("weighted", "parametric", "cases"), 0.1),
      nsim = maybe_junk(one_of(1, 2, 3), 0.1), seed = if (chance(0.3)) maybe_junk(1, 0.2)
    ))
  },
  bootstrap_lrt = function(fit, data) {
    other <- maybe_junk(smaller_fit(fit, data), 0.1)
    value <- quiet(sgmoe::bootstrap_lrt(
      fit, other,
      nsim = maybe_junk(2), starts = maybe_junk(one_of(0, 1), 0.1)
    ))
    checked(value, complain(!(value$p.value > 0 && value$p.value <= 1), "p value"))
  },
  estfun = function(fit, data) {
    value <- quiet(sandwich::estfun(fit))
    checked(value, complain(!all(is.finite(value)), "estfun"), complain(
      ncol(value) != sum(!is.na(stats::coef(fit))), "estfun has other columns"
    ))
  },
  bread = function(fit, data) {
    value <- quiet(sandwich::bread(fit))
    checked(value, check_covariance(value, fit, FALSE))
  },
  sandwich = function(fit, data) quiet(sandwich::sandwich(fit)),
  anova = function(fit, data) {
    others <- maybe_junk(list(smaller_fit(fit, data)), 0.1)
    value <- quiet(do.call(stats::anova, c(list(fit), others)))
    checked(value, check_p_values(unlist(value[grep("^Pr", names(value))])))
  },
  drop1 = function(fit, data) quiet(stats::drop1(fit)),
  average_effects = function(fit, data) call_effects(sgmoe::average_effects, fit, data),
  gate_effects = function(fit, data) call_effects(sgmoe::gate_effects, fit, data),
  expert_effects = function(fit, data) call_effects(sgmoe::expert_effects, fit, data),
  partial_dependence = function(fit, data) {
    call_effects(sgmoe::partial_dependence, fit, data,
      covariate = maybe_junk(one_of("x1", "f", "x2"), 0.1),
      of = maybe_junk(one_of("mean", "gate", "expert"), 0.1)
    )
  },
  importance = function(fit, data) {
    value <- quiet(sgmoe::permutation_importance(
      fit,
      covariates = if (chance(0.3)) maybe_junk("x1", 0.2),
      data = if (inherits(fit, "sgmoe_stream") || chance(0.5)) {
        maybe_junk(spoil(data), 0.1)
      }, nsim = maybe_junk(2)
    ))
    checked(value, complain(any(is.nan(value$importance)), "importance is NaN"))
  }
)

# A fit of the same rows with other columns, or another number of experts.
smaller_fit <- function(fit, data) {
  if (chance(0.5)) {
    quiet(stats::update(fit, k = if (fit$k > 1) 1 else 2, starts = 1))
  } else {
    quiet(stats::update(fit, . ~ 1, starts = 1))
  }
}

call_effects <- function(fun, fit, data, ...) {
  arguments <- list(fit, ...)
  if (inherits(fit, "sgmoe_stream") || chance(0.3)) {
    arguments["data"] <- list(maybe_junk(spoil(data), 0.1))
  }
  if (chance(0.3)) arguments["vcov"] <- list(draw_vcov(fit))
  if (chance(0.2)) arguments["level"] <- list(maybe_junk(0.5, 0.3))
  if (identical(fun, sgmoe::partial_dependence)) {
    if (chance(0.5)) arguments["points"] <- list(maybe_junk(3, 0.1))
  } else {
    if (chance(0.3)) arguments["covariates"] <- list(maybe_junk(one_of("x1", "f"), 0.2))
    if (identical(fun, sgmoe::average_effects)) {
      arguments["of"] <- list(maybe_junk(one_of("mean", "gate", "expert"), 0.1))
    }
  }
  value <- quiet(do.call(fun, arguments))
  checked(value, check_effects(value))
}

effects_methods <- list(
  print = function(x, data) utils::capture.output(print(x)),
  part = function(x, data) {
    list(x[seq_len(min(2, nrow(x))), ], x[, 1L], x[["estimate"]], x["estimate"])
  },
  rows = function(x, data) utils::head(x, 2L),
  plot = function(x, data) {
    quiet(plot(x, col = if (chance(0.2)) junk()))
    NULL
  },
  autoplot = function(x, data) draw_ggplot(x)
)

bootstrap_methods <- list(
  print = function(x, data) utils::capture.output(print(x, level = maybe_junk(0.9))),
  vcov = function(x, data) stats::vcov(x),
  confint = function(x, data) {
    value <- stats::confint(x, level = maybe_junk(0.5, 0.2))
    checked(value, check_limits(value))
  },
  confint_parm = function(x, data) stats::confint(x, maybe_junk(1, 0.5))
)

conformal_methods <- list(
  print = function(x, data) utils::capture.output(print(x))
)

calibration_methods <- list(
  print = function(x, data) utils::capture.output(print(x)),
  part = function(x, data) list(x[1, ], x[["n"]], x["n"]),
  plot = function(x, data) {
    plot(x)
    NULL
  }
)
