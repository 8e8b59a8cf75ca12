#include "thin-tools/dump/dump.h"

#include <unistd.h>

#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/survey/device_names.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/text/human_writer.h"
#include "thin-tools/text/json_writer.h"
#include "thin-tools/text/xml_writer.h"

namespace thin_tools {

namespace {

std::unique_ptr<text_writer> make_writer(dump_format format, text_sink& sink) {
  switch (format) {
    case dump_format::human_readable:
      return std::make_unique<human_writer>(sink);
    case dump_format::json:
      return std::make_unique<json_writer>(sink);
    case dump_format::xml:
      break;
  }
  return std::make_unique<xml_writer>(sink);
}

pdata::stream_superblock header_of(const pdata::pool_layout& layout, const dump_options& options) {
  auto header = pdata::describe_superblock(layout.chosen());
  header.transaction_id = options.transaction_id.value_or(header.transaction_id);
  header.data_block_size = options.data_block_size.value_or(header.data_block_size);
  header.nr_data_blocks = options.nr_data_blocks.value_or(header.nr_data_blocks);
  return header;
}

bool write_to(text_sink& sink, dump_format format, const contents_writer& write) {
  const auto writer = make_writer(format, sink);
  const bool whole = write(*writer);
  writer->flush();
  return whole;
}

// Passes findings on, and knows whether anything was lost.
struct loss_watch : pdata::damage_sink {
  explicit loss_watch(pdata::damage_sink& to) : next(to) {}
  void found(const pdata::damage& finding) override {
    lost |= pdata::catalogue_row(finding.id).severity == pdata::severity::fatal;
    next.found(finding);
  }
  pdata::damage_sink& next;
  bool lost = false;
};

// Where the tree that names the devices is damaged, the stream says so.
void settle_devices(opened_pool& pool, dump_options& options) {
  if (!options.stream.devices && !options.leave_out) return;
  pdata::silent_sink told_later;
  const auto known = pdata::read_details(pool.reader, pool.layout, told_later);
  if (known.damaged()) return;
  options.stream.devices = choose_devices(options, pdata::describe_superblock(pool.layout.chosen()),
                                          known.devices, "'" + pool.device->path() + "': ");
}

}  // namespace

std::optional<std::set<pdata::device_id>> choose_devices(const dump_options& options,
                                                         const pdata::stream_superblock& pool,
                                                         const device_table& devices,
                                                         const std::string& of) {
  if (options.stream.devices)
    for (const auto device : *options.stream.devices)
      if (!devices.contains(device))
        throw pdata::error(of + pdata::no_such_device(device, devices));
  if (!options.leave_out) return options.stream.devices;
  const auto left_out = options.leave_out(pool, devices);
  std::set<pdata::device_id> chosen;
  for (const auto& [device, details] : devices)
    if (!left_out.contains(device)) chosen.insert(device);
  return chosen;
}

bool write_dump(const dump_options& options, const std::optional<pass>& output,
                const contents_writer& write) {
  if (!output) {
    descriptor_sink sink(STDOUT_FILENO, "standard output");
    return write_to(sink, options.format, write);
  }
  output_file file(*output);
  const bool whole = write_to(file, options.format, write);
  if (whole) file.commit();
  return whole;
}

dump_passes admit_dump(const std::string& input, const dump_options& options) {
  dump_passes passes{admit(metadata_request(input)), std::nullopt};
  if (options.output) passes.output = admit(output_request(*options.output));
  return passes;
}

dump_outcome dump(const std::string& input, const dump_options& asked,
                  pdata::damage_sink& findings) {
  const auto passes = admit_dump(input, asked);
  opened_pool pool(passes.input, asked.layout, findings);
  dump_options options = asked;
  settle_devices(pool, options);
  loss_watch watched(findings);
  const bool whole = write_dump(options, passes.output, [&](pdata::metadata_sink& to) {
    return pdata::stream_pool(pool.reader, pool.layout, header_of(pool.layout, options),
                              options.stream, to, watched);
  });
  if (!whole) return dump_outcome::damaged;
  return watched.lost && pool.device->nr_failed_reads() != 0 ? dump_outcome::unread
                                                             : dump_outcome::whole;
}

}  // namespace thin_tools
