// Streams of volumes in memory: what a walk sends, and that no byte of a stream can change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "persistent-data/base/error.h"
#include "thin-tools/transfer/contents_walk.h"
#include "thin-tools/transfer/mark_keeper.h"
#include "thin-tools/transfer/stream_receiver.h"
#include "thin-tools/transfer/stream_sender.h"

namespace thin_tools {
namespace {

constexpr std::uint64_t block = 65536;

class stream_of_volumes : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("thin-stream-" + std::to_string(::getpid()) + "-" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    std::ofstream data(name("data"), std::ios::binary);
    std::string bytes;
    for (std::uint64_t i = 0; i < 64; ++i) {
      // Blocks that differ; each eighth is zero.
      bytes.assign(block, static_cast<char>(i % 8 == 7 ? 0 : i + 1));
      if (i % 8 != 7) bytes[i] = '\0';
      data << bytes;
    }
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string name(const std::string& file) const { return (folder_ / file).string(); }

  static source_volume volume(pdata::device_id device, std::vector<pdata::mapping_run> runs,
                              std::uint64_t blocks) {
    source_volume made;
    made.device = device;
    made.map = {std::move(runs), block, blocks * block};
    for (const auto& run : made.map.runs) made.mapped_bytes += run.length * block;
    return made;
  }

  std::string sent(const source_volume& of, const source_volume* base = nullptr,
                   std::optional<resume_token> resume = {}) const {
    const data_device data(admit(data_request(name("data"), use::read)));
    string_sink to;
    send_progress progress;
    static_cast<void>(send_volume({of, base, 5, 128, resume}, data, to, progress));
    return to.take();
  }

  std::string image(const source_volume& of) const {
    std::ifstream data(name("data"), std::ios::binary);
    std::string bytes(of.map.volume_bytes, '\0');
    for (const auto& run : of.map.runs)
      for (std::uint64_t i = 0; i < run.length; ++i) {
        std::string read(block, '\0');
        data.seekg(static_cast<std::streamoff>((run.data_begin + i) * block));
        data.read(read.data(), static_cast<std::streamsize>(block));
        bytes.replace((run.begin + i) * block, block, read);
      }
    return bytes;
  }

  std::string file(const std::string& which) const {
    std::ifstream from(name(which), std::ios::binary);
    return {std::istreambuf_iterator<char>(from), {}};
  }

  receive_summary receive(const std::string& target, const std::string& stream,
                          end_check check = end_check::cached) const {
    string_source from(stream);
    receive_progress progress;
    return receive_stream({name(target), name(target) + ".thin-receive", check}, from, progress);
  }

  static std::string check(const std::string& stream) {
    string_source from(stream);
    receive_progress progress;
    try {
      check_stream(from, progress);
    } catch (const pdata::error& wrong) {
      return wrong.what();
    }
    return "whole";
  }

  std::filesystem::path folder_;
};

TEST_F(stream_of_volumes, a_volume_arrives_as_it_was) {
  const auto of = volume(1, {{0, 3, 2, 0}, {5, 20, 30, 1}, {100, 0, 3, 0}}, 130);
  const auto done = receive("target", sent(of));
  EXPECT_EQ(done.check, end_check::cached);
  EXPECT_EQ(file("target"), image(of));
  EXPECT_FALSE(std::filesystem::exists(name("target.partial")));
  EXPECT_FALSE(std::filesystem::exists(name("target.thin-receive")));
}

TEST_F(stream_of_volumes, a_difference_makes_the_volume_of_its_base) {
  const auto base = volume(1, {{0, 0, 16, 0}, {40, 30, 20, 0}}, 70);
  // The same, elsewhere, taken away, new; shorter and longer volumes.
  for (const std::uint64_t blocks : {45U, 70U, 90U}) {
    const auto of = volume(2, {{0, 0, 4, 0}, {4, 50, 3, 0}, {8, 7, 2, 0}, {42, 32, 9, 0}}, blocks);
    const auto target = "target" + std::to_string(blocks);
    receive(target, sent(base));
    const auto stream = sent(of, &base);
    receive(target, stream);
    EXPECT_EQ(file(target), image(of).substr(0, blocks * block)) << blocks;
    // Once more it is not the base any more.
    EXPECT_THROW(receive(target, stream), pdata::error);
    EXPECT_EQ(file(target), image(of).substr(0, blocks * block)) << blocks;
  }
}

TEST_F(stream_of_volumes, what_is_the_same_is_not_sent) {
  const auto base = volume(1, {{0, 0, 60, 0}}, 60);
  const auto same = volume(2, {{0, 0, 30, 4}, {30, 30, 30, 5}}, 60);
  EXPECT_LT(sent(same, &base).size(), 512U);
  const auto holes = volume(3, {{1'000'000'000, 0, 1, 0}}, 1'000'000'001);
  EXPECT_LT(sent(holes).size(), block + 512);
}

TEST_F(stream_of_volumes, no_byte_can_change) {
  const auto base = volume(1, {{0, 8, 1, 0}}, 3);
  const auto of = volume(2, {{1, 9, 1, 0}}, 3);
  const auto stream = sent(of, &base);
  ASSERT_EQ(check(stream), "whole");
  for (std::size_t at = 0; at < stream.size();
       at += at < 1000 || at + 1000 > stream.size() ? 1 : 7) {
    auto changed = stream;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    ASSERT_NE(check(changed), "whole") << at;
  }
  for (std::size_t at = 0; at < stream.size(); at += at < 300 ? 1 : 997)
    ASSERT_NE(check(stream.substr(0, at)), "whole") << at;
  EXPECT_NE(check(stream + '\0'), "whole");
  EXPECT_NE(check(stream + stream), "whole");
}

TEST_F(stream_of_volumes, what_is_damaged_leaves_no_target) {
  const auto of = volume(1, {{0, 3, 2, 0}}, 4);
  auto stream = sent(of);
  stream[stream.size() - 70] ^= 1;
  EXPECT_THROW(receive("target", stream), pdata::error);
  EXPECT_FALSE(std::filesystem::exists(name("target")));
  EXPECT_TRUE(std::filesystem::exists(name("target.thin-receive")));
  // Another stream is refused, this one is taken up.
  EXPECT_THROW(receive("target", sent(volume(2, {{0, 4, 2, 0}}, 4))), pdata::error);
  receive("target", sent(of));
  EXPECT_EQ(file("target"), image(of));
}

TEST_F(stream_of_volumes, goes_on_from_a_mark) {
  // Far apart, so that there are marks.
  std::vector<pdata::mapping_run> runs;
  for (std::uint64_t i = 0; i < 10; ++i) runs.push_back({i * 400, 2 * i, 2, 0});
  const auto of = volume(1, runs, 3700);
  const auto whole = sent(of);
  const auto expected = image(of);
  for (const auto cut : {whole.size() / 2, whole.size() * 2 / 3, whole.size() - 10}) {
    const auto target = "target" + std::to_string(cut);
    EXPECT_THROW(receive(target, whole.substr(0, cut)), pdata::error);
    const auto state = read_receive_state(name(target + ".thin-receive"));
    ASSERT_TRUE(state.has_value());
    ASSERT_GT(state->next.at.next_piece, 0U);
    EXPECT_EQ(parse_token(state->next.text())->text(), state->next.text());
    const auto rest = sent(of, nullptr, state->next);
    EXPECT_LT(rest.size(), whole.size() - cut / 2);
    EXPECT_TRUE(whole.ends_with(rest.substr(rest.size() - 5000)));
    // Not for another target.
    EXPECT_THROW(receive("other", rest), pdata::error);
    const auto done = receive(target, rest);
    EXPECT_GT(done.resumed_at, 0U);
    EXPECT_TRUE(file(target) == expected);
  }
}

// The same frames, and an end that says that the volume holds something else.
std::string with_other_contents(const std::string& stream) {
  digest_value check;
  std::string made;
  for (std::size_t at = 0; at < stream.size();) {
    const auto bytes = std::as_bytes(std::span(stream)).subspan(at);
    auto read = *load_frame(bytes.first<frame_bytes>());
    const auto payload = bytes.subspan(frame_bytes, read.payload_bytes);
    std::vector<std::byte> kept(payload.begin(), payload.end());
    if (read.kind == frame_kind::end) kept.back() ^= std::byte{1};
    read.check = check = check_of(read, kept, check);
    std::array<std::byte, frame_bytes> frame_of_it;
    store_frame(read, frame_of_it);
    made.append(reinterpret_cast<const char*>(frame_of_it.data()), frame_bytes);
    made.append(reinterpret_cast<const char*>(kept.data()), kept.size());
    at += frame_bytes + read.payload_bytes;
  }
  return made;
}

TEST_F(stream_of_volumes, the_target_is_compared_with_what_was_sent) {
  const auto of = volume(1, {{0, 3, 2, 0}, {5, 20, 30, 1}, {100, 0, 3, 0}}, 130);
  const auto wrong = with_other_contents(sent(of));
  ASSERT_EQ(check(wrong), "whole");
  EXPECT_THROW(receive("cached", wrong), pdata::error);
  EXPECT_FALSE(std::filesystem::exists(name("cached")));
  EXPECT_THROW(receive("device", wrong, end_check::device), pdata::error);
  EXPECT_FALSE(std::filesystem::exists(name("device")));
  EXPECT_EQ(receive("none", wrong, end_check::none).check, end_check::none);
  EXPECT_EQ(receive("right", sent(of), end_check::device).check, end_check::device);
  EXPECT_EQ(file("right"), image(of));
}

// Who comes too early reads what is not there yet.
TEST_F(stream_of_volumes, contents_are_the_same_read_at_once_and_while_written) {
  constexpr std::uint64_t bytes = 5 * piece_bytes + 3 * 4096;
  transfer_target target(admit(target_request(name("target"))), transfer_target::opening::new_file);
  target.set_size(bytes);
  contents_follower follower(target, bytes);
  contents_walk walk(target, bytes);
  std::vector<pdata::block_buffer> memory(1);
  const std::span part(reinterpret_cast<std::byte*>(memory.data()), pdata::block_size);
  for (std::uint64_t at = 0; at < bytes; at += 3 * pdata::block_size) {
    std::ranges::fill(part, static_cast<std::byte>(at / pdata::block_size));
    if (at / piece_bytes != 2) target.write(at, part);  // a hole
    follower.settled(at + pdata::block_size);
    walk.go_on(at + pdata::block_size, [](auto) {});
  }
  const auto whole = contents_of(target, bytes, [](auto) {});
  EXPECT_EQ(follower.finish([](auto) {}), whole);
  walk.go_on(bytes, [](auto) {});
  EXPECT_EQ(walk.value(), whole);
  target.write(4096, part);
  EXPECT_NE(contents_of(target, bytes, [](auto) {}), whole);
}

TEST_F(stream_of_volumes, marks_are_kept_while_more_comes_and_when_it_breaks_off) {
  const transfer_target target(admit(target_request(name("target"))),
                               transfer_target::opening::new_file);
  const auto state = name("state");
  const auto mark = [&](std::uint64_t piece) {
    return receive_state{name("target"), {}, false, {7, {}, {piece, {}}}};
  };
  {
    mark_keeper keeper(target, state);
    keeper.reached(mark(1));
    keeper.reached(mark(2));
  }
  EXPECT_EQ(read_receive_state(state)->next.at.next_piece, 2U);
  {
    mark_keeper keeper(target, state);
    keeper.reached(mark(3));
    keeper.finish();
  }
  EXPECT_EQ(read_receive_state(state)->next.at.next_piece, 2U);
  {
    mark_keeper keeper(target, state);
    keeper.reached(mark(4));
    while (read_receive_state(state)->next.at.next_piece != 4) ::usleep(10000);
  }
  // What could not be kept is said.
  std::filesystem::create_directory(name("folder"));
  mark_keeper keeper(target, name("folder/state"));
  std::filesystem::remove(name("folder"));
  EXPECT_THROW(for (;; ::usleep(10000)) keeper.reached(mark(5)), pdata::error);
  EXPECT_THROW(keeper.finish(), pdata::error);
}

TEST_F(stream_of_volumes, another_base_is_refused_before_anything_is_changed) {
  const auto base = volume(1, {{0, 0, 16, 0}}, 20);
  const auto stream = sent(volume(2, {{0, 0, 4, 0}, {4, 50, 3, 0}}, 20), &base);
  receive("target", sent(base));
  auto bytes = file("target");
  bytes[12345] ^= 1;
  std::ofstream(name("target"), std::ios::binary) << bytes;
  EXPECT_THROW(receive("target", stream), pdata::error);
  EXPECT_EQ(file("target"), bytes);
  EXPECT_FALSE(std::filesystem::exists(name("target.thin-receive")));
}

}  // namespace
}  // namespace thin_tools
