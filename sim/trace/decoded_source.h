// A compressed file, decompressed as it is read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/trace/byte_source.h"
#include "sim/trace/decoder.h"

namespace sim::trace {

class decoded_source final : public byte_source {
 public:
  decoded_source(std::unique_ptr<byte_source> compressed, std::unique_ptr<decoder> how);

  std::size_t read(std::span<std::byte> into) override;
  std::string damage() const override { return damage_; }
  std::uint64_t consumed() const override { return compressed_->consumed(); }
  std::optional<std::uint64_t> size() const override { return compressed_->size(); }

 private:
  void refill();

  std::unique_ptr<byte_source> compressed_;
  std::unique_ptr<decoder> decoder_;
  std::vector<std::byte> input_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool input_ended_ = false;
  bool ended_ = false;
  decoder::state state_ = decoder::state::more;
  std::string damage_;
};

}  // namespace sim::trace
