# A selection by cross-validation: every fold makes a walk of its own.

set.seed(1)
data <- data.frame(x1 = stats::rnorm(400))
data$y <- ifelse(data$x1 + stats::rnorm(400) / 5 > 0, 2 * data$x1, 1 - data$x1) +
  0.3 * stats::rnorm(400)

slow_test("CV is that of walks made by hand on the same folds", {
  set.seed(2)
  selection <- quiet(select_experts(y ~ x1, data, k_max = 3, criterion = "CV"))
  # Folds are drawn after the walk over all rows.
  seen <- new.env()
  with_replaced("settle_folds", function(...) {
    seen$folds <- list(fold = cbind(rep_len(1:4, 400)), group = NULL)
    seen$folds
  }, {
    set.seed(2)
    fixed <- quiet(select_experts(y ~ x1, data, k_max = 3, criterion = "CV"))
  })
  fold <- seen$folds$fold[, 1L]
  by_hand <- rowSums(vapply(1:4, function(i) {
    set.seed(3)
    walk <- quiet(select_experts(
      y ~ x1, data[fold != i, ],
      k_max = 3, background = FALSE
    ))
    vapply(1:3, function(k) {
      fit <- quiet(sgmoe(
        y ~ x1, data[fold != i, ],
        k = k, start = if (k > 1) coef(walk$dendrogram, k),
        ridge = if (k > 1) 0.01 else 0
      ))
      sum(predict(fit, data[fold == i, ], type = "logdensity"))
    }, 0)
  }, numeric(3)))
  # For the third expert walks may differ with their start.
  expect_equal(fixed$path$CV[1:2], -2 * by_hand[1:2], tolerance = 1e-3)
  expect_identical(selection$k, 2)
  expect_identical(selection$criterion, "CV")
  expect_identical(which.min(selection$path$CV), 2L)
  set.seed(2)
  again <- quiet(select_experts(y ~ x1, data, k_max = 3, criterion = "CV"))
  expect_identical(again$path, selection$path)
  expect_match(
    paste(utils::capture.output(print(selection)), collapse = " "), "by CV"
  )
  file <- tempfile(fileext = ".pdf")
  grDevices::pdf(file)
  on.exit({
    grDevices::dev.off()
    unlink(file)
  })
  expect_no_error(plot(selection))
})
