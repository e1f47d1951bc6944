# Draws on a device of its own and gives what the call gave.
draw <- function(expression) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expression
}

set.seed(1)
several <- data.frame(
  x = stats::runif(120, 1, 3), v = stats::rnorm(120),
  f = factor(sample(c("a", "b", "c"), 120, TRUE, c(0.2, 0.5, 0.3))),
  w = stats::rexp(120)
)
several$y <- ifelse(several$x > 2, 3 * several$x, -several$x) +
  as.integer(several$f) + stats::rnorm(120, sd = 0.3)
several$y2 <- several$v + stats::rnorm(120, sd = 0.3)
fit_several <- function(formula, ...) {
  set.seed(1)
  quietly(sgmoe(formula, several, k = 2, ridge = 0.1, starts = 2, ...))
}
grid_of <- function(fit, covariate, ...) {
  effect_grid(fit, find_raw(fit), covariate, ...)
}

# What is drawn ----------------------------------------------------------------

slow_test("the grid holds what predict() gives at typical values", {
  formulas <- list(
    y ~ x + v + f, y ~ splines::ns(x, 3) * f + v, y ~ poly(x, 2) + f,
    y ~ log(x) + scale(v) + offset(2 * v) + I(x^2):f
  )
  for (formula in formulas) {
    fit <- fit_several(formula, gate = ~ x + I(v^2))
    # Of the two middle values the lower.
    typical <- data.frame(x = sort(several$x)[60], v = sort(several$v)[60])
    typical$f <- names(which.max(table(several$f)))
    for (covariate in intersect(c("x", "v", "f"), all.vars(formula))) {
      grid <- grid_of(fit, covariate)
      new <- typical[rep(1, nrow(grid)), ]
      new[[covariate]] <- grid$value
      expect_identical(
        range(as.numeric(grid$value)), range(as.numeric(several[[covariate]]))
      )
      expect_equal(grid$mean, unname(predict(fit, new)))
      for (type in c("gate", "expert")) {
        expect_equal(
          grid[[type]], predict(fit, new, type = type),
          ignore_attr = "dimnames"
        )
      }
    }
  }
})

test_that("the grid follows the chosen response", {
  fit <- fit_several(cbind(y, y2) ~ x + v)
  grid <- grid_of(fit, "x", response = 2L)
  new <- data.frame(x = grid$value, v = sort(several$v)[60])
  expect_equal(grid$mean, unname(predict(fit, new)[, "y2"]))
  expect_equal(
    grid$expert, predict(fit, new, type = "expert")[, "y2", ],
    ignore_attr = "dimnames"
  )
})

slow_test("a number that the formula makes a factor of is drawn as one", {
  set.seed(1)
  fit <- quietly(sgmoe(mpg ~ factor(cyl) + wt, mtcars, k = 2, ridge = 1))
  grid <- grid_of(fit, "cyl")
  expect_identical(grid$value, c(4, 6, 8))
  expect_true(is_discrete(grid, mtcars$cyl))
  # The median of cyl is a value that occurs.
  expect_identical(nrow(grid_of(fit, "wt")), 401L)
})

test_that("an offset given as values is held at its median", {
  shift <- several$v + 1
  fit <- fit_several(y ~ x, offset = several$v + 1)
  direct <- do.call(fit_several, list(y ~ x, offset = shift))
  plain <- grid_of(fit, "x")
  expect_error(
    predict(direct, data.frame(x = 2)),
    class = "sgmoe_error_offset"
  )
  own <- direct$blueprint
  own$offset <- NULL
  bare <- direct
  bare$blueprint <- own
  grid <- grid_of(direct, "x")
  expect_equal(
    grid$mean,
    unname(predict(bare, data.frame(x = grid$value))) + sort(shift)[60]
  )
  expect_identical(plain$value, grid$value)
})

