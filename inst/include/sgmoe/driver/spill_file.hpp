// Writing and reading a spill: leaf after leaf, by plain reads. (Never by
// mapping it into memory: resident memory grew with the file.)
#ifndef SGMOE_SPILL_FILE_HPP
#define SGMOE_SPILL_FILE_HPP

#include "spill_format.hpp"

#include <fstream>

namespace sgmoe {

/// Appends leaves to a file that begins with an incomplete header. Nothing is
/// held between calls but the header.
class SpillWriter {
public:
  static void begin(const std::string &path, Index columns, std::uint64_t key) {
    SpillHeader header;
    header.columns = static_cast<std::uint64_t>(columns);
    header.key = key;
    header.sum = header.own_sum();
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char *>(&header), sizeof header);
    finish(file, path);
  }

  static void append(const std::string &path, const ConstMatrixRef &values) {
    const Bytes words = encode_leaf(values);
    std::ofstream file(path, std::ios::binary | std::ios::app);
    file.write(reinterpret_cast<const char *>(words.data()),
               static_cast<std::streamsize>(words.size() * 8));
    finish(file, path);
  }

  /// Says that all is there.
  static void end(const std::string &path, Index rows, Index leaves) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    SpillHeader header;
    file.read(reinterpret_cast<char *>(&header), sizeof header);
    header.rows = static_cast<std::uint64_t>(rows);
    header.leaves = static_cast<std::uint64_t>(leaves);
    header.complete = 1;
    header.sum = header.own_sum();
    file.seekp(0);
    file.write(reinterpret_cast<const char *>(&header), sizeof header);
    finish(file, path);
  }

private:
  template <class File>
  static void finish(File &file, const std::string &path) {
    file.close();
    if (!file)
      throw SpillError("cannot write to " + path);
  }
};

/// Reads leaves. The checksum of each is looked at when it is first read.
class SpillReader {
public:
  explicit SpillReader(const std::string &path)
      : path_(path), file_(path, std::ios::binary) {
    SpillHeader header;
    if (!file_)
      throw SpillError("cannot open " + path);
    if (!file_.read(reinterpret_cast<char *>(&header), sizeof header) ||
        header.magic != SpillHeader().magic)
      fail("it is no spill");
    if (header.order != SpillHeader().order)
      fail("it was written on a machine of another byte order");
    if (header.sum != header.own_sum())
      fail("its header is damaged");
    if (header.complete != 1)
      fail("it is incomplete");
    rows_ = static_cast<Index>(header.rows);
    columns_ = static_cast<Index>(header.columns);
    key_ = header.key;
    find_leaves(static_cast<std::size_t>(header.leaves));
  }

  Index rows() const { return rows_; }
  Index columns() const { return columns_; }
  std::uint64_t key() const { return key_; }
  Index leaves() const { return static_cast<Index>(leaves_.size()); }
  /// A checksum of all that is in it.
  std::uint64_t content() const {
    Bytes sums;
    for (const Place &place : leaves_)
      sums.push_back(place.header.sum);
    return checksum(sums.data(), sums.size());
  }

  /// Columns of a leaf, side by side.
  void read(Index number, const std::vector<Index> &wanted, Matrix &result) {
    Place &place = leaves_.at(static_cast<std::size_t>(number));
    words_.resize(static_cast<std::size_t>(place.header.words));
    file_.clear();
    file_.seekg(place.start);
    file_.read(reinterpret_cast<char *>(words_.data()),
               static_cast<std::streamsize>(words_.size() * 8));
    if (!file_)
      fail("it ends too early");
    if (!place.checked &&
        checksum(words_.data(), words_.size()) != place.header.sum)
      fail("leaf " + std::to_string(number + 1) + " is damaged");
    place.checked = true;
    if (!decode_leaf(words_, static_cast<Index>(place.header.rows), columns_,
                     wanted, result))
      fail("leaf " + std::to_string(number + 1) + " is damaged");
  }

private:
  struct Place {
    std::streamoff start;
    LeafHeader header;
    bool checked;
  };

  void find_leaves(std::size_t count) {
    std::streamoff at = sizeof(SpillHeader);
    Index rows = 0;
    for (std::size_t i = 0; i < count; ++i) {
      LeafHeader header;
      file_.seekg(at);
      if (!file_.read(reinterpret_cast<char *>(&header), sizeof header))
        fail("it ends too early");
      const auto most = static_cast<std::uint64_t>(kLeafRows);
      const bool last = i + 1 == count;
      if (header.magic != LeafHeader().magic || header.rows > most ||
          (!last && header.rows != most) ||
          header.words > padded_words(static_cast<std::size_t>(columns_)) +
                             static_cast<std::uint64_t>(columns_) *
                                 std::max<std::uint64_t>(1, header.rows))
        fail("leaf " + std::to_string(i + 1) + " is damaged");
      at += sizeof header;
      leaves_.push_back({at, header, false});
      at += static_cast<std::streamoff>(header.words * 8);
      rows += static_cast<Index>(header.rows);
    }
    if (rows != rows_)
      fail("it has " + std::to_string(rows) + " rows in place of " +
           std::to_string(rows_));
  }

  [[noreturn]] void fail(const std::string &why) const {
    throw SpillError(path_ + ": " + why);
  }

  std::string path_;
  std::ifstream file_;
  Index rows_ = 0, columns_ = 0;
  std::uint64_t key_ = 0;
  std::vector<Place> leaves_;
  Bytes words_;
};

} // namespace sgmoe

#endif
