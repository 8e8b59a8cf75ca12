// A stream of a volume may come from anybody. As it is, its checks would stop nearly every
// input; so the frames are made of the input and get checks that are right. What is received
// is what an array says that the frames are applied to.
//
// The input: a byte for the volume's size, then frames: kind (1), offset (2, in sectors),
// length (1, in sectors), fill (1).
#include <algorithm>
#include <filesystem>
#include <vector>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/error.h"
#include "persistent-data/base/ids.h"
#include "tests/fuzz/demand.h"
#include "tests/fuzz/scratch_folder.h"
#include "thin-tools/transfer/stream_receiver.h"

namespace {

using namespace thin_tools;
using fuzz::demand;

class stream_writer {
 public:
  void add(frame what, std::span<const std::byte> payload) {
    what.payload_bytes = static_cast<std::uint32_t>(payload.size());
    what.sequence = sequence_++;
    what.check = check_ = check_of(what, payload, check_);
    std::array<std::byte, frame_bytes> bytes;
    store_frame(what, bytes);
    append(bytes);
    append(payload);
  }
  const std::string& text() const { return text_; }

 private:
  void append(std::span<const std::byte> bytes) {
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  std::string text_;
  std::uint64_t sequence_ = 0;
  digest_value check_;
};

using volume = std::vector<std::byte>;

digest_value contents_of(const volume& bytes) {
  content_digest of(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
    const auto piece = std::span(bytes).subspan(at, std::min(piece_bytes, bytes.size() - at));
    digest sum;
    sum.add(piece);
    if (!pdata::all_zero(piece)) of.add(at / piece_bytes, sum.value());
  }
  return of.value();
}

struct made_stream {
  std::string text;
  volume contents;    // what its frames say
  bool right = true;  // they are as thin-stream(5) wants them
};

made_stream stream_of(std::span<const std::byte> input) {
  constexpr std::size_t record_bytes = 5;
  const auto number = [&](std::size_t at) { return std::to_integer<std::uint64_t>(input[at]); };
  made_stream made;
  auto& to = made.contents;
  std::uint64_t cursor = 0;
  stream_writer stream;
  to.resize(number(0) * 16 * pdata::sector_bytes);
  stream_head head;
  head.volume_bytes = to.size();
  head.block_sectors = 128;
  stream.add({.kind = frame_kind::head}, store_head(head));
  for (input = input.subspan(1); input.size() >= record_bytes;
       input = input.subspan(record_bytes)) {
    frame what{.offset = (number(1) | number(2) << 8) * pdata::sector_bytes,
               .length = number(3) * pdata::sector_bytes};
    const bool fits = what.offset <= to.size() && what.length <= to.size() - what.offset;
    made.right = made.right && fits && what.offset >= cursor;
    const auto place = [&] {
      return fits ? std::span(to).subspan(what.offset, what.length) : std::span<std::byte>();
    };
    switch (number(0) % 4) {
      case 0: {
        what.kind = frame_kind::data;
        const volume payload(what.length, input[4]);
        made.right = made.right && what.length != 0;
        std::ranges::fill(place(), input[4]);
        stream.add(what, payload);
        break;
      }
      case 1:
        what.kind = frame_kind::zero;
        made.right = made.right && what.length != 0;
        std::ranges::fill(place(), std::byte{0});
        stream.add(what, {});
        break;
      case 2:
        what.kind = frame_kind::mark;
        what.length = 0;
        made.right = made.right && what.offset == number(4) * piece_bytes;
        stream.add(what, store_position({number(4), {}}));
        break;
      default:  // a payload that is none of its kind
        made.right = false;
        what.kind = static_cast<frame_kind>(number(4));
        stream.add(what, volume(number(3), input[4]));
        break;
    }
    cursor = what.offset + what.length;
  }
  stream.add({.kind = frame_kind::end, .offset = to.size()},
             store_position({(to.size() + piece_bytes - 1) / piece_bytes, contents_of(to)}));
  made.text = stream.text();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span input(reinterpret_cast<const std::byte*>(data), size);
  receive_progress progress;
  try {  // as it is
    string_source text({reinterpret_cast<const char*>(data), size});
    static_cast<void>(check_stream(text, progress));
  } catch (const pdata::error&) {
  }
  const auto made = stream_of(input);
  const auto target = fuzz::scratch_folder() / "volume";
  try {
    string_source from(made.text);
    const auto done = receive_stream({target.string(), (fuzz::scratch_folder() / "state").string()},
                                     from, progress);
    demand(done.check == end_check::cached && fuzz::contents(target) == made.contents);
  } catch (const pdata::error&) {
    demand(!made.right && !std::filesystem::exists(target));
  }
  for (const auto& left : std::filesystem::directory_iterator(fuzz::scratch_folder()))
    std::filesystem::remove(left.path());
  return 0;
}
