#' @keywords internal
#' @importFrom Rcpp sourceCpp
#' @useDynLib sgmoe, .registration = TRUE
"_PACKAGE"
