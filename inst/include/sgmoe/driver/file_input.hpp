// Reading a file at any place, by several threads at once, into many places: by
// plain reads. (Never by mapping it into memory: resident memory grew with the
// file.)
#ifndef SGMOE_FILE_INPUT_HPP
#define SGMOE_FILE_INPUT_HPP

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <ios>
#include <string>
#include <vector>

#ifdef _WIN32
#include <fstream>
#include <mutex>
#else
#include <fcntl.h>
#include <unistd.h>
#endif
#ifdef __linux__
#include <sys/uio.h>
#endif

namespace sgmoe {

/// Where the next bytes of a file go.
struct FilePart {
  void *to;
  std::size_t bytes;
};

class FileInput {
public:
  FileInput(const FileInput &) = delete;
  FileInput &operator=(const FileInput &) = delete;

#ifdef _WIN32
  explicit FileInput(const std::string &path) : file_(path, std::ios::binary) {}
  bool is_open() const { return file_.is_open(); }
#else
  explicit FileInput(const std::string &path)
      : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~FileInput() {
    if (is_open())
      ::close(file_);
  }
  bool is_open() const { return file_ >= 0; }
#endif

  /// False if the file ends before.
  bool read(std::streamoff from, void *to, std::size_t bytes) {
    return read_part(from, {to, bytes});
  }

  /// Bytes that follow each other, into many places.
  bool read(std::streamoff from, const std::vector<FilePart> &parts) {
    std::size_t done = 0;
#ifdef __linux__
    constexpr std::size_t most = 64;
    ::iovec places[most];
    while (parts.size() - done > 1) {
      const std::size_t count = std::min(most, parts.size() - done);
      std::size_t bytes = 0;
      for (std::size_t i = 0; i < count; ++i) {
        places[i] = {parts[done + i].to, parts[done + i].bytes};
        bytes += parts[done + i].bytes;
      }
      const ::ssize_t got =
          ::preadv(file_, places, static_cast<int>(count), from);
      if (got < 0 || static_cast<std::size_t>(got) != bytes)
        break; // one after the other, below
      from += static_cast<std::streamoff>(bytes);
      done += count;
    }
#endif
    for (; done < parts.size(); ++done) {
      if (!read_part(from, parts[done]))
        return false;
      from += static_cast<std::streamoff>(parts[done].bytes);
    }
    return true;
  }

private:
#ifdef _WIN32
  bool read_part(std::streamoff from, const FilePart &part) {
    const std::lock_guard<std::mutex> alone(mutex_);
    file_.clear();
    file_.seekg(from);
    file_.read(static_cast<char *>(part.to),
               static_cast<std::streamsize>(part.bytes));
    return static_cast<bool>(file_);
  }

  std::ifstream file_;
  std::mutex mutex_;
#else
  bool read_part(std::streamoff from, const FilePart &part) {
    for (std::size_t done = 0; done < part.bytes;) {
      const ::ssize_t got =
          ::pread(file_, static_cast<char *>(part.to) + done, part.bytes - done,
                  from + static_cast<std::streamoff>(done));
      if (got <= 0 && !(got < 0 && errno == EINTR))
        return false;
      if (got > 0)
        done += static_cast<std::size_t>(got);
    }
    return true;
  }

  int file_;
#endif
};

} // namespace sgmoe

#endif
