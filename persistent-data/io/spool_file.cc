#include "persistent-data/io/spool_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"
#include "persistent-data/format/crc32c.h"

namespace pdata {

namespace {

std::string temporary_directory() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
}

[[noreturn]] void cannot_spool(int why) {
  throw spool_error("Couldn't use a temporary file in '" + temporary_directory() +
                    "' (TMPDIR names another place): " + errno_text(why));
}

file_handle open_nameless_file() {
  const std::string directory = temporary_directory();
  auto nameless = file_handle::open(directory, O_TMPFILE | O_RDWR, 0600);
  if (nameless.ok()) return std::move(*nameless);
  std::string name = directory + "/spool.XXXXXX";
  file_handle named(::mkostemp(name.data(), O_CLOEXEC));
  if (!named.is_open()) cannot_spool(errno);
  ::unlink(name.c_str());
  return named;
}

}  // namespace

spool_file::spool_file(std::size_t memory_bytes) : memory_bytes_(memory_bytes) {}

void spool_file::append(std::span<const std::byte> bytes) {
  if (buffer_.size() + bytes.size() > memory_bytes_) write_out();
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void spool_file::write_out() {
  const auto bytes = buffer_.size() / page_bytes * page_bytes;
  if (bytes == 0) return;
  if (!file_.is_open()) file_ = open_nameless_file();
  const auto pages = std::span(buffer_).first(bytes);
  if (const auto outcome = file_.write(in_file_, pages); !outcome.ok())
    cannot_spool(outcome.errno_value());
  for (std::size_t at = 0; at < bytes; at += page_bytes)
    page_sums_.push_back(crc32c(pages.subspan(at, page_bytes)));
  in_file_ += bytes;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(bytes));
}

void spool_file::compare_pages(std::uint64_t offset, std::span<const std::byte> read) const {
  const auto before_first = to_size((page_bytes - offset % page_bytes) % page_bytes);
  for (auto at = before_first; at + page_bytes <= read.size(); at += page_bytes)
    if (crc32c(read.subspan(at, page_bytes)) != page_sums_[to_size((offset + at) / page_bytes)])
      throw spool_error("The temporary file in '" + temporary_directory() +
                        "' does not hold what was written to it (TMPDIR names another place)");
}

void spool_file::read(std::uint64_t offset, std::span<std::byte> to) const {
  REQUIRE(offset <= size() && to.size() <= size() - offset);
  if (offset < in_file_) {
    const auto part = to.first(to_size(std::min<std::uint64_t>(to.size(), in_file_ - offset)));
    if (const auto outcome = file_.read(offset, part); !outcome.ok())
      cannot_spool(outcome.errno_value());
    compare_pages(offset, part);
    offset += part.size();
    to = to.subspan(part.size());
  }
  if (!to.empty()) std::memcpy(to.data(), buffer_.data() + (offset - in_file_), to.size());
}

}  // namespace pdata
