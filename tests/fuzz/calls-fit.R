# What a fit can be asked for: predictions and its parts.

predict_types <- c(
  "response", "prob", "class", "gate", "expert", "posterior", "logdensity",
  "quantile", "cdf", "density", "variance", "expert_gate", "expert_posterior"
)

# A predict() with everything it has; `new` are the rows, or NULL for those of the
# fit.
draw_prediction <- function(fit, data) {
  type <- maybe_junk(sample(predict_types, 1L))
  arguments <- list(fit, maybe_junk(if (chance(0.8)) spoil(data) else data, 0.1))
  if (chance(0.2)) arguments <- list(fit)
  arguments["type"] <- list(type)
  if (identical(type, "quantile") && chance(0.5)) {
    arguments["p"] <- list(maybe_junk(one_of(
      0.5, c(0, 1), c(0.1, 0.9), c(1e-300, 1 - 1e-16), 1e-10
    ), 0.2))
  }
  if (chance(0.1)) {
    arguments$na.action <- one_of(
      stats::na.omit, stats::na.exclude, stats::na.fail, stats::na.pass, "no"
    )
  }
  arguments
}

fit_methods <- list(
  predict = function(fit, data) {
    arguments <- draw_prediction(fit, data)
    value <- quiet(do.call(stats::predict, arguments))
    rows <- if (length(arguments) > 2L) arguments[[2L]]
    if (is.data.frame(rows) && is.character(arguments$type) &&
      is.null(arguments$na.action)) {
      return(checked(value, check_prediction(value, rows, arguments$type, fit)))
    }
    value
  },
  errors = function(fit, data) {
    type <- maybe_junk(one_of("response", "prob", "gate", "expert", "class"))
    value <- quiet(stats::predict(
      fit, maybe_junk(spoil(data), 0.1),
      type = type, se.fit = maybe_junk(TRUE, 0.05), vcov = draw_vcov(fit)
    ))
    checked(value, check_errors(value))
  },
  interval = function(fit, data) {
    arguments <- list(
      fit, maybe_junk(spoil(data), 0.1),
      interval = maybe_junk(one_of("prediction", "confidence"), 0.05)
    )
    if (chance(0.3)) arguments["level"] <- list(maybe_junk(one_of(0.5, 0.999), 0.2))
    if (chance(0.2)) arguments["type"] <- list(maybe_junk(sample(predict_types, 1L)))
    if (chance(0.2)) arguments["vcov"] <- list(draw_vcov(fit))
    value <- quiet(do.call(stats::predict, arguments))
    checked(value, check_limits(value))
  },
  quantiles = function(fit, data) {
    checked(NULL, check_quantiles(fit, data))
  },
  conformal = function(fit, data) {
    calibration <- maybe_junk(
      if (chance(0.7)) spoil(data) else quiet(sgmoe::conformal_scores(fit, 2)), 0.1
    )
    value <- quiet(stats::predict(
      fit, data,
      interval = "prediction", method = maybe_junk("conformal"),
      level = maybe_junk(0.8), calibration = calibration
    ))
    checked(value, check_limits(value))
  },
  conformal_scores = function(fit, data) {
    quiet(sgmoe::conformal_scores(fit, maybe_junk(one_of(2, 3, seq_len(nrow(data))), 0.1)))
  },
  predict_source = function(fit, data) {
    quiet(stats::predict(
      fit, draw_source(data),
      type = maybe_junk(sample(predict_types, 1L))
    ))
  },
  score = function(fit, data) call_score(fit, data),
  calibration = function(fit, data) call_calibration(fit, data),
  recalibrate = function(fit, data) {
    value <- quiet(sgmoe::recalibrate(
      fit, maybe_junk(spoil(data), 0.1),
      method = maybe_junk(one_of("temperature", "isotonic"), 0.1),
      weights = if (chance(0.2)) maybe_junk(data$w, 0.3)
    ))
    checked(value, check_recalibrated(value, data))
  },
  simulate = function(fit, data) {
    count <- maybe_junk(one_of(1, 2, 3), 0.1)
    rows <- if (chance(0.5)) maybe_junk(spoil(data), 0.1)
    value <- quiet(stats::simulate(
      fit, count,
      seed = if (chance(0.3)) maybe_junk(1, 0.2), newdata = rows
    ))
    checked(value, check_draws(value, count, rows, fit))
  },
  fitted = function(fit, data) stats::fitted(fit),
  residuals = function(fit, data) {
    type <- maybe_junk(one_of("response", "pearson", "quantile", "deviance"), 0.1)
    quiet(stats::residuals(fit, type = type))
  },
  coef = function(fit, data) {
    stats::coef(fit, part = maybe_junk(
      one_of("all", "gate", "expert", "scale"), 0.1
    ))
  },
  likelihood = function(fit, data) {
    list(
      stats::logLik(fit), stats::nobs(fit), stats::deviance(fit),
      stats::df.residual(fit), stats::AIC(fit), stats::BIC(fit)
    )
  },
  icl = function(fit, data) {
    value <- quiet(sgmoe::icl(fit))
    checked(value, complain(!is.finite(value), "icl"))
  },
  extractAIC = function(fit, data) {
    value <- quiet(stats::extractAIC(fit, k = maybe_junk(one_of(2, 3), 0.1)))
    checked(value, complain(!all(is.finite(value)), "extractAIC"))
  },
  sigma = function(fit, data) stats::sigma(fit),
  family = function(fit, data) stats::family(fit),
  print = function(fit, data) utils::capture.output(print(fit)),
  summary = function(fit, data) quiet(summary(fit)),
  formula = function(fit, data) {
    part <- maybe_junk(one_of("expert", "gate"), 0.1)
    list(
      stats::formula(fit, part = part), stats::terms(fit, part = part),
      labels(fit, part = part),
      stats::variable.names(fit, part = part, full = maybe_junk(TRUE, 0.1)),
      stats::case.names(fit, full = maybe_junk(TRUE, 0.1))
    )
  },
  matrix = function(fit, data) {
    stats::model.matrix(fit, part = maybe_junk(one_of("expert", "gate"), 0.1))
  },
  model.frame = function(fit, data) quiet(stats::model.frame(fit)),
  weights = function(fit, data) stats::weights(fit),
  update = function(fit, data) {
    quiet(stats::update(fit, k = maybe_junk(2, 0.1), starts = 1))
  },
  update_formula = function(fit, data) {
    quiet(stats::update(
      fit, maybe_junk(one_of(. ~ 1, . ~ . + x2, y ~ ., log(.) ~ .), 0.1),
      starts = 1, evaluate = maybe_junk(one_of(TRUE, FALSE), 0.1)
    ))
  },
  relabel = function(fit, data) {
    quiet(sgmoe::relabel(fit, maybe_junk(sample.int(fit$k), 0.2)))
  },
  relabel_to = function(fit, data) {
    other <- maybe_junk(quiet(stats::update(fit, start = fit, max_passes = 2)), 0.1)
    quiet(sgmoe::relabel(fit, to = other))
  },
  start = function(fit, data) {
    quiet(stats::update(fit, start = maybe_junk(fit, 0.1)))
  },
  stream = function(fit, data) {
    quiet(sgmoe::sgmoe_stream(
      stats::formula(fit), spoil(data),
      k = fit$k, start = maybe_junk(fit, 0.1), family = fit$family
    ))
  },
  tree = function(fit, data) call_tree(fit, data),
  select_experts = function(fit, data) {
    quiet(sgmoe::select_experts(
      fit,
      criterion = maybe_junk(one_of("HQ", "BIC", "AIC", "ICL", "DSC"), 0.1),
      background = maybe_junk(one_of(TRUE, FALSE), 0.1)
    ))
  },
  as = function(fit, data) sgmoe::as_sgmoe(fit),
  rds = function(fit, data) {
    again <- unserialize(serialize(fit, NULL))
    checked(NULL, complain(
      !identical(stats::coef(again), stats::coef(fit)), "another fit when read back"
    ))
  }
)

