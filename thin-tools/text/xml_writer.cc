#include "thin-tools/text/xml_writer.h"

#include <fmt/format.h>

namespace thin_tools {

namespace {

void put_run(text_buffer& out, const pdata::mapping_run& mappings) {
  if (mappings.length == 1) {
    out << "    <single_mapping origin_block=\"" << mappings.begin  //
        << "\" data_block=\"" << mappings.data_begin                //
        << "\" time=\"" << mappings.time << "\"/>\n";
  } else {
    out << "    <range_mapping origin_begin=\"" << mappings.begin  //
        << "\" data_begin=\"" << mappings.data_begin               //
        << "\" length=\"" << mappings.length                       //
        << "\" time=\"" << mappings.time << "\"/>\n";
  }
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\t' || c == '\n' || c == '\r') {  // a reader would make spaces of them
      escaped += fmt::format("&#{};", static_cast<int>(c));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

void xml_writer::begin_superblock(const pdata::stream_superblock& superblock) {
  out_ << "<superblock uuid=\"" << xml_escaped(superblock.uuid)  //
       << "\" time=\"" << superblock.time                        //
       << "\" transaction=\"" << superblock.transaction_id       //
       << "\" flags=\"" << superblock.flags                      //
       << "\" version=\"" << superblock.version                  //
       << "\" data_block_size=\"" << superblock.data_block_size  //
       << "\" nr_data_blocks=\"" << superblock.nr_data_blocks    //
       << "\">\n";
}

void xml_writer::end_superblock() {
  out_ << "</superblock>\n";
  out_.finish();
}

void xml_writer::begin_def(const std::string& name) {
  out_ << "  <def name=\"" << xml_escaped(name) << "\">\n";
}

void xml_writer::end_def() { out_ << "  </def>\n"; }

void xml_writer::begin_device(pdata::device_id device, const pdata::device_details& details) {
  out_ << "  <device dev_id=\"" << device                 //
       << "\" mapped_blocks=\"" << details.mapped_blocks  //
       << "\" transaction=\"" << details.transaction_id   //
       << "\" creation_time=\"" << details.creation_time  //
       << "\" snap_time=\"" << details.snapshotted_time   //
       << "\">\n";
}

void xml_writer::end_device() { out_ << "  </device>\n"; }

void xml_writer::run(const pdata::mapping_run& mappings) { put_run(out_, mappings); }

std::string xml_writer::render(std::span<const pdata::mapping_run> runs) const {
  return text_of(runs, put_run);
}

void xml_writer::ref(const std::string& name) {
  out_ << "    <ref name=\"" << xml_escaped(name) << "\"/>\n";
}

}  // namespace thin_tools
