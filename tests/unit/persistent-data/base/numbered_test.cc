// Numbers of a kind: what is an integer to everything but another kind.
#include "persistent-data/base/numbered.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <optional>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "persistent-data/base/ids.h"

namespace pdata {
namespace {

template <class A, class B>
concept compared = requires(A a, B b) {
  a == b;
}
|| requires(A a, B b) { a != b; }
|| requires(A a, B b) { a < b; }
|| requires(A a, B b) { a >= b; }
|| requires(A a, B b) { a <=> b; };
template <class A, class B>
concept calculated = requires(A a, B b) {
  a + b;
}
|| requires(A a, B b) { a - b; }
|| requires(A a, B b) { a* b; }
|| requires(A a, B b) { a / b; }
|| requires(A a, B b) { a % b; }
|| requires(A a, B b) { a += b; }
|| requires(A a, B b) { a -= b; };
template <class A, class B>
concept strangers =
    !std::convertible_to<A, B> && !std::constructible_from<B, A> && !std::is_assignable_v<B&, A> &&
    !std::constructible_from<std::optional<B>, std::optional<A>> && !compared<A, B> &&
    !calculated<A, B> && !std::constructible_from<std::pair<B, int>, std::pair<A, int>>;

static_assert(strangers<data_block, metadata_block> && strangers<metadata_block, data_block>);
static_assert(strangers<thin_block, data_block> && strangers<data_block, thin_block>);
static_assert(strangers<thin_block, device_id> && strangers<device_id, metadata_block>);
static_assert(strangers<sector, data_block> && strangers<thin_block, sector>);

template <class Number>
concept integer_like =
    sizeof(Number) == sizeof(std::uint64_t) && alignof(Number) == alignof(std::uint64_t) &&
    std::is_trivially_copyable_v<Number>&& std::is_nothrow_copy_constructible_v<Number>&& std::
        convertible_to<std::uint64_t, Number>&& std::convertible_to<Number, std::uint64_t>&& std::
            totally_ordered<Number>&& std::totally_ordered_with<Number, std::uint64_t>&& compared<
                Number, Number>&& compared<Number, unsigned>&& calculated<Number, std::uint64_t>;

static_assert(integer_like<metadata_block> && integer_like<data_block> && integer_like<thin_block>);
static_assert(integer_like<device_id> && integer_like<sector>);

// Plain numbers leave the kind, everything else leaves it behind.
static_assert(std::same_as<decltype(data_block() + 1), data_block>);
static_assert(std::same_as<decltype(1U + data_block()), data_block>);
static_assert(std::same_as<decltype(data_block() - std::uint64_t{1}), data_block>);
static_assert(std::same_as<decltype(data_block() - data_block()), std::uint64_t>);
static_assert(std::same_as<decltype(data_block() * 8), std::uint64_t>);
static_assert(data_block(UINT64_MAX) + 1 == 0 && data_block(5) - 6 == UINT64_MAX);

constexpr const char* kind_of(metadata_block) { return "metadata"; }
constexpr const char* kind_of(data_block) { return "data"; }
constexpr bool is_plain(std::uint64_t) { return true; }
constexpr bool is_plain(metadata_block) { return false; }

TEST(Numbered, ChoosesTheOverloadOfItsKind) {
  EXPECT_STREQ(kind_of(metadata_block(1)), "metadata");
  EXPECT_STREQ(kind_of(data_block(1)), "data");
  EXPECT_STREQ(kind_of(data_block(1) + 1), "data");
  EXPECT_TRUE(is_plain(std::uint64_t{1}));
  EXPECT_FALSE(is_plain(metadata_block(1)));
}

TEST(Numbered, CountsAsAnInteger) {
  thin_block at;
  EXPECT_EQ(at, 0U);
  EXPECT_EQ(at++, 0U);
  EXPECT_EQ(++at, 2U);
  EXPECT_EQ(at--, 2U);
  EXPECT_EQ(--at, 0U);
  at += 7;
  at -= 2;
  EXPECT_EQ(at, 5U);
  EXPECT_LT(at, thin_block(6));
  EXPECT_EQ(thin_block(9) - at, 4U);
  at.value() = 11;
  EXPECT_EQ(std::as_const(at).value(), 11U);
  const std::array letters{'a', 'b', 'c'};
  EXPECT_EQ(letters[thin_block(2)], 'c');
}

TEST(Numbered, IsReadAndHashedAsTheInteger) {
  constexpr std::uint64_t number = 0xfedcba9876543210;
  EXPECT_EQ(fmt::format("{} {:>4}", data_block(number), sector(8)), "18364758544493064720    8");
  EXPECT_EQ(fmt::format("{}", fmt::join(std::vector<device_id>{1, 2}, ", ")), "1, 2");
  EXPECT_EQ(std::hash<data_block>()(number), std::hash<std::uint64_t>()(number));
  EXPECT_EQ(std::unordered_set<device_id>({3, 4, 3}).size(), 2U);
  EXPECT_EQ(std::numeric_limits<sector>::max(), UINT64_MAX);
}

}  // namespace
}  // namespace pdata
