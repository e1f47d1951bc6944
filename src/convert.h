// Between R objects and plain types: the only place where both meet.
#ifndef SGMOE_CONVERT_H
#define SGMOE_CONVERT_H

#include "engine.h"

#include <Rcpp/Light> // with types at run time: conditions are named by them

#include <string>
#include <vector>

namespace convert {

/// Where the element of a name is in a list of R; -1 where there is none, or no
/// list.
R_xlen_t position(SEXP list, const char *name);

sgmoe::Columns columns(const Rcpp::List &part);

/// `data` is list(gate, expert, response, weights, offset, background); the
/// first three are lists of values, centre and scale. Gate and experts share
/// their design if `expert` is NULL; `offset` is NULL or n x M numbers,
/// `background` absent or n log-odds. The rows are views of R's memory.
sgmoe::Rows rows(const Rcpp::List &data);

/// The same, or rows in a spill: values are then lists of path and columns.
std::unique_ptr<sgmoe::RowSource> source(const Rcpp::List &data);

/// Takes the instruction set that the option sgmoe.simd names, the best if it
/// is not set; make_engine() does.
void choose_kernels();

std::unique_ptr<engine::Engine> make_engine(const Rcpp::List &model);

sgmoe::Curvature curvature(const std::string &name);
/// The sum of the parts that are named: "gate", "expert", "posterior".
unsigned row_parts(const Rcpp::CharacterVector &names);
sgmoe::BatchControl batch_control(const Rcpp::List &control);
sgmoe::IncrementalControl incremental_control(const Rcpp::List &control);

/// A matrix of R's type double, whose memory may be looked at.
Rcpp::NumericMatrix numbers(SEXP values);
Eigen::Map<const sgmoe::Matrix> map(const Rcpp::NumericMatrix &values);
Eigen::Map<const sgmoe::Vector> map(const Rcpp::NumericVector &values);

/// The numeric elements of a list, copied.
engine::Fields fields(const Rcpp::List &from);
/// A stream's state: list(theta = parameters, numbers ...).
engine::Stream stream(const Rcpp::List &state);

sgmoe::Vector vector(const Rcpp::NumericVector &from);
Rcpp::NumericVector vector(const sgmoe::Vector &from);
Rcpp::NumericMatrix matrix(const sgmoe::Matrix &from);
Rcpp::List list(const engine::Fields &fields);
Rcpp::List list(const engine::Stream &stream);
Rcpp::List list(const engine::Fit &fit);
Rcpp::List list(const sgmoe::BlockInformation &block);

} // namespace convert

#endif
