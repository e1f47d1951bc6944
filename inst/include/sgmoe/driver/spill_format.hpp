// The file that rows are spilled to: what its bytes mean.
//
//   header   a SpillHeader: magic, byte order, columns, rows, leaves, key of
//   the
//            model, whether it is complete, checksum of all this
//   leaves   each: magic, rows, words that follow, checksum of its head; the
//            head: kind of every column, its value if it is constant, checksum
//            of every strip; then the strips: for some rows the values of each
//            column that is not constant, padded to words of eight bytes
//
// A column of a leaf is one number if all rows have it (an intercept), a byte a
// row if all are whole numbers from 0 to 255 (codes, dummies), else doubles. A
// strip is what a thread reads at once: few enough rows to stay in its cache.
#ifndef SGMOE_SPILL_FORMAT_HPP
#define SGMOE_SPILL_FORMAT_HPP

#include "../core/walk.hpp"
#include "row_source.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace sgmoe {

/// A spill that cannot be written, or read.
class SpillError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

using Bytes = std::vector<std::uint64_t>; // in words, so that they are aligned

/// A checksum of words that follow each other (a multiply and rotate a word).
inline std::uint64_t checksum(const std::uint64_t *words, std::size_t count,
                              std::uint64_t sum = 0x9e3779b97f4a7c15ull) {
  for (std::size_t i = 0; i < count; ++i) {
    sum ^= words[i];
    sum *= 0xff51afd7ed558ccdull;
    sum ^= sum >> 32;
  }
  return sum;
}

inline std::size_t padded_words(std::size_t bytes) { return (bytes + 7) / 8; }

struct SpillHeader {
  std::uint64_t magic = 0x326c697053656f6dull; // "moeSpil2"
  std::uint64_t order = 0x0102030405060708ull;
  std::uint64_t columns = 0, rows = 0, leaves = 0, key = 0;
  std::uint64_t complete = 0; // one once all leaves are there
  std::uint64_t sum = 0;

  std::uint64_t own_sum() const {
    std::uint64_t words[7] = {magic,  order, columns, rows,
                              leaves, key,   complete};
    return checksum(words, 7);
  }
};

struct LeafHeader {
  std::uint64_t magic = 0x6661656c65656f6dull;
  std::uint64_t rows = 0, words = 0, sum = 0;
};

enum class Stored : std::uint8_t { constant = 0, byte = 1, number = 2 };

namespace spill_detail {

inline std::uint64_t bits(double value) {
  std::uint64_t result;
  std::memcpy(&result, &value, sizeof result);
  return result;
}

inline double number(std::uint64_t word) {
  double result;
  std::memcpy(&result, &word, sizeof result);
  return result;
}

inline Stored kind_of(const double *values, Index rows) {
  bool constant = true, byte = true;
  const std::uint64_t first = bits(values[0]);
  for (Index i = 0; i < rows && (constant || byte); ++i) {
    constant = constant && bits(values[i]) == first;
    byte = byte && values[i] >= 0.0 && values[i] <= 255.0 &&
           bits(static_cast<double>(static_cast<std::uint8_t>(values[i]))) ==
               bits(values[i]);
  }
  return constant ? Stored::constant : byte ? Stored::byte : Stored::number;
}

inline std::size_t words_of(Stored kind, Index rows) {
  const auto count = static_cast<std::size_t>(rows);
  return kind == Stored::constant ? 0
         : kind == Stored::byte   ? padded_words(count)
                                  : count;
}

} // namespace spill_detail

/// Rows in a strip, the last one of a leaf excepted: those of a group of a walk
/// over a whole leaf.
constexpr Index kStripRows = kLeafRows / kMostGroups;

/// The head of a leaf: where its values are.
struct LeafForm {
  Index rows = 0;
  std::vector<Stored> kinds;
  std::vector<std::uint64_t> constants; // zero of columns that are not
  std::vector<std::uint64_t> sums;      // of the strips

  LeafForm(Index rows_, std::size_t columns)
      : rows(rows_), kinds(columns), constants(columns),
        sums(static_cast<std::size_t>(strips())) {}

  Index strips() const { return (rows + kStripRows - 1) / kStripRows; }
  Index strip_rows(Index strip) const {
    return std::min(kStripRows, rows - strip * kStripRows);
  }
  std::size_t head_words() const {
    return padded_words(kinds.size()) + constants.size() + sums.size();
  }
  std::size_t strip_words(Index strip) const {
    std::size_t words = 0;
    for (Stored kind : kinds)
      words += spill_detail::words_of(kind, strip_rows(strip));
    return words;
  }
  /// Where a strip begins, and with their number where the last one ends.
  std::size_t strip_start(Index strip) const {
    const Index before = std::min(strip, strips() - 1);
    std::size_t start = head_words();
    if (before > 0)
      start += static_cast<std::size_t>(before) * strip_words(0);
    if (before >= 0 && before < strip)
      start += strip_words(before);
    return start;
  }

  void write_head(std::uint64_t *to) const {
    std::memcpy(to, kinds.data(), kinds.size());
    to += padded_words(kinds.size());
    to = std::copy(constants.begin(), constants.end(), to);
    std::copy(sums.begin(), sums.end(), to);
  }

  /// False if it is no head.
  bool read_head(const std::uint64_t *from) {
    std::memcpy(kinds.data(), from, kinds.size());
    from += padded_words(kinds.size());
    std::copy_n(from, constants.size(), constants.begin());
    std::copy_n(from + constants.size(), sums.size(), sums.begin());
    return std::all_of(kinds.begin(), kinds.end(), [](Stored kind) {
      return static_cast<std::uint8_t>(kind) <= 2;
    });
  }
};

/// The words of a leaf, its header first.
inline Bytes encode_leaf(const ConstMatrixRef &values) {
  using namespace spill_detail;
  const auto column = [&](std::size_t j) {
    return &values.coeffRef(0, static_cast<Index>(j));
  };
  LeafForm form(values.rows(), static_cast<std::size_t>(values.cols()));
  for (std::size_t j = 0; j < form.kinds.size(); ++j) {
    form.kinds[j] = kind_of(column(j), form.rows);
    if (form.kinds[j] == Stored::constant)
      form.constants[j] = bits(column(j)[0]);
  }
  constexpr std::size_t header_words = sizeof(LeafHeader) / 8;
  LeafHeader header;
  header.rows = static_cast<std::uint64_t>(form.rows);
  header.words = form.strip_start(form.strips());
  Bytes result(header_words + header.words, 0);
  std::uint64_t *const head = result.data() + header_words;
  for (Index strip = 0; strip < form.strips(); ++strip) {
    std::uint64_t *at = head + form.strip_start(strip);
    const Index rows = form.strip_rows(strip);
    for (std::size_t j = 0; j < form.kinds.size(); ++j) {
      const double *from = column(j) + strip * kStripRows;
      if (form.kinds[j] == Stored::byte) {
        auto *to = reinterpret_cast<std::uint8_t *>(at);
        for (Index i = 0; i < rows; ++i)
          to[i] = static_cast<std::uint8_t>(from[i]);
      } else if (form.kinds[j] == Stored::number) {
        std::memcpy(at, from, static_cast<std::size_t>(rows) * sizeof(double));
      }
      at += words_of(form.kinds[j], rows);
    }
    form.sums[static_cast<std::size_t>(strip)] =
        checksum(head + form.strip_start(strip), form.strip_words(strip));
  }
  form.write_head(head);
  header.sum = checksum(head, form.head_words());
  std::memcpy(result.data(), &header, sizeof header);
  return result;
}

} // namespace sgmoe

#endif