test_that("the points are the data of the fit, with its posterior", {
  data <- several
  data$x[c(3, 50)] <- NA
  for (formula in list(y ~ x + f, y ~ exp(x) + f)) {
    set.seed(1)
    fit <- sgmoe(
      formula, data,
      k = 2, ridge = 0.1, starts = 2, subset = v < 1,
      weights = w, na.action = na.exclude
    )
    used <- which(data$v < 1 & !is.na(data$x))
    effect <- new_effect(
      data_to_draw(fit, NULL, TRUE), "x", 1L
    )
    expect_identical(effect$points$x, data$x[used])
    expect_identical(effect$points$y, data$y[used])
    expect_identical(effect$points$weights, data$w[used])
    expect_equal(
      effect$points$posterior, predict(fit, data[used, ], type = "posterior"),
      ignore_attr = "dimnames"
    )
  }
})

slow_test("of many rows 5000 are drawn, over the range of all, without RNG", {
  set.seed(1)
  data <- simulate_moe(20001, k = 2, p = 1)
  fit <- quietly(sgmoe(y ~ x1, data, k = 2, starts = 1, max_passes = 5))
  seed <- .Random.seed
  drawn <- data_to_draw(fit, NULL, TRUE)
  effect <- new_effect(drawn, NULL, 1L)
  draw(plot(fit, which = c("experts", "gate", "trace", "residuals")))
  expect_identical(.Random.seed, seed)
  expect_length(effect$points$y, 5000)
  expect_identical(effect$points$y, data$y[drawn$rows])
  expect_identical(range(effect$grid$value), range(data$x1))
  # A covariate that the formula transforms is beside the frame, of all rows.
  fit <- quietly(sgmoe(y ~ exp(x1), data, k = 2, starts = 1, max_passes = 5))
  draw(plot(fit, which = c("experts", "gate", "trace", "residuals")))
})

test_that("the covariate that matters is drawn unless another is asked for", {
  fit <- fit_several(y ~ x + v + f)
  raw <- find_raw(fit)
  expect_identical(choose_covariate(fit, raw, NULL, 1L), "x")
  expect_identical(choose_covariate(fit, raw, "f", 1L), "f")
  # A covariate of the gate alone, and one in a computed term.
  fit <- fit_several(y ~ 1, gate = ~ log(x))
  expect_identical(drawable_covariates(fit), "x")
  # An offset is no covariate.
  fit <- fit_several(y ~ x + offset(v))
  expect_identical(drawable_covariates(fit), "x")
})

test_that("an expert's line is as strong as its gate, the strongest on top", {
  share <- c(0.5, 0.001, 1, 0.2)
  expect_identical(stacking_order(share), c(4L, 1L, 3L))
  draw({
    expect_identical(fade("#FF0000", 1), "#FF0000FF")
    faded <- fade(rep("#FF0000", 4), sort(share))
  })
  darkness <- colSums(255 - grDevices::col2rgb(faded))
  expect_false(is.unsorted(darkness, strictly = TRUE))
})

test_that("points take the colour of the most probable expert", {
  colours <- expert_colours(3L)
  certain <- point_colours(diag(3), colours, 1)
  expect_identical(substr(certain, 1, 7), colours)
  grey <- grDevices::col2rgb(point_colours(matrix(1 / 3, 1, 3), colours, 1))
  expect_identical(grey[[1]], grey[[2]])
  expect_identical(grey[[1]], grey[[3]])
  expect_length(unique(expert_colours(20L)), 20)
})

test_that("the trace is the gap to the best objective per observation", {
  fit <- fit_several(y ~ x)
  gap <- trace_gap(fit)
  expect_length(gap, length(fit$trace))
  shown <- !is.na(gap)
  expect_equal(
    gap[shown], ((max(fit$trace) - fit$trace) / fit$nobs)[shown]
  )
  expect_true(all(gap[shown] > 0))
  expect_true(is.na(gap[[which.max(fit$trace)]]))
})

# The device -------------------------------------------------------------------

