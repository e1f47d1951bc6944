# Objects that come back from files and other hands. Random damage is the
# fuzzer's (tests/fuzz); each kind that it found is here.

set.seed(1)
data <- simulate_moe(300, k = 2, p = 2)
data$g <- factor(ifelse(data$y + rnorm(300) > 0, "p", "q"))
fit <- quiet(sgmoe(y ~ x1 + x2, data, k = 2, starts = 1, ridge = 0.1))
stream <- quiet(sgmoe_stream(
  y ~ x1 + x2, data[1:200, ],
  k = 2, starts = 1, ridge = 0.1
))
stream <- update(stream, data[201:230, ])
chunk <- data[231:300, ]

expect_damaged <- function(expression, what = NULL) {
  error <- expect_error(quiet(expression), class = "sgmoe_error_damaged")
  if (!is.null(what)) {
    expect_match(gsub("\\s+", " ", conditionMessage(error)), what)
  }
}

with_field <- function(object, path, value) {
  kept <- class(object)
  object <- unclass(object)
  if (length(path) == 1L) {
    object[path] <- list(value)
  } else {
    object[[path[[1L]]]] <- with_field(
      object[[path[[1L]]]], path[-1L], value
    )
  }
  class(object) <- kept
  object
}

fit_answers <- list(
  predict = function(x) predict(x, data[1:3, ]), coef = coef, sigma = sigma,
  fitted = fitted, residuals = residuals, logLik = logLik, nobs = nobs,
  deviance = deviance, df = df.residual, formula = formula, terms = terms,
  frame = model.frame, matrix = model.matrix, weights = weights,
  print = function(x) utils::capture.output(print(x)), summary = summary,
  tidy = tidy, glance = glance, augment = function(x) augment(x, data = data),
  relabel = function(x) relabel(x, 2:1), tree = expert_dendrogram,
  plot = function(x) plot(x)
)

slow_test("every method of a fit refuses a damaged one", {
  broken <- with_field(fit, "k", 1e9)
  for (name in names(fit_answers)) {
    expect_damaged(fit_answers[[name]](broken), "k has changed")
  }
})

slow_test("every field that a fit computes with is checked", {
  paths <- list(
    "k", "family", "shared", "covariance", "responses", "basis", "coefficients",
    "log_likelihood", "df", "nobs", "gate_share", "posterior_weight", "starved",
    "spec", c("spec", "k"), c("spec", "columns"), c("spec", "aliased", "gate"),
    c("spec", "basis", "expert", "scale"), c("parameters", "gate"),
    c("parameters", "expert"), c("parameters", "covariance"), "blueprint",
    c("blueprint", "expert_terms"), c("blueprint", "same"), "control",
    c("control", "ridge"), c("control", "threads")
  )
  for (path in paths) {
    for (value in list(NULL, NaN, "text", -1e9)) {
      if (identical(path, "log_likelihood") && is.numeric(value)) next
      expect_damaged(predict(with_field(fit, path, value), data[1:3, ]))
    }
  }
})

slow_test("numbers of the right shape must be finite, scales positive", {
  for (value in c(NA, NaN, Inf)) {
    for (part in c("gate", "expert", "covariance")) {
      broken <- fit
      broken$parameters[[part]][[1L]] <- value
      expect_damaged(predict(broken, data[1:3, ]), "parameters|covariances")
    }
  }
  broken <- fit
  broken$spec$basis$gate$scale[[2L]] <- 0
  broken$basis <- broken$spec$basis
  expect_damaged(predict(broken, data[1:3, ]), "basis")
})

test_that("impossible scales are refused", {
  for (value in c(0, -0.1)) {
    expect_damaged(
      summary(with_field(fit, c("parameters", "covariance"), matrix(value, 1, 2))),
      "other parameters"
    )
  }
  two <- quiet(sgmoe(cbind(y, x2) ~ x1, data, k = 2, starts = 1, ridge = 0.1))
  for (place in list(c(1, 1), c(1, 2))) {
    broken <- two
    broken$parameters$covariance[place[[1L]], place[[2L]]] <- -2
    expect_damaged(tidy(broken), "other parameters")
  }
})

test_that("what only print() and summary() read is checked, too", {
  expect_damaged(summary(with_field(fit, c("starts", "objective"), "a")), "starts")
  expect_damaged(summary(with_field(fit, c("starts", "chosen"), 1)), "starts")
  for (value in list(NaN, "text", list(), list(settled = NA))) {
    broken <- with_field(fit, "evidence", value)
    expect_damaged(print(broken), "ridge was found")
    expect_damaged(summary(broken), "ridge was found")
  }
  expect_damaged(print(with_field(fit, "ridge", "much")), "ridge")
  expect_damaged(print(with_field(fit, "tuning", 1)), "tuning")
})

