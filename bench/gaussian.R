# Time to the same or a higher log-likelihood from the same starting posterior,
# sgmoe against other packages, and the cost of one pass against the K + 1
# cross-products X'X that no method can do without.
#
#   Rscript bench/gaussian.R [races] [passes]
#
# A peer runs to its own convergence; sgmoe is charged its whole default fit
# (tolerance 1e-10) through the formula interface, though it passes the peer's
# log-likelihood earlier. meteorits is not compared: it takes one covariate, and
# is no longer on CRAN.

source("bench/lib/common.R")
source("bench/lib/peers.R")
source("bench/lib/memory.R")

# --- Time to a log-likelihood -------------------------------------------------

# From a random posterior methods may end in different optima, and then the
# lot, not speed, decides. Seeds were chosen so that flexmix and all of ours end
# in the same (the log-likelihoods show who does not): with others of the first
# five, flexmix, the default or plain MM was left behind.
cases <- rbind(
  data.frame(n = 2e3, columns = 2, k = 2, seed = 1),
  merge(
    data.frame(n = c(2e3, 2e4, 1e5, 1e6)),
    data.frame(columns = c(6, 11, 31), k = c(3, 5, 8), seed = 4)
  )
)
if (quick) {
  cases <- cases[cases$n * cases$columns * cases$k <= 2e4 * 6 * 3, ]
}

# Most rows (by columns) with which a peer ends in a few minutes.
peers <- list(
  flexmix = list(
    fit = peer_flexmix,
    most = c(`2` = 2e3, `6` = 1e5, `11` = 2e4, `31` = 2e4)
  ),
  MoEClust = list(
    fit = peer_moeclust,
    most = c(`2` = 2e3, `6` = if (quick) 2e3 else 2e4, `11` = 2e3, `31` = 0)
  ),
  mixtools = list(
    fit = peer_mixtools,
    most = c(`2` = if (quick) 0 else 2e3, `6` = 0, `11` = 0, `31` = 0)
  )
)
ours <- list(
  default = list(),
  `default, 2 threads` = list(threads = 2),
  `plain MM` = list(acceleration = "none", curvature = "bound"),
  EM = list(method = "em")
)

# One row of the table.
line <- function(case, method, fit = NULL, seconds = NA, note = NULL,
                 times_flexmix = NA, passes_to_flexmix = NA) {
  filled <- function(value, empty) if (is.null(value)) empty else value
  data.frame(
    n = case$n, columns = case$columns, k = case$k, method = method,
    passes = filled(fit$passes, NA), seconds = seconds,
    log_likelihood = filled(fit$log_likelihood, NA) / case$n,
    times_flexmix = times_flexmix, passes_to_flexmix = passes_to_flexmix,
    note = filled(note, "")
  )
}

run_peer <- function(case, peer) {
  if (case$n > peers[[peer]]$most[[as.character(case$columns)]]) {
    return(NULL)
  }
  result <- timed(function() peers[[peer]]$fit(case))
  fit <- result$value
  if (is.null(fit)) {
    return(line(case, peer, note = "not installed"))
  }
  line(case, peer, fit, result$seconds, fit$note)
}

# `flexmix` is its row, or NULL.
run_ours <- function(case, method, flexmix) {
  work <- case$n * case$k * case$columns^2
  if (method %in% c("plain MM", "EM") && work > 1.6e8) {
    return(line(case, method, note = "not run: takes minutes"))
  }
  arguments <- c(
    list(
      case$formula, case$data,
      k = case$k, start = case$posterior, ridge = 0 # as the peers
    ),
    ours[[method]]
  )
  threads <- max(1, ours[[method]]$threads)
  result <- timed(function() {
    suppressWarnings(do.call(sgmoe, arguments))
  }, threads)
  fit <- result$value
  target <- if (is.null(flexmix)) NA else flexmix$log_likelihood
  first <- which(fit$trace / case$n >= target)[1]
  line(case, method, fit, result$seconds,
    note = if (!fit$converged) fit$reason,
    times_flexmix = if (is.na(first)) NA else flexmix$seconds / result$seconds,
    passes_to_flexmix = first
  )
}

bind <- function(rows) do.call(rbind, rows[!vapply(rows, is.null, NA)])

