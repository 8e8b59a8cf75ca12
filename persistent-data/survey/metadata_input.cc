#include "persistent-data/survey/metadata_input.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "persistent-data/base/error.h"
#include "persistent-data/format/checksum.h"

namespace pdata {

namespace {

using namespace std::string_view_literals;

struct signature {
  std::size_t offset;
  std::string_view bytes;
  const char* what;
};

// Things that stand where metadata is expected when a wrong device was named.
constexpr std::array signatures{
    signature{1080, "\x53\xef"sv, "an ext2, ext3 or ext4 file system"},
    signature{0, "XFSB"sv, "an XFS file system"},
    signature{512, "LABELONE"sv, "an LVM physical volume"},
    signature{0, "LUKS\xba\xbe"sv, "a LUKS volume"},
    signature{3, "NTFS    "sv, "an NTFS file system"},
    signature{512, "EFI PART"sv, "a disk with partitions"},
    signature{510, "\x55\xaa"sv, "a disk with partitions or a boot sector"},
    signature{0, "\x1f\x8b"sv, "gzip data"},
    signature{0, "\x28\xb5\x2f\xfd"sv, "zstd data"},
    signature{0,
              "\x7f"
              "ELF"sv,
              "a program"},
};

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool looks_like_xml(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte order mark
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || text[start] != '<' || start + 1 >= text.size())
    return false;
  const char next = text[start + 1];
  return next == '?' || next == '!' || (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
}

bool looks_like_text(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) {
    return (c >= ' ' && c != '\x7f') || c == '\n' || c == '\r' || c == '\t' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

}  // namespace

std::unique_ptr<file_device> open_metadata(const std::string& path, access mode) {
  auto device = std::make_unique<file_device>(path, mode);
  // A file of less than a block is no block_device, yet may be somebody's XML.
  const auto first = std::make_unique<block_buffer>();
  const ssize_t length = ::pread(device->descriptor(), first->bytes.data(), block_size, 0);
  if (length < 0) {
    const int why = errno;
    throw_errno("Couldn't read", path, why);
  }
  if (looks_like_xml(text_of(std::span(first->view()).first(static_cast<std::size_t>(length)))))
    throw error("'" + path +
                "': This looks like XML.  This tool only supports the binary metadata format.");
  if (device->nr_blocks() == 0 || length < static_cast<ssize_t>(block_size))
    throw error("'" + path + "': Metadata device/file too small.  Is this binary metadata?");
  return device;
}

std::string describe_foreign(block_view first_block) {
  if (is_zero(first_block)) return "it is all zeroes";
  if (const auto kind = identify(first_block))
    return std::string("it is a ") + block_kind_name(*kind);
  const auto text = text_of(first_block);
  for (const auto& known : signatures)
    if (text.substr(known.offset, known.bytes.size()) == known.bytes)
      return std::string("it looks like ") + known.what;
  if (looks_like_text(text)) return "it looks like text";
  return "";
}

}  // namespace pdata
