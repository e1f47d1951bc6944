// All that R calls for spills. Columns, leaves and rows count from one.
#include "convert.h"
#include "size_signal.h"

#include <sgmoe/driver/checkpoint.hpp>
#include <sgmoe/driver/spill_sums.hpp>

#ifndef _WIN32
#include <sys/statvfs.h>
#endif
#ifdef __linux__
#include <sys/vfs.h>
#endif

using Rcpp::Named;

namespace {

std::vector<sgmoe::Index> from_one(const Rcpp::NumericVector &numbers) {
  std::vector<sgmoe::Index> result;
  for (double number : numbers)
    result.push_back(static_cast<sgmoe::Index>(number) - 1);
  return result;
}

std::uint64_t key_of(const std::string &text) {
  sgmoe::Bytes words(sgmoe::padded_words(text.size()) + 1, 0);
  std::memcpy(words.data(), text.data(), text.size());
  words.back() = text.size();
  return sgmoe::checksum(words.data(), words.size());
}

} // namespace

// [[Rcpp::export(rng = false)]]
void core_spill_begin(const std::string &path, double columns,
                      const std::string &key) {
  const NoSizeSignal guard;
  sgmoe::SpillWriter::begin(path, static_cast<sgmoe::Index>(columns),
                            key_of(key));
}

// [[Rcpp::export(rng = false)]]
void core_spill_append(const std::string &path,
                       const Rcpp::NumericMatrix &values) {
  const NoSizeSignal guard;
  sgmoe::SpillWriter::append(path, convert::map(values));
}

// [[Rcpp::export(rng = false)]]
void core_spill_end(const std::string &path, double rows, double leaves) {
  const NoSizeSignal guard;
  sgmoe::SpillWriter::end(path, static_cast<sgmoe::Index>(rows),
                          static_cast<sgmoe::Index>(leaves));
}

// `same`: was it written with this key?
// [[Rcpp::export(rng = false)]]
Rcpp::List core_spill_info(const std::string &path, const std::string &key) {
  const sgmoe::SpillReader reader(path);
  return Rcpp::List::create(
      Named("rows") = static_cast<double>(reader.rows()),
      Named("columns") = static_cast<double>(reader.columns()),
      Named("leaves") = static_cast<double>(reader.leaves()),
      Named("content") = std::to_string(reader.content()),
      Named("same") = reader.key() == key_of(key));
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_spill_leaf(const std::string &path, double leaf,
                                    const Rcpp::NumericVector &columns) {
  sgmoe::SpillReader reader(path);
  sgmoe::Matrix values;
  reader.read(static_cast<sgmoe::Index>(leaf) - 1, from_one(columns), values);
  return convert::matrix(values);
}

// Some rows, whose numbers increase.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_spill_rows(const std::string &path,
                                    const Rcpp::NumericVector &rows,
                                    const Rcpp::NumericVector &columns) {
  sgmoe::SpillReader reader(path);
  const auto wanted = from_one(columns);
  sgmoe::Matrix values;
  sgmoe::Index held = -1;
  Rcpp::NumericMatrix result(static_cast<int>(rows.size()),
                             static_cast<int>(columns.size()));
  for (R_xlen_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<sgmoe::Index>(rows[i]) - 1;
    if (row < 0 || row >= reader.rows())
      throw sgmoe::InputError("spill: there is no such row");
    if (row / sgmoe::kLeafRows != held) {
      held = row / sgmoe::kLeafRows;
      reader.read(held, wanted, values);
    }
    for (sgmoe::Index j = 0; j < values.cols(); ++j)
      result(static_cast<std::size_t>(i), static_cast<std::size_t>(j)) =
          values(row % sgmoe::kLeafRows, j);
  }
  return result;
}

// `weight` is a column, or zero where there is none.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_spill_moments(const std::string &path,
                              const Rcpp::NumericVector &columns,
                              double weight) {
  sgmoe::SpillReader reader(path);
  sgmoe::Vector mean, deviation;
  double total = 0.0;
  sgmoe::spill_moments(reader, from_one(columns),
                       static_cast<sgmoe::Index>(weight) - 1, mean, deviation,
                       total);
  return Rcpp::List::create(Named("mean") = convert::vector(mean),
                            Named("deviation") = convert::vector(deviation),
                            Named("total") = total);
}

// `data` has no part but its gate that counts, and weights.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_spill_gram(const Rcpp::List &data, int threads) {
  return convert::matrix(sgmoe::spill_gram(*convert::source(data), threads));
}

// Bytes that are free in a folder, NA where the system does not say, and
// whether it is memory rather than disk.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_free_space(const std::string &folder) {
  double free = NA_REAL;
  bool memory = false;
#ifndef _WIN32
  struct statvfs room;
  if (statvfs(folder.c_str(), &room) == 0)
    free =
        static_cast<double>(room.f_bavail) * static_cast<double>(room.f_frsize);
#endif
#ifdef __linux__
  struct statfs kind;
  constexpr long kTmpfs = 0x01021994;
  memory = statfs(folder.c_str(), &kind) == 0 &&
           static_cast<long>(kind.f_type) == kTmpfs;
#endif
  return Rcpp::List::create(Named("free") = free, Named("memory") = memory);
}

// The sum of a column, as sum() takes it, and how many are positive.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_spill_total(const std::string &path, double column) {
  sgmoe::SpillReader reader(path);
  const std::vector<sgmoe::Index> wanted = {static_cast<sgmoe::Index>(column) -
                                            1};
  sgmoe::Matrix values;
  long double total = 0.0;
  double positive = 0.0;
  for (sgmoe::Index leaf = 0; leaf < reader.leaves(); ++leaf) {
    reader.read(leaf, wanted, values);
    for (sgmoe::Index i = 0; i < values.rows(); ++i) {
      total += values(i, 0);
      positive += values(i, 0) > 0.0 ? 1.0 : 0.0;
    }
  }
  return Rcpp::NumericVector::create(static_cast<double>(total), positive);
}

// Are writes beyond the user's limit of a file's size to fail, in place of
// killing the process? For writes by R itself.
// [[Rcpp::export(rng = false)]]
void core_size_signal(bool fails) {
#ifdef SIGXFSZ
  static void (*before)(int) = SIG_DFL;
  if (fails)
    before = std::signal(SIGXFSZ, SIG_IGN);
  else
    std::signal(SIGXFSZ, before);
#else
  (void)fails;
#endif
}

// A new checkpoint, with a note on what the fit is.
// [[Rcpp::export(rng = false)]]
void core_checkpoint_begin(const std::string &path,
                           const Rcpp::RawVector &note) {
  const NoSizeSignal guard;
  sgmoe::CheckpointFile::begin(
      path, std::vector<unsigned char>(note.begin(), note.end()));
}

// The note of a checkpoint, and where its records begin.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_checkpoint_note(const std::string &path) {
  std::uint64_t offset = 0;
  const auto note = sgmoe::CheckpointFile::note(path, offset);
  return Rcpp::List::create(Named("note") =
                                Rcpp::RawVector(note.begin(), note.end()),
                            Named("offset") = static_cast<double>(offset));
}