slow_test("sound fits of every kind pass", {
  data$s <- ifelse(data$x1 > 0, "u", "v")
  data$l <- data$x2 > 0
  data$w <- 1:300
  data$x3 <- replace(data$x2, 3, NA)
  fits <- quiet(list(
    fit, sgmoe(y ~ x1 + s + l, data, k = 2, starts = 1, weights = w),
    sgmoe(cbind(y, x2) ~ s, data, k = 2, starts = 1, shared = TRUE),
    sgmoe(g ~ poly(x1, 2) + offset(x2), data, k = 2, starts = 1, ridge = 1),
    sgmoe(y ~ x1 + I(2 * x1), data, k = 1, model = FALSE),
    sgmoe(y ~ x3, data, k = 2, starts = 1, na.action = na.exclude),
    sgmoe(y ~ x1, data, k = 2, method = "incremental"),
    sgmoe(y ~ x1, data, k = 2, starts = 1, ridge = "auto"),
    sgmoe(y ~ x1, data, k = 1, starts = 1, ridge = "cv"),
    sgmoe(cbind(y, x2) ~ x1, data, k = 2, covariance = "spherical", ridge = 1),
    as_sgmoe(stream)
  ))
  for (one in fits) {
    expect_identical(check_stored(one), one)
  }
})

test_that("a model frame of other rows, or another fit's, is noticed", {
  other <- quiet(sgmoe(g ~ x1, data[1:100, ], k = 2, starts = 1, ridge = 0.1))
  expect_damaged(fitted(with_field(fit, "model", other$model)), "model")
  expect_damaged(
    fitted(with_field(fit, "model", fit$model[1:10, ])), "model"
  )
  expect_damaged(
    predict(with_field(fit, "parameters", other$parameters), data), "parameters"
  )
  expect_damaged(
    predict(with_field(fit, "blueprint", other$blueprint), data), "blueprint"
  )
})

test_that("levels, contrasts and terms of a blueprint fit together", {
  data$h <- factor(rep(c("a", "b", "c"), 100))
  own <- quiet(sgmoe(y ~ x1 + h, data, k = 2, starts = 1, ridge = 0.1))
  damage <- list(
    list(c("xlevels", "h"), c("a", "b", "b")), list(c("xlevels", "h"), character()),
    list(c("contrasts", "expert", "h"), character()),
    list(c("contrasts", "expert", "h"), c("contr.sum", "contr.sum")),
    list(c("contrasts", "expert", "h"), matrix(1, 2, 1)),
    list("expert_terms", fit$blueprint$expert_terms),
    list("expert_terms", own$blueprint$gate_terms[1L]),
    list("gate_terms", fit$blueprint$gate_terms)
  )
  for (one in damage) {
    broken <- with_field(own, c("blueprint", one[[1L]]), one[[2L]])
    expect_damaged(predict(broken, data[1:3, ]))
  }
  for (coding in list(contr.sum, contr.helmert(3), "contr.poly")) {
    contrasts(data$h) <- coding
    own <- quiet(sgmoe(y ~ x1 * h - 1, data, k = 2, gate = ~ log(x2^2), ridge = 1))
    expect_identical(check_stored(own), own)
  }
})

test_that("a blueprint that has lost a column says so", {
  shift <- 2
  data$h <- factor(rep(c("a", "b", "c"), 100))
  data$w <- 1 + (data$x2 > 0)
  own <- quiet(sgmoe(
    y ~ log(x1 + 10 + shift) + h + offset(x2 / 10), data,
    k = 2, starts = 1, ridge = 0.1, weights = w, model = FALSE
  ))
  expect_identical(check_stored(own), own)
  expect_equal(
    predict(unserialize(serialize(own, NULL)), data), predict(own, data)
  )
  for (name in setdiff(names(own$blueprint$columns), "w")) {
    broken <- own
    broken$blueprint$columns[[name]] <- NULL
    expect_damaged(predict(broken, data[1:3, ]), "columns of its data")
  }
  expect_damaged(
    predict(with_field(own, c("blueprint", "offset"), list(NULL)), data), "offset"
  )
  # Weights, and other variables, may be vectors of the function that fits.
  in_function <- function(formula) {
    weight <- data$w
    quiet(sgmoe(
      update(y ~ x1, formula), data,
      k = 2, starts = 1, ridge = 0.1, weights = weight
    ))
  }
  for (own in list(in_function(. ~ .), in_function(. ~ . + x2))) {
    expect_identical(check_stored(own), own)
  }
  local_z <- local({
    z <- data$x2
    quiet(sgmoe(y ~ x1 + z + offset(z), data, k = 2, starts = 1, ridge = 0.1))
  })
  expect_identical(check_stored(local_z), local_z)
  # Names that a call gives a meaning of its own are no columns.
  masked <- quiet(sgmoe(
    y ~ sapply(x1, function(u) u^2) + with(list(v = 2), v * x2), data,
    k = 1, ridge = 0.1
  ))
  expect_identical(check_stored(masked), masked)
})

