# Other packages link to the core, and its own tests build it without R.

core_headers <- function() {
  folder <- system.file("include", package = "sgmoe")
  list.files(folder, "[.](h|hpp)$", recursive = TRUE, full.names = TRUE)
}

# Lines that include a header of R or of Rcpp and its kin, as file:line.
r_includes <- function(files) {
  of_r <- paste0(
    "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]",
    "(R|Rinternals|Rmath|Rdefines|Rversion|Rconfig|Rembedded|Rcpp[^>\"]*)",
    "([.]h)?[>\"]|",
    "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"](R_ext|Rcpp)[^>\"]*/"
  )
  found <- lapply(files, function(file) {
    lines <- grep(of_r, readLines(file, warn = FALSE))
    if (length(lines)) paste0(basename(file), ":", lines)
  })
  as.character(unlist(found))
}

test_that("the core includes nothing of R", {
  files <- core_headers()
  expect_gt(length(files), 0)
  expect_identical(r_includes(files), character())
})

test_that("an include of R would be found, and others would not", {
  file <- tempfile(fileext = ".hpp")
  on.exit(unlink(file))
  writeLines(
    c(
      "#include <Rcpp.h>", "#include <RcppEigen.h>", "  # include \"R.h\"",
      "#include <Rinternals.h>", "#include <Rmath.h>",
      "#include <R_ext/Utils.h>", "#include<Rcpp/Named.h>",
      "#include <Eigen/Dense>", "#include \"rows.hpp\"",
      "#include <ratio>", "// not #include <R.h>"
    ),
    file
  )
  expect_identical(r_includes(file), paste0(basename(file), ":", 1:7))
})
