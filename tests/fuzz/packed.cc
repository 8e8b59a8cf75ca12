// Any file may be given to thin_metadata_unpack: as it is, and as the records of a sound
// container, for no fuzzer guesses the checksum of a zlib stream.
#include <algorithm>
#include <atomic>

#include "persistent-data/base/error.h"
#include "persistent-data/format/little_endian.h"
#include "tests/fuzz/demand.h"
#include "tests/fuzz/scratch_folder.h"
#include "thin-tools/gate/gate.h"
#include "thin-tools/pack/pack_format.h"
#include "thin-tools/pack/unpacker.h"
#include "thin-tools/pack/zlib_codec.h"

namespace {

using namespace thin_tools;

constexpr std::uint64_t nr_blocks = 300;

void unpack_file(std::span<const std::byte> bytes) {
  const auto name = fuzz::scratch_folder() / "pack";
  fuzz::write_file(name, bytes);
  try {
    const pack_file file(admit_reading("input", name.string()));
    std::atomic<std::uint64_t> nr_named{0};
    file.for_each_run([&](pdata::metadata_block first, std::span<std::byte> blocks) {
      const auto length = blocks.size() / pdata::block_size;
      fuzz::demand(first < file.nr_blocks() && length <= file.nr_blocks() - first);
      nr_named += length;
    });
    fuzz::demand(nr_named <= file.nr_blocks());  // none twice
  } catch (const pdata::error&) {
    // Refused.
  }
}

void append_number(std::vector<std::byte>& to, std::uint64_t number) {
  to.resize(to.size() + sizeof number);
  pdata::store_le(std::span(to), to.size() - sizeof number, number);
}

// Two chunks; the first byte says where the second one begins.
std::vector<std::byte> container_of(std::span<const std::byte> input) {
  std::vector<std::byte> file;
  for (const std::uint64_t number : {pack_magic, pack_version, std::uint64_t{4096}, nr_blocks})
    append_number(file, number);
  const auto records = input.subspan(1);
  const auto cut =
      std::min<std::size_t>(std::to_integer<std::size_t>(input[0]) * 8, records.size());
  deflater deflate;
  for (const auto part : {records.first(cut), records.subspan(cut)}) {
    std::vector<std::byte> stream;
    deflate.add(part, pdata::piece::last, stream);
    append_number(file, stream.size());
    file.insert(file.end(), stream.begin(), stream.end());
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span input(reinterpret_cast<const std::byte*>(data), size);
  unpack_file(input);
  if (!input.empty()) unpack_file(container_of(input));
  return 0;
}