slow_test("every panel and combination draws, and the fit comes back", {
  choices <- c("experts", "gate", "trace", "residuals")
  fits <- list(
    fit_several(y ~ x + f), fit_several(cbind(y, y2) ~ x),
    quietly(sgmoe(y ~ x, several, k = 1)),
    fit_several(y ~ 1), fit_several(y ~ f, weights = w)
  )
  for (fit in fits) {
    expect_identical(draw(plot(fit)), fit)
    expect_invisible(draw(plot(fit)))
  }
  fit <- fits[[1L]]
  for (size in 1:4) {
    for (which in utils::combn(choices, size, simplify = FALSE)) {
      expect_silent(draw(plot(fit, which = which)))
    }
  }
  expect_silent(draw(plot(fit, covariate = "f")))
  expect_silent(draw(plot(fits[[2L]], response = "y2")))
  expect_silent(draw(plot(fit, data = several[1, ])))
})

slow_test("dates, logicals, characters and many levels can be drawn", {
  data <- several
  data$day <- as.Date("2020-01-01") + seq_len(120)
  data$time <- as.POSIXct("2020-01-01", tz = "UTC") + 60 * seq_len(120)
  data$high <- data$v > 0
  data$name <- as.character(data$f)
  data$many <- factor(sprintf("a long level %02d", rep(1:30, 4)))
  for (right in c("day", "time", "high", "name", "many")) {
    set.seed(1)
    fit <- quietly(sgmoe(
      stats::reformulate(right, "y"), data,
      k = 2, ridge = 1, starts = 1
    ))
    expect_silent(draw(plot(fit)))
    new <- data[right]
    effect <- new_effect(
      data_to_draw(fit, NULL, TRUE), NULL, 1L
    )
    at <- match(new[[right]], effect$grid$value)
    known <- !is.na(at)
    expect_true(any(known))
    expect_equal(effect$grid$mean[at[known]], unname(predict(fit, new))[known])
  }
})

test_that("par() comes back as it was, also after an error", {
  fit <- fit_several(y ~ x + f)
  kept <- setdiff(names(graphics::par(no.readonly = TRUE)), c(
    # What any plot changes: the current figure and its coordinates.
    "fig", "fin", "mfg", "pin", "plt", "usr", "xaxp", "yaxp", "pty"
  ))
  for (which in list("gate", c("experts", "gate"), "residuals")) {
    draw({
      before <- graphics::par(kept)
      plot(fit, which = which, cex.axis = 1.5, mar = rep(1, 4))
      expect_identical(graphics::par(kept), before)
      expect_error(plot(fit, which = which, mgp = 1), "mgp")
      expect_identical(graphics::par(kept), before)
      if (!"residuals" %in% which) {
        expect_error(plot(fit, which = which, xlim = c(NA, 1)), "xlim")
        expect_identical(graphics::par(kept), before)
      }
    })
  }
})

test_that("what base graphics refuse is an error of this package", {
  fit <- fit_several(y ~ x + f)
  refused <- function(expression) {
    class_condition(expression, "error", "graphics")
  }
  draw({
    for (which in list("gate", c("experts", "gate"), "residuals")) {
      refused(plot(fit, which = which, las = 7))
    }
    class_condition(plot(fit, xlim = NA), "error", "argument")
    refused(plot(expert_dendrogram(fit), las = 7))
    refused(plot(average_effects(fit), col.axis = "no colour"))
    # A size of text that the user set is as it was.
    graphics::par(cex = 0.7)
    plot(fit)
    expect_equal(graphics::par("cex"), 0.7)
  })
  grDevices::pdf(NULL, width = 0.3, height = 0.3)
  on.exit(grDevices::dev.off())
  refused(plot(fit))
  refused(plot(fit, which = "trace"))
  # Other errors are left as they are.
  expect_error(
    on_device(list(), function(divided) stop("other"), NULL), "^other$",
    class = "simpleError"
  )
})

test_that("a device that the user divided stays divided", {
  fit <- fit_several(y ~ x)
  draw({
    graphics::par(mfrow = c(2, 2))
    plot(fit)
    expect_identical(graphics::par("mfrow"), c(2L, 2L))
    # Two figures were used.
    expect_identical(graphics::par("mfg")[1:2], c(1L, 2L))
  })
})

# The data ---------------------------------------------------------------------

