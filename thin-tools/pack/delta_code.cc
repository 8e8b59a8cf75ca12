#include "thin-tools/pack/delta_code.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/tree_value.h"

namespace thin_tools {

using pdata::error;

namespace {

// The upper four bits of an instruction's first byte; the lower four are its
// nibble n. `base` is 0 at the start of a block; arithmetic wraps around.
enum class tag : std::uint8_t {
  set = 0,            // base = operand of n bytes; emit base
  pos = 1,            // base += n; emit base
  pos_wide = 2,       // base += operand of n bytes; emit base
  neg = 3,            // base -= n; emit base
  neg_wide = 4,       // base -= operand of n bytes; emit base
  constant = 5,       // emit base n times
  constant_wide = 6,  // emit base (n * 256 + next byte) times
  count = 7,          // execute the next instruction n times
  count_wide = 8,     // execute the next instruction n * 256 + next byte times
  literal = 9,        // append n bytes
  literal_wide = 10,  // append as many bytes as an operand of n bytes says
  shifted_run = 11,   // n * 256 + next byte numbers: first their upper 40 bits
                      // as a stream of their own, then their lower 24
};

constexpr std::uint32_t nibble_end = 16;
constexpr std::uint32_t byte_count_end = 16 * 256;  // of a nibble and a byte
constexpr int shifted_bits = 24;
constexpr std::uint64_t shifted_mask = (std::uint64_t{1} << shifted_bits) - 1;

// The smallest operand width that holds a number.
std::uint32_t width_of(std::uint64_t number) {
  if (number <= UINT8_MAX) return 1;
  if (number <= UINT16_MAX) return 2;
  return number <= UINT32_MAX ? 4 : 8;
}

class encoder {
 public:
  explicit encoder(std::vector<std::byte>& to) : to_(to) {}

  void literal(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    if (bytes.size() < nibble_end)
      instruction(tag::literal, static_cast<std::uint32_t>(bytes.size()));
    else
      with_operand(tag::literal_wide, bytes.size());
    to_.insert(to_.end(), bytes.begin(), bytes.end());
  }

  void numbers(std::span<const std::uint64_t> values) {
    if (values.empty()) return;
    std::uint64_t base = values[0];
    with_operand(tag::set, base);
    for (std::size_t at = 1; at < values.size();) {
      const std::uint64_t step = values[at] - base;  // modulo 2^64
      const std::size_t length = progression(values.subspan(at), base, step);
      if (step == 0)
        counted(tag::constant, tag::constant_wide, length);
      else
        steps(values[at] > base, values[at] > base ? step : -step, length);
      base += step * length;
      at += length;
    }
  }

  void shifted_run(std::span<const std::uint64_t> values) {
    counted(tag::shifted_run, tag::shifted_run, values.size());
    std::vector<std::uint64_t> part(values.size());
    std::ranges::transform(values, part.begin(), [](auto v) { return v >> shifted_bits; });
    numbers(part);
    std::ranges::transform(values, part.begin(), [](auto v) { return v & shifted_mask; });
    numbers(part);
  }

 private:
  // How many of the leading values go on from base in equal steps.
  static std::size_t progression(std::span<const std::uint64_t> values, std::uint64_t base,
                                 std::uint64_t step) {
    std::size_t length = 0;
    const auto limit = std::min<std::size_t>(values.size(), byte_count_end - 1);
    while (length < limit && values[length] == base + step * (length + 1)) ++length;
    return length;
  }

  void instruction(tag what, std::uint32_t nibble) {
    to_.push_back(static_cast<std::byte>(static_cast<std::uint32_t>(what) << 4 | nibble));
  }

