#include "thin-tools/text/xml_reader.h"

#include <span>
#include <string_view>

#include "persistent-data/base/error.h"
#include "persistent-data/format/superblock.h"
#include "thin-tools/text/element_parser.h"
#include "thin-tools/text/mapping_pieces.h"

namespace thin_tools {

namespace {

constexpr std::size_t max_share_bytes = 1 << 16;
// No element of this format comes near it; a longer one would have to be kept
// in memory as a whole.
constexpr std::uint64_t max_element_bytes = 1 << 20;
constexpr std::uint64_t max32 = UINT32_MAX;

std::uint32_t narrow(std::uint64_t checked) { return static_cast<std::uint32_t>(checked); }

class reader : public element_parser {
 public:
  reader(pdata::metadata_sink& sink, pdata::stream_position& position, const warning_listener& warn)
      : element_parser(max_element_bytes, warn), sink_(sink), position_(position) {}

  void read(text_source& source) {
    mapping_pieces pieces(source);
    while (const auto* piece = pieces.next()) take_piece(*piece);
    feed({}, pdata::piece::last);
  }

 private:
  enum class element : std::uint8_t { superblock, def, device, single_mapping, range_mapping, ref };

  // Mapping lines that follow each other need no parser: the parser never sees them where it
  // stands between two elements of a def or device.
  void take_piece(const text_piece& piece) {
    std::size_t at = 0;
    for (const auto& stretch : piece.stretches) {
      feed_shares(piece.text.substr(at, stretch.begin - at));
      if (between_elements())
        take_runs(std::span(piece.runs).subspan(stretch.first_run, stretch.nr_runs));
      else
        feed_shares(piece.text.substr(stretch.begin, stretch.end - stretch.begin));
      at = stretch.end;
    }
    feed_shares(piece.text.substr(at));
  }

  void take_runs(std::span<const pdata::mapping_run> runs) {
    position_.line = current_line();
    if (sink_.runs(runs)) {
      skip_lines(runs.size());
      return;
    }
    for (const auto& run : runs) {
      placing_errors(run.length == 1 ? "single_mapping" : "range_mapping", [&] { sink_.run(run); });
      skip_lines(1);
      ++position_.line;
    }
  }

  void feed_shares(std::string_view text) {
    while (!text.empty()) {
      const std::string_view share = text.substr(0, max_share_bytes);
      feed(share, pdata::piece::more_follow);
      text.remove_prefix(share.size());
    }
  }

  bool between_elements() const { return open_containers_ == 2 && !inside_leaf_ && at_boundary(); }

  static element find_element(std::string_view name) {
    // The frequent ones first.
    if (name == "single_mapping") return element::single_mapping;
    if (name == "range_mapping") return element::range_mapping;
    if (name == "ref") return element::ref;
    if (name == "device") return element::device;
    if (name == "def") return element::def;
    if (name == "superblock") return element::superblock;
    throw pdata::error("unknown element");
  }

  void start(std::string_view name, const char* const* attributes) override {
    if (inside_leaf_) throw pdata::error("a mapping or ref has no elements inside");
    position_.line = current_line();
    switch (find_element(name)) {
      case element::single_mapping:
        return start_single_mapping(attributes);
      case element::range_mapping:
        return start_range_mapping(attributes);
      case element::ref:
        return start_ref(attributes);
      case element::device:
        return start_device(attributes);
      case element::def:
        return start_def(attributes);
      case element::superblock:
        return start_superblock(attributes);
    }
  }

  void end(std::string_view name) override {
    switch (find_element(name)) {
      case element::superblock:
        --open_containers_;
        return sink_.end_superblock();
      case element::def:
        --open_containers_;
        return sink_.end_def();
      case element::device:
        --open_containers_;
        return sink_.end_device();
      default:
        inside_leaf_ = false;
    }
  }

  void start_superblock(const char* const* attributes) {
    pdata::stream_superblock pool;
    std::uint64_t time = 0;
    std::uint64_t flags = 0;
    std::uint64_t version = pdata::superblock_version;
    std::uint64_t data_block_size = 0;
    const attribute_rule rules[] = {
        {.name = "uuid", .needed = presence::required, .text = &pool.uuid},
        {"time", presence::required, &time, max32},
        {"transaction", presence::required, &pool.transaction_id},
        {"flags", presence::optional, &flags, max32},
        {"version", presence::optional, &version, max32},
        {"data_block_size", presence::required, &data_block_size, max32},
        {"nr_data_blocks", presence::required, &pool.nr_data_blocks},
        // A block of the metadata that was dumped: nothing in new metadata.
        {"metadata_snap", presence::ignored},
    };
    take(attributes, rules);
    pool.time = narrow(time);
    pool.flags = narrow(flags);
    pool.version = narrow(version);
    pool.data_block_size = narrow(data_block_size);
    ++open_containers_;
    sink_.begin_superblock(pool);
  }

  void start_device(const char* const* attributes) {
    std::uint64_t device = 0;
    std::uint64_t creation_time = 0;
    std::uint64_t snap_time = 0;
    pdata::device_details details;
    const attribute_rule rules[] = {
        {"dev_id", presence::required, &device, max32},
        {"mapped_blocks", presence::required, &details.mapped_blocks},
        {"transaction", presence::required, &details.transaction_id},
        {"creation_time", presence::required, &creation_time, max32},
        {"snap_time", presence::required, &snap_time, max32},
    };
    take(attributes, rules);
    details.creation_time = narrow(creation_time);
    details.snapshotted_time = narrow(snap_time);
    ++open_containers_;
    sink_.begin_device(device, details);
  }

  void start_single_mapping(const char* const* attributes) {
    pdata::mapping_run run;
    run.length = 1;
    std::uint64_t time = 0;
    const attribute_rule rules[] = {
        {"origin_block", presence::required, &run.begin.value()},
        {"data_block", presence::required, &run.data_begin.value()},
        {"time", presence::required, &time, max32},
    };
    take(attributes, rules);
    run.time = narrow(time);
    inside_leaf_ = true;
    sink_.run(run);
  }

  void start_range_mapping(const char* const* attributes) {
    pdata::mapping_run run;
    std::uint64_t time = 0;
    const attribute_rule rules[] = {
        {"origin_begin", presence::required, &run.begin.value()},
        {"data_begin", presence::required, &run.data_begin.value()},
        {"length", presence::required, &run.length},
        {"time", presence::required, &time, max32},
    };
    take(attributes, rules);
    run.time = narrow(time);
    inside_leaf_ = true;
    sink_.run(run);
  }

  std::string take_name(const char* const* attributes) {
    std::string name;
    const attribute_rule rules[] = {
        {.name = "name", .needed = presence::required, .text = &name},
    };
    take(attributes, rules);
    return name;
  }
  void start_ref(const char* const* attributes) {
    inside_leaf_ = true;
    sink_.ref(take_name(attributes));
  }
  void start_def(const char* const* attributes) {
    ++open_containers_;
    sink_.begin_def(take_name(attributes));
  }

  pdata::metadata_sink& sink_;
  pdata::stream_position& position_;
  int open_containers_ = 0;   // superblock, and def or device
  bool inside_leaf_ = false;  // a mapping or ref is open
};

}  // namespace

void read_xml(text_source& source, pdata::metadata_sink& sink, pdata::stream_position& position,
              const warning_listener& warn) {
  reader(sink, position, warn).read(source);
}

}  // namespace thin_tools
