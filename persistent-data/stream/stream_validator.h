// Proves a stream that comes from outside before anything is made of it, and
// passes it on. Everything that would corrupt metadata or lose something is
// refused by an error that says why; who reads the stream adds where.
//
// Runs without length are dropped. mapped_blocks must be what the mappings add
// up to.
#pragma once

#include <optional>
#include <unordered_map>

#include "persistent-data/stream/metadata_stream.h"

namespace pdata {

enum class stream_order : std::uint8_t {
  required,  // as metadata_stream.h says
  any,       // of defs and devices, and of mappings and refs in them; a ref follows its def
};

class stream_validator : public metadata_sink {
 public:
  // `position`: where each event stands that comes in, to be named where two of
  // them contradict each other.
  explicit stream_validator(metadata_sink& next, stream_order order = stream_order::required,
                            const stream_position* position = nullptr)
      : next_(next), order_(order), position_(position) {}

  void begin_superblock(const stream_superblock& superblock) override;
  void end_superblock() override;
  void begin_def(const std::string& name) override;
  void end_def() override;
  void begin_device(device_id device, const device_details& details) override;
  void end_device() override;
  void run(const mapping_run& mappings) override;
  bool runs(std::span<const mapping_run> all) override;
  void ref(const std::string& name) override;

  // The whole stream was seen. Throws if it was not.
  void expect_complete() const;

  // False only with stream_order::any: the stream must be sorted
  // (stream_sorter.h) and be proven again, for some faults show only then.
  bool in_order() const { return in_order_; }

 private:
  enum class place : std::uint8_t { before, pool, def, device, after };

  // The virtual blocks of a def.
  struct extent {
    std::uint64_t nr_mappings = 0;
    thin_block first = 0;  // meaningful if there are mappings
    thin_block last = 0;
  };
  // A run, or a def that a ref inserts.
  struct piece {
    thin_block first = 0;
    thin_block last = 0;
    std::uint64_t nr_mappings = 0;
    bool is_ref = false;
    std::uint64_t line = 0;
  };

  void open_container();
  void append(const piece& next);
  [[noreturn]] void refuse_overlap(const piece& next) const;
  std::string open_name() const;
  std::uint64_t line() const { return position_ != nullptr ? position_->line : 0; }

  metadata_sink& next_;
  stream_order order_;
  const stream_position* position_;
  place place_ = place::before;
  bool in_order_ = true;
  std::uint64_t nr_data_blocks_ = 0;
  std::unordered_map<std::string, extent> defs_;

  // The open def or device.
  std::string open_def_;
  device_details details_;
  extent extent_;
  piece last_piece_;
  bool pieces_in_order_ = true;

  std::optional<device_id> last_device_;
  std::uint64_t last_device_line_ = 0;
};

}  // namespace pdata
