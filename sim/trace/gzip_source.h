// Inflates a gzip file, also one of several members, as it is read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/trace/byte_source.h"

namespace sim::trace {

class gzip_source final : public byte_source {
 public:
  explicit gzip_source(std::unique_ptr<byte_source> compressed);
  ~gzip_source() override;
  gzip_source(const gzip_source&) = delete;
  gzip_source& operator=(const gzip_source&) = delete;

  std::size_t read(std::span<std::byte> into) override;
  std::string damage() const override { return damage_; }
  std::uint64_t consumed() const override { return compressed_->consumed(); }
  std::optional<std::uint64_t> size() const override { return compressed_->size(); }

 private:
  bool refill();  // false at the end of the compressed bytes
  bool start_next_member();

  struct inflater;  // zlib's state
  std::unique_ptr<byte_source> compressed_;
  std::vector<std::byte> input_;
  std::unique_ptr<inflater> inflater_;
  bool ended_ = false;
  std::string damage_;
};

}  // namespace sim::trace
