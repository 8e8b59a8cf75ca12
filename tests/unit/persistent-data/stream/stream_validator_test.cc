// The largest time that a mapping on disk has room for, and what is beyond; runs that come many
// at once.
#include "persistent-data/stream/stream_validator.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "persistent-data/base/error.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/stream/stream_spool.h"
#include "tests/unit/support/stream_text.h"

namespace pdata {
namespace {

// A pool of one device with these mappings.
void stream(const mapping_run& mappings) {
  test_support::stream_text events;
  stream_validator validator(events);
  validator.begin_superblock(
      {.time = UINT32_MAX, .transaction_id = 1, .data_block_size = 128, .nr_data_blocks = 100});
  validator.begin_device(1, {.mapped_blocks = mappings.length});
  validator.run(mappings);
  validator.end_device();
  validator.end_superblock();
  validator.expect_complete();
}

TEST(stream_validator, takes_the_last_time_that_a_mapping_has_room_for) {
  EXPECT_NO_THROW(stream({0, 0, 1, mapping_time_max}));
  EXPECT_THROW(stream({0, 0, 1, mapping_time_max + 1}), error);
}

// Where each event stood that the spool passes on.
class numbered_text : public test_support::stream_text {
 public:
  explicit numbered_text(const stream_position& position) : position_(position) {}
  void run(const mapping_run& mappings) override {
    text += std::to_string(position_.line) + ": ";
    stream_text::run(mappings);
  }

 private:
  const stream_position& position_;
};

// The text of what comes out of a spool behind the validator, or what is wrong and in which line.
std::string outcome(const std::vector<std::vector<mapping_run>>& pieces, std::uint64_t nr_mappings,
                    stream_order order, bool at_once) {
  stream_position position;
  stream_spool spool(&position);
  stream_validator validator(spool, order, &position);
  try {
    validator.begin_superblock(
        {.time = 9, .transaction_id = 1, .data_block_size = 128, .nr_data_blocks = 1000});
    position.line = 2;
    validator.begin_device(1, {.mapped_blocks = nr_mappings});
    for (const auto& piece : pieces) {
      position.line += 3;  // some lines say nothing
      if (at_once && validator.runs(piece)) {
        position.line += piece.size();
        continue;
      }
      for (const auto& one : piece) {
        validator.run(one);
        ++position.line;
      }
    }
    validator.end_device();
    validator.end_superblock();
  } catch (const error& e) {
    return std::to_string(position.line) + ": " + e.what();
  }
  stream_position replayed;
  numbered_text events(replayed);
  spool.replay(events, &replayed);
  return events.text + (validator.in_order() ? "" : "not in order");
}

TEST(stream_validator_property, runs_at_once_are_what_they_are_one_by_one) {
  EXPECT_TRUE(rc::check([] {
    const auto nr_pieces = *rc::gen::inRange<std::size_t>(1, 4);
    std::vector<std::vector<mapping_run>> pieces(nr_pieces);
    std::uint64_t next = *rc::gen::element<std::uint64_t>(0, 0, UINT64_MAX - 60);
    std::uint64_t nr_mappings = 0;
    for (auto& piece : pieces) {
      piece.resize(*rc::gen::element<std::size_t>(0, 1, 5, 40));
      for (auto& one : piece) {
        one = {next, *rc::gen::inRange<std::uint64_t>(0, 900), 1,
               *rc::gen::element<std::uint32_t>(3, 3, 4)};
        if (*rc::gen::inRange(0, 10) == 0) one.length = *rc::gen::inRange<std::uint64_t>(1, 9);
        switch (*rc::gen::inRange(0, 300)) {
          case 0:
            one.length = 0;
            break;
          case 1:
            one.length = *rc::gen::element<std::uint64_t>(101, 1001, UINT64_MAX);
            break;
          case 2:
            one.data_begin = *rc::gen::element<std::uint64_t>(999, 1000, UINT64_MAX);
            break;
          case 3:
            one.time = *rc::gen::element<std::uint32_t>(mapping_time_max, mapping_time_max + 1);
            break;
          case 4:
            one.begin -= *rc::gen::inRange<std::uint64_t>(1, 9);
            break;
          default:
            break;
        }
        next = one.begin + one.length + *rc::gen::element<std::uint64_t>(0, 0, 2);
        nr_mappings += one.length;
      }
    }
    const auto order = *rc::gen::element(stream_order::required, stream_order::any);
    RC_ASSERT(outcome(pieces, nr_mappings, order, true) ==
              outcome(pieces, nr_mappings, order, false));
  }));
}

}  // namespace
}  // namespace pdata
