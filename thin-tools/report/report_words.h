// Numbers of a pool in words, as cells and tiles show them.
#pragma once

#include <optional>
#include <string>

#include "thin-tools/report/pool_picture.h"

namespace thin_tools::report {

// "1.2 GiB".
std::string size_text(std::uint64_t blocks, const pool_contents& of);
// "1.2 GiB (19,661)": bytes, then the number of data blocks; "0" for none.
std::string blocks_text(std::uint64_t blocks, const pool_contents& of);
std::string percent_text(std::optional<double> percent);  // "12.3 %", "-"
std::string percent_text(std::uint64_t part, std::uint64_t whole);
// "vg/home (3)", or "3" of a device without a name.
std::string device_text(const pool_picture& pool, pdata::device_id device);
// "device 3", "vg/home (device 3)".
std::string device_words(const pool_picture& pool, pdata::device_id device);
// "5 to 7", "5", "5 and all above".
std::string range_text(const pdata::key_range& range);

// One sentence with the outcome, and whether it is good.
struct verdict_words {
  std::string text;
  bool good = true;
};
verdict_words verdict_of(const pool_picture& pool);

}  // namespace thin_tools::report
