// A search among ascending keys that lie about evenly, as places on a device do: a guess by
// their distances is near, so that what is looked at lies in a line or two of the processor's
// cache. Where they lie otherwise it takes at most twice the steps of a binary search.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace pdata {

// The number of the last of `size` keys, 1 or more, that is not above `key`; 0 if all are.
// `lowest` and `end` are the guess's: the keys are expected at or above the one and below the
// other.
template <class KeyAt>
std::size_t last_not_above(std::size_t size, std::uint64_t key, std::uint64_t lowest,
                           std::uint64_t end, KeyAt key_at) {
  std::size_t low = 0;      // is not above, or the first one
  std::size_t high = size;  // is above, or the end
  std::size_t guess = size - 1;
  if (key <= lowest)
    guess = 0;
  else if (key < end)
    guess = std::min(guess, static_cast<std::size_t>(static_cast<double>(key - lowest) /
                                                     static_cast<double>(end - lowest) *
                                                     static_cast<double>(size)));
  if (key_at(guess) <= key) {
    low = guess;
    for (std::size_t step = 1; low + step < high; step *= 2) {
      if (key_at(low + step) > key) {
        high = low + step;
        break;
      }
      low += step;
    }
  } else {
    high = guess;
    for (std::size_t step = 1; step <= high; step *= 2) {
      if (key_at(high - step) <= key) {
        low = high - step;
        break;
      }
      high -= step;
    }
  }
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (key_at(middle) <= key ? low : high) = middle;
  }
  return low;
}

}  // namespace pdata
