library(testthat)
library(sgmoe)

# All, or the files that SGMOE_TESTS names (.ci/run has run all of them before).
files <- Sys.getenv("SGMOE_TESTS")
test_check("sgmoe", filter = if (nzchar(files)) files)
