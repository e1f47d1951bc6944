# The speed of the package, a part at a time, each in a few minutes:
#
#   Rscript bench/speed.R PART new_library [old_library]
#
# Builds are measured in turn, three times each, so that what else the machine does meets
# all alike; the least counts. (Passes are measured six times: other work disturbs such
# short times most.) The parts:
#
# * pass: nanoseconds a row and pass over the data (Gaussian experts, bound), on the
#   best instruction set and on "baseline" (which older builds do not know: they do the
#   same twice). Half a second of passes is measured. Peer: the arithmetic limit. A pass cannot do
#   without K Gram matrices and the products with coefficients, (K p (p + 1) + 8 p K)
#   operations, 16 in a cycle at 3.4 GHz.
# * default: seconds of a fit with all defaults, its starts and its ridge: the mean of
#   five seeds, for each may end in another optimum. The least and the greatest
#   log-likelihood say how far apart these are.
# * million: seconds of a default fit of many rows, whose experts and gate are those of
#   simulate_moe(). (Those of the other parts change at once: there superfluous experts
#   take hundreds of passes.)
# * large: seconds of a fit with 100 classes and of one with 2000 columns, and of each
#   of their passes; its peak of resident memory beyond the data frame's, as so many
#   design matrices (Linux only).
# * stream: microseconds a row, of large chunks and of calls with one row, when a
#   stream has learnt some thousand rows: what its first calls cost is left out.
# * classes: seconds of one expert for classes, without a ridge. Peers: nnet::multinom()
#   and glmnet() without a penalty.
#
# Whole fits against other packages, up to 1e6 rows, are in gaussian.R.
#
# A part's rows replace those that bench/speed.csv has of it; SGMOE_BENCH=quick takes
# small sizes and one turn, and writes nothing.

quick <- identical(Sys.getenv("SGMOE_BENCH"), "quick")
`%||%` <- function(x, y) if (is.null(x)) y else x

sizes <- function(n, columns, k) {
  if (quick) {
    data.frame(n = 2000, columns = 6, k = 3)
  } else {
    data.frame(n, columns, k)
  }
}

make_data <- function(size, classes = FALSE) {
  set.seed(4)
  x <- matrix(rnorm(size$n * (size$columns - 1)), size$n)
  y <- drop(x %*% rnorm(size$columns - 1)) * sign(x[, 1]) + rnorm(size$n)
  if (classes) {
    y <- factor(cut(y, quantile(y, 0:classes / classes),
      include.lowest = TRUE, labels = FALSE
    ))
  }
  posterior <- matrix(rexp(size$n * size$k), size$n)
  list(data = data.frame(y, x), posterior = posterior / rowSums(posterior))
}

# Processor time where it is less: other work adds to elapsed time.
seconds_of <- function(run, times = 1) {
  min(vapply(seq_len(times), function(i) {
    gc(FALSE)
    time <- system.time(run())
    min(time[["elapsed"]], sum(time[1:2]))
  }, 0))
}

# The difference of a long and a short fit leaves formula and design out.
pass_seconds <- function(case, size, ...) {
  operations <- with(size, n * k * columns * (columns + 9))
  passes <- if (quick) 60 else max(60, ceiling(4e9 / operations))
  time <- function(passes) {
    seconds_of(function() {
      fit <- suppressWarnings(sgmoe(
        y ~ ., case$data,
        k = size$k, start = case$posterior, ridge = 1, max_passes = passes,
        tolerance = 1e-300, acceleration = "none", ...
      ))
      stopifnot(fit$passes == passes)
    }, 2)
  }
  (time(passes + 2) - time(2)) / passes
}

whole_fit <- function(case, size, seeds = 1, ...) {
  found <- vapply(seq_len(seeds), function(seed) {
    set.seed(seed)
    fit <- NULL
    time <- seconds_of(function() {
      fit <<- suppressWarnings(sgmoe(y ~ ., case$data, k = size$k, ...))
    })
    c(time, fit$log_likelihood)
  }, numeric(2))
  c(mean(found[1, ]), range(found[2, ]))
}