  void with_operand(tag what, std::uint64_t operand) {
    const auto width = width_of(operand);
    instruction(what, width);
    const auto at = to_.size();
    to_.resize(at + width);
    std::copy_n(pdata::encode_u64(operand).begin(), width,
                to_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  // Short form while the number fits the nibble; shifted_run has only the long.
  void counted(tag brief, tag wide, std::size_t number) {
    if (brief != wide && number < nibble_end)
      return instruction(brief, static_cast<std::uint32_t>(number));
    instruction(wide, static_cast<std::uint32_t>(number >> 8));
    to_.push_back(static_cast<std::byte>(number & 0xff));
  }

  void steps(bool up, std::uint64_t size, std::size_t times) {
    if (times > 1) counted(tag::count, tag::count_wide, times);
    if (size < nibble_end)
      instruction(up ? tag::pos : tag::neg, static_cast<std::uint32_t>(size));
    else
      with_operand(up ? tag::pos_wide : tag::neg_wide, size);
  }

  std::vector<std::byte>& to_;
};

std::vector<std::uint64_t> load_numbers(std::span<const std::byte> bytes) {
  std::vector<std::uint64_t> numbers(bytes.size() / sizeof(std::uint64_t));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = pdata::decode_u64(bytes.subspan(i * sizeof(std::uint64_t)));
  return numbers;
}

void encode_node(pdata::block_view block, const pdata::node_view& node, encoder& to) {
  const auto bytes = std::span<const std::byte>(block);
  const std::size_t keys_end =
      pdata::node_header_bytes + std::size_t{node.max_entries()} * pdata::node_key_bytes;
  to.literal(bytes.first(pdata::node_header_bytes));
  to.numbers(
      load_numbers(bytes.subspan(pdata::node_header_bytes, keys_end - pdata::node_header_bytes)));
  if (node.value_size() != sizeof(std::uint64_t)) return to.literal(bytes.subspan(keys_end));
  const std::size_t values_end = keys_end + std::size_t{node.max_entries()} * node.value_size();
  const auto values = load_numbers(bytes.subspan(keys_end, values_end - keys_end));
  if (node.is_leaf() && !values.empty())
    to.shifted_run(values);
  else
    to.numbers(values);
  to.literal(bytes.subspan(values_end));
}

// Executes instructions of one block.
class decoder {
 public:
  explicit decoder(instruction_source& from) : from_(from) {}

  void run(std::span<std::byte> to) {
    std::size_t done = 0;
    while (done < to.size()) done += execute(to.subspan(done));
  }

 private:
  static constexpr std::size_t number_bytes = sizeof(std::uint64_t);

  // Executes one instruction, with its count if it has one. Returns how many
  // bytes it appended; more than there is room for is an error.
  std::size_t execute(std::span<std::byte> to) {
    auto [what, nibble] = next();
    std::optional<std::uint32_t> times;
    if (what == tag::count || what == tag::count_wide) {
      times = what == tag::count ? nibble : wide(nibble);
      std::tie(what, nibble) = next();
    }
    switch (what) {
      case tag::set:
        return step(operand(nibble) - base_, times.value_or(1), to, true);
      case tag::pos:
        return step(nibble, times.value_or(1), to, false);
      case tag::pos_wide:
        return step(operand(nibble), times.value_or(1), to, false);
      case tag::neg:
        return step(-std::uint64_t{nibble}, times.value_or(1), to, false);
      case tag::neg_wide:
        return step(-operand(nibble), times.value_or(1), to, false);
      case tag::shifted_run:
        return run_of_shifted(wide(nibble), to);
      default:
        break;
    }
    if (times) throw error("damaged pack file: a count before an instruction that takes none");
    switch (what) {
      case tag::constant:
        return step(0, nibble, to, true);
      case tag::constant_wide:
        return step(0, wide(nibble), to, true);
      case tag::literal:
        return append(nibble, to);
      case tag::literal_wide:
        return append(operand(nibble), to);
      default:
        throw error("damaged pack file: undefined instruction");
    }
  }

  std::pair<tag, std::uint32_t> next() {
    const std::uint32_t byte = from_.take_byte();
    return {static_cast<tag>(byte >> 4), byte & 0xf};
  }

  std::uint32_t wide(std::uint32_t nibble) { return nibble * 256 + from_.take_byte(); }

  std::uint64_t operand(std::uint32_t width) {
    if (width != 1 && width != 2 && width != 4 && width != 8)
      throw error("damaged pack file: undefined width of an operand");
    return from_.take_number(width);
  }

  static void require_room(std::uint64_t bytes, std::span<std::byte> to) {
    if (bytes > to.size()) throw error("damaged pack file: a block is longer than a block");
  }

  static void put(std::uint64_t number, std::span<std::byte> to) {
    std::ranges::copy(pdata::encode_u64(number), to.begin());
  }

  // Changes base and emits it, `times` times; `once`: the change only once.
  std::size_t step(std::uint64_t change, std::uint64_t times, std::span<std::byte> to, bool once) {
    require_room(times * number_bytes, to);
    if (once) base_ += change;
    for (std::size_t i = 0; i < times; ++i) {
      if (!once) base_ += change;
      put(base_, to.subspan(i * number_bytes));
    }
    return pdata::to_size(times * number_bytes);
  }

  std::size_t append(std::uint64_t length, std::span<std::byte> to) {
    require_room(length, to);
    const auto size = pdata::to_size(length);
    from_.take(to.first(size));
    return size;
  }

  std::size_t run_of_shifted(std::uint64_t numbers, std::span<std::byte> to) {
    if (nested_) throw error("damaged pack file: a shifted run within a shifted run");
    require_room(numbers * number_bytes, to);
    nested_ = true;
    std::array<std::byte, pdata::block_size> low;
    const auto size = pdata::to_size(numbers * number_bytes);
    run(to.first(size));
    run(std::span(low).first(size));
    nested_ = false;
    for (std::size_t at = 0; at < size; at += number_bytes) {
      const auto high_part = pdata::decode_u64(to.subspan(at));
      const auto low_part = pdata::decode_u64(std::span(low).subspan(at));
      put(high_part << shifted_bits | (low_part & shifted_mask), to.subspan(at));
    }
    return size;
  }

  instruction_source& from_;
  std::uint64_t base_ = 0;
  bool nested_ = false;
};

}  // namespace

void encode_block(pdata::block_view block, std::vector<std::byte>& to) {
  encoder encode(to);
  if (pdata::identify(block) == pdata::block_kind::btree_node) {
    const auto outcome = pdata::node_view::parse_layout(block);
    if (const auto* node = std::get_if<pdata::node_view>(&outcome))
      return encode_node(block, *node, encode);
  }
  encode.literal(block);
}

void instruction_source::take_pieces(std::span<std::byte> to) {
  while (!to.empty()) {
    if (left() == 0) refill();
    const auto n = std::min(to.size(), left());
    std::memcpy(to.data(), at_, n);
    at_ += n;
    to = to.subspan(n);
  }
}

void decode_block(instruction_source& from, pdata::block_span block) { decoder(from).run(block); }

}  // namespace thin_tools
