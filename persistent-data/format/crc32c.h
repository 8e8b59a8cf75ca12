// CRC-32C (Castagnoli, reflected), as the block checksums use it: the register
// starts at all ones and is returned without a final complement.
//
// crc32c() is ISA-L's where that library is linked. It is for 64-bit processors
// of few families and comes only as a shared library, so other machines and a
// fully static build (THIN_STATIC) take own_crc32c(): the processor's instruction
// if it has one, tables if not. Both are always built, so that a test can compare
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pdata {

std::uint32_t crc32c(std::span<const std::byte> bytes);

std::uint32_t own_crc32c(std::span<const std::byte> bytes);
// What own_crc32c() does on a processor without the instruction.
std::uint32_t table_crc32c(std::span<const std::byte> bytes);

}  // namespace pdata
