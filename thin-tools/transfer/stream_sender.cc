#include "thin-tools/transfer/stream_sender.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"

namespace thin_tools {

namespace {

// Marks are where a stream can be taken up: before the first piece from each of these on.
constexpr std::uint64_t pieces_between_marks = 64;
// Zeroes are looked for in parts of this size.
constexpr std::size_t zero_grain = 65536;

class frame_writer {
 public:
  explicit frame_writer(text_sink& to) : to_(to) {}

  void write(frame what, std::span<const std::byte> payload) {
    what.payload_bytes = static_cast<std::uint32_t>(payload.size());
    what.sequence = sequence_++;
    what.check = check_of(what, payload, check_);
    check_ = what.check;
    std::array<std::byte, frame_bytes> bytes;
    store_frame(what, bytes);
    put(bytes);
    put(payload);
  }

  void go_on_from(std::uint64_t sequence, const digest_value& check) {
    sequence_ = sequence;
    check_ = check;
  }
  std::uint64_t written() const { return written_; }

 private:
  void put(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    to_.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    written_ += bytes.size();
  }

  text_sink& to_;
  std::uint64_t sequence_ = 0;
  digest_value check_;
  std::uint64_t written_ = 0;
};

using piece_digests = std::unordered_map<std::uint64_t, digest_value>;

struct base_contents {
  piece_digests pieces;  // that are not all zeroes
  digest_value whole;
};

base_contents read_base(const source_volume& base, const data_device& data,
                        send_progress& progress) {
  base_contents found;
  content_digest contents(base.map.volume_bytes);
  piece_walk walk(base.map);
  piece_reader pieces(
      data, [&] { return walk.next(); }, piece_reader::digests::wanted);
  while (const auto* piece = pieces.take()) {
    progress.bytes_read += piece->plan.bytes;
    if (piece->zero) continue;
    contents.add(piece->plan.index, piece->digest);
    found.pieces.emplace(piece->plan.index, piece->digest);
  }
  found.whole = contents.value();
  return found;
}

class sender {
 public:
  sender(const send_request& what, const data_device& data, text_sink& to, send_progress& progress)
      : what_(what), data_(data), out_(to), progress_(progress) {}

  send_summary run() {
    progress_.bytes_expected =
        what_.volume.mapped_bytes + (what_.base ? what_.base->mapped_bytes : 0);
    if (what_.base) base_ = read_base(*what_.base, data_, progress_);
    send_head();
    content_digest contents(what_.volume.map.volume_bytes);
    if (what_.resume) {
      contents = content_digest(what_.resume->at.contents);
      out_.go_on_from(what_.resume->sequence, what_.resume->check);
    }
    send_pieces(contents);
    out_.write({.kind = frame_kind::end}, store_position({nr_pieces(), contents.value()}));
    summary_.contents = contents.value();
    summary_.stream_bytes = out_.written();
    return summary_;
  }

 private:
  std::uint64_t nr_pieces() const {
    const auto bytes = what_.volume.map.volume_bytes;
    return bytes / piece_bytes + (bytes % piece_bytes != 0 ? 1 : 0);
  }

  void send_head() {
    stream_head head;
    head.has_base = what_.base != nullptr;
    head.volume_bytes = what_.volume.map.volume_bytes;
    head.block_sectors = what_.block_sectors;
    head.device = what_.volume.device;
    head.transaction_id = what_.transaction_id;
    head.mapped_bytes = what_.volume.mapped_bytes;
    head.fingerprint = what_.volume.fingerprint;
    if (what_.base) {
      head.base_bytes = what_.base->map.volume_bytes;
      head.base_device = what_.base->device;
      head.base_fingerprint = what_.base->fingerprint;
      head.base_contents = base_.whole;
    }
    out_.write({.kind = frame_kind::head}, store_head(head));
  }

  void send_pieces(content_digest& contents) {
    const auto first = what_.resume ? what_.resume->at.next_piece : 0;
    const auto* base_map = what_.base ? &what_.base->map : nullptr;
    auto next_mark = (first / pieces_between_marks + 1) * pieces_between_marks;
    // What is read, and what is told of it, walk side by side.
    pair_walk to_read(what_.volume.map, base_map, first);
    piece_reader pieces(
        data_,
        [&]() -> std::optional<piece_plan> {
          while (auto pair = to_read.next())
            if (pair->changed) return std::move(pair->wanted);
          return std::nullopt;
        },
        piece_reader::digests::wanted);
    pair_walk walk(what_.volume.map, base_map, first);
    while (const auto pair = walk.next()) {
      if (pair->index >= next_mark) {
        out_.write({.kind = frame_kind::mark, .offset = pair->index * piece_bytes},
                   store_position({pair->index, contents.value()}));
        next_mark = (pair->index / pieces_between_marks + 1) * pieces_between_marks;
      }
      if (!pair->changed) {
        const auto known = base_.pieces.find(pair->index);
        if (known != base_.pieces.end()) contents.add(pair->index, known->second);
        progress_.bytes_read += pair->wanted.bytes;
        continue;
      }
      const auto* piece = pieces.take();
      REQUIRE(piece != nullptr && piece->plan.index == pair->index);
      progress_.bytes_read += piece->plan.bytes;
      if (!piece->zero) contents.add(pair->index, piece->digest);
      send_piece(*pair, *piece);
    }
  }

  // In ascending order.
  void send_piece(const piece_pair& pair, const piece& read) {
    auto clear = pair.to_clear.begin();
    for (const auto& extent : pair.to_write) {
      for (; clear != pair.to_clear.end() && clear->at < extent.at; ++clear)
        send_zeroes(pair.index, clear->at, clear->length);
      send_extent(pair.index, extent, read);
    }
    for (; clear != pair.to_clear.end(); ++clear) send_zeroes(pair.index, clear->at, clear->length);
  }

  void send_extent(std::uint64_t index, const piece_extent& extent, const piece& read) {
    const auto bytes = read.bytes.subspan(extent.at, extent.length);
    const auto grain_at = [&](std::size_t at) {
      return bytes.subspan(at, std::min(zero_grain, bytes.size() - at));
    };
    for (std::size_t at = 0; at < bytes.size();) {
      const bool zero = pdata::all_zero(grain_at(at));
      auto end = at + grain_at(at).size();
      while (end < bytes.size() && pdata::all_zero(grain_at(end)) == zero)
        end += grain_at(end).size();
      if (!zero)
        send_data(index, extent.at + at, bytes.subspan(at, end - at));
      else if (what_.base)  // a target that is new has them already
        send_zeroes(index, extent.at + at, end - at);
      at = end;
    }
  }

  void send_data(std::uint64_t index, std::uint64_t at, std::span<const std::byte> bytes) {
    out_.write(
        {.kind = frame_kind::data, .offset = index * piece_bytes + at, .length = bytes.size()},
        bytes);
    summary_.data_bytes += bytes.size();
  }

  void send_zeroes(std::uint64_t index, std::uint64_t at, std::uint64_t length) {
    out_.write({.kind = frame_kind::zero, .offset = index * piece_bytes + at, .length = length},
               {});
    summary_.zero_bytes += length;
  }

  const send_request& what_;
  const data_device& data_;
  frame_writer out_;
  send_progress& progress_;
  base_contents base_;
  send_summary summary_;
};

}  // namespace

send_summary send_volume(const send_request& what, const data_device& data, text_sink& to,
                         send_progress& progress) {
  return sender(what, data, to, progress).run();
}

}  // namespace thin_tools
