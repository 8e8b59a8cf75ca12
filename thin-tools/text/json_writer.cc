#include "thin-tools/text/json_writer.h"

#include <fmt/format.h>

namespace thin_tools {

namespace {

constexpr const char* first_in_list = "\n      ";
constexpr const char* next_in_list = ",\n      ";

void put_mapping(text_buffer& out, const pdata::mapping_run& mappings) {
  out << "{\"origin_begin\": " << mappings.begin      //
      << ", \"data_begin\": " << mappings.data_begin  //
      << ", \"length\": " << mappings.length          //
      << ", \"time\": " << mappings.time << "}";
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < ' ') {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

void json_writer::begin_superblock(const pdata::stream_superblock& superblock) {
  out_ << "{\n  \"superblock\": {\n    \"uuid\": " << json_string(superblock.uuid)  //
       << ", \"time\": " << superblock.time                                         //
       << ", \"transaction\": " << superblock.transaction_id                        //
       << ", \"flags\": " << superblock.flags                                       //
       << ", \"version\": " << superblock.version                                   //
       << ",\n    \"data_block_size\": " << superblock.data_block_size              //
       << ", \"nr_data_blocks\": " << superblock.nr_data_blocks << "\n  }";
}

void json_writer::open(list wanted) {
  if (open_ == wanted) return;
  close();
  open_ = wanted;
  first_element_ = true;
  out_ << (wanted == list::defs ? ",\n  \"defs\": [" : ",\n  \"devices\": [");
}

void json_writer::close() {
  if (open_ == list::none) return;
  out_ << (first_element_ ? "]" : "\n  ]");
  open_ = list::none;
}

void json_writer::begin_element() {
  out_ << (first_element_ ? "\n    " : ",\n    ");
  first_element_ = false;
  first_mapping_ = true;
}

void json_writer::end_superblock() {
  open(list::devices);
  close();
  out_ << "\n}\n";
  out_.finish();
}

void json_writer::begin_def(const std::string& name) {
  open(list::defs);
  begin_element();
  out_ << "{\"name\": " << json_string(name) << ", \"mappings\": [";
}

void json_writer::end_def() { out_ << (first_mapping_ ? "]}" : "\n    ]}"); }

void json_writer::begin_device(pdata::device_id device, const pdata::device_details& details) {
  open(list::devices);
  begin_element();
  out_ << "{\"dev_id\": " << device                         //
       << ", \"mapped_blocks\": " << details.mapped_blocks  //
       << ", \"transaction\": " << details.transaction_id   //
       << ", \"creation_time\": " << details.creation_time  //
       << ", \"snap_time\": " << details.snapshotted_time   //
       << ", \"mappings\": [";
}

void json_writer::end_device() { end_def(); }

void json_writer::run(const pdata::mapping_run& mappings) {
  out_ << (first_mapping_ ? first_in_list : next_in_list);
  first_mapping_ = false;
  put_mapping(out_, mappings);
}

std::string json_writer::render(std::span<const pdata::mapping_run> runs) const {
  return text_of(runs, [](text_buffer& out, const pdata::mapping_run& mappings) {
    out << next_in_list;
    put_mapping(out, mappings);
  });
}

void json_writer::ref(const std::string& name) {
  out_ << (first_mapping_ ? first_in_list : next_in_list) << "{\"ref\": " << json_string(name)
       << "}";
  first_mapping_ = false;
}

}  // namespace thin_tools
