# Number of experts and ridge by cross-validation, against fits made by hand on
# the same folds.

set.seed(1)
data <- simulate_moe(240, k = 2, p = 1, gate_scale = 4, sigma = 0.3)
data$w <- rep(c(1, 2, 0.5), 80)
data$fold <- sample(rep_len(1:3, 240))
data$person <- rep(1:40, 6)
data$g <- factor(ifelse(
  data$y + rnorm(240) > 0.3, "p", ifelse(data$x1 + rnorm(240) > 0, "q", "r")
))

# Predictions of each row by a fit of the other folds.
held_out <- function(make, predict_rows, fold = data$fold) {
  value <- numeric(nrow(data))
  for (i in unique(fold)) {
    value[fold == i] <- predict_rows(make(data[fold != i, ]), data[fold == i, ])
  }
  value
}
scores_of <- function(tuned) {
  stats::setNames(tuned$table$score, paste(tuned$table$k, tuned$table$ridge))
}

test_that("the log score of one expert is that of lm(), weights included", {
  tuned <- tune_experts(
    y ~ x1, data,
    k = 1, ridge = 0, folds = data$fold, weights = w
  )
  density <- held_out(
    function(train) stats::lm(y ~ x1, train, weights = w),
    function(fit, test) {
      own <- stats::weights(fit)
      sigma <- sqrt(sum(own * stats::residuals(fit)^2) / sum(own))
      stats::dnorm(test$y, predict(fit, test), sigma, log = TRUE)
    }
  )
  mean <- stats::weighted.mean(density, data$w)
  expect_equal(tuned$table$score, mean, tolerance = 1e-8)
  total <- sum(data$w)
  expect_equal(tuned$table$se, sqrt(
    sum(data$w * (density - mean)^2) / (total - 1) / total
  ), tolerance = 1e-8)
})

slow_test("scores of two experts are those of sgmoe() on the same folds", {
  ridges <- list(0.1, 1, "auto")
  set.seed(2)
  tuned <- tune_experts(y ~ x1, data, k = 2, ridge = ridges, folds = data$fold)
  set.seed(3)
  by_hand <- vapply(ridges, function(ridge) {
    mean(held_out(
      function(train) sgmoe(y ~ x1, train, k = 2, ridge = ridge, starts = 3),
      function(fit, test) predict(fit, test, type = "logdensity")
    ))
  }, 0)
  expect_equal(tuned$table$score, by_hand, tolerance = 1e-4)
  expect_identical(tuned$table$ridge, c("0.1", "1", "auto"))
  expect_identical(tuned$best$score, max(tuned$table$score))
  # The fit is that of all rows with what was chosen.
  fit <- sgmoe(
    y ~ x1, data,
    k = 2, ridge = ridges[[match(tuned$best$ridge, tuned$table$ridge)]]
  )
  expect_equal(logLik(tuned), logLik(fit), tolerance = 1e-6)
})

slow_test("other scores are those of predictions by hand", {
  make <- function(response) {
    function(train) {
      sgmoe(
        stats::reformulate("x1", response), train,
        k = 2, ridge = 0.3, starts = 2
      )
    }
  }
  one <- function(score, response, ...) {
    tune_experts(
      stats::reformulate("x1", response), data,
      k = 2, ridge = 0.3, starts = 2, folds = data$fold, score = score, ...
    )$table
  }
  set.seed(4)
  mean <- held_out(make("y"), function(fit, test) predict(fit, test))
  rmse <- one("rmse", "y")
  square <- (data$y - mean)^2
  expect_equal(rmse$score, sqrt(mean(square)), tolerance = 1e-4)
  expect_equal(
    rmse$se, stats::sd(square) / sqrt(240) / (2 * sqrt(mean(square))),
    tolerance = 1e-3
  )
  # CRPS by its definition, the integral of (F(z) - 1(z >= y))^2.
  crps <- held_out(make("y"), function(fit, test) {
    gate <- predict(fit, test, type = "gate")
    mean <- predict(fit, test, type = "expert")
    sd <- rep(sigma(fit), each = nrow(test))
    grid <- seq(-15, 15, length.out = 6001)
    rowSums(vapply(grid, function(z) {
      below <- rowSums(gate * stats::pnorm(z, mean, sd))
      (below - (z >= test$y))^2
    }, numeric(nrow(test)))) * (grid[[2]] - grid[[1]])
  })
  expect_equal(one("crps", "y")$score, mean(crps), tolerance = 1e-3)
  right <- held_out(make("g"), function(fit, test) {
    predict(fit, test, type = "class") == test$g
  })
  expect_equal(one("accuracy", "g")$score, mean(right), tolerance = 0.01)
  brier <- held_out(make("g"), function(fit, test) {
    observed <- outer(as.character(test$g), levels(test$g), `==`)
    rowSums((observed - predict(fit, test, type = "prob"))^2)
  })
  expect_equal(one("brier", "g")$score, mean(brier), tolerance = 1e-2)
})

