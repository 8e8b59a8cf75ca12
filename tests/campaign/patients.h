// The pools that are damaged: made by the engine with a life behind them, or by a
// Linux kernel.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/plain_pool.h"
#include "tests/support/recording_device.h"

namespace campaign {

using image_bytes = std::vector<std::byte>;

// What a second machine, which had opened the pool at an older state, wrote over
// the younger one when it shut down.
struct second_host {
  plain::pool its_truth;
  std::map<plain::u64, pdata::block_buffer> writes;
  // Of what the first machine did after that state something is still there: else the device is
  // as if the second one alone had had it, and nothing on it tells otherwise.
  bool leaves_traces = false;
};

struct patient {
  std::string name;
  image_bytes image;
  plain::pool truth;
  // What stood on the device at earlier commits, youngest first; none for images
  // of a kernel.
  std::shared_ptr<const test_support::recording_device> past;
  std::vector<second_host> idle_hosts;     // that did nothing
  std::vector<second_host> working_hosts;  // that wrote a little

  plain::u64 nr_blocks() const { return image.size() / plain::block_bytes; }
  plain::bytes block(plain::u64 at) const {
    return plain::bytes(image).subspan(at * plain::block_bytes, plain::block_bytes);
  }
};

// "plain", "snapshots", "discards", "grown", "anew", "held", "full", "deep".
const std::vector<std::string>& lives();

// Throws std::runtime_error if the pool that comes out is not sound by the plain
// reader: then the campaign has no truth to go by.
patient make_patient(const std::string& life, plain::u64 seed);

// The names and contents of tests/functional/kernel-images that map something.
std::vector<patient> kernel_patients();

}  // namespace campaign
