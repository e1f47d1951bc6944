# What streams must agree with: other models, other units, other doors.

test_that("one Gaussian expert is lm() on all rows learnt", {
  data <- stream_rows(1130)
  learnt <- data[1:(400 + 64 * 11), ] # ten rows wait for their minibatch
  exact <- list(exponent = 1, average = "none")
  cases <- list(
    list(y ~ x1 + f, plain = quote(lm(y ~ x1 + f, learnt))),
    list(
      log(y + 30) ~ poly(x1, 2) + x2 + offset(o / 10),
      # The polynomial is that of the pilot.
      plain = quote(lm(
        log(y + 30) ~ predict(poly(data$x1[1:400], 2), x1) + x2 +
          offset(o / 10), learnt
      ))
    ),
    list(
      y ~ 0 + x1 + x2,
      weights = quote(w),
      plain = quote(lm(y ~ 0 + x1 + x2, learnt, weights = w))
    )
  )
  for (case in cases) {
    kind <- c(case[names(case) != "plain"], exact)
    stream <- learn(begin(kind, data[1:400, ], k = 1), data[401:1114, ])
    expect_equal(stream$state$rows, 64 * 11)
    plain <- eval(case$plain)
    expect_equal(
      unname(coef(stream, "expert")), unname(coef(plain)),
      tolerance = 1e-9
    )
    weights <- if (is.null(weights(plain))) 1 + 0 * resid(plain) else weights(plain)
    expect_equal(
      sigma(stream)[[1L]]^2, sum(weights * resid(plain)^2) / sum(weights),
      tolerance = 1e-9
    )
    expect_equal(nobs(stream), sum(weights))
  }
  stream <- begin(list(y ~ x1 + f), data[1:400, ], k = 1)
  expect_identical(
    names(coef(stream)),
    c(paste0("expert1:", c("(Intercept)", "x1", "fq", "fr")), "expert1:(sigma)")
  )
  expect_identical(names(coef(stream)), names(coef(sgmoe(y ~ x1 + f, data, k = 1))))
})

test_that("one multinomial expert is close to multinom()", {
  skip_if_not_installed("nnet")
  data <- stream_rows(4000)
  stream <- learn(begin(list(g ~ x1 + x2), data[1:500, ], k = 1), data[501:4000, ])
  plain <- nnet::multinom(g ~ x1 + x2, data, trace = FALSE, reltol = 1e-12)
  lost <- c(logLik(plain)) - 4000 * mean_score(stream, data)
  expect_gte(lost, -1e-4)
  expect_lt(2 * lost / 6, 0.5)
  expect_equal(
    matrix(coef(stream), 2, byrow = TRUE), unname(coef(plain)),
    tolerance = 0.05
  )
})

test_that("units and origins of several responses do not matter", {
  data <- stream_rows(1200)
  set.seed(3)
  posterior <- random_posterior(400, 2, 2)
  moved <- transform(
    data,
    x1 = -20 + 1e4 * x1, x2 = 3 - x2 / 50, y = 7 + 1e3 * y, v = v / 1e4
  )
  score <- function(data, ...) {
    stream <- learn(begin(
      list(cbind(y, v) ~ x1 * f, gate = ~x2), data[1:400, ],
      start = posterior, ...
    ), data[401:1200, ])
    c(logLik(stream) / 768, mean_score(stream, data))
  }
  for (curvature in c("bound", "fisher")) {
    differ <- function(...) {
      max(abs(
        score(data, curvature = curvature, ...) -
          score(moved, curvature = curvature, ...) - log(1e3) + log(1e4)
      ))
    }
    expect_lt(differ(ridge = 0), 1e-8, label = curvature)
    # The search for a ridge ends within 1e-6 of its logarithm.
    expect_lt(differ(), 1e-6, label = curvature)
  }
})

test_that("offsets of classes, and factors, are those of the data frame", {
  data <- stream_rows(900)
  data$two <- factor(data$g == "a", labels = c("no", "yes"))
  rest <- data[401:900, ]
  # One column is added to the log-odds of the second of two classes.
  stream <- begin(list(two ~ x1 + offset(o)), data[1:400, ])
  x <- model.matrix(stream, rest)
  whole <- learn(stream, rest)
  codes <- as.integer(rest$two)
  expect_same_stream(update_matrix(stream, x, codes, offset = rest$o), whole)
  expect_same_stream(
    update_matrix(stream, x, codes, offset = cbind(0, rest$o)), whole
  )
  # A factor's labels count, not its codes.
  expect_same_stream(
    update_matrix(stream, x, rest$two, offset = rest$o), whole
  )
  turned <- factor(rest$two, c("yes", "no"))
  expect_same_stream(update_matrix(stream, x, turned, offset = rest$o), whole)
})

test_that("columns may come in any order, of other integer types, in tibbles", {
  data <- stream_rows(900)
  data$i <- sample.int(9L, 900L, TRUE)
  stream <- begin(list(y ~ x1 + i + f), data[1:400, ])
  rest <- data[401:900, ]
  whole <- learn(stream, rest)
  expect_same_stream(learn(stream, rest[rev(names(rest))]), whole)
  expect_same_stream(learn(stream, cbind(rest, more = "extra")), whole)
  expect_same_stream(learn(stream, transform(rest, i = as.double(i))), whole)
  expect_same_stream(
    learn(stream, transform(rest, f = as.character(f))), whole
  )
  expect_same_stream(
    learn(stream, transform(rest, f = factor(f, c("r", "q", "p")))), whole
  )
  expect_gt(learn(stream, transform(rest, i = i + 0.5))$state$rows, 400)
  table <- tibble::as_tibble(rest)
  expect_same_stream(learn(stream, table), whole)
  expect_same_stream(consume(stream, table, chunk_size = 77), whole)
  pilot <- tibble::as_tibble(data[1:400, ])
  expect_same_stream(learn(begin(list(y ~ x1 + i + f), pilot), table), whole)
})

slow_test("what a formula computes is frozen by the pilot", {
  data <- stream_rows(900)
  data$day <- as.Date("2026-01-01") + seq_len(900)
  rest <- data[401:900, ]
  rest$x1 <- rest$x1 / 10 # other quantiles than the pilot's
  rest$g <- rest$g[order(rest$g != "c")] # another first level
  threshold <- 0.3
  formulas <- list(
    y ~ poly(x1, 2), y ~ splines::ns(x1, 3), y ~ scale(x1) * x2,
    y ~ day + x1, y ~ (x1 > threshold) + x2, y ~ ordered(f), y ~ factor(g),
    y ~ cbind(x1, x2), f ~ I(x1^2)
  )
  for (formula in formulas) {
    stream <- begin(list(formula), data[1:400, ])
    whole <- learn(stream, rest)
    expect_same_stream(
      Reduce(learn, split(rest, seq_len(500) %/% 3), stream), whole,
      deparse1(formula)
    )
    expect_equal(
      unname(predict(whole, rest[1:3, ])),
      unname(head(predict(whole, rest), 3L)),
      tolerance = 1e-12
    )
  }
})
