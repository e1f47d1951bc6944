// Rows of a stream that only wait.
#include "convert.h"

#include <sgmoe/driver/row_buffer.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

// The element of a list of R, NULL where there is none.
SEXP part(SEXP list, const char *name) {
  const R_xlen_t at = convert::position(list, name);
  return at < 0 ? R_NilValue : VECTOR_ELT(list, at);
}

bool are_same_words(SEXP one, SEXP other) {
  if (one == other)
    return true;
  if (TYPEOF(one) != STRSXP || TYPEOF(other) != STRSXP ||
      Rf_xlength(one) != Rf_xlength(other))
    return false;
  for (R_xlen_t i = 0; i < Rf_xlength(one); ++i)
    if (STRING_ELT(one, i) != STRING_ELT(other, i)) // R keeps each word once
      return false;
  return true;
}

// Are the elements of two lists the same memory, but for the one of a name?
bool is_same_memory(SEXP one, SEXP other, const char *but) {
  if (one == other)
    return true;
  if (TYPEOF(one) != VECSXP || TYPEOF(other) != VECSXP ||
      Rf_xlength(one) != Rf_xlength(other))
    return false;
  const SEXP names = Rf_getAttrib(one, R_NamesSymbol);
  if (TYPEOF(names) != STRSXP ||
      !are_same_words(names, Rf_getAttrib(other, R_NamesSymbol)) ||
      !are_same_words(Rf_getAttrib(one, R_ClassSymbol),
                      Rf_getAttrib(other, R_ClassSymbol)))
    return false;
  for (R_xlen_t i = 0; i < Rf_xlength(one); ++i)
    if (VECTOR_ELT(one, i) != VECTOR_ELT(other, i) &&
        std::strcmp(CHAR(STRING_ELT(names, i)), but) != 0)
      return false;
  return true;
}

using Values = Eigen::Map<const sgmoe::Matrix>;

// A matrix with as many columns as `like` has.
bool read(SEXP from, SEXP like, Values &into) {
  if (TYPEOF(from) != REALSXP || !Rf_isMatrix(from) ||
      Rf_ncols(from) != Rf_ncols(like))
    return false;
  new (&into) Values(REAL(from), Rf_nrows(from), Rf_ncols(from));
  return true;
}

// Is something not finite, or so many least scales from zero?
bool is_far(const Values &values, SEXP scale, double most) {
  double least = 1.0;
  if (TYPEOF(scale) == REALSXP)
    for (R_xlen_t j = 0; j < Rf_xlength(scale); ++j)
      least = j == 0 ? REAL(scale)[j] : std::min(least, REAL(scale)[j]);
  const double limit = most * least;
  for (sgmoe::Index i = 0; i < values.size(); ++i)
    if (!(std::fabs(values.data()[i]) <= limit))
      return true;
  return false;
}

// A vector of so many finite numbers that is nothing more?
bool is_plain(SEXP column, R_xlen_t rows) {
  if (Rf_isObject(column) || Rf_xlength(column) != rows ||
      !Rf_isNull(Rf_getAttrib(column, R_DimSymbol)))
    return false;
  if (TYPEOF(column) == REALSXP)
    return std::all_of(REAL(column), REAL(column) + rows,
                       [](double value) { return std::isfinite(value); });
  return TYPEOF(column) == INTSXP &&
         std::none_of(INTEGER(column), INTEGER(column) + rows,
                      [](int value) { return value == NA_INTEGER; });
}

const sgmoe::Vector no_basis;

// Of a list that has the element.
SEXP replaced(SEXP list, const char *name, SEXP value) {
  const Rcpp::Shield<SEXP> result(Rf_shallow_duplicate(list));
  SET_VECTOR_ELT(result, convert::position(list, name), value);
  return result;
}

} // namespace