slow_test("raw covariates are kept with a fit, or asked for", {
  fit_own <- function(own) {
    set.seed(1)
    sgmoe(y ~ splines::ns(x, 2), own, k = 2, ridge = 0.1, starts = 1)
  }
  fit <- fit_own(several) # `own` exists nowhere here
  expect_silent(draw(plot(fit)))
  expect_identical(find_raw(fit)$x, several$x)
  # Those of earlier formats did not keep them.
  fit["variables"] <- list(NULL)
  error <- expect_error(draw(plot(fit)), class = "sgmoe_error_no_data")
  expect_match(conditionMessage(error), "`x`")
  expect_silent(draw(plot(fit, data = several)))
  # Neither panel needs the covariates.
  expect_silent(draw(plot(fit, which = c("trace", "residuals"))))
  # Without data the variables are found where plot() is called.
  x <- several$x
  y <- several$y
  fit <- quietly(sgmoe(y ~ exp(x), k = 2, ridge = 0.1, starts = 1))
  expect_silent(draw(plot(fit)))
})

slow_test("a fit without its data draws the trace, and the rest with data", {
  fit <- fit_several(y ~ x + f, model = FALSE)
  expect_silent(draw(plot(fit, which = "trace")))
  for (which in c("experts", "gate", "residuals")) {
    expect_error(
      draw(plot(fit, which = which)),
      class = "sgmoe_error_no_model"
    )
    expect_silent(draw(plot(fit, which = which, data = several)))
  }
  own <- fit_several(y ~ x + f)
  given <- new_effect(
    data_to_draw(fit, several, TRUE), "x", 1L
  )
  kept <- new_effect(data_to_draw(own, NULL, TRUE), "x", 1L)
  expect_equal(given, kept)
})

slow_test("what cannot be drawn is refused by name", {
  fit <- fit_several(y ~ x + f)
  refuse <- function(class, pattern, ...) {
    error <- expect_error(
      draw(plot(fit, ...)),
      class = paste0("sgmoe_error_", class)
    )
    expect_match(
      gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error))), pattern
    )
  }
  refuse("argument", "which.*lines", which = c("gate", "lines"))
  refuse("argument", "which", which = 1)
  refuse("covariate", "\"z\".*\"x\" and \"f\"", covariate = "z")
  refuse("covariate", "covariate", covariate = 1)
  refuse("argument", "response.*\"y\"", response = "x")
  refuse("argument", "response", response = 2)
  refuse("argument", "col.*2 colours", col = "red")
  refuse("argument", "colour", col = "red")
  refuse("argument", "colors", colors = 1)
  refuse("data", "data", data = 1)
  refuse("missing_column", "f", data = several["x"])
  refuse("no_rows", "data", data = transform(several, x = NA_real_))
  refuse("non_finite", "x", data = transform(several, x = Inf))
  constant <- fit_several(y ~ 1)
  expect_error(
    draw(plot(constant, which = "gate")),
    class = "sgmoe_error_covariate"
  )
})

