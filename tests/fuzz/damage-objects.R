# Objects of every class that somebody may store, to damage; made once in a process.

stored_data <- function(n = 150) {
  data <- data.frame(x1 = stats::rnorm(n), x2 = stats::rnorm(n))
  data$f <- factor(sample(c("a", "b"), n, TRUE))
  data$y <- ifelse(data$x1 + stats::rnorm(n) / 2 > 0, 3, -2) * data$x1 +
    stats::rnorm(n)
  data$y2 <- data$x2 + stats::rnorm(n)
  data$c <- factor(c("p", "q", "r")[1 + (data$x1 + stats::rnorm(n) > 0) +
    (data$x2 + stats::rnorm(n) > 1)])
  data$n <- stats::rpois(n, exp(data$x1 / 2))
  data
}

make_stored <- function() {
  set.seed(1)
  data <- stored_data()
  fit <- function(...) {
    quiet(sgmoe::sgmoe(..., data = data, k = 2, starts = 1, ridge = 0.1))
  }
  stream <- function(...) {
    stream <- quiet(sgmoe::sgmoe_stream(
      ...,
      data = data[1:100, ], k = 2, starts = 1
    ))
    quiet(stats::update(stream, data[101:110, ]))
  }
  plain <- fit(y ~ x1 + f)
  classes <- fit(c ~ x1)
  learning <- stream(y ~ x1 + f, ridge = 0.1)
  selection <- quiet(sgmoe::select_experts(y ~ x1, data, k_max = 3))
  list(
    data = data,
    # What a method is given beside the damaged object.
    sound = list(fit = plain, stream = learning, classes = classes),
    objects = list(
      fit = plain, two = fit(cbind(y, y2) ~ x1, gate = ~x2),
      classes = classes, bare = fit(y ~ x1, model = FALSE),
      counts = fit(n ~ x1, family = "poisson"),
      recalibrated = quiet(sgmoe::recalibrate(classes, data[1:80, ])),
      isotonic = quiet(sgmoe::recalibrate(classes, data[1:80, ], method = "isotonic")),
      auto = quiet(sgmoe::sgmoe(y ~ x1, data, k = 2, ridge = "auto")),
      cv = quiet(sgmoe::sgmoe(y ~ x1, data, k = 1, ridge = "cv")),
      from_source = quiet(sgmoe::sgmoe(
        y ~ x1, sgmoe::as_chunk_source(list(data[1:70, ], data[71:150, ])),
        k = 2, starts = 1, ridge = 0.1
      )),
      stream = learning, newton = stream(y ~ x1),
      waiting = quiet(sgmoe::sgmoe_stream(y ~ x1, data[1:5, ], k = 2)),
      class_stream = stream(c ~ x1, ridge = 0.1, constant = 0.1),
      revive = stream(cbind(y, y2) ~ x1, gate = ~x2, ridge = 0.1, revive = TRUE),
      count_stream = stream(n ~ x1, family = "poisson", ridge = 0.1),
      levels = quiet(sgmoe::select_experts(stream(y ~ x1, ridge = 0.1), data)),
      selection = selection,
      tuning = quiet(sgmoe::tune_experts(
        y ~ x1, data,
        k = 1:2, ridge = 0.1, folds = 2, starts = 1
      )),
      tree = quiet(sgmoe::expert_dendrogram(plain)),
      bootstrap = quiet(sgmoe::bootstrap(plain, nsim = 5)),
      conformal = quiet(sgmoe::conformal_scores(plain, 3)),
      calibration = quiet(sgmoe::calibration(classes)),
      average = quiet(sgmoe::average_effects(plain)),
      dependence = quiet(sgmoe::partial_dependence(plain, "x1", points = 4)),
      fit_summary = quiet(summary(plain)),
      stream_summary = quiet(summary(learning)),
      control = sgmoe::sgmoe_control(starts = 1),
      stream_settings = sgmoe::stream_control(ridge = 0.1),
      log = checkpoint_bytes(data), spill = spill_bytes(data)
    )
  )
}

# Files are damaged as the bytes that they are.
read_bytes <- function(path) {
  structure(readBin(path, "raw", file.size(path)), class = "stored_file")
}

checkpointed_fit <- function(data, path) {
  set.seed(4)
  quiet(sgmoe::sgmoe(
    y ~ x1, sgmoe::as_chunk_source(list(data[1:70, ], data[71:150, ])),
    k = 2, starts = 1, ridge = 0.1, checkpoint = path
  ))
}

checkpoint_bytes <- function(data) {
  path <- tempfile(fileext = ".log")
  on.exit(unlink(path))
  checkpointed_fit(data, path)
  bytes <- read_bytes(path)
  class(bytes) <- c("stored_log", class(bytes))
  bytes
}

spill_bytes <- function(data) {
  path <- tempfile(fileext = ".spill")
  on.exit(unlink(path))
  internal <- asNamespace("sgmoe")
  spill <- internal$begin_spill(path, 2L, "key")
  internal$add_to_spill(spill, as.matrix(data[c("x1", "y")]))
  internal$end_spill(spill)
  bytes <- read_bytes(path)
  class(bytes) <- c("stored_spill", class(bytes))
  bytes
}
