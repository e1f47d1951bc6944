# How many experts rows of a source have: as many as the same rows in memory.

same_selection <- function(source, memory) {
  expect_identical(source$path, memory$path)
  expect_identical(source$k, memory$k)
  expect_identical(source$regimes, memory$regimes)
  expect_identical(coef(source), coef(memory))
  expect_identical(source$log_likelihood, memory$log_likelihood)
  expect_identical(source$dendrogram$merge, memory$dendrogram$merge)
  expect_identical(source$dendrogram$height, memory$dendrogram$height)
}

test_that("a selection over a source is that of memory, to the bit", {
  set.seed(1)
  data <- simulate_moe(4000, k = 2, p = 2, gate_scale = 3)
  # Few rows, which are tried all, and more, of which some are.
  for (rows in c(700, 4000)) {
    select <- function(data, ...) {
      set.seed(2)
      quietly(select_experts(y ~ x1 + x2, data, k_max = 4, ...))
    }
    own <- data[seq_len(rows), ]
    memory <- select(own, background = FALSE)
    source <- select(chunks_of(own, 333))
    same_selection(source, memory)
    expect_null(source$background)
    expect_null(source$model)
  }
  expect_length(spill_folders(), 0)
  expect_output(print(source), "of at most 4")
  expect_identical(predict(source, own[1:5, ]), predict(memory, own[1:5, ]))
  class_condition(as_sgmoe(source, k = 3), "error", "no_model")
  expect_s3_class(as_sgmoe(source), "sgmoe")
  parts <- partitions(list(own[1:1500, ], own[1501:4000, ]))
  expect_equal(select(parts)$path, memory$path, tolerance = 1e-6)
})

test_that("classes and merges as published are selected over a source, too", {
  set.seed(1)
  data <- simulate_moe(600, k = 2, p = 2, gate_scale = 3)
  data$class <- cut(data$y, c(-Inf, quantile(data$y, c(0.3, 0.7)), Inf), letters[1:3])
  set.seed(2)
  memory <- quietly(select_experts(class ~ x1, data, k_max = 3))
  set.seed(2)
  same_selection(
    quietly(select_experts(class ~ x1, chunks_of(data, 100), k_max = 3)), memory
  )
  select <- function(data) {
    set.seed(3)
    quietly(select_experts(
      y ~ x1, data,
      k_max = 4, criterion = "DSC", refine = FALSE, standardise = FALSE,
      ridge = 0.1, background = FALSE
    ))
  }
  same_selection(select(chunks_of(data, 100)), select(data))
})

test_that("a search over a source goes on from its checkpoint, to the bit", {
  set.seed(1)
  data <- simulate_moe(900, k = 2, p = 1, gate_scale = 3)
  path <- tempfile(fileext = ".log")
  on.exit(unlink(path))
  select <- function(..., seed = 2) {
    set.seed(seed)
    quietly(select_experts(
      y ~ x1, chunks_of(data, 200),
      k_max = 3, ridge = 0.1, checkpoint = path, ...
    ))
  }
  whole <- select()
  bytes <- readBin(path, "raw", file.size(path))
  writeBin(bytes[seq_len(length(bytes) * 0.6)], path)
  same_selection(select(seed = 5), whole)
  expect_identical(readBin(path, "raw", file.size(path)), bytes)
  class_condition(select(criterion = "BIC"), "error", "checkpoint")
})

test_that("outliers are told of, and what needs all rows is refused", {
  set.seed(1)
  data <- simulate_moe(1500, k = 2, p = 1, gate_scale = 3)
  far <- seq(1, 1500, 20)
  data$y[far] <- data$y[far] + 30 * rt(length(far), 1.5)
  source <- chunks_of(data, 400)
  set.seed(2)
  expect_message(
    suppressWarnings(select_experts(y ~ x1, source, k_max = 5)), "look like outliers",
    class = "sgmoe_message_outliers"
  )
  for (given in list(list(criterion = "CV"), list(background = TRUE))) {
    class_condition(
      do.call(select_experts, c(list(y ~ x1, source, k_max = 3), given)),
      "error", "unsupported"
    )
  }
  fit <- quietly(sgmoe(y ~ x1, data, k = 2, ridge = 0.1, starts = 1))
  class_condition(select_experts(fit, data = source), "error", "unsupported")
})
