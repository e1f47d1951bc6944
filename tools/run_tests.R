# Runs the whole test suite and closes with one line that says how it went.
#
#   Rscript tools/run_tests.R [filter]
#
# The C++ tests of the core in tests/cpp run beside the testthat suite, which
# tests the installed package, with the tests that CRAN is spared. What is counted
# are Catch test cases and test_that() blocks; an error counts as a failure. With a
# filter only the matching test files of testthat run. With SGMOE_FAST set, tests
# that take long are left out (tests/testthat/helper-tier.R), and those in C++,
# which take minutes to compile; how many are left out is said before the closing
# line. With SGMOE_SIMD all of them run on that instruction set.

filter <- commandArgs(trailingOnly = TRUE)
fast <- !Sys.getenv("SGMOE_FAST") %in% c("", "0")
left_out <- tempfile()
invisible(file.create(left_out))
Sys.setenv(SGMOE_LEFT_OUT = left_out)

# Tests start processes of their own: each reads this file.
simd <- Sys.getenv("SGMOE_SIMD")
if (nzchar(simd)) {
  profile <- tempfile(fileext = ".R")
  writeLines(sprintf("options(sgmoe.simd = %s)", deparse(simd)), profile)
  Sys.setenv(R_PROFILE_USER = profile)
  options(sgmoe.simd = simd)
}

tally <- function(passed = 0L, failed = 0L, skipped = 0L) {
  c(passed = passed, failed = failed, skipped = skipped)
}

# The number in front of a word in Catch's closing lines; 0 without one.
catch_count <- function(lines, pattern) {
  hit <- regmatches(lines, regexpr(pattern, lines))
  if (length(hit)) as.integer(gsub("[^0-9]", "", hit[1])) else 0L
}

catch_tally <- function(lines, status) {
  all_passed <- grep("^All tests passed", lines, value = TRUE)
  cases <- grep("^test cases:", lines, value = TRUE)
  passed <- catch_count(all_passed, "[0-9]+ test case") +
    catch_count(cases, "[0-9]+ passed")
  failed <- catch_count(cases, "[0-9]+ failed")
  # A crash may leave no closing line at all.
  if (status != 0) failed <- max(failed, 1L)
  tally(passed, failed)
}

# As one file, which takes a third of the time. What they print goes to a file:
# testthat prints meanwhile.
run_cpp <- function(log) {
  make <- c("-C", "tests/cpp", "build", "name=whole", "together=yes")
  if (system2("make", make, stdout = log, stderr = log) != 0) {
    cat("The C++ tests do not compile.\n", file = log, append = TRUE)
    return(tally(failed = 1L))
  }
  status <- system2("tests/cpp/build/whole/tests", stdout = log, stderr = log)
  catch_tally(readLines(log, warn = FALSE), status)
}

# Starts them; the function that it returns waits for them and shows what they
# printed.
begin_cpp <- function() {
  if (!length(Sys.glob("tests/cpp/*_test.cpp"))) {
    return(tally)
  }
  log <- tempfile()
  job <- parallel::mcparallel(run_cpp(log))
  function() {
    found <- parallel::mccollect(job)[[1L]]
    cat("\nC++ tests:\n")
    writeLines(readLines(log, warn = FALSE))
    if (is.numeric(found)) found else tally(failed = 1L)
  }
}

testthat_status <- function(test) {
  found <- function(kind) {
    any(vapply(test$results, inherits, NA, paste0("expectation_", kind)))
  }
  if (found("failure") || found("error")) {
    "failed"
  } else if (found("skip")) {
    "skipped"
  } else {
    "passed"
  }
}

# Files that are left out as a whole: their first line says so. (testthat takes
# snapshots that no test of a file asks for to be outdated, and deletes them.)
slow_files <- function() {
  files <- Sys.glob("tests/testthat/test-*.R")
  Filter(function(file) grepl("^# tier: slow", readLines(file, 1L)), files)
}

# (The cases of test-messages.R are in files of their own.)
count_tests <- function(files) {
  files <- c(files, Sys.glob("tests/testthat/messages/*.R"))
  lines <- unlist(lapply(files, readLines, warn = FALSE))
  sum(grepl("^(test_that|slow_test)[(]", lines))
}

run_testthat <- function(filter) {
  # Files are shared out among as many processes (DESCRIPTION asks for it).
  Sys.setenv(NOT_CRAN = "true", TESTTHAT_CPUS = Sys.getenv("JOBS", "1"))
  if (fast && !length(filter)) {
    names <- sub("^test-(.*)[.]R$", "\\1", basename(slow_files()))
    filter <- sprintf("^(?!(%s)$)", paste(names, collapse = "|"))
  }
  results <- testthat::test_dir("tests/testthat",
    filter = if (length(filter)) filter, perl = TRUE,
    reporter = testthat::ProgressReporter$new(
      show_praise = FALSE, max_failures = Inf, update_interval = Inf
    ),
    stop_on_failure = FALSE,
    package = read.dcf("DESCRIPTION", "Package")[[1]],
    load_package = "installed"
  )
  status <- vapply(results, testthat_status, "")
  tally(
    sum(status == "passed"), sum(status == "failed"), sum(status == "skipped")
  )
}

end_cpp <- if (!length(filter) && !fast) begin_cpp() else tally
total <- tryCatch(run_testthat(filter), error = function(e) {
  message("The testthat suite stopped: ", conditionMessage(e))
  tally(failed = 1L)
})
total <- total + end_cpp()
if (sum(total[c("passed", "failed")]) == 0) message("No test was executed.")

if (fast) {
  cat(sprintf(
    "\nFast tier: %d slow R tests and all C++ tests were left out.\n",
    length(readLines(left_out)) +
      if (length(filter)) 0L else count_tests(slow_files())
  ))
}
cat(sprintf(
  "\n%d passed, %d failed, %d skipped\n",
  total["passed"], total["failed"], total["skipped"]
))
quit(status = as.integer(total["failed"] > 0 || total["passed"] == 0))
