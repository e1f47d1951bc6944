# Formats the R code in place with styler; generated files are left alone.

files <- list.files(c("R", "tests", "bench", "tools"),
  pattern = "\\.R$", recursive = TRUE, full.names = TRUE
)
styler::cache_deactivate(verbose = FALSE)
styler::style_file(grep("RcppExports", files, value = TRUE, invert = TRUE))
