// A log of passes, by which an interrupted fit goes on where it was: the driver
// is deterministic given the statistics of its passes, so that a fit which is
// begun again finds in the log what it would compute, to the last bit.
//
//   file     kMagic, size of a note, the note (what the fit is), checksum
//   record   kRecord, sizes of question and answer, both (flat.hpp), checksum
//
// A record that was not written to its end is forgotten, and its pass made
// again.
#ifndef SGMOE_CHECKPOINT_HPP
#define SGMOE_CHECKPOINT_HPP

#include "flat.hpp"
#include "pass_source.hpp"
#include "spill_format.hpp"

#include <fstream>

namespace sgmoe {

/// A checkpoint that cannot be written, or belongs to another fit.
class CheckpointError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

class CheckpointFile {
public:
  static constexpr std::uint64_t kMagic = 0x3174706b63656f6dull; // "moeckpt1"
  static constexpr std::uint64_t kRecord = 0x64726f636572656dull;

  static void begin(const std::string &path,
                    const std::vector<unsigned char> &note) {
    Bytes words(padded_words(note.size()), 0);
    if (!note.empty())
      std::memcpy(words.data(), note.data(), note.size());
    words.insert(words.begin(), {kMagic, note.size()});
    words.push_back(checksum(words.data(), words.size()));
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char *>(words.data()),
               static_cast<std::streamsize>(words.size() * 8));
    file.close();
    if (!file)
      throw CheckpointError("cannot write to " + path);
  }

  /// The note, and in `offset` where records begin.
  static std::vector<unsigned char> note(const std::string &path,
                                         std::uint64_t &offset) {
    std::ifstream file(path, std::ios::binary);
    std::uint64_t head[2];
    if (!file.read(reinterpret_cast<char *>(head), sizeof head) ||
        head[0] != kMagic || head[1] > (1ull << 32))
      throw CheckpointError(path + " is no checkpoint");
    Bytes words(padded_words(static_cast<std::size_t>(head[1])) + 1);
    if (!file.read(reinterpret_cast<char *>(words.data()),
                   static_cast<std::streamsize>(words.size() * 8)))
      throw CheckpointError(path + " is damaged: it ends too early");
    Bytes all = {head[0], head[1]};
    all.insert(all.end(), words.begin(), words.end());
    if (checksum(all.data(), all.size() - 1) != all.back())
      throw CheckpointError(path + " is damaged: its beginning has changed");
    offset = all.size() * 8;
    std::vector<unsigned char> result(static_cast<std::size_t>(head[1]));
    if (!result.empty())
      std::memcpy(result.data(), words.data(), result.size());
    return result;
  }

  CheckpointFile(const std::string &path, std::uint64_t offset)
      : path_(path), offset_(offset) {}

  std::uint64_t offset() const { return offset_; }

  /// The next record's answer; false where the log ends. One that answers
  /// another question belongs to another fit.
  bool recall(const Numbers &question, Numbers &answer) {
    std::ifstream file(path_, std::ios::binary);
    file.seekg(0, std::ios::end);
    const std::streamoff left = static_cast<std::streamoff>(file.tellg()) -
                                static_cast<std::streamoff>(offset_);
    file.seekg(static_cast<std::streamoff>(offset_));
    Bytes words(3);
    if (!read(file, words.data(), 3) || words[0] != kRecord ||
        words[1] > kMost || words[2] > kMost)
      return false;
    // A damaged size is no reason to ask for so much memory.
    if (8 * (words[1] + words[2] + 4) > static_cast<std::uint64_t>(left))
      return false;
    const auto asked = static_cast<std::size_t>(words[1]);
    const auto told = static_cast<std::size_t>(words[2]);
    words.resize(3 + asked + told + 1);
    if (!read(file, words.data() + 3, asked + told + 1) ||
        checksum(words.data(), words.size() - 1) != words.back())
      return false;
    if (asked != question.size() ||
        std::memcmp(words.data() + 3, question.data(), 8 * asked) != 0)
      throw CheckpointError(path_ +
                            " is of another fit: its passes were made at "
                            "other parameters");
    answer.resize(told);
    if (told > 0)
      std::memcpy(answer.data(), words.data() + 3 + asked, 8 * told);
    offset_ += 8 * words.size();
    return true;
  }

  /// Puts a record at the end of what was recalled.
  void record(const Numbers &question, const Numbers &answer) {
    Bytes words(3 + question.size() + answer.size());
    words[0] = kRecord;
    words[1] = question.size();
    words[2] = answer.size();
    std::memcpy(words.data() + 3, question.data(), 8 * question.size());
    if (!answer.empty())
      std::memcpy(words.data() + 3 + question.size(), answer.data(),
                  8 * answer.size());
    words.push_back(checksum(words.data(), words.size()));
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(offset_));
    file.write(reinterpret_cast<const char *>(words.data()),
               static_cast<std::streamsize>(words.size() * 8));
    file.close();
    if (!file)
      throw CheckpointError("cannot write to " + path_);
    offset_ += 8 * words.size();
  }

private:
  static constexpr std::uint64_t kMost = 1ull << 28;

  static bool read(std::ifstream &file, std::uint64_t *to, std::size_t count) {
    return static_cast<bool>(file.read(
        reinterpret_cast<char *>(to), static_cast<std::streamsize>(8 * count)));
  }

  std::string path_;
  std::uint64_t offset_;
};

/// Passes that are looked up in a log, and entered there where they are new.
template <class Family> class LoggedPasses final : public PassSource<Family> {
public:
  LoggedPasses(PassSource<Family> &passes, CheckpointFile &file)
      : passes_(passes), file_(file) {}

  Index size() const override { return passes_.size(); }

  bool pass(const Mixture<Family> &mixture, const Parameters<Family> &theta,
            const Request &request, Index threads, const KeepGoing &keep_going,
            Statistic<Family> &result) override {
    const bool own =
        request.posterior != nullptr && request.posterior->rows() != 1;
    if (own || request.keep_posterior != nullptr) // as many as rows: not logged
      return passes_.pass(mixture, theta, request, threads, keep_going, result);
    const Numbers question = flat_question(request, theta);
    Numbers answer;
    if (file_.recall(question, answer)) {
      result = unflatten(mixture, request, answer);
      return !keep_going || keep_going();
    }
    if (!passes_.pass(mixture, theta, request, threads, keep_going, result))
      return false;
    result.fields(FlatWriter(answer));
    file_.record(question, answer);
    return true;
  }

private:
  PassSource<Family> &passes_;
  CheckpointFile &file_;
};

} // namespace sgmoe

#endif
