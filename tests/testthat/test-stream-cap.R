# Extreme rows: what they may do to a stream, and what is said of them.

lines_with <- function(n, noise = stats::rnorm) {
  x <- stats::rnorm(n)
  data.frame(x, y = ifelse(x > 0, 3, -2) * x + 0.5 * noise(n))
}
begin_lines <- function(pilot, ...) {
  set.seed(2)
  quietly(sgmoe_stream(y ~ x, pilot, k = 2, ridge = 0.1, starts = 2, ...))
}
set.seed(1)
pilot <- lines_with(2000)
rows <- lines_with(20000)
new <- lines_with(5000)
stream <- begin_lines(pilot)
clean <- update(stream, rows)
# Below the clean stream, in units of the statistical error.
below <- function(stream) {
  (mean_score(clean, new) - mean_score(stream, new)) * 2 * 20000 / 8
}

test_that("clean rows are learnt as without a cap, to the last bit", {
  without <- update(begin_lines(pilot, cap = FALSE), rows)
  own <- c("cap_centre", "cap_counts")
  same <- setdiff(names(clean$state), own)
  expect_identical(clean$state[same], without$state[same])
  expect_equal(clean$state$extreme, 0)
  expect_equal(sum(without$state$cap_counts), 0)
})

test_that("one absurd value, and one in a thousand, do next to nothing", {
  at <- seq(500, 20000, by = 1000)
  cases <- list(
    one = list(500, y = -9999), many = list(at, y = -9999),
    dispersed = list(at, y = 1e6 * cos(at)), twenty = list(at, y = 12),
    far = list(at, x = -1e4)
  )
  for (case in cases) {
    bad <- rows
    bad[case[[1L]], names(case)[[2L]]] <- case[[2L]]
    after <- update(stream, bad)
    expect_equal(after$state$extreme, length(case[[1L]]))
    expect_lt(abs(below(after)), 0.5)
  }
  uncapped <- update(begin_lines(pilot, cap = FALSE), bad)
  expect_equal(uncapped$state$extreme, 0)
  expect_gt(below(uncapped), 100)
})

test_that("an absurd value in the pilot is learnt after it, and said", {
  bad <- pilot
  bad$y[c(100, 300)] <- c(-9999, 1e6)
  expect_message(begun <- begin_lines(bad), "Rows 100 and 300 of the pilot")
  expect_equal(begun$pilot$rows, 1998)
  after <- update(begun, rows)
  expect_equal(after$state$extreme, 2)
  expect_lt(abs(below(after)), 0.5)
  # The same of a source, and of a stream that had to wait for its pilot.
  whole <- quiet(sgmoe_stream(
    y ~ x, frame_source(rbind(bad, rows)),
    k = 2, ridge = 0.1, starts = 2, pilot = 2000
  ))
  expect_equal(whole$state$extreme, 2)
  expect_gt(nobs(whole), 21900) # some rows wait for their minibatch
  set.seed(2)
  waited <- quietly(sgmoe_stream(y ~ x, bad[1:20, ], k = 2, starts = 2, ridge = 0))
  expect_false(is.null(waited$waiting))
  waited <- quiet(update(waited, rbind(bad[21:2000, ], rows)))
  expect_gt(nobs(waited), 21900)
  expect_lt(abs(below(waited)), 2)
  # Without a cap all are of the pilot; classes and heavy tails are left alone.
  expect_equal(begin_lines(bad, cap = FALSE)$pilot$rows, 2000)
  heavy <- pilot
  heavy$y <- exp(3 * heavy$y)
  expect_equal(begin_lines(heavy)$pilot$rows, 2000)
})

test_that("counts and classes are capped, too", {
  set.seed(3)
  x <- stats::rnorm(6000)
  data <- data.frame(x, y = stats::rpois(6000, exp(1 + 0.5 * abs(x))))
  count <- quietly(sgmoe_stream(
    y ~ x, data[1:1000, ],
    k = 2, family = "poisson", ridge = 0.1, starts = 2
  ))
  good <- update(count, data[1001:6000, ])
  expect_equal(good$state$extreme, 0)
  data$y[1500] <- 1e6
  bad <- update(count, data[1001:6000, ])
  expect_equal(bad$state$extreme, 1)
  score <- function(stream) mean_score(stream, data[-1500, ])
  expect_lt(abs(score(good) - score(bad)) * 2 * 5000 / 6, 0.5)
})

test_that("heavy tails are learnt", {
  set.seed(4)
  t3 <- function(n) stats::rt(n, 3)
  heavy <- begin_lines(lines_with(2000, t3))
  expect_lte(update(heavy, lines_with(20000, t3))$state$extreme, 2)
})

test_that("a change of distribution lifts the cap after a minibatch", {
  shifted <- transform(rows, y = y + 10)
  for (given in list(list(), list(constant = 0.05))) {
    before <- update(do.call(begin_lines, c(list(pilot), given)), rows[1:8000, ])
    after <- update(before, shifted[1:192, ])
    expect_gt(after$state$extreme, 0)
    expect_lte(after$state$extreme, 64)
    later <- update(after, shifted[193:8000, ])
    expect_equal(later$state$extreme, after$state$extreme)
  }
  # With a constant step the new distribution is learnt.
  expect_gt(mean_score(later, transform(new, y = y + 10)), mean_score(clean, new) - 0.1)
})

test_that("extreme rows leave the same state in chunks of any size", {
  bad <- rows[1:1000, ]
  bad$y[c(3, 70, 71, 500)] <- c(1e5, -1e7, 40, 200)
  whole <- update(stream, bad)
  expect_equal(whole$state$extreme, 4)
  parts <- stream
  for (last in list(c(1, 2), c(3, 70), c(71, 71), c(72, 900), c(901, 1000))) {
    parts <- update(parts, bad[seq(last[[1L]], last[[2L]]), ])
  }
  expect_same_stream(parts, whole)
})

test_that("summary(), print() and plot() show extreme rows", {
  bad <- rows
  bad$y[c(500, 9000)] <- -9999
  after <- update(stream, bad)
  about <- summary(after)
  expect_equal(about$rows$extreme, 2)
  expect_equal(sum(about$record$extreme), 2)
  expect_output(print(about), "2 rows were too extreme to be learnt")
  expect_output(print(after), "2 rows were too extreme to be learnt")
  expect_output(print(update(stream, bad[1:600, ])), "1 row was too extreme")
  expect_false(any(grepl("extreme", capture.output(print(clean)))))
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expect_silent(plot(after))
})

test_that("a fit of rows at hand is of all of them", {
  bad <- rows[1:3000, ]
  bad$y[2500] <- -9999
  set.seed(5)
  fit <- quietly(sgmoe(
    y ~ x, bad,
    k = 2, method = "incremental", ridge = 0.1, starts = 1, average = "tail"
  ))
  # Whichever way it is learnt, by a wide expert or by one of its own: a row that is
  # not has a log-density of minus some millions.
  expect_gt(predict(fit, bad[2500, ], type = "logdensity"), -50)
})
