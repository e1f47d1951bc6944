# The speed of the package in one table and one run, turn by turn, so that what else
# the machine does meets all alike:
#
#   Rscript bench/speed.R new_library [old_library]
#
# * pass: nanoseconds a row and pass over the data (Gaussian experts, bound), of the
#   new build on the best instruction set and on "baseline", of the old build, and the
#   arithmetic limit: a pass cannot do without K Gram matrices and the products with
#   coefficients, (K p (p + 1) + 8 p K) operations, 16 in a cycle at 3.4 GHz.
# * fit: seconds of a whole fit, and of flexmix, from the same posterior; its
#   log-likelihood less that of flexmix, in nats, tells who ended in the same optimum.
# * one expert: seconds of nnet::multinom() and of glmnet() without a penalty on classes.
#
# Writes bench/speed.csv; SGMOE_BENCH=quick takes small sizes and one turn, and writes
# nothing.

quick <- identical(Sys.getenv("SGMOE_BENCH"), "quick")
sizes <- data.frame(
  n = c(2e4, 1e5, 2e4, 2e4, 5e3), columns = c(6, 6, 11, 31, 101),
  k = c(3, 3, 5, 8, 4), fit = c(TRUE, TRUE, FALSE, TRUE, FALSE)
)
classes <- data.frame(n = 2e4, columns = 11, k = 1, fit = TRUE)
if (quick) {
  sizes <- sizes[1, ]
  sizes$n <- 2000
  classes$n <- 2000
}

make_data <- function(size, classes = FALSE) {
  set.seed(4)
  x <- matrix(rnorm(size$n * (size$columns - 1)), size$n)
  y <- drop(x %*% rnorm(size$columns - 1)) * sign(x[, 1]) + rnorm(size$n)
  if (classes) {
    y <- factor(cut(y, quantile(y, 0:3 / 3), include.lowest = TRUE, labels = FALSE))
  }
  posterior <- matrix(rexp(size$n * size$k), size$n)
  list(data = data.frame(y, x), posterior = posterior / rowSums(posterior))
}

seconds_of <- function(run, times) {
  min(vapply(seq_len(times), function(i) {
    gc(FALSE)
    time <- system.time(run())
    min(time[["elapsed"]], sum(time[1:2])) # other work adds to elapsed time
  }, 0))
}

# The difference of a long and a short fit leaves formula and design out.
pass_seconds <- function(case, size) {
  time <- function(passes) {
    seconds_of(function() {
      fit <- suppressWarnings(sgmoe(
        y ~ ., case$data,
        k = size$k, start = case$posterior, ridge = 1, max_passes = passes,
        tolerance = 1e-300, acceleration = "none", curvature = "bound"
      ))
      stopifnot(fit$passes == passes)
    }, 3)
  }
  (time(62) - time(2)) / 60
}

whole_fit <- function(case, size) {
  time <- seconds_of(function() {
    fit <<- suppressWarnings(sgmoe(
      y ~ ., case$data,
      k = size$k, start = if (size$k > 1) case$posterior, ridge = 0
    ))
  }, 2)
  c(time, fit$log_likelihood)
}

# One process, one build: what it measures, a number each.
one_turn <- function() {
  suppressMessages(library(sgmoe))
  has_sets <- "simd" %in% names(suppressWarnings(
    sgmoe(dist ~ speed, datasets::cars, k = 1)
  ))
  found <- numeric()
  for (i in seq_len(nrow(sizes))) {
    case <- make_data(sizes[i, ])
    best <- pass_seconds(case, sizes[i, ])
    options(sgmoe.simd = "baseline")
    baseline <- if (has_sets) pass_seconds(case, sizes[i, ]) else NA
    options(sgmoe.simd = NULL)
    fit <- if (sizes$fit[[i]]) whole_fit(case, sizes[i, ]) else c(NA, NA)
    found <- c(found, best, baseline, fit)
  }
  fit <- whole_fit(make_data(classes, TRUE), classes)
  cat(c(found, fit), "\n")
}

