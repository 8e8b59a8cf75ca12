// Calls back when a number of free blocks falls to a mark or below it; edge
// triggered (Linux 6.1 dm-space-map-metadata.c, struct threshold).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace pdata {

class free_space_threshold {
 public:
  // The last number seen stays, so a new mark above it does not call back.
  void set(std::uint64_t mark, std::function<void()> callback) {
    mark_ = mark;
    callback_ = std::move(callback);
  }

  void check(std::uint64_t nr_free) {
    const bool was_below = last_ && is_below(*last_);
    if (is_below(nr_free) && !was_below) callback_();
    last_ = nr_free;
  }

 private:
  bool is_below(std::uint64_t nr_free) const { return mark_ && nr_free <= *mark_; }

  std::optional<std::uint64_t> mark_;
  std::optional<std::uint64_t> last_;
  std::function<void()> callback_;
};

}  // namespace pdata
