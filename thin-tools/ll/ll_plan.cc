#include "thin-tools/ll/ll_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "persistent-data/base/error.h"
#include "thin-tools/text/element_parser.h"
#include "thin-tools/text/text_source.h"

namespace thin_tools {

namespace {

// Superblock and orphans stand side by side: the parser sees them in this one.
constexpr std::string_view wrapper = "ll";
constexpr std::size_t piece_bytes = 1 << 16;
constexpr std::uint64_t max_element_bytes = 1 << 16;
constexpr std::uint64_t max32 = UINT32_MAX;

class plan_reader : public element_parser {
 public:
  explicit plan_reader(const warning_listener& warn)
      : element_parser(max_element_bytes + piece_bytes, warn) {}

  ll_plan read(text_source& source) {
    feed(fmt::format("<{}>", wrapper), pdata::piece::more_follow);
    std::vector<char> piece(piece_bytes);
    while (const auto n = source.read(piece)) feed({piece.data(), n}, pdata::piece::more_follow);
    feed(fmt::format("</{}>", wrapper), pdata::piece::last);
    if (!has_superblock_) throw pdata::error("missing superblock");
    return std::move(plan_);
  }

 private:
  enum class place : std::uint8_t { outside, wrapped, superblock, device, orphans, node };

  void start(std::string_view name, const char* const* attributes) override {
    const place parent = path_.back();
    if (parent == place::outside) {
      path_.push_back(place::wrapped);
    } else if (parent == place::wrapped && name == "superblock") {
      start_superblock(attributes);
      path_.push_back(place::superblock);
    } else if (parent == place::wrapped && name == "orphans") {
      take(attributes, {});
      path_.push_back(place::orphans);
    } else if (parent == place::superblock && name == "device") {
      start_device(attributes);
      path_.push_back(place::device);
    } else if ((parent == place::device || parent == place::orphans) && name == "node") {
      start_node(attributes, parent == place::device);
      path_.push_back(place::node);
    } else {
      throw pdata::error("unknown element, or not in its place");
    }
  }

  void end(std::string_view) override { path_.pop_back(); }

  void start_superblock(const char* const* attributes) {
    if (has_superblock_) throw pdata::error("duplicated superblock");
    has_superblock_ = true;
    const attribute_rule rules[] = {
        {"blocknr", presence::required, &plan_.superblock.value()},
        {"data_mapping_root", presence::required, &plan_.mapping_root.value()},
        {"device_details_root", presence::required, &plan_.details_root.value()},
    };
    take(attributes, rules);
  }

  void start_device(const char* const* attributes) {
    std::uint64_t device = 0;
    const attribute_rule rules[] = {{"dev_id", presence::required, &device, max32}};
    take(attributes, rules);
    const auto [added, is_new] = plan_.devices.try_emplace(device);
    if (!is_new) throw pdata::error(fmt::format("device {} exists already", device));
    device_nodes_ = &added->second;
  }

  // What a node says besides its place is there for people to read.
  void start_node(const char* const* attributes, bool of_device) {
    pdata::metadata_block location = 0;
    const attribute_rule rules[] = {
        {"blocknr", presence::required, &location.value()},
        {"flags", presence::ignored},
        {"key_begin", presence::ignored},
        {"key_end", presence::ignored},
        {"nr_entries", presence::ignored},
        {"value_size", presence::ignored},
    };
    take(attributes, rules);
    if (of_device) device_nodes_->push_back(location);
  }

  std::vector<place> path_{place::outside};
  bool has_superblock_ = false;
  ll_plan plan_;
  std::vector<pdata::metadata_block>* device_nodes_ = nullptr;  // of the open device
};

// Names in the input may hold anything; a message is one line.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 127; }, '?');
  return text;
}

}  // namespace

ll_plan read_ll_plan(const pass& input, const warning_listener& warn) {
  file_source file(input);
  try {
    return plan_reader(warn).read(file);
  } catch (const pdata::error& e) {
    throw pdata::error(one_line(file.name() + ": " + e.what()));
  }
}

}  // namespace thin_tools
