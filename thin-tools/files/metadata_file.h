// Opening what a user gives a tool as metadata, to read or to change. All messages
// name the file and fit one line.
#pragma once

#include <memory>
#include <string>

#include "persistent-data/io/file_device.h"
#include "thin-tools/gate/gate.h"

namespace thin_tools {

inline request metadata_request(std::string path) {
  return {"metadata", std::move(path), use::read};
}

// A device or file as the pass says, with direct I/O on block devices. Throws error if
// it does not exist, is neither a regular file nor a block device, is in use and not
// claimed as shared, or cannot be opened.
std::unique_ptr<pdata::file_device> open_device(const pass& admitted,
                                                pass::claim claim = pass::claim::exclusive);

// The same for metadata that is there. Throws error also if it is text or smaller than
// a block.
std::unique_ptr<pdata::file_device> open_metadata(const pass& admitted,
                                                  pass::claim claim = pass::claim::exclusive);
// For a tool that opens nothing else.
std::unique_ptr<pdata::file_device> open_metadata(const std::string& path,
                                                  pass::claim claim = pass::claim::exclusive);

}  // namespace thin_tools
