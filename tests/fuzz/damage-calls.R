# What is called with a damaged object; no random draw that is not seeded, so that
# the value can be compared with that of the sound object.

shown <- function(x) {
  utils::capture.output(print(x))
  NULL
}

drawn <- function(x, ...) {
  plot(x, ...)
  NULL
}

# A few types of each call, by turns of the seed.
fit_damage_calls <- list(
  predict = function(x, data, sound) stats::predict(x, data[1:7, ]),
  gate = function(x, data, sound) stats::predict(x, data[1:7, ], type = "gate"),
  density = function(x, data, sound) {
    stats::predict(x, data[1:7, ], type = "logdensity")
  },
  quantile = function(x, data, sound) {
    stats::predict(x, data[1:7, ], type = "quantile")
  },
  cdf = function(x, data, sound) stats::predict(x, data[1:7, ], type = "cdf"),
  variance = function(x, data, sound) stats::predict(x, data[1:7, ], type = "variance"),
  errors = function(x, data, sound) stats::predict(x, data[1:7, ], se.fit = TRUE),
  interval = function(x, data, sound) {
    stats::predict(x, data[1:7, ], interval = "prediction")
  },
  conformal = function(x, data, sound) {
    stats::predict(x, data[1:7, ],
      interval = "prediction", method = "conformal", calibration = data[20:60, ]
    )
  },
  conformal_scores = function(x, data, sound) sgmoe::conformal_scores(x, 2),
  fitted = function(x, data, sound) stats::fitted(x),
  residuals = function(x, data, sound) stats::residuals(x),
  coef = function(x, data, sound) stats::coef(x),
  sigma = function(x, data, sound) stats::sigma(x),
  likelihood = function(x, data, sound) {
    list(stats::logLik(x), stats::nobs(x), stats::deviance(x), stats::df.residual(x))
  },
  extractAIC = function(x, data, sound) stats::extractAIC(x),
  icl = function(x, data, sound) sgmoe::icl(x),
  print = function(x, data, sound) shown(x),
  summary = function(x, data, sound) shown(summary(x)),
  tidiers = function(x, data, sound) list(sgmoe::tidy(x), sgmoe::glance(x)),
  augment = function(x, data, sound) sgmoe::augment(x, newdata = data[1:7, ]),
  formula = function(x, data, sound) {
    list(stats::formula(x), stats::terms(x), labels(x), stats::variable.names(x))
  },
  frame = function(x, data, sound) list(stats::model.frame(x), stats::model.matrix(x)),
  weights = function(x, data, sound) list(stats::weights(x), stats::case.names(x)),
  family = function(x, data, sound) stats::family(x)[c("family", "link")],
  tree = function(x, data, sound) sgmoe::expert_dendrogram(x),
  relabel = function(x, data, sound) {
    stats::coef(sgmoe::relabel(x, rev(seq_len(x$k))))
  },
  relabel_to = function(x, data, sound) stats::coef(sgmoe::relabel(sound$fit, to = x)),
  vcov = function(x, data, sound) stats::vcov(x),
  cluster = function(x, data, sound) {
    stats::vcov(x, "sandwich", cluster = rep_len(1:9, 150))
  },
  estfun = function(x, data, sound) list(sandwich::estfun(x), sandwich::bread(x)),
  confint = function(x, data, sound) stats::confint(x),
  profile = function(x, data, sound) {
    stats::confint(x, 1, level = 0.5, method = "profile")
  },
  bootstrap = function(x, data, sound) sgmoe::bootstrap(x, nsim = 1, seed = 1)$t,
  bootstrap_lrt = function(x, data, sound) {
    sgmoe::bootstrap_lrt(x, sound$classes, nsim = 1, starts = 0, seed = 1)$p.value
  },
  anova = function(x, data, sound) stats::anova(sound$fit, x),
  score = function(x, data, sound) sgmoe::score(x, data[1:20, ], draws = 5),
  simulate = function(x, data, sound) {
    stats::simulate(x, 1, seed = 1, newdata = data[1:7, ])
  },
  calibration = function(x, data, sound) sgmoe::calibration(x, data[1:20, ]),
  recalibrate = function(x, data, sound) {
    sgmoe::recalibrate(x, data[1:60, ])$calibration
  },
  update = function(x, data, sound) stats::coef(stats::update(x, max_passes = 2)),
  start = function(x, data, sound) {
    stats::coef(sgmoe::sgmoe(
      y ~ x1 + f, data,
      k = 2, start = x, ridge = 0.1, max_passes = 2
    ))
  },
  stream_start = function(x, data, sound) {
    stats::coef(sgmoe::sgmoe_stream(
      y ~ x1 + f, data,
      k = 2, start = x, ridge = 0.1, max_passes = 2
    ))
  },
  select = function(x, data, sound) stats::coef(sgmoe::select_experts(x)),
  effects = function(x, data, sound) sgmoe::average_effects(x),
  dependence = function(x, data, sound) sgmoe::partial_dependence(x, "x1", points = 3),
  importance = function(x, data, sound) {
    sgmoe::permutation_importance(x, nsim = 1, seed = 1)
  },
  insight = function(x, data, sound) {
    list(
      insight::find_formula(x)[0L], insight::find_predictors(x),
      insight::get_parameters(x), insight::get_varcov(x), insight::get_df(x)
    )
  },
  marginal = function(x, data, sound) {
    values <- hook("marginaleffects", "get_coef")(x)
    hook("marginaleffects", "get_coef")(hook("marginaleffects", "set_coef")(x, values))
  },
  as = function(x, data, sound) stats::coef(sgmoe::as_sgmoe(x)),
  plot = function(x, data, sound) drawn(x),
  plot_covariate = function(x, data, sound) drawn(x, covariate = "x1"),
  autoplot = function(x, data, sound) {
    ggplot2::autoplot(x)
    NULL
  }
)

