# tier: slow (all or nothing: the last tests ask what the others showed)
#
# What a user reads: every condition that the package raises, as a snapshot, to
# be read as by somebody who has never seen the package. The last test finds
# the conditions that no case here shows.

expect_said <- function(code) {
  local_reproducible_output(width = 80)
  local_noted()
  set.seed(1)
  eval(bquote(expect_snapshot(.(substitute(code)))), parent.frame())
}

quickly <- function(expression) suppressWarnings(suppressMessages(expression))

lines_fit <- function(...) {
  set.seed(1)
  quickly(sgmoe(dist ~ speed, cars, k = 2, starts = 1, ridge = 0, ...))
}

flowers_fit <- function(...) {
  set.seed(1)
  sgmoe(
    Species ~ Sepal.Length + Sepal.Width, iris,
    k = 2, starts = 1, ridge = 1, ...
  )
}

tooth_stream <- function(...) {
  set.seed(1)
  sgmoe_stream(len ~ dose, ToothGrowth, k = 2, starts = 1, ridge = 0.1, ...)
}

flowers_stream <- function(..., response = Species ~ Sepal.Length) {
  set.seed(1)
  sgmoe_stream(response, iris, k = 2, starts = 1, ridge = 0.1, ...)
}

# Counts in two classes.
ballots <- data.frame(
  x = 1:6, yes = c(3, 0, 2, 5, 1, 4), no = c(1, 4, 2, 0, 3, 1)
)

test_that("arguments: unknown, missing or of the wrong kind", {
  fit <- lines_fit()
  expect_said({
    said(sgmoe(dist ~ speed, cars))
    said(sgmoe(data = cars, k = 2))
    said(sgmoe(dist ~ speed, cars, K = 2))
    said(sgmoe(dist ~ speed, cars, k = 2, lambda = 1, tol = 1e-6, seed = 1))
    said(sgmoe(dist ~ speed, cars, k = 2, colour = "red"))
    said(sgmoe(dist ~ speed, cars, k = 2, control = list(10)))
    said(sgmoe(dist ~ speed, cars, k = 2, control = 10))
    said(sgmoe(dist ~ speed, cars, k = 2, epochs = 3))
    said(sgmoe(dist ~ speed, cars, k = 2, method = "incremental", control = 10))
    said(sgmoe(dist ~ speed, cars, k = 1.5))
    said(sgmoe(dist ~ speed, cars, k = 1:3))
    said(sgmoe(dist ~ speed, cars, k = 60))
    said(sgmoe(dist ~ speed, cars, k = 2, covariance = "fulll"))
    said(sgmoe(dist ~ speed, cars, k = 2, shared = "yes"))
    said(sgmoe_control(ridge = -1))
    said(predict(fit, type = "cluster"))
    said(predict(fit, type = "rsponse"))
    said(coef(fit, "gate", 3))
    said(glance(fit, conf.int = TRUE))
    said(tidy(fit, conf.int = TRUE, conf.level = 95))
    said(simulate_moe(10, k = 2, p = 1, gate = diag(3)))
  })
})

test_that("families", {
  fit <- lines_fit()
  flowers <- flowers_fit()
  expect_said({
    said(sgmoe(dist ~ speed, cars, k = 2, family = "gamma"))
    said(sgmoe(dist ~ speed, cars, k = 2, family = gaussian("log")))
    said(sgmoe(Species ~ ., iris, k = 2, shared = TRUE))
    said(predict(fit, type = "prob"))
    said(calibration(fit))
    said(sigma(flowers))
    said(residuals(flowers, type = "quantile"))
    said(sgmoe(Species ~ ., iris, k = 2, family = "poisson"))
    said(sgmoe(cbind(dist, speed) ~ 1, cars, k = 2, family = "poisson"))
    said(sgmoe(I(dist / 7) ~ speed, cars, k = 2, family = "poisson"))
    said(sgmoe(I(0 * dist) ~ speed, cars, k = 2, family = "poisson"))
  })
})

test_that("formulas", {
  expect_said({
    said(sgmoe("dist ~ speed", cars, k = 2))
    said(sgmoe(~speed, cars, k = 2))
    said(sgmoe(dist ~ speed + dist, cars, k = 2))
    said(sgmoe(dist ~ speed | speed, cars, k = 2))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = ~ (1 | speed)))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = "speed"))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = dist ~ speed))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = ~ speed + dist))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = ~ offset(speed)))
    said(sgmoe(dist ~ ., k = 2))
    said(sgmoe(dist ~ speed^x, cars, k = 2))
    said(sgmoe(dist ~ 0, cars, k = 2))
    said(sgmoe(dist ~ speed, cars, k = 2, gate = ~0))
  })
})

test_that("columns: absent, of the wrong type or length", {
  tags <- structure(as.numeric(1:50), class = "integer64")
  expect_said({
    said(sgmoe(dist ~ sped, cars, k = 2))
    said(sgmoe(dist ~ sped + time, cars, k = 2))
    said(sgmoe(dist ~ speed, k = 2))
    said(sgmoe(dist ~ speed, as.matrix(cars), k = 2))
    said(sgmoe(dist ~ speed, "cars.csv", k = 2))
    said(sgmoe(dist ~ log(speed, "e"), cars, k = 2))
    said(sgmoe(dist ~ speed[1:9], cars, k = 2))
    said(sgmoe(dist ~ airquality$Temp, cars, k = 2))
    said(sgmoe(dist ~ I(as.list(speed)), cars, k = 2))
    said(sgmoe(dist ~ tags, cars, k = 2))
    said(sgmoe(dist ~ factor("a"), cars, k = 2))
    said(sgmoe(Sepal.Length ~ Species, iris[1:50, ], k = 2))
    said(sgmoe(dist ~ I(1 / (speed - 4)), cars, k = 2))
    said(sgmoe(Ozone ~ Temp, airquality, k = 2, na.action = na.fail))
    said(sgmoe(Ozone ~ Temp, airquality, k = 2, na.action = na.pass))
    said(sgmoe(Ozone ~ Temp, airquality, k = 2, na.action = 3))
    said(sgmoe(Ozone ~ Temp, airquality, k = 2, subset = is.na(Ozone)))
    said(sgmoe(dist ~ speed, cars[0, ], k = 2))
  })
})

