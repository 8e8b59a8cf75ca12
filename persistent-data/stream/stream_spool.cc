#include "persistent-data/stream/stream_spool.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/require.h"

namespace pdata {

namespace {

// A record is a tag, and numbers in groups of seven bits, the lowest first; the
// highest bit says that another group follows.
enum tag : std::uint8_t {
  superblock_begins,
  superblock_ends,
  def_begins,
  def_ends,
  device_begins,
  device_ends,
  reference,
  run_of_one,  // at the time of the run before
  any_run,
  line_distance,  // of the next event from the line after the one before: if it is not 0
};

// Small for small distances in either direction.
std::uint64_t zigzag(std::uint64_t difference) {
  return difference << 1 ^ (difference >> 63 != 0 ? UINT64_MAX : 0);
}
std::uint64_t unzigzag(std::uint64_t value) {
  return value >> 1 ^ ((value & 1) != 0 ? UINT64_MAX : 0);
}

// Of virtual blocks and of data blocks.
std::uint64_t end_of(std::uint64_t begin, std::uint64_t length) { return begin + length; }

class spool_reader {
 public:
  explicit spool_reader(const spool_file& spool) : spool_(spool) {}

  bool at_end() const { return at_ == filled_ && offset_ == spool_.size(); }

  std::uint8_t byte() {
    if (at_ == filled_) fill();
    return std::to_integer<std::uint8_t>(buffer_[at_++]);
  }

  std::uint64_t number() {
    if (filled_ - at_ >= number_bytes_max) return number_in_buffer();
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t group = byte();
      value |= std::uint64_t{group & 127U} << shift;
      if (group < 128) return value;
    }
  }
  std::uint32_t number32() { return static_cast<std::uint32_t>(number()); }

  std::string text() {
    std::string text(to_size(number()), '\0');
    for (char& c : text) c = static_cast<char>(byte());
    return text;
  }

 private:
  static constexpr std::size_t number_bytes_max = 10;

  std::uint64_t number_in_buffer() {
    const std::byte* from = buffer_.data() + at_;
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto group = std::to_integer<std::uint8_t>(*from++);
      value |= std::uint64_t{group & 127U} << shift;
      if (group < 128) break;
    }
    at_ = static_cast<std::size_t>(from - buffer_.data());
    return value;
  }

  void fill() {
    filled_ =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), spool_.size() - offset_));
    REQUIRE(filled_ > 0);
    spool_.read(offset_, std::span(buffer_).first(filled_));
    offset_ += filled_;
    at_ = 0;
  }

  const spool_file& spool_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(std::size_t{1} << 18);
  std::uint64_t offset_ = 0;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
};

stream_superblock read_superblock(spool_reader& from) {
  stream_superblock superblock;
  superblock.uuid = from.text();
  superblock.time = from.number32();
  superblock.transaction_id = from.number();
  superblock.flags = from.number32();
  superblock.version = from.number32();
  superblock.data_block_size = from.number32();
  superblock.nr_data_blocks = from.number();
  return superblock;
}

device_details read_details(spool_reader& from) {
  device_details details;
  details.mapped_blocks = from.number();
  details.transaction_id = from.number();
  details.creation_time = from.number32();
  details.snapshotted_time = from.number32();
  return details;
}

mapping_run read_run(spool_reader& from, bool single, const mapping_run& previous) {
  mapping_run run;
  run.begin = end_of(previous.begin, previous.length) + unzigzag(from.number());
  run.data_begin = end_of(previous.data_begin, previous.length) + unzigzag(from.number());
  run.length = single ? 1 : from.number();
  run.time = single ? previous.time : from.number32();
  return run;
}

}  // namespace

void stream_spool::put_tag(std::uint8_t tag) { record_[record_bytes_++] = std::byte{tag}; }

void stream_spool::put(std::uint64_t number) {
  for (; number >= 128; number >>= 7)
    record_[record_bytes_++] = static_cast<std::byte>((number & 127) | 128);
  record_[record_bytes_++] = static_cast<std::byte>(number);
}

void stream_spool::put_text(const std::string& text) {
  put(text.size());
  send();
  spool_.append(std::as_bytes(std::span(text)));
}

void stream_spool::send() {
  spool_.append(std::span(record_).first(record_bytes_));
  record_bytes_ = 0;
}

void stream_spool::put_position() {
  if (position_ == nullptr) return;
  const std::uint64_t expected = last_line_ + 1;
  last_line_ = position_->line;
  if (last_line_ == expected) return;
  put_tag(line_distance);
  put(zigzag(last_line_ - expected));
}

