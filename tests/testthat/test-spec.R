# What a model is, and that every object holds the same.

test_that("a spec has the columns of the designs, used ones without aliased", {
  set.seed(1)
  data <- random_data(50)
  for (gate in list(NULL, ~ x1 + f, ~v)) {
    problem <- quietly(make_problem(y1 ~ x1 + I(2 * x1) + f, data, 2, gate))
    design <- problem$design
    spec <- problem$spec
    expect_identical(spec$columns$expert, colnames(design$z))
    expect_identical(spec$columns$gate, colnames(design$x))
    expect_identical(spec$same, is.null(gate))
    expect_identical(
      setdiff(spec$columns$expert, used_columns(spec, "expert")), "I(2 * x1)"
    )
    expect_identical(
      ncol(problem$data$gate$values), n_columns(spec, "gate")
    )
  }
})

test_that("number of parameters: what coef() has, aliased ones aside", {
  set.seed(2)
  data <- random_data(80, 2)
  data$g <- factor(sample(c("a", "b", "c"), 80, TRUE))
  fits <- list(
    quietly(sgmoe(y1 ~ x1 + I(2 * x1), data, k = 2, starts = 1, ridge = 0)),
    quietly(sgmoe(cbind(y1, y2) ~ x1, data,
      k = 3, shared = TRUE, starts = 1,
      ridge = 0
    )),
    quietly(sgmoe(g ~ x1 + f, data, k = 2, ridge = 1, starts = 1))
  )
  for (fit in fits) {
    expect_equal(count_parameters(fit$spec), sum(!is.na(coef(fit))))
    for (k in 1:4) {
      other <- with_experts(fit$spec, k)
      expect_equal(other$k, k)
      expect_identical(other[-2], fit$spec[-2])
      expect_length(
        unlist(spec_labels(other)),
        count_parameters(other) +
          sum(other$aliased$gate) * (k - 1) + sum(other$aliased$expert) * k
      )
    }
    expect_identical(with_experts(fit, 4)$spec, with_experts(fit$spec, 4))
  }
})

test_that("fit, stream, tree and levels hold one spec", {
  data <- stream_rows(600)
  stream <- begin(list(y ~ x1 + x2), data[1:300, ])
  fit <- as_sgmoe(stream)
  expect_identical(fit$spec, stream$spec)
  tree <- expert_dendrogram(fit)
  expect_identical(tree$spec, fit$spec)
  set.seed(1)
  batch <- quietly(sgmoe(y ~ x1 + x2, data, k = 2, starts = 1, ridge = 0))
  for (field in c(
    "k", "family", "covariance", "shared", "responses", "basis"
  )) {
    expect_identical(batch[[field]], batch$spec[[field]])
  }
  # All ways to a fit give the same fields.
  expect_named(fit, names(batch))
})

test_that("parts that do not fit each other are no spec", {
  fit <- sgmoe(dist ~ speed, cars, k = 1)
  bad <- fit$spec
  bad$aliased$gate <- c(FALSE, TRUE)
  expect_error(check_spec(bad))
  bad <- fit$spec
  bad$responses <- c("a", "b")
  expect_error(check_spec(bad))
  expect_identical(check_spec(fit$spec), fit$spec)
})
