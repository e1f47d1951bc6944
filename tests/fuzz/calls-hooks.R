# What other packages ask fits and streams for, by their generics where they are
# installed, else by the method itself.

hook <- function(package, generic, class = "sgmoe") {
  if (requireNamespace(package, quietly = TRUE)) {
    getExportedValue(package, generic)
  } else {
    utils::getFromNamespace(paste0(generic, ".", class), "sgmoe")
  }
}

# A function for each generic of `names`.
hooks <- function(package, names, class = "sgmoe") {
  made <- lapply(names, function(name) {
    force(name)
    function(fit, data) quiet(hook(package, name, class)(fit))
  })
  stats::setNames(made, names)
}

# Those of both classes.
insight_generics <- c(
  "find_formula", "find_predictors", "find_random", "get_df", "get_loglikelihood",
  "get_parameters", "get_statistic", "get_varcov", "is_converged", "link_function",
  "link_inverse", "loglikelihood"
)

hook_methods <- c(
  list(
    tidy = function(fit, data) {
      value <- quiet(sgmoe::tidy(
        fit,
        conf.int = maybe_junk(TRUE, 0.1), conf.level = maybe_junk(0.9, 0.1)
      ))
      checked(value, complain(nrow(value) != length(stats::coef(fit)), "rows of tidy()"))
    },
    glance = function(fit, data) {
      value <- sgmoe::glance(fit)
      checked(value, complain(nrow(value) != 1L, "rows of glance()"))
    },
    augment = function(fit, data) {
      arguments <- list(fit)
      if (chance(0.5)) arguments$newdata <- maybe_junk(spoil(data), 0.1)
      if (chance(0.2)) arguments$data <- maybe_junk(data, 0.2)
      if (chance(0.3)) {
        arguments["interval"] <- list(maybe_junk(one_of("prediction", "confidence"), 0.1))
      }
      if (chance(0.2)) arguments["se_fit"] <- list(maybe_junk(TRUE, 0.2))
      if (chance(0.1)) arguments["conf.level"] <- list(maybe_junk(0.5, 0.2))
      quiet(do.call(sgmoe::augment, arguments))
    }
  ),
  hooks("insight", c(insight_generics, "get_data")),
  list(
    ci = function(fit, data) {
      quiet(hook("bayestestR", "ci")(fit, ci = maybe_junk(0.9, 0.2)))
    },
    degrees_of_freedom = function(fit, data) {
      quiet(hook("parameters", "degrees_of_freedom")(fit))
    },
    p_value = function(fit, data) {
      value <- quiet(hook("parameters", "p_value")(fit))
      checked(value, check_p_values(value$p))
    },
    standard_error = function(fit, data) {
      value <- quiet(hook("parameters", "standard_error")(fit))
      checked(value, complain(any(value$SE < 0, na.rm = TRUE), "negative SE"))
    },
    model_performance = function(fit, data) {
      quiet(hook("performance", "model_performance")(fit))
    },
    lrtest = function(fit, data) {
      quiet(hook("lmtest", "lrtest")(fit, smaller_fit(fit, data)))
    },
    coeftest = function(fit, data) quiet(lmtest::coeftest(fit)),
    Anova = function(fit, data) quiet(hook("car", "Anova")(fit)),
    vif = function(fit, data) quiet(hook("car", "vif")(fit)),
    Boot = function(fit, data) quiet(hook("car", "Boot")(fit, R = 2)),
    # emmeans() is recover_data() and emm_basis().
    emmeans = function(fit, data) {
      # What it says of junk, and where data are not found, is its own.
      own <- intersect(c("x1", "f", "x2"), all.vars(stats::formula(fit)))
      if (!length(own)) {
        return(NULL)
      }
      quiet(as.data.frame(emmeans::emmeans(
        fit, own[[1L]],
        mode = one_of("mean", "gate", "expert", "prob"), data = data
      )))
    },
    recover_data = function(fit, data) quiet(emmeans::recover_data(fit)),
    emm_basis = function(fit, data) {
      trms <- stats::delete.response(stats::terms(fit))
      quiet(emmeans::emm_basis(fit, trms, list(), data))
    },
    Effect = function(fit, data) quiet(hook("effects", "Effect")("x1", fit)),
    getFitted = function(fit, data) quiet(hook("DHARMa", "getFitted")(fit)),
    getSimulations = function(fit, data) {
      quiet(hook("DHARMa", "getSimulations")(fit, nsim = maybe_junk(2, 0.2)))
    },
    get_coef = function(fit, data) hook("marginaleffects", "get_coef")(fit),
    set_coef = function(fit, data) {
      values <- hook("marginaleffects", "get_coef")(fit)
      hook("marginaleffects", "set_coef")(fit, maybe_junk(values, 0.3))
    },
    get_vcov = function(fit, data) {
      quiet(hook("marginaleffects", "get_vcov")(fit, vcov = draw_vcov(fit)))
    },
    get_predict = function(fit, data) {
      quiet(hook("marginaleffects", "get_predict")(
        fit, maybe_junk(spoil(data), 0.1),
        type = maybe_junk(sample(predict_types, 1L))
      ))
    }
  )
)

stream_hook_methods <- c(
  hooks("insight", insight_generics, "sgmoe_stream"),
  list(
    tidy = hook_methods$tidy, glance = hook_methods$glance,
    bread = function(stream, data) quiet(sandwich::bread(stream)),
    augment = function(stream, data) {
      quiet(sgmoe::augment(stream, newdata = maybe_junk(spoil(data), 0.1)))
    }
  )
)
