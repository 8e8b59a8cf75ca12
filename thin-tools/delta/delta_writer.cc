#include "thin-tools/delta/delta_writer.h"

#include "thin-tools/console/json_report.h"
#include "thin-tools/text/json_writer.h"
#include "thin-tools/text/xml_writer.h"

namespace thin_tools {

namespace {

const char* name_of(difference kind) {
  switch (kind) {
    case difference::same:
      return "same";
    case difference::left_only:
      return "left_only";
    case difference::right_only:
      return "right_only";
    case difference::different:
      break;
  }
  return "different";
}

// The data block of a piece that has the same or only one.
pdata::data_block only_data(const delta_piece& piece) {
  return piece.kind == difference::right_only ? piece.right_data : piece.left_data;
}

class xml_delta_writer : public delta_writer {
 public:
  xml_delta_writer(text_sink& sink, delta_detail detail) : out_(sink), detail_(detail) {}

  void begin(const delta_header& header) override {
    const auto& superblock = header.superblock;
    out_ << "<superblock uuid=\"" << xml_escaped(superblock.uuid) << "\" time=\"" << superblock.time
         << "\" transaction=\"" << superblock.transaction_id << "\" data_block_size=\""
         << superblock.data_block_size << "\" nr_data_blocks=\"" << superblock.nr_data_blocks;
    if (header.metadata_snap) out_ << "\" metadata_snap=\"" << *header.metadata_snap;
    out_ << "\">\n  <diff left";
    put_side(header.left);
    out_ << " right";
    put_side(header.right);
    out_ << ">\n";
  }

  void piece(const delta_piece& piece) override {
    if (detail_ != delta_detail::data_blocks) {
      put_beginning(piece.kind);
      out_ << piece.begin << "\" length=\"" << piece.length << "\"/>\n";
      return;
    }
    if (group_ != piece.kind) {
      close_group();
      group_ = piece.kind;
      out_ << "    <" << name_of(piece.kind) << ">\n";
    }
    out_ << "      <range begin=\"" << piece.begin;
    if (piece.kind == difference::different)
      out_ << "\" left_data_begin=\"" << piece.left_data << "\" right_data_begin=\""
           << piece.right_data;
    else
      out_ << "\" data_begin=\"" << only_data(piece);
    out_ << "\" length=\"" << piece.length << "\"/>\n";
  }

  void end() override {
    close_group();
    out_ << "  </diff>\n</superblock>\n";
    out_.finish();
  }

 private:
  void put_side(const delta_side& side) {
    out_ << (side.is_root ? "_root=\"" : "=\"") << side.number << "\"";
  }
  // There are many of these, and a literal's length is known.
  void put_beginning(difference kind) {
    switch (kind) {
      case difference::same:
        out_ << "    <same begin=\"";
        return;
      case difference::left_only:
        out_ << "    <left_only begin=\"";
        return;
      case difference::right_only:
        out_ << "    <right_only begin=\"";
        return;
      case difference::different:
        out_ << "    <different begin=\"";
    }
  }
  void close_group() {
    if (group_) out_ << "    </" << name_of(*group_) << ">\n";
    group_.reset();
  }

  text_buffer out_;
  delta_detail detail_;
  std::optional<difference> group_;
};

class json_delta_writer : public delta_writer {
 public:
  json_delta_writer(text_sink& sink, delta_detail detail) : out_(sink), detail_(detail) {}

  void begin(const delta_header& header) override {
    const auto& superblock = header.superblock;
    out_ << "{\n  " << json_head("thin_delta report")
         << ",\n  \"superblock\": {\"uuid\": " << json_string(superblock.uuid)
         << ", \"time\": " << superblock.time << ", \"transaction\": " << superblock.transaction_id
         << ", \"data_block_size\": " << superblock.data_block_size
         << ", \"nr_data_blocks\": " << superblock.nr_data_blocks;
    if (header.metadata_snap) out_ << ", \"metadata_snap\": " << *header.metadata_snap;
    out_ << "},\n  \"left\": ";
    put_side(header.left);
    out_ << ",\n  \"right\": ";
    put_side(header.right);
    out_ << ",\n  \"differences\": [";
  }

  void piece(const delta_piece& piece) override {
    out_ << (first_ ? "\n    " : ",\n    ") << "{\"kind\": \"" << name_of(piece.kind)
         << "\", \"begin\": " << piece.begin << ", \"length\": " << piece.length;
    first_ = false;
    if (detail_ == delta_detail::data_blocks && piece.kind == difference::different)
      out_ << ", \"left_data_begin\": " << piece.left_data
           << ", \"right_data_begin\": " << piece.right_data;
    else if (detail_ == delta_detail::data_blocks)
      out_ << ", \"data_begin\": " << only_data(piece);
    out_ << "}";
  }

  void end() override {
    out_ << (first_ ? "]\n}\n" : "\n  ]\n}\n");
    out_.finish();
  }

 private:
  void put_side(const delta_side& side) {
    out_ << (side.is_root ? "{\"root\": " : "{\"dev_id\": ") << side.number << "}";
  }

  text_buffer out_;
  delta_detail detail_;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<delta_writer> make_xml_delta_writer(text_sink& sink, delta_detail detail) {
  return std::make_unique<xml_delta_writer>(sink, detail);
}

std::unique_ptr<delta_writer> make_json_delta_writer(text_sink& sink, delta_detail detail) {
  return std::make_unique<json_delta_writer>(sink, detail);
}

}  // namespace thin_tools
