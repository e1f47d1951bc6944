# What standard errors cost: the pass that sums the observed information, and the
# one that sums outer products of scores, in units of an ordinary pass (the least of
# interleaved runs, one thread). The first must be at most 3 with 6 columns and 3
# experts, and at most 15 with 31 and 8. Prints what it finds.

source("bench/lib/common.R")

sizes <- data.frame(
  n = c(1e5, 2e4), columns = c(6, 31), k = c(3, 8), limit = c(3, 15)
)
rounds <- if (quick) 1 else 7
repeats <- if (quick) 1 else 10 # in a measurement: a pass takes milliseconds

one_size <- function(size) {
  case <- simulated_case(size$n, size$columns, size$k, seed = 1)
  problem <- core_problem(case, ridge = 1)
  start <- sgmoe(
    case$formula, case$data,
    k = size$k, start = case$posterior, ridge = 1, max_passes = 5
  )$parameters
  packed <- core("core_pack")(problem$model, start)
  works <- list(
    pass = function() {
      core("core_pass")(problem$data, problem$model, packed, "fisher", 1)
    },
    information = function() {
      core("core_information")(problem$data, problem$model, start, 1)
    },
    outer = function() {
      core("core_score_products")(problem$data, problem$model, start, 1)
    }
  )
  seconds <- vapply(seq_len(rounds), function(round) {
    vapply(works, function(work) {
      timed(function() for (i in seq_len(repeats)) work(), most = 1)$seconds / repeats
    }, 0)
  }, c(pass = 0, information = 0, outer = 0))
  least <- apply(seconds, 1L, min)
  data.frame(
    size,
    nanoseconds_a_row = least[["pass"]] / size$n * 1e9,
    information = least[["information"]] / least[["pass"]],
    outer_products = least[["outer"]] / least[["pass"]]
  )
}

table <- do.call(rbind, lapply(seq_len(nrow(sizes)), function(i) {
  suppressWarnings(one_size(sizes[i, ]))
}))
print(format(table, digits = 3), row.names = FALSE)
