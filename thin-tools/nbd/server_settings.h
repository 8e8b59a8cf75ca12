// What a server of volumes is asked to serve, and its form as parameters of the nbdkit plugin:
// KEY=VALUE, in an order that counts.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thin-tools/volumes/pool_volumes.h"
#include "thin-tools/volumes/volume_reader.h"

namespace thin_tools {

struct export_request {
  std::optional<pdata::device_id> device;
  std::string name;                         // instead: that of LVM2
  std::optional<std::uint64_t> size_bytes;  // none: by its map
  std::optional<std::string> origin;        // an external one
};

struct server_settings {
  pool_request pool;
  std::string data;
  std::string lvm;                      // a backup with names, FILE[:VG/POOL]; empty: none
  std::vector<export_request> exports;  // the first is the default; none: all devices
  lost_reads lost = lost_reads::error;
};

using parameter = std::pair<std::string, std::string>;

// A parameter of the plugin; size and origin are those of the device that came last.
// `parse_size`: bytes of a size as nbdkit takes them; none: it is no size.
// Throws error where the key or the value is wrong.
void set_parameter(
    server_settings& settings, const parameter& given,
    const std::function<std::optional<std::uint64_t>(const std::string&)>& parse_size);

// Throws error where something is missing.
void expect_complete(const server_settings& settings);

// Parameters whose values are paths, or begin with one.
bool names_file(const std::string& key);

// The parameters that make such settings; sizes are in bytes.
std::vector<parameter> parameters_of(const server_settings& settings);

// What the parameters mean, for `nbdkit thin --help`.
extern const char* const parameter_help;

}  // namespace thin_tools
