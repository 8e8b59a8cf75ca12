// Metadata that a reading tool works on: opened, its layout known.
#pragma once

#include <memory>
#include <string>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/io/file_device.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/gate/gate.h"

namespace thin_tools {

// Throws error if this is no metadata that can be read; a snapshot location that is given must be
// the superblock's.
pdata::pool_layout layout_of(pdata::file_device& device, const pdata::layout_options& options,
                             pdata::damage_sink& findings);

struct opened_pool {
  // Opens shared where the metadata snapshot is read, since the pool is then
  // live. What is wrong with the superblock goes to `findings`. Throws error if
  // this is no metadata that can be read; a snapshot location that is given must
  // be the superblock's.
  opened_pool(const pass& admitted, const pdata::layout_options& options,
              pdata::damage_sink& findings);
  // For a tool that opens nothing else.
  opened_pool(const std::string& path, const pdata::layout_options& options,
              pdata::damage_sink& findings);

  std::unique_ptr<pdata::file_device> device;
  pdata::pool_layout layout;
  pdata::batch_reader reader;
};

}  // namespace thin_tools