# Streams ----------------------------------------------------------------------

stream_answers <- list(
  update = function(x) update(x, chunk),
  consume = function(x) consume(x, chunk),
  rows = function(x) update_matrix(x, cbind(1, 0.5, 0.5), 1),
  predict = function(x) predict(x, chunk), coef = coef, logLik = logLik,
  nobs = nobs, as = as_sgmoe, print = function(x) print(x), summary = summary,
  plot = function(x) plot(x)
)

test_that("what once crashed or hung R is refused", {
  broken <- list(
    with_field(stream, c("state", "record"), matrix(0, 3, 1)),
    with_field(
      stream, c("state", "pending"),
      stream$state$pending[rep(1, 5000), , drop = FALSE]
    ),
    with_field(stream, c("state", "gate_gram"), stream$state$gate_gram * NaN),
    with_field(stream, c("state", "cap_counts"), stream$state$cap_counts - 1e6),
    with_field(stream, c("state", "extreme"), -1),
    with_field(stream, "na.action", NA)
  )
  for (value in list(0, -1, NA_real_, 1e10)) {
    broken <- c(broken, list(
      with_field(stream, c("core_control", "minibatch"), value)
    ))
  }
  for (one in broken) {
    expect_damaged(stream_answers$update(one))
    expect_damaged(stream_answers$rows(one))
  }
})

test_that("every method of a stream refuses a damaged one", {
  broken <- with_field(stream, c("spec", "k"), 3)
  for (name in names(stream_answers)) {
    expect_damaged(stream_answers[[name]](broken))
  }
})

slow_test("every field of a state is checked", {
  for (name in names(stream$state)) {
    for (value in list(NULL, "text", matrix(0, 7, 11))) {
      if (identical(name, "recent") && is.matrix(value)) next # any rows
      expect_damaged(update(with_field(stream, c("state", name), value), chunk))
    }
  }
})

test_that("numbers that no stream comes to are refused by what reads them", {
  for (name in names(state_least)) {
    broken <- with_field(stream, c("state", name), NA_real_)
    for (answer in stream_answers) expect_damaged(answer(broken))
  }
  for (name in names(state_least)[is.finite(state_least)]) {
    broken <- with_field(stream, c("state", name), -2)
    for (answer in stream_answers[c("update", "coef", "logLik", "nobs")]) {
      expect_damaged(answer(broken), name)
    }
  }
  state <- stream$state
  damage <- list(
    starved = c(0, 7), floored = c(NA, 0), expert_weight = state$expert_weight * 0,
    record = state$record[, -1L, drop = FALSE], pending = -1,
    theta = with_field(state$theta, "covariance", -state$theta$covariance)
  )
  damage <- c(
    lapply(names(damage), function(name) {
      with_field(stream, c("state", name), damage[[name]])
    }),
    list(with_field(stream, "state", "text"), with_field(stream, "state", NULL))
  )
  for (broken in damage) {
    for (answer in stream_answers) expect_damaged(answer(broken))
  }
})

test_that("sound streams of every kind pass", {
  streams <- quiet(list(
    stream,
    sgmoe_stream(y ~ x1, data, k = 1),
    sgmoe_stream(y ~ x1, data[1:150, ], k = 2, starts = 1, constant = 0.1),
    sgmoe_stream(cbind(y, x2) ~ x1, data[1:150, ], k = 2, starts = 1, ridge = 1),
    sgmoe_stream(
      g ~ x1, data[1:150, ],
      k = 2, starts = 1, ridge = 1, revive = TRUE
    )
  ))
  for (one in streams) {
    expect_null(check_stored_state(one$state, one$spec))
    one <- quiet(update(one, data[151:300, ]))
    expect_null(check_stored_state(one$state, one$spec))
  }
})

test_that("a stream that was checked is checked again once it has changed", {
  sound <- update(stream, chunk)
  expect_damaged(update(with_field(stream, c("template", "gate"), 1), chunk))
  absent <- stream
  absent$template$expert <- NULL
  expect_damaged(update(absent, chunk), "template")
  expect_identical(update(stream, chunk), sound)
  expect_damaged(
    update(with_field(stream, c("blueprint", "columns"), 1), chunk)
  )
})

test_that("streams that take turns are not checked again and again", {
  other <- quiet(sgmoe_stream(y ~ x1, data[1:150, ], k = 2, ridge = 0.1, starts = 1))
  streams <- list(stream, other, unserialize(serialize(stream, NULL)))
  streams <- lapply(streams, update, chunk)
  streams <- lapply(streams, update, chunk)
  before <- checked$values
  for (rows in list(1, 1:70, 1)) {
    for (one in streams) {
      expect_true(is_left(one))
    }
    streams <- lapply(streams, update, chunk[rows, ])
  }
  expect_identical(checked$values, before)
  for (one in streams) {
    one$state$rows <- one$state$rows + 1
    expect_false(is_left(one))
    one$state$rows <- -1
    expect_damaged(update(one, chunk), "rows")
  }
})