# A response is numeric, and has what a row of numbers can be.
stream_row <- function(x, data, sound) {
  rows <- stats::model.matrix(x, data[1, ])
  if (is.factor(stats::model.response(stats::model.frame(
    stats::formula(x), data[1, ]
  )))) {
    stop(structure(
      class = c("sgmoe_error_skip", "error", "condition"),
      list(message = "not for this one", call = NULL)
    ))
  }
  stats::coef(sgmoe::update_matrix(x, rows, data$y[[1L]]))
}

stream_damage_calls <- c(list(
  update = function(x, data, sound) {
    stats::coef(stats::update(x, data[101:150, ]))
  },
  row = stream_row,
  consume = function(x, data, sound) {
    stats::coef(sgmoe::consume(x, data[101:150, ], chunk_size = 20))
  },
  matrix = function(x, data, sound) stats::model.matrix(x, data[1:7, ]),
  select = function(x, data, sound) {
    stats::coef(sgmoe::select_experts(x, data[101:150, ]))
  },
  effects = function(x, data, sound) sgmoe::average_effects(x, data = data[1:20, ]),
  importance = function(x, data, sound) {
    sgmoe::permutation_importance(x, data = data[1:20, ], nsim = 1, seed = 1)
  },
  estfun = function(x, data, sound) sandwich::bread(x)
), fit_damage_calls[c(
  "predict", "gate", "density", "interval", "conformal", "coef", "sigma",
  "likelihood", "print", "summary", "tidiers", "augment", "formula", "family", "tree",
  "vcov", "confint", "score", "simulate", "calibration", "insight", "as", "plot",
  "autoplot"
)])

tree_damage_calls <- list(
  print = function(x, data, sound) shown(x),
  summary = function(x, data, sound) summary(x),
  coef = function(x, data, sound) stats::coef(x, k = 2),
  labels = function(x, data, sound) labels(x),
  hclust = function(x, data, sound) stats::as.hclust(x),
  dendrogram = function(x, data, sound) stats::as.dendrogram(x),
  plot = function(x, data, sound) drawn(x),
  autoplot = fit_damage_calls$autoplot
)

