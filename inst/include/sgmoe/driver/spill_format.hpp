// The file that rows are spilled to: what its bytes mean.
//
//   header   a SpillHeader: magic, byte order, columns, rows, leaves, key of
//   the
//            model, whether it is complete, checksum of all this
//   leaves   each: magic, rows, words that follow, their checksum; then the
//            kind of every column and its values, padded to words of eight
//            bytes
//
// A column of a leaf is one number if all rows have it (an intercept), a byte a
// row if all are whole numbers from 0 to 255 (codes, dummies), else doubles.
#ifndef SGMOE_SPILL_FORMAT_HPP
#define SGMOE_SPILL_FORMAT_HPP

#include "row_source.hpp"

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
  std::uint64_t magic = 0x316c697053656f6dull; // "moeSpil1"
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

inline std::size_t words_of(Stored kind, std::size_t rows) {
  return kind == Stored::constant ? 1
         : kind == Stored::byte   ? padded_words(rows)
                                  : rows;
}

} // namespace spill_detail

/// The words of a leaf, its header first.
inline Bytes encode_leaf(const ConstMatrixRef &values) {
  using namespace spill_detail;
  const auto rows = static_cast<std::size_t>(values.rows());
  const auto columns = static_cast<std::size_t>(values.cols());
  constexpr std::size_t header_words = sizeof(LeafHeader) / 8;
  std::vector<Stored> kinds(columns);
  std::size_t words = padded_words(columns);
  for (std::size_t j = 0; j < columns; ++j) {
    kinds[j] =
        kind_of(&values.coeffRef(0, static_cast<Index>(j)), values.rows());
    words += words_of(kinds[j], rows);
  }
  Bytes result(header_words + words, 0);
  auto *kind_bytes = reinterpret_cast<std::uint8_t *>(&result[header_words]);
  for (std::size_t j = 0; j < columns; ++j)
    kind_bytes[j] = static_cast<std::uint8_t>(kinds[j]);
  std::uint64_t *at = result.data() + header_words + padded_words(columns);
  for (std::size_t j = 0; j < columns; ++j) {
    const double *from = &values.coeffRef(0, static_cast<Index>(j));
    if (kinds[j] == Stored::constant) {
      *at = bits(from[0]);
    } else if (kinds[j] == Stored::byte) {
      auto *to = reinterpret_cast<std::uint8_t *>(at);
      for (std::size_t i = 0; i < rows; ++i)
        to[i] = static_cast<std::uint8_t>(from[i]);
    } else {
      std::memcpy(at, from, rows * sizeof(double));
    }
    at += words_of(kinds[j], rows);
  }
  LeafHeader header;
  header.rows = rows;
  header.words = words;
  header.sum = checksum(result.data() + header_words, words);
  std::memcpy(result.data(), &header, sizeof header);
  return result;
}

/// The columns `wanted` of a leaf, side by side in `result`; `words` are those
/// after the header. False if they do not fit together.
inline bool decode_leaf(const Bytes &words, Index rows, Index columns,
                        const std::vector<Index> &wanted, Matrix &result) {
  using namespace spill_detail;
  std::vector<std::size_t> starts(static_cast<std::size_t>(columns));
  std::vector<Stored> kinds(static_cast<std::size_t>(columns));
  std::size_t at = padded_words(kinds.size());
  if (words.size() < at)
    return false;
  std::memcpy(kinds.data(), words.data(), kinds.size());
  for (std::size_t j = 0; j < kinds.size(); ++j) {
    if (static_cast<std::uint8_t>(kinds[j]) > 2)
      return false;
    starts[j] = at;
    at += words_of(kinds[j], static_cast<std::size_t>(rows));
  }
  if (at != words.size())
    return false;
  result.resize(rows, static_cast<Index>(wanted.size()));
  for (std::size_t j = 0; j < wanted.size(); ++j) {
    if (wanted[j] < 0 || wanted[j] >= columns)
      return false;
    const auto column = static_cast<std::size_t>(wanted[j]);
    const std::uint64_t *from = words.data() + starts[column];
    auto to = result.col(static_cast<Index>(j));
    if (kinds[column] == Stored::constant) {
      to.setConstant(number(*from));
    } else if (kinds[column] == Stored::byte) {
      const auto *codes = reinterpret_cast<const std::uint8_t *>(from);
      for (Index i = 0; i < rows; ++i)
        to(i) = codes[i];
    } else {
      std::memcpy(to.data(), from, static_cast<std::size_t>(rows) * 8);
    }
  }
  return true;
}

} // namespace sgmoe

#endif
