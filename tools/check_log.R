# Judges a log of R CMD check: fails on anything but the notes named here.
#
#   Rscript tools/check_log.R path/to/00check.log

# Check that gave the note -> what its whole text must match.
allowed <- c(
  "CRAN incoming feasibility" = "^(Maintainer: .*|New submission|\\s)*$",
  "for future file timestamps" = "^unable to verify current time",
  "HTML version of manual" = "^Skipping checking HTML validation.*tidy",
  "installed package size" = "^",
  # Our methods for them register themselves where they are; some cannot be had
  # with Debian 12's R.
  "package dependencies" =
    "^Packages? which this enhances but not available for checking:[^:]*$"
)

log <- commandArgs(trailingOnly = TRUE)
closing <- grep("^Status: ", readLines(log), value = TRUE)
if (!length(closing)) {
  message("R CMD check did not come to its end: see ", log)
  quit(status = 1)
}

found <- tools::check_packages_in_dir_details(logs = log, drop_ok = TRUE)
harmless <- c("OK", "INFO", "NONE", "SKIPPED", "Note_to_CRAN_maintainers")
found <- found[!found$Status %in% harmless, ]

is_allowed <- function(check, status, output) {
  pattern <- allowed[check]
  status == "NOTE" && !is.na(pattern) &&
    grepl(pattern, output, perl = TRUE)
}
fine <- as.logical(mapply(
  is_allowed, found$Check, found$Status, found$Output
))
for (row in which(!fine)) {
  message(
    "\n", found$Status[row], " in check: ", found$Check[row], "\n",
    found$Output[row]
  )
}
if (any(!fine) || grepl("ERROR|WARNING", closing)) quit(status = 1)
cat("R CMD check: nothing to complain about; ", closing, "\n", sep = "")
