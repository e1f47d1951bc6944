# What a stream says of itself, and fits by incremental passes.

slow_test("the prequential log-likelihood scores rows before they are learnt", {
  data <- stream_rows(400 + 10 * 32)
  kinds <- list(
    list(y ~ x1 + f, weights = quote(w)), list(cbind(y, v) ~ x1, gate = ~x2),
    list(g ~ x1 + x2), list(y ~ x1, constant = 0.05)
  )
  for (average in c("none", "polyak", "tail")) {
    for (kind in kinds) {
      stream <- begin(
        kind, data[1:400, ],
        minibatch = 32, average = average, update_every = 2
      )
      expect_identical(c(logLik(stream)), 0)
      weight <- if (is.null(kind$weights)) 1 + 0 * data$w else data$w
      scores <- numeric()
      for (i in 1:10) {
        rows <- 400 + 32 * (i - 1) + 1:32
        scores[[i]] <- sum(
          weight[rows] * predict(stream, data[rows, ], type = "logdensity")
        )
        stream <- learn(stream, data[rows, ])
      }
      label <- paste(average, deparse1(kind[[1]]))
      expect_equal(c(logLik(stream)), sum(scores), tolerance = 1e-9, label = label)
      expect_equal(attr(logLik(stream), "nobs"), sum(weight[401:720]))
      expect_equal(nobs(stream), sum(weight))
      record <- summary(stream)$record
      expect_equal(record$log_likelihood * record$weight, scores, tolerance = 1e-9)
      expect_equal(record$rows, 32 * (1:10))
    }
  }
  # The default scores with parameters of some minibatches ago.
  stream <- learn(begin(kinds[[1]], data[1:400, ]), data[401:720, ])
  own <- sum(data$w[401:720] * predict(stream, data[401:720, ], type = "logdensity"))
  expect_lt(c(logLik(stream)), own)
  expect_lt(own - c(logLik(stream)), 2 * length(coef(stream)))
})

slow_test("a stream answers as the fit that it reports", {
  data <- stream_rows(700)
  for (name in names(stream_kinds)) {
    stream <- learn(begin(stream_kinds[[name]], data[1:400, ]), data[401:700, ])
    fit <- as_sgmoe(stream)
    expect_s3_class(fit, "sgmoe")
    expect_identical(fit$reason, "streamed")
    types <- c("response", "gate", "expert", "posterior", "logdensity")
    if (has_part(fit, "classify")) types <- c(types, "prob", "class")
    for (type in types) {
      found <- predict(stream, data, type = type)
      expect_identical(found, predict(fit, data, type = type), label = name)
      expect_false(anyNA(found), label = paste(name, type))
      expect_identical(NROW(found), 700L)
    }
    expect_equal(
      unname(rowSums(predict(stream, data, type = "posterior"))), rep(1, 700)
    )
    if (!has_part(fit, "classify")) {
      class_condition(predict(stream, data, type = "class"), "error", "unsupported")
    }
    if (has_part(fit, "sigma")) {
      expect_identical(sigma(stream), sigma(fit))
    }
    expect_identical(coef(stream), coef(fit))
    expect_identical(coef(stream, "gate"), coef(fit, "gate"))
    expect_identical(tidy(stream), tidy(fit))
    expect_identical(formula(stream), formula(fit))
    expect_identical(nobs(stream), nobs(fit))
    expect_equal(sum(fit$gate_share), 1)
    expect_equal(
      c(logLik(fit)) - c(logLik(stream)),
      begin(stream_kinds[[name]], data[1:400, ])$pilot$log_likelihood
    )
    expect_identical(attr(logLik(fit), "df"), glance(stream)$df)
    expect_identical(glance(fit)$reason, "streamed")
    expect_output(print(fit), "stream")
    expect_output(print(summary(fit)), "expert1")
    # The fit starts others.
    again <- quietly(sgmoe(y ~ x1 + x2, data, k = 2, start = as_sgmoe(
      begin(stream_kinds$gaussian, data[1:400, ])
    ), max_passes = 1))
    expect_s3_class(again, "sgmoe")
  }
  class_condition(predict(stream), "error", "no_data")
  class_condition(predict(stream, data["y"]), "error", "missing_column")
  expect_identical(as_sgmoe(fit), fit)
})

