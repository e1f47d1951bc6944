library(testthat)
library(sgmoe)

test_check("sgmoe")
