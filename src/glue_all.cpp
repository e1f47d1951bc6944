// All that meets R, in one unit: reading the headers of Rcpp and Eigen takes
// longer than compiling what is in these files.
#include "convert.cpp"
#include "fields.cpp"
#include "glue.cpp"
#include "glue_simd.cpp"
#include "glue_spill.cpp"
#include "glue_starts.cpp"
#include "glue_waiting.cpp"

// The generated file asks for RcppEigen's conversions, and uses none of them.
#define RcppEigen__RcppEigen__h
#include "RcppExports.cpp"
