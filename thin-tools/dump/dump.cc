#include "thin-tools/dump/dump.h"

#include <unistd.h>

#include <memory>

#include "persistent-data/survey/metadata_input.h"
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

}  // namespace

bool write_dump(const dump_options& options, const contents_writer& write) {
  if (!options.output) {
    descriptor_sink sink(STDOUT_FILENO, "standard output");
    return write_to(sink, options.format, write);
  }
  output_file file(*options.output);
  const bool whole = write_to(file, options.format, write);
  if (whole) file.commit();
  return whole;
}

bool dump(const std::string& input, const dump_options& options, pdata::damage_sink& findings) {
  opened_pool pool(input, options.layout, findings);
  return write_dump(options, [&](pdata::metadata_sink& to) {
    return pdata::stream_pool(pool.reader, pool.layout, header_of(pool.layout, options),
                              options.stream, to, findings);
  });
}

}  // namespace thin_tools
