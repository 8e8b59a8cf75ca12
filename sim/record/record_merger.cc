#include "sim/record/record_merger.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <queue>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "sim/trace/blktrace_layout.h"

namespace sim::record {

namespace {

constexpr std::size_t time_offset = 8;
constexpr std::size_t payload_offset_v1 = 46;
constexpr std::size_t payload_offset_v2 = 50;
constexpr std::size_t window_bytes = 256 << 10;  // more than any record

template <class T>
T field(std::span<const std::byte> record, std::size_t offset) {
  T value;
  std::memcpy(&value, record.data() + offset, sizeof value);
  return value;
}

// The records of one spool, one after the other.
class record_stream {
 public:
  explicit record_stream(const pdata::spool_file& from) : from_(from) {}

  // False at the end.
  bool next() {
    at_ += length_;
    if (at_ == from_.size()) return false;
    const auto head = look(trace::blktrace_header_bytes_v1);
    const auto magic =
        head.size() < trace::blktrace_header_bytes_v1 ? 0 : field<std::uint32_t>(head, 0);
    if (magic != trace::blktrace_magic_v1 && magic != trace::blktrace_magic_v2)
      fail("is no record of blktrace");
    const bool v1 = magic == trace::blktrace_magic_v1;
    const std::size_t header =
        v1 ? trace::blktrace_header_bytes_v1 : trace::blktrace_header_bytes_v2;
    const auto whole_head = look(header);
    if (whole_head.size() < header) fail("is cut off");
    time_ = field<std::uint64_t>(whole_head, time_offset);
    length_ = header + field<std::uint16_t>(whole_head, v1 ? payload_offset_v1 : payload_offset_v2);
    if (look(length_).size() < length_) fail("is cut off");
    return true;
  }

  std::uint64_t time() const { return time_; }
  std::span<const std::byte> record() { return look(length_); }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw pdata::error(fmt::format("what the kernel wrote at byte {} of a buffer {}", at_, what));
  }

  // As many bytes from at_ on, or those that are left.
  std::span<const std::byte> look(std::size_t count) {
    const auto left = pdata::to_size(std::min<std::uint64_t>(count, from_.size() - at_));
    if (at_ < window_begin_ || at_ + left > window_begin_ + window_.size()) {
      window_.resize(pdata::to_size(std::min<std::uint64_t>(window_bytes, from_.size() - at_)));
      from_.read(at_, window_);
      window_begin_ = at_;
    }
    return std::span(window_).subspan(pdata::to_size(at_ - window_begin_), left);
  }

  const pdata::spool_file& from_;
  std::uint64_t at_ = 0;
  std::size_t length_ = 0;
  std::uint64_t time_ = 0;
  std::vector<std::byte> window_;
  std::uint64_t window_begin_ = 0;
};

}  // namespace

std::uint64_t merge_records(const std::vector<const pdata::spool_file*>& spools,
                            const std::function<void(std::span<const std::byte>)>& write) {
  std::vector<record_stream> streams;
  streams.reserve(spools.size());
  using entry = std::pair<std::uint64_t, std::size_t>;  // time, stream
  std::priority_queue<entry, std::vector<entry>, std::greater<>> first;
  for (const auto* spool : spools) {
    streams.emplace_back(*spool);
    if (streams.back().next()) first.emplace(streams.back().time(), streams.size() - 1);
  }
  std::uint64_t count = 0;
  while (!first.empty()) {
    const auto n = first.top().second;
    first.pop();
    write(streams[n].record());
    ++count;
    if (streams[n].next()) first.emplace(streams[n].time(), n);
  }
  return count;
}

}  // namespace sim::record
