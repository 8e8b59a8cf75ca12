// A source of which some bytes were read to look at: gives them back first.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "sim/trace/byte_source.h"

namespace sim::trace {

// The first bytes of a source, at most `count`; fewer only at its end. A pipe may give them
// one by one.
inline std::vector<std::byte> take_head(byte_source& source, std::size_t count) {
  std::vector<std::byte> head(count);
  std::size_t filled = 0;
  while (filled < head.size()) {
    const std::size_t got = source.read(std::span(head).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  head.resize(filled);
  return head;
}

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
  std::string damage() const override { return rest_->damage(); }
  std::uint64_t consumed() const override { return rest_->consumed(); }
  std::optional<std::uint64_t> size() const override { return rest_->size(); }

 private:
  std::vector<std::byte> prefix_;
  std::size_t given_ = 0;
  std::unique_ptr<byte_source> rest_;
};

}  // namespace sim::trace
