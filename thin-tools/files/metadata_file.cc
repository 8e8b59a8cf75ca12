#include "thin-tools/files/metadata_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/base/memory_room.h"
#include "persistent-data/survey/recognise.h"

namespace thin_tools {

using pdata::error;

namespace {

const char* busy_advice(const pass& admitted) {
  return admitted.changes()
             ? "; it is mounted, or something else uses it"
             : "; is its pool active?  Deactivate it, or read through a metadata snapshot (-m)";
}

// Opening a pipe would wait for its other end.
void expect_file_or_device(const pass& admitted) {
  const auto& path = admitted.path();
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT)
      throw error(fmt::format("Couldn't find {} file '{}': {}",
                              admitted.changes() ? "output" : "input", path,
                              pdata::errno_text(ENOENT)));
    pdata::throw_errno("Couldn't stat file", path, errno);
  }
  if (!S_ISREG(info.st_mode) && !S_ISBLK(info.st_mode))
    throw error("Not a block device or regular file '" + path + "'.");
}

// A file of less than a block is no block_device, yet may be somebody's XML.
pdata::recognised recognise_small(const pdata::file_device& device) {
  std::vector<std::byte> bytes(pdata::to_room(device.size_bytes()));
  const auto length = ::pread(device.descriptor(), bytes.data(), bytes.size(), 0);
  bytes.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return pdata::recognise(bytes);
}

}  // namespace

std::unique_ptr<pdata::file_device> open_device(const pass& admitted, pass::claim claim) {
  expect_file_or_device(admitted);
  const auto& path = admitted.path();
  auto opened = admitted.open(claim);
  if (!opened.ok())
    throw error("Couldn't open '" + path + "': " + pdata::errno_text(opened.errno_value()) +
                (opened.errno_value() == EBUSY ? busy_advice(admitted) : ""));
  return std::make_unique<pdata::file_device>(path, std::move(*opened), admitted.holds());
}

std::unique_ptr<pdata::file_device> open_metadata(const pass& admitted, pass::claim claim) {
  auto device = open_device(admitted, claim);
  const auto& path = admitted.path();
  const auto input =
      device->nr_blocks() == 0 ? recognise_small(*device) : pdata::recognise(*device);
  if (input.kind == pdata::input_kind::xml || input.kind == pdata::input_kind::json)
    throw error(fmt::format(
        "'{}': This looks like {}.  This tool only supports the binary metadata format.", path,
        input.what));
  if (device->nr_blocks() == 0)
    throw error(fmt::format("'{}': Metadata device/file too small.  Is this binary metadata?{}",
                            path, input.what.empty() ? "" : "  " + advice_on(input)));
  return device;
}

std::unique_ptr<pdata::file_device> open_metadata(const std::string& path, pass::claim claim) {
  return open_metadata(admit(metadata_request(path)), claim);
}

}  // namespace thin_tools
