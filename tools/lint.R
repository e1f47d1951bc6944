# Runs lintr (see .lintr) on the package and on the scripts beside it; fails
# on any finding. sgmoe must be installed, else lintr takes the package's own
# functions for undefined ones.

lints <- lintr::lint_dir(".")
print(lints)
cat(sprintf("lintr: %d findings\n", length(lints)))
quit(status = as.integer(length(lints) > 0))
