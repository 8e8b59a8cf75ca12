#include "persistent-data/survey/recognise.h"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/superblock.h"

namespace pdata {

namespace {

using namespace std::string_view_literals;

struct signature {
  std::size_t offset;
  std::string_view bytes;
  input_kind kind;
  const char* what;
};

// The first that fits counts: what stands farther behind its beginning, and what is
// longer, proves more than two bytes at the start.
constexpr std::array signatures{
    signature{0, "\x77\xef\x09\x63\xaa\xa0\x37\xa5"sv, input_kind::pack_file,
              "a pack file of thin_metadata_pack"},
    signature{512, "LABELONE"sv, input_kind::foreign, "an LVM physical volume"},
    signature{0, "LABELONE"sv, input_kind::foreign, "an LVM physical volume"},
    signature{1024, "LABELONE"sv, input_kind::foreign, "an LVM physical volume"},
    signature{1536, "LABELONE"sv, input_kind::foreign, "an LVM physical volume"},
    signature{0, "LUKS\xba\xbe"sv, input_kind::foreign, "a LUKS volume"},
    signature{3, "-FVE-FS-"sv, input_kind::foreign, "a BitLocker volume"},
    signature{65600, "_BHRfS_M"sv, input_kind::foreign, "a btrfs file system"},
    signature{1080, "\x53\xef"sv, input_kind::foreign, "an ext2, ext3 or ext4 file system"},
    signature{0, "XFSB"sv, input_kind::foreign, "an XFS file system"},
    signature{1024, "\x10\x20\xf5\xf2"sv, input_kind::foreign, "an F2FS file system"},
    signature{65588, "ReIsEr"sv, input_kind::foreign, "a reiserfs file system"},
    signature{32768, "JFS1"sv, input_kind::foreign, "a JFS file system"},
    signature{32769, "CD001"sv, input_kind::foreign, "an ISO 9660 file system"},
    signature{0, "hsqs"sv, input_kind::foreign, "a squashfs file system"},
    signature{3, "NTFS    "sv, input_kind::foreign, "an NTFS file system"},
    signature{3, "EXFAT   "sv, input_kind::foreign, "an exFAT file system"},
    signature{82, "FAT32   "sv, input_kind::foreign, "a FAT file system"},
    signature{54, "FAT1"sv, input_kind::foreign, "a FAT file system"},
    signature{4086, "SWAPSPACE2"sv, input_kind::foreign, "swap space"},
    signature{4096, "\xfc\x4e\x2b\xa9"sv, input_kind::foreign, "a member of an md array"},
    signature{0, "\xfc\x4e\x2b\xa9"sv, input_kind::foreign, "a member of an md array"},
    signature{4120,
              "\xc6\x85\x73\xf6\x4e\x1a\x45\xca"
              "\x82\x65\xf5\x7f\x48\xba\x6d\x81"sv,
              input_kind::foreign, "a bcache device"},
    signature{0, "dmvdo001"sv, input_kind::foreign, "a VDO volume"},
    signature{512, "EFI PART"sv, input_kind::foreign, "a disk with partitions"},
    signature{510, "\x55\xaa"sv, input_kind::foreign, "a disk with partitions or a boot sector"},
    signature{0, "QFI\xfb"sv, input_kind::foreign, "a QEMU disk image"},
    signature{257, "ustar"sv, input_kind::foreign, "a tar archive"},
    signature{0, "\xfd\x37zXZ\0"sv, input_kind::compressed, "xz data"},
    signature{0, "\x28\xb5\x2f\xfd"sv, input_kind::compressed, "zstd data"},
    signature{0, "\x04\x22\x4d\x18"sv, input_kind::compressed, "lz4 data"},
    signature{0, "PK\x03\x04"sv, input_kind::compressed, "a zip archive"},
    signature{0, "\x1f\x8b\x08"sv, input_kind::compressed, "gzip data"},
    signature{0, "BZh"sv, input_kind::compressed, "bzip2 data"},
    signature{0,
              "\x7f"
              "ELF"sv,
              input_kind::foreign, "a program"},
};

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_text(char c) {
  return (c >= ' ' && c != '\x7f') || c == '\n' || c == '\r' || c == '\t' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// ASCII, or sequences of UTF-8's form; the last one may be cut off.
bool is_utf8(std::string_view text) {
  int missing = 0;
  for (const char c : text) {
    const int ones = std::countl_one(static_cast<unsigned char>(c));
    if ((ones == 1) != (missing > 0) || ones > 4) return false;
    missing = ones == 1 ? missing - 1 : std::max(ones - 1, 0);
  }
  return true;
}

std::optional<recognised> by_superblock(std::span<const std::byte> beginning) {
  if (beginning.size() < block_size) return std::nullopt;
  const block_view first(beginning.data(), block_size);
  if (superblock::load(first).magic == superblock_magic)
    return recognised{input_kind::thin_metadata, "thin metadata"};
  const auto kind = identify(first);
  if (!kind) return std::nullopt;
  const bool thin = *kind != block_kind::cache_superblock && *kind != block_kind::era_superblock;
  return recognised{thin ? input_kind::thin_metadata : input_kind::other_metadata,
                    std::string("a ") + block_kind_name(*kind)};
}

// A text that ends with a line or an element, on a device of zeroes, without these.
std::string_view without_padding(std::string_view text) {
  const auto end = text.find_last_not_of('\0');
  const bool whole = end != std::string_view::npos && (text[end] == '\n' || text[end] == '>');
  return whole ? text.substr(0, end + 1) : text;
}

std::optional<recognised> by_text(std::string_view text) {
  constexpr std::size_t looked_at = 4096;
  text = without_padding(text.substr(0, looked_at));
  const auto utf16 = text.starts_with("\xff\xfe<\0"sv) || text.starts_with("\xfe\xff\0<"sv);
  if (utf16) return recognised{input_kind::xml, "XML"};
  if (text.empty() || !std::ranges::all_of(text, is_text)) return std::nullopt;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte order mark
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && text[start] == '<' && start + 1 < text.size()) {
    // In whatever encoding it names.
    const char next = text[start + 1];
    if (next == '?' || next == '!' || next == '_' || (next >= 'a' && next <= 'z') ||
        (next >= 'A' && next <= 'Z'))
      return recognised{input_kind::xml, "XML"};
  }
  if (!is_utf8(text)) return std::nullopt;
  if (start != std::string_view::npos && text[start] == '{')
    return recognised{input_kind::json, "JSON"};
  return recognised{input_kind::text, "text"};
}

}  // namespace

recognised recognise(std::span<const std::byte> beginning) {
  if (auto found = by_superblock(beginning)) return *found;
  const auto bytes = text_of(beginning);
  for (const auto& known : signatures)
    if (bytes.size() >= known.offset + known.bytes.size() &&
        bytes.substr(known.offset, known.bytes.size()) == known.bytes)
      return {known.kind, known.what};
  if (!bytes.empty() &&
      std::ranges::all_of(bytes.substr(0, block_size), [](char c) { return c == 0; }))
    return {input_kind::zeroes, "zeroes"};
  return by_text(bytes).value_or(recognised{});
}

recognised recognise(block_device& device) {
  std::vector<block_buffer> blocks(
      to_size(std::min<std::uint64_t>(recognised_bytes / block_size, device.nr_blocks())));
  const std::span bytes(reinterpret_cast<std::byte*>(blocks.data()), blocks.size() * block_size);
  std::size_t whole = bytes.size();
  if (!bytes.empty() && !device.read(0, bytes).ok())
    whole = device.read(0, bytes.first(block_size)).ok() ? block_size : 0;
  return recognise(bytes.first(whole));
}

std::string advice_on(const recognised& input) {
  switch (input.kind) {
    case input_kind::unknown:
      return "";
    case input_kind::zeroes:
      return "it is all zeroes";
    case input_kind::thin_metadata:
    case input_kind::other_metadata:
      return "it is " + input.what;
    case input_kind::pack_file:
      return "it looks like " + input.what + ": thin_metadata_unpack makes metadata of it";
    case input_kind::compressed:
      return "it looks like " + input.what + ": this is compressed, decompress it first";
    default:
      return "it looks like " + input.what;
  }
}

}  // namespace pdata
