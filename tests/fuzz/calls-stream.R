# What a stream has.

stream_methods <- list(
  update = function(stream, data) {
    chunk <- maybe_junk(spoil(data), 0.05)
    if (chance(0.2)) {
      quiet(stats::update(stream, chunk, weights = maybe_junk(data$w, 0.3)))
    } else {
      quiet(stats::update(stream, chunk))
    }
  },
  update_matrix = function(stream, data) {
    x <- quiet(stats::model.matrix(stream, data))
    y <- as.matrix(data[intersect(stream$responses, names(data))])
    if (!is.numeric(y) || ncol(y) < length(stream$responses)) y <- data$y
    quiet(sgmoe::update_matrix(
      stream, maybe_junk(x, 0.1), maybe_junk(y, 0.1),
      gate = if (chance(0.1)) junk(), weights = if (chance(0.1)) junk(),
      offset = if (chance(0.1)) junk()
    ))
  },
  consume = function(stream, data) {
    quiet(sgmoe::consume(
      stream, maybe_junk(one_of(
        data, list(data, spoil(data)), draw_source(data), draw_source(spoil(data))
      ), 0.1),
      chunk_size = maybe_junk(7, 0.1)
    ))
  },
  predict = function(stream, data) {
    type <- maybe_junk(sample(predict_types, 1L))
    newdata <- maybe_junk(spoil(data), 0.1)
    value <- quiet(stats::predict(stream, newdata, type = type))
    if (is.data.frame(newdata) && is.character(type)) {
      return(checked(value, check_prediction(value, newdata, type, stream)))
    }
    value
  },
  interval = fit_methods$interval, errors = fit_methods$errors,
  conformal = fit_methods$conformal,
  predict_source = fit_methods$predict_source,
  score = fit_methods$score, calibration = fit_methods$calibration,
  simulate = function(stream, data) {
    rows <- maybe_junk(spoil(data), 0.1)
    count <- maybe_junk(2, 0.1)
    value <- quiet(stats::simulate(stream, count, newdata = rows))
    checked(value, check_draws(value, count, rows, stream))
  },
  coef = fit_methods$coef, sigma = fit_methods$sigma, family = fit_methods$family,
  likelihood = function(stream, data) {
    list(
      stats::logLik(stream), stats::nobs(stream), stats::deviance(stream),
      stats::df.residual(stream)
    )
  },
  vcov = function(stream, data) {
    value <- quiet(stats::vcov(stream))
    checked(value, check_covariance(value, stream, TRUE))
  },
  confint = function(stream, data) {
    value <- quiet(stats::confint(stream, level = maybe_junk(0.9, 0.1)))
    checked(value, check_limits(value))
  },
  print = fit_methods$print, summary = fit_methods$summary,
  formula = function(stream, data) {
    part <- maybe_junk(one_of("expert", "gate"), 0.1)
    list(
      stats::formula(stream, part = part), stats::terms(stream, part = part),
      labels(stream, part = part), stats::variable.names(stream, part = part)
    )
  },
  model.matrix = function(stream, data) {
    part <- maybe_junk(one_of("expert", "gate"), 0.1)
    quiet(stats::model.matrix(stream, maybe_junk(spoil(data), 0.1), part = part))
  },
  tree = fit_methods$tree,
  select_experts = function(stream, data) {
    quiet(sgmoe::select_experts(
      stream, maybe_junk(one_of(data, spoil(data)), 0.1),
      criterion = maybe_junk(one_of("HQ", "BIC", "AIC", "DSC", "prequential"), 0.1)
    ))
  },
  average_effects = inference_methods$average_effects,
  importance = inference_methods$importance,
  plot = function(stream, data) {
    which <- maybe_junk(one_of("score", "experts", "step"), 0.1)
    draw_plot(stream, which = which)
  },
  autoplot = function(stream, data) draw_ggplot(stream),
  as = fit_methods$as, rds = fit_methods$rds
)

summary_methods <- list(
  print = function(x, data) utils::capture.output(print(x)),
  coef = function(x, data) stats::coef(x)
)
