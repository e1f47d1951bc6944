# Objects that methods give, as they come back from files and other hands: damage is
# an error that says so. Random damage is the fuzzer's (tests/fuzz).

set.seed(1)
rows <- simulate_moe(150, k = 2, p = 1)
rows$f <- factor(sample(c("a", "b"), 150, TRUE))
rows$g <- factor(ifelse(rows$y + rnorm(150) > 0, "p", "q"))
fit <- quiet(sgmoe(y ~ x1 + f, rows, k = 2, starts = 1, ridge = 0.1))
classes <- quiet(sgmoe(g ~ x1, rows, k = 2, starts = 1, ridge = 0.1))

expect_damage <- function(expression) {
  expect_error(quiet(expression), class = "sgmoe_error_damaged")
}

# `x` with another value, or without a value, in a field.
changed <- function(x, field, value) {
  kept <- attributes(x)
  x <- unclass(x)
  x[field] <- list(value)
  attributes(x) <- replace(attributes(x), names(kept), kept)
  x
}

shown <- function(x) capture.output(print(x))
drawn <- function(x) {
  pdf(NULL)
  on.exit(dev.off())
  plot(x)
}

test_that("a damaged bootstrap is refused", {
  refits <- quiet(bootstrap(fit, nsim = 3))
  expect_identical(check_stored(refits), refits)
  fields <- list(
    t = NULL, t = as.character(refits$t), log_likelihood = NaN, failures = "none",
    type = character(), nsim = 2, t0 = unname(refits$t0), parts = list()
  )
  for (i in seq_along(fields)) {
    broken <- changed(refits, names(fields)[[i]], fields[[i]])
    expect_damage(shown(broken))
    expect_damage(vcov(broken))
    expect_damage(confint(broken))
  }
})

test_that("damaged scores of folds are refused", {
  held <- quiet(conformal_scores(fit, 3))
  expect_identical(check_stored(held), held)
  interval <- function(scores) {
    predict(fit, rows[1:3, ],
      interval = "prediction", method = "conformal", calibration = scores
    )
  }
  for (value in list(NULL, 1i, list(1), NaN, held$scores[-1L, , drop = FALSE])) {
    broken <- changed(held, "scores", value)
    expect_damage(shown(broken))
    expect_damage(interval(broken))
  }
})

test_that("a damaged calibration is refused", {
  table <- calibration(classes, bins = 4)
  expect_identical(check_stored(table), table)
  for (name in names(table)) {
    for (value in list(NULL, list(1), "text", table[[name]][-1L])) {
      broken <- changed(table, name, value)
      expect_damage(shown(broken))
      expect_damage(drawn(broken))
    }
  }
})

test_that("a damaged table of effects is refused where it is drawn", {
  tables <- quiet(list(
    average_effects(fit), partial_dependence(fit, "x1", points = 3),
    gate_effects(fit), partial_dependence(fit, "f", of = "expert"),
    average_effects(fit, vcov = FALSE)
  ))
  for (table in tables) {
    expect_identical(check_stored(table), table)
    label <- if ("value" %in% names(table)) "value" else "contrast"
    expect_damage(drawn(changed(table, label, replace(table[[label]], 1L, NA))))
    some <- table[1, ]
    expect_identical(check_stored(some), some)
    for (name in c("estimate", "conf.low", "expert", "covariate")) {
      for (value in list(NULL, globalenv(), rep("text", nrow(table) + 1L))) {
        expect_damage(drawn(changed(table, name, value)))
      }
    }
  }
})

slow_test("a damaged summary is refused", {
  stream <- quiet(sgmoe_stream(y ~ x1, rows, k = 2, starts = 1, ridge = 0.1))
  summaries <- list(summary(fit), summary(classes), summary(stream))
  for (own in summaries) {
    expect_identical(check_stored(own), own)
  }
  for (name in c(
    "k", "spec", "coefficients", "scales", "experts", "logLik", "df", "starts",
    "hits", "reason", "passes", "rate", "starved", "problems", "dropped"
  )) {
    for (value in list(NaN, "text", list(), 1:7)) {
      if (name %in% c("hits", "rate") && is.double(value)) next
      if (name == "reason" && is.character(value)) next
      if (name == "problems" && is.list(value)) next
      expect_damage(shown(changed(summaries[[1L]], name, value)))
    }
  }
  for (name in c("fit", "rows", "step_size", "window", "score", "control")) {
    for (value in list(NULL, NaN, "text", list())) {
      expect_damage(shown(changed(summaries[[3L]], name, value)))
    }
  }
  expect_damage(coef(changed(summaries[[1L]], "coefficients", 1)))
  expect_damage(shown(changed(
    summaries[[1L]], "coefficients", -summaries[[1L]]$coefficients
  )))
  for (at in 1:4) {
    table <- summaries[[1L]]$coefficients
    table[2L, at] <- Inf
    expect_damage(coef(changed(summaries[[1L]], "coefficients", table)))
  }
  expect_damage(confint(changed(
    fit, "spec", changed(fit$spec, "prior", replace(
      fit$spec$prior, "expert_prior", list(numeric())
    ))
  )))
  waiting <- quiet(sgmoe_stream(y ~ x1, rows[1:4, ], k = 2))
  expect_damage(shown(changed(waiting, "needed", 1:2)))
  for (value in list(NULL, NaN, "text", 3, list())) {
    expect_damage(shown(changed(waiting, "k", value)))
  }
  expect_damage(shown(changed(summaries[[2L]], "scores", "text")))
})

