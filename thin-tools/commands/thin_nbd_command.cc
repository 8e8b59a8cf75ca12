#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>

#include "persistent-data/base/error.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/nbd/nbdkit_call.h"
#include "thin-tools/nbd/server_settings.h"
#include "thin-tools/size/size_option.h"
#include "thin-tools/volumes/volume_list.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'l', "list", argument::none, "", "list the devices and what there is of them; serve nothing"},
    heading("What is served"),
    {0, "metadata-dev", argument::required, "DEVICE", "the pool's metadata device or file"},
    {0, "data-dev", argument::required, "DEVICE", "the pool's data device or file"},
    {0, "dev-id", argument::required, "N",
     "serve this thin device (may be repeated; default: all)"},
    lvm_row,
    {0, "size", argument::required, "[N=]SIZE",
     "size of a device (default: up to its last mapped block); sectors without unit"},
    {0, "origin", argument::required, "[N=]FILE", "external origin of a device"},
    {'m', "metadata-snap", argument::optional, "BLOCK",
     "as the metadata snapshot has it; works while the pool is active"},
    {'r', "repair", argument::none, "", "from damaged metadata, by a repair made in memory"},
    {0, "lost", argument::required, "error|zeroes", "what is lost reads as (default: error)"},
    heading("What a repair cannot know"),
    {0, "data-block-size", argument::required, "N", "data block size in sectors"},
    {0, "nr-data-blocks", argument::required, "N", "size of the data device in data blocks"},
    {0, "mapping-root", argument::required, "N", "use the top level tree with this root"},
    {0, "details-root", argument::required, "N", "use the details tree with this root"},
    {0, "take-best", argument::none, "", "of several states that may be the last the likeliest"},
    heading("Where and how"),
    {'U', "unix", argument::required, "SOCKET", "listen on a Unix domain socket"},
    {'p', "port", argument::required, "N", "listen on a TCP port of this machine alone"},
    {0, "run", argument::required, "COMMAND", "serve while a shell command runs; it has $uri"},
    {0, "cow", argument::none, "", "clients may write; what they write is kept until the end"},
    {'b', "background", argument::none, "", "return when the server is ready"},
};
constexpr command_syntax syntax{"thin_nbd",
                                "Serve volumes of a pool that is not active as network block "
                                "devices.",
                                "[-- NBDKIT-OPTION...]", options};

// The device that "N=VALUE" is for; none: no device is named.
std::optional<pdata::device_id> device_before(const std::string& value, const device_names& names) {
  const auto equals = value.find('=');
  if (equals == std::string::npos) return std::nullopt;
  const auto text = value.substr(0, equals);
  if (const auto number = parse_number(text)) return number;
  const auto* volume = names.known() ? names.pool().find(text) : nullptr;
  return volume == nullptr ? std::nullopt : std::optional(volume->device);
}

// A value for one device, "N=VALUE", or for the only one.
export_request& export_of(server_settings& settings, const device_names& names,
                          std::string_view option, std::string& value) {
  const auto device = device_before(value, names);
  if (!device && settings.exports.size() == 1) return settings.exports.front();
  if (!device)
    throw invalid_value(option, value, "which device is it for? N=VALUE, with its --dev-id N");
  const auto found = std::ranges::find(settings.exports, device, &export_request::device);
  if (found == settings.exports.end())
    throw usage_error(
        fmt::format("'--{}' is for device {}, which no --dev-id names", option, *device));
  value.erase(0, value.find('=') + 1);
  return *found;
}

server_settings read_settings(const command_line& line, const device_names& names) {
  server_settings settings;
  const auto set = [&](const char* key, const std::optional<std::string>& value) {
    try {
      if (value) set_parameter(settings, {key, *value}, {});
    } catch (const pdata::error& e) {
      throw usage_error(e.what());
    }
  };
  set("metadata", line.required_value("metadata-dev", "No metadata device provided."));
  set("data", line.value("data-dev"));
  set("lvm", line.value("lvm"));
  for (const auto id : names.ids(line, "dev-id")) set("dev", std::to_string(id));
  for (auto text : line.values("size")) {
    auto& of = export_of(settings, names, "size", text);
    of.size_bytes = sectors_or_throw("size", text) * sectors.bytes;
  }
  for (auto file : line.values("origin")) {
    auto& of = export_of(settings, names, "origin", file);
    of.origin = file;
  }
  if (line.has("metadata-snap")) set("snapshot", line.value("metadata-snap").value_or("yes"));
  if (line.has("repair")) set("repaired", "yes");
  set("lost", line.value("lost"));
  for (const char* key : {"data-block-size", "nr-data-blocks", "mapping-root", "details-root"})
    set(key, line.value(key));
  if (line.has("take-best")) set("take-best", "yes");
  return settings;
}

int list(server_settings settings, const device_names& names) {
  // Without a repair, too, it is of use to see what there is.
  if (settings.pool.damaged == damage_handling::refuse)
    settings.pool.damaged = damage_handling::skip;
  pool_volumes pool(settings.pool);
  auto remarks = pool.remarks();
  device_namer name_of;
  if (names.known()) {
    const auto agreement = names.compare(pool.superblock(), pool.devices());
    remarks += lvm_remarks(names, agreement, pool.superblock());
    name_of = [&](pdata::device_id device) { return names.name_of(device); };
  }
  std::set<pdata::device_id> wanted;
  for (const auto& each : settings.exports)
    if (each.device) wanted.insert(*each.device);
  const auto found = list_volumes(pool, name_of, wanted);
  print(stderr, remarks);
  print(stderr, found.losses);
  print(stdout, found.table);
  return found.whole && remarks.empty() ? exit_good : exit_bad;
}

// Where the plugin is: beside this program where that was not installed, else where it was
// installed with it; by name where nbdkit has to know it.
std::string find_plugin() {
  namespace fs = std::filesystem;
  std::error_code failed;
  const auto folder = fs::read_symlink("/proc/self/exe", failed).parent_path();
  const std::string file = "nbdkit-thin-plugin.so";
  for (const auto& place : {folder / file, folder.parent_path() / THIN_NBDKIT_PLUGINDIR / file})
    if (!failed && fs::exists(place, failed)) return place.string();
  return "thin";
}

int run(const command_line& line) {
  const device_names names(line);
  const auto settings = read_settings(line, names);
  if (line.has("list")) {
    line.expect_no_operands();
    return list(settings, names);
  }
  if (settings.data.empty()) throw usage_error("No data device provided.");
  try {
    expect_complete(settings);
  } catch (const pdata::error& e) {
    throw usage_error(e.what());
  }
  const nbdkit_call call{.plugin = find_plugin(),
                         .settings = settings,
                         .socket = line.value("unix"),
                         .port = line.number("port", UINT16_MAX),
                         .command = line.value("run"),
                         .cow = line.has("cow"),
                         .background = line.has("background"),
                         .more = line.operands()};
  auto words = arguments_of(call);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  throw pdata::error("Couldn't start nbdkit, which serves the volumes: " +
                     pdata::errno_text(errno));
}

}  // namespace

const command thin_nbd_command{&syntax, run};

}  // namespace thin_tools
