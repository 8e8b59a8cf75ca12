// What is found at fault in streams that come in any order.
#include "persistent-data/stream/stream_sorter.h"

#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "persistent-data/stream/stream_spool.h"
#include "persistent-data/stream/stream_validator.h"
#include "tests/unit/support/stream_text.h"

namespace pdata {
namespace {

// A stream that is written an event a line, from line 1 on.
class script {
 public:
  explicit script(metadata_sink& sink, stream_position& position)
      : sink_(sink), position_(position) {
    ++position_.line;
    sink_.begin_superblock({"", 1, 2, 0, 2, 128, 1000});
  }
  script& device(device_id id, std::uint64_t mapped_blocks) {
    ++position_.line;
    sink_.begin_device(id, {mapped_blocks, 0, 0, 0});
    return *this;
  }
  script& run(thin_block begin, std::uint64_t length) {
    ++position_.line;
    sink_.run({begin, 100, length, 0});
    return *this;
  }
  script& ref(const std::string& name) {
    ++position_.line;
    sink_.ref(name);
    return *this;
  }
  script& def(const std::string& name) {
    ++position_.line;
    sink_.begin_def(name);
    return *this;
  }
  script& end_def() {
    ++position_.line;
    sink_.end_def();
    return *this;
  }
  script& end_device() {
    ++position_.line;
    sink_.end_device();
    return *this;
  }

 private:
  metadata_sink& sink_;
  stream_position& position_;
};

struct outcome {
  std::string events;
  std::string error;
  bool in_order = true;
};

template <class Play>
outcome sorted(Play play) {
  outcome found;
  stream_position position;
  stream_spool spool(&position);
  stream_validator proof(spool, stream_order::any, &position);
  test_support::stream_text events;
  try {
    script lines(proof, position);
    play(lines);
    proof.end_superblock();
    proof.expect_complete();
    found.in_order = proof.in_order();

    stream_position replayed;
    stream_sorter sorter(replayed);
    spool.replay(sorter, &replayed);
    stream_validator again(events, stream_order::required, &replayed);
    sorter.send(again, replayed);
    again.expect_complete();
  } catch (const error& e) {
    found.error = e.what();
  }
  found.events = events.text;
  return found;
}

TEST(stream_sorter, puts_defs_devices_and_mappings_in_order) {
  const auto found = sorted([](script& pool) {
    pool.device(9, 2).run(7, 1).run(3, 1).end_device();
    pool.def("late").run(30, 2).run(20, 2).end_def();
    pool.device(2, 6).run(40, 1).ref("late").run(1, 1).end_device();
    pool.device(4, 0).end_device();
  });
  EXPECT_EQ(found.error, "");
  EXPECT_FALSE(found.in_order);
  EXPECT_EQ(found.events,
            "superblock '' 1 2 0 2 128 1000\n"
            "def 'late'\nrun 20 100 2 0\nrun 30 100 2 0\nend def\n"
            "device 2 6 0 0 0\nrun 1 100 1 0\nref 'late'\nrun 40 100 1 0\nend device\n"
            "device 4 0 0 0 0\nend device\n"
            "device 9 2 0 0 0\nrun 3 100 1 0\nrun 7 100 1 0\nend device\n"
            "end superblock\n");
}

TEST(stream_sorter, what_is_in_order_stays) {
  const auto found = sorted([](script& pool) {
    pool.def("a").run(5, 2).end_def().def("b").end_def();
    pool.device(1, 4).run(1, 1).ref("a").ref("b").run(7, 1).end_device();
  });
  EXPECT_EQ(found.error, "");
  EXPECT_TRUE(found.in_order);
}

TEST(stream_sorter, names_both_mappings_of_a_block) {
  EXPECT_EQ(sorted([](script& pool) {
              pool.device(7, 9).run(10, 5).run(2, 1).run(14, 3).end_device();
            }).error,
            "line 5: virtual block 14 is mapped twice in device 7 (line 3)");
  EXPECT_EQ(sorted([](script& pool) {
              pool.device(7, 3).run(10, 1).run(2, 1).run(10, 1).end_device();
            }).error,
            "line 5: virtual block 10 is mapped twice in device 7 (line 3)");
  // Next to each other: while the stream comes in.
  EXPECT_EQ(sorted([](script& pool) { pool.device(7, 8).run(10, 5).run(8, 3).end_device(); }).error,
            "virtual block 10 is mapped twice in device 7 (line 3)");
  EXPECT_EQ(
      sorted([](script& pool) { pool.def("d").run(10, 5).run(3, 1).run(0, 4).end_def(); }).error,
      "virtual block 3 is mapped twice in def 'd' (line 4)");
}

TEST(stream_sorter, names_a_mapping_and_the_ref_that_it_meets) {
  const auto with_ref = [](auto play) {
    return sorted([&](script& pool) {
             pool.def("d").run(10, 1).run(20, 1).end_def();  // lines 2 to 5
             play(pool);
           })
        .error;
  };
  EXPECT_EQ(
      with_ref([](script& pool) { pool.device(1, 4).ref("d").run(1, 1).run(20, 1).end_device(); }),
      "line 9: virtual block 20 of device 1 is among those of another ref or mapping (line 7)");
  EXPECT_EQ(
      with_ref([](script& pool) { pool.device(1, 13).run(1, 10).run(0, 1).ref("d").end_device(); }),
      "line 9: virtual block 10 is mapped twice in device 1 (line 7)");
  EXPECT_EQ(
      with_ref([](script& pool) { pool.device(1, 5).ref("d").run(1, 1).ref("d").end_device(); }),
      "line 9: virtual block 10 is mapped twice in device 1 (line 7)");
}

TEST(stream_sorter, names_both_of_two_devices_with_one_id) {
  EXPECT_EQ(sorted([](script& pool) {
              pool.device(3, 0).end_device().device(5, 1).run(1, 1).end_device();
              pool.device(3, 1).run(1, 1).end_device();
            }).error,
            "line 7: device 3 exists already (line 2)");
}

TEST(stream_sorter, counts_what_came_out_of_order) {
  EXPECT_EQ(sorted([](script& pool) { pool.device(3, 3).run(5, 1).run(1, 1).end_device(); }).error,
            "line 2: device 3 has 2 mappings, but mapped_blocks says 3");
}

TEST(stream_sorter, lines_are_told_wherever_events_stand) {
  stream_position position;
  stream_spool spool(&position);
  const std::uint64_t lines[] = {2, 2, 9, 10, 400000, 7};
  spool.begin_superblock({});
  for (const auto line : lines) {
    position.line = line;
    spool.run({line, line, 1, 0});
  }
  struct : test_support::stream_text {
    void run(const mapping_run& run) override { EXPECT_EQ(replayed.line, run.begin); }
    stream_position replayed;
  } expecting;
  spool.replay(expecting, &expecting.replayed);
  EXPECT_EQ(expecting.replayed.line, 7U);
}

TEST(stream_validator, is_strict_unless_told_otherwise) {
  test_support::stream_text events;
  stream_position position;
  const auto refused = [&](auto play) {
    stream_validator proof(events);
    script pool(proof, position);
    try {
      play(pool);
    } catch (const error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(refused([](script& pool) { pool.device(3, 2).run(5, 1).run(1, 1); }),
            "keys out of order: virtual block 1 comes after 5");
  EXPECT_EQ(refused([](script& pool) { pool.device(3, 0).end_device().device(2, 0); }),
            "devices out of order: 2 comes after 3");
  EXPECT_EQ(refused([](script& pool) { pool.device(3, 0).end_device().def("a"); }),
            "defs must come before devices");
}

}  // namespace
}  // namespace pdata
