#include "persistent-data/format/crc32c.h"

#include <array>

#ifdef THIN_HAVE_ISAL
#include <isa-l/crc.h>
#endif

#if defined(__x86_64__) || defined(__i386__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "persistent-data/format/little_endian.h"

namespace pdata {

namespace {

constexpr std::uint32_t initial_register = 0xffffffff;
constexpr std::uint32_t reflected_polynomial = 0x82f63b78;

// tables[k][b]: what byte b does to the register when k more bytes follow it.
using crc_tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr crc_tables make_tables() {
  crc_tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? reflected_polynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < tables.size(); ++k)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  return tables;
}

constexpr crc_tables tables = make_tables();

constexpr std::size_t word_bytes = 8;

std::uint32_t step_byte(std::uint32_t crc, std::byte byte) {
  return (crc >> 8) ^ tables[0][(crc ^ static_cast<std::uint32_t>(byte)) & 0xff];
}

#if defined(__x86_64__)

bool has_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) std::uint32_t instruction_crc32c(
    std::span<const std::byte> bytes) {
  std::uint64_t crc = initial_register;
  std::size_t at = 0;
  for (; at + word_bytes <= bytes.size(); at += word_bytes)
    crc = _mm_crc32_u64(crc, load_le<std::uint64_t>(bytes, at));
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; at < bytes.size(); ++at)
    narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(bytes[at]));
  return narrow;
}

#elif defined(__i386__)

bool has_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) std::uint32_t instruction_crc32c(
    std::span<const std::byte> bytes) {
  std::uint32_t crc = initial_register;
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4)
    crc = _mm_crc32_u32(crc, load_le<std::uint32_t>(bytes, at));
  for (; at < bytes.size(); ++at) crc = _mm_crc32_u8(crc, static_cast<unsigned char>(bytes[at]));
  return crc;
}

#elif defined(__aarch64__)

bool has_instruction() { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

__attribute__((target("+crc"))) std::uint32_t instruction_crc32c(std::span<const std::byte> bytes) {
  std::uint32_t crc = initial_register;
  std::size_t at = 0;
  for (; at + word_bytes <= bytes.size(); at += word_bytes)
    crc = __crc32cd(crc, load_le<std::uint64_t>(bytes, at));
  for (; at < bytes.size(); ++at) crc = __crc32cb(crc, static_cast<unsigned char>(bytes[at]));
  return crc;
}

#else

bool has_instruction() { return false; }
std::uint32_t instruction_crc32c(std::span<const std::byte> bytes) { return table_crc32c(bytes); }

#endif

}  // namespace

std::uint32_t table_crc32c(std::span<const std::byte> bytes) {
  std::uint32_t crc = initial_register;
  std::size_t at = 0;
  for (; at + word_bytes <= bytes.size(); at += word_bytes) {
    const std::uint64_t word = load_le<std::uint64_t>(bytes, at) ^ crc;
    crc = 0;
    for (std::size_t i = 0; i < word_bytes; ++i)
      crc ^= tables[word_bytes - 1 - i][(word >> (8 * i)) & 0xff];
  }
  for (; at < bytes.size(); ++at) crc = step_byte(crc, bytes[at]);
  return crc;
}

std::uint32_t own_crc32c(std::span<const std::byte> bytes) {
  static const bool with_instruction = has_instruction();
  return with_instruction ? instruction_crc32c(bytes) : table_crc32c(bytes);
}

#ifndef THIN_HAVE_ISAL

std::uint32_t crc32c(std::span<const std::byte> bytes) { return own_crc32c(bytes); }

#else

std::uint32_t crc32c(std::span<const std::byte> bytes) {
  // The library takes a pointer to mutable bytes and does not change them.
  auto* mutable_bytes =
      const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
  return crc32_iscsi(mutable_bytes, static_cast<int>(bytes.size()), initial_register);
}

#endif

}  // namespace pdata
