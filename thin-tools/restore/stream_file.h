// Text that describes a pool, read and proven.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "persistent-data/pool/stream_validator.h"
#include "thin-tools/xml/xml_reader.h"

namespace thin_tools {

// How far the reading is; read from another thread.
struct reading_progress {
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> bytes_expected{0};  // 0: not known (a pipe)
};

// Reads XML or JSON of thin_dump from a file ("-": standard input) into `first`,
// which passes it on to `proof`, perhaps changed. Throws error, naming file,
// line and element, if the text is no sound description of a whole pool.
void read_stream_file(const std::string& path, pdata::metadata_sink& first,
                      pdata::stream_validator& proof, const warning_listener& warn,
                      reading_progress& progress);

}  // namespace thin_tools