test_that("another format of streams is refused by its version", {
  old <- with_field(stream, "version", 1)
  for (name in names(stream_answers)) {
    expect_error(
      quiet(stream_answers[[name]](old)),
      class = "sgmoe_error_version"
    )
  }
})

# Trees and selections ---------------------------------------------------------

slow_test("damaged trees are refused", {
  tree <- quiet(expert_dendrogram(
    quiet(sgmoe(y ~ x1, data, k = 4, starts = 1, ridge = 0.1))
  ))
  expect_identical(check_stored(tree), tree)
  damage <- list(
    merge = list(tree$merge[3:1, ], tree$merge * 0L, tree$merge + 0, NULL),
    dissimilarity = list(Inf, "far", NULL), atom_weight = list(0, "mean"),
    height = list(NULL, c(NA, 1, 2), c(1, Inf, 2), tree$height[-1L]),
    order = list(4:1 * 2L, NULL, rep(1L, 4)), k = list(1e9, NA, 3),
    labels = list(1:4, NULL), weight = list(-tree$weight, NaN),
    levels = list(tree$levels[-1L], rev(tree$levels), NULL),
    selected = list(9, "two")
  )
  for (name in names(damage)) {
    for (value in damage[[name]]) {
      broken <- with_field(tree, name, value)
      expect_damaged(print(broken))
      expect_damaged(coef(broken))
      expect_damaged(stats::as.hclust(broken))
      expect_damaged(plot(broken))
    }
  }
})

test_that("trees of one expert are whole", {
  one <- quiet(expert_dendrogram(sgmoe(y ~ x1, data, k = 1)))
  expect_identical(check_stored(one), one)
})

test_that("damaged selections are refused", {
  selection <- quiet(select_experts(y ~ x1, data, 3))
  expect_identical(check_stored(selection), selection)
  for (name in c("path", "dendrogram", "criterion", "k")) {
    expect_damaged(predict(with_field(selection, name, NULL), data[1:3, ]))
    expect_damaged(print(with_field(selection, name, -1)))
  }
  # One log-likelihood is in all criteria of a level.
  for (name in c("AIC", "HQ", "BIC", "ICL", "DSC")) {
    broken <- selection
    broken$path[[name]][[2L]] <- Inf
    expect_damaged(print(broken))
  }
  pointless <- selection
  pointless$path[2L, c("AIC", "HQ", "BIC", "ICL")] <- Inf
  expect_identical(check_stored(pointless), pointless)
})

slow_test("damaged selections of streams are refused, sound ones checked once", {
  selection <- quiet(select_experts(stream, data[1:150, ]))
  selection <- quiet(update(selection, chunk))
  expect_identical(check_stored(selection), selection)
  answers <- c(
    stream_answers[c("update", "rows", "coef", "logLik", "print")],
    list(as = as_sgmoe, hclust = stats::as.hclust)
  )
  damage <- list(k = "2", k = 9, dropped = -1, prequential = NA, levels = 1)
  for (name in names(damage)) {
    broken <- with_field(selection, name, damage[[name]])
    for (answer in answers) expect_damaged(answer(broken))
  }
  broken <- selection
  broken$levels[[2L]]$control$minibatch <- 0
  for (answer in answers) expect_damaged(answer(broken))
  before <- checked$values
  again <- update_matrix(quiet(update(selection, chunk)), cbind(1, 0.5, 0.5), 1)
  expect_identical(check_stored(again), again)
  expect_identical(checked$values, before)
})

# Fixtures ---------------------------------------------------------------------

read_fixture <- function(name) {
  readRDS(test_path("fixtures", name))
}

test_that("objects stored by 0.2.0 answer as they did", {
  new <- data[1:5, ]
  kept <- read_fixture("fit-0.2.0.rds")
  expect_equal(predict(kept$object, new, type = "logdensity"), kept$answer)
  kept <- read_fixture("classes-0.2.0.rds")
  expect_equal(predict(kept$object, new), kept$answer)
  kept <- read_fixture("selection-0.2.0.rds")
  expect_equal(predict(kept$object, new), kept$answer)
  kept <- read_fixture("tree-0.2.0.rds")
  expect_equal(coef(kept$object, k = 1), kept$answer)
})

test_that("a stored stream goes on to the same numbers", {
  kept <- read_fixture("stream-3.rds")
  after <- update(kept$object[[1L]], kept$object[[2L]])
  expect_equal(predict(after, data[1:5, ], type = "logdensity"), kept$answer)
})
