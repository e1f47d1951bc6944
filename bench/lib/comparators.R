# One pass of stochastic gradients over a stream: the optimisers that the
# incremental algorithm is compared with. Needs RcppEnsmallen, besides what the
# package itself needs. Source bench/lib/common.R first.

comparator_names <- c("sgd", "rmsprop", "adam", "sophia")

# Compiles bench/lib/comparators.cpp, which takes a minute. What is compiled is
# kept as long as no header changes.
compile_comparators <- function() {
  if (!requireNamespace("RcppEnsmallen", quietly = TRUE)) {
    stop("The comparators need the package RcppEnsmallen.", call. = FALSE)
  }
  include <- system.file("include", package = "sgmoe", mustWork = TRUE)
  code <- c(
    "src/convert.h", "bench/lib/comparators.cpp",
    list.files(include, recursive = TRUE, full.names = TRUE)
  )
  state <- tempfile()
  writeLines(tools::md5sum(code), state)
  cache <- file.path(
    dirname(tempdir()), paste0("sgmoe-comparators-", tools::md5sum(state))
  )
  dir.create(cache, showWarnings = FALSE)
  old <- Sys.getenv("PKG_CPPFLAGS", NA)
  on.exit(if (is.na(old)) {
    Sys.unsetenv("PKG_CPPFLAGS")
  } else {
    Sys.setenv(PKG_CPPFLAGS = old)
  })
  Sys.setenv(PKG_CPPFLAGS = sprintf(
    '-I"%s" -I"%s" -DEIGEN_DONT_PARALLELIZE', include, normalizePath("src")
  ))
  compiled <- new.env()
  Rcpp::sourceCpp("bench/lib/comparators.cpp", cacheDir = cache, env = compiled)
  compiled
}

comparators <- compile_comparators()

# Step sizes to choose from, half a power of ten apart. With minibatches of 64
# rows the best lies inside for simulated_stream() of either family, 1e5 rows
# and `gate_scale` 1 or 10, and for all of real_streams(), whether the last
# parameters, their average or the progressive likelihood decide.
step_grid <- function(name) {
  range <- list(
    sgd = c(-3.5, 1.5), rmsprop = c(-4.5, -0.5), adam = c(-4.5, -0.5),
    sophia = c(-5, -1)
  )[[name]]
  10^seq(range[[1]], range[[2]], by = 0.5)
}

# One pass over all rows of `problem`, in their order, from the parameters
# `start` (as the core takes them, in the basis of `problem`). Returns
# parameters (after the last step), average (of the second half of the pass),
# failed (not finite: the pass ended there, and so nothing else of it counts),
# progressive (mean log-likelihood of the rows on the working scale, each taken
# before the step that it led to; NaN if failed), steps, rows and seconds.
# `seed` is for the responses that Sophia draws.
run_comparator <- function(problem, start, name, step, minibatch, seed = 1) {
  run <- comparators$one_pass(
    problem$data, problem$model, start, name, step, minibatch, seed
  )
  values <- unlist(run[c("parameters", "average")])
  run$failed <- !run$finite || !all(is.finite(values))
  run$finite <- NULL
  if (run$failed) {
    run$progressive <- NaN
  }
  run
}

# Log-likelihood per row of `data` (that of `problem`, or new rows in its
# basis), on the working scale; NaN for parameters that are not finite.
mean_log_likelihood <- function(problem, parameters, data = problem$data) {
  if (!all(is.finite(unlist(parameters)))) {
    return(NaN)
  }
  posterior <- core("core_predict")(
    data, problem$model, parameters, "posterior", 1
  )
  mean(posterior$log_density)
}