test_that("weights, offset, subset, contrasts", {
  odd <- warpbreaks
  contrasts(odd$tension) <- contr.helmert(3)
  expect_said({
    said(sgmoe(dist ~ speed, cars, k = 2, weights = -speed))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = letters))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = 1:3))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = wight))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = log(speed, "e")))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = mean))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = 0 * speed))
    said(sgmoe(dist ~ speed, cars, k = 2, weights = 1e200 * speed))
    said(sgmoe(dist ~ speed, cars, k = 2, offset = letters[1:3]))
    said(sgmoe(dist ~ speed + offset(cbind(speed, speed)), cars, k = 2))
    said(sgmoe(Species ~ 1 + offset(Petal.Width), iris, k = 2))
    said(sgmoe(dist ~ speed, cars, k = 2, subset = c(TRUE, FALSE, TRUE)))
    said(sgmoe(mpg ~ wt, mtcars, k = 2, subset = c("Fiat 128", "Fiat 129")))
    said(sgmoe(dist ~ speed, cars, k = 2, subset = 1:99))
    said(sgmoe(dist ~ speed, cars, k = 2, subset = list(1)))
    said(sgmoe(dist ~ speed, cars, k = 2, subset = c(-1, 2)))
    # What model.frame() alone knows.
    said(explain_frame_error(
      simpleError("why"), terms(dist ~ speed), cars, "data", NULL, NULL, NULL
    ))
    said(sgmoe(breaks ~ tension, warpbreaks, k = 2, contrasts = "contr.sum"))
    said(sgmoe(
      breaks ~ tension, warpbreaks,
      k = 2, contrasts = list(wool = "contr.sum")
    ))
    said(sgmoe(
      breaks ~ tension, warpbreaks,
      k = 2, contrasts = list(tension = "contr.some")
    ))
    said(sgmoe(breaks ~ tension, odd, k = 1, subset = tension != "L"))
  })
})

test_that("responses", {
  shapes <- transform(cars, when = Sys.Date() + speed)
  shapes$lasts <- structure(cbind(cars$dist, 1), class = "Surv")
  some <- iris
  some$Species[some$Species == "virginica"] <- "setosa"
  hidden <- transform(iris, weight = as.numeric(Species != "virginica"))
  expect_said({
    said(sgmoe(speed > 10 ~ dist, cars, k = 2, family = "gaussian"))
    said(sgmoe(list(speed, dist) ~ 1, cars, k = 2))
    said(sgmoe(when ~ dist, shapes, k = 2))
    said(sgmoe(lasts ~ speed, shapes, k = 2))
    said(sgmoe(I(0 * dist + 7) ~ speed, cars, k = 2))
    said(sgmoe(I(dist * 1e200) ~ I(speed * 1e200), cars, k = 2))
    said(sgmoe(when ~ dist, shapes, k = 2, family = "multinomial"))
    said(sgmoe(I(dist / 8) ~ speed, cars, k = 2, family = "multinomial"))
    said(sgmoe(addNA(Species) ~ Petal.Width, iris, k = 2))
    said(sgmoe(cbind(yes, -no) ~ x, ballots, k = 2, family = "multinomial"))
    said(sgmoe(cbind(yes, 0 * no) ~ x, ballots, k = 2, family = "multinomial"))
    said(sgmoe(Species ~ Petal.Width, iris[1:50, ], k = 2))
    said(sgmoe(Species ~ Sepal.Width, some, k = 1, ridge = 1))
    said(sgmoe(
      Species ~ Sepal.Width, hidden,
      k = 1, ridge = 1, weights = weight
    ))
  })
})

test_that("what is odd about the data", {
  set.seed(1)
  capped <- transform(quakes, mag = pmin(mag + rnorm(1000) / 100, 5))
  expect_said({
    said(sgmoe(cyl ~ wt, mtcars, k = 1))
    said(sgmoe(mag ~ depth, capped, k = 2, ridge = 1, starts = 1))
    said(sgmoe(
      dist ~ speed + I(2 * speed) + I(speed / 2), cars,
      k = 1, ridge = 0
    ))
  })
})

