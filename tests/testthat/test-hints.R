# What errors say: the same of the same mistake wherever it is made, and only what
# helps there.

hint_fit <- function(formula = dist ~ speed, data = cars, ...) {
  set.seed(1)
  quietly(sgmoe(formula, data, k = 2, starts = 1, ridge = 0.1, ...))
}

fit_with <- function(...) sgmoe(dist ~ speed, cars, k = 2, ...)

message_of <- function(code, class = "argument") {
  error <- expect_error(code, class = paste0("sgmoe_error_", class))
  gsub("\\s+", " ", conditionMessage(error))
}

test_that("a level is one number between 0 and 1 everywhere", {
  fit <- hint_fit()
  drawn <- bootstrap(fit, nsim = 4, seed = 1)
  asks <- list(
    level = function(level) confint(fit, level = level),
    level = function(level) confint(drawn, level = level),
    level = function(level) print(drawn, level = level),
    level = function(level) predict(fit, interval = "prediction", level = level),
    level = function(level) {
      grDevices::pdf(NULL)
      on.exit(grDevices::dev.off())
      plot(fit, interval = "prediction", level = level)
    },
    conf.level = function(level) tidy(fit, conf.int = TRUE, conf.level = level),
    conf.level = function(level) {
      augment(fit, interval = "prediction", conf.level = level)
    }
  )
  wrong <- list(
    "It is 0\\." = 0, "It is 1\\." = 1, "It is NA\\." = NA,
    "It is \"a\"\\." = "a", "one level after another" = c(0.5, 0.9),
    "write 0.95" = 95, "type NULL" = NULL
  )
  for (i in seq_along(asks)) {
    for (said in names(wrong)) {
      message <- message_of(asks[[i]](wrong[[said]]))
      expect_match(message, paste0(
        "^`", names(asks)[[i]], "` must be one number between 0 and 1"
      ))
      expect_match(message, said)
    }
  }
})

test_that("a ridge may be a word, and which is said", {
  both <- "number of at least 0, \"auto\" or \"cv\""
  expect_match(message_of(fit_with(ridge = "xx"), "control"), both)
  expect_match(message_of(sgmoe_control(ridge = -1), "control"), both)
  for (ask in list(
    function(...) fit_with(..., method = "incremental"),
    function(...) sgmoe_stream(dist ~ speed, cars, k = 2, ...),
    function(...) stream_control(...)
  )) {
    expect_match(message_of(ask(ridge = "cv"), "control"), "tune_experts")
    message <- message_of(ask(ridge = "xx"), "control")
    expect_match(message, "number of at least 0 or \"auto\"")
    expect_false(grepl("cv", message))
  }
})

test_that("who has no data says what to do there", {
  fit <- hint_fit(model = FALSE)
  takes <- "`newdata`, or fit again with `model = TRUE`"
  for (ask in list(predict, score, simulate, augment)) {
    expect_match(message_of(ask(fit), "no_model"), takes)
  }
  expect_match(message_of(average_effects(fit), "no_model"), "`data`, or fit again")
  for (ask in list(residuals, weights, model.frame, conformal_scores)) {
    message <- message_of(ask(fit), "no_model")
    expect_match(message, "Fit again with `model = TRUE`")
    expect_false(grepl("newdata|predict", message))
  }
})

test_that("hints at types are for predict()", {
  fit <- hint_fit()
  classes <- hint_fit(Species ~ Sepal.Width, iris)
  expect_match(message_of(predict(fit, type = "prob"), "unsupported"), "type =")
  expect_match(
    message_of(predict(classes, type = "quantile"), "unsupported"), "type ="
  )
  for (ask in list(
    function() recalibrate(fit, cars), function() calibration(fit, cars),
    function() tune_experts(dist ~ speed, cars, score = "brier"),
    function() tune_experts(Species ~ Sepal.Width, iris, score = "crps"),
    function() conformal_scores(classes), function() sigma(classes),
    function() augment(classes, interval = "prediction")
  )) {
    message <- message_of(ask(), "unsupported")
    expect_false(grepl("type =|`shared`", message))
  }
  expect_match(
    message_of(fit_with(shared = NA)), "`shared`"
  )
  expect_match(message_of(
    sgmoe(Species ~ Sepal.Width, iris, k = 2, shared = TRUE), "unsupported"
  ), "`shared` out")
})
