# Shared by the benches. They are run from the root of the repository, with
# sgmoe installed; SGMOE_BENCH=quick runs small sizes only and writes no file.

suppressMessages(library(sgmoe))

quick <- identical(Sys.getenv("SGMOE_BENCH"), "quick")

# A function of the package that is not exported.
core <- function(name) getFromNamespace(name, "sgmoe")

# The value of `run()` and its shortest time. Other work on the machine adds to
# elapsed time, a threaded BLAS to processor time, so the smaller counts; with
# threads of our own only elapsed time means anything, and only on a machine with
# nothing else to do. What takes long is run once.
timed <- function(run, threads = 1, most = 5,
                  budget = if (quick) 0.5 else 2) {
  seconds <- numeric()
  while (length(seconds) < most && sum(seconds) < budget) {
    time <- system.time(value <- run())
    processor <- if (threads == 1) sum(time[1:2]) else Inf
    seconds <- c(seconds, min(time[["elapsed"]], processor))
  }
  list(value = value, seconds = min(seconds))
}

# The complete rows of a data set of a package.
take <- function(package, name) {
  space <- new.env()
  utils::data(list = name, package = package, envir = space)
  stats::na.omit(as.data.frame(space[[name]]))
}

# Writes bench/<name>.csv.
save_table <- function(table, name) {
  if (quick) {
    return(invisible())
  }
  numbers <- vapply(table, is.numeric, NA)
  table[numbers] <- lapply(table[numbers], signif, 6)
  write.csv(table, file.path("bench", paste0(name, ".csv")), row.names = FALSE)
}

# Prints a table and writes it.
publish <- function(table, name, title) {
  cat("\n", title, "\n\n", sep = "")
  print(format(table, digits = 4), row.names = FALSE)
  save_table(table, name)
}

# Data with known truth and a random posterior to start from. `columns` counts
# the intercept; the gate is about as certain whatever their number.
simulated_case <- function(n, columns, k, seed, gate_scale = 2, sigma = 0.5) {
  set.seed(seed)
  data <- simulate_moe(n, k, columns - 1,
    gate_scale = gate_scale / sqrt(columns - 1), sigma = sigma
  )
  posterior <- matrix(rexp(n * k), n)
  list(
    n = n, columns = columns, k = k, data = data,
    posterior = posterior / rowSums(posterior),
    formula = reformulate(setdiff(names(data), "y"), "y")
  )
}

# What the core works on.
core_problem <- function(case, ..., ridge = 0) {
  design <- core("build_design")(case$formula, data = case$data)
  wanted <- list(k = case$k, covariance = "full", shared = FALSE)
  problem <- core("new_problem")(design, wanted, sgmoe_control(ridge = ridge, ...))
  problem$model <- core("spec_model")(problem$spec)
  problem
}

# A fit by the core, without the formula interface around it.
core_run <- function(problem, start, ...) {
  settings <- list(
    method = "mm", curvature = "fisher", acceleration = "quasi-newton",
    max_passes = 5000, tolerance = 1e-10, history = 10, threads = 1
  )
  settings <- modifyList(settings, list(...))
  core("core_fit")(problem$data, problem$model, start, settings, NULL)
}
