# Tests that take long are left out where SGMOE_FAST is set (`make test FAST=1`).
# tools/run_tests.R says how many that were; continuous integration runs all.

is_fast_tier <- function() !Sys.getenv("SGMOE_FAST") %in% c("", "0")

# Noted in a file, since test files run in several processes.
leave_out <- function(what) {
  cat(what, "\n", file = Sys.getenv("SGMOE_LEFT_OUT", nullfile()), append = TRUE)
}

#' test_that() for what takes more than a second
slow_test <- function(what, code) {
  if (is_fast_tier()) {
    return(leave_out(what))
  }
  eval(substitute(test_that(what, code)), parent.frame())
}
