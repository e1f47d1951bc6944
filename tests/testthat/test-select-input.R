# What select_experts() refuses, what it warns of, and its choices at the edge.

lines_data <- function(n = 300) {
  set.seed(21)
  simulate_moe(
    n, 3,
    p = 1, sigma = 0.4, gate = cbind(c(0, -4), c(1, 0), c(0, 4)),
    mean = cbind(c(3, 2), c(0, -3), c(-3, 2))
  )
}

test_that("a gate without an intercept has no weights to merge by", {
  data <- lines_data()
  expect_error(
    select_experts(y ~ x1, data, gate = ~ 0 + x1),
    class = "sgmoe_error_no_intercept"
  )
  expect_error(
    select_experts(y ~ 0 + x1, data),
    class = "sgmoe_error_no_intercept"
  )
  fit <- sgmoe(y ~ x1, data, 2, gate = ~ 0 + x1, starts = 1)
  expect_error(select_experts(fit), class = "sgmoe_error_no_intercept")
})

test_that("a fit without its data needs them back", {
  data <- lines_data()
  set.seed(1)
  bare <- sgmoe(y ~ x1, data, 4, starts = 1, model = FALSE)
  expect_error(select_experts(bare), class = "sgmoe_error_no_model")
  set.seed(1)
  whole <- sgmoe(y ~ x1, data, 4, starts = 1)
  later <- select_experts(bare, data)
  found <- select_experts(whole)
  expect_identical(later$path, found$path)
  expect_identical(coef(later), coef(found))
  expect_null(later$model)
})

slow_test("arguments that do not belong here are refused by name", {
  data <- lines_data()
  fit <- quietly(sgmoe(y ~ x1, data, 3, starts = 1, max_passes = 5))
  refused <- list(
    method = quote(select_experts(y ~ x1, data, method = "em")),
    epochs = quote(select_experts(y ~ x1, data, epochs = 2)),
    start = quote(select_experts(y ~ x1, data, start = fit)),
    ridgy = quote(select_experts(y ~ x1, data, ridgy = 1)),
    k_max = quote(select_experts(fit, k_max = 5)),
    ridge = quote(select_experts(fit, ridge = 1)),
    criterion = quote(select_experts(y ~ x1, data, criterion = "CIC")),
    refine = quote(select_experts(y ~ x1, data, refine = 1)),
    dissimilarity = quote(select_experts(fit, dissimilarity = "other")),
    standardise = quote(select_experts(fit, standardise = NULL)),
    atom_weight = quote(select_experts(fit, atom_weight = "none")),
    background = quote(select_experts(fit, background = "yes"))
  )
  for (name in names(refused)) {
    expect_error(
      eval(refused[[name]]), paste0("`", name, "`"),
      class = "sgmoe_error_argument"
    )
  }
  expect_error(select_experts(y ~ x1, data, k_max = 0), class = "sgmoe_error_k")
  expect_error(
    select_experts(y ~ x1, data[1:4, ], k_max = 6),
    class = "sgmoe_error_k"
  )
  expect_error(
    select_experts(y ~ nothing, data),
    class = "sgmoe_error_missing_column"
  )
})

test_that("a warning says that more experts may be better", {
  data <- lines_data()
  set.seed(1)
  expect_warning(
    select_experts(y ~ x1, data, k_max = 2),
    class = "sgmoe_warning_largest_k"
  )
  expect_no_largest <- function(...) {
    seen <- FALSE
    withCallingHandlers(
      select_experts(...),
      sgmoe_warning_largest_k = function(condition) seen <<- TRUE
    )
    expect_false(seen)
  }
  expect_no_largest(y ~ x1, data, k = 5)
  # Who did not give k_max is not told to raise it.
  expect_message(
    select_experts(Ozone ~ Solar.R + Wind + Temp, airquality),
    class = "sgmoe_message_largest_k"
  )
  # One expert is no sign of too few where no more were to be had.
  expect_no_largest(y ~ x1, data, k = 1)
})

slow_test("the default number of experts leaves five rows for a parameter", {
  data <- lines_data(1000)
  for (n in c(30, 130, 1000)) {
    # Two coefficients of gate and expert each, and a variance.
    found <- quietly(suppressWarnings(
      select_experts(y ~ x1, data[seq_len(n), ]),
      classes = "sgmoe_warning_largest_k"
    ))
    expect_identical(nrow(found$path), as.integer(min(10, n %/% 25)))
  }
})

test_that("spikes are not chosen, of equals the fewest, and always something", {
  table <- data.frame(
    k = 1:4, HQ = c(5, 3, 3, 1), DSC = c(NA, 2, 4, 3),
    spurious = c(FALSE, FALSE, FALSE, TRUE)
  )
  expect_identical(choose_level(table, "HQ"), 2L)
  expect_identical(choose_level(table, "DSC"), 2L)
  table$spurious <- TRUE
  expect_identical(choose_level(table, "HQ"), 4L)
  expect_identical(choose_level(table[1, ], "HQ"), 1L)
  # DSC is undefined for one expert, and yet one is what there is.
  expect_identical(choose_level(table[1, ], "DSC"), 1L)
  found <- select_experts(y ~ x1, lines_data(), k_max = 1, criterion = "DSC")
  expect_identical(found$k, 1)
})

test_that("an expert on a few rows is not selected", {
  data <- lines_data()
  few <- function(rows, noise) {
    set.seed(5)
    data$y[rows] <- 20 + data$x1[rows] + stats::rnorm(length(rows), sd = noise)
    start <- matrix(0.01, 300, 4)
    own <- attr(data, "truth")$expert
    own[rows] <- 4
    start[cbind(1:300, own)] <- 1
    quietly(sgmoe(y ~ x1, data, 4, start = start, ridge = 0))
  }
  # Four rows on a line, and three that are close to one.
  exact <- few(1:4, 0)
  expect_true(any(exact$floored))
  near <- few(1:3, 0.2)
  expect_false(any(near$floored))
  for (fit in list(exact, near)) {
    found <- quietly(select_experts(fit, criterion = "AIC", background = FALSE))
    expect_true(found$path$spurious[[4]])
    expect_lt(found$k, 4)
    expect_identical(which.min(found$path$AIC), 4L)
  }
})