test_that("starts", {
  fit <- lines_fit()
  other <- quickly(sgmoe(dist ~ 1, cars, k = 2, starts = 1, ridge = 0))
  expect_said({
    said(sgmoe(dist ~ speed, cars, k = 2, start = list()))
    said(sgmoe(dist ~ speed, cars, k = 2, start = factor(1:3)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = c(NA, rep(1:2, c(20, 29)))))
    said(sgmoe(dist ~ speed, cars, k = 2, start = rep(1, 50)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = matrix(0.5, 40, 2)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = matrix(-1, 50, 2)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = other))
    said(sgmoe(dist ~ 1, cars, k = 2, start = fit))
    said(sgmoe(dist ~ speed, cars, k = 2, start = c(1, 2, 7)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = c(a = 1, a = 2)))
    said(sgmoe(dist ~ speed, cars, k = 2, start = coef(fit) * NA))
    said(sgmoe(dist ~ speed, cars, k = 2, start = -abs(coef(fit))))
    said(sgmoe(
      cbind(Sepal.Length, Sepal.Width) ~ 1, iris,
      k = 1, start = c(1, 2, 1, 3, 1)
    ))
    said(with_replaced(
      "core_fit",
      answering("core_fit", objective = -Inf, reason = "non_finite"),
      sgmoe(dist ~ speed, cars, k = 2, starts = 1, ridge = 0)
    ))
  })
})

test_that("how a fit went", {
  set.seed(1)
  apart <- transform(cars, dist = ifelse(speed > 15, 99, 0) + rnorm(50))
  thin <- transform(cars, dist = ifelse(speed > 15, 2 * speed, dist))
  thinner <- transform(cars, dist = ifelse(speed > 23, 2 * speed, dist))
  expect_said({
    said(sgmoe(
      dist ~ speed, cars,
      k = 2, starts = 1, ridge = 0, max_passes = 3
    ))
    said(sgmoe(
      dist ~ speed, apart,
      k = 2, start = 1 + (apart$speed > 15), ridge = 0
    ))
    said(sgmoe(Species ~ Petal.Length, iris, k = 1, ridge = 0))
    said(sgmoe(
      dist ~ speed, thinner,
      k = 2, start = 1 + (thinner$speed > 23), ridge = 0, gate = ~1,
      variance_prior = 0
    ))
    said(sgmoe(
      dist ~ speed, thin,
      k = 2, start = 1 + (thin$speed > 15), ridge = 0, gate = ~1,
      variance_prior = 0
    ))
    said(sgmoe(mpg ~ wt + hp + qsec, mtcars[1:5, ], k = 1, ridge = 0))
    said(sgmoe(mpg ~ wt + hp, mtcars[1:15, ], k = 2, ridge = 1, starts = 1))
    said(sgmoe(
      dist ~ speed, cars,
      k = 2, start = rep(1:2, c(3, 47)), ridge = 0, gate = ~1,
      variance_prior = 0
    ))
    said(with_replaced(
      "core_fit", answering("core_fit", reason = "non_finite"),
      sgmoe(dist ~ speed, cars, k = 1)
    ))
    said(with_replaced(
      "core_fit", answering("core_fit", reason = "interrupted"),
      sgmoe(dist ~ speed, cars, k = 1)
    ))
    said(with_replaced(
      "core_fit",
      answering("core_fit", reason = "interrupted", log_likelihood = NaN),
      sgmoe(dist ~ speed, cars, k = 1)
    ))
    said(with_replaced(
      "core_fit", answering("core_fit", log_likelihood = NaN),
      sgmoe(dist ~ speed, cars, k = 1)
    ))
    said(with_replaced(
      "core_fit_each", function(...) rlang::interrupt(),
      sgmoe(dist ~ speed, cars, k = 2, ridge = 0)
    ))
    said(with_replaced(
      "core_fit", function(...) {
        stop(structure(
          class = c("C++Error", "error", "condition"),
          list(message = "gate: 3 rows, expected 4", call = NULL)
        ))
      },
      sgmoe(dist ~ speed, cars, k = 2, ridge = 0)
    ))
    said(refuse_memory("cannot allocate vector of size 7.6 Mb"))
    said(to_the_end(rlang::interrupt()))
  })
})

test_that("new data", {
  fit <- lines_fit()
  wool <- quickly(sgmoe(
    breaks ~ tension, warpbreaks,
    k = 1, model = FALSE
  ))
  fixed <- do.call(sgmoe, list(dist ~ speed, cars, k = 1, offset = cars$speed))
  shifted <- sgmoe(dist ~ speed, cars, k = 1, offset = rep(1:2, 25))
  counting <- sgmoe(dist ~ I(1:50 %% 7), cars, k = 1)
  large <- as.numeric(1:5000)
  indexed <- sgmoe(dist ~ large[speed], cars, k = 1)
  literal <- quickly(sgmoe(dist ~ cars$speed, cars, k = 1))
  root <- function(x) if (any(x < 0)) factor(x) else sqrt(x)
  rooted <- sgmoe(dist ~ root(speed), cars, k = 1)
  expect_said({
    said(predict(fit, data.frame(sped = 1)))
    said(predict(fit, data.frame(speed = c(1, Inf))))
    said(simulate(fit, 1e9))
    said(predict(fit, as.matrix(cars)))
    said(predict(fit, data.frame(speed = "fast")))
    said(predict(wool, data.frame(tension = c("L", "X"))))
    said(predict(fixed, cars))
    said(predict(shifted, cars[1:3, ]))
    said(predict(counting, cars[1:3, ]))
    said(predict(indexed, cars))
    said(predict(literal, cars[1:3, ]))
    said(predict(rooted, data.frame(speed = -1)))
    said(residuals(wool))
    said(model.frame(wool))
  })
})

