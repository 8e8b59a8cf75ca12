#include "thin-tools/ls/listing.h"

#include <algorithm>
#include <cctype>

#include "thin-tools/console/json_report.h"
#include "thin-tools/files/full_metadata.h"

namespace thin_tools {

namespace {

using table_row = std::vector<std::string>;

void put_row(text_buffer& out, const table_row& row, const std::vector<std::size_t>& widths) {
  for (std::size_t column = 0; column < row.size(); ++column)
    out << std::string(widths[column] - row[column].size(), ' ') << row[column] << " ";
  out << "\n";
}

std::string lower_case(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

}  // namespace

void write_table(const pool_usage& usage, const listing& wanted, text_sink& to) {
  std::vector<table_row> rows;
  if (wanted.headers) {
    auto& header = rows.emplace_back();
    for (const auto* field : wanted.fields) header.emplace_back(field->name);
  }
  for (const auto& device : usage.devices) {
    auto& row = rows.emplace_back();
    for (const auto* field : wanted.fields)
      row.push_back(cell_text(*field, device, wanted.sectors_per_block));
  }
  std::vector<std::size_t> widths(wanted.fields.size());
  for (const auto& row : rows)
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], row[column].size());
  text_buffer out(to);
  for (const auto& row : rows) put_row(out, row, widths);
  out.finish();
}

void write_json(const pool_usage& usage, const listing& wanted, text_sink& to) {
  text_buffer out(to);
  out << "{\n  " << json_head("thin_ls report")
      << ",\n  \"complete\": " << (usage.damaged ? "false" : "true") << ",\n  "
      << usage_json(wanted.metadata) << ",\n  " << wanted.more_members << "\"devices\": [";
  const char* between_devices = "\n    {";
  for (const auto& device : usage.devices) {
    out << between_devices;
    const char* between_fields = "\"";
    for (const auto* field : wanted.fields) {
      const auto value = cell_number(*field, device, wanted.sectors_per_block);
      out << between_fields << lower_case(field->name) << "\": ";
      if (field->text && !field->text(device).empty())
        out << "\"" << field->text(device) << "\"";
      else if (value)
        out << *value;
      else
        out << "null";
      between_fields = ", \"";
    }
    out << "}";
    between_devices = ",\n    {";
  }
  out << (usage.devices.empty() ? "]\n}\n" : "\n  ]\n}\n");
  out.finish();
}

}  // namespace thin_tools
