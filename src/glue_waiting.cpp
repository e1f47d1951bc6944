// Rows of a stream that only wait.
#include "convert.h"

#include <sgmoe/driver/row_buffer.hpp>

// What waits for the rest of its minibatch, with rows that do not fill it:
// nothing else of a stream's state changes. NULL where something is wrong; who
// reads the whole state says what.
// [[Rcpp::export(rng = false)]]
Rcpp::RObject core_stream_wait(const Rcpp::List &data,
                               const Rcpp::NumericMatrix &pending) try {
  const sgmoe::Rows rows = convert::rows(data);
  rows.check();
  sgmoe::RowBuffer buffer;
  buffer.values = convert::map(pending);
  if (buffer.size() > 0 &&
      buffer.values.cols() != sgmoe::RowBuffer::columns(rows))
    return R_NilValue;
  buffer.append(rows, 0, rows.size());
  if (!buffer.values.allFinite())
    return R_NilValue;
  return convert::matrix(buffer.values);
} catch (const std::exception &) {
  return R_NilValue;
}