# A part is a list: `cases`, a data frame of cases, and `measure(case)`, a number for
# each of `units`, which is what the package under test does; `peer(case)`, maybe, is what
# it is compared with.
parts <- list(
  pass = list(
    cases = sizes(c(2e4, 2e4, 2e4, 5e3), c(6, 11, 31, 101), c(3, 5, 8, 4)),
    units = c("best, ns a row" = 1, "baseline, ns a row" = 1),
    turns = 6,
    measure = function(case) {
      data <- make_data(case)
      best <- pass_seconds(data, case, curvature = "bound")
      options(sgmoe.simd = "baseline")
      on.exit(options(sgmoe.simd = NULL))
      1e9 / case$n * c(best, pass_seconds(data, case, curvature = "bound"))
    },
    peer = function(case) {
      with(case, k * columns * (columns + 9)) / (16 * 3.4)
    }
  ),
  default = list(
    cases = sizes(c(200, 2000, 2e4, 1e5), c(4, 6, 6, 6), 3),
    units = c(
      "seconds" = 1, "log-likelihood, least" = 0, "log-likelihood, greatest" = 0
    ),
    measure = function(case) whole_fit(make_data(case), case, if (quick) 1 else 5)
  ),
  large = list(
    cases = data.frame(
      what = c("100 classes", "2000 columns"),
      n = c(2e4, 5e3), columns = c(17, 2000), k = 2
    ),
    units = c("seconds" = 1, "seconds a pass" = 1, "memory, designs" = 1),
    measure = function(case) {
      if (quick) {
        case[c("n", "columns")] <- list(1000, 5)
      }
      classes <- if (case$what == "100 classes") 100 else FALSE
      data <- make_data(case, classes)
      fit <- function() {
        suppressWarnings(sgmoe(y ~ ., data$data,
          k = case$k, start = data$posterior, ridge = 1, max_passes = 100
        ))
      }
      passes <- time <- 0
      measured <- function() {
        time <<- seconds_of(function() passes <<- fit()$passes)
      }
      memory <- NA
      if (file.exists("/proc/self/clear_refs")) {
        source("bench/lib/memory.R")
        memory <- peak_megabytes(measured)
      } else {
        measured()
      }
      c(time, time / passes, memory / (case$n * case$columns * 8 / 2^20))
    }
  ),
  million = list(
    cases = sizes(1e6, 31, 8),
    units = c("seconds, one thread" = 1, "seconds, two threads" = 1),
    measure = function(case) {
      set.seed(2)
      data <- simulate_moe(case$n, case$k, p = case$columns - 1)
      vapply(1:2, function(threads) {
        set.seed(1)
        seconds_of(function() {
          suppressWarnings(sgmoe(y ~ ., data, k = case$k, threads = threads))
        })
      }, 0)
    }
  ),
  stream = list(
    cases = data.frame(
      columns = c(6, 50, 6, 6), k = c(3, 3, 3, 3),
      call = c("chunks", "chunks", "update", "update_matrix"),
      rows = c(1e6, 4e5, 3e3, 3e3)
    ),
    units = c("microseconds a row" = 1),
    measure = function(case) {
      rows <- if (quick) 2000 else case$rows
      data <- make_data(data.frame(n = rows + 4000, case))$data
      set.seed(1)
      stream <- suppressWarnings(sgmoe_stream(
        y ~ ., data[1:2000, ],
        k = case$k, starts = 1, ridge = 1
      ))
      stream <- update(stream, data[2001:4000, ])
      rest <- data[-(1:4000), ]
      y <- rest$y
      x <- cbind(1, as.matrix(rest[-1]))
      dimnames(x) <- NULL
      chunk <- function(i) rest[i, ]
      chunks <- lapply(if (case$call == "update") seq_len(rows), chunk)
      learn <- switch(case$call,
        chunks = function() update_matrix(stream, x, y),
        update = function() {
          for (one in chunks) stream <<- update(stream, one)
        },
        update_matrix = function() {
          for (i in seq_len(rows)) stream <<- update_matrix(stream, x[i, ], y[[i]])
        }
      )
      1e6 / rows * seconds_of(function() suppressWarnings(learn()))
    }
  ),
  classes = list(
    cases = transform(sizes(2e4, 11, 1), k = 1),
    units = c("seconds, against multinom" = 1, "seconds, against glmnet" = 1),
    measure = function(case) {
      rep(whole_fit(make_data(case, 3), case, ridge = 0)[[1L]], 2)
    },
    peer = function(case) {
      data <- make_data(case, 3)$data
      has <- function(package) requireNamespace(package, quietly = TRUE)
      c(
        if (has("nnet")) {
          seconds_of(function() {
            nnet::multinom(y ~ ., data, trace = FALSE, reltol = 1e-12, maxit = 1000)
          })
        } else {
          NA
        },
        if (has("glmnet")) {
          x <- as.matrix(data[-1])
          seconds_of(function() {
            glmnet::glmnet(x, data$y, "multinomial", lambda = 0, thresh = 1e-12)
          })
        } else {
          NA
        }
      )
    }
  )
)

