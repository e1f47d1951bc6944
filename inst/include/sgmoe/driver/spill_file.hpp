// Writing and reading a spill: leaf after leaf, strip after strip.
#ifndef SGMOE_SPILL_FILE_HPP
#define SGMOE_SPILL_FILE_HPP

#include "file_input.hpp"
#include "spill_format.hpp"

#include <atomic>
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

/// Which columns of a spill are wanted, and room to read them.
struct StripRoom {
  std::vector<Index> wanted;
  std::vector<Index> first; // place of each column in `wanted`, or -1
  Bytes words;              // what cannot go to its place at once
  std::vector<FilePart> parts;
};

/// Reads leaves, in strips. The checksum of each is looked at when it is first
/// read.
class SpillReader {
public:
  explicit SpillReader(const std::string &path) : path_(path), file_(path) {
    SpillHeader header;
    if (!file_.is_open())
      throw SpillError("cannot open " + path);
    if (!file_.read(0, &header, sizeof header) ||
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

  StripRoom room(const std::vector<Index> &wanted) const {
    StripRoom result;
    result.wanted = wanted;
    result.first.assign(static_cast<std::size_t>(columns_), -1);
    for (std::size_t j = wanted.size(); j-- > 0;) {
      if (wanted[j] < 0 || wanted[j] >= columns_)
        fail("it has too few columns");
      result.first[static_cast<std::size_t>(wanted[j])] = static_cast<Index>(j);
    }
    return result;
  }

  /// Goes to a leaf, whose strips can then be read.
  void open(Index number) {
    const auto at = static_cast<std::size_t>(number);
    const Place &place = leaves_.at(at);
    LeafForm form(static_cast<Index>(place.header.rows),
                  static_cast<std::size_t>(columns_));
    Bytes head(form.head_words());
    if (!file_.read(place.start, head.data(), head.size() * 8))
      fail("it ends too early");
    if (checksum(head.data(), head.size()) != place.header.sum ||
        !form.read_head(head.data()) ||
        form.strip_start(form.strips()) != place.header.words)
      fail_leaf(at);
    form_ = std::move(form);
    open_ = at;
  }

  /// Of the leaf that is open.
  const LeafForm &form() const { return form_; }

  /// The wanted columns of a strip, `stride` apart from `to` on. Several
  /// threads may read, each with its own room.
  void read_strip(Index strip, StripRoom &room, double *to, Index stride) {
    using namespace spill_detail;
    const Index rows = form_.strip_rows(strip);
    const auto bytes = static_cast<std::size_t>(rows) * sizeof(double);
    room.words.resize(form_.strip_words(strip));
    room.parts.clear();
    std::size_t word = 0;
    for (std::size_t j = 0; j < form_.kinds.size(); ++j) {
      const std::size_t words = words_of(form_.kinds[j], rows);
      const bool direct =
          form_.kinds[j] == Stored::number && room.first[j] >= 0;
      if (words > 0)
        room.parts.push_back(
            {direct ? static_cast<void *>(to + room.first[j] * stride)
                    : room.words.data() + word,
             words * 8});
      word += words;
    }
    const std::streamoff start =
        leaves_[open_].start +
        static_cast<std::streamoff>(form_.strip_start(strip) * 8);
    if (!file_.read(start, room.parts))
      fail("it ends too early");
    check(strip, room);
    word = 0;
    for (std::size_t j = 0; j < form_.kinds.size(); ++j) {
      double *const own = to + room.first[j] * stride;
      if (room.first[j] >= 0 && form_.kinds[j] == Stored::constant) {
        std::fill_n(own, rows, number(form_.constants[j]));
      } else if (room.first[j] >= 0 && form_.kinds[j] == Stored::byte) {
        const auto *codes =
            reinterpret_cast<const std::uint8_t *>(room.words.data() + word);
        std::copy_n(codes, rows, own);
      }
      word += words_of(form_.kinds[j], rows);
    }
    for (std::size_t j = 0; j < room.wanted.size(); ++j) {
      const Index first = room.first[static_cast<std::size_t>(room.wanted[j])];
      if (first != static_cast<Index>(j))
        std::memcpy(to + static_cast<Index>(j) * stride, to + first * stride,
                    bytes);
    }
  }

  /// Columns of a leaf, side by side.
  void read(Index number, const std::vector<Index> &wanted, Matrix &result) {
    open(number);
    StripRoom own = room(wanted);
    result.resize(form_.rows, static_cast<Index>(wanted.size()));
    for (Index strip = 0; strip < form_.strips(); ++strip)
      read_strip(strip, own, result.data() + strip * kStripRows, form_.rows);
  }

private:
  struct Place {
    std::streamoff start;
    LeafHeader header;
  };

  void find_leaves(std::size_t count) {
    std::streamoff at = sizeof(SpillHeader);
    Index rows = 0;
    for (std::size_t i = 0; i < count; ++i) {
      LeafHeader header;
      if (!file_.read(at, &header, sizeof header))
        fail("it ends too early");
      const auto most = static_cast<std::uint64_t>(kLeafRows);
      const bool last = i + 1 == count;
      if (header.magic != LeafHeader().magic || header.rows > most ||
          (!last && header.rows != most) ||
          header.words > most_words(static_cast<Index>(header.rows)))
        fail_leaf(i);
      at += sizeof header;
      leaves_.push_back({at, header});
      at += static_cast<std::streamoff>(header.words * 8);
      rows += static_cast<Index>(header.rows);
    }
    if (rows != rows_)
      fail("it has " + std::to_string(rows) + " rows in place of " +
           std::to_string(rows_));
    checked_ = std::vector<std::atomic<std::uint64_t>>(count);
  }

  /// Of a leaf, if all columns are numbers.
  std::uint64_t most_words(Index rows) const {
    const auto columns = static_cast<std::uint64_t>(columns_);
    return padded_words(static_cast<std::size_t>(columns_)) + columns +
           static_cast<std::uint64_t>(kMostGroups) +
           columns * static_cast<std::uint64_t>(rows);
  }

  void check(Index strip, const StripRoom &room) {
    static_assert(kMostGroups <= 64, "a bit for each strip");
    const std::uint64_t bit = std::uint64_t(1) << strip;
    if (checked_[open_] & bit)
      return;
    std::uint64_t sum = checksum(nullptr, 0);
    for (const FilePart &part : room.parts)
      sum = checksum(static_cast<const std::uint64_t *>(part.to),
                     part.bytes / 8, sum);
    if (sum != form_.sums[static_cast<std::size_t>(strip)])
      fail_leaf(open_);
    checked_[open_] |= bit;
  }

  [[noreturn]] void fail_leaf(std::size_t number) const {
    fail("leaf " + std::to_string(number + 1) + " is damaged");
  }

  [[noreturn]] void fail(const std::string &why) const {
    throw SpillError(path_ + ": " + why);
  }

  std::string path_;
  FileInput file_;
  Index rows_ = 0, columns_ = 0;
  std::uint64_t key_ = 0;
  std::vector<Place> leaves_;
  // A bit for each strip of each leaf whose checksum was right.
  std::vector<std::atomic<std::uint64_t>> checked_;
  LeafForm form_{0, 0};
  std::size_t open_ = 0;
};

} // namespace sgmoe

#endif
