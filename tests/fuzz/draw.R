# Random data and arguments, the bad ones included. All draws come from R's
# generator, so that a seed reproduces a case.

chance <- function(p) stats::runif(1) < p
one_of <- function(...) {
  choices <- list(...)
  choices[[sample.int(length(choices), 1L)]]
}

# Something that no argument expects.
junk <- function() {
  one_of(
    NULL, NA, NaN, Inf, -Inf, -1, 0, 0.5, 1e10, 1e300, "a", "", character(),
    numeric(), list(), list(1, "a"), TRUE, c(1, 2), c(a = 1), 1i, y ~ x, function(x) x,
    sum, matrix(1, 2, 2), array(0, c(2, 2, 2)),
    data.frame(), data.frame(q = 1), factor("a"), as.Date("2020-01-01"),
    new.env(), globalenv(), raw(2), NA_character_, integer(), 3L, Sys.time()
  )
}

# Mostly `value`, sometimes junk; in tame cases never while the object is made,
# so that there is one to call methods of.
maybe_junk <- function(value, p = 0.03) {
  if (!mood$tame && chance(p)) junk() else value
}

# What the case at work is like.
mood <- new.env()
mood$tame <- FALSE

draw_rows <- function() {
  if (mood$tame) {
    return(one_of(30L, 30L, 40L, 60L, 100L))
  }
  one_of(0L, 1L, 2L, 3L, 5L, 8L, 15L, 30L, 30L, 60L, 60L, 100L, 100L)
}

# Numeric columns x1, x2, x3, a factor f, a string s, a logical l, a matrix m;
# responses y, y2, yc (classes), yb (two classes), yn (counts of classes), yp
# (counts); weights w.
draw_data <- function(n = draw_rows()) {
  x1 <- stats::rnorm(n)
  x2 <- stats::rnorm(n)
  data <- data.frame(
    x1 = x1, x2 = x2, x3 = sample(1:4, n, TRUE),
    f = factor(sample(c("a", "b", "c"), n, TRUE), c("a", "b", "c")),
    s = sample(c("u", "v"), n, TRUE), l = sample(c(TRUE, FALSE), n, TRUE)
  )
  data$m <- matrix(stats::rnorm(2 * n), n)
  data$y <- ifelse(x1 > 0, 3, -2) * x1 + x2 + stats::rnorm(n, sd = 0.5)
  data$y2 <- data$y + stats::rnorm(n)
  data$yc <- factor(
    c("p", "q", "r")[1L + (x1 + stats::rnorm(n) > 0) + (x2 > 0.5)],
    c("p", "q", "r")
  )
  data$yb <- x1 + stats::rnorm(n) > 0
  data$yn <- matrix(stats::rpois(3 * n, 2) + 1, n)
  data$yp <- stats::rpois(n, exp(x1 / 2 + 1))
  data$w <- sample(1:3, n, TRUE)
  if (!mood$tame) {
    for (i in seq_len(sample(0:3, 1L, prob = c(5, 3, 1, 1)))) {
      data <- spoil(data)
    }
  }
  data
}

# One thing that is wrong with data, if it can be.
spoil <- function(data) {
  tryCatch(spoil_column(data), error = function(error) data)
}

spoil_column <- function(data) {
  n <- nrow(data)
  name <- sample(names(data), 1L)
  numeric <- setdiff(names(data), c("f", "s", "l", "yc", "yb"))
  some <- sample.int(max(n, 1L), min(n, sample(1:3, 1L)))
  switch(sample.int(17L, 1L),
    data[[name]][some] <- NA,
    {
      name <- sample(c("x1", "x2", "y", "y2", "w"), 1L)
      data[[name]][some] <- sample(c(NaN, Inf, -Inf), 1L)
    },
    {
      name <- sample(numeric, 1L)
      data[[name]] <- data[[name]] * 10^stats::runif(1L, -300, 300)
    },
    {
      name <- sample(numeric, 1L)
      data[[name]] <- data[[name]] + sample(c(1e5, 1e8, 1e15, -1e300), 1L)
    },
    data$x2 <- data$x1,
    data$x2 <- 2 * data$x1 + 1,
    data[[name]] <- rep(data[[name]][1L], length.out = n),
    data <- data[rep(some, length.out = n), , drop = FALSE],
    data$f <- factor(as.character(data$f), c("a", "b", "c", "empty")),
    data[[name]] <- NULL,
    data$x1 <- one_of(
      as.character(data$x1), as.factor(data$x1), as.integer(data$x1),
      as.Date(as.integer(data$x1), "2000-01-01"), as.list(data$x1), as.complex(data$x1)
    ),
    data$w <- stats::runif(n) * 10^stats::runif(n, -8, 8),
    data$w[some] <- sample(c(0, -1, NA, 1e300, 1e-300), 1L),
    {
      name <- sample(c("x1", "x2", "y"), 1L)
      data[[name]][some] <- sample(c(1e8, -1e20, 1e100, 1e160, 1e-320), 1L)
    },
    data$y <- round(data$y),
    data$yc[] <- "p",
    data$l <- rep(TRUE, n)
  )
  data
}

