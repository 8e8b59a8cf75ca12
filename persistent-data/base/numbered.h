// A 64-bit number of things of one kind: a location or a count of them. `Kind` is a
// name alone. It takes plain integers and gives them without a word, so that codecs and
// arithmetic read as with integers, but a number of another kind neither becomes one
// nor meets one: where one rightly turns into another, the source says
// `other_kind(number.value())`.
//
// Adding or taking away a plain number leaves the kind; what two numbers of one kind
// have between them, and all other arithmetic, is plain.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

namespace pdata {

template <class Kind>
class numbered {
 public:
  constexpr numbered() = default;                              // 0
  constexpr numbered(std::uint64_t value) : value_(value) {}   // implicit on purpose
  constexpr operator std::uint64_t() const { return value_; }  // implicit on purpose
  template <class Other>
  numbered(numbered<Other> other) = delete;

  // The integer itself, for what reads or keeps plain ones.
  constexpr std::uint64_t& value() & { return value_; }
  constexpr const std::uint64_t& value() const& { return value_; }
  constexpr std::uint64_t value() && { return value_; }

  constexpr numbered& operator++() {
    ++value_;
    return *this;
  }
  constexpr numbered operator++(int) { return value_++; }
  constexpr numbered& operator--() {
    --value_;
    return *this;
  }
  constexpr numbered operator--(int) { return value_--; }
  constexpr numbered& operator+=(std::uint64_t n) {
    value_ += n;
    return *this;
  }
  constexpr numbered& operator-=(std::uint64_t n) {
    value_ -= n;
    return *this;
  }
  template <class Other>
  requires(!std::same_as<Kind, Other>) numbered& operator+=(numbered<Other> n) = delete;
  template <class Other>
  requires(!std::same_as<Kind, Other>) numbered& operator-=(numbered<Other> n) = delete;

 private:
  std::uint64_t value_ = 0;
};

template <class Kind, std::integral N>
constexpr numbered<Kind> operator+(numbered<Kind> a, N n) {
  return a.value() + static_cast<std::uint64_t>(n);
}
template <class Kind, std::integral N>
constexpr numbered<Kind> operator+(N n, numbered<Kind> a) {
  return a + n;
}
template <class Kind, std::integral N>
constexpr numbered<Kind> operator-(numbered<Kind> a, N n) {
  return a.value() - static_cast<std::uint64_t>(n);
}

// Numbers of one kind are compared and counted as the integers that they are.
template <class A, class B>
concept kinds_apart = !std::same_as<A, B>;

template <class A, kinds_apart<A> B>
bool operator==(numbered<A> a, numbered<B> b) = delete;
template <class A, kinds_apart<A> B>
std::strong_ordering operator<=>(numbered<A> a, numbered<B> b) = delete;
template <class A, kinds_apart<A> B>
void operator+(numbered<A> a, numbered<B> b) = delete;
template <class A, kinds_apart<A> B>
void operator-(numbered<A> a, numbered<B> b) = delete;
template <class A, kinds_apart<A> B>
void operator*(numbered<A> a, numbered<B> b) = delete;
template <class A, kinds_apart<A> B>
void operator/(numbered<A> a, numbered<B> b) = delete;
template <class A, kinds_apart<A> B>
void operator%(numbered<A> a, numbered<B> b) = delete;

// fmt finds it by the namespace.
template <class Kind>
constexpr std::uint64_t format_as(numbered<Kind> n) {
  return n.value();
}

}  // namespace pdata

template <class Kind>
struct std::hash<pdata::numbered<Kind>> {
  std::size_t operator()(pdata::numbered<Kind> n) const noexcept {
    return std::hash<std::uint64_t>{}(n.value());
  }
};

template <class Kind>
class std::numeric_limits<pdata::numbered<Kind>> : public std::numeric_limits<std::uint64_t> {};

// For algorithms over ranges that look for a plain number.
template <class Kind, std::integral N>
struct std::common_type<pdata::numbered<Kind>, N> {
  using type = std::uint64_t;
};
template <class Kind, std::integral N>
struct std::common_type<N, pdata::numbered<Kind>> {
  using type = std::uint64_t;
};