call_score <- function(fit, data) {
  arguments <- list(fit, maybe_junk(
    if (chance(0.2)) draw_source(data) else spoil(data), 0.1
  ))
  if (chance(0.2)) arguments["weights"] <- list(maybe_junk(data$w, 0.3))
  if (chance(0.2)) arguments["p"] <- list(maybe_junk(one_of(0.5, numeric(), 0:1), 0.2))
  if (chance(0.2)) arguments["draws"] <- list(maybe_junk(5, 0.2))
  if (chance(0.1)) arguments["seed"] <- list(maybe_junk(2, 0.3))
  if (chance(0.3)) arguments["per_row"] <- list(maybe_junk(TRUE, 0.1))
  value <- quiet(do.call(sgmoe::score, arguments))
  checked(value, check_scores(value))
}

call_calibration <- function(fit, data) {
  arguments <- list(fit)
  if (inherits(fit, "sgmoe_stream") || chance(0.7)) {
    arguments$newdata <- maybe_junk(
      if (chance(0.2)) draw_source(data) else spoil(data), 0.1
    )
  }
  if (chance(0.2)) arguments["class"] <- list(maybe_junk("p", 0.3))
  if (chance(0.2)) arguments["bins"] <- list(maybe_junk(3, 0.3))
  if (chance(0.1)) arguments["weights"] <- list(maybe_junk(data$w, 0.3))
  quiet(do.call(sgmoe::calibration, arguments))
}

call_tree <- function(fit, data) {
  arguments <- list(fit)
  if (chance(0.5)) {
    arguments["dissimilarity"] <- list(maybe_junk(one_of("voronoi", "likelihood"), 0.1))
  }
  if (chance(0.2)) arguments["refine"] <- list(maybe_junk(TRUE, 0.2))
  if (chance(0.2)) arguments["standardise"] <- list(maybe_junk(FALSE, 0.2))
  if (chance(0.2)) arguments["atom_weight"] <- list(maybe_junk("average", 0.2))
  if (chance(0.3)) arguments["data"] <- list(maybe_junk(spoil(data), 0.2))
  quiet(do.call(sgmoe::expert_dendrogram, arguments))
}