selection_damage_calls <- list(
  predict = fit_damage_calls$predict, coef = fit_damage_calls$coef,
  print = fit_damage_calls$print, summary = fit_damage_calls$summary,
  as = function(x, data, sound) stats::coef(sgmoe::as_sgmoe(x, k = 2)),
  plot = fit_damage_calls$plot,
  criteria = function(x, data, sound) drawn(x, which = "criteria"),
  autoplot = fit_damage_calls$autoplot,
  tree = function(x, data, sound) stats::as.hclust(x),
  dendrogram = function(x, data, sound) stats::as.dendrogram(x),
  vcov = fit_damage_calls$vcov, score = fit_damage_calls$score
)

damage_calls <- list(
  sgmoe_stream_selection = c(selection_damage_calls, list(
    update = stream_damage_calls$update, consume = stream_damage_calls$consume
  )),
  sgmoe_stream = stream_damage_calls,
  sgmoe_selection = c(selection_damage_calls, list(
    update = function(x, data, sound) stats::coef(stats::update(x, k_max = 2)),
    fitted = fit_damage_calls$fitted, anova = fit_damage_calls$anova
  )),
  sgmoe_tuning = list(
    print = function(x, data, sound) shown(x),
    tidy = function(x, data, sound) sgmoe::tidy(x),
    as = function(x, data, sound) stats::coef(sgmoe::as_sgmoe(x)),
    predict = fit_damage_calls$predict,
    plot = function(x, data, sound) drawn(x)
  ),
  sgmoe = fit_damage_calls,
  expert_dendrogram = tree_damage_calls,
  sgmoe_bootstrap = list(
    print = function(x, data, sound) shown(x),
    vcov = function(x, data, sound) stats::vcov(x),
    confint = function(x, data, sound) stats::confint(x)
  ),
  sgmoe_conformal = list(
    print = function(x, data, sound) shown(x),
    predict = function(x, data, sound) {
      stats::predict(sound$fit, data[1:7, ],
        interval = "prediction", method = "conformal", calibration = x
      )
    }
  ),
  sgmoe_calibration = list(
    print = function(x, data, sound) shown(x),
    plot = function(x, data, sound) drawn(x)
  ),
  sgmoe_effects = list( # print() is that of data frames
    plot = function(x, data, sound) drawn(x),
    autoplot = fit_damage_calls$autoplot
  ),
  summary.sgmoe = list(
    print = function(x, data, sound) shown(x),
    coef = function(x, data, sound) stats::coef(x)
  ),
  summary.sgmoe_stream = list(print = function(x, data, sound) shown(x)),
  sgmoe_control = list(fit = function(x, data, sound) {
    set.seed(3)
    stats::coef(sgmoe::sgmoe(y ~ x1, data, k = 2, control = x, max_passes = 2))
  }),
  sgmoe_stream_control = list(stream = function(x, data, sound) {
    set.seed(3)
    stats::coef(sgmoe::sgmoe_stream(y ~ x1, data, k = 2, control = x, max_passes = 2))
  }),
  stored_log = list(fit = function(x, data, sound) {
    path <- with_bytes(x)
    stats::coef(checkpointed_fit(data, path))
  }),
  stored_spill = list(rows = function(x, data, sound) {
    path <- with_bytes(x)
    internal <- asNamespace("sgmoe")
    internal$in_core(list(
      internal$core_spill_info(path, "key")[c("rows", "content")],
      internal$core_spill_rows(path, c(1, 7), c(1, 2)),
      internal$core_spill_moments(path, 1, 0)
    ))
  })
)

with_bytes <- function(bytes) {
  path <- tempfile()
  written$paths <- c(written$paths, path)
  writeBin(as.vector(unclass(bytes)), path)
  path
}
