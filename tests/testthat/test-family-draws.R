# Responses drawn from fits of any family.

test_families("drawn responses have the fitted distribution", function(case) {
  set.seed(59)
  data <- case$rows(120)
  for (arguments in case$predicted) {
    fit <- do.call(
      predicted, c(list(case, data = data), arguments),
      quote = TRUE
    )
    q <- length(fit$responses)
    drawn <- simulate(fit, 400, seed = 1)
    expect_identical(dim(drawn), c(120L, 400L))
    # Each draw in the form of the response, and its mean that of the mixture
    sums <- Reduce(`+`, lapply(drawn, function(value) {
      used <- data
      left <- deparse1(fit$blueprint$response_call)
      if (is.matrix(value) && has_part(fit, "classify")) {
        return(value / rowSums(value))
      }
      if (is.factor(value)) {
        expect_identical(levels(value), fit$responses)
        return(diag(q)[as.integer(value), ])
      }
      as.matrix(value)
    }))
    mean <- matrix(predict(fit), 120)
    spread <- if (has_part(fit, "distribution")) {
      matrix(predict(fit, type = "variance"), 120)
    } else {
      mean * (1 - mean) # or less, for shares of counts
    }
    error <- (unname(sums) / 400 - mean) / sqrt(spread / 400 + 1e-8)
    expect_lt(max(abs(error)), 5.5)
    expect_lt(mean(error^2), 1.3)
  }
})

test_families("the seed is kept as simulate() of lm() keeps it", function(case) {
  set.seed(60)
  data <- case$rows(60)
  fit <- predicted(case, y ~ x1, data = data)
  set.seed(5)
  first <- simulate(fit, 2)
  after <- .Random.seed
  set.seed(5)
  state <- .Random.seed
  expect_identical(attr(first, "seed"), state)
  expect_identical(simulate(fit, 2), first)
  expect_identical(.Random.seed, after)
  set.seed(9)
  before <- .Random.seed
  drawn <- simulate(fit, 3, seed = 5)
  expect_identical(.Random.seed, before)
  expect_identical(drawn[1:2], first[1:2], ignore_attr = TRUE)
  model <- stats::lm(dist ~ speed, cars)
  expect_identical(
    attributes(attr(drawn, "seed")),
    attributes(attr(stats::simulate(model, 3, seed = 5), "seed"))
  )
  expect_named(drawn, names(stats::simulate(model, 3)))
})

test_families("draws of new rows, and of rows with NA", function(case) {
  set.seed(61)
  data <- case$rows(60)
  rownames(data) <- paste0("r", 1:60)
  fit <- predicted(case, y ~ x1, data = data)
  new <- data["x1"]
  new$x1[[3]] <- NA
  drawn <- simulate(fit, 2, seed = 1, newdata = new)
  expect_identical(which(is.na(drawn$sim_1)), 3L)
  expect_identical(rownames(drawn), rownames(data))
  data$x1[[4]] <- NA
  excluded <- predicted(
    case, y ~ x1,
    data = data, na.action = na.exclude, start = random_posterior(59, 2)
  )
  drawn <- simulate(excluded, 2, seed = 1)
  expect_identical(nrow(drawn), 60L)
  expect_identical(which(is.na(drawn$sim_2)), 4L)
  class_condition(simulate(fit, 0), "error", "argument")
  class_condition(simulate(fit, seed = "a"), "error", "argument")
})

test_that("counts of classes keep their totals, from one expert a row", {
  set.seed(1)
  data <- class_data(150)
  data$m[] <- as.vector(stats::rmultinom(150, 30, c(1, 1, 1)))
  fit <- quietly(sgmoe(m ~ x1, data,
    k = 2, start = random_posterior(150, 2), ridge = 0.1,
    family = "multinomial", max_passes = 5
  ))
  drawn <- simulate(fit, 50, seed = 1)
  for (value in drawn) {
    expect_identical(rowSums(value), rowSums(data$m))
    expect_true(all(value == round(value) & value >= 0))
  }
  # Half an observation cannot be drawn.
  half <- data[1:3, ]
  half$m[2, 1] <- half$m[2, 1] + 0.5
  expect_no_warning(drawn <- simulate(fit, 1, newdata = half))
  expect_identical(which(is.na(drawn$sim_1[, 1])), 2L)
  # Given new rows, these give the totals.
  data$m <- 2 * data$m
  drawn <- simulate(fit, 1, newdata = data)
  expect_equal(rowSums(drawn$sim_1), unname(rowSums(data$m)))
})

test_families("ranks among draws are the distribution function, as DHARMa takes them", function(case) {
  if (is.null(case$distribution)) {
    return(expect_null(families[[case$name]]$distribution))
  }
  set.seed(62)
  data <- case$rows(100)
  fit <- predicted(case, y ~ x1, data = data)
  # What its simulateResiduals() asks for; it is not needed for that.
  drawn <- data.matrix(simulate(fit, 1000, seed = 1))
  y <- model.frame(fit)[, 1L]
  expect_identical(getFitted.sgmoe(fit), fitted(fit))
  expect_identical(dim(drawn), c(100L, 1000L))
  below <- rowMeans(drawn <= y)
  expect_lt(
    max(abs(below - predict(fit, type = "cdf"))), 4.5 * sqrt(0.25 / 1000)
  )
})

test_that("classes go to DHARMa as it numbers them", {
  data <- methods_data(200)
  data$two <- factor(ifelse(data$y > 0, "b", "a"))
  data$three <- cut(data$y, 3, labels = c("low", "mid", "high"), ordered_result = TRUE)
  fits <- lapply(list(two ~ x, three ~ x), quick_fit, data, k = 2, ridge = 1)
  for (fit in fits) {
    set.seed(1)
    drawn <- getSimulations.sgmoe(fit, 500)
    observed <- as.integer(model.frame(fit)[[1]]) - 1
    expect_equal(range(drawn), range(observed))
    probability <- predict(fit, data, type = "prob")
    at_most <- t(apply(probability, 1, cumsum))[cbind(seq_len(200), observed + 1)]
    expect_lt(max(abs(rowMeans(drawn <= observed) - at_most)), 4.5 * sqrt(0.25 / 500))
  }
  fit <- quick_fit(factor(three, ordered = FALSE) ~ x, data, k = 2, ridge = 1)
  class_condition(getSimulations.sgmoe(fit, 2), "error", "unsupported")
  works <- requireNamespace("DHARMa", quietly = TRUE)
  residuals <- if (works) {
    suppressWarnings(DHARMa::simulateResiduals(fits[[1]]))$scaledResiduals
  } else {
    (1:200) / 201
  }
  expect_gt(stats::ks.test(residuals, "punif")$p.value, 1e-3)
})