test_that("a row of weight two is that row twice", {
  twice <- data[rep(seq_len(240), 1 + (seq_len(240) %% 2)), ]
  data$two <- 1 + (seq_len(240) %% 2)
  weighted <- tune_experts(
    y ~ x1, data,
    k = 1, ridge = c(0, 1), folds = data$fold, weights = two
  )
  repeated <- tune_experts(
    y ~ x1, twice,
    k = 1, ridge = c(0, 1), folds = twice$fold
  )
  expect_equal(weighted$table, repeated$table, tolerance = 1e-8)
})

test_that("every row is held out once a repeat, classes spread, groups together", {
  settle_folds <- getFromNamespace("settle_folds", "sgmoe")
  design <- list(
    y = cbind(rep(0:2, c(10, 21, 9))), raw = 42, used = 2:41,
    blueprint = list(family = "multinomial")
  )
  set.seed(5)
  found <- settle_folds(4, 3, NULL, design)
  expect_identical(dim(found$fold), c(40L, 3L))
  for (i in 1:3) {
    expect_true(all(abs(table(found$fold[, i], design$y) -
      matrix(c(10, 21, 9) / 4, 4, 3, byrow = TRUE)) < 1))
  }
  expect_false(identical(found$fold[, 1], found$fold[, 2]))
  group <- c("left out", rep(letters[1:8], 5), "left out")
  grouped <- settle_folds(4, 2, group, design)
  expect_identical(grouped$group, rep(1:8, 5))
  for (i in 1:2) {
    expect_true(all(rowSums(table(group[2:41], grouped$fold[, i]) > 0) == 1))
    expect_true(all(table(grouped$fold[, i]) == 10))
  }
})

test_that("rows of a group count as one for the standard error", {
  set.seed(6)
  tuned <- tune_experts(
    y ~ x1, data,
    k = 1, ridge = 0, folds = 4, group = person
  )
  set.seed(6)
  again <- tune_experts(
    y ~ x1, data,
    k = 1, ridge = 0, folds = 4, group = data$person
  )
  expect_identical(tuned$table, again$table)
  average_score <- getFromNamespace("average_score", "sgmoe")
  scores <- getFromNamespace("tuning_scores", "sgmoe")
  value <- stats::rnorm(240)
  # Groups of the same size: the error of the mean of their means.
  means <- tapply(value, data$person, mean)
  expect_equal(
    average_score(cbind(value), rep(1, 240), data$person, scores$log),
    c(score = mean(value), se = stats::sd(means) / sqrt(40))
  )
  # Repeats of the same values tell nothing new.
  expect_equal(
    average_score(cbind(value, value), rep(1, 240), NULL, scores$log),
    c(score = mean(value), se = stats::sd(value) / sqrt(240))
  )
})

test_that("results are those of the seed, and the session's numbers go on", {
  run <- function() {
    set.seed(7)
    tuned <- quiet(tune_experts(
      y ~ x1, data,
      k = 1:2, ridge = c(0.1, 1), folds = 2, repeats = 2, starts = 1
    ))
    list(tuned$table, coef(tuned), stats::runif(1))
  }
  expect_identical(run(), run())
})

test_that("work on items does not depend on their order or on workers", {
  map_parallel <- getFromNamespace("map_parallel", "sgmoe")
  work <- function(item) c(item, stats::runif(2), stats::rnorm(1))
  seeds <- 11:16
  set.seed(8)
  before <- .Random.seed
  found <- map_parallel(1:6, work, seeds)
  expect_identical(.Random.seed, before)
  expect_identical(rev(map_parallel(6:1, work, rev(seeds))), found)
  for (i in 1:6) {
    set.seed(seeds[[i]])
    expect_identical(found[[i]], work(i))
  }
  # Another generator of the session changes nothing.
  kind <- RNGkind("L'Ecuyer-CMRG")
  other <- map_parallel(1:6, work, seeds)
  RNGkind(kind[[1L]])
  expect_identical(other, found)
  if (requireNamespace("future.apply", quietly = TRUE)) {
    old <- future::plan("multisession", workers = 2)
    on.exit(future::plan(old))
    set.seed(8)
    expect_identical(map_parallel(1:6, work, seeds), found)
    expect_identical(.Random.seed, before)
  }
})

slow_test("tables are the same with workers", {
  run <- function() {
    set.seed(9)
    quiet(tune_experts(
      y ~ x1, data,
      k = 1:2, ridge = c(0.1, 1), folds = 2, starts = 1
    ))
  }
  alone <- run()
  if (requireNamespace("future.apply", quietly = TRUE)) {
    old <- future::plan("multisession", workers = 2)
    on.exit(future::plan(old))
  }
  beside <- run()
  expect_identical(beside$table, alone$table)
  expect_identical(coef(beside), coef(alone))
})