test_that("distributions, intervals and scores", {
  fit <- lines_fit()
  flowers <- flowers_fit()
  stream <- tooth_stream()
  single <- sgmoe(dist ~ speed, cars[1:30, ], k = 1, ridge = 0)
  petals <- quickly(sgmoe(Species ~ Petal.Width, iris, k = 1, ridge = 0))
  expect_said({
    said(predict(flowers, type = "quantile"))
    said(predict(flowers, interval = "prediction"))
    said(predict(fit, p = 0.9))
    said(predict(fit, type = "quantile", p = 90))
    said(predict(fit, interval = "tolerance"))
    said(predict(fit, type = "variance", interval = "confidence"))
    said(predict(fit, se.fit = TRUE, vcov = diag(2)))
    said(predict(fit, vcov = "sandwich"))
    said(predict(recalibrate(flowers, iris), se.fit = TRUE))
    said(predict(petals, data.frame(Petal.Width = 0:2), se.fit = TRUE))
    said(predict(fit, type = "gate", interval = "prediction"))
    said(predict(fit, interval = "prediction", method = "conformal"))
    said(predict(fit, interval = "prediction", calibration = cars))
    said(predict(fit, method = "conformal"))
    said(predict(
      single, cars,
      interval = "prediction", method = "conformal",
      calibration = cars[31:40, ]
    ))
    said(predict(
      single, cars,
      interval = "prediction", method = "conformal", level = 0.9,
      calibration = transform(cars[31:50, ], dist = 1e6)
    ))
    said(predict(
      single, cars,
      interval = "prediction", method = "conformal",
      calibration = conformal_scores(fit)
    ))
    said(conformal_scores(stream))
    said(conformal_scores(flowers))
    said(conformal_scores(fit, folds = 1))
    said(conformal_scores(fit, folds = 1:3))
    said(conformal_scores(fit, folds = rep("a", 50)))
    said(residuals(fit, type = "deviance"))
    said(residuals(flowers, type = "deviance"))
    said(simulate(fit, seed = "today"))
    said(simulate(stream))
    said(score(cars))
    said(score(fit, weights = 1))
    said(score(fit, data.frame(speed = NA, dist = 1)))
  })
})

test_that("effects", {
  fit <- lines_fit()
  stream <- tooth_stream()
  constant <- sgmoe(dist ~ 1, cars, k = 1, ridge = 0)
  expect_said({
    said(average_effects(cars))
    said(average_effects(fit, of = "posterior"))
    said(average_effects(stream))
    said(gate_effects(fit, "sped"))
    said(gate_effects(constant))
    said(expert_effects(fit, data = data.frame(speed = NA_real_)))
    said(partial_dependence(fit))
    said(partial_dependence(fit, "speed", points = 1))
    said(plot(average_effects(fit)[0, ]))
    said(permutation_importance(fit, data = data.frame(speed = 1, dist = NA_real_)))
    said(emmeans::emmeans(fit, ~speed, offset = 1))
  })
})

test_that("streams: beginning one", {
  short <- sgmoe_stream(dist ~ speed, cars[1:9, ], k = 2, ridge = 0)
  same <- sgmoe_stream(dist ~ speed, cars[c(1, 1, 1), ], k = 2, ridge = 0)
  undated <- sgmoe_stream(
    dist ~ speed, data.frame(dist = 1:2, speed = as.Date(NA)),
    k = 2, ridge = 0
  )
  expect_said({
    said(sgmoe_stream(dist ~ speed, k = 2))
    said(sgmoe_stream(dist ~ speed, as.matrix(cars), k = 2))
    said(sgmoe_stream(dist ~ speed, cars, k = 2, epochs = 3))
    said(sgmoe_stream(dist ~ rank(speed), cars, k = 2))
    said(sgmoe_stream(dist ~ speed, cars, k = 2, control = 10))
    said(stream_control(exponent = 0.3))
    said(stream_control(constant = 2))
    said(stream_control(constant = 1))
    said(predict(short, cars))
    said(coef(same))
    said(update(short, cars, weights = cars$speed))
    said(update(short, data.frame(dist = 1)))
    said(update(short, data.frame(dist = 1, speed = "a")))
    said(update(undated, data.frame(dist = 1, speed = "May")))
  })
})

test_that("streams: their rows", {
  # Few rows only wait, and would not reach the core.
  local_replaced("waiting_state", function(...) NULL)
  stream <- tooth_stream()
  flowers <- flowers_stream()
  apart <- tooth_stream(gate = ~supp)
  weighted <- tooth_stream(weights = dose)
  counted <- sgmoe_stream(
    cbind(yes, no) ~ x, ballots,
    k = 1, ridge = 1, family = "multinomial"
  )
  far <- transform(ToothGrowth[1:3, ], dose = c(1, 1e200, 1e200))
  x <- model.matrix(stream, ToothGrowth)
  y <- ToothGrowth$len
  expect_said({
    said(update(stream))
    said(update(stream, as.list(ToothGrowth)))
    said(update(stream, ToothGrowth, k = 3))
    said(update(stream, ToothGrowth, weights = dose))
    said(update(stream, ToothGrowth, weights = 1:3))
    said(update(stream, far[2, ]))
    said(update(stream, far))
    said(update(stream, transform(far, len = Inf)))
    said(update(flowers, transform(iris, Species = "rose")))
    said(update(weighted, transform(far, dose = "high")))
    said(update_matrix(stream, ToothGrowth, y))
    said(update_matrix(stream, x[, rev(seq_len(ncol(x)))], y))
    said(update_matrix(stream, x))
    said(update_matrix(stream, x, y, gate = x))
    said(update_matrix(apart, x, y))
    said(update_matrix(stream, x, letters))
    said(update_matrix(stream, x, y[1:3]))
    said(update_matrix(stream, x, y, weights = letters))
    said(update_matrix(stream, x, y, weights = -y))
    said(update_matrix(stream, x, y, offset = letters))
    said(update_matrix(flowers, cbind(1, 5), 4))
    said(update_matrix(counted, cbind(1, 5), cbind(0, 0)))
    said(with_replaced(
      "core_stream_learn", answering("core_stream_learn", taken = 20),
      update(stream, ToothGrowth)
    ))
    said(with_replaced(
      "core_stream_learn", answering(
        "core_stream_learn",
        state = list(starved = c(0, 1))
      ),
      update(stream, ToothGrowth)
    ))
    said(with_replaced(
      "core_stream_learn", function(...) rlang::interrupt(),
      update(stream, ToothGrowth)
    ))
  })
})

