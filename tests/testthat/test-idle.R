# An argument that has no effect in the mode that is asked for is refused, so that
# nobody takes a result for what it is not.

idle <- function(code, arguments) {
  error <- expect_error(code, "no effect here", class = "sgmoe_error_argument")
  for (argument in arguments) {
    expect_match(
      conditionMessage(error), paste0("`", argument, "`"),
      fixed = TRUE
    )
  }
}

drawn <- function(code) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  force(code)
}

one_fit <- function(formula = dist ~ speed, data = cars, ...) {
  set.seed(1)
  quietly(sgmoe(formula, data, k = 2, starts = 1, ridge = 0.1, ...))
}

test_that("covariances without scores take no clusters", {
  fit <- one_fit()
  id <- rep(1:10, 5)
  for (type in c("bayes", "observed")) {
    idle(vcov(fit, type, cluster = id), "cluster")
    idle(confint(fit, type = type, cluster = id), "cluster")
  }
  idle(vcov(fit, cluster = id), "cluster")
  idle(confint(fit, cluster = id), "cluster")
  for (type in c("opg", "sandwich")) {
    expect_false(isTRUE(all.equal(vcov(fit, type, cluster = id), vcov(fit, type))))
  }
  idle(
    confint(fit, 1, method = "profile", cluster = "junk", type = "zz"),
    c("cluster", "type")
  )
  idle(confint(fit, 1, method = "bootstrap", cluster = id, nsim = 3), "cluster")
  expect_error(
    confint(fit, 1, method = "bootstrap", type = "zz", nsim = 3),
    class = "sgmoe_error_argument"
  )
})

test_that("predictions and scores", {
  fit <- one_fit()
  idle(predict(fit, cars, level = 0.8), "level")
  idle(predict(fit, na.action = na.omit), "na.action")
  idle(augment(fit, conf.level = 0.8), "conf.level")
  idle(augment(fit, cars, newdata = cars), "data")
  idle(score(fit, draws = 10, seed = 2), c("draws", "seed"))
  idle(score(fit, weights = rep(1, 50)), "weights")
  # Packages that tidy models of all kinds give both.
  expect_identical(tidy(fit, conf.int = FALSE, conf.level = 0.9), tidy(fit))
  expect_error(
    tidy(fit, conf.int = FALSE, conf.level = 2),
    class = "sgmoe_error_argument"
  )
  expect_error(relabel(fit, 2:1, back = TRUE), "`back`", class = "sgmoe_error_argument")
  classes <- one_fit(Species ~ Sepal.Width, iris)
  idle(score(classes, iris, p = 0.5), "p")
  idle(score(classes, iris, draws = 10), "draws")
  idle(calibration(classes, weights = rep(1, 150)), "weights")
  expect_error(
    calibration(classes, iris, bin = 3, other = 1), "`other`",
    class = "sgmoe_error_argument"
  )
  probability <- predict(classes, type = "prob")
  expect_error(
    calibration(probability, iris$Species, bin = 3, other = 1), "`other`",
    class = "sgmoe_error_argument"
  )
})

test_that("a stream's methods refuse what those of its fit refuse", {
  set.seed(1)
  stream <- quietly(sgmoe_stream(
    dist ~ speed, cars,
    k = 2, starts = 1, ridge = 0.1
  ))
  idle(predict(stream, cars, level = 0.8), "level")
  idle(augment(stream, cars, conf.level = 0.8), "conf.level")
  idle(score(stream, cars, seed = 2), "seed")
})

test_that("effects and simulated data", {
  fit <- one_fit(count ~ spray, InsectSprays, family = "poisson")
  idle(partial_dependence(fit, "spray", points = 5), "points")
  expect_error(
    drawn(plot(average_effects(fit), col = 2:3)), "of no expert",
    class = "sgmoe_error_argument"
  )
  expect_error(
    drawn(plot(gate_effects(fit), ylim = 0:1)), "`ylim`",
    class = "sgmoe_error_argument"
  )
  x <- data.frame(a = 1:10)
  idle(simulate_moe(10, 2, p = 1, covariates = x), "p")
  idle(simulate_moe(10, 2, p = 1, gate = diag(2), gate_scale = 2), "gate_scale")
  idle(simulate_moe(10, 2, p = 1, mean = diag(2), mean_scale = 2), "mean_scale")
})

test_that("pictures", {
  fit <- one_fit()
  idle(drawn(plot(fit, level = 0.8)), "level")
  idle(
    drawn(plot(fit, which = "gate", interval = "prediction", main = "a")),
    c("interval", "main")
  )
  idle(
    drawn(plot(fit, which = "trace", covariate = "speed", data = cars, col = 1:2)),
    c("covariate", "data", "col")
  )
  idle(drawn(plot(fit, which = "residuals", xlab = "a")), "xlab")
  drawn(plot(fit, which = "residuals", response = 1, data = cars))
  drawn(plot(fit, which = "gate", response = 1, xlab = "a", col = 1:2))
  classes <- one_fit(Species ~ Sepal.Width, iris)
  idle(drawn(plot(classes, which = "residuals", response = 2)), "response")
  selection <- quietly(select_experts(dist ~ speed, cars, k_max = 3, ridge = 1))
  idle(drawn(plot(selection, which = "tree", criteria = "HQ")), "criteria")
  idle(drawn(plot(selection, which = "criteria", main = "a")), "main")
  expect_error(
    drawn(plot(selection, xlab = "a")), "`xlab`",
    class = "sgmoe_error_argument"
  )
  set.seed(1)
  stream <- quietly(sgmoe_stream(
    dist ~ speed, cars,
    k = 2, starts = 1, ridge = 0.1, minibatch = 10
  ))
  stream <- quietly(update(stream, cars))
  idle(drawn(plot(stream, which = "step", col = 1:2)), "col")
  expect_error(
    drawn(plot(stream, main = "a")), "`main`",
    class = "sgmoe_error_argument"
  )
  drawn(plot(stream, which = "experts", col = 1:2, cex = 1.2))
})
