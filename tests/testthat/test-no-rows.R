# Data without rows, and subgroups in which a factor has one value.

no_row_fit <- function(formula, data, ...) {
  set.seed(1)
  quietly(sgmoe(formula, data, k = 2, starts = 1, ridge = 0.1, ...))
}

no_row_cases <- function() {
  counts <- data.frame(x = 1:20, yes = 1:20 %% 5, no = 1:20 %% 3 + 1)
  list(
    one = list(no_row_fit(dist ~ speed, cars), cars),
    two = list(
      no_row_fit(cbind(Sepal.Length, Sepal.Width) ~ Petal.Length, iris), iris
    ),
    counts = list(
      no_row_fit(count ~ spray, InsectSprays, family = "poisson"), InsectSprays
    ),
    classes = list(no_row_fit(Species ~ Petal.Length, iris), iris),
    shares = list(
      no_row_fit(cbind(yes, no) ~ x, counts, family = "multinomial"), counts
    )
  )
}

shape <- function(x) {
  if (is.null(dim(x))) length(x) else dim(x)[-1L]
}

test_that("predictions of no rows are those of some rows, without rows", {
  for (case in no_row_cases()) {
    fit <- case[[1L]]
    some <- case[[2L]][1:3, ]
    none <- case[[2L]][0L, ]
    ask <- function(...) {
      full <- tryCatch(predict(fit, some, ...), error = identity)
      if (inherits(full, "error")) { # not of this family
        return(expect_error(predict(fit, none, ...), class = class(full)[[1L]]))
      }
      empty <- predict(fit, none, ...)
      expect_identical(NROW(empty), 0L)
      expect_identical(class(empty), class(full))
      if (!is.null(dim(full))) {
        expect_identical(dim(empty), replace(dim(full), 1L, 0L))
        expect_identical(dimnames(empty)[-1L], dimnames(full)[-1L])
      }
    }
    for (type in eval(formals(sgmoe:::predict.sgmoe)$type)) ask(type = type)
    ask(interval = "prediction")
    ask(type = "quantile", p = 0.5)
    full <- augment(fit, newdata = some)
    empty <- augment(fit, newdata = none)
    expect_identical(dim(empty), c(0L, ncol(full)))
    expect_identical(names(empty), names(full))
    expect_identical(dim(simulate(fit, 2, newdata = none)), c(0L, 2L))
    full <- score(fit, some, per_row = TRUE)
    empty <- score(fit, none, per_row = TRUE)
    expect_identical(dim(empty), c(0L, ncol(full)))
    expect_identical(names(empty), names(full))
    expect_error(score(fit, none), class = "sgmoe_error_no_rows")
  }
})

test_that("intervals of no rows, by augment()", {
  for (case in no_row_cases()[c("one", "two", "counts")]) {
    full <- augment(case[[1L]], newdata = case[[2L]][1:3, ], interval = "prediction")
    empty <- augment(case[[1L]], newdata = case[[2L]][0L, ], interval = "prediction")
    expect_identical(names(empty), names(full))
    expect_identical(dim(empty), c(0L, ncol(full)))
  }
})

test_that("classes cannot be calibrated on no rows", {
  for (case in no_row_cases()[c("classes", "shares")]) {
    none <- case[[2L]][0L, ]
    expect_error(recalibrate(case[[1L]], none), class = "sgmoe_error_no_rows")
    expect_error(calibration(case[[1L]], none), class = "sgmoe_error_no_rows")
  }
})

test_that("effects in a subgroup are contrasts of the fit's levels", {
  data <- transform(InsectSprays, big = count > 12, text = as.character(spray))
  data$cyl <- rep(c(4, 6, 8), 24)
  data$x <- rep(1:12, 6) / 3
  fit <- no_row_fit(
    count ~ spray + big + text + factor(cyl) + x, data,
    family = "poisson"
  )
  for (own in list(
    data[data$spray == "A" & !data$big & data$cyl == 4, ],
    droplevels(data[data$spray == "B" & data$cyl == 8, ])
  )) {
    for (effects in list(average_effects, gate_effects, expert_effects)) {
      whole <- effects(fit)
      part <- effects(fit, data = own)
      same <- c("covariate", "contrast", "expert", "response")
      expect_identical(part[same], whole[same])
      expect_true(all(is.finite(part$estimate)))
    }
    # By hand: all rows of the subgroup with one spray and the other.
    part <- average_effects(fit, data = own)
    at <- part$covariate == "spray" & part$contrast == "C - A"
    with_spray <- function(name) {
      mean(predict(fit, transform(own, spray = factor(name, levels(data$spray)))))
    }
    expect_equal(part$estimate[at], with_spray("C") - with_spray("A"))
    at <- part$covariate == "cyl" & part$contrast == "8 - 4"
    expect_equal(
      part$estimate[at],
      mean(predict(fit, transform(own, cyl = 8))) -
        mean(predict(fit, transform(own, cyl = 4)))
    )
  }
})

test_that("a bootstrap prints intervals of levels only", {
  fit <- no_row_fit(dist ~ speed, cars)
  drawn <- bootstrap(fit, nsim = 5, seed = 1)
  expect_output(print(drawn, level = 0.5), "75 %")
  for (level in list(2, "a", NA, c(0.5, 0.9))) {
    expect_error(print(drawn, level = level), class = "sgmoe_error_argument")
  }
})
