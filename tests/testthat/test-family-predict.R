# Predictions of fits of any family: that they are what the formulas say, and
# their shapes (helper-families.R).

types_of <- function(fit) {
  c(
    "response", "gate", "expert", "posterior", "logdensity", "density",
    if (has_part(fit, "classify")) c("prob", "class"),
    if (has_part(fit, "distribution")) c("quantile", "cdf", "variance")
  )
}

about_response <- function(type) {
  type %in% c("posterior", "logdensity", "density", "cdf")
}

# Rows of a vector, a factor, a matrix or an array
take_rows <- function(value, rows) {
  switch(length(dim(value)) + 1L,
    value[rows],
    NULL,
    value[rows, , drop = FALSE],
    value[rows, , , drop = FALSE]
  )
}

test_families("every type is what its formula says, from coef() alone", function(case) {
  set.seed(51)
  data <- case$rows(250)
  for (arguments in case$predicted) {
    fit <- do.call(
      predicted, c(list(case, data = data), arguments),
      quote = TRUE
    )
    k <- fit$k
    q <- length(fit$responses)
    hand <- predictions_by_hand(case, fit, data, arguments)
    joint <- hand$gate * exp(hand$log_density)
    n <- nrow(data)
    expect_equal(
      unname(predict(fit, data, type = "gate")), hand$gate,
      tolerance = 1e-9
    )
    expert <- predict(fit, data, type = "expert")
    expect_equal(array(expert, c(n, q, k)), hand$expert, tolerance = 1e-9)
    response <- Reduce(`+`, lapply(seq_len(k), function(i) {
      hand$gate[, i] * matrix(hand$expert[, , i], n)
    }))
    expect_equal(
      matrix(predict(fit, data), n), response,
      tolerance = 1e-9
    )
    posterior <- predict(fit, data, type = "posterior")
    expect_equal(unname(posterior), joint / rowSums(joint), tolerance = 1e-9)
    expect_equal(unname(rowSums(posterior)), rep(1, n), tolerance = 1e-14)
    gate <- predict(fit, data, type = "gate")
    expect_equal(unname(rowSums(gate)), rep(1, n), tolerance = 1e-14)
    log_density <- predict(fit, data, type = "logdensity")
    expect_equal(
      unname(log_density), log(rowSums(joint)),
      tolerance = 1e-9
    )
    weights <- if (is.null(arguments$weights)) 1 else data$w
    expect_equal(
      sum(weights * log_density), c(logLik(fit)),
      tolerance = 1e-10
    )
    if (has_part(fit, "classify")) {
      expect_equal(
        unname(apply(expert, c(1, 3), sum)), matrix(1, n, k),
        tolerance = 1e-14
      )
      expect_identical(predict(fit, data, type = "prob"), predict(fit, data))
      expect_equal(
        unname(predict(fit, data, type = "class")),
        factor(fit$responses[max.col(response, "first")], fit$responses)
      )
    }
    # Rows alone, or in another order, have the same predictions.
    for (type in types_of(fit)) {
      whole <- predict(fit, data, type = type)
      expect_false(anyNA(whole))
      for (rows in list(7L, c(7, 3, 9))) {
        expect_equal(
          predict(fit, data[rows, ], type = type), take_rows(whole, rows),
          tolerance = 1e-14
        )
      }
    }
  }
})

test_families("without newdata the data of the fit are used", slow = TRUE, function(case) {
  set.seed(52)
  data <- case$rows(120)
  used <- data$v > 0.2
  for (left in case$responses) {
    formula <- stats::reformulate(c("x1", "f"), left)
    start <- random_posterior(sum(used), 2)
    fit_of <- function(...) {
      quietly(call_sgmoe(data, list(
        formula,
        k = 2, family = case$name, ridge = 0.1, subset = quote(v > 0.2),
        start = start, max_passes = 10, ...
      )))
    }
    fit <- fit_of()
    for (type in types_of(fit)) {
      expect_equal(
        predict(fit, type = type), predict(fit, data[used, ], type = type)
      )
    }
    expect_identical(fitted(fit), predict(fit))
    bare <- fit_of(model = FALSE)
    expect_equal(predict(bare, data), predict(fit, data))
    expect_match(
      class_condition(predict(bare), "error", "no_model"), "newdata"
    )
  }
})

test_families("dimensions are never dropped", slow = TRUE, function(case) {
  set.seed(53)
  data <- case$rows(120)
  for (left in case$responses) {
    for (right in c("x1", "1")) {
      for (k in 1:2) {
        fit <- predicted(
          case, stats::reformulate(right, left),
          k = k, data = data
        )
        q <- length(fit$responses)
        for (rows in list(integer(), 1L, 4:5)) {
          n <- length(rows)
          new <- data[rows, ]
          names <- if (n) as.character(rows)
          experts <- paste0("expert", seq_len(k))
          for (type in c("gate", "posterior")) {
            value <- predict(fit, new, type = type)
            expect_identical(dim(value), c(n, k))
            expect_identical(dimnames(value), list(names, experts))
          }
          # One response is no dimension.
          value <- predict(fit, new)
          expert <- predict(fit, new, type = "expert")
          if (q == 1) {
            expect_null(dim(value))
            expect_length(value, n)
            if (n) expect_named(value, names)
            expect_identical(dim(expert), c(n, k))
            expect_identical(dimnames(expert), list(names, experts))
          } else {
            expect_identical(dim(value), c(n, q))
            expect_identical(dimnames(value), list(names, fit$responses))
            expect_identical(dim(expert), c(n, q, k))
            expect_identical(
              dimnames(expert), list(names, fit$responses, experts)
            )
          }
          value <- predict(fit, new, type = "logdensity")
          expect_null(dim(value))
          expect_length(value, n)
          if (n) expect_named(value, names)
          if (has_part(fit, "classify")) {
            class <- predict(fit, new, type = "class")
            expect_s3_class(class, "factor")
            expect_length(class, n)
            expect_identical(levels(class), fit$responses)
            expect_identical(
              dim(predict(fit, new, type = "prob")), c(n, q)
            )
          }
        }
      }
    }
  }
})