// Is a stream one of `streams`, the same memory but for the rows that wait?
// [[Rcpp::export(rng = false)]]
bool core_stream_is_left(SEXP stream, SEXP streams) {
  const SEXP state = part(stream, "state");
  const SEXP pending = part(state, "pending");
  if (TYPEOF(pending) != REALSXP || !Rf_isMatrix(pending))
    return false;
  for (R_xlen_t i = 0; i < Rf_xlength(streams); ++i) {
    const SEXP known = VECTOR_ELT(streams, i);
    if (is_same_memory(stream, known, "state") &&
        is_same_memory(state, part(known, "state"), "pending"))
      return true;
  }
  return false;
}

namespace {

// A stream that was left so, with rows that do not fill its minibatch: nothing
// but `pending` changes. NULL where there is more to do, or something to say.
// `z` is `x` where the template has no design of the experts.
SEXP waiting_with(SEXP stream, const Values &x, const Values &z,
                  const Values &y, double most) {
  const SEXP like = part(stream, "template");
  const SEXP state = part(stream, "state");
  const SEXP pending = part(state, "pending");
  const bool same = Rf_isNull(part(like, "expert"));
  const double minibatch =
      Rf_asReal(part(part(stream, "core_control"), "minibatch"));
  const Values before(REAL(pending), Rf_nrows(pending), Rf_ncols(pending));
  if (x.rows() == 0 || z.rows() != x.rows() || y.rows() != x.rows() ||
      !(static_cast<double>(before.rows() + x.rows()) < minibatch))
    return R_NilValue;
  const auto far = [&](const Values &values, const char *name) {
    return is_far(values, part(part(like, name), "scale"), most);
  };
  if (far(x, "gate") || (!same && far(z, "expert")) || far(y, "response"))
    return R_NilValue;
  const auto plain = [](const Values &values) {
    return sgmoe::Columns{values, no_basis, no_basis};
  };
  const sgmoe::Rows rows{plain(x),
                         plain(z),
                         plain(y),
                         Eigen::Map<const sgmoe::Vector>(nullptr, 0),
                         Values(nullptr, 0, 0),
                         same};
  sgmoe::RowBuffer buffer;
  buffer.values = before;
  if (buffer.size() > 0 &&
      buffer.values.cols() != sgmoe::RowBuffer::columns(rows))
    return R_NilValue;
  buffer.append(rows, 0, rows.size());
  if (!buffer.values.allFinite())
    return R_NilValue;
  const Rcpp::Shield<SEXP> longer(convert::matrix(buffer.values));
  const Rcpp::Shield<SEXP> next(replaced(state, "pending", longer));
  return replaced(stream, "state", next);
}

// A vector or matrix of numbers that is nothing more; a vector is one row, or
// one column where there is but one. No more than `read` what `like` has.
bool read_given(SEXP from, SEXP like, bool rows_of_one, Values &into) {
  if (TYPEOF(from) != REALSXP || Rf_isObject(from))
    return false;
  if (!Rf_isNull(Rf_getAttrib(from, R_DimSymbol)))
    return read(from, like, into);
  const sgmoe::Index columns = Rf_ncols(like), size = Rf_xlength(from);
  const bool stacked = rows_of_one && columns == 1;
  if (!stacked && size != columns)
    return false;
  new (&into) Values(REAL(from), stacked ? size : 1, columns);
  return true;
}

// The same of a design with columns of these names, if it has names.
bool read_design(SEXP from, SEXP like, SEXP names, Values &into) {
  if (!read_given(from, like, false, into) || Rf_xlength(names) != into.cols())
    return false;
  const SEXP dimnames = Rf_getAttrib(from, R_DimNamesSymbol);
  const SEXP own = Rf_isNull(dimnames) ? R_NilValue : VECTOR_ELT(dimnames, 1);
  return Rf_isNull(own) || are_same_words(own, names);
}

bool is_one_of(SEXP word, SEXP words) {
  if (TYPEOF(word) != STRSXP || Rf_xlength(word) != 1)
    return false;
  for (R_xlen_t i = 0; i < Rf_xlength(words); ++i)
    if (STRING_ELT(word, 0) == STRING_ELT(words, i)) // R keeps each word once
      return true;
  return false;
}

} // namespace

