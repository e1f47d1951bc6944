# Time to the same or a higher log-likelihood from the same starting posterior,
# sgmoe against other packages, and the cost of one pass against the K + 1
# cross-products X'X that no method can do without.
#
# A peer runs to its own convergence; sgmoe is charged its whole default fit
# (tolerance 1e-10) through the formula interface, though it passes the peer's
# log-likelihood earlier. meteorits is not compared: it takes one covariate, and
# is no longer on CRAN.

source("bench/lib/common.R")
source("bench/lib/peers.R")
source("bench/lib/memory.R")

# --- Time to a log-likelihood -------------------------------------------------

# 2000 rows for the 472 parameters of 31 columns and 8 experts have many optima,
# and then the lot, not speed, decides which method ends higher. With seed 4 all
# end in the same.
cases <- rbind(
  data.frame(n = 2e3, columns = 2, k = 2, seed = 1),
  data.frame(n = 2e3, columns = c(6, 11, 31), k = c(3, 5, 8),
             seed = c(1, 1, 4)),
  expand.grid(n = c(2e4, 1e5, 1e6), columns = c(6, 11, 31), k = NA, seed = 1)
)
cases$k[is.na(cases$k)] <- c(`6` = 3, `11` = 5, `31` = 8)[
  as.character(cases$columns[is.na(cases$k)])
]
cases <- cases[order(cases$columns, cases$n), ]
if (quick) {
  cases <- cases[cases$n * cases$columns * cases$k <= 2e4 * 6 * 3, ]
}

# Most rows (by columns) with which a peer ends in reasonable time.
most_rows <- list(
  flexmix = c(`2` = 2e3, `6` = 1e5, `11` = 2e4, `31` = 2e4),
  MoEClust = c(`2` = 2e3, `6` = 2e4, `11` = 2e3, `31` = 0),
  mixtools = c(`2` = 2e3, `6` = 0, `11` = 0, `31` = 0)
)
peers <- list(
  flexmix = peer_flexmix, MoEClust = peer_moeclust, mixtools = peer_mixtools
)
ours <- list(
  default = list(),
  `default, 2 threads` = list(threads = 2),
  `plain MM` = list(acceleration = "none", curvature = "bound"),
  EM = list(method = "em")
)
slow <- c("plain MM", "EM")

line <- function(case, method, fit = list(), seconds = NA, note = "") {
  filled <- function(value) if (is.null(value)) NA else value
  data.frame(
    n = case$n, columns = case$columns, k = case$k, method = method,
    passes = filled(fit$passes), seconds = seconds,
    log_likelihood = filled(fit$log_likelihood) / case$n, note = note
  )
}

run_peer <- function(case, peer) {
  if (case$n > most_rows[[peer]][[as.character(case$columns)]]) {
    return(NULL)
  }
  result <- timed(function() peers[[peer]](case))
  if (is.null(result$value)) {
    return(line(case, peer, note = "not installed"))
  }
  line(case, peer, result$value, result$seconds)
}

run_ours <- function(case, method) {
  if (method %in% slow && case$n * case$k * case$columns^2 > 1.6e8) {
    return(line(case, method, note = "not run: minutes"))
  }
  arguments <- c(
    list(case$formula, case$data, k = case$k, start = case$posterior),
    ours[[method]]
  )
  result <- timed(function() do.call(sgmoe, arguments))
  fit <- result$value
  row <- line(case, method, fit, result$seconds,
    note = if (fit$converged) "" else fit$reason
  )
  row$trace <- list(fit$trace / case$n)
  row
}

bind <- function(rows) do.call(rbind, rows[!vapply(rows, is.null, NA)])

# Adds how many times faster than flexmix sgmoe was, if it ended as high, and
# the pass in which it was as high (the trace starts with the second pass).
compare <- function(case) {
  theirs <- bind(lapply(names(peers), run_peer, case = case))
  mine <- lapply(names(ours), run_ours, case = case)
  flexmix <- theirs[theirs$method %in% "flexmix", ]
  mine <- lapply(mine, function(row) {
    trace <- row$trace[[1]]
    row$trace <- NULL
    reached <- if (length(trace) && nrow(flexmix)) {
      which(trace >= flexmix$log_likelihood)[1]
    } else {
      NA
    }
    row$passes_to_flexmix <- reached + 1
    row$times_flexmix <- if (is.na(reached)) NA else
      flexmix$seconds / row$seconds
    row
  })
  if (!is.null(theirs)) {
    theirs$passes_to_flexmix <- theirs$times_flexmix <- NA_real_
  }
  rbind(theirs, bind(mine))
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
pass_seconds <- function(problem, start, many, ...) {
  run <- function(passes) {
    timed(function() {
      core_run(problem, start, max_passes = passes, tolerance = 0, ...)
    })$seconds
  }
  (run(2 + many) - run(2)) / many
}

floor_seconds <- function(x, k, product) {
  many <- max(1, round(2e7 / (nrow(x) * ncol(x)^2)))
  one <- timed(function() for (i in seq_len(many)) product(x), budget = 1)
  (k + 1) * one$seconds / many
}

one_pass <- function(case) {
  problem <- core_problem(case)
  start <- list(posterior = case$posterior)
  work <- case$n * case$k * case$columns^2
  many <- min(200, max(9, 9 * round(1e8 / work)))
  pass <- function(...) pass_seconds(problem, start, many, ...)
  plain <- list(curvature = "bound", acceleration = "none")
  x <- problem$data$gate$values
  largest <- case$n == 1e6 && case$columns == 31
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
    megabytes = if (largest || quick) {
      core_megabytes(case$n, case$columns, case$k, 2)
    } else {
      NA
    }
  )
}

# --- All cases, the data of one at a time in memory ---------------------------

results <- lapply(seq_len(nrow(cases)), function(i) {
  case <- do.call(simulated_case, cases[i, ])
  list(fits = compare(case), pass = one_pass(case))
})
publish(
  bind(lapply(results, `[[`, "fits")), "gaussian",
  "Fits from the same random posterior (log-likelihood per observation)"
)
publish(
  bind(lapply(results, `[[`, "pass")), "gaussian_pass",
  "Seconds of one pass and of K + 1 cross-products; memory above the data"
)