test_families("NA in newdata gives NA where it is needed, or goes", function(case) {
  set.seed(54)
  data <- case$rows(120)
  fit <- predicted(case, gate = ~v, data = data)
  new <- data[1:6, ]
  new$x1[[2]] <- NA
  new$v[[3]] <- NA
  new$f[[4]] <- NA
  new$y[[5]] <- NA
  for (type in types_of(fit)) {
    whole <- predict(fit, data[1:6, ], type = type)
    found <- predict(fit, new, type = type)
    # Part of the answer could be known: a row is used as a whole.
    absent <- c(FALSE, TRUE, TRUE, TRUE, about_response(type), FALSE)
    expect_identical(dim(found), dim(whole))
    expect_identical(
      which(is.na(as.vector(found))), which(rep(absent, length(found) / 6))
    )
    expect_equal(
      found[!is.na(found)], whole[!is.na(found)],
      ignore_attr = TRUE
    )
    kept <- predict(fit, new, type = type, na.action = na.omit)
    expect_identical(NROW(kept), sum(!absent))
    expect_false(anyNA(kept))
    excluded <- predict(fit, new, type = type, na.action = na.exclude)
    expect_identical(is.na(excluded), is.na(found), ignore_attr = TRUE)
  }
  expect_match(
    class_condition(
      predict(fit, new, na.action = na.fail), "error", "missing_values"
    ), "`x1` \\(1 row\\)"
  )
})

test_families("na.exclude pads vectors, matrices and arrays, in order", slow = TRUE, function(case) {
  set.seed(55)
  data <- case$rows(120)
  rownames(data) <- paste0("r", seq_len(120))
  data$x1[c(1, 5)] <- NA
  lost <- c(1L, 5L, 9L)
  start <- random_posterior(117, 2)
  for (left in case$responses) {
    used <- data
    for (name in all.vars(str2lang(left))) {
      used[9, name] <- NA
    }
    fit <- function(action) {
      quietly(call_sgmoe(used, list(
        stats::reformulate("x1", left),
        k = 2, gate = ~v, family = case$name, ridge = 0.1, start = start,
        max_passes = 10, na.action = action
      )))
    }
    excluded <- fit(na.exclude)
    omitted <- fit(na.omit)
    expect_identical(coef(omitted), coef(excluded))
    expect_identical(nobs(excluded), 117L)
    for (type in types_of(excluded)) {
      padded <- predict(excluded, type = type)
      kept <- predict(omitted, type = type)
      expect_identical(NROW(kept), 117L)
      expect_identical(NROW(padded), 120L)
      expect_true(all(is.na(take_rows(padded, lost))))
      expect_equal(take_rows(padded, -lost), kept, ignore_attr = TRUE)
      names <- if (is.null(dim(padded))) names(padded) else rownames(padded)
      expect_identical(names, rownames(data))
    }
    for (type in residual_types(excluded)) {
      long <- as.matrix(residuals(excluded, type))
      expect_identical(nrow(long), 120L)
      expect_identical(which(is.na(long[, 1])), lost, ignore_attr = TRUE)
    }
    expect_identical(NROW(fitted(excluded)), 120L)
  }
})

test_families("the most probable expert, by gate or by posterior", function(case) {
  set.seed(56)
  data <- case$rows(150)
  data$x1[4] <- NA
  fit <- predicted(
    case, y ~ x1 + x2,
    k = 3, na.action = na.exclude, data = data,
    start = random_posterior(149, 3)
  )
  for (by in c("gate", "posterior")) {
    share <- predict(fit, type = by)
    expert <- predict(fit, type = paste0("expert_", by))
    expect_identical(levels(expert), paste0("expert", 1:3))
    expect_identical(names(expert), rownames(share))
    expect_identical(which(is.na(expert)), c(`4` = 4L))
    expect_identical(as.integer(expert)[-4], max.col(share[-4, ], "first"))
    expect_match(
      class_condition(predict(fit, type = "cluster"), "error", "argument"),
      paste0("expert_", by)
    )
  }
  expect_false(identical(
    predict(fit, type = "expert_gate"), predict(fit, type = "expert_posterior")
  ))
  # Only the posterior needs the response.
  new <- data[c("x1", "x2")]
  expect_s3_class(predict(fit, new, type = "expert_gate"), "factor")
  class_condition(
    predict(fit, new, type = "expert_posterior"), "error", "missing_column"
  )
  expect_length(predict(fit, data[0, ], type = "expert_gate"), 0)
})

test_families("relabelled experts predict the same in another order", function(case) {
  set.seed(57)
  data <- case$rows(150)
  fit <- predicted(case, k = 3, data = data)
  for (order in list(c(3, 1, 2), 3:1)) {
    moved <- relabel(fit, order)
    for (type in types_of(fit)) {
      value <- predict(fit, data, type = type)
      expected <- if (type %in% c("gate", "posterior")) {
        value[, order]
      } else if (type == "expert") {
        if (is.matrix(value)) value[, order] else value[, , order]
      } else {
        value
      }
      expect_equal(
        predict(moved, data, type = type), expected,
        tolerance = 1e-12, ignore_attr = TRUE
      )
    }
  }
})