test_that("streams: sources, and questions to a stream", {
  stream <- tooth_stream()
  short <- sgmoe_stream(len ~ dose, ToothGrowth[1:9, ], k = 2, ridge = 0)
  old <- replace(stream, "version", 1)
  interrupted_source <- function(chunk) {
    given <- FALSE
    function() {
      if (given) rlang::interrupt()
      given <<- TRUE
      chunk
    }
  }
  expect_said({
    said(consume(cars, cars))
    said(consume(stream))
    said(consume(stream, ToothGrowth, weights = 1))
    said(consume(stream, "file.csv"))
    said(consume(stream, function() 1))
    said(consume(stream, function(reset) stop("connection closed")))
    said(consume(stream, list(ToothGrowth, cars)))
    said(consume(stream, function() rlang::interrupt()))
    said(consume(stream, interrupted_source(ToothGrowth)))
    said(consume(short, ToothGrowth[1:9, ]))
    said(predict(stream))
    said(augment(stream))
    said(residuals(stream))
    said(AIC(stream))
    said(coef(old))
    said(as_sgmoe(cars))
    said(relabel(stream, 2:1))
  })
})

test_that("sources of chunks", {
  folder <- tempfile()
  dir.create(folder)
  before <- setwd(folder)
  on.exit(setwd(before))
  writeLines(c("a,b", "1,2", "3,4", "x,5"), "table.csv")
  writeLines(c("b,a", "1,2"), "other.csv")
  writeLines(c("a;b", "1,5;2,5"), "comma.csv")
  file.create("empty.csv")
  packed <- gzfile("cut.csv.gz", "w")
  utils::write.csv(data.frame(a = sqrt(1:500)), packed, row.names = FALSE)
  close(packed)
  bytes <- readBin("cut.csv.gz", "raw", 1e5)
  writeBin(bytes[seq_len(length(bytes) / 2)], "cut.csv.gz")
  con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  on.exit(DBI::dbDisconnect(con), add = TRUE)
  DBI::dbExecute(con, "CREATE TABLE t (a)")
  DBI::dbExecute(con, "INSERT INTO t VALUES (2.5), ('x')")
  large <- nanoarrow::nanoarrow_array_modify(
    nanoarrow::as_nanoarrow_array(data.frame(b = 1)),
    list(children = list(b = nanoarrow::as_nanoarrow_array(
      2^53 + 2,
      schema = nanoarrow::na_int64()
    ))),
    validate = FALSE
  )
  long <- data.frame(b = structure(0, class = "integer64"))
  failed <- as_chunk_source(function() stop("disk on fire"))
  try(next_chunk(failed), silent = TRUE)
  ended <- frame_source(ToothGrowth)
  while (!is.null(next_chunk(ended))) NULL
  once <- as_chunk_source(function() cars)
  next_chunk(once)
  shared <- frame_source(cars, 20)
  fit <- lines_fit()
  one <- predict(fit, shared)
  next_chunk(one)
  next_chunk(predict(fit, shared))
  depends <- quickly(sgmoe(
    dist ~ I(speed - mean(speed)), cars,
    k = 1, starts = 1, ridge = 0
  ))
  expect_said({
    said(as_chunk_source("table.csv"))
    said(as_chunk_source(con))
    said(next_chunk(file_source("table.csv", classes = c(A = "factor"))))
    said(frame_source(1))
    said(next_chunk(cars))
    said(reset_source(once))
    said(next_chunk(failed))
    said(next_chunk(as_chunk_source(function() 1)))
    said(read_all(as_chunk_source(list(cars, cars["dist"]))))
    said(read_all(as_chunk_source(list(cars, transform(cars, dist = "near")))))
    said(with_replaced(
      "number_of_halves", function(high, low) 2^60,
      next_chunk(as_chunk_source(list(long)))
    ))
    said(file_source(1))
    said(file_source("nowhere.csv"))
    said(file_source("table.csv", classes = "numeric"))
    said(file_source("table.csv", nrows = 3))
    said(read_all(file_source("table.csv", 2)))
    said(read_all(file_source(c("table.csv", "other.csv"))))
    said(next_chunk(file_source("empty.csv")))
    said(next_chunk(file_source("comma.csv")))
    said(read_all(file_source("cut.csv.gz")))
    said(dbi_source("data.sqlite", "SELECT 1"))
    said(dbi_source(con, 1))
    said(next_chunk(dbi_source(con, "SELECT missing FROM t")))
    said(next_chunk(dbi_source(con, "SELECT * FROM t")))
    said(with_replaced(
      "has_package", function(package) FALSE, dbi_source(con, "SELECT 1")
    ))
    said(arrow_source(1))
    said(next_chunk(as_chunk_source(large)))
    said(consume(tooth_stream(), ended))
    said(consume(
      tooth_stream(), ToothGrowth[order(ToothGrowth$dose), ][rep(1:60, each = 9), ],
      chunk_size = 135
    ))
    said(sgmoe_stream(len ~ dose, frame_source(ToothGrowth[0, ]), k = 2))
    said(sgmoe_stream(len ~ dose, ToothGrowth, k = 2, pilot = 10))
    said(next_chunk(one))
    said(next_chunk(predict(depends, frame_source(cars))))
    said(score(fit, frame_source(cars), weights = 1))
  })
})

