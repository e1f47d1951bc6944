#' @keywords internal
#' @aliases sgmoe-package
#' @name sgmoe-package
#' @importFrom Rcpp sourceCpp
#' @useDynLib sgmoe, .registration = TRUE
"_PACKAGE"
