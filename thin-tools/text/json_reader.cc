#include "thin-tools/text/json_reader.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/spool_file.h"

namespace thin_tools {

namespace {

constexpr std::uint64_t max32 = UINT32_MAX;
constexpr std::uint64_t max64 = UINT64_MAX;
// No name or uuid comes near it.
constexpr std::size_t max_text_bytes = 4096;

// The characters of a source, one by one, and the line that they are in.
class characters {
 public:
  explicit characters(text_source& source) : source_(source) {}
  bool at_end() {
    if (at_ == filled_) {
      at_ = 0;
      filled_ = source_.read(buffer_);
    }
    return filled_ == 0;
  }
  char current() const { return buffer_[at_]; }
  void advance() { line_ += buffer_[at_++] == '\n' ? 1 : 0; }
  std::uint64_t line() const { return line_; }

 private:
  text_source& source_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 18);
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  std::uint64_t line_ = 1;
};

// As the parser wants them.
class character_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  character_iterator() = default;  // the end
  explicit character_iterator(characters* from) : from_(from) {}
  char operator*() const { return from_->current(); }
  character_iterator& operator++() {
    from_->advance();
    return *this;
  }
  void operator++(int) { from_->advance(); }
  friend bool operator==(const character_iterator& a, const character_iterator& b) {
    return a.at_end() == b.at_end();
  }

 private:
  bool at_end() const { return from_ == nullptr || from_->at_end(); }
  characters* from_ = nullptr;
};

// What an object may hold. Members that are objects or arrays themselves have
// kind nested.
enum class kind : std::uint8_t { number, text, nested };
struct member {
  std::string_view name;
  kind takes;
  bool required = true;
  std::uint64_t max = max64;
};

constexpr member document_members[] = {
    {"superblock", kind::nested}, {"defs", kind::nested, false}, {"devices", kind::nested}};
constexpr member superblock_members[] = {
    {"uuid", kind::text},
    {"time", kind::number, true, max32},
    {"transaction", kind::number},
    {"flags", kind::number, false, max32},
    {"version", kind::number, false, max32},
    {"data_block_size", kind::number, true, max32},
    {"nr_data_blocks", kind::number},
};
constexpr member def_members[] = {{"name", kind::text}, {"mappings", kind::nested}};
constexpr member device_members[] = {
    {"dev_id", kind::number, true, max32},
    {"mapped_blocks", kind::number},
    {"transaction", kind::number},
    {"creation_time", kind::number, true, max32},
    {"snap_time", kind::number, true, max32},
    {"mappings", kind::nested},
};
constexpr member mapping_members[] = {{"origin_begin", kind::number, false},
                                      {"data_begin", kind::number, false},
                                      {"length", kind::number, false},
                                      {"time", kind::number, false, max32},
                                      {"ref", kind::text, false}};
constexpr std::uint32_t mapping_run_bits = 0b01111;
constexpr std::uint32_t mapping_ref_bits = 0b10000;

enum class context : std::uint8_t {
  start,
  document,
  superblock,
  defs,
  def,
  devices,
  device,
  mappings,
  mapping
};

struct context_row {
  const char* name;
  std::span<const member> members;  // of an object
};
constexpr context_row context_rows[] = {
    {"document", {}},
    {"document", document_members},
    {"superblock", superblock_members},
    {"defs", {}},
    {"def", def_members},
    {"devices", {}},
    {"device", device_members},
    {"mappings", {}},
    {"mapping", mapping_members},
};