test_that("what fits and trees do not answer", {
  fit <- lines_fit()
  other <- replace(fit, "k", 3)
  lean <- lines_fit(model = FALSE)
  lost <- local({
    there <- cars
    sgmoe(dist ~ speed, there, k = 1)
  })
  leaner <- local({
    there <- cars
    sgmoe(dist ~ speed, there, k = 1, model = FALSE)
  })
  tree <- expert_dendrogram(fit)
  expect_said({
    said(predict(other, cars))
    said(profile(fit))
    said(drop1(fit))
    said(hatvalues(fit))
    said(kappa(fit))
    said(as.hclust(fit))
    said(predict(tree))
    said(relabel(fit))
    said(relabel(fit, c(1, 1)))
    said(relabel(cars))
    said(update(lost, . ~ . + log(time)))
    said(update(leaner, k = 2))
    said(expert_dendrogram(cars))
    said(as_sgmoe(tree))
  })
})

test_that("standard errors, intervals and tests", {
  fit <- lines_fit()
  slim <- lines_fit(model = FALSE)
  one <- sgmoe(dist ~ speed, cars, k = 1)
  other <- sgmoe(dist ~ speed, cars[-1, ], k = 1)
  square <- sgmoe(dist ~ I(speed^2), cars, k = 1)
  petals <- quickly(sgmoe(Species ~ Petal.Width, iris, k = 1, ridge = 0))
  more <- quickly(sgmoe(
    Species ~ Petal.Width + Petal.Length, iris,
    k = 1, ridge = 0
  ))
  near <- transform(cars, close = speed + 1e-4 * rep(c(-1, 1), 25))
  stream <- tooth_stream()
  expect_said({
    said(confint(slim, method = "profile"))
    said(vcov(stream, "sandwich"))
    said(vcov(tooth_stream(constant = 0.1)))
    said(vcov(petals))
    said(vcov(sgmoe(dist ~ speed + close, near, k = 1)))
    said(vcov(fit, cluster = rep(1:5, 10)))
    said(vcov(fit, type = "hc3"))
    said(vcov(fit, "sandwich", cluster = ~town))
    said(vcov(fit, "sandwich", cluster = 1:3))
    said(vcov(fit, "sandwich", cluster = rep(1, 50)))
    said(vcov(fit, "sandwich", cluster = c(NA, 1:49)))
    said(confint(fit, level = 95))
    said(confint(fit, "expert1:sped"))
    said(confint(fit, 99))
    said(anova(fit))
    said(anova(fit, lm(dist ~ speed, cars)))
    said(anova(one, fit))
    said(anova(one, square))
    said(anova(one, one))
    said(anova(one, other))
    said(anova(petals, more))
    said(icl(stream))
    said(icl(cars))
    said(Anova.sgmoe(fit))
    said(relabel(fit, to = cars))
    said(relabel(fit, to = one))
    said(relabel(fit, 2:1, to = fit))
    said(with_replaced(
      "held_maximum", function(...) NULL,
      confint(fit, 2, method = "profile")
    ))
    said(bootstrap(stream))
    said(bootstrap(fit, "jackknife"))
    said(bootstrap(replace(
      fit, "control", list(sgmoe_control(ridge = 0, max_passes = 2))
    ), nsim = 3))
    said(bootstrap_lrt(one))
    said(bootstrap_lrt(one, one))
    said(with_replaced(
      "core_fit", answering("core_fit", reason = "non_finite"),
      bootstrap_lrt(one, fit, nsim = 2, starts = 0)
    ))
  })
})

test_that("scores of classes", {
  flowers <- flowers_fit()
  p <- matrix(
    c(0.5, 0.3, 0.2), 150, 3,
    byrow = TRUE, dimnames = list(NULL, levels(iris$Species))
  )
  half <- rep(0.5, 150)
  expect_said({
    said(class_scores(c(0.2, 0.8), list(1, "a")))
    said(class_scores(flowers, iris$Species))
    said(class_scores(half, iris$Species))
    said(class_scores(p[1:9, ], iris$Species))
    said(class_scores(letters, iris$Species))
    said(class_scores(2 * p, iris$Species))
    said(class_scores(p, rep("rose", 150)))
    said(class_scores(p, replace(iris$Species, 3, NA)))
    said(class_scores(p, iris$Species, weights = 0 * half))
    said(calibration(p))
    said(calibration(p, iris$Species, class = "rose"))
    said(calibration(p, iris$Species, weights = 0 * half))
    said(calibration(flowers, iris, weights = 0 * half))
  })
})