test_that("the choice is the best, or the simplest within its standard error", {
  choose <- getFromNamespace("choose_candidate", "sgmoe")
  table <- data.frame(
    k = c(1, 1, 2, 2, 3, 3), value = c(0.1, 1, 0.1, 1, 0.1, 1),
    score = c(-3, -3.1, -2, -1.95, -1.9, -2.5), se = 0.2, failed = 0
  )
  expect_identical(choose(table, TRUE, FALSE), 5L)
  expect_identical(choose(table, TRUE, TRUE), 4L)
  expect_identical(choose(table, FALSE, FALSE), 2L)
  # Of equals the simpler.
  table$score <- -2
  expect_identical(choose(table, TRUE, FALSE), 2L)
  table$score[[6]] <- -1
  table$failed <- c(0, 0, 0, 0, 0, 1)
  expect_identical(choose(table, TRUE, FALSE), 2L)
  table$se <- NA_real_
  expect_identical(choose(table, TRUE, TRUE), 2L)
})

test_that("a choice at the edge of the table is said", {
  edges <- function(k, ridge, ridges = c("auto", "0", "0.1", "1", "10")) {
    edges_of_table(list(
      table = expand.grid(k = 1:3, ridge = ridges, stringsAsFactors = FALSE),
      best = list(k = k, ridge = ridge)
    ))
  }
  expect_null(edges(2, "1"))
  expect_null(edges(1, "auto"))
  expect_null(edges(2, "0"))
  expect_identical(edges(3, "auto"), "k")
  expect_identical(edges(3, "10"), c("k", "ridge"))
  expect_identical(edges(2, "0.1"), "ridge")
  expect_null(edges(2, "10", c("auto", "10")))
})

test_that("folds that cannot be fitted are counted, and not chosen", {
  few <- data.frame(
    y = c(1, 2, 3, 1, 2, 3, 1, 2), fold = c(1, 1, 2, 1, 1, 2, 1, 1)
  )
  set.seed(10)
  tuned <- quiet(tune_experts(
    y ~ 1, few,
    k = c(1, 3), ridge = c(0.5, 1), folds = few$fold, starts = 1
  ))
  # Without fold 2 there are two distinct rows, without fold 1 only one.
  expect_identical(tuned$table$failed[tuned$table$k == 3], c(2L, 2L))
  expect_true(all(is.na(tuned$table$score[tuned$table$k == 3])))
  expect_identical(tuned$k, 1)
})

slow_test("ridge = \"cv\" is the same table, and its fit", {
  set.seed(11)
  fit <- sgmoe(y ~ x1, data, k = 2, ridge = "cv")
  set.seed(11)
  tuned <- tune_experts(y ~ x1, data, k = 2)
  expect_identical(fit$tuning$table, tuned$table)
  expect_identical(fit$tuning$best, tuned$best)
  expect_identical(coef(fit), coef(tuned))
  expect_s3_class(fit, "sgmoe", exact = TRUE)
  expect_match(
    paste(utils::capture.output(print(fit)), collapse = " "),
    "cross-validation"
  )
  # One expert has a choice, too.
  one <- quiet(sgmoe(Species ~ ., iris, k = 1, ridge = "cv"))
  expect_identical(one$converged, TRUE)
})

test_that("what a tuned fit answers", {
  set.seed(12)
  tuned <- tune_experts(
    y ~ x1, data,
    k = 1:2, ridge = c(0.1, 1), folds = 2, starts = 1
  )
  expect_s3_class(tuned, c("sgmoe_tuning", "sgmoe"), exact = TRUE)
  printed <- utils::capture.output(print(tuned))
  expect_match(printed[[1L]], "2-fold cross-validation: log score, larger")
  expect_identical(sum(grepl("[*] ", printed)), 1L)
  expect_identical(tidy(tuned), tuned$table)
  plain <- as_sgmoe(tuned)
  expect_s3_class(plain, "sgmoe", exact = TRUE)
  expect_identical(plain$call[[1L]], quote(sgmoe))
  again <- quiet(eval(plain$call))
  expect_equal(logLik(again), logLik(plain), tolerance = 1e-6)
  expect_identical(predict(tuned, data), predict(plain, data))
  expect_s3_class(summary(tuned), "summary.sgmoe")
  expect_identical(update(tuned, k = 1)$k, 1)
  file <- tempfile(fileext = ".pdf")
  grDevices::pdf(file)
  on.exit({
    grDevices::dev.off()
    unlink(file)
  })
  old <- graphics::par("mar", "mgp", "tcl", "las")
  expect_identical(plot(tuned, main = "Scores"), tuned)
  expect_identical(graphics::par("mar", "mgp", "tcl", "las"), old)
})
