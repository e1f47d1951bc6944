# What bad rows of numbers get: see test-stream-input.R.

slow_test("arguments of update_matrix()", {
  data <- stream_rows(500)
  stream <- begin(list(y ~ x1 + f), data[1:400, ])
  rest <- data[401:500, ]
  x <- model.matrix(stream, rest)
  y <- rest$y
  chunk <- list(
    x = list(stream, x[, 1:2], y), x = list(stream, y, x),
    x = list(stream, matrix(1L, 2, 4), 1:2), x = list(stream, rest, y),
    y = list(stream, x, y[-1]), y = list(stream, x, cbind(y, y)),
    y = list(stream, x, as.character(y)), y = list(stream, x, rest$f),
    y = list(stream, x), gate = list(stream, x, y, gate = x),
    weights = list(stream, x, y, weights = 1),
    weights = list(stream, x, y, weights = as.character(y)),
    offset = list(stream, x, y, offset = 1),
    offset = list(stream, x, y, offset = cbind(y, y)),
    offset = list(stream, x, y, offset = as.character(y))
  )
  for (i in seq_along(chunk)) {
    expect_match(
      refused(stream, do.call(update_matrix, chunk[[i]]), "chunk"),
      paste0("`", names(chunk)[[i]], "`"),
      label = paste(i, names(chunk)[[i]])
    )
  }
  for (bad in c(NA, NaN, Inf)) {
    refused(stream, update_matrix(stream, x, replace(y, 3, bad)), "non_finite")
    refused(stream, update_matrix(stream, replace(x, 30, bad), y), "non_finite")
    refused(
      stream, update_matrix(stream, x, y, weights = replace(y^2, 3, bad)),
      "non_finite"
    )
  }
  refused(stream, update_matrix(stream, x, y, weights = y), "non_finite")
  own <- begin(list(y ~ x1, gate = ~x2), data[1:400, ])
  expect_match(
    refused(own, update_matrix(own, x[, 1:2], y), "chunk"), "give `gate`"
  )
  classes <- begin(list(g ~ x1), data[1:400, ])
  for (bad in list(0, 4, 1.5)) {
    expect_match(
      refused(classes, update_matrix(classes, x[1, 1:2], bad), "unseen_level"),
      "1 to 3"
    )
  }
  refused(classes, update_matrix(classes, x[1, 1:2], NA_real_), "non_finite")
  counts <- begin(stream_kinds$counts, data[1:400, ])
  gate <- model.matrix(counts, rest, part = "gate")
  for (bad in list(c(1, -1, 2), c(0, 0, 0))) {
    refused(
      counts, update_matrix(counts, x[1, 1:2], bad, gate = gate[1, ]), "counts"
    )
  }
})
