#include "thin-tools/extract/extract.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "thin-tools/files/output_device.h"

namespace thin_tools {

using pdata::error;
using pdata::mapping_run;
using pdata::sector_bytes;

namespace {

class copier {
 public:
  copier(const data_device& from, const zeroed_output& to, std::uint64_t block_bytes,
         std::uint64_t size_bytes)
      : from_(from),
        to_(to),
        block_bytes_(block_bytes),
        size_bytes_(size_bytes),
        buffer_(std::make_unique_for_overwrite<pdata::block_buffer[]>(data_piece_bytes_max /
                                                                      pdata::block_size)) {}

  void copy(const mapping_run& run) {
    const auto volume_blocks = pdata::div_up(size_bytes_, block_bytes_);
    if (run.begin >= volume_blocks) return;
    const auto length = std::min(run.length, volume_blocks - run.begin);
    const auto begin = run.begin * block_bytes_;
    const auto bytes = std::min(length * block_bytes_, size_bytes_ - begin);
    auto* const memory = reinterpret_cast<std::byte*>(buffer_.get());
    for (std::uint64_t at = 0; at < bytes; at += data_piece_bytes_max) {
      const auto piece =
          static_cast<std::size_t>(std::min<std::uint64_t>(data_piece_bytes_max, bytes - at));
      from_.read(run.data_begin * block_bytes_ + at, memory, piece);
      write_sparse(begin + at, memory, piece);
    }
  }

  const extract_summary& summary() const { return summary_; }

 private:
  // Zeroes are there already.
  void write_sparse(std::uint64_t offset, const std::byte* bytes, std::size_t length) {
    constexpr std::size_t grain = 65536;
    for (std::size_t at = 0; at < length;) {
      const auto zero_at = [&](std::size_t where) {
        return pdata::all_zero({bytes + where, std::min(grain, length - where)});
      };
      const bool zero = zero_at(at);
      auto end = std::min(at + grain, length);
      while (end < length && zero_at(end) == zero) end = std::min(end + grain, length);
      if (!zero) write(offset + at, {bytes + at, end - at});
      (zero ? summary_.bytes_of_zeroes : summary_.bytes_copied) += end - at;
      at = end;
    }
  }

  void write(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (const auto outcome = to_.file().write(offset, bytes); !outcome.ok())
      throw error(fmt::format("Couldn't write {} bytes of '{}' at byte {}: {}", bytes.size(),
                              to_.path(), offset, pdata::errno_text(outcome.errno_value())));
  }

  const data_device& from_;
  const zeroed_output& to_;
  std::uint64_t block_bytes_;
  std::uint64_t size_bytes_;
  std::unique_ptr<pdata::block_buffer[]> buffer_;
  extract_summary summary_;
};

}  // namespace

volume_contents read_contents(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                              pdata::device_id device) {
  volume_contents contents;
  static_cast<volume_survey&>(contents) = survey_volume(
      reader, layout, device, [&](const mapping_run& run) { contents.mappings->run(run); });
  return contents;
}

extract_summary extract_volume(const volume_contents& contents, std::uint64_t block_bytes,
                               const data_device& data, const pass& output,
                               std::uint64_t size_bytes, const extract_progress& progress) {
  constexpr std::uint64_t volume_bytes_max = INT64_MAX;
  if (size_bytes > volume_bytes_max)
    throw error(fmt::format("a volume of {} bytes is too large", size_bytes));
  zeroed_output to(output, size_bytes);  // so that only data has to be written
  copier copy(data, to, block_bytes, size_bytes);
  std::uint64_t done = 0;
  run_sink sink([&](const mapping_run& run) {
    progress(done, contents.mapped_blocks);
    copy.copy(run);
    done += run.length;
  });
  contents.mappings->replay(sink);
  progress(contents.mapped_blocks, contents.mapped_blocks);
  to.commit();
  return copy.summary();
}

}  // namespace thin_tools