class handler : public nlohmann::json_sax<nlohmann::json> {
 public:
  handler(pdata::metadata_sink& sink, pdata::stream_position& position, const characters& text)
      : sink_(sink), position_(position), text_(text) {}

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("true or false"); }
  bool number_float(number_float_t, const string_t& digits) override {
    refuse("'{}' is not an unsigned integer of 64 bits", digits);
  }
  bool binary(binary_t&) override { unexpected("binary data"); }
  bool number_integer(number_integer_t value) override {
    refuse("{} is not an unsigned integer", value);
  }

  bool number_unsigned(number_unsigned_t value) override {
    const member& here = expect(kind::number);
    if (value > here.max) refuse("'{}': {} is above {}", here.name, value, here.max);
    frame().numbers[member_] = value;
    return true;
  }

  bool string(string_t& text) override {
    expect(kind::text);
    if (text.size() > max_text_bytes) refuse("a text is too long");
    frame().text = text;
    return true;
  }

  bool key(string_t& name) override {
    const auto members = row().members;
    for (member_ = 0; member_ < members.size(); ++member_) {
      if (members[member_].name != name) continue;
      const std::uint32_t bit = std::uint32_t{1} << member_;
      if ((frame().seen & bit) != 0) refuse("'{}' comes twice", name);
      frame().seen |= bit;
      return true;
    }
    refuse("unknown member '{}'", name);
  }

  bool start_object(std::size_t) override {
    switch (now()) {
      case context::start:
        return enter(context::document);
      case context::document:
        if (nested_name() != "superblock") refuse("'{}' must be an array", nested_name());
        return enter(context::superblock);
      case context::defs:
        return enter(context::def);
      case context::devices:
        return enter(context::device);
      case context::mappings:
        return enter(context::mapping);
      default:
        unexpected("an object");
    }
  }

  bool start_array(std::size_t) override {
    if (now() == context::document && nested_name() != "superblock") {
      if ((stack_.back().seen & 1) == 0) refuse("'superblock' must come first");
      return enter(nested_name() == "defs" ? context::defs : context::devices);
    }
    if (now() == context::def && nested_name() == "mappings") {
      expect_all();
      call([this] { sink_.begin_def(frame().text); });
      return enter(context::mappings);
    }
    if (now() == context::device && nested_name() == "mappings") {
      expect_all();
      call([this] { begin_device(); });
      return enter(context::mappings);
    }
    unexpected("an array");
  }

  bool end_object() override {
    expect_all();
    switch (now()) {
      case context::document:
        call([this] { sink_.end_superblock(); });
        break;
      case context::superblock:
        call([this] { begin_superblock(); });
        break;
      case context::def:
        call([this] { sink_.end_def(); });
        break;
      case context::device:
        call([this] { sink_.end_device(); });
        break;
      default:
        call([this] { end_mapping(); });
    }
    stack_.pop_back();
    return true;
  }

  bool end_array() override {
    stack_.pop_back();
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
    // "[json.exception...] parse error at line 1, column 5: syntax error ...":
    // the line is ours.
    const std::string_view words = e.what();
    const auto reason = words.find(": ");
    throw pdata::error(
        fmt::format("line {}: {}", text_.line(),
                    reason == std::string_view::npos ? words : words.substr(reason + 2)));
  }

 private:
  struct open_value {
    context what = context::start;
    std::uint32_t seen = 0;  // a bit for each member
    std::array<std::uint64_t, 8> numbers{};
    std::string text;
  };

  open_value& frame() { return stack_.back(); }
  context now() const { return stack_.back().what; }
  const context_row& row() const { return context_rows[static_cast<std::size_t>(now())]; }
  std::uint64_t number(std::size_t index) { return frame().numbers[index]; }
  std::uint32_t number32(std::size_t index) { return static_cast<std::uint32_t>(number(index)); }

  template <class... Values>
  [[noreturn]] void refuse(fmt::format_string<Values...> words, Values&&... values) const {
    throw pdata::error(fmt::format("line {}: {}: {}", text_.line(), row().name,
                                   fmt::format(words, std::forward<Values>(values)...)));
  }
  [[noreturn]] void unexpected(const char* what) const { refuse("unexpected {}", what); }

  template <class Action>
  void call(Action action) {
    position_.line = text_.line();
    try {
      action();
    } catch (const pdata::spool_error&) {
      throw;
    } catch (const pdata::error& e) {
      throw pdata::error(fmt::format("line {}: {}: {}", text_.line(), row().name, e.what()));
    }
  }

  bool enter(context what) {
    stack_.push_back({what, 0, {}, {}});
    return true;
  }

  std::string_view nested_name() const {
    const member& here = row().members[member_];
    if (here.takes != kind::nested) refuse("'{}' must be a number or text", here.name);
    return here.name;
  }

  const member& expect(kind wanted) const {
    if (row().members.empty()) unexpected("number or text");
    const member& here = row().members[member_];
    if (here.takes != wanted) refuse("'{}' has a value of the wrong type", here.name);
    return here;
  }

  void expect_all() const {
    const auto members = row().members;
    for (std::size_t i = 0; i < members.size(); ++i)
      if (members[i].required && (stack_.back().seen >> i & 1) == 0)
        refuse("missing member '{}' (before 'mappings', where there are any)", members[i].name);
  }

  void begin_superblock() {
    pdata::stream_superblock pool;
    pool.uuid = frame().text;
    pool.time = number32(1);
    pool.transaction_id = number(2);
    pool.flags = number32(3);
    const bool has_version = (frame().seen >> 4 & 1) != 0;
    pool.version = has_version ? number32(4) : pdata::superblock_version;
    pool.data_block_size = number32(5);
    pool.nr_data_blocks = number(6);
    sink_.begin_superblock(pool);
  }

  void begin_device() {
    sink_.begin_device(number(0), {number(1), number(2), number32(3), number32(4)});
  }

  void end_mapping() {
    if (frame().seen == mapping_ref_bits) return sink_.ref(frame().text);
    if (frame().seen != mapping_run_bits)
      throw pdata::error("needs origin_begin, data_begin, length and time, or a ref alone");
    sink_.run({number(0), number(1), number(2), number32(3)});
  }

  pdata::metadata_sink& sink_;
  pdata::stream_position& position_;
  const characters& text_;
  std::vector<open_value> stack_{1};
  std::size_t member_ = 0;  // of the innermost object: whose value comes
};

}  // namespace

void read_json(text_source& source, pdata::metadata_sink& sink, pdata::stream_position& position) {
  characters text(source);
  handler events(sink, position, text);
  nlohmann::json::sax_parse(character_iterator(&text), character_iterator(), &events);
}

}  // namespace thin_tools
