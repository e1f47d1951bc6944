# Peak memory of the core above what was there before it ran. Linux only.

# Gives freed heap back to the system: memory that is used again would not
# count (30 MB in small pieces then showed as 0 to 13, after it as 27).
Rcpp::cppFunction("int trim_heap() { return malloc_trim(0); }",
  includes = "#include <malloc.h>"
)

# Megabytes by which `run()` raised the resident memory at its peak.
peak_megabytes <- function(run) {
  status <- function(field) {
    line <- grep(field, readLines("/proc/self/status"), value = TRUE)
    as.numeric(gsub("[^0-9]", "", line)) / 1024
  }
  gc()
  trim_heap()
  cat("5", file = "/proc/self/clear_refs") # the peak starts afresh
  before <- status("VmRSS")
  run()
  status("VmHWM") - before
}

# In a fresh process.
core_megabytes <- function(case, threads) {
  if (!file.exists("/proc/self/clear_refs")) {
    return(NA_real_)
  }
  code <- sprintf(
    "source('bench/lib/common.R'); source('bench/lib/memory.R')
     case <- simulated_case(%g, %g, %g, 1)
     problem <- core_problem(case)
     start <- list(posterior = case$posterior)
     cat(peak_megabytes(function() {
       core_run(problem, start, max_passes = 3, threads = %g)
     }))", case$n, case$columns, case$k, threads
  )
  as.numeric(system2(file.path(R.home("bin"), "Rscript"),
    c("-e", shQuote(code)),
    stdout = TRUE
  ))
}