# One process, one build, one part: its numbers.
one_turn <- function(part, library) {
  .libPaths(c(library, .libPaths()))
  suppressMessages(library(sgmoe))
  found <- lapply(seq_len(nrow(part$cases)), function(i) {
    part$measure(part$cases[i, , drop = FALSE])
  })
  cat(unlist(found), "\n")
}

run_turn <- function(name, library) {
  output <- system2("Rscript",
    c("bench/speed.R", "turn", name, shQuote(library)),
    stdout = TRUE
  )
  scan(text = utils::tail(output, 1), quiet = TRUE)
}

measure_part <- function(name, libraries) {
  part <- parts[[name]]
  turns <- if (quick) 1 else part$turns %||% 3
  found <- lapply(seq_len(turns), function(i) lapply(libraries, run_turn, name = name))
  least <- function(which) do.call(pmin, lapply(found, `[[`, which))
  peer <- if (is.null(part$peer)) {
    NA
  } else {
    unlist(lapply(seq_len(nrow(part$cases)), function(i) {
      rep_len(part$peer(part$cases[i, , drop = FALSE]), length(part$units))
    }))
  }
  cases <- apply(part$cases, 1L, function(case) {
    paste(names(case), trimws(case), collapse = ", ")
  })
  table <- data.frame(
    part = name, case = rep(cases, each = length(part$units)),
    unit = rep(names(part$units), nrow(part$cases)), new = least(1L),
    old = if (length(libraries) > 1L) least(2L) else NA, peer = peer,
    date = format(Sys.Date())
  )
  compared <- rep(part$units, nrow(part$cases)) == 1
  table$times_old <- ifelse(compared, table$old / table$new, NA)
  table$times_peer <- ifelse(compared, table$peer / table$new, NA)
  numbers <- vapply(table, is.numeric, NA)
  # (Log-likelihoods differ in later digits.)
  digits <- ifelse(startsWith(table$unit, "log"), 8, 4)
  table[numbers] <- lapply(table[numbers], signif, digits)
  table
}

arguments <- commandArgs(TRUE)
if (length(arguments) == 3L && arguments[[1L]] == "turn") {
  one_turn(parts[[arguments[[2L]]]], arguments[[3L]])
} else if (length(arguments) < 2L || !arguments[[1L]] %in% names(parts)) {
  message(
    "speed.R takes a part (", paste(names(parts), collapse = ", "),
    "), a library with sgmoe, and maybe one with an older build."
  )
} else {
  table <- measure_part(arguments[[1L]], arguments[-1L])
  print(table, row.names = FALSE)
  file <- "bench/speed.csv"
  if (!quick) {
    others <- if (file.exists(file)) utils::read.csv(file)
    others <- others[others$part != arguments[[1L]], ]
    write.csv(rbind(others, table), file, row.names = FALSE)
  }
}