test_that("bands are the intervals at typical values", {
  set.seed(1)
  data <- transform(several, n = stats::rpois(120, 3 + y^2 / 9))
  for (model in list(
    list(y ~ x + f, NULL), list(cbind(y2, y) ~ x + f, NULL),
    list(n ~ x + f, "poisson")
  )) {
    fit <- quietly(sgmoe(
      model[[1L]], data,
      k = 2, family = model[[2L]], ridge = 0.1, starts = 1
    ))
    response <- length(fit$responses)
    cases <- expand.grid(
      covariate = c("x", "f"), interval = c("prediction", "confidence"),
      stringsAsFactors = FALSE
    )
    for (i in seq_len(nrow(cases))) {
      covariate <- cases$covariate[[i]]
      interval <- cases$interval[[i]]
      grid <- effect_grid(
        fit, find_raw(fit), covariate, response,
        band = check_band(fit, interval, 0.8)
      )
      new <- data.frame(
        x = sort(data$x)[60], f = names(which.max(table(data$f)))
      )[rep(1, nrow(grid)), ]
      new[[covariate]] <- grid$value
      expected <- array(predict(
        fit, new,
        interval = interval, level = 0.8
      ), c(nrow(grid), response, 3))
      expect_equal(grid$lower, expected[, response, 2])
      expect_equal(grid$upper, expected[, response, 3])
      if (interval == "confidence") {
        gate <- predict(
          fit, new,
          type = "gate", interval = "confidence", level = 0.8
        )
        expect_equal(grid$gate_lower, gate[, , 2], ignore_attr = TRUE)
        expect_equal(grid$gate_upper, gate[, , 3], ignore_attr = TRUE)
      }
      draw(plot(
        fit,
        covariate = covariate, response = response, interval = interval
      ))
    }
  }
  classes <- sgmoe(Species ~ Sepal.Width, iris, k = 1, ridge = 1)
  class_condition(
    draw(plot(classes, interval = "prediction")), "error", "unsupported"
  )
  # Bounds far beyond it fill the panel.
  draw(plot(
    sgmoe(dist ~ speed, cars, k = 1, ridge = 0),
    interval = "prediction", level = 1 - 1e-12
  ))
})

test_that("the band of normal quantiles holds each with its probability", {
  set.seed(7)
  n <- 50
  band <- ordered_normals(n, 0.9)
  drawn <- replicate(2000, sort(stats::rnorm(n)))
  inside <- rowMeans(drawn > band$lower & drawn < band$upper)
  # 2000 draws: a standard deviation of 0.0067.
  expect_true(all(abs(inside - 0.9) < 0.03))
})

test_that("the data of a spline's basis are found though rows were dropped", {
  data <- transform(airquality, late = Month > 6)
  fit <- quietly(sgmoe(
    Ozone ~ splines::bs(Temp, 4) + poly(Wind, 2) + scale(Day) + factor(late), data,
    k = 2, ridge = 1, starts = 1
  ))
  expect_silent(draw(plot(fit)))
  expect_identical(
    unique(average_effects(fit)$covariate), c("Temp", "Wind", "Day", "late")
  )
  kept <- stats::complete.cases(data[c("Ozone", "Temp", "Wind", "Day")])
  expect_identical(find_raw(fit)$Temp, data$Temp[kept])
})

test_that("numbers of curves do not stand upon each other", {
  x <- seq(0, 1, length.out = 100)
  y <- cbind(x, 0.9 * x, 1 - x, 0.95 * (1 - x), 0.98 * x)
  y <- y / rowSums(y)
  places <- curve_places(y)
  near <- outer(places, places, function(a, b) abs(a - b)) <= 5 &
    as.matrix(stats::dist(y[cbind(places, 1:5)])) <= 0.2 * max(y)
  expect_identical(sum(near), 5L) # each to itself
  # One alone stands where its curve is highest.
  expect_gt(places[[1]], 90)
})

test_that("a fit is drawn and explained wherever it was made", {
  fit <- local({
    own <- cars
    set.seed(1)
    sgmoe(dist ~ log(speed), own, k = 2, starts = 1, ridge = 0.1)
  })
  set.seed(1)
  known <- sgmoe(dist ~ log(speed), cars, k = 2, starts = 1, ridge = 0.1)
  expect_identical(find_raw(fit), find_raw(known))
  expect_identical(average_effects(fit), average_effects(known))
  expect_identical(partial_dependence(fit, "speed"), partial_dependence(known, "speed"))
  expect_no_error(draw(plot(fit)))
})

test_that("the last label of a horizontal axis is not cut off", {
  grDevices::pdf(NULL, 7, 5)
  on.exit(grDevices::dev.off())
  # (The limits may be others than those of the values.)
  open_panel(c(0, 48100), c(0, 1), c("rows learnt", "rows"), "share", x = 1:9)
  last <- graphics::grconvertX(50000, "user", "inches")
  half <- graphics::strwidth("50000", "inches") / 2
  expect_lte(50000, graphics::par("usr")[[2L]]) # it is drawn
  expect_lte(last + half, graphics::par("din")[[1L]])
})