compare <- function(case) {
  theirs <- lapply(names(peers), run_peer, case = case)
  mine <- lapply(names(ours), run_ours, case = case, flexmix = theirs[[1]])
  bind(c(theirs, mine))
}

# --- One pass -----------------------------------------------------------------

# sum of x x' over the rows of the whole matrix, by Eigen as the core is built.
Rcpp::sourceCpp(code = "
  // [[Rcpp::depends(RcppEigen)]]
  #include <RcppEigen.h>
  // [[Rcpp::export]]
  Eigen::MatrixXd eigen_crossprod(const Eigen::Map<Eigen::MatrixXd> x) {
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(x.cols(), x.cols());
    sum.selfadjointView<Eigen::Lower>().rankUpdate(x.transpose());
    return sum;
  }
")

# Seconds of a pass: two fits that differ in nothing but the number of passes.
pass_seconds <- function(problem, start, many, ..., threads = 1) {
  run <- function(passes) {
    timed(function() {
      core_run(problem, start,
        max_passes = passes, tolerance = 0, threads = threads, ...
      )
    }, threads)
  }
  few <- run(2)
  more <- run(2 + many)
  (more$seconds - few$seconds) / (more$value$passes - few$value$passes)
}

# Processes that want to run, over the last minute: with more than the cores can
# take besides ours, threads_gain says nothing.
load_now <- function() {
  if (!file.exists("/proc/loadavg")) {
    return(NA_real_)
  }
  scan("/proc/loadavg", n = 1, quiet = TRUE, what = 0)
}

floor_seconds <- function(x, k, product) {
  many <- max(1, round(1e9 / (nrow(x) * ncol(x)^2))) # the clock ticks in ms
  one <- timed(function() for (i in seq_len(many)) product(x), budget = 1)
  (k + 1) * one$seconds / many
}

one_pass <- function(case, memory) {
  load_average <- load_now()
  problem <- core_problem(case)
  start <- list(posterior = case$posterior)
  work <- case$n * case$k * case$columns^2
  many <- min(2000, max(9, 9 * round(1e9 / work))) # half a second or more
  pass <- function(...) pass_seconds(problem, start, many, ...)
  plain <- list(curvature = "bound", acceleration = "none")
  x <- problem$data$gate$values
  seconds <- data.frame(
    bound = do.call(pass, plain),
    bound_2_threads = do.call(pass, c(plain, threads = 2)),
    default = pass(),
    eigen = floor_seconds(x, case$k, eigen_crossprod),
    crossprod = floor_seconds(x, case$k, crossprod)
  )
  data.frame(
    n = case$n, columns = case$columns, k = case$k, seconds,
    ratio_eigen = seconds$bound / seconds$eigen,
    ratio_crossprod = seconds$bound / seconds$crossprod,
    default_eigen = seconds$default / seconds$eigen,
    threads_gain = seconds$bound / seconds$bound_2_threads,
    load = load_average,
    megabytes = if (memory) core_megabytes(case, threads = 2) else NA_real_
  )
}

# --- All cases, the data of one at a time in memory ---------------------------

# Files are written after every case, so that a run cut short is not lost.
asked <- commandArgs(TRUE)
if (length(asked) == 0) {
  asked <- c("races", "passes")
}
fits <- passes <- NULL
for (i in seq_len(nrow(cases))) {
  message("n = ", cases$n[i], ", columns = ", cases$columns[i])
  case <- do.call(simulated_case, cases[i, ])
  if ("races" %in% asked) {
    fits <- rbind(fits, compare(case))
    save_table(fits, "gaussian")
  }
  # Fewer rows take too short to tell; memory is that of the largest case.
  if ("passes" %in% asked && case$n >= 2e4) {
    passes <- rbind(passes, one_pass(case, memory = i == nrow(cases)))
    save_table(passes, "gaussian_pass")
  }
}
if ("races" %in% asked) {
  publish(
    fits, "gaussian",
    "Fits from the same random posterior (log-likelihood per observation)"
  )
}
if ("passes" %in% asked) {
  publish(
    passes, "gaussian_pass",
    "Seconds of one pass (bound, default) and of K + 1 cross-products"
  )
}