test_that("print and summary say how a stream went", {
  set.seed(1)
  x <- rep(seq(-1, 1, length.out = 20), 20)
  half <- rep(c(TRUE, FALSE), each = 200)
  noise <- rep(c(-0.5, 0.3, 0.4, -0.2), 100)
  data <- data.frame(x = x, y = ifelse(half, 10 + 2 * x, -10 - x) + noise)
  data <- data[order(rep(1:200, 2)), ]
  data$x[c(150, 160)] <- NA
  posterior <- ifelse(cbind(data$y > 0, data$y < 0), 1, 0)
  s <- quietly(sgmoe_stream(
    y ~ x, data[1:99, ],
    k = 2, gate = ~1, start = posterior[1:99, ]
  ))
  expect_snapshot(print(s, digits = 3))
  s <- update(s, data[100:400, ])
  expect_snapshot(print(s, digits = 3))
  expect_snapshot(print(summary(s), digits = 3))
  expect_snapshot(print(sgmoe_stream(y ~ x, data[1:7, ], k = 2)))
  expect_identical(
    unlist(summary(s)$rows),
    c(pilot = 99, learnt = 256, waiting = 43, dropped = 2, extreme = 0)
  )
  expect_identical(withVisible(print(s))$visible, FALSE)
})

slow_test("step sizes are those of the help page", {
  data <- stream_rows(1000)
  size <- function(...) {
    s <- learn(begin(list(y ~ x1), data[1:200, ], minibatch = 20, ...), data[201:1000, ])
    c(summary(s)$step_size, summary(s)$record$step_size[[40]], summary(s)$window)
  }
  expect_equal(size(delay = 5), c(45^-0.65, 45^-0.65, 20 * 45^0.65))
  expect_equal(size(exponent = 1, delay = 0), c(1 / 40, 1 / 40, 800))
  expect_equal(size(constant = 0.04), c(0.04, 0.04, 500))
  # By default the first window is as long as the pilot: ten minibatches.
  expect_equal(size()[[1]], (40 + 10^(1 / 0.65))^-0.65)
})

slow_test("plots are drawn", {
  data <- stream_rows(700)
  stream <- begin(list(g ~ x1), data[1:400, ])
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  class_condition(plot(stream), "error", "no_rows")
  stream <- learn(stream, data[401:700, ])
  layout <- par("mfrow")
  for (which in list("score", "experts", "step", c("step", "score"))) {
    expect_identical(withVisible(plot(stream, which))$visible, FALSE)
  }
  expect_identical(plot(stream, col = c("red", "blue"), las = 0), stream)
  expect_identical(par("mfrow"), layout)
  for (which in list("scores", 1, character(), c("score", "no"))) {
    class_condition(plot(stream, which), "error", "argument")
  }
  # The panels show numbers that were recorded.
  record <- summary(stream)$record
  expect_equal(unname(rowSums(record[c("expert1", "expert2")])), rep(1, 4))
  gaussian <- learn(begin(list(y ~ x1), data[1:400, ]), data[401:700, ])
  expect_silent(plot(as_sgmoe(gaussian), data = data))
  class_condition(plot(as_sgmoe(gaussian)), "error", "no_model")
})

# method = "incremental" --------------------------------------------------------

slow_test("incremental passes come close to the batch fit", {
  for (seed in 1:2) {
    set.seed(seed)
    data <- simulate_moe(5000, 2, gate_scale = 1.5, mean_scale = 2)
    data$w <- runif(5000, 0.5, 2)
    data$g <- factor(data$y > median(data$y), labels = c("low", "high"))
    batch <- quietly(sgmoe(y ~ x1 + x2, data, k = 2, starts = 2, weights = w))
    fit <- function(..., seed = 1) {
      set.seed(seed)
      quietly(sgmoe(
        y ~ x1 + x2, data,
        k = 2, weights = w, method = "incremental", starts = 2, ...
      ))
    }
    below <- function(fit) c(logLik(batch) - logLik(fit)) * 2 / batch$df
    one <- fit()
    expect_identical(serialize_fit(one), serialize_fit(fit()))
    expect_false(identical(coef(one), coef(fit(seed = 2))))
    expect_identical(one[c("reason", "converged", "passes")], list(
      reason = "epochs", converged = FALSE, passes = 1L
    )[c(1, 2, 3)], ignore_attr = TRUE)
    expect_lt(below(one), 0.5)
    more <- fit(epochs = 4)
    expect_length(more$trace, 4)
    expect_lt(below(more), 0.1)
    expect_equal(
      c(logLik(one)), sum(data$w * predict(one, data, type = "logdensity")),
      tolerance = 1e-10
    )
    for (start in list(batch, coef(batch), predict(batch, type = "posterior"))) {
      expect_lt(below(fit(start = start)), 0.5)
    }
  }
  classes <- function(...) {
    quietly(sgmoe(g ~ x1 + x2, data, k = 1, ..., starts = 1))
  }
  batch <- classes()
  expect_lt(c(logLik(batch) - logLik(classes(method = "incremental"))), 0.5)
})

