#include "thin-tools/scan/scan_writer.h"

#include "thin-tools/console/json_report.h"

namespace thin_tools {

namespace {

class xml_scan_writer : public scan_writer {
 public:
  explicit xml_scan_writer(text_sink& sink) : out_(sink) {}

  void begin(pdata::metadata_block) override {}

  void run(const scanned_run& run, const scan_extras& extras) override {
    const bool single = run.length == 1;
    const char* element = single ? "single_block" : "range_block";
    out_ << "<" << element << " type=\"" << pdata::block_type_name(run.facts.type)
         << (single ? "\" location=\"" : "\" location_begin=\"") << run.begin;
    if (run.facts.known())
      out_ << (single ? "\" blocknr=\"" : "\" blocknr_begin=\"") << run.facts.blocknr;
    if (!single) out_ << "\" length=\"" << run.length;
    out_ << "\" ref_count=\"";
    if (run.ref_count)
      out_ << *run.ref_count;
    else
      out_ << "-1";
    out_ << "\" is_valid=\"" << (run.facts.valid ? "1" : "0");
    if (run.facts.is_node()) out_ << "\" value_size=\"" << run.facts.value_size;
    if (!extras.any()) {
      out_ << "\"/>\n";
      return;
    }
    if (extras.nr_references != 0) out_ << "\" references=\"" << extras.nr_references;
    if (extras.text_bytes) out_ << "\" text_bytes=\"" << *extras.text_bytes;
    out_ << "\">\n";
    put_extras(extras);
    out_ << "</" << element << ">\n";
  }

  void end() override { out_.finish(); }

 private:
  void put_extras(const scan_extras& extras) {
    for (const auto& reference : extras.references) {
      out_ << "  <reference location=\"" << reference.from;
      if (reference.field.empty())
        out_ << "\" entry=\"" << reference.entry;
      else
        out_ << "\" field=\"" << reference.field;
      out_ << "\"/>\n";
    }
    for (const auto& field : extras.fields) {
      out_ << "  <field name=\"" << field.name << "\" value=\"";
      put_value(field);
      out_ << "\"/>\n";
    }
    for (const auto& entry : extras.entries) {
      out_ << "  <entry";
      for (const auto& part : entry) {
        out_ << " " << part.name << "=\"";
        put_value(part);
        out_ << "\"";
      }
      out_ << "/>\n";
    }
  }

  void put_value(const pdata::named_value& value) {
    if (value.digits.empty())
      out_ << value.number;
    else
      out_ << value.digits;
  }

  text_buffer out_;
};

class json_scan_writer : public scan_writer {
 public:
  explicit json_scan_writer(text_sink& sink) : out_(sink) {}

  void begin(pdata::metadata_block nr_blocks) override {
    out_ << "{\n  " << json_head("thin_scan report") << ",\n  \"nr_blocks\": " << nr_blocks
         << ",\n  \"blocks\": [";
  }

  void run(const scanned_run& run, const scan_extras& extras) override {
    out_ << (first_ ? "\n    {" : ",\n    {") << "\"type\": \""
         << pdata::block_type_name(run.facts.type) << "\", \"begin\": " << run.begin
         << ", \"length\": " << run.length;
    first_ = false;
    if (run.facts.known()) out_ << ", \"blocknr\": " << run.facts.blocknr;
    out_ << ", \"ref_count\": ";
    if (run.ref_count)
      out_ << *run.ref_count;
    else
      out_ << "null";
    out_ << ", \"valid\": " << (run.facts.valid ? "true" : "false");
    if (run.facts.is_node()) out_ << ", \"value_size\": " << run.facts.value_size;
    if (extras.text_bytes) out_ << ", \"text_bytes\": " << *extras.text_bytes;
    if (extras.nr_references != 0) put_references(extras);
    if (!extras.fields.empty()) {
      out_ << ", \"fields\": ";
      put_object(extras.fields);
    }
    if (!extras.entries.empty()) {
      const char* between = ", \"entries\": [";
      for (const auto& entry : extras.entries) {
        out_ << between;
        put_object(entry);
        between = ", ";
      }
      out_ << "]";
    }
    out_ << "}";
  }

  void end() override {
    out_ << (first_ ? "]\n}\n" : "\n  ]\n}\n");
    out_.finish();
  }

 private:
  void put_references(const scan_extras& extras) {
    out_ << ", \"nr_references\": " << extras.nr_references;
    const char* between = ", \"references\": [{\"location\": ";
    for (const auto& reference : extras.references) {
      out_ << between << reference.from;
      if (reference.field.empty())
        out_ << ", \"entry\": " << reference.entry << "}";
      else
        out_ << ", \"field\": \"" << reference.field << "\"}";
      between = ", {\"location\": ";
    }
    out_ << "]";
  }

  void put_object(const std::vector<pdata::named_value>& values) {
    const char* between = "{\"";
    for (const auto& value : values) {
      out_ << between << value.name << "\": ";
      if (value.digits.empty())
        out_ << value.number;
      else
        out_ << "\"" << value.digits << "\"";
      between = ", \"";
    }
    out_ << "}";
  }

  text_buffer out_;
  bool first_ = true;
};

class corruption_writer : public scan_writer {
 public:
  explicit corruption_writer(text_sink& sink) : out_(sink) {}
  void begin(pdata::metadata_block) override {}
  void run(const scanned_run& run, const scan_extras& extras) override {
    if (extras.text_bytes) out_ << run.begin << ": " << *extras.text_bytes << " bytes of text\n";
  }
  void end() override { out_.finish(); }

 private:
  text_buffer out_;
};

}  // namespace

bool scanned_run::continued_by(const scanned_run& next) const {
  return next.begin == begin + length && next.facts.type == facts.type &&
         next.facts.valid == facts.valid && next.facts.value_size == facts.value_size &&
         next.ref_count == ref_count &&
         (!facts.known() || next.facts.blocknr == facts.blocknr + length);
}

std::unique_ptr<scan_writer> make_xml_scan_writer(text_sink& sink) {
  return std::make_unique<xml_scan_writer>(sink);
}

std::unique_ptr<scan_writer> make_json_scan_writer(text_sink& sink) {
  return std::make_unique<json_scan_writer>(sink);
}

std::unique_ptr<scan_writer> make_corruption_writer(text_sink& sink) {
  return std::make_unique<corruption_writer>(sink);
}

}  // namespace thin_tools
