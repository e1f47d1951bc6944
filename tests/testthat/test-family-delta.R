# Standard errors of predictions, of every family.

# Predictions as a function of the user's coefficients
predictions_of <- function(fit, data, type) {
  problem <- fitted_problem(fit)
  function(coefficients) {
    fit <- with_parameters(fit, start_from_coefficients(coefficients, problem))
    as.vector(predict(fit, data, type = type))
  }
}

test_families("derivatives of predictions are those of predict()", function(case) {
  for (fit in inference_fits(case)[c("plain", "both")]) {
    design <- fitted_design(fit)
    rows <- evaluate_rows(fit, design, c("gate", "expert"))
    columns <- gradient_columns(fit$spec, design)
    jacobian <- user_jacobian(fit$spec, fit$parameters)
    some <- 1:15
    for (type in c("response", "gate", "expert")) {
      of <- delta_types[[type]]
      owners <- prediction_owners(fit$spec, of)
      each <- lapply(seq_len(nrow(owners)), function(i) {
        channels <- prediction_channels(
          fit$spec, rows, of, owners$expert[[i]], owners$response[[i]]
        )
        gradient <- row_gradients(fit$spec, columns, channels)
        weights <- seq_len(nrow(gradient))
        expect_equal(
          summed_gradient(
            fit$spec, lapply(columns, function(own) list(columns = own)),
            channels, weights
          ),
          rbind(unname(colSums(weights * gradient))),
          tolerance = 1e-10
        )
        gradient[some, ] %*% solve(jacobian)
      })
      numeric <- numDeriv::jacobian(
        predictions_of(fit, fit$model[some, ], type), coef(fit)
      )
      expect_lt(
        max(abs(do.call(rbind, each) - numeric)), 1e-7 * max(abs(numeric))
      )
      # So standard errors are g' V g with the covariance of vcov().
      found <- predict(fit, fit$model[some, ], type = type, se.fit = TRUE)
      expect_equal(found$fit, predict(fit, fit$model[some, ], type = type))
      expect_identical(dim(found$se.fit), dim(found$fit))
      expect_identical(dimnames(found$se.fit), dimnames(found$fit))
      for (vcov in list("bayes", "sandwich")) {
        expect_equal(
          as.vector(predict(
            fit, fit$model[some, ],
            type = type, se.fit = TRUE, vcov = vcov
          )$se.fit),
          sqrt(rowSums((numeric %*% vcov(fit, vcov)) * numeric)),
          tolerance = 1e-5
        )
      }
      expect_equal(
        predict(fit, fit$model[some, ], type = type, se.fit = TRUE, vcov = vcov(fit)),
        found,
        tolerance = 1e-6
      )
    }
  }
})

test_families("confidence intervals lie about the predictions, in their range", function(case) {
  fit <- inference_fits(case)$both
  data <- fit$model[1:20, ]
  for (type in c("response", "gate", "expert")) {
    value <- predict(fit, data, type = type)
    found <- predict(fit, data, type = type, interval = "confidence", level = 0.9)
    n <- length(value)
    limits <- matrix(found, n)
    expect_identical(dim(found), c(if (is.null(dim(value))) n else dim(value), 3L))
    expect_identical(dimnames(found)[[length(dim(found))]], c("fit", "lwr", "upr"))
    expect_equal(limits[, 1], as.vector(value))
    expect_true(all(limits[, 2] < limits[, 1] & limits[, 1] < limits[, 3]))
    if (type == "gate") expect_true(all(limits > 0 & limits < 1))
    wider <- predict(fit, data, type = type, interval = "confidence")
    expect_true(all(matrix(wider, n)[, 3] > limits[, 3]))
    both <- predict(
      fit, data,
      type = type, interval = "confidence", level = 0.9, se.fit = TRUE
    )
    expect_identical(names(both), c("fit", "se.fit", "df"))
    expect_identical(both$fit, found)
    # Close to the estimate, all scales are the same.
    tight <- predict(fit, data, type = type, interval = "confidence", level = 1e-4)
    half <- (matrix(tight, n)[, 3] - matrix(tight, n)[, 2]) / 2
    expect_equal(half, as.vector(both$se.fit) * qnorm(0.50005), tolerance = 1e-3)
  }
  columns <- augment(
    fit,
    newdata = data, interval = "confidence", conf.level = 0.9, se_fit = TRUE
  )
  found <- predict(
    fit, data,
    interval = "confidence", level = 0.9, se.fit = TRUE
  )
  at <- function(start) as.matrix(columns[startsWith(names(columns), start)])
  q <- length(fit$responses)
  expect_identical(ncol(at(".se.fit")), q)
  expect_equal(as.vector(at(".se.fit")), as.vector(found$se.fit))
  expect_equal(as.vector(at(".lower")), matrix(found$fit, 20 * q)[, 2])
  expect_equal(as.vector(at(".upper")), matrix(found$fit, 20 * q)[, 3])
})
