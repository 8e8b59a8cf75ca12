// SHA-256 (FIPS 180-4), for comparisons with the checksums of expected images.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace test_support {

// Lower case hexadecimal digits.
std::string sha256(std::span<const std::byte> bytes);

}  // namespace test_support