void stream_spool::begin_superblock(const stream_superblock& superblock) {
  put_tag(superblock_begins);
  put_text(superblock.uuid);
  put(superblock.time);
  put(superblock.transaction_id);
  put(superblock.flags);
  put(superblock.version);
  put(superblock.data_block_size);
  put(superblock.nr_data_blocks);
  send();
}

void stream_spool::end_superblock() {
  put_tag(superblock_ends);
  send();
}

void stream_spool::begin_def(const std::string& name) {
  has_defs_ = true;
  put_position();
  put_tag(def_begins);
  put_text(name);
  send();
}

void stream_spool::end_def() {
  put_tag(def_ends);
  send();
}

void stream_spool::begin_device(device_id device, const device_details& details) {
  put_position();
  put_tag(device_begins);
  put(device);
  put(details.mapped_blocks);
  put(details.transaction_id);
  put(details.creation_time);
  put(details.snapshotted_time);
  send();
}

void stream_spool::end_device() {
  put_tag(device_ends);
  send();
}

void stream_spool::run(const mapping_run& mappings) {
  put_position();
  put_run(mappings);
  send();
}

bool stream_spool::runs(std::span<const mapping_run> all) {
  if (all.empty()) return true;
  put_position();
  for (const auto& one : all) {
    put_run(one);
    if (record_bytes_ + record_bytes_max > record_.size()) send();
  }
  send();
  if (position_ != nullptr) last_line_ += all.size() - 1;
  return true;
}

void stream_spool::put_run(const mapping_run& mappings) {
  const bool single = mappings.length == 1 && mappings.time == previous_.time;
  put_tag(single ? run_of_one : any_run);
  put(zigzag(mappings.begin - end_of(previous_.begin, previous_.length)));
  put(zigzag(mappings.data_begin - end_of(previous_.data_begin, previous_.length)));
  if (!single) {
    put(mappings.length);
    put(mappings.time);
  }
  previous_ = mappings;
}

void stream_spool::ref(const std::string& name) {
  put_position();
  put_tag(reference);
  put_text(name);
  send();
}

namespace {

// Runs on their way to a sink, many at once if it takes them so.
class run_sender {
 public:
  run_sender(metadata_sink& to, std::uint64_t& line) : to_(to), line_(line) {
    pending_.reserve(pending_max);
  }

  void add(const mapping_run& run) {
    if (pending_.empty()) first_line_ = line_;
    pending_.push_back(run);
    if (pending_.size() == pending_max) send();
  }
  void send() {
    if (pending_.empty()) return;
    const auto last_line = line_;
    line_ = first_line_;
    if (!to_.runs(pending_))
      for (const auto& one : pending_) {
        to_.run(one);
        ++line_;
      }
    line_ = last_line;
    pending_.clear();
  }

 private:
  static constexpr std::size_t pending_max = 512;

  metadata_sink& to_;
  std::uint64_t& line_;
  std::uint64_t first_line_ = 0;
  std::vector<mapping_run> pending_;
};

}  // namespace

void stream_spool::replay(metadata_sink& sink, stream_position* position) const {
  spool_reader from(spool_);
  mapping_run previous;
  stream_position unused;
  std::uint64_t& line = position != nullptr ? position->line : unused.line;
  line = 0;
  run_sender runs(sink, line);
  while (!from.at_end()) {
    std::uint8_t tag = from.byte();
    if (tag != run_of_one && tag != any_run) runs.send();
    if (tag == line_distance) {
      line += unzigzag(from.number());
      tag = from.byte();
    }
    switch (tag) {
      case superblock_begins:
        sink.begin_superblock(read_superblock(from));
        break;
      case superblock_ends:
        sink.end_superblock();
        break;
      case def_begins:
        ++line;
        sink.begin_def(from.text());
        break;
      case def_ends:
        sink.end_def();
        break;
      case device_begins: {
        ++line;
        const device_id device = from.number();
        sink.begin_device(device, read_details(from));
        break;
      }
      case device_ends:
        sink.end_device();
        break;
      case reference:
        ++line;
        sink.ref(from.text());
        break;
      default:
        REQUIRE(tag == run_of_one || tag == any_run);
        ++line;
        previous = read_run(from, tag == run_of_one, previous);
        runs.add(previous);
    }
  }
  runs.send();
}

}  // namespace pdata
