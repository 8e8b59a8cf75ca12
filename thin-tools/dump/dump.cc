#include "thin-tools/dump/dump.h"

#include <unistd.h>

#include <memory>

#include "persistent-data/survey/metadata_input.h"
#include "thin-tools/text/human_writer.h"
#include "thin-tools/text/json_writer.h"
#include "thin-tools/repair/output/plan_stream.h"
#include "thin-tools/repair/repair_report.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/files/output_file.h"
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

bool dump_to(text_sink& sink, opened_pool& pool, const dump_options& options,
             pdata::damage_sink& findings) {
  const auto writer = make_writer(options.format, sink);
  const bool whole = pdata::stream_pool(pool.reader, pool.layout, header_of(pool.layout, options),
                                        options.stream, *writer, findings);
  writer->flush();
  return whole;
}

// Hands `write` the output. An output file appears if all was written.
template <class Write>
bool write_output(const dump_options& options, Write write) {
  if (!options.output) {
    descriptor_sink sink(STDOUT_FILENO, "standard output");
    return write(sink);
  }
  output_file file(*options.output);
  const bool whole = write(file);
  if (whole) file.commit();
  return whole;
}

// What can be recovered, wherever on the device it is.
bool dump_repaired(const std::string& input, const dump_options& options,
                   const std::function<void(const std::string&)>& tell) {
  const auto device = pdata::open_metadata(input, pdata::access::read_exclusive);
  pdata::batch_reader reader(*device);
  repair_options wanted;
  wanted.transaction_id = options.transaction_id;
  wanted.data_block_size = options.data_block_size;
  wanted.nr_data_blocks = options.nr_data_blocks;
  auto plan = make_repair_plan(reader, input, wanted);
  return write_output(options, [&](text_sink& sink) {
    tell(loss_report(plan, input));
    const auto writer = make_writer(options.format, sink);
    stream_plan(plan, reader, options.stream, *writer);
    writer->flush();
    return true;
  });
}

}  // namespace

bool dump(const std::string& input, const dump_options& options, pdata::damage_sink& findings,
          const std::function<void(const std::string&)>& tell) {
  if (options.stream.salvage && !options.layout.from_snapshot)
    return dump_repaired(input, options, tell);
  opened_pool pool(input, options.layout, findings);
  return write_output(options,
                      [&](text_sink& sink) { return dump_to(sink, pool, options, findings); });
}

}  // namespace thin_tools
