// The nbdkit plugin "thin": callbacks in C around thin-tools/nbd. See nbdkit-plugin(3) and
// thin_nbd(8).
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <string>

#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>

#include "persistent-data/base/version.h"
#include "thin-tools/console/output.h"
#include "thin-tools/nbd/volume_server.h"

#define THREAD_MODEL NBDKIT_THREAD_MODEL_PARALLEL

namespace {

thin_tools::server_settings settings;
std::unique_ptr<thin_tools::volume_server> server;

// nbdkit has set and told its error.
struct told_already {};

// No exception goes through C code: -1 and nbdkit's error stand for it.
template <class Body>
int guarded(int errno_value, Body body) {
  try {
    body();
    return 0;
  } catch (const told_already&) {
  } catch (const std::bad_alloc&) {
    nbdkit_error("out of memory");
    nbdkit_set_error(ENOMEM);
  } catch (const std::exception& e) {
    nbdkit_error("%s", e.what());
    nbdkit_set_error(errno_value);
  }
  return -1;
}

// nbdkit takes a line at a time.
void tell_log(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    nbdkit_error("%s", text.substr(at, end - at).c_str());
    at = end + 1;
  }
}

std::optional<std::uint64_t> parse_size(const std::string& text) {
  const auto bytes = nbdkit_parse_size(text.c_str());
  return bytes < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(bytes));
}

// nbdkit goes to another folder when it goes into the background.
std::string absolute(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> whole(nbdkit_absolute_path(path.c_str()),
                                                          &std::free);
  return whole ? std::string(whole.get()) : throw told_already();
}

int config(const char* key, const char* value) {
  return guarded(EINVAL, [&] {
    const bool path = thin_tools::names_file(key) && *value != '\0';
    thin_tools::set_parameter(settings, {key, path ? absolute(value) : std::string(value)},
                              parse_size);
  });
}

int config_complete() {
  return guarded(EINVAL, [] { thin_tools::expect_complete(settings); });
}

// Before nbdkit forks: standard error is still there, and whoever started it waits.
int get_ready() {
  return guarded(EINVAL, [] {
    server = std::make_unique<thin_tools::volume_server>(
        settings, [](const std::string& text) { thin_tools::print(stderr, text); });
  });
}

void unload() { server.reset(); }

int list_exports(int, int, nbdkit_exports* exports) {
  constexpr std::size_t listed_max = 10000;  // nbdkit's; the others can be asked for, too
  return guarded(EIO, [&] {
    auto all = server->exports();
    if (all.size() > listed_max) all.resize(listed_max);
    for (const auto& each : all)
      if (nbdkit_add_export(exports, each.name.c_str(), each.description.c_str()) != 0)
        throw told_already();
  });
}

const char* default_export(int, int) {
  const char* name = nullptr;
  const int outcome = guarded(
      EIO, [&] { name = nbdkit_strdup_intern(server->default_export().value_or("").c_str()); });
  return outcome == 0 ? name : nullptr;
}

struct connection {
  std::shared_ptr<const thin_tools::volume_reader> volume;
};
const thin_tools::volume_reader& volume_of(void* handle) {
  return *static_cast<const connection*>(handle)->volume;
}

void* open_export(int) {
  std::unique_ptr<connection> opened;
  const int outcome = guarded(ENOENT, [&] {
    opened = std::make_unique<connection>();
    opened->volume = server->open(nbdkit_export_name(), tell_log);
  });
  return outcome == 0 ? opened.release() : nullptr;
}

void close_export(void* handle) { delete static_cast<connection*>(handle); }

std::int64_t get_size(void* handle) {
  return static_cast<std::int64_t>(volume_of(handle).size_bytes());
}

const char* export_description(void* handle) {
  const char* text = nullptr;
  const int outcome = guarded(
      EIO, [&] { text = nbdkit_strdup_intern(volume_of(handle).source().description.c_str()); });
  return outcome == 0 ? text : nullptr;
}

// All connections see the same bytes: nothing is written.
int can_multi_conn(void*) { return 1; }

int block_size(void*, std::uint32_t* minimum, std::uint32_t* preferred, std::uint32_t* maximum) {
  *minimum = 1;
  *preferred = 4096;
  *maximum = UINT32_MAX;
  return 0;
}

int pread_volume(void* handle, void* to, std::uint32_t count, std::uint64_t offset, std::uint32_t) {
  return guarded(EIO, [&] {
    volume_of(handle).read(offset, {static_cast<std::byte*>(to), count});
  });
}

int extents(void* handle, std::uint32_t count, std::uint64_t offset, std::uint32_t flags,
            nbdkit_extents* list) {
  // A client takes what it gets, and asks again.
  constexpr unsigned extents_max = 65536;
  return guarded(EIO, [&] {
    unsigned number = 0;
    volume_of(handle).for_each_extent(
        offset, count, [&](std::uint64_t bytes, thin_tools::volume_reader::extent_kind kind) {
          const bool hole = kind == thin_tools::volume_reader::extent_kind::hole;
          const auto type = hole ? NBDKIT_EXTENT_HOLE | NBDKIT_EXTENT_ZERO : 0;
          if (nbdkit_add_extent(list, offset, bytes, type) != 0) throw told_already();
          offset += bytes;
          return (flags & NBDKIT_FLAG_REQ_ONE) == 0 && ++number < extents_max;
        });
  });
}

nbdkit_plugin make_plugin() {
  nbdkit_plugin made{};
  made.name = "thin";
  made.longname = "thin volumes";
  made.version = pdata::version();
  made.description = "Serves volumes of a thin pool that is not active, read-only.";
  made.config = config;
  made.config_complete = config_complete;
  made.config_help = thin_tools::parameter_help;
  made.get_ready = get_ready;
  made.unload = unload;
  made.list_exports = list_exports;
  made.default_export = default_export;
  made.open = open_export;
  made.close = close_export;
  made.get_size = get_size;
  made.export_description = export_description;
  made.can_multi_conn = can_multi_conn;
  made.block_size = block_size;
  made.pread = pread_volume;
  made.extents = extents;
  return made;
}

nbdkit_plugin plugin = make_plugin();

}  // namespace

NBDKIT_REGISTER_PLUGIN(plugin)