test_that("pictures", {
  fit <- lines_fit()
  stream <- tooth_stream()
  learnt <- update(tooth_stream(minibatch = 5), ToothGrowth)
  lost <- local({
    there <- cars
    sgmoe(dist ~ log(speed), there, k = 1)
  })
  changed <- local({
    cars <- transform(cars, speed = 2 * speed)
    sgmoe(dist ~ log(speed), cars, k = 1)
  })
  constant <- quickly(sgmoe(dist ~ 1, cars, k = 2, starts = 1, ridge = 0))
  chosen <- quickly(select_experts(dist ~ speed, cars, k_max = 2, ridge = 0))
  expect_said({
    said(plot(fit, which = "expert"))
    said(plot(fit, which = 3))
    said(plot(fit, response = "speed"))
    said(plot(fit, col = "red"))
    said(plot(fit, covariate = "dist"))
    said(plot(constant, which = "experts"))
    said(plot(fit, which = "trace", covariate = "speed", main = "A fit"))
    said(plot(fit, colour = "red"))
    said(plot(fit, NULL, NULL, NULL, NULL, NULL, "red"))
    said(plot(fit, data = data.frame(speed = NA, dist = 1)))
    said(plot(lost))
    said(plot(changed))
    said(plot(stream))
    said(plot(learnt, which = "scores"))
    said(plot(chosen, which = "criterion"))
    said(plot(chosen, criteria = "DIC"))
    said(plot(expert_dendrogram(lines_fit(), "voronoi"), criteria = 1))
    said(ggplot2::autoplot(stream))
    said(plot(expert_dendrogram(sgmoe(dist ~ speed, cars, k = 1))))
  })
})

test_that("numbers of experts", {
  # Few rows only wait, and would not reach the core.
  local_replaced("waiting_state", function(...) NULL)
  fit <- lines_fit()
  lean <- lines_fit(model = FALSE)
  stream <- tooth_stream()
  free <- quickly(sgmoe(
    dist ~ speed, cars,
    k = 2, gate = ~ 0 + speed, starts = 1, ridge = 0
  ))
  set.seed(1)
  chosen <- quickly(select_experts(stream, ToothGrowth))
  spread <- transform(cars, dist = 2 * speed + rnorm(50))
  spread$dist[c(5, 20, 40)] <- c(150, -90, 260)
  roof <- data.frame(x = runif(200))
  roof$y <- 2 - 4 * abs(roof$x - 0.5) + rnorm(200, sd = 0.1)
  roof$y[1:10] <- rnorm(10, sd = 5)
  bent <- data.frame(x = runif(800, -1, 1))
  bent$y <- 2 * bent$x + (0.2 + 0.8 * (bent$x > 0)) * (rexp(800) - 1)
  steep <- quickly(sgmoe(
    dist ~ speed, transform(cars, dist = ifelse(speed > 20, 99, 0) + rnorm(50)),
    k = 2, start = 1 + (cars$speed > 20), ridge = 0
  ))
  expect_said({
    said(select_experts())
    said(select_experts("dist ~ speed", cars))
    said(select_experts(dist ~ speed, cars, k = 3))
    said(select_experts(dist ~ speed, cars, starts = 3))
    said(select_experts(dist ~ speed, cars, criterion = "bic"))
    said(select_experts(fit, k_max = 5))
    said(select_experts(lean))
    said(select_experts(free))
    said(select_experts(stream))
    said(expert_dendrogram(lean, "likelihood"))
    said(expert_dendrogram(steep))
    said(select_experts(mpg ~ ., mtcars))
    said(select_experts(
      dist ~ speed, cars,
      k_max = 2, ridge = 0, criterion = "AIC"
    ))
    said(select_experts(fit, criterion = "AIC"))
    said(update(select_experts(fit, criterion = "AIC"), dist ~ 1))
    said(select_experts(dist ~ speed, spread, k_max = 3, ridge = 0))
    said(select_experts(y ~ x, roof, k_max = 4, ridge = 0.01))
    said(select_experts(y ~ x, bent, k_max = 6))
    said(with_replaced(
      "core_fit_each", answering_each("core_fit_each", reason = "interrupted"),
      select_experts(dist ~ speed, cars, k_max = 2, ridge = 0)
    ))
    said(with_replaced(
      "core_stream_learn", answering("core_stream_learn", taken = 20),
      update(chosen, ToothGrowth)
    ))
  })
})

test_that("tuning", {
  same <- data.frame(y = rep(1:2, 6), half = rep(1:2, each = 6))
  expect_said({
    said(tune_experts(data = cars))
    said(tune_experts(dist ~ speed, cars, start = 1))
    said(tune_experts(dist ~ speed, cars, k_max = 3))
    said(tune_experts(dist ~ speed, cars, k = c(1, 2.5)))
    said(tune_experts(dist ~ speed, cars, ridge = c("auto", "cv")))
    said(tune_experts(dist ~ speed, cars, folds = 1))
    said(tune_experts(dist ~ speed, cars, folds = rep(1, 50)))
    said(tune_experts(dist ~ speed, cars, group = 1:3))
    said(tune_experts(dist ~ speed, cars, group = c(NA, 2:50)))
    said(tune_experts(dist ~ speed, cars, group = nobody))
    said(tune_experts(dist ~ speed, cars, score = "brier"))
    said(tune_experts(Species ~ ., iris, score = "rmse"))
    said(tune_experts(Species ~ ., iris, score = "crps"))
    said(tune_experts(y ~ 1, same, k = 3, folds = same$half, ridge = 1))
    said(with_replaced(
      "core_fit", answering("core_fit", reason = "interrupted"),
      tune_experts(dist ~ speed, cars, k = 1, ridge = 1)
    ))
    said(select_experts(dist ~ speed, cars, ridge = "cv"))
    said(sgmoe_stream(dist ~ speed, cars, k = 2, ridge = "cv"))
    said(select_experts(
      y ~ 1, data.frame(y = c(1, 2, 3)),
      k_max = 3, criterion = "CV"
    ))
  })
})

