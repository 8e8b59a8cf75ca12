#include "sim/trace/byte_source.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "persistent-data/base/error.h"
#include "sim/trace/decoded_source.h"
#include "thin-tools/gate/gate.h"

namespace sim::trace {

namespace {

class file_source final : public byte_source {
 public:
  explicit file_source(std::string path) : path_(std::move(path)), standard_input_(path_ == "-") {
    if (!standard_input_) {
      auto opened = thin_tools::admit_reading("trace", path_).open(thin_tools::pass::claim::shared);
      if (!opened.ok()) pdata::throw_errno("Couldn't open trace", path_, opened.errno_value());
      file_ = std::move(*opened);
      fd_ = file_.descriptor();
    }
    struct stat status = {};
    if (::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode))
      size_ = static_cast<std::uint64_t>(status.st_size);
  }

  std::size_t read(std::span<std::byte> into) override {
    ssize_t got = 0;
    do {
      got = ::read(fd_, into.data(), into.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) pdata::throw_errno("Couldn't read trace", path_, errno);
    consumed_ += static_cast<std::uint64_t>(got);
    return static_cast<std::size_t>(got);
  }
  std::uint64_t consumed() const override { return consumed_; }
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  std::string path_;
  bool standard_input_;
  pdata::file_handle file_;
  int fd_ = STDIN_FILENO;
  std::uint64_t consumed_ = 0;
  std::optional<std::uint64_t> size_;
};

class bytes_source final : public byte_source {
 public:
  explicit bytes_source(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t read(std::span<std::byte> into) override {
    const std::size_t count = std::min(into.size(), bytes_.size() - position_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(position_), count, into.begin());
    position_ += count;
    return count;
  }
  std::uint64_t consumed() const override { return position_; }
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

// Gives back the bytes that were read to look at.
class prefixed_source final : public byte_source {
 public:
  prefixed_source(std::vector<std::byte> prefix, std::unique_ptr<byte_source> rest)
      : prefix_(std::move(prefix)), rest_(std::move(rest)) {}

  std::size_t read(std::span<std::byte> into) override {
    if (given_ == prefix_.size()) return rest_->read(into);
    const std::size_t count = std::min(into.size(), prefix_.size() - given_);
    std::copy_n(prefix_.begin() + static_cast<std::ptrdiff_t>(given_), count, into.begin());
    given_ += count;
    return count;
  }
  std::uint64_t consumed() const override { return rest_->consumed(); }
  std::optional<std::uint64_t> size() const override { return rest_->size(); }

 private:
  std::vector<std::byte> prefix_;
  std::size_t given_ = 0;
  std::unique_ptr<byte_source> rest_;
};

constexpr std::size_t magic_length_max = 5;

// The first bytes decide. A pipe may give them one by one.
std::unique_ptr<byte_source> decode_if_needed(std::unique_ptr<byte_source> source,
                                              const std::string& name) {
  std::vector<std::byte> head(magic_length_max);
  std::size_t filled = 0;
  while (filled < head.size()) {
    const std::size_t got = source->read(std::span(head).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  head.resize(filled);
  std::string text(filled, '\0');
  if (filled != 0) std::memcpy(text.data(), head.data(), filled);
  if (text.starts_with("BZh"))
    throw pdata::error(fmt::format(
        "Trace '{}' is compressed with bzip2: pipe it in with 'bzcat FILE | thin_sim replay -'",
        name));
  auto whole = std::make_unique<prefixed_source>(std::move(head), std::move(source));
  if (auto how = decoder_for(text))
    return std::make_unique<decoded_source>(std::move(whole), std::move(how));
  return whole;
}

}  // namespace

std::unique_ptr<byte_source> open_source(const std::string& path) {
  return decode_if_needed(std::make_unique<file_source>(path), path);
}

std::unique_ptr<byte_source> memory_source(std::span<const std::byte> bytes) {
  return decode_if_needed(std::make_unique<bytes_source>(bytes), "memory");
}

}  // namespace sim::trace
