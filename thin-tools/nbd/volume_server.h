// A pool whose volumes are served under names: what the nbdkit plugin does, without nbdkit.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "thin-tools/files/lvm_names.h"
#include "thin-tools/nbd/server_settings.h"
#include "thin-tools/volumes/pool_volumes.h"
#include "thin-tools/volumes/volume_reader.h"

namespace thin_tools {

class volume_server {
 public:
  // Takes lines that somebody must see.
  using teller = std::function<void(const std::string& text)>;

  // Opens the pool and reads the devices that are named in the settings. Metadata and data
  // are claimed exclusively as long as this lives, but for a metadata snapshot. Throws error.
  volume_server(const server_settings& settings, const teller& tell);

  struct export_entry {
    std::string name;
    std::string description;
  };
  std::vector<export_entry> exports() const;
  // What a client gets that names none: the first device that was named, or the only one.
  std::optional<std::string> default_export() const;

  // From several threads at once. Devices that were not named are read now, and what is lost
  // of them is told. Throws error if there is no such export or it cannot be served.
  std::shared_ptr<const volume_reader> open(const std::string& name, const teller& tell);

 private:
  using shared_reader = std::shared_ptr<const volume_reader>;

  struct served_volume {
    pdata::device_id device = 0;
    std::string name;
    export_request wanted;
  };

  std::string remarks() const;
  void choose_volumes(const std::vector<export_request>& wanted);
  std::shared_ptr<const data_device> open_origin(const std::string& path) const;
  shared_reader read_volume(const served_volume& served, const teller& tell);
  void expect_data(pdata::device_id device, const volume_map& map) const;
  void keep(shared_reader used);

  lost_reads lost_;
  bool named_only_;
  device_names names_;
  std::vector<served_volume> served_;
  std::mutex mutex_;  // guards all below
  std::unique_ptr<pool_volumes> pool_;
  std::shared_ptr<const data_device> data_;
  std::map<pdata::device_id, shared_reader> named_;
  // Others: in use, or used last.
  std::map<pdata::device_id, std::weak_ptr<const volume_reader>> others_;
  std::deque<shared_reader> used_last_;
};

}  // namespace thin_tools