responses <- c(
  y = 8, `cbind(y, y2)` = 3, yc = 5, yb = 3, yn = 2, yp = 3, f = 1, `log(y)` = 1,
  s = 1, `1` = 0.3
)

covariates <- c(
  x1 = 8, `x1 + x2` = 8, `x1 + f` = 4, `x1 * f` = 2, `x1 + s + l` = 2,
  `poly(x1, 2)` = 2, `0 + x1` = 2, `1` = 2, . = 1, m = 1, `x1 + I(x1^2)` = 1,
  `x1 - 1` = 1, `x1 + offset(x2)` = 2, `log(x1)` = 0.5, `x1 + (1 | f)` = 0.3,
  `0` = 0.5, `splines::ns(x1, 2)` = 1, `x1 + nowhere` = 0.3, `scale(x1)` = 1
)

# Those that are hardly ever, or never, right.
odd <- c("log(y)", "s", "1", "log(x1)", "x1 + (1 | f)", "0", "x1 + nowhere", ".")

draw_name <- function(weights) {
  if (mood$tame) weights[names(weights) %in% setdiff(odd, "1")] <- 0
  sample(names(weights), 1L, prob = weights)
}

draw_formula <- function() {
  response <- draw_name(replace(responses, "1", if (mood$tame) 0 else 0.3))
  stats::as.formula(
    paste(response, "~", draw_name(covariates)),
    env = globalenv()
  )
}

# Arguments that sgmoe(), sgmoe_stream() and select_experts() share.
draw_model <- function() {
  arguments <- list(
    formula = maybe_junk(draw_formula(), 0.02),
    k = maybe_junk(sample(c(1, 2, 2, 2, 3, 4), 1L))
  )
  if (chance(0.15)) {
    arguments$gate <- maybe_junk(one_of(~1, ~x2, ~f, ~x1, ~ 0 + x2), 0.1)
  }
  if (chance(0.15)) {
    arguments$covariance <- maybe_junk(
      sample(c("full", "diagonal", "spherical"), 1L), 0.1
    )
  }
  if (chance(0.1)) arguments$shared <- maybe_junk(TRUE, 0.1)
  if (chance(0.1)) {
    arguments["family"] <- list(maybe_junk(
      sample(c("gaussian", "multinomial", "binomial", "poisson"), 1L), 0.2
    ))
  }
  response <- if (inherits(arguments$formula, "formula")) arguments$formula[[2L]]
  if (identical(response, quote(yp)) && chance(0.8)) {
    arguments["family"] <- list("poisson")
    if (mood$tame) arguments[c("covariance", "shared")] <- NULL
  } else if (mood$tame) {
    arguments$family <- NULL
  }
  if (chance(0.2)) {
    arguments$weights <- one_of(
      quote(w), quote(w), quote(w / 2), quote(x1), quote(nowhere), 1, quote(s)
    )
    if (mood$tame) arguments$weights <- quote(w)
  }
  if (chance(0.1)) {
    arguments$offset <- one_of(quote(x2), quote(x1 * 1e5), quote(s), 1)
    if (mood$tame) arguments$offset <- quote(x2)
  }
  if (chance(0.1)) {
    arguments$na.action <- one_of(
      stats::na.omit, stats::na.exclude, stats::na.fail, stats::na.pass, "no"
    )
    if (mood$tame) arguments$na.action <- stats::na.exclude
  }
  arguments
}

draw_settings <- function() {
  settings <- list(starts = 1)
  if (chance(0.02)) settings$starts <- NULL
  if (chance(0.6)) {
    settings$ridge <- maybe_junk(
      if (chance(0.1)) one_of(1e-8, 100, 1e200, 0) else one_of(0.1, 1)
    )
  }
  if (chance(0.3)) settings$max_passes <- maybe_junk(sample(c(1, 3, 50), 1L), 0.1)
  if (chance(0.1)) settings$tolerance <- maybe_junk(one_of(0, 1e-4), 0.1)
  if (chance(0.1)) settings$curvature <- maybe_junk("bound", 0.1)
  if (chance(0.1)) {
    settings$acceleration <- maybe_junk(one_of("none", "anderson"), 0.1)
  }
  if (chance(0.05)) settings$threads <- maybe_junk(2, 0.1)
  if (chance(0.05)) settings$variance_floor <- maybe_junk(one_of(1e-10, 1), 0.1)
  if (!mood$tame && chance(0.01)) settings[[one_of("nothing", "K", "Ridge")]] <- junk()
  settings
}
