#include "thin-tools/generate/field_change.h"

#include <fmt/format.h>

#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/field_table.h"
#include "persistent-data/survey/raw_fields.h"

namespace thin_tools {

namespace {

constexpr std::string_view checksum_field = "csum";

pdata::field field_named(const std::string& name, pdata::block_type type) {
  const auto fields = pdata::fields_of(type);
  if (const auto found = pdata::find_field(fields, name)) {
    if (found->size <= sizeof(std::uint64_t)) return *found;
    throw pdata::error(fmt::format("field '{}' is no number", name));
  }
  std::string known;
  for (const auto& field : fields) known += fmt::format(" {}", field.name);
  throw pdata::error(fmt::format("a block of type {} has no field '{}', but{}",
                                 pdata::block_type_name(type), name, known));
}

void store(pdata::block_span bytes, const pdata::field& field, std::uint64_t value) {
  const unsigned bits = field.size * 8U;
  if (bits < 64 && value >> bits != 0)
    throw pdata::error(
        fmt::format("{} does not fit the {} bytes of field '{}'", value, field.size, field.name));
  pdata::store_field(bytes, field, value);
}

}  // namespace

void change_fields(pdata::block_device& device, const std::string& name,
                   pdata::metadata_block location, std::span<const field_change> changes,
                   checksums after) {
  bool reseal = after == checksums::renew;
  if (location >= device.nr_blocks())
    throw pdata::error(
        fmt::format("'{}' has no block {}, but {} blocks", name, location, device.nr_blocks()));
  const auto block = std::make_unique<pdata::block_buffer>();
  if (const auto outcome = device.read(location, block->span()); !outcome.ok())
    pdata::throw_errno(fmt::format("Couldn't read block {} of", location), name,
                       outcome.errno_value());
  const auto kind = pdata::identify(block->view());
  const auto type = pdata::examine_block(block->view(), location).type;
  if (reseal && !kind)
    throw pdata::error(
        fmt::format("block {} has no checksum of any kind that it could be sealed with", location));
  for (const auto& change : changes) {
    const auto field = field_named(change.field, type);
    store(block->span(), field, change.value);
    if (field.name == checksum_field) reseal = false;
  }
  if (reseal) {
    const auto sum = pdata::find_field(pdata::block_fields, checksum_field);
    REQUIRE(sum.has_value());
    pdata::store_field(block->span(), *sum, pdata::block_checksum(block->view(), *kind));
  }
  auto outcome = device.write(location, block->view());
  if (outcome.ok()) outcome = device.flush();
  if (!outcome.ok())
    pdata::throw_errno(fmt::format("Couldn't write block {} of", location), name,
                       outcome.errno_value());
}

}  // namespace thin_tools
