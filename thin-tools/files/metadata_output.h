// New metadata on an existing device or file, and a pool written to it once it is known to fit.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "persistent-data/io/file_device.h"
#include "persistent-data/stream/pool_builder.h"
#include "persistent-data/stream/stream_spool.h"
#include "thin-tools/files/file_beside.h"
#include "thin-tools/gate/gate.h"

namespace thin_tools {

inline constexpr const char* needs_check_remark =
    "needs_check was set: the new metadata has exact counts, and is without the flag";

// A device is written in place. A file keeps its bytes until the new ones are whole and
// durable: they are written to one beside it, of the same size, that then takes its name.
class new_metadata {
 public:
  // Throws error as open_output_device() does, and if no file can be made beside it.
  explicit new_metadata(const pass& admitted);

  // To be written to within make() only; nothing can be read before that.
  pdata::file_device& device() { return *device_; }

  // Calls `write`, which writes all of the metadata to device(). Where that throws, the error
  // is thrown on with what the output holds now, which is looked at.
  void make(const std::function<void()>& write);

 private:
  std::unique_ptr<pdata::file_device> device_;
  std::optional<file_beside> beside_;
};

enum class sharing : std::uint8_t {
  found,    // leaves that are the same in several devices are written once
  as_told,  // where the stream says so
};

// What passes by of a pool's contents.
struct stream_tally {
  std::uint64_t devices = 0;
  std::uint64_t mappings = 0;  // in devices and defs
  std::uint64_t digest = 0;    // of all numbers of devices, mappings and references

  void add(pdata::device_id device, const pdata::device_details& details);
  void add(const pdata::mapping_run& run);
  void add(const std::string& name);  // of a def that begins, or of a reference
  friend bool operator==(const stream_tally&, const stream_tally&) = default;
};

// A pool that was rehearsed.
struct planned_pool {
  pdata::pool_build_options how;
  pdata::metadata_block blocks_needed = 0;
  stream_tally contents;
};

// How to build the pool, rehearsed and proven to fit: throws error if it does
// not. What is shared is found in the way that makes the pool smallest, and it is
// also found where the output would be too small otherwise: metadata with snapshots that
// was dumped without defs may have grown out of its device.
planned_pool plan_pool(const pdata::stream_spool& pool, const pdata::file_device& output,
                       sharing wanted);

// Builds it, in the same way. Throws error where it does not become what was rehearsed: other
// contents, or another size. The counts of the new metadata are exact: a flag that they
// need to be checked is left out. Returns whether the pool had it. `examine` looks at what was
// written, and may change it, before it is there for good.
using result_examiner = std::function<void(pdata::block_device& output)>;
[[nodiscard]] bool write_pool(
    const pdata::stream_spool& pool, new_metadata& output, const planned_pool& plan,
    const result_examiner& examine = [](pdata::block_device&) {});

}  // namespace thin_tools