// Rows in the form that the core takes. NULL where they do not only wait.
// [[Rcpp::export(rng = false)]]
SEXP core_stream_wait(SEXP stream, SEXP streams, SEXP gate, SEXP expert,
                      SEXP response, SEXP weights, SEXP offset, double most) {
  if (!core_stream_is_left(stream, streams))
    return R_NilValue;
  const SEXP like = part(stream, "template");
  const bool same = Rf_isNull(part(like, "expert"));
  if (same != Rf_isNull(expert) || Rf_length(weights) > 0 || !Rf_isNull(offset))
    return R_NilValue;
  Values x(nullptr, 0, 0), z(nullptr, 0, 0), y(nullptr, 0, 0);
  const auto fits = [&](SEXP from, const char *name, Values &into) {
    return read(from, part(part(like, name), "values"), into);
  };
  if (!fits(gate, "gate", x) || (!same && !fits(expert, "expert", z)) ||
      !fits(response, "response", y))
    return R_NilValue;
  return waiting_with(stream, x, same ? x : z, y, most);
}

// Rows in the form that update_matrix() takes, of a family for which any number
// is a response: `names` are those of these. NULL where they do not only wait,
// or are not quite of that form.
// [[Rcpp::export(rng = false)]]
SEXP core_stream_wait_given(SEXP stream, SEXP streams, SEXP design, SEXP gate,
                            SEXP response, SEXP names, double most) {
  if (!core_stream_is_left(stream, streams) ||
      !is_one_of(part(stream, "family"), names))
    return R_NilValue;
  const SEXP like = part(stream, "template");
  const SEXP columns = part(part(stream, "spec"), "columns");
  const bool same = Rf_isNull(part(like, "expert"));
  if (same != Rf_isNull(gate))
    return R_NilValue;
  Values x(nullptr, 0, 0), z(nullptr, 0, 0), y(nullptr, 0, 0);
  const auto fits = [&](SEXP from, const char *name, const char *words,
                        Values &into) {
    return read_design(from, part(part(like, name), "values"),
                       part(columns, words), into);
  };
  if (!(same ? fits(design, "gate", "expert", x)
             : fits(gate, "gate", "gate", x) &&
                   fits(design, "expert", "expert", z)) ||
      !read_given(response, part(part(like, "response"), "values"), true, y))
    return R_NilValue;
  return waiting_with(stream, x, same ? x : z, y, most);
}

// A design matrix of plain columns: `used` are their numbers. NULL where one is
// not numeric or not finite.
// [[Rcpp::export(rng = false)]]
SEXP core_plain_matrix(SEXP columns, const Rcpp::IntegerVector &used,
                       bool intercept) {
  const R_xlen_t rows = Rf_xlength(VECTOR_ELT(columns, 0));
  const R_xlen_t first = intercept ? 1 : 0;
  // All columns, also those that only the response or the other part uses.
  for (R_xlen_t i = 0; i < Rf_xlength(columns); ++i)
    if (!is_plain(VECTOR_ELT(columns, i), rows))
      return R_NilValue;
  Rcpp::NumericMatrix result(static_cast<int>(rows),
                             static_cast<int>(first + used.size()));
  std::fill_n(result.begin(), first * rows, 1.0);
  for (R_xlen_t j = 0; j < used.size(); ++j) {
    const SEXP column = VECTOR_ELT(columns, used[j] - 1);
    double *to = result.begin() + (first + j) * rows;
    if (TYPEOF(column) == REALSXP)
      std::copy_n(REAL(column), rows, to);
    else
      std::copy_n(INTEGER(column), rows, to);
  }
  return result;
}
