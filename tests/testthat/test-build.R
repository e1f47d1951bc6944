# The build scripts run in whatever folder a checkout happens to be. (Left out of
# the built package, which has no Makefile.)

# A checkout of nothing but the Makefile, in a folder of that name, with an R
# that only writes down what it was given.
run_make <- function(folder, target) {
  root <- tempfile("build")
  checkout <- file.path(root, folder)
  dir.create(checkout, recursive = TRUE)
  file.copy(test_path("..", "..", "Makefile"), checkout)
  stub <- file.path(root, "stub")
  dir.create(stub)
  log <- file.path(root, "log")
  program <- file.path(stub, "Rscript")
  writeLines(c(
    "#!/bin/sh",
    "printf '%s|%s\\n' \"$R_LIBS\" \"$*\" >>\"$SGMOE_TEST_LOG\""
  ), program)
  Sys.chmod(program, "755")
  dir.create(file.path(checkout, "tools"))
  writeLines(
    "printf 'install|%s\\n' \"$1\" >>\"$SGMOE_TEST_LOG\"; mkdir -p output/library",
    file.path(checkout, "tools", "install.sh")
  )
  before <- setwd(checkout)
  on.exit({
    setwd(before)
    unlink(root, recursive = TRUE)
  })
  status <- system2(
    "make", c("--no-print-directory", target),
    stdout = FALSE, stderr = FALSE,
    env = c(
      paste0("PATH=", shQuote(paste0(stub, ":", Sys.getenv("PATH")))),
      paste0("SGMOE_TEST_LOG=", shQuote(log)), "R_LIBS="
    )
  )
  list(
    status = status, log = readLines(log, encoding = "UTF-8"),
    files = list.files(root, recursive = TRUE),
    here = normalizePath(checkout)
  )
}

test_that("any folder name will do, and none is ever executed", {
  folders <- c(
    "plain", "with space", "$(touch PWNED)x", "`touch PWNED`", "a\"b", "a'b",
    "dollar$HOME", "hash#x", "\u00fcn\u00efcode"
  )
  for (folder in folders) {
    result <- run_make(folder, "demo")
    library <- file.path(result$here, "output", "library")
    expect_identical(result$status, 0L, info = folder)
    expect_true(paste0("install|", library) %in% result$log, info = folder)
    expect_true(
      paste0(library, "|tools/demo.R") %in% result$log,
      info = folder
    )
    expect_false(any(grepl("PWNED$", result$files)), info = folder)
  }
})