slow_test("what was tuned is checked with its table", {
  tuned <- quiet(tune_experts(
    y ~ x1, rows,
    k = 1:2, ridge = 0.1, folds = 2, starts = 1
  ))
  expect_identical(check_stored(tuned), tuned)
  expect_identical(tuning_score_names, names(tuning_scores))
  for (name in c("table", "best", "score", "folds", "repeats", "one_se")) {
    for (value in list(NULL, NaN, "text", list())) {
      broken <- changed(tuned, name, value)
      expect_damage(shown(broken))
      expect_damage(tidy(broken))
      expect_damage(predict(broken, rows))
    }
  }
})

test_that("what single methods read of a fit is checked", {
  expect_damage(icl(changed(fit, "entropy", NaN)))
  # Only a stream does not know it.
  expect_damage(icl(changed(fit, "entropy", NA_real_)))
  for (value in list(NaN, "text", logical())) {
    expect_damage(simulate(changed(
      classes, "blueprint", changed(classes$blueprint, "response_order", value)
    )))
  }
})

test_that("every method of a fit and a tree checks it, start = too", {
  broken <- changed(fit, "k", 1e9)
  expect_damage(extractAIC(broken))
  expect_damage(family(broken))
  expect_damage(variable.names(broken))
  expect_damage(case.names(broken))
  expect_damage(update(changed(fit, "call", NULL), max_passes = 2))
  expect_damage(sgmoe(y ~ x1 + f, rows, k = 2, start = broken))
  tree <- expert_dendrogram(fit)
  expect_damage(labels(changed(tree, "k", 9)))
  if (requireNamespace("ggplot2", quietly = TRUE)) {
    expect_damage(ggplot2::autoplot(changed(tree, "height", numeric())))
  }
})

test_that("a model frame with what no row that is used has is noticed", {
  for (value in list(NA, NaN, Inf)) {
    frame <- fit$model
    frame$x1[[3L]] <- value
    expect_damage(fitted(changed(fit, "model", frame)))
  }
  expect_damage(fitted(changed(classes, "model", transform(
    classes$model,
    g = as.character(g)
  ))))
  frame <- unclass(fit$model)
  frame$x1 <- numeric()
  expect_damage(plot(changed(fit, "model", structure(frame, class = "data.frame"))))
  frame <- classes$model
  frame$g[] <- NA
  expect_damage(confint(changed(classes, "model", frame), 1, method = "profile"))
})

test_that("a prior is what its family makes of it", {
  rows$n <- rpois(150, exp(rows$x1 / 2))
  counts <- quiet(sgmoe(n ~ x1, rows, k = 2, family = "poisson", starts = 1, ridge = 0.1))
  for (own in list(fit, classes, counts)) {
    expect_identical(check_stored(own), own)
    refused <- function(name, value) {
      own$spec$prior[name] <- list(value)
      expect_damage(predict(own, rows[1:3, ]))
    }
    parts <- own$spec$prior
    expect_length(parts, 4L)
    for (name in names(parts)) {
      sound <- parts[[name]]
      for (value in list(
        NULL, "text", NaN * sound, -1 - sound, rbind(sound, sound), sound[0L]
      )) {
        refused(name, value)
      }
    }
    refused(names(parts)[[4L]], c(parts[[4L]]))
    # It would become a part of the core's model.
    refused("experts", 3)
    own$spec$prior <- parts[c("ridge", "expert_prior", "gate_prior")]
    expect_damage(predict(own, rows[1:3, ]))
  }
  none <- quiet(sgmoe(g ~ 0 + x1, rows, k = 2, starts = 1, ridge = 0.1))
  expect_identical(check_stored(none), none)
  one <- quiet(sgmoe(y ~ x1, rows, k = 1, ridge = 0.1, variance_prior = 0))
  expect_identical(check_stored(one), one)
})
