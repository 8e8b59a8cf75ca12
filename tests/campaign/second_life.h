// What a pool is worth that was repaired: it is used.
#pragma once

#include "tests/campaign/patients.h"

namespace campaign {

struct second_life {
  image_bytes image;  // what is left behind
  std::string fault;  // what is not as it must be; empty if nothing
};

// The rules of the plain reader: no faults, all counts as counted.
std::string fault_of(const plain::pool& pool);

// Writes, snapshots and discards at random, and compares what the metadata says
// then with what the pool answered.
second_life live_on(plain::bytes image, std::mt19937_64& dice);

}  // namespace campaign
