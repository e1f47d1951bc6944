# Packages that are only suggested.

#' @noRd
has_package <- function(package) requireNamespace(package, quietly = TRUE)

#' @param package A suggested package.
#' @noRd
require_package <- function(package, what, call = rlang::caller_env()) {
  if (!has_package(package)) {
    abort("package", c(
      "Reading {what} needs package {.pkg {package}}, which is not installed.",
      "i" = "{.code install.packages(\"{package}\")}"
    ), call)
  }
}
