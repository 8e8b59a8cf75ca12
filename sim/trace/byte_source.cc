#include "sim/trace/byte_source.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "persistent-data/base/error.h"
#include "sim/trace/decoded_source.h"
#include "sim/trace/prefixed_source.h"
#include "sim/trace/text_encoding.h"
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

constexpr std::size_t magic_length_max = 5;

// The first bytes decide.
std::unique_ptr<byte_source> decode_if_needed(std::unique_ptr<byte_source> source,
                                              const std::string& name) {
  std::vector<std::byte> head = take_head(*source, magic_length_max);
  const std::string text(reinterpret_cast<const char*>(head.data()), head.size());
  if (text.starts_with("BZh"))
    throw pdata::error(fmt::format(
        "Trace '{}' is compressed with bzip2: pipe it in with 'bzcat FILE | thin_sim replay -'",
        name));
  auto whole = std::make_unique<prefixed_source>(std::move(head), std::move(source));
  if (auto how = decoder_for(text))
    return as_utf8(std::make_unique<decoded_source>(std::move(whole), std::move(how)));
  return as_utf8(std::move(whole));
}

}  // namespace

std::unique_ptr<byte_source> open_source(const std::string& path) {
  return decode_if_needed(std::make_unique<file_source>(path), path);
}

std::unique_ptr<byte_source> memory_source(std::span<const std::byte> bytes) {
  return decode_if_needed(std::make_unique<bytes_source>(bytes), "memory");
}

}  // namespace sim::trace