peer_seconds <- function(size) {
  if (!size$fit || !requireNamespace("flexmix", quietly = TRUE)) {
    return(c(NA, NA))
  }
  case <- make_data(size)
  formula <- reformulate(names(case$data)[-1], "y")
  time <- seconds_of(function() {
    fit <<- flexmix::flexmix(formula, case$data,
      k = size$k, cluster = case$posterior, model = flexmix::FLXMRglm(),
      concomitant = flexmix::FLXPmultinom(formula[-2]), control = list(minprior = 0)
    )
  }, 1)
  c(time, as.numeric(flexmix::logLik(fit)))
}

one_expert_peers <- function(size) {
  case <- make_data(size, TRUE)
  x <- as.matrix(case$data[-1])
  c(
    multinom = if (requireNamespace("nnet", quietly = TRUE)) {
      seconds_of(function() {
        nnet::multinom(y ~ ., case$data, trace = FALSE, reltol = 1e-12, maxit = 1000)
      }, 2)
    } else {
      NA
    },
    glmnet = if (requireNamespace("glmnet", quietly = TRUE)) {
      seconds_of(function() {
        glmnet::glmnet(x, case$data$y, "multinomial", lambda = 0)
      }, 2)
    } else {
      NA
    }
  )
}

arguments <- commandArgs(TRUE)
if (length(arguments) == 2L && arguments[[1L]] == "turn") {
  .libPaths(c(arguments[[2L]], .libPaths()))
  one_turn()
  quit()
}
if (!length(arguments)) {
  message("speed.R needs a library with sgmoe, and maybe one with an older build.")
  quit()
}

turn <- function(library) {
  output <- system2("Rscript", c("bench/speed.R", "turn", shQuote(library)),
    stdout = TRUE
  )
  scan(text = utils::tail(output, 1), quiet = TRUE)
}
turns <- lapply(seq_len(if (quick) 1 else 3), function(i) lapply(arguments, turn))
# The shortest times; log-likelihoods are the same in every turn.
least <- lapply(seq_along(arguments), function(which) {
  do.call(pmin, lapply(turns, `[[`, which))
})
split_found <- function(found) {
  matrix(found[seq_len(4 * nrow(sizes))], ncol = 4, byrow = TRUE)
}
new <- split_found(least[[1]])
old <- if (length(arguments) > 1L) split_found(least[[2]]) else new * NA
peers <- vapply(seq_len(nrow(sizes)), function(i) peer_seconds(sizes[i, ]), c(0, 0))

nanoseconds <- function(seconds) signif(1e9 * seconds / sizes$n, 4)
table <- data.frame(
  sizes[c("n", "columns", "k")],
  limit = signif(with(sizes, k * columns * (columns + 9)) / (16 * 3.4), 3),
  best = nanoseconds(new[, 1]), baseline = nanoseconds(new[, 2]),
  old = nanoseconds(old[, 1]), times_old = round(old[, 1] / new[, 1], 2),
  fit = signif(new[, 3], 4), old_fit = signif(old[, 3], 4),
  times_old_fit = round(old[, 3] / new[, 3], 2),
  flexmix = signif(peers[1, ], 4), times_flexmix = round(peers[1, ] / new[, 3]),
  above_flexmix = signif(new[, 4] - peers[2, ], 3)
)
print(table, row.names = FALSE)
one <- c(
  sgmoe = least[[1]][[4 * nrow(sizes) + 1]],
  old = if (length(arguments) > 1L) least[[2]][[4 * nrow(sizes) + 1]] else NA,
  one_expert_peers(classes)
)
cat("\nOne expert, three classes, seconds\n")
print(signif(one, 4))
if (!quick) {
  write.csv(table, "bench/speed.csv", row.names = FALSE)
  write.csv(
    data.frame(classes[c("n", "columns")], t(signif(one, 4))),
    "bench/speed_one_expert.csv",
    row.names = FALSE
  )
}