slow_test("a ridge is that of the data, whatever the number of epochs", {
  set.seed(1)
  data <- simulate_moe(4000, 2, gate_scale = 1, mean_scale = 2)
  batch <- quietly(sgmoe(y ~ x1 + x2, data, k = 2, starts = 2, ridge = 20))
  for (epochs in c(1, 8)) {
    fit <- quietly(sgmoe(
      y ~ x1 + x2, data,
      k = 2, ridge = 20, method = "incremental", epochs = epochs, start = batch
    ))
    expect_lt((batch$objective - fit$objective) * 2 / batch$df, 1, label = epochs)
  }
})

slow_test("incremental fits are fits", {
  data <- stream_rows(600)
  data$x1[c(3, 9)] <- NA
  fit <- function(...) {
    set.seed(1)
    quietly(sgmoe(
      y ~ x1 + f, data,
      k = 2, method = "incremental", starts = 1, ...
    ))
  }
  plain <- fit()
  expect_equal(nobs(plain), 598)
  expect_length(fitted(plain), 598)
  padded <- fit(na.action = na.exclude)
  expect_identical(unname(which(is.na(fitted(padded)))), c(3L, 9L))
  expect_equal(coef(padded), coef(plain))
  class_condition(fit(na.action = na.fail), "error", "missing_values")
  small <- fit(model = FALSE)
  expect_null(small$model)
  expect_identical(coef(small), coef(plain))
  expect_equal(nobs(fit(subset = x2 > 0)), sum(data$x2[-c(3, 9)] > 0))
  expect_output(print(plain), "Learnt incrementally in 1 pass")
  expect_output(print(summary(plain)), "expert2")
  expect_identical(glance(plain)$reason, "epochs")
  again <- quietly(update(plain, epochs = 3))
  expect_identical(again$passes, 3L, ignore_attr = TRUE)
  # Rows are shuffled, and those of a starting posterior with them: all is left
  # as the pilot's only pass made it.
  posterior <- ifelse(cbind(data$y > 0, data$y <= 0)[-c(3, 9), ], 1, 0)
  one <- fit(start = posterior, max_passes = 1, minibatch = 1e6)
  batch <- quietly(
    sgmoe(y ~ x1 + f, data, k = 2, start = posterior, max_passes = 1)
  )
  expect_lt(abs(logLik(one) - logLik(batch)), 0.02 * 598)
  # Less data than a pilot
  set.seed(1)
  tiny <- quietly(sgmoe(dist ~ speed, cars, k = 1, method = "incremental"))
  expect_equal(
    unname(coef(tiny, "expert")), unname(coef(lm(dist ~ speed, cars))),
    tolerance = 0.01
  )
  class_condition(fit(minibach = 3), "error", "argument")
  for (bad in list(
    list(epochs = 0), list(epochs = 1.5), list(minibatch = 0),
    list(control = stream_control(epochs = 2), epochs = 0), list(control = 3)
  )) {
    class_condition(do.call(fit, bad), "error", "control")
  }
  # Settings by name, in control, or some of them in each.
  set.seed(1)
  by_control <- quietly(sgmoe(
    y ~ x1 + f, data,
    k = 2, method = "incremental",
    control = stream_control(starts = 1, epochs = 2, max_passes = 40)
  ))
  expect_identical(by_control$passes, 2L, ignore_attr = TRUE)
  by_name <- fit(epochs = 2, max_passes = 40)
  expect_identical(coef(by_control), coef(by_name))
  expect_identical(
    coef(fit(control = stream_control(epochs = 3, max_passes = 40), epochs = 2)),
    coef(by_name)
  )
  expect_identical(
    coef(fit(control = sgmoe_control(max_passes = 40), epochs = 2)),
    coef(by_name)
  )
  class_condition(sgmoe(y ~ x1, data, k = 2, epochs = 2), "error", "argument")
  class_condition(fit(start = matrix(0.5, 10, 2)), "error", "start")
})