test_that("fits of sources", {
  source <- as_chunk_source(cars, chunk = 20)
  fit_it <- function(...) {
    sgmoe(dist ~ speed, source, k = 2, ridge = 1, starts = 1, ...)
  }
  fit <- fit_it()
  full <- function(...) {
    stop(structure(
      class = c("sgmoe::SpillError", "C++Error", "error", "condition"),
      list(message = "cannot write", call = NULL)
    ))
  }
  room <- function(free, memory) {
    function(folder) list(free = free, memory = memory)
  }
  changing_cars <- function(longer) {
    readings <- 0
    function(reset = FALSE) {
      if (reset) {
        readings <<- readings + 1
        waiting <<- TRUE
      } else if (waiting) {
        waiting <<- FALSE
        other <- if (longer) rbind(cars, cars[1:3, ]) else cars[50:1, ]
        if (readings > 3) other else cars
      }
    }
  }
  waiting <- TRUE
  far_rows <- function() {
    set.seed(1)
    data <- simulate_moe(1500, k = 2, p = 1, gate_scale = 3)
    far <- seq(1, 1500, 20)
    data$y[far] <- data$y[far] + 30 * rt(length(far), 1.5)
    data
  }
  expect_said({
    said(fit_it(method = "em"))
    said(fit_it(method = "incremental"))
    said(sgmoe(dist ~ speed, source, k = 2, ridge = "cv"))
    said(fit_it(start = factor(rep(1:2, 25))))
    said(fit_it(subset = 1:10))
    said(fit_it(subset = speed))
    said(fit_it(subset = speed > mean(speed)))
    said(fit_it(weights = rep(1, 20)))
    said(tune_experts(dist ~ speed, source))
    said(select_experts(dist ~ speed, source, criterion = "CV"))
    said(select_experts(dist ~ speed, source, background = TRUE))
    set.seed(1)
    said(select_experts(y ~ x1, as_chunk_source(far_rows()), 5))
    said(vcov(fit, "sandwich", cluster = rep(1:2, length.out = nobs(fit))))
    said(fit_it(subset = speed > 99))
    said(sgmoe(dist ~ poly(speed, 2), source, k = 2))
    said(fit_it(spill = 3))
    said(fit_it(spill = "/dev/null/rows"))
    for (longer in c(FALSE, TRUE)) {
      changing <- as_chunk_source(changing_cars(longer))
      said(sgmoe(dist ~ speed, changing, k = 2, ridge = 1, spill = FALSE))
    }
    said(sgmoe(dist ~ speed, partitions(list(cars)), k = 2, spill = FALSE))
    said(with_replaced("core_free_space", room(1e12, TRUE), fit_it()))
    said(with_replaced("core_free_space", room(1000, FALSE), fit_it()))
    said(with_replaced("core_spill_append", full, fit_it()))
    said(fit_it(checkpoint = 1))
    said(fit_it(checkpoint = "/dev/null/log"))
    said(sgmoe(dist ~ speed, cars, k = 2, ridge = 1, checkpoint = "log"))
    said(column_moments(spilled_columns(
      list(path = "/no/such.spill", rows = 9L), 1
    ), numeric()))
    said(residuals(fit))
    said(predict(fit))
    said(partitions(cars))
    said(sgmoe(dist ~ speed, partitions(list(cars, function(reset = FALSE) {
      if (!reset) stop("there is no such table")
    })), k = 2, ridge = 1, starts = 1))
    said(sgmoe(dist ~ speed, partitions(list(
      cars, transform(cars, speed = "fast")
    )), k = 2, ridge = 1, starts = 1))
  })
})

test_that("recalibration", {
  fit <- flowers_fit()
  lost <- transform(iris, Sepal.Width = NA_real_)
  expect_said({
    said(recalibrate(lines_fit(), cars))
    said(recalibrate(flowers_stream(), iris))
    said(recalibrate(fit))
    said(recalibrate(fit, iris, "platt"))
    said(recalibrate(fit, iris[51:53, ]))
    said(recalibrate(fit, lost))
  })
})

test_that("every condition in the sources has been shown", {
  sites <- condition_sites(definitions(r_files()))
  expect_gt(length(sites), 150)
  expect_identical(anyDuplicated(sites), 0L)
  unseen <- sites[!sites %in% heard$shown]
  expect(length(unseen) == 0L, paste(
    c("No case shows:", paste0(names(unseen), ": ", unseen)),
    collapse = "\n"
  ))
})

test_that("a condition without a case would be found", {
  check <- function(x, why = warn("b", "B")) {
    if (x) abort("a", "A") else lapply(1, function(x) inform("c", why))
  }
  sites <- condition_sites(list(a.R = list(
    check = call("function", formals(check), body(check)),
    other = quote(x$abort)
  )))
  expect_setequal(
    sites, c('abort("a", "A")', 'warn("b", "B")', 'inform("c", why)')
  )
  expect_identical(unique(names(sites)), "check")
})

test_that("a site counts only if its condition came through", {
  before <- heard$shown
  local_noted()
  raise <- eval(quote(function(x) abort("lost", x)), asNamespace("sgmoe"))
  expect_output(said({
    try(raise("One."), silent = TRUE)
    sgmoe(dist ~ speed, cars)
  }), "sgmoe_error_k")
  expect_false('abort("lost", x)' %in% heard$shown)
  expect_output(said(raise("Two.")), "sgmoe_error_lost")
  expect_true('abort("lost", x)' %in% heard$shown)
  heard$shown <- before
  expect_error(said(1), "No condition")
})
